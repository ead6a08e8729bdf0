//! The default security group of a VPC.

use serde::{Deserialize, Serialize};

use super::{Identity, Specification, Tagging, Timing};
use std::collections::BTreeSet;

use super::Vpc;
use super::security_group::SecurityGroupRule;
use crate::graph::Ref;

/// The default security group that AWS makes with every VPC: it can't be deleted, and lz empties it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefaultSecurityGroup {
    /// The VPC.
    pub vpc: Ref<Vpc>,
    /// Rules for what comes in.
    pub ingress: BTreeSet<SecurityGroupRule>,
    /// Rules for what goes out.
    pub egress: BTreeSet<SecurityGroupRule>,
}

impl Specification for DefaultSecurityGroup {
    const NAME: &'static str = "default-security-group";
    const IDENTITY: Identity = Identity::Attributes(&["vpc"]);
    const IMMUTABLE: &'static [&'static str] = &["vpc"];
    const TIMING: Timing = Timing::seconds(2, 2, 0);
    const TAGGING: Tagging = Tagging::Ec2;
    const DELETABLE: bool = false;
}
