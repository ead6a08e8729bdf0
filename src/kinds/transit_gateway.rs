//! Transit gateways.

use serde::{Deserialize, Serialize};

use super::{Identity, Specification, Tagging, Timing};

/// A transit gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransitGateway {
    /// What people read.
    pub description: String,
    /// Its autonomous system number on Amazon's side.
    pub amazon_side_asn: i64,
    /// True where attachments from other accounts need no acceptance.
    pub auto_accept_shared_attachments: bool,
    /// True where new attachments are associated with a default route table.
    pub default_route_table_association: bool,
    /// True where new attachments propagate to a default route table.
    pub default_route_table_propagation: bool,
    /// True where DNS names of instances in other attached VPCs resolve to private addresses.
    pub dns_support: bool,
    /// True where equal-cost VPN tunnels share the load.
    pub vpn_ecmp_support: bool,
}

impl Specification for TransitGateway {
    const NAME: &'static str = "transit-gateway";
    const IDENTITY: Identity = Identity::Tag;
    const IMMUTABLE: &'static [&'static str] = &[];
    const TIMING: Timing = Timing::seconds(120, 60, 60);
    const TAGGING: Tagging = Tagging::Ec2;
}
