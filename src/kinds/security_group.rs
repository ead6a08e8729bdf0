//! Security groups.

use serde::{Deserialize, Serialize};

use super::{Identity, Specification, Tagging, Timing};
use std::collections::BTreeSet;

use super::Vpc;
use crate::graph::Ref;

/// A security group with all its rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityGroup {
    /// The VPC.
    pub vpc: Ref<Vpc>,
    /// Its name, unique in the VPC.
    pub name: String,
    /// Its description, which nobody can change.
    pub description: String,
    /// Rules for what comes in.
    pub ingress: BTreeSet<SecurityGroupRule>,
    /// Rules for what goes out.
    pub egress: BTreeSet<SecurityGroupRule>,
}

impl Specification for SecurityGroup {
    const NAME: &'static str = "security-group";
    const IDENTITY: Identity = Identity::Tag;
    const IMMUTABLE: &'static [&'static str] = &["vpc", "name", "description"];
    const TIMING: Timing = Timing::seconds(2, 2, 2);
    const TAGGING: Tagging = Tagging::Ec2;
}

/// A rule of a security group: one protocol, one range of ports, one peer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityGroupRule {
    /// The protocol as AWS names it: `tcp`, `udp`, `icmp`, a number, or `-1` for all.
    pub protocol: String,
    /// The first port (or ICMP type); none where the protocol has none.
    pub from_port: Option<i32>,
    /// The last port (or ICMP code).
    pub to_port: Option<i32>,
    /// Who is at the other end: an IPv4 or IPv6 range, a prefix list's or a security group's id.
    pub peer: String,
}
