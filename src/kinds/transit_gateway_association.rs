//! Which transit gateway route table an attachment uses.

use serde::{Deserialize, Serialize};

use super::{Identity, Specification, Tagging, Timing};
use super::{TransitGatewayAttachment, TransitGatewayRouteTable};
use crate::graph::Ref;

/// The association of an attachment with a transit gateway's route table. An attachment has one at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransitGatewayAssociation {
    /// The attachment.
    pub attachment: Ref<TransitGatewayAttachment>,
    /// The table that routes its packets.
    pub route_table: Ref<TransitGatewayRouteTable>,
}

impl Specification for TransitGatewayAssociation {
    const NAME: &'static str = "transit-gateway-association";
    const IDENTITY: Identity = Identity::Attributes(&["attachment"]);
    const IMMUTABLE: &'static [&'static str] = &["attachment", "route_table"];
    const TIMING: Timing = Timing::seconds(70, 0, 70);
    const TAGGING: Tagging = Tagging::None;
}
