//! VPCs.

use serde::{Deserialize, Serialize};

use super::{Identity, Specification, Tagging, Timing};
use crate::values::Cidr;

/// A VPC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vpc {
    /// Its IPv4 range.
    pub cidr: Cidr,
    /// True where the Amazon DNS server answers in it.
    pub dns_support: bool,
    /// True where instances get DNS names; private DNS of interface endpoints needs it.
    pub dns_hostnames: bool,
}

impl Specification for Vpc {
    const NAME: &'static str = "vpc";
    const IDENTITY: Identity = Identity::Tag;
    const IMMUTABLE: &'static [&'static str] = &["cidr"];
    const TIMING: Timing = Timing::seconds(3, 1, 2);
    const TAGGING: Tagging = Tagging::Ec2;
}
