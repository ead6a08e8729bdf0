//! Policies of Network Firewall.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{FirewallRuleGroup, Identity, Specification, Tagging, Timing};
use crate::graph::Ref;
use crate::values::Cidr;

/// A firewall policy. Actions and orders are AWS's words (Network Firewall API reference, "FirewallPolicy").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirewallPolicy {
    /// Its name, which begins with [`name_prefix`](super::firewall::name_prefix).
    pub name: String,
    /// Its rule groups, the first one first. A group's priority is 100 times its place, from 1.
    pub rule_groups: Vec<Ref<FirewallRuleGroup>>,
    /// The ranges behind the firewall: the variable `HOME_NET`. None leaves AWS's default, the range of the firewall's VPC.
    pub home_net: BTreeSet<Cidr>,
    /// What becomes of packets that no stateless rule matches.
    pub stateless_default_actions: BTreeSet<String>,
    /// The same for fragments of packets.
    pub stateless_fragment_default_actions: BTreeSet<String>,
    /// What becomes of flows that no stateful rule decides.
    pub stateful_default_actions: BTreeSet<String>,
    /// What becomes of flows whose beginning the firewall has not seen: `DROP`, `CONTINUE` or `REJECT`.
    pub stream_exception_policy: String,
    /// How stateful rules are ordered: [`STRICT_ORDER`], or what others have made.
    pub rule_order: String,
}

/// Rules are judged by their groups' priorities, and within a group as they are written.
pub const STRICT_ORDER: &str = "STRICT_ORDER";

impl Specification for FirewallPolicy {
    const NAME: &'static str = "firewall-policy";
    const IDENTITY: Identity = Identity::Tag;
    const IMMUTABLE: &'static [&'static str] = &["name", "rule_order"];
    const ORDERED: &'static [&'static str] = &["rule_groups"];
    const TIMING: Timing = Timing::seconds(2, 90, 5);
    const TAGGING: Tagging = Tagging::NetworkFirewall;
}
