//! Network Firewall.

use std::collections::BTreeMap;

use super::documents;

documents! {
    /// `aws network-firewall list-firewalls`
    Firewalls { firewalls: Vec<FirewallMetadata>, }
    /// A firewall in a list.
    FirewallMetadata { firewall_name: String, firewall_arn: Option<String>, }

    /// `aws network-firewall describe-firewall`
    FirewallDescription { firewall: Option<Firewall>, firewall_status: Option<FirewallStatus>, }
    /// A firewall.
    Firewall { firewall_name: String, firewall_arn: String, vpc_id: String, firewall_policy_arn: String, }
    /// A firewall's state.
    FirewallStatus { status: Option<String>, sync_states: BTreeMap<String, SyncState>, }
    /// Its state in an Availability Zone.
    SyncState { attachment: Option<FirewallAttachment>, }
    /// Its endpoint there.
    FirewallAttachment { subnet_id: Option<String>, endpoint_id: Option<String>, status: Option<String>, }

    /// `aws network-firewall describe-firewall-policy`
    FirewallPolicyDescription {
        firewall_policy_response: Option<FirewallPolicyResponse>,
        firewall_policy: Option<FirewallPolicy>,
    }
    /// A policy's names.
    FirewallPolicyResponse { firewall_policy_name: String, firewall_policy_arn: String, }
    /// A policy.
    FirewallPolicy {
        stateless_rule_group_references: Vec<RuleGroupReference>,
        stateless_default_actions: Vec<String>,
        stateless_fragment_default_actions: Vec<String>,
        stateful_rule_group_references: Vec<RuleGroupReference>,
        stateful_default_actions: Vec<String>,
        stateful_engine_options: Option<StatefulEngineOptions>,
        policy_variables: Option<PolicyVariables>,
    }
    /// A rule group in a policy.
    RuleGroupReference { resource_arn: String, priority: Option<i32>, }
    /// How stateful rules are ordered.
    StatefulEngineOptions { rule_order: Option<String>, }
    /// A policy's variables.
    PolicyVariables { rule_variables: BTreeMap<String, VariableDefinition>, }
    /// What a variable stands for.
    VariableDefinition { definition: Vec<String>, }

    /// `aws network-firewall describe-rule-group`
    RuleGroupDescription { rule_group_response: Option<RuleGroupResponse>, rule_group: Option<RuleGroup>, }
    /// A rule group's names.
    RuleGroupResponse {
        rule_group_name: String,
        rule_group_arn: String,
        #[serde(rename = "Type")]
        group_type: Option<String>,
    }
    /// A rule group.
    RuleGroup { rule_variables: Option<RuleVariables>, rules_source: Option<RulesSource>, }
    /// A rule group's variables.
    RuleVariables {
        #[serde(rename = "IPSets")]
        ip_sets: BTreeMap<String, VariableDefinition>,
    }
    /// Where a rule group's rules come from.
    RulesSource {
        rules_string: Option<String>,
        rules_source_list: Option<RulesSourceList>,
        stateful_rules: Vec<StatefulRule>,
    }
    /// A list of domains.
    RulesSourceList { targets: Vec<String>, target_types: Vec<String>, generated_rules_type: String, }
    /// A rule in the form of a 5-tuple.
    StatefulRule { action: String, header: Option<RuleHeader>, rule_options: Vec<RuleOption>, }
    /// What a 5-tuple rule matches.
    RuleHeader {
        protocol: String,
        source: String,
        source_port: String,
        direction: String,
        destination: String,
        destination_port: String,
    }
    /// An option of a 5-tuple rule.
    RuleOption { keyword: String, settings: Vec<String>, }
}
