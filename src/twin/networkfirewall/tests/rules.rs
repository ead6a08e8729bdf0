//! Rule groups and policies.

use super::*;

#[test]
fn a_rule_group_holds_rules_up_to_its_capacity_and_keeps_them_without_comments() {
    let mut bench = bench();
    let second = RULE.replace("sid:1", "sid:2");
    let text = format!("# baseline\n\n{RULE}\n  {second}\n");
    assert_eq!(bench.code("CreateRuleGroup", group("g", &text, 1)), "InvalidRequestException");
    assert_eq!(bench.code("CreateRuleGroup", group("g", "# nothing\n", 1)), "InvalidRequestException");
    assert_eq!(bench.code("CreateRuleGroup", group("g", &format!("{RULE}\n{RULE}"), 9)), "InvalidRequestException");
    assert_eq!(bench.code("CreateRuleGroup", group("g", RULE, 50_001)), "LimitExceededException");
    bench.rule_group("g", &text, 2);
    let described = bench.done("DescribeRuleGroup", json!({"RuleGroupName": "g", "Type": "STATEFUL"}));
    assert_eq!(described["RuleGroup"]["RulesSource"]["RulesString"], format!("{RULE}\n{second}"));
    assert_eq!(described["RuleGroupResponse"]["ConsumedCapacity"], 2);
    assert_eq!(bench.code("CreateRuleGroup", group("g", RULE, 9)), "InvalidRequestException", "the name is taken");
    assert_eq!(bench.code("DescribeRuleGroup", json!({"RuleGroupName": "g"})), "InvalidRequestException");
}

#[test]
fn a_dry_run_makes_nothing() {
    let mut bench = bench();
    let mut request = group("g", RULE, 2);
    request["DryRun"] = json!(true);
    bench.done("CreateRuleGroup", request);
    assert_eq!(bench.done("ListRuleGroups", json!({}))["RuleGroups"], json!([]));
}

#[test]
fn domains_and_plain_rules_count_against_the_capacity() {
    let mut bench = bench();
    let domains = json!({"RulesSource": {"RulesSourceList": {
        "Targets": [".example.com", "a.example.org"], "TargetTypes": ["TLS_SNI", "HTTP_HOST"],
        "GeneratedRulesType": "ALLOWLIST",
    }}});
    let request =
        |capacity| json!({"RuleGroupName": "d", "Type": "STATEFUL", "Capacity": capacity, "RuleGroup": domains});
    assert_eq!(bench.code("CreateRuleGroup", request(5)), "InvalidRequestException");
    bench.done("CreateRuleGroup", request(6));
    let rule = |sid: &str| {
        json!({"Action": "DROP", "RuleOptions": [{"Keyword": "sid", "Settings": [sid]}], "Header": {
            "Protocol": "TCP", "Source": "$HOME_NET", "SourcePort": "ANY", "Direction": "FORWARD",
            "Destination": "198.51.100.0/24", "DestinationPort": "443",
        }})
    };
    let plain = |rules: &[Value]| {
        let document = json!({"RulesSource": {"StatefulRules": rules}});
        json!({"RuleGroupName": "p", "Type": "STATEFUL", "Capacity": 2, "RuleGroup": document})
    };
    assert_eq!(bench.code("CreateRuleGroup", plain(&[rule("1"), rule("1")])), "InvalidRequestException");
    bench.done("CreateRuleGroup", plain(&[rule("1"), rule("2")]));
}

