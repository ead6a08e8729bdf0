//! Which transit gateway route tables learn an attachment's ranges.

use serde::{Deserialize, Serialize};

use super::{Identity, Specification, Tagging, Timing};
use super::{TransitGatewayAttachment, TransitGatewayRouteTable};
use crate::graph::Ref;

/// The propagation of an attachment's ranges to a transit gateway's route table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransitGatewayPropagation {
    /// The attachment.
    pub attachment: Ref<TransitGatewayAttachment>,
    /// The table that learns its ranges.
    pub route_table: Ref<TransitGatewayRouteTable>,
}

impl Specification for TransitGatewayPropagation {
    const NAME: &'static str = "transit-gateway-propagation";
    const IDENTITY: Identity = Identity::Attributes(&["attachment", "route_table"]);
    const IMMUTABLE: &'static [&'static str] = &["attachment", "route_table"];
    const TIMING: Timing = Timing::seconds(5, 0, 5);
    const TAGGING: Tagging = Tagging::None;
}
