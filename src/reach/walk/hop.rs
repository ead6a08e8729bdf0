//! What a walk tells: hops, and what stands in the way.

use serde::Serialize;

use super::super::ObjectId;
use super::Explanation;

/// A thing that a packet meets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hop {
    /// What it is.
    #[serde(rename = "hop")]
    pub kind: HopKind,
    /// Its id.
    pub id: ObjectId,
    /// The route, rule or setting that decided there.
    pub by: String,
}

/// What a hop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HopKind {
    /// Any host of a subnet, as the walk's beginning or end.
    Subnet,
    /// A network interface.
    NetworkInterface,
    /// The internet.
    Internet,
    /// A route table of a VPC.
    RouteTable,
    /// A network ACL.
    NetworkAcl,
    /// A security group.
    SecurityGroup,
    /// An attachment of a transit gateway.
    TransitGatewayAttachment,
    /// A route table of a transit gateway.
    TransitGatewayRouteTable,
    /// An endpoint of a network firewall.
    FirewallEndpoint,
    /// A NAT gateway.
    NatGateway,
    /// An internet gateway.
    InternetGateway,
    /// A VPC endpoint.
    VpcEndpoint,
    /// A peering connection.
    PeeringConnection,
    /// A virtual private gateway.
    VirtualPrivateGateway,
}

impl HopKind {
    /// Its name in documents, such as `route-table`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Subnet => "subnet",
            Self::NetworkInterface => "network-interface",
            Self::Internet => "internet",
            Self::RouteTable => "route-table",
            Self::NetworkAcl => "network-acl",
            Self::SecurityGroup => "security-group",
            Self::TransitGatewayAttachment => "transit-gateway-attachment",
            Self::TransitGatewayRouteTable => "transit-gateway-route-table",
            Self::FirewallEndpoint => "firewall-endpoint",
            Self::NatGateway => "nat-gateway",
            Self::InternetGateway => "internet-gateway",
            Self::VpcEndpoint => "vpc-endpoint",
            Self::PeeringConnection => "peering-connection",
            Self::VirtualPrivateGateway => "virtual-private-gateway",
        }
    }
}

/// Which way a packet goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// From the one who asks.
    Forward,
    /// The answer.
    Return,
}

/// What a finding on the way does to a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// It stops it.
    Blocks,
    /// It leads it past the stateful hop that must see both directions, which drops what it has half seen.
    Asymmetric,
    /// lz can't tell what it does.
    Doubt,
}

/// A finding on the way: what stops a packet, or may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// AWS's word for it.
    pub code: Explanation,
    /// What it does to the packet.
    pub effect: Effect,
    /// Which way the packet goes.
    pub way: Way,
    /// What does it.
    pub id: ObjectId,
    /// The route, rule or setting, and what it does.
    pub by: String,
}
