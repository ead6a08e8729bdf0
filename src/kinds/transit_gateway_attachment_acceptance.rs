//! The gateway owner's word for an attachment.

use serde::{Deserialize, Serialize};

use super::{Identity, Specification, Tagging, Timing};
use super::TransitGatewayAttachment;
use crate::graph::Ref;

/// That the transit gateway's owner has accepted an attachment from another account. There is none to delete: it ends
/// with the attachment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransitGatewayAttachmentAcceptance {
    /// The attachment.
    pub attachment: Ref<TransitGatewayAttachment>,
}

impl Specification for TransitGatewayAttachmentAcceptance {
    const NAME: &'static str = "transit-gateway-attachment-acceptance";
    const IDENTITY: Identity = Identity::Attributes(&["attachment"]);
    const IMMUTABLE: &'static [&'static str] = &["attachment"];
    const TIMING: Timing = Timing::seconds(60, 0, 0);
    const TAGGING: Tagging = Tagging::None;
    const DELETABLE: bool = false;
}
