//! Route tables of transit gateways.

use serde::{Deserialize, Serialize};

use super::{Identity, Specification, Tagging, Timing};
use super::TransitGateway;
use crate::graph::Ref;

/// A route table of a transit gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransitGatewayRouteTable {
    /// The gateway.
    pub transit_gateway: Ref<TransitGateway>,
}

impl Specification for TransitGatewayRouteTable {
    const NAME: &'static str = "transit-gateway-route-table";
    const IDENTITY: Identity = Identity::Tag;
    const IMMUTABLE: &'static [&'static str] = &["transit_gateway"];
    const TIMING: Timing = Timing::seconds(70, 0, 60);
    const TAGGING: Tagging = Tagging::Ec2;
}
