//! What is inside VPCs.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::ObjectId;
use crate::values::{Cidr, ZoneId};

/// A VPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vpc {
    /// Its id.
    pub id: ObjectId,
    /// The account that owns it: an account id, or the account's name where it is only planned.
    pub account: String,
    /// Its IPv4 ranges.
    pub ranges: Vec<Cidr>,
}

/// A subnet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnet {
    /// Its id.
    pub id: ObjectId,
    /// The VPC that it is in.
    pub vpc: ObjectId,
    /// Its range.
    pub range: Cidr,
    /// The Availability Zone that it is in.
    pub zone: ZoneId,
    /// Its route table: its own, or the VPC's main one. None where no table is known.
    pub route_table: Option<ObjectId>,
    /// Its network ACL. None where it is not known; then nothing is filtered, as a new VPC's default ACL allows all.
    pub network_acl: Option<ObjectId>,
}

/// A route table of a VPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteTable {
    /// Its id.
    pub id: ObjectId,
    /// The VPC that it is in.
    pub vpc: ObjectId,
    /// Its routes, the local ones included.
    pub routes: Vec<Route>,
    /// The internet or virtual private gateway whose incoming packets it routes, where it is an edge table.
    pub edge_of: Option<ObjectId>,
}

/// A route of a VPC's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Where packets go.
    pub destination: RouteDestination,
    /// What they are handed to.
    pub target: RouteTarget,
    /// Who made it: it decides between routes to one destination.
    pub origin: VpcRouteOrigin,
    /// True where AWS says that the target is gone.
    pub blackhole: bool,
}

/// Where a route's packets go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RouteDestination {
    /// A range.
    Range(Cidr),
    /// The ranges of a prefix list.
    PrefixList(ObjectId),
}

/// Who made a route of a VPC's table, in the order of precedence (VPC user guide, "Route priority").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum VpcRouteOrigin {
    /// AWS, with the table.
    Local,
    /// A person or a program.
    Static,
    /// A virtual private gateway.
    Propagated,
}

/// What a route hands packets to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RouteTarget {
    /// The VPC itself.
    Local,
    /// An internet gateway.
    InternetGateway(ObjectId),
    /// A NAT gateway.
    NatGateway(ObjectId),
    /// A transit gateway.
    TransitGateway(ObjectId),
    /// A VPC endpoint: a gateway endpoint, or the endpoint of a firewall or Gateway Load Balancer.
    VpcEndpoint(ObjectId),
    /// A network interface, or the interface of an instance.
    NetworkInterface(ObjectId),
    /// A peering connection.
    PeeringConnection(ObjectId),
    /// A virtual private gateway.
    VirtualPrivateGateway(ObjectId),
    /// Anything else, by AWS's id: packets are not followed there.
    Other(String),
}

/// A network ACL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkAcl {
    /// Its id.
    pub id: ObjectId,
    /// The VPC that it is in.
    pub vpc: ObjectId,
    /// Its IPv4 rules; the first that matches, by number, decides. What none matches is denied.
    pub rules: Vec<AclRule>,
}

/// Which way packets go, seen from the subnet or the interface that filters them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Into it.
    Ingress,
    /// Out of it.
    Egress,
}

/// A rule of a network ACL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AclRule {
    /// 1 to 32767: lower ones are asked first.
    pub number: u16,
    /// Which packets it is for.
    pub direction: Direction,
    /// True where it allows, false where it denies.
    pub allow: bool,
    /// The protocols that it matches.
    pub protocol: ProtocolMatch,
    /// The other side's addresses: sources of packets that come in, destinations of those that go out.
    pub range: Cidr,
    /// Destination ports, of TCP and UDP.
    pub ports: Ports,
}

/// A protocol that can be traced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP echo.
    Icmp,
}

/// The protocols that a rule matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProtocolMatch {
    /// Every protocol: `-1`.
    All,
    /// One that can be traced.
    One(Protocol),
    /// Another, by its IANA number: no packet that is traced has it.
    Other(u8),
}

/// A range of ports; of ICMP, of message types.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ports(pub RangeInclusive<u16>);

impl Ports {
    /// Every port.
    pub const ALL: Self = Self(0..=u16::MAX);

    /// True where it holds a port.
    #[must_use]
    pub fn contains(&self, port: u16) -> bool {
        self.0.contains(&port)
    }
}

