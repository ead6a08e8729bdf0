//! Which route table a subnet uses.

use serde::{Deserialize, Serialize};

use super::{Identity, Specification, Tagging, Timing};
use super::{RouteTable, Subnet};
use crate::graph::Ref;

/// The association of a subnet with a route table. A subnet has one at most; without one it uses the VPC's main table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteTableAssociation {
    /// The subnet.
    pub subnet: Ref<Subnet>,
    /// The table it uses.
    pub route_table: Ref<RouteTable>,
}

impl Specification for RouteTableAssociation {
    const NAME: &'static str = "route-table-association";
    const IDENTITY: Identity = Identity::Attributes(&["subnet"]);
    const IMMUTABLE: &'static [&'static str] = &["subnet"];
    const TIMING: Timing = Timing::seconds(1, 1, 1);
    const TAGGING: Tagging = Tagging::None;
}