#[test]
fn a_change_needs_the_present_token() {
    let mut bench = bench();
    bench.rule_group("g", RULE, 2);
    let by_name = json!({"RuleGroupName": "g", "Type": "STATEFUL"});
    let token = bench.token("DescribeRuleGroup", by_name.clone());
    let update = |token: &str, rules: &str| json!({"RuleGroupName": "g", "Type": "STATEFUL", "UpdateToken": token, "RuleGroup": document(rules)});
    let other = RULE.replace("10.1.", "10.2.");
    let changed = bench.token("UpdateRuleGroup", update(&token, &other));
    assert_ne!(changed, token);
    assert_eq!(bench.code("UpdateRuleGroup", update(&token, RULE)), "InvalidTokenException");
    assert_eq!(bench.token("DescribeRuleGroup", by_name), changed);
    let three: Vec<String> = (1..=3).map(|sid| RULE.replace("sid:1", &format!("sid:{sid}"))).collect();
    assert_eq!(bench.code("UpdateRuleGroup", update(&changed, &three.join("\n"))), "InvalidRequestException");
    let mut reordered = update(&changed, RULE);
    reordered["RuleGroup"]["StatefulRuleOptions"]["RuleOrder"] = json!("DEFAULT_ACTION_ORDER");
    assert_eq!(bench.code("UpdateRuleGroup", reordered), "InvalidRequestException");
}

#[test]
fn a_policy_is_refused_what_aws_refuses() {
    let mut bench = bench();
    let strict = bench.rule_group("strict", RULE, 20_000);
    let large = bench.rule_group("large", RULE, 20_000);
    let by_action = bench.done(
        "CreateRuleGroup",
        json!({"RuleGroupName": "by-action", "Type": "STATEFUL", "Capacity": 1, "Rules": RULE}),
    );
    let by_action = by_action["RuleGroupResponse"]["RuleGroupArn"].as_str().unwrap().to_owned();
    let valid = policy(std::slice::from_ref(&strict));
    let mut case = |code: &str, path: &str, value: Value| {
        let mut document = valid.clone();
        *document.pointer_mut(path).unwrap() = value;
        let request = json!({"FirewallPolicyName": "p", "FirewallPolicy": document});
        assert_eq!(bench.code("CreateFirewallPolicy", request), code, "{path}");
    };
    let invalid = "InvalidRequestException";
    let groups = "/StatefulRuleGroupReferences";
    let reference = |arn: &str, priority: u32| json!({"ResourceArn": arn, "Priority": priority});
    case(invalid, groups, json!([reference(&strict, 1), reference(&large, 1)]));
    case(invalid, groups, json!([reference(&strict, 1), reference(&strict, 2)]));
    case(invalid, groups, json!([{"ResourceArn": strict}]));
    case(invalid, groups, json!([reference(&strict.replace("strict", "other"), 1)]));
    case(invalid, groups, json!([reference(&by_action, 1)]));
    case("LimitExceededException", groups, json!([reference(&strict, 1), reference(&large, 2)]));
    case(invalid, "/StatefulDefaultActions", json!(["aws:drop_strict", "aws:drop_established"]));
    case(invalid, "/StatefulDefaultActions", json!(["aws:pass"]));
    case(invalid, "/StatelessDefaultActions", json!([]));
    case(invalid, "/PolicyVariables/RuleVariables", json!({"OTHER_NET": {"Definition": ["10.0.0.0/8"]}}));
    case(invalid, "/PolicyVariables/RuleVariables/HOME_NET/Definition", json!(["ten"]));
    case(invalid, "/StatefulEngineOptions/RuleOrder", json!("DEFAULT_ACTION_ORDER"));
    let policy = bench.policy("p", &[strict]);
    let described = bench.done("DescribeFirewallPolicy", json!({"FirewallPolicyArn": policy}));
    assert_eq!(described["FirewallPolicyResponse"]["ConsumedStatefulRuleCapacity"], 20_000);
    assert_eq!(described["FirewallPolicy"]["StatefulEngineOptions"], valid["StatefulEngineOptions"]);
}

