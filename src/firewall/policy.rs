//! A firewall's policy.

use std::collections::{BTreeMap, BTreeSet};

use super::Rule;
use crate::values::Cidr;

/// What a firewall does with packets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// What happens to packets before the stateful rules see them.
    pub stateless: StatelessDefault,
    /// How stateful rules are ordered.
    pub order: RuleOrder,
    /// The stateful rule groups: by their priorities in strict order.
    pub groups: Vec<RuleGroup>,
    /// What happens to what no rule decides; only in strict order.
    pub defaults: BTreeSet<DefaultAction>,
    /// Address variables, such as `HOME_NET`. One that stands nowhere here is AWS's default: `HOME_NET` is the range of the
    /// firewall's VPC, and `EXTERNAL_NET` everything else (Network Firewall guide, "Limitations and caveats for stateful
    /// rules"). Whoever builds the value puts the default in.
    pub address_variables: BTreeMap<String, BTreeSet<Cidr>>,
}

/// What becomes of packets that no stateless rule matches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum StatelessDefault {
    /// The stateful rules see them: `aws:forward_to_sfe`.
    #[default]
    Forward,
    /// They pass uninspected: `aws:pass`.
    Pass,
    /// They are dropped: `aws:drop`.
    Drop,
    /// There are stateless rule groups, or actions, that lz can't judge, each in a sentence.
    Unsupported(String),
}

/// How stateful rules are ordered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleOrder {
    /// `STRICT_ORDER`: by the groups' priorities, then as written.
    #[default]
    Strict,
    /// `DEFAULT_ACTION_ORDER`: pass, drop, reject, alert; what none decides passes.
    DefaultAction,
}

/// A default action of a policy in strict order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DefaultAction {
    /// `aws:drop_strict`: every packet, the first of a TCP handshake included.
    DropStrict,
    /// `aws:drop_established`: packets of established connections, so that a rule on a domain can be asked first.
    DropEstablished,
    /// `aws:alert_strict`
    AlertStrict,
    /// `aws:alert_established`
    AlertEstablished,
}

/// A stateful rule group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleGroup {
    /// Its name, or lz's address.
    pub name: String,
    /// Its rules, as written.
    pub rules: Vec<Rule>,
    /// Address variables of its own, over the policy's.
    pub address_variables: BTreeMap<String, BTreeSet<Cidr>>,
}
