//! Transit gateway VPC attachments.

use serde::{Deserialize, Serialize};

use super::{Identity, Specification, Tagging, Timing};
use std::collections::BTreeSet;

use super::{Subnet, TransitGateway, Vpc};
use crate::graph::Ref;

/// A VPC's attachment to a transit gateway, in the account of the VPC. A VPC has one at most per gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransitGatewayAttachment {
    /// The gateway.
    pub transit_gateway: Ref<TransitGateway>,
    /// The VPC.
    pub vpc: Ref<Vpc>,
    /// The subnets that hold its interfaces, one per Availability Zone.
    pub subnets: BTreeSet<Ref<Subnet>>,
    /// True where both directions of a flow pass the same zone's interface.
    pub appliance_mode: bool,
    /// True where DNS names of instances in other attached VPCs resolve to private addresses.
    pub dns_support: bool,
}

impl Specification for TransitGatewayAttachment {
    const NAME: &'static str = "transit-gateway-attachment";
    const IDENTITY: Identity = Identity::Attributes(&["transit_gateway", "vpc"]);
    const IMMUTABLE: &'static [&'static str] = &["transit_gateway", "vpc"];
    const TIMING: Timing = Timing::seconds(110, 45, 70);
    const TAGGING: Tagging = Tagging::Ec2;
}
