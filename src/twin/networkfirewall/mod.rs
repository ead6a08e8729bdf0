//! AWS Network Firewall: stateful rule groups, policies, and firewalls in VPCs with an endpoint per Availability Zone.
//!
//! What the twin does not have is refused: stateless rule groups, TLS inspection, managed rule groups, firewalls attached to
//! a transit gateway, sharing, and customers' own keys.
//! <https://docs.aws.amazon.com/network-firewall/latest/APIReference/Welcome.html>

use super::service::JsonHandler;

mod firewall;
mod firewall_change;
mod firewall_lists;
mod firewall_state;
mod firewall_status;
mod input;
mod logging;
mod policy;
mod policy_document;
mod rule_group;
mod rule_group_document;
mod state;
mod suricata;
mod tags;

#[cfg(test)]
mod tests;

pub use state::State;

/// How many firewalls an account may have in a region.
/// <https://docs.aws.amazon.com/network-firewall/latest/developerguide/quotas.html>
const FIREWALLS: (&str, u64) = ("firewalls", 5);
/// How many firewall policies.
const POLICIES: (&str, u64) = ("firewall-policies", 20);
/// How many stateful rule groups.
const RULE_GROUPS: (&str, u64) = ("stateful-rule-groups", 50);

/// The quotas, in [`World::quotas`](super::world::World::quotas), with what an account has unless one was raised.
pub const QUOTAS: &[(&str, u64)] = &[FIREWALLS, POLICIES, RULE_GROUPS];

const ACTIONS: &[(&str, JsonHandler)] = &[
    ("AssociateFirewallPolicy", firewall_change::associate_firewall_policy),
    ("AssociateSubnets", firewall_change::associate_subnets),
    ("CreateFirewall", firewall::create_firewall),
    ("CreateFirewallPolicy", policy::create_firewall_policy),
    ("CreateRuleGroup", rule_group::create_rule_group),
    ("DeleteFirewall", firewall::delete_firewall),
    ("DeleteFirewallPolicy", policy::delete_firewall_policy),
    ("DeleteRuleGroup", rule_group::delete_rule_group),
    ("DescribeFirewall", firewall_lists::describe_firewall),
    ("DescribeFirewallMetadata", firewall_lists::describe_firewall_metadata),
    ("DescribeFirewallPolicy", policy::describe_firewall_policy),
    ("DescribeLoggingConfiguration", logging::describe_logging_configuration),
    ("DescribeRuleGroup", rule_group::describe_rule_group),
    ("DescribeRuleGroupMetadata", rule_group::describe_rule_group_metadata),
    ("DisassociateSubnets", firewall_change::disassociate_subnets),
    ("ListFirewallPolicies", policy::list_firewall_policies),
    ("ListFirewalls", firewall_lists::list_firewalls),
    ("ListRuleGroups", rule_group::list_rule_groups),
    ("ListTagsForResource", tags::list_tags_for_resource),
    ("TagResource", tags::tag_resource),
    ("UntagResource", tags::untag_resource),
    ("UpdateFirewallDeleteProtection", firewall_change::update_firewall_delete_protection),
    ("UpdateFirewallDescription", firewall_change::update_firewall_description),
    ("UpdateFirewallPolicy", policy::update_firewall_policy),
    ("UpdateFirewallPolicyChangeProtection", firewall_change::update_firewall_policy_change_protection),
    ("UpdateLoggingConfiguration", logging::update_logging_configuration),
    ("UpdateRuleGroup", rule_group::update_rule_group),
    ("UpdateSubnetChangeProtection", firewall_change::update_subnet_change_protection),
];

/// What answers an action, if the twin knows it.
#[must_use]
pub fn handler(action: &str) -> Option<JsonHandler> {
    ACTIONS.iter().find(|(name, _)| *name == action).map(|(_, handler)| *handler)
}
