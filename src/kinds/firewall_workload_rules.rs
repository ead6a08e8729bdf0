//! A workload's rules in a rule group that it shares with others.

use std::cell::Cell;
use std::collections::BTreeMap;

use aws_sdk_networkfirewall::operation::describe_rule_group::DescribeRuleGroupOutput;
use aws_sdk_networkfirewall::types::{RuleGroup, RulesSource};

use super::answer::gone;
use super::fields::with_fields;
use super::firewall_rule_group::{UPDATE, arn_of, read, replace, state_of, text_of};
use super::rule_text::RuleText;
use super::view::DESCRIBE_RULE_GROUP;
use super::{
    Calls, FindingRule, FirewallRuleGroup, Identity, Kind, Observed, Realm, Specification, Tagging, Task, Timing, View,
    When,
};
use crate::cloud::{CallError, Class, Operation, Service};
use crate::graph::Ref;
use crate::values::Severity;

with_fields! {
    /// The rules of one workload in a rule group. Each of them carries `metadata:lz NAME`, by which it is told from the others':
    /// AWS may lose comments, and never metadata.
    pub struct FirewallWorkloadRules with FirewallWorkloadRulesField {
        /// The group.
        #[key]
        #[immutable]
        #[part_of]
        pub group: Ref<FirewallRuleGroup>,
        /// The name in the rules' metadata.
        #[key]
        #[immutable]
        pub workload: String,
        /// The rules, the first one first.
        pub rules: Vec<String>,
    }
}

impl Specification for FirewallWorkloadRules {
    const NAME: &'static str = "firewall-workload-rules";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(90, 90, 5);
    const REALM: Realm = Realm::Hub;
    const TAGGING: Tagging = Tagging::None;
    const CALLS: Calls = Calls::new(&["UpdateRuleGroup"], &["UpdateRuleGroup"], &["UpdateRuleGroup"]);
    const OPERATIONS: &'static [Operation] = &[
        Service::NetworkFirewall.read("ListRuleGroups"),
        Service::NetworkFirewall.read("DescribeRuleGroup"),
        Service::NetworkFirewall.idempotent("UpdateRuleGroup"),
    ];
    const FINDINGS: &'static [FindingRule<FirewallWorkloadRulesField>] = &[
        FindingRule::weakened(FirewallWorkloadRulesField::rules, When::Widened, Severity::High).nist(&["AC-4", "SC-7"]),
        FindingRule::unmanaged(Severity::High).nist(&["AC-4", "SC-7"]),
    ];
}

/// AWS knows rule groups only: a workload's rules are added, changed and taken out by reading the group's text, changing
/// what is the workload's, and writing it back by the token that it was read with.
impl Kind for FirewallWorkloadRules {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(DESCRIBE_RULE_GROUP);
        let mut all = Vec::new();
        for group in view.rule_groups().await? {
            let arn = arn_of(answer, group)?;
            let state = state_of(group, view.in_force(arn).await?);
            let workloads = text_of(group).workloads.into_iter();
            all.extend(workloads.map(|(workload, rules)| Observed {
                id: rules_id(arn, &workload),
                aliases: Vec::new(),
                tags: BTreeMap::new(),
                state: state.clone(),
                spec: Self { group: Ref::id(arn), workload, rules },
            }));
        }
        Ok(all)
    }

    /// A group that replaces another has the rules of its workloads from the beginning: they are there already, and taken
    /// as they are.
    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let group = task.id(UPDATE, &self.group)?;
        let written = Cell::new(false);
        let change = async || {
            let there = read(group, task).await?;
            let text = text_of(&there);
            if !written.get() && text.workloads.contains_key(&self.workload) {
                let message = format!("{group} holds rules of {} already", self.workload);
                let error = task.answer(UPDATE).error(None, message);
                return Err(CallError { class: Class::Exists, ..error });
            }
            written.set(true);
            self.set(group, &there, text, task).await
        };
        task.cloud.by_update_token(group, change).await?;
        Ok(Some(rules_id(group, &self.workload)))
    }

    async fn update(&self, _live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let group = task.id(UPDATE, &self.group)?;
        let change = async || {
            let there = read(group, task).await?;
            let text = text_of(&there);
            self.set(group, &there, text, task).await
        };
        task.cloud.by_update_token(group, change).await
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let none = Self { rules: Vec::new(), ..live.spec.clone() };
        gone(none.update(live, task).await)
    }
}

impl FirewallWorkloadRules {
    /// Writes a group's text back with the workload's rules in it; sends nothing where they are there as they should be.
    async fn set(
        &self,
        group: &str,
        there: &DescribeRuleGroupOutput,
        mut text: RuleText,
        task: &Task<'_>,
    ) -> Result<(), CallError> {
        let before = text.clone();
        text.set(&self.workload, &self.rules);
        if text == before {
            return Ok(());
        }
        replace(group, there, with_text(there, &text), task).await
    }
}

/// A group's document with another text. What else it holds is not the workload's, and stays.
fn with_text(there: &DescribeRuleGroupOutput, text: &RuleText) -> RuleGroup {
    let mut document = there.rule_group.clone().unwrap_or_else(|| RuleGroup::builder().build());
    document.rules_source = Some(RulesSource::builder().rules_string(text.joined()).build());
    document
}

/// A workload's rules have no id of AWS's.
fn rules_id(group: &str, workload: &str) -> String {
    format!("{group}|{workload}")
}
