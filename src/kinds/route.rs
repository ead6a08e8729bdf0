//! Routes of VPC route tables.

use serde::{Deserialize, Serialize};

use super::{Identity, Specification, Tagging, Timing};
use super::{InternetGateway, NatGateway, RouteTable, TransitGateway, VpcEndpoint};
use crate::graph::Ref;
use crate::values::Cidr;

/// A route that somebody added to a VPC's route table. Local routes, routes that a virtual private gateway propagates and
/// routes that a gateway endpoint adds are no resources of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The table.
    pub route_table: Ref<RouteTable>,
    /// Where packets go: an IPv4 range, or what AWS calls the destination otherwise (an IPv6 range, a prefix list).
    pub destination: Destination,
    /// What they are handed to.
    pub target: RouteTarget,
}

impl Specification for Route {
    const NAME: &'static str = "route";
    const IDENTITY: Identity = Identity::Attributes(&["route_table", "destination"]);
    const IMMUTABLE: &'static [&'static str] = &["route_table", "destination"];
    const TIMING: Timing = Timing::seconds(1, 1, 1);
    const TAGGING: Tagging = Tagging::None;
}

/// Where a route's packets go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Destination {
    /// An IPv4 range.
    Cidr(Cidr),
    /// An IPv6 range, as AWS writes it. lz makes none, and must see those that others make.
    Ipv6(String),
    /// A managed prefix list's id.
    PrefixList(String),
}

/// What a route hands packets to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RouteTarget {
    /// An internet gateway.
    InternetGateway(Ref<InternetGateway>),
    /// A NAT gateway.
    NatGateway(Ref<NatGateway>),
    /// A transit gateway.
    TransitGateway(Ref<TransitGateway>),
    /// A Gateway Load Balancer endpoint, which a firewall's endpoint is.
    VpcEndpoint(Ref<VpcEndpoint>),
    /// Anything else, by AWS's id. lz makes none, and must see those that others make.
    Other(String),
}
