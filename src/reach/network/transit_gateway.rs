//! Transit gateways.

use std::collections::BTreeSet;

use super::{ObjectId, RouteDestination};

/// A transit gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransitGateway {
    /// Its id.
    pub id: ObjectId,
    /// The account that owns it.
    pub account: String,
}

/// An attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: ObjectId,
    /// The gateway.
    pub transit_gateway: ObjectId,
    /// What is attached.
    pub resource: AttachedResource,
    /// Whether packets pass.
    pub state: AttachmentState,
    /// The table that routes packets that come from it, where there is one.
    pub association: Option<ObjectId>,
}

/// What is attached to a transit gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttachedResource {
    /// A VPC.
    Vpc {
        /// The VPC.
        vpc: ObjectId,
        /// The subnets that hold the attachment's interfaces, one per Availability Zone.
        subnets: BTreeSet<ObjectId>,
        /// True where both directions of a flow use one interface.
        appliance_mode: bool,
    },
    /// Anything else (a VPN, a Direct Connect gateway, a peered transit gateway, Connect), by AWS's type and id: packets end
    /// there, named.
    Other {
        /// Such as `vpn`.
        kind: String,
        /// AWS's id.
        id: String,
    },
}

/// Whether packets pass an attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttachmentState {
    /// They do.
    Available,
    /// They don't, or not surely: AWS's word for it.
    Other(String),
}

/// A route table of a transit gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransitGatewayRouteTable {
    /// Its id.
    pub id: ObjectId,
    /// The gateway.
    pub transit_gateway: ObjectId,
    /// Its routes.
    pub routes: Vec<TransitGatewayRoute>,
    /// The attachments that propagate into it.
    pub propagations: BTreeSet<ObjectId>,
    /// False where its routes could not be read: they are visible to the gateway's owner alone.
    pub known: bool,
}

/// A route of a transit gateway's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransitGatewayRoute {
    /// Where packets go.
    pub destination: RouteDestination,
    /// What they are handed to.
    pub target: TransitGatewayTarget,
    /// Who made it: it decides between routes to one destination.
    pub origin: RouteOrigin,
}

/// What a transit gateway hands packets to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TransitGatewayTarget {
    /// An attachment.
    Attachment(ObjectId),
    /// Nothing: the route says so, or its attachment is gone.
    Blackhole,
}

/// Who made a route of a transit gateway's table, in the order of precedence (Transit Gateways guide, "Route evaluation
/// order").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RouteOrigin {
    /// A person or a program.
    Static,
    /// A person or a program, by a prefix list.
    PrefixList,
    /// A VPC that propagates.
    Vpc,
    /// A Direct Connect gateway.
    DirectConnect,
    /// A Connect attachment.
    Connect,
    /// A VPN.
    Vpn,
}
