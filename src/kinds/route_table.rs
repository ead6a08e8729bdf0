//! Route tables of VPCs.

use serde::{Deserialize, Serialize};

use super::{Identity, Specification, Tagging, Timing};
use super::Vpc;
use crate::graph::Ref;

/// A route table of a VPC, besides the main one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteTable {
    /// The VPC it belongs to.
    pub vpc: Ref<Vpc>,
}

impl Specification for RouteTable {
    const NAME: &'static str = "route-table";
    const IDENTITY: Identity = Identity::Tag;
    const IMMUTABLE: &'static [&'static str] = &["vpc"];
    const TIMING: Timing = Timing::seconds(1, 0, 1);
    const TAGGING: Tagging = Tagging::Ec2;
}
