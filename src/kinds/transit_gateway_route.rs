//! Static routes of transit gateway route tables.

use serde::{Deserialize, Serialize};

use super::{Identity, Specification, Tagging, Timing};
use super::{TransitGatewayAttachment, TransitGatewayRouteTable};
use crate::graph::Ref;
use crate::values::Cidr;

/// A static route of a transit gateway's route table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransitGatewayRoute {
    /// The table.
    pub route_table: Ref<TransitGatewayRouteTable>,
    /// Where packets go.
    pub destination: Cidr,
    /// What they are handed to.
    pub target: TransitGatewayRouteTarget,
}

impl Specification for TransitGatewayRoute {
    const NAME: &'static str = "transit-gateway-route";
    const IDENTITY: Identity = Identity::Attributes(&["route_table", "destination"]);
    const IMMUTABLE: &'static [&'static str] = &["route_table", "destination"];
    const TIMING: Timing = Timing::seconds(3, 3, 3);
    const TAGGING: Tagging = Tagging::None;
}

/// What a transit gateway's route hands packets to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TransitGatewayRouteTarget {
    /// An attachment.
    Attachment(Ref<TransitGatewayAttachment>),
    /// Nothing: packets are dropped.
    Blackhole,
}
