//! The network as a value: everything that decides about a packet, and nothing else.
//!
//! It is built from a planned set of resources, from live ones, or from recorded answers of AWS. References are ids of
//! objects that may be absent (a target that is gone, an account that could not be read): whoever follows one handles that.

mod transit_gateway;
mod vpc;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

pub use transit_gateway::{
    AttachedResource, Attachment, AttachmentState, RouteOrigin, TransitGateway, TransitGatewayRoute,
    TransitGatewayRouteTable, TransitGatewayTarget,
};
pub use vpc::{
    AclRule, Direction, EndpointKind, InterfaceKind, InternetGateway, NatGateway, NetworkAcl, NetworkInterface,
    PeeringConnection, Ports, PrefixList, Protocol, ProtocolMatch, PublicAccessBlock, Route, RouteDestination,
    RouteTable, RouteTarget, SecurityGroup, SecurityGroupPeer, SecurityGroupRule, Subnet, VirtualPrivateGateway, Vpc,
    VpcEndpoint, VpcRouteOrigin,
};

use crate::firewall::Policy;
use crate::values::ZoneId;

/// What names an object: AWS's id where there is one, lz's address where it is only planned.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectId(pub String);

impl ObjectId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for ObjectId {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// A network: what all accounts that could be read hold in one region.
///
/// Objects that are deleted, deleting, rejected, failed or expired are not in it. What a shared transit gateway's two
/// accounts both show is in it once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Network {
    /// VPCs.
    pub vpcs: BTreeMap<ObjectId, Vpc>,
    /// Subnets.
    pub subnets: BTreeMap<ObjectId, Subnet>,
    /// Route tables of VPCs.
    pub route_tables: BTreeMap<ObjectId, RouteTable>,
    /// Network ACLs.
    pub network_acls: BTreeMap<ObjectId, NetworkAcl>,
    /// Security groups.
    pub security_groups: BTreeMap<ObjectId, SecurityGroup>,
    /// Managed prefix lists, AWS's own included.
    pub prefix_lists: BTreeMap<ObjectId, PrefixList>,
    /// Network interfaces. A planned network has none: packets then start at a subnet.
    pub interfaces: BTreeMap<ObjectId, NetworkInterface>,
    /// Instances: each one's network interfaces, the primary first.
    pub instances: BTreeMap<ObjectId, Vec<ObjectId>>,
    /// Internet gateways.
    pub internet_gateways: BTreeMap<ObjectId, InternetGateway>,
    /// NAT gateways.
    pub nat_gateways: BTreeMap<ObjectId, NatGateway>,
    /// VPC endpoints; a firewall's endpoints are among them.
    pub vpc_endpoints: BTreeMap<ObjectId, VpcEndpoint>,
    /// Peering connections.
    pub peering_connections: BTreeMap<ObjectId, PeeringConnection>,
    /// Virtual private gateways: packets end there, named.
    pub virtual_private_gateways: BTreeMap<ObjectId, VirtualPrivateGateway>,
    /// Transit gateways.
    pub transit_gateways: BTreeMap<ObjectId, TransitGateway>,
    /// Attachments of transit gateways.
    pub attachments: BTreeMap<ObjectId, Attachment>,
    /// Route tables of transit gateways.
    pub transit_gateway_route_tables: BTreeMap<ObjectId, TransitGatewayRouteTable>,
    /// Network firewalls.
    pub firewalls: BTreeMap<ObjectId, Firewall>,
    /// How VPC Block Public Access restricts subnets, and VPCs as far as their subnets say nothing else. What is not listed is
    /// not restricted.
    pub public_access_blocks: BTreeMap<ObjectId, PublicAccessBlock>,
    /// Names for people: lz's address or the tag `Name` of what has one.
    pub names: BTreeMap<ObjectId, String>,
    /// What is there and can't be modelled (a transit gateway policy table, a regional NAT gateway, …), or could not be
    /// read, each in a sentence. A verdict over such a network says so.
    pub caveats: BTreeSet<String>,
}

/// A network firewall with its policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firewall {
    /// Its id: its name or ARN, or lz's address.
    pub id: ObjectId,
    /// The VPC that it is in.
    pub vpc: ObjectId,
    /// Its endpoints, by the Availability Zone that each is in.
    pub endpoints: BTreeMap<ZoneId, ObjectId>,
    /// What it does with packets.
    pub policy: Policy,
}

impl Network {
    /// The firewall that an endpoint belongs to.
    #[must_use]
    pub fn firewall_of(&self, endpoint: &ObjectId) -> Option<&Firewall> {
        self.firewalls.values().find(|firewall| firewall.endpoints.values().any(|one| one == endpoint))
    }

    /// True where an address lies in a VPC.
    #[must_use]
    pub fn holds(&self, vpc: &ObjectId, address: Ipv4Addr) -> bool {
        self.vpcs.get(vpc).is_some_and(|vpc| vpc.ranges.iter().any(|range| range.contains_address(address)))
    }

    /// How VPC Block Public Access restricts a subnet.
    #[must_use]
    pub fn public_access_block(&self, subnet: &Subnet) -> PublicAccessBlock {
        let blocks = &self.public_access_blocks;
        blocks.get(&subnet.id).or_else(|| blocks.get(&subnet.vpc)).copied().unwrap_or_default()
    }

    /// The subnet that a firewall's or Gateway Load Balancer's endpoint is in.
    #[must_use]
    pub fn subnet_of_endpoint(&self, endpoint: &ObjectId) -> Option<&ObjectId> {
        match &self.vpc_endpoints.get(endpoint)?.kind {
            EndpointKind::GatewayLoadBalancer { subnet } => Some(subnet),
            EndpointKind::Gateway | EndpointKind::Interface { .. } => None,
        }
    }

    /// An object for people: its name with its id, where both are known and differ.
    #[must_use]
    pub fn label(&self, id: &ObjectId) -> String {
        match self.names.get(id) {
            Some(name) if name != id.as_str() => format!("{name} ({id})"),
            _ => id.to_string(),
        }
    }

    /// The name of an object for people, or its id.
    #[must_use]
    pub fn name<'network>(&'network self, id: &'network ObjectId) -> &'network str {
        self.names.get(id).map_or(id.as_str(), String::as_str)
    }
}
