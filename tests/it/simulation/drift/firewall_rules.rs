//! What the firewall does: its policy, rule groups, and the rules of workloads.

use aws_sdk_networkfirewall::types::{FirewallPolicy, RuleGroup, RuleGroupType, RulesSource, StreamExceptionPolicy};

use super::case::{Entry, GONE, Person, drift, identity, immutable};
use super::firewall::{FIREWALL, retagged, unaddressed};
use super::scene::HUB;

const BASELINE: &str = "lz-acme-egress-rules-baseline-500";
const SHARED: &str = "lz-acme-egress-workloads-prod-2000";
const POLICY: &str = "networking/egress/firewall/policy";
const BASELINE_GROUP: &str = "networking/egress/firewall/groups/rules/baseline/500";

pub fn policy() -> Vec<Entry> {
    vec![
        // AWS deletes no policy that a firewall has: that turns to another one first.
        drift(
            GONE,
            HUB,
            |it| async move {
                turn_to_another_policy(&it).await;
                it.firewall.delete_firewall_policy().firewall_policy_name(FIREWALL).send().await.expect("done");
            },
            &[
                "critical missing networking/egress/firewall/policy",
                "critical weakened networking/egress/firewall/self policy",
                "high violated home-net-holds-workloads of networking",
                "high violated nobody-speaks-smtp of orders-prod, payments-dev, payments-prod",
            ],
        ),
        immutable("name"),
        immutable("rule_order"),
        drift(
            "rule_groups",
            HUB,
            |it| async move {
                change_policy(&it, |policy| {
                    let groups = policy.stateful_rule_group_references.take().unwrap_or_default();
                    let others = groups.into_iter().filter(|one| !one.resource_arn.ends_with(BASELINE));
                    policy.stateful_rule_group_references = Some(others.collect());
                })
                .await;
            },
            &["critical weakened networking/egress/firewall/policy rule_groups"],
        )
        .of("one less"),
        drift(
            "rule_groups",
            HUB,
            |it| async move {
                change_policy(&it, |policy| {
                    for group in policy.stateful_rule_group_references.iter_mut().flatten() {
                        if group.resource_arn.ends_with(BASELINE) {
                            group.priority = Some(10_000);
                        }
                    }
                })
                .await;
            },
            &["medium changed networking/egress/firewall/policy rule_groups"],
        )
        .of("in another order"),
        drift(
            "home_net",
            HUB,
            |it| async move { change_policy(&it, |policy| policy.policy_variables = None).await },
            &[
                "high weakened networking/egress/firewall/policy home_net",
                "high violated home-net-holds-workloads of networking",
            ],
        ),
        drift(
            "stateless_default_actions",
            HUB,
            |it| async move {
                change_policy(&it, |policy| policy.stateless_default_actions = vec!["aws:pass".to_owned()]).await;
            },
            &[
                "critical weakened networking/egress/firewall/policy stateless_default_actions",
                "high violated nobody-speaks-smtp of orders-prod, payments-dev, payments-prod",
            ],
        ),
        drift(
            "stateless_fragment_default_actions",
            HUB,
            |it| async move {
                let pass = vec!["aws:pass".to_owned()];
                change_policy(&it, |policy| policy.stateless_fragment_default_actions = pass).await;
            },
            &[
                "high weakened networking/egress/firewall/policy stateless_fragment_default_actions",
                "high violated nobody-speaks-smtp of orders-prod, payments-dev, payments-prod",
            ],
        ),
        drift(
            "stateful_default_actions",
            HUB,
            |it| async move {
                let alert = Some(vec!["aws:alert_established".to_owned()]);
                change_policy(&it, |policy| policy.stateful_default_actions = alert).await;
            },
            &[
                "critical weakened networking/egress/firewall/policy stateful_default_actions",
                "high violated nobody-speaks-smtp of orders-prod, payments-dev, payments-prod",
            ],
        ),
        drift(
            "stream_exception_policy",
            HUB,
            |it| async move {
                change_policy(&it, |policy| {
                    if let Some(options) = &mut policy.stateful_engine_options {
                        options.stream_exception_policy = Some(StreamExceptionPolicy::Continue);
                    }
                })
                .await;
            },
            &["medium weakened networking/egress/firewall/policy stream_exception_policy"],
        ),
        retagged(POLICY, &["low changed networking/egress/firewall/policy tags"]),
        unaddressed(POLICY, &["low changed networking/egress/firewall/policy tags"]),
    ]
}

