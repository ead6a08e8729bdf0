//! Firewalls of Network Firewall.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{FirewallPolicy, Identity, Specification, Subnet, Tagging, Timing, Vpc};
use crate::graph::Ref;
use crate::values::Label;

/// A firewall in a VPC, with an endpoint in each of its subnets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Firewall {
    /// Its name, which begins with [`name_prefix`].
    pub name: String,
    /// What it does with packets.
    pub policy: Ref<FirewallPolicy>,
    /// The VPC that it is in.
    pub vpc: Ref<Vpc>,
    /// The subnets that hold its endpoints, one for each Availability Zone.
    pub subnets: BTreeSet<Ref<Subnet>>,
    /// True where AWS refuses to delete it. lz lifts this for a deletion that is planned.
    pub delete_protection: bool,
    /// True where AWS refuses to change its subnets. lz lifts this for a change that is planned, and puts it back.
    pub subnet_change_protection: bool,
    /// True where AWS refuses to give it another policy. lz lifts this for a change that is planned, and puts it back.
    pub policy_change_protection: bool,
}

impl Specification for Firewall {
    const NAME: &'static str = "firewall";
    const IDENTITY: Identity = Identity::Tag;
    const IMMUTABLE: &'static [&'static str] = &["name", "vpc"];
    const TIMING: Timing = Timing::seconds(360, 90, 480);
    const TAGGING: Tagging = Tagging::NetworkFirewall;
}

/// What the names of a zone's firewalls, policies and rule groups begin with.
#[must_use]
pub fn name_prefix(zone: &Label) -> String {
    format!("lz-{zone}-")
}