#[test]
fn a_policy_has_at_most_twenty_rule_groups_and_quotas_hold() {
    let mut bench = bench();
    let groups: Vec<String> = (0..21).map(|number| bench.rule_group(&format!("g{number}"), RULE, 1)).collect();
    let request = |groups: &[String]| json!({"FirewallPolicyName": "p", "FirewallPolicy": policy(groups)});
    assert_eq!(bench.code("CreateFirewallPolicy", request(&groups)), "LimitExceededException");
    bench.done("CreateFirewallPolicy", request(&groups[..20]));
    bench.client.twin.with_world(|world| world.quotas.insert("stateful-rule-groups".into(), 21));
    assert_eq!(bench.code("CreateRuleGroup", group("one-more", RULE, 1)), "LimitExceededException");
    let page = bench.done("ListRuleGroups", json!({"MaxResults": 20}));
    let rest = bench.done("ListRuleGroups", json!({"MaxResults": 20, "NextToken": page["NextToken"]}));
    assert_eq!((rest["RuleGroups"].as_array().unwrap().len(), &rest["NextToken"]), (1, &Value::Null));
}

#[test]
fn what_is_used_stays_and_is_held_a_while_after() {
    let mut bench = bench();
    let group = bench.rule_group("g", RULE, 1);
    let policy = bench.policy("p", std::slice::from_ref(&group));
    let delete = json!({"RuleGroupArn": group});
    let in_use = bench.refused("DeleteRuleGroup", delete.clone());
    let text = "Unable to delete the object because it is still in use";
    assert_eq!(in_use, ("InvalidOperationException".into(), text.into()));
    let gone = bench.call("DeleteFirewallPolicy", json!({"FirewallPolicyArn": policy})).unwrap();
    assert_eq!(gone["FirewallPolicyResponse"]["FirewallPolicyStatus"], "DELETING");
    assert_eq!(bench.code("DeleteRuleGroup", delete.clone()), "InvalidOperationException", "AWS has not noticed yet");
    bench.client.wait(FREE);
    assert_eq!(bench.code("DescribeFirewallPolicy", json!({"FirewallPolicyArn": policy})), "ResourceNotFoundException");
    let deleted = bench.call("DeleteRuleGroup", delete.clone()).unwrap();
    assert_eq!(deleted["RuleGroupResponse"]["RuleGroupStatus"], "DELETING");
    assert_eq!(bench.code("CreateRuleGroup", super::group("g", RULE, 1)), "InvalidRequestException", "not gone yet");
    bench.client.wait(16);
    assert_eq!(bench.code("DescribeRuleGroup", delete), "ResourceNotFoundException");
    bench.rule_group("g", RULE, 1);
}

#[test]
fn tags_belong_to_what_an_arn_names() {
    let mut bench = bench();
    let arn = bench.rule_group("g", RULE, 1);
    let tags = json!([{"Key": "one", "Value": "1"}, {"Key": "two", "Value": "2"}]);
    bench.done("TagResource", json!({"ResourceArn": arn, "Tags": tags}));
    bench.done("UntagResource", json!({"ResourceArn": arn, "TagKeys": ["one"]}));
    let listed = bench.done("ListTagsForResource", json!({"ResourceArn": arn}));
    assert_eq!(listed, json!({"Tags": [{"Key": "two", "Value": "2"}]}));
    let other = json!({"ResourceArn": arn.replace("/g", "/h")});
    assert_eq!(bench.code("ListTagsForResource", other), "ResourceNotFoundException");
    let reserved = json!({"ResourceArn": arn, "Tags": [{"Key": "aws:x", "Value": "1"}]});
    assert_eq!(bench.code("TagResource", reserved), "InvalidRequestException");
}

#[test]
fn what_is_new_is_not_seen_at_once() {
    let mut bench = bench();
    bench.call("CreateRuleGroup", group("g", RULE, 1)).unwrap();
    let unseen = bench.client.firewall("DescribeRuleGroup", &json!({"RuleGroupName": "g", "Type": "STATEFUL"}));
    assert_eq!(unseen.unwrap_err().0, "ResourceNotFoundException");
    assert_eq!(bench.client.firewall("ListRuleGroups", &json!({})).unwrap()["RuleGroups"], json!([]));
}