/// A security group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityGroup {
    /// Its id.
    pub id: ObjectId,
    /// The VPC that it is in.
    pub vpc: ObjectId,
    /// Its IPv4 rules: what one of them matches is allowed.
    pub rules: Vec<SecurityGroupRule>,
}

/// A rule of a security group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityGroupRule {
    /// Its id, where AWS tells it.
    pub id: Option<ObjectId>,
    /// Which packets it is for.
    pub direction: Direction,
    /// The protocols that it matches.
    pub protocol: ProtocolMatch,
    /// Destination ports, of TCP and UDP.
    pub ports: Ports,
    /// The other side.
    pub peer: SecurityGroupPeer,
}

/// The other side of a security group's rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecurityGroupPeer {
    /// Addresses.
    Range(Cidr),
    /// The interfaces in a group.
    Group(ObjectId),
    /// The ranges of a prefix list.
    PrefixList(ObjectId),
}

/// A managed prefix list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrefixList {
    /// Its id.
    pub id: ObjectId,
    /// Its name, such as `com.amazonaws.eu-west-1.s3`.
    pub name: String,
    /// Its IPv4 ranges.
    pub ranges: BTreeSet<Cidr>,
}

/// A network interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkInterface {
    /// Its id.
    pub id: ObjectId,
    /// The subnet that it is in.
    pub subnet: ObjectId,
    /// Its private IPv4 addresses, the primary first, each with its public address if it has one.
    pub addresses: Vec<(Ipv4Addr, Option<Ipv4Addr>)>,
    /// Its security groups.
    pub groups: BTreeSet<ObjectId>,
    /// False where it may take and send packets of other addresses.
    pub source_dest_check: bool,
    /// What it belongs to.
    pub kind: InterfaceKind,
}

/// What a network interface belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum InterfaceKind {
    /// A host: an instance, a task, a load balancer, a database.
    Host {
        /// The instance, where it is one.
        instance: Option<ObjectId>,
    },
    /// A transit gateway's attachment.
    TransitGatewayAttachment,
    /// A NAT gateway.
    NatGateway,
    /// A VPC endpoint.
    VpcEndpoint,
}

/// What VPC Block Public Access keeps from internet gateways (VPC user guide, "Block public access to VPCs and subnets").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum PublicAccessBlock {
    /// Nothing.
    #[default]
    Off,
    /// Everything but what NAT gateways send, and its answers.
    Ingress,
    /// Everything.
    Bidirectional,
}

/// An internet gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InternetGateway {
    /// Its id.
    pub id: ObjectId,
    /// The VPC that it is attached to.
    pub vpc: Option<ObjectId>,
}

/// A NAT gateway, working.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NatGateway {
    /// Its id.
    pub id: ObjectId,
    /// The subnet that it is in.
    pub subnet: ObjectId,
    /// Its private address; none where it is only planned.
    pub private_address: Option<Ipv4Addr>,
    /// True where it translates to public addresses.
    pub public: bool,
    /// Its public address; none where it is only planned, or private.
    pub public_address: Option<Ipv4Addr>,
}

/// A VPC endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VpcEndpoint {
    /// Its id.
    pub id: ObjectId,
    /// The VPC that it is in.
    pub vpc: ObjectId,
    /// The service that it leads to, such as `com.amazonaws.eu-west-1.s3`.
    pub service: String,
    /// How packets get to it.
    pub kind: EndpointKind,
}

/// How packets get to a VPC endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointKind {
    /// By routes to the service's prefix list.
    Gateway,
    /// By the addresses of its network interfaces.
    Interface {
        /// The subnets that hold them.
        subnets: BTreeSet<ObjectId>,
        /// Their security groups.
        groups: BTreeSet<ObjectId>,
        /// True where the service's own names resolve to them.
        private_dns: bool,
    },
    /// By routes to it: the endpoint of a firewall, or of a Gateway Load Balancer.
    GatewayLoadBalancer {
        /// The subnet that it is in.
        subnet: ObjectId,
    },
}

/// A peering connection, active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeeringConnection {
    /// Its id.
    pub id: ObjectId,
    /// The VPC that asked.
    pub requester: ObjectId,
    /// The VPC that accepted.
    pub accepter: ObjectId,
}

/// A virtual private gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualPrivateGateway {
    /// Its id.
    pub id: ObjectId,
    /// The VPC that it is attached to.
    pub vpc: Option<ObjectId>,
}
