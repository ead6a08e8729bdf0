//! Rules, rule groups and settings of the firewall.

use aws_sdk_networkfirewall::types::{
    FirewallPolicy, GeneratedRulesType, IpSet, PolicyVariables, RuleGroup, RuleGroupType, RuleOrder, RulesSource,
    RulesSourceList, StatefulRuleGroupReference, StatefulRuleOptions, SubnetMapping, TargetType,
};

use super::super::drift::HUB;
use super::case::{Case, Person, adds, try_all};

const FIREWALL: &str = "lz-acme-egress";
const BASELINE: &str = "lz-acme-egress-rules-baseline-500";
const WORKLOADS: &str = "lz-acme-egress-workloads-prod-2000";
const PASS: &str = "pass ip any any -> any any (sid:7;)";

/// Writes the rules of a group anew.
async fn write(by: &Person<'_>, group: &str, change: impl FnOnce(String) -> RulesSource) {
    let describe = by.firewall.describe_rule_group().rule_group_name(group).r#type(RuleGroupType::Stateful);
    let read = describe.send().await.expect("a group");
    let there = read.rule_group.expect("rules");
    let text = there.rules_source.and_then(|source| source.rules_string).expect("a text");
    let changed = RuleGroup::builder().rules_source(change(text));
    let changed = changed.set_stateful_rule_options(there.stateful_rule_options).build();
    let update = by.firewall.update_rule_group().rule_group_name(group).r#type(RuleGroupType::Stateful);
    update.update_token(read.update_token).rule_group(changed).send().await.expect("a change");
}

fn text(text: String) -> RulesSource {
    RulesSource::builder().rules_string(text).build()
}

fn domains() -> RulesSource {
    let list = RulesSourceList::builder().targets(".example.com").target_types(TargetType::TlsSni);
    let list = list.generated_rules_type(GeneratedRulesType::Allowlist).build().expect("a list");
    RulesSource::builder().rules_source_list(list).build()
}

/// Changes the policy.
async fn policy(by: &Person<'_>, change: impl FnOnce(&mut FirewallPolicy)) {
    let read = by.firewall.describe_firewall_policy().firewall_policy_name(FIREWALL).send().await.expect("a policy");
    let mut policy = read.firewall_policy.expect("a policy");
    change(&mut policy);
    let update = by.firewall.update_firewall_policy().firewall_policy_name(FIREWALL).update_token(read.update_token);
    update.firewall_policy(policy).send().await.expect("a change");
}

/// A rule group of somebody's own; its ARN.
async fn rule_group(by: &Person<'_>, source: RulesSource) -> String {
    let options = StatefulRuleOptions::builder().rule_order(RuleOrder::StrictOrder).build();
    let group = RuleGroup::builder().rules_source(source).stateful_rule_options(options).build();
    let create = by.firewall.create_rule_group().rule_group_name("another").r#type(RuleGroupType::Stateful);
    let made = create.capacity(10).rule_group(group).send().await.expect("a group");
    made.rule_group_response.expect("a group").rule_group_arn
}

/// Puts a rule group of somebody's own into the policy, before all others.
async fn refer(by: &Person<'_>, source: RulesSource) {
    let arn = rule_group(by, source).await;
    let reference = StatefulRuleGroupReference::builder().resource_arn(arn).priority(1).build().expect("a reference");
    policy(by, |policy| policy.stateful_rule_group_references.get_or_insert_default().push(reference)).await;
}

#[test]
fn of_the_egress_vpc() {
    try_all(CASES);
}