pub fn rule_group() -> Vec<Entry> {
    vec![
        // AWS deletes no group that a policy has: that lets go of it first.
        drift(
            GONE,
            HUB,
            |it| async move { delete_group(&it, BASELINE).await },
            &[
                "high missing networking/egress/firewall/groups/rules/baseline/500",
                "critical weakened networking/egress/firewall/policy rule_groups",
            ],
        )
        .of("of a file"),
        drift(
            GONE,
            HUB,
            |it| async move { delete_group(&it, SHARED).await },
            &[
                "high missing networking/egress/firewall/groups/workloads/prod/2000",
                "critical weakened networking/egress/firewall/policy rule_groups",
                "medium missing networking/egress/firewall/workloads/orders-prod.container",
                "medium missing networking/egress/firewall/workloads/payments-prod.container",
                "medium violated listed-egress-passes of orders-prod, payments-prod",
            ],
        )
        .of("of workloads"),
        immutable("name"),
        immutable("capacity"),
        drift(
            "rules",
            HUB,
            |it| async move {
                rewrite(&it, BASELINE, |text| format!("pass ip any any -> any any (sid:7;)\n{text}")).await;
            },
            &[
                "high weakened networking/egress/firewall/groups/rules/baseline/500 rules",
                "high violated nobody-speaks-smtp of orders-prod, payments-dev, payments-prod",
            ],
        )
        .of("one more"),
        drift(
            "rules",
            HUB,
            |it| async move {
                let others = |text: &str| text.lines().skip(1).collect::<Vec<_>>().join("\n");
                rewrite(&it, BASELINE, others).await;
            },
            &["high weakened networking/egress/firewall/groups/rules/baseline/500 rules"],
        )
        .of("one less"),
        retagged(BASELINE_GROUP, &["low changed networking/egress/firewall/groups/rules/baseline/500 tags"]),
        unaddressed(BASELINE_GROUP, &["low changed networking/egress/firewall/groups/rules/baseline/500 tags"]),
    ]
}

pub fn workload_rules() -> Vec<Entry> {
    vec![
        drift(
            GONE,
            HUB,
            |it| async move {
                let others = |text: &str| {
                    let lines: Vec<&str> =
                        text.lines().filter(|line| !line.contains("lz orders-prod.container")).collect();
                    lines.join("\n")
                };
                rewrite(&it, SHARED, others).await;
            },
            &[
                "medium missing networking/egress/firewall/workloads/orders-prod.container",
                "medium violated listed-egress-passes of orders-prod",
            ],
        ),
        identity("group"),
        identity("workload"),
        drift(
            "rules",
            HUB,
            |it| async move {
                rewrite(&it, SHARED, |text| text.replace("api.binance.com", "api.example.org")).await;
            },
            &[
                "high weakened networking/egress/firewall/workloads/payments-prod.container rules",
                "medium violated listed-egress-passes of payments-prod",
            ],
        )
        .of("another domain"),
        drift(
            "rules",
            HUB,
            |it| async move {
                let others = |text: &str| {
                    let lines: Vec<&str> = text.lines().filter(|line| !line.contains("api.binance.com")).collect();
                    lines.join("\n")
                };
                rewrite(&it, SHARED, others).await;
            },
            &[
                "medium changed networking/egress/firewall/workloads/payments-prod.container rules",
                "medium violated listed-egress-passes of payments-prod",
            ],
        )
        .of("one less"),
    ]
}

/// Gives the firewall a policy of somebody's that lets everything pass.
pub async fn turn_to_another_policy(it: &Person) {
    let policy = FirewallPolicy::builder().stateless_default_actions("aws:pass");
    let policy = policy.stateless_fragment_default_actions("aws:pass").build().expect("a policy");
    let create = it.firewall.create_firewall_policy().firewall_policy_name("theirs").firewall_policy(policy);
    let made = create.send().await.expect("a policy").firewall_policy_response.expect("a policy");
    it.wait().await;
    protect_policy(it, false).await;
    let turn = it.firewall.associate_firewall_policy().firewall_name(FIREWALL);
    turn.firewall_policy_arn(made.firewall_policy_arn).send().await.expect("done");
    it.wait().await;
    protect_policy(it, true).await;
}

/// Lets the firewall's policy be changed, or not.
pub async fn protect_policy(it: &Person, on: bool) {
    let protect = it.firewall.update_firewall_policy_change_protection().firewall_name(FIREWALL);
    protect.firewall_policy_change_protection(on).send().await.expect("done");
}

async fn delete_group(it: &Person, name: &'static str) {
    change_policy(it, |policy| {
        let groups = policy.stateful_rule_group_references.take().unwrap_or_default();
        let others = groups.into_iter().filter(|one| !one.resource_arn.ends_with(name));
        policy.stateful_rule_group_references = Some(others.collect());
    })
    .await;
    it.wait().await;
    let delete = it.firewall.delete_rule_group().rule_group_name(name).r#type(RuleGroupType::Stateful);
    delete.send().await.expect("done");
    it.wait().await;
}

async fn rewrite(it: &Person, group: &str, change: impl FnOnce(&str) -> String) {
    let describe = it.firewall.describe_rule_group().rule_group_name(group).r#type(RuleGroupType::Stateful);
    let read = describe.send().await.expect("a group");
    let there = read.rule_group.expect("rules");
    let text = there.rules_source.and_then(|source| source.rules_string).expect("a text");
    let source = RulesSource::builder().rules_string(change(&text)).build();
    let changed =
        RuleGroup::builder().rules_source(source).set_stateful_rule_options(there.stateful_rule_options).build();
    let update = it.firewall.update_rule_group().rule_group_name(group).r#type(RuleGroupType::Stateful);
    update.update_token(read.update_token).rule_group(changed).send().await.expect("done");
}

async fn change_policy(it: &Person, change: impl FnOnce(&mut FirewallPolicy)) {
    let read = it.firewall.describe_firewall_policy().firewall_policy_name(FIREWALL).send().await.expect("a policy");
    let mut policy = read.firewall_policy.expect("a policy");
    change(&mut policy);
    let update = it.firewall.update_firewall_policy().firewall_policy_name(FIREWALL).update_token(read.update_token);
    update.firewall_policy(policy).send().await.expect("done");
}
