//! The contents of a firewall policy: which rule groups, in which order, and what happens to everything else.
//!
//! <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_FirewallPolicy.html>

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::input::invalid;
use super::rule_group_document::{Definition, RuleOrder};
use crate::twin::wire::fault::Answer;

/// What may happen to packets that no stateless rule matches.
const STATELESS_ACTIONS: &[&str] = &["aws:drop", "aws:forward_to_sfe", "aws:pass"];
/// What may happen to packets that no stateful rule matches, in strict order.
const STATEFUL_ACTIONS: &[&str] =
    &["aws:alert_established", "aws:alert_strict", "aws:drop_established", "aws:drop_strict"];

/// A firewall policy's contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct PolicyDocument {
    #[serde(default)]
    stateless_rule_group_references: Vec<Reference>,
    stateless_default_actions: Vec<String>,
    stateless_fragment_default_actions: Vec<String>,
    #[serde(default)]
    stateless_custom_actions: Vec<CustomAction>,
    #[serde(default)]
    pub(super) stateful_rule_group_references: Vec<Reference>,
    #[serde(default)]
    stateful_default_actions: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stateful_engine_options: Option<EngineOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_variables: Option<PolicyVariables>,
}

/// A rule group in a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Reference {
    pub(super) resource_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<u32>,
}

/// A custom action: only stateless rules have them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CustomAction {
    action_name: String,
    action_definition: serde_json::Value,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct EngineOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_order: Option<RuleOrder>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_exception_policy: Option<StreamExceptionPolicy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow_timeouts: Option<FlowTimeouts>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum StreamExceptionPolicy {
    Drop,
    Continue,
    Reject,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct FlowTimeouts {
    #[serde(skip_serializing_if = "Option::is_none")]
    tcp_idle_timeout_seconds: Option<u32>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PolicyVariables {
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_variables: Option<BTreeMap<String, Definition>>,
}

impl PolicyDocument {
    /// The ARNs of its rule groups.
    pub(super) fn rule_groups(&self) -> impl Iterator<Item = &String> {
        self.stateful_rule_group_references.iter().map(|reference| &reference.resource_arn)
    }

    /// How its rules are ordered.
    pub(super) fn order(&self) -> RuleOrder {
        self.stateful_engine_options.and_then(|options| options.rule_order).unwrap_or_default()
    }

    /// Refuses what AWS refuses without looking at the rule groups.
    ///
    /// # Errors
    /// `InvalidRequestException`.
    pub(super) fn check(&self) -> Answer<()> {
        if !(self.stateless_rule_group_references.is_empty() && self.stateless_custom_actions.is_empty()) {
            return Err(invalid("The simulated AWS has no stateless rule groups and no custom actions."));
        }
        for actions in [&self.stateless_default_actions, &self.stateless_fragment_default_actions] {
            check_actions(actions, STATELESS_ACTIONS)?;
            if actions.len() != 1 {
                return Err(invalid(format!("exactly one stateless default action is needed, parameter: {actions:?}")));
            }
        }
        match self.order() {
            RuleOrder::StrictOrder => self.check_strict()?,
            RuleOrder::DefaultActionOrder => self.check_default_order()?,
        }
        let arns: BTreeSet<&String> = self.rule_groups().collect();
        if arns.len() < self.stateful_rule_group_references.len() {
            return Err(invalid("a rule group is referenced twice, context: StatefulRuleGroupReferences"));
        }
        self.check_timeout()?;
        self.check_variables()
    }

    fn check_strict(&self) -> Answer<()> {
        check_actions(&self.stateful_default_actions, STATEFUL_ACTIONS)?;
        let drops = self.stateful_default_actions.iter().filter(|action| action.starts_with("aws:drop"));
        if drops.count() > 1 {
            return Err(invalid("only one drop action is allowed, context: StatefulDefaultActions"));
        }
        let mut priorities = BTreeSet::new();
        for (index, reference) in self.stateful_rule_group_references.iter().enumerate() {
            let context = format!("context: StatefulRuleGroupReferences[{index}]");
            match reference.priority {
                None => return Err(invalid(format!("Priority must be provided, {context}"))),
                Some(priority) if !(1..=65_535).contains(&priority) => {
                    return Err(invalid(format!("Priority is out of range, parameter: [{priority}], {context}")));
                }
                Some(priority) if !priorities.insert(priority) => {
                    return Err(invalid(format!("Priority must be unique, parameter: [{priority}], {context}")));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn check_default_order(&self) -> Answer<()> {
        if !self.stateful_default_actions.is_empty() {
            return Err(invalid("default actions are allowed in strict order only, context: StatefulDefaultActions"));
        }
        let given = self.stateful_rule_group_references.iter().enumerate().find_map(|(index, one)| {
            one.priority.map(|priority| {
                format!(
                    "Priority cannot be provided, parameter: [{priority}], context: \
                     StatefulRuleGroupReferences[{index}][Priority={priority}]"
                )
            })
        });
        given.map_or(Ok(()), |message| Err(invalid(message)))
    }

    fn check_timeout(&self) -> Answer<()> {
        let timeouts = self.stateful_engine_options.and_then(|options| options.flow_timeouts);
        match timeouts.and_then(|timeouts| timeouts.tcp_idle_timeout_seconds) {
            Some(seconds) if !(60..=6_000).contains(&seconds) => {
                Err(invalid(format!("TcpIdleTimeoutSeconds must be from 60 to 6000, parameter: [{seconds}]")))
            }
            _ => Ok(()),
        }
    }

    /// `HOME_NET` is what a policy may set, to ranges.
    fn check_variables(&self) -> Answer<()> {
        let variables = self.policy_variables.as_ref().and_then(|variables| variables.rule_variables.as_ref());
        for (name, value) in variables.into_iter().flatten() {
            if name != "HOME_NET" {
                return Err(invalid(format!("only HOME_NET can be overridden, parameter: [{name}]")));
            }
            let wrong = value.definition.iter().find(|range| range.parse::<ipnet::IpNet>().is_err());
            if let Some(range) = wrong {
                return Err(invalid(format!("CIDR is invalid, parameter: [{range}]")));
            }
            if value.definition.is_empty() {
                return Err(invalid("a variable must have a value, parameter: [HOME_NET]"));
            }
        }
        Ok(())
    }
}

/// Refuses actions that there are not, and one given twice.
fn check_actions(actions: &[String], known: &[&str]) -> Answer<()> {
    let mut seen = BTreeSet::new();
    match actions.iter().find(|action| !known.contains(&action.as_str()) || !seen.insert(*action)) {
        Some(action) => Err(invalid(format!("action is invalid, parameter: [{action}]"))),
        None => Ok(()),
    }
}
