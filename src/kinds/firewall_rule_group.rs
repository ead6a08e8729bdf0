//! Rule groups of Network Firewall.

use serde::{Deserialize, Serialize};

use super::{Identity, Specification, Tagging, Timing};

/// A stateful rule group in strict order, as text in Suricata's language.
///
/// A group may be shared: it holds rules of its own and rules of workloads, which carry `metadata:lz NAME` and are
/// resources themselves ([`FirewallWorkloadRules`](super::FirewallWorkloadRules)).
///
/// AWS can change neither a group's name nor its capacity. So a group's name ends in its capacity (`lz-acme-baseline-500`),
/// and a group of another capacity is another group. When that is made, it takes over the workloads' rules of the groups
/// whose names differ in the capacity alone, so that no workload is cut off while the policy turns to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirewallRuleGroup {
    /// Its name, which begins with [`name_prefix`](super::firewall::name_prefix) and ends in `-` and its capacity.
    pub name: String,
    /// The number of rules that it can hold.
    pub capacity: u32,
    /// The rules of its own: one rule a line, no comments or blank lines.
    pub rules: String,
}

impl Specification for FirewallRuleGroup {
    const NAME: &'static str = "firewall-rule-group";
    const IDENTITY: Identity = Identity::Tag;
    const IMMUTABLE: &'static [&'static str] = &["name", "capacity"];
    const TIMING: Timing = Timing::seconds(2, 90, 5);
    const TAGGING: Tagging = Tagging::NetworkFirewall;
}