pub const CASES: &[Case] = &[
    adds(
        "a rule group in the firewall's policy",
        HUB,
        |by| Box::pin(refer(by, text(PASS.to_owned()))),
        &[
            "violated nobody-speaks-smtp of orders-prod",
            "violated nobody-speaks-smtp of payments-dev",
            "violated nobody-speaks-smtp of payments-prod",
            "weakened networking/egress/firewall/policy rule_groups",
        ],
    ),
    adds(
        "a list of domains in the firewall's policy",
        HUB,
        |by| Box::pin(refer(by, domains())),
        &[
            "violated listed-egress-passes of payments-prod",
            "violated nobody-speaks-smtp of orders-prod",
            "violated nobody-speaks-smtp of payments-dev",
            "violated nobody-speaks-smtp of payments-prod",
            "weakened networking/egress/firewall/policy rule_groups",
        ],
    ),
    adds(
        "a rule group that no policy refers to",
        HUB,
        |by| Box::pin(async move { drop(rule_group(by, text(PASS.to_owned())).await) }),
        &[],
    ),
    adds(
        "a rule in a rule group",
        HUB,
        |by| Box::pin(write(by, BASELINE, |there| text(format!("{PASS}\n{there}")))),
        &[
            "violated nobody-speaks-smtp of orders-prod",
            "violated nobody-speaks-smtp of payments-dev",
            "violated nobody-speaks-smtp of payments-prod",
            "weakened networking/egress/firewall/groups/rules/baseline/500 rules",
        ],
    ),
    adds(
        "a list of domains in place of a rule group's rules",
        HUB,
        |by| Box::pin(write(by, BASELINE, |_| domains())),
        &[
            "violated listed-egress-passes of payments-prod",
            "violated nobody-speaks-smtp of orders-prod",
            "violated nobody-speaks-smtp of payments-dev",
            "violated nobody-speaks-smtp of payments-prod",
            "weakened networking/egress/firewall/groups/rules/baseline/500 rules",
        ],
    ),
    adds(
        "a rule among those of workloads",
        HUB,
        |by| Box::pin(write(by, WORKLOADS, |there| text(format!("{PASS}\n{there}")))),
        &[
            "violated nobody-speaks-smtp of orders-prod",
            "violated nobody-speaks-smtp of payments-dev",
            "violated nobody-speaks-smtp of payments-prod",
            "weakened networking/egress/firewall/groups/workloads/prod/2000 rules",
        ],
    ),
    adds(
        "another stateless default action",
        HUB,
        |by| Box::pin(policy(by, |policy| policy.stateless_default_actions = vec!["aws:pass".to_owned()])),
        &[
            "violated nobody-speaks-smtp of orders-prod",
            "violated nobody-speaks-smtp of payments-dev",
            "violated nobody-speaks-smtp of payments-prod",
            "weakened networking/egress/firewall/policy stateless_default_actions",
        ],
    ),
    adds(
        "another stateless default action for fragments",
        HUB,
        |by| Box::pin(policy(by, |policy| policy.stateless_fragment_default_actions = vec!["aws:pass".to_owned()])),
        &[
            "violated nobody-speaks-smtp of orders-prod",
            "violated nobody-speaks-smtp of payments-dev",
            "violated nobody-speaks-smtp of payments-prod",
            "weakened networking/egress/firewall/policy stateless_fragment_default_actions",
        ],
    ),
    adds(
        "a further stateful default action",
        HUB,
        |by| {
            Box::pin(policy(by, |policy| {
                policy.stateful_default_actions.get_or_insert_default().push("aws:alert_strict".to_owned());
            }))
        },
        &["weakened networking/egress/firewall/policy stateful_default_actions"],
    ),
    adds(
        "a further range behind the firewall",
        HUB,
        |by| {
            Box::pin(policy(by, |policy| {
                let ranges = ["10.0.0.0/8".to_owned(), "192.0.2.0/24".to_owned()].to_vec();
                let ranges = IpSet::builder().set_definition(Some(ranges)).build().expect("ranges");
                let variables = PolicyVariables::builder().rule_variables("HOME_NET", ranges).build();
                policy.policy_variables = Some(variables);
            }))
        },
        &[
            "violated listed-egress-passes of orders-prod",
            "violated listed-egress-passes of payments-prod",
            "weakened networking/egress/firewall/policy home_net",
        ],
    ),
    adds(
        "a further subnet of the firewall",
        HUB,
        |by| {
            Box::pin(async move {
                let unlock = by.firewall.update_subnet_change_protection().firewall_name(FIREWALL);
                unlock.subnet_change_protection(false).send().await.expect("a change");
                let subnet = by.subnet(&by.id("networking/egress/vpc"), "euw1-az3").await;
                let mapping = SubnetMapping::builder().subnet_id(subnet).build().expect("a mapping");
                let associate = by.firewall.associate_subnets().firewall_name(FIREWALL).subnet_mappings(mapping);
                associate.send().await.expect("a subnet");
            })
        },
        &[
            "unmanaged subnet in networking/egress/vpc",
            "violated attachments-cover-zones of networking",
            "weakened networking/egress/firewall/self subnet_change_protection subnets",
        ],
    ),
];
