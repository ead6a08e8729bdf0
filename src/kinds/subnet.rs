//! Subnets.

use serde::{Deserialize, Serialize};

use super::{Identity, Specification, Tagging, Timing};
use super::Vpc;
use crate::graph::Ref;
use crate::values::{Cidr, ZoneId};

/// A subnet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subnet {
    /// The VPC it is in.
    pub vpc: Ref<Vpc>,
    /// Its range.
    pub cidr: Cidr,
    /// Its Availability Zone.
    pub availability_zone: ZoneId,
    /// True where instances get a public address by themselves.
    pub map_public_ip_on_launch: bool,
}

impl Specification for Subnet {
    const NAME: &'static str = "subnet";
    const IDENTITY: Identity = Identity::Tag;
    const IMMUTABLE: &'static [&'static str] = &["vpc", "cidr", "availability_zone"];
    const TIMING: Timing = Timing::seconds(3, 1, 2);
    const TAGGING: Tagging = Tagging::Ec2;
}
