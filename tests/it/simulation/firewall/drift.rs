//! What somebody changes by hand at the firewall is told exactly, and brought back.

use aws_sdk_networkfirewall::types::{
    FirewallPolicy, LogDestinationConfig, LogDestinationType, LogType, LoggingConfiguration, RuleGroup, RuleGroupType,
    RulesSource, Tag,
};

use super::super::drift::{HUB, Scene};
use super::super::world::Console;

const FIREWALL: &str = "lz-acme-egress";
const BASELINE: &str = "lz-acme-rules-baseline-500";
const SHARED: &str = "lz-acme-workloads-prod-2000";

#[test]
fn at_the_firewall() {
    let scene = Scene::new();
    let unprotect = async |by: Console| {
        let lift = by.firewall.update_firewall_delete_protection().firewall_name(FIREWALL);
        lift.delete_protection(false).send().await.expect("done");
        let lift = by.firewall.update_subnet_change_protection().firewall_name(FIREWALL);
        lift.subnet_change_protection(false).send().await.expect("done");
    };
    let changed = ["update networking/egress/firewall/self delete_protection subnet_change_protection"];
    scene.drifts(HUB, unprotect, &changed);

    let arn = scene.id("networking/egress/firewall/self");
    let tags = async |by: Console| {
        let tag = Tag::builder().key("owner").value("somebody").build().expect("a tag");
        by.firewall.tag_resource().resource_arn(&arn).tags(tag).send().await.expect("done");
    };
    scene.drifts(HUB, tags, &["update networking/egress/firewall/self tags"]);
}

#[test]
fn at_its_logs() {
    let scene = Scene::new();
    let quiet = async |by: Console| {
        configure_logging(&by, &["alert"]).await;
    };
    scene.drifts(HUB, quiet, &["update networking/egress/firewall/logging flow"]);
    let silent = async |by: Console| {
        configure_logging(&by, &["alert"]).await;
        configure_logging(&by, &[]).await;
    };
    scene.drifts(HUB, silent, &["create networking/egress/firewall/logging"]);
    let forget = async |by: Console| {
        let put = by.logs.put_retention_policy().log_group_name(log_group("alert"));
        put.retention_in_days(1).send().await.expect("done");
        by.logs.delete_retention_policy().log_group_name(log_group("flow")).send().await.expect("done");
    };
    let changed = [
        "update networking/egress/firewall/logs/alert retention_days",
        "update networking/egress/firewall/logs/flow retention_days",
    ];
    scene.drifts(HUB, forget, &changed);
}

#[test]
fn in_its_rules() {
    let scene = Scene::new();
    let add = async |by: Console| {
        rewrite(&by, BASELINE, |text| format!("pass ip any any -> any any (sid:7;)\n{text}")).await;
    };
    scene.drifts(HUB, add, &["update networking/egress/firewall/groups/rules/baseline/500 rules"]);
    let allow = async |by: Console| {
        rewrite(&by, SHARED, |text| text.replace("api.binance.com", "api.example.org")).await;
    };
    scene.drifts(HUB, allow, &["update networking/egress/firewall/workloads/payments-prod.container rules"]);
    let remove = async |by: Console| {
        let others = |text: &str| {
            let lines: Vec<&str> = text.lines().filter(|line| !line.contains("lz orders-prod.container")).collect();
            lines.join("\n")
        };
        rewrite(&by, SHARED, others).await;
    };
    scene.drifts(HUB, remove, &["create networking/egress/firewall/workloads/orders-prod.container"]);
}

#[test]
fn in_its_policy() {
    let scene = Scene::new();
    let open = async |by: Console| {
        change_policy(&by, |policy| {
            policy.stateful_default_actions = Some(vec!["aws:alert_established".to_owned()]);
            policy.policy_variables = None;
        })
        .await;
    };
    scene.drifts(HUB, open, &["update networking/egress/firewall/policy home_net stateful_default_actions"]);
    let bypass = async |by: Console| {
        change_policy(&by, |policy| policy.stateless_default_actions = vec!["aws:pass".to_owned()]).await;
    };
    scene.drifts(HUB, bypass, &["update networking/egress/firewall/policy stateless_default_actions"]);
    let drop_baseline = async |by: Console| {
        change_policy(&by, |policy| {
            let groups = policy.stateful_rule_group_references.take().unwrap_or_default();
            let others = groups.into_iter().filter(|one| !one.resource_arn.ends_with(BASELINE));
            policy.stateful_rule_group_references = Some(others.collect());
        })
        .await;
    };
    scene.drifts(HUB, drop_baseline, &["update networking/egress/firewall/policy rule_groups"]);
}

fn log_group(log: &str) -> String {
    format!("/aws/vendedlogs/lz/acme/egress/firewall/{log}")
}

async fn configure_logging(by: &Console, logs: &[&str]) {
    let destination = |log: &&str| {
        let log_type = if *log == "alert" { LogType::Alert } else { LogType::Flow };
        let destination = LogDestinationConfig::builder().log_type(log_type);
        let destination = destination.log_destination_type(LogDestinationType::CloudwatchLogs);
        destination.log_destination("logGroup", log_group(log)).build().expect("a destination")
    };
    let logging = LoggingConfiguration::builder();
    let logging = logging.set_log_destination_configs(Some(logs.iter().map(destination).collect()));
    let update = by.firewall.update_logging_configuration().firewall_name(FIREWALL);
    update.logging_configuration(logging.build().expect("a configuration")).send().await.expect("done");
}

async fn rewrite(by: &Console, group: &str, change: impl FnOnce(&str) -> String) {
    let describe = by.firewall.describe_rule_group().rule_group_name(group).r#type(RuleGroupType::Stateful);
    let read = describe.send().await.expect("a group");
    let there = read.rule_group.expect("rules");
    let text = there.rules_source.and_then(|source| source.rules_string).expect("a text");
    let source = RulesSource::builder().rules_string(change(&text)).build();
    let changed =
        RuleGroup::builder().rules_source(source).set_stateful_rule_options(there.stateful_rule_options).build();
    let update = by.firewall.update_rule_group().rule_group_name(group).r#type(RuleGroupType::Stateful);
    update.update_token(read.update_token).rule_group(changed).send().await.expect("done");
}

async fn change_policy(by: &Console, change: impl FnOnce(&mut FirewallPolicy)) {
    let read = by.firewall.describe_firewall_policy().firewall_policy_name(FIREWALL).send().await.expect("a policy");
    let mut policy = read.firewall_policy.expect("a policy");
    change(&mut policy);
    let update = by.firewall.update_firewall_policy().firewall_policy_name(FIREWALL).update_token(read.update_token);
    update.firewall_policy(policy).send().await.expect("done");
}
