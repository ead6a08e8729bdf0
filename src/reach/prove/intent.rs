//! What a network is for: what the proofs hold it against.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::ObjectId;
use super::super::network::Protocol;
use crate::values::{Cidr, PortSet};

/// What a zone's network is meant to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intent {
    /// The workloads' VPCs.
    pub workloads: Vec<Workload>,
    /// The VPCs of the hub.
    pub hub: Vec<HubVpc>,
    /// True where what workloads send to the internet is to pass a firewall.
    pub inspected: bool,
    /// Which workloads must not reach which.
    pub isolation: Isolation,
    /// Ranges that route tables of the transit gateway drop: routes to nowhere that somebody asked for.
    pub blackholes: BTreeSet<Cidr>,
    /// What people have written, and what a workload's own file lets it reach.
    pub invariants: Vec<Invariant>,
    /// How what runs differs from what the files say, each in a sentence; empty where nobody has looked.
    pub differences: Vec<String>,
}

/// A workload's network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    /// The workload's name.
    pub name: String,
    /// The segment that it is in.
    pub segment: String,
    /// Its VPC.
    pub vpc: ObjectId,
    /// Its subnets that hold hosts.
    pub tiers: Vec<Tier>,
    /// Ranges that the transit gateway drops for it, where it does not lead to a VPC that the workload is to reach: nothing
    /// that it sends there must come out of the gateway.
    pub dropped: BTreeSet<Cidr>,
}

/// A VPC of the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubVpc {
    /// Its name, such as `egress`.
    pub name: String,
    /// The VPC.
    pub vpc: ObjectId,
    /// Its subnets that hold hosts.
    pub tiers: Vec<Tier>,
}

/// Subnets that hold hosts, and the ways that these have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// Its name, such as `private`.
    pub name: String,
    /// Its subnets, one or more for each Availability Zone.
    pub subnets: BTreeSet<ObjectId>,
    /// What its hosts reach, and get answers from, as far as routes and network ACLs go.
    pub reaches: BTreeSet<Reach>,
    /// What its hosts' packets pass for some destinations, whether or not they arrive: a route's destination and target.
    pub hands_over: Vec<(Destination, ObjectId)>,
}

/// What hosts reach.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// The internet.
    Internet,
    /// Of the internet, what lies in these ranges.
    PartOfInternet(BTreeSet<Cidr>),
    /// The hosts of these VPCs, in those of their tiers that are to reach this VPC: both ends need a way.
    Vpcs(Arc<BTreeSet<ObjectId>>),
    /// A service, by its gateway endpoint.
    GatewayEndpoint(ObjectId),
}

/// Which workloads must not reach which.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Isolation {
    /// Workloads may reach each other.
    #[default]
    None,
    /// Those of different segments must not.
    BetweenSegments,
    /// None must reach another.
    BetweenWorkloads,
}

/// A statement about all packets from some places to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invariant {
    /// Its name: what `--allow-violation` takes.
    pub name: String,
    /// Where the packets come from.
    pub from: Source,
    /// Where they go.
    pub to: Destination,
    /// Their protocols; every one where there are none.
    pub protocols: BTreeSet<Protocol>,
    /// Their destination ports; without meaning for ICMP.
    pub ports: PortSet,
    /// What is true of all of them.
    pub claim: Claim,
    /// Whether a firewall's rules count.
    pub rules: Rules,
}

/// Where packets come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Any host of a VPC. Subnets that hold attachments, NAT gateways or firewall endpoints have none, where there are
    /// others.
    Vpc(ObjectId),
    /// Any host of some subnets.
    Subnets(BTreeSet<ObjectId>),
    /// Any host with an address of these ranges.
    Ranges(BTreeSet<Cidr>),
    /// The internet: every address that is neither private nor of the network. Packets from there are proved to any address
    /// of a VPC that has an internet gateway, since any interface can be given a public address.
    Internet,
}

/// Where packets go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Any host of a VPC, as for [`Source::Vpc`]; where packets must not arrive, any address of it.
    Vpc(ObjectId),
    /// Any host of some subnets.
    Subnets(BTreeSet<ObjectId>),
    /// Any address of these ranges, wherever it is.
    Ranges(BTreeSet<Cidr>),
    /// The internet: every address that is neither private nor of the network, nor of a service that has a gateway endpoint
    /// in it.
    Internet,
    /// Of the internet, what lies in these ranges.
    PartOfInternet(BTreeSet<Cidr>),
    /// A host on the internet, whose name the client asks for: by TLS on port 443, by HTTP on port 80.
    Domain(String),
    /// A service, by its gateway endpoint.
    GatewayEndpoint(ObjectId),
}

/// What is said of packets from one place to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Each arrives, and its answer comes back through the same stateful hops; or a rule that lz can't judge decides.
    /// Clients are taken to use source ports from 1024 up.
    Reaches,
    /// None arrives, whatever becomes of its answer.
    NeverReaches,
    /// Each that arrives passes this on its way, and its answer does too.
    Passes(Component),
    /// Each passes this, whether or not it arrives; but for what is for the VPC that it starts in.
    Visits(ObjectId),
    /// None comes out of a transit gateway.
    StaysBeforeTransitGateway,
    /// Each that arrives passes firewall endpoints and NAT gateways of the Availability Zone that it starts in only, and so
    /// does its answer.
    KeepsItsZone,
}

/// A component that packets pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Component {
    /// A firewall's endpoint, any; the answer passes the same.
    Firewall,
    /// A NAT gateway, any; the answer passes the same.
    NatGateway,
    /// This.
    Object(ObjectId),
}

/// Whether a firewall's rules count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rules {
    /// They do.
    Asked,
    /// The firewall is taken to let everything pass, so that the statement is about routes alone: what rests on rules is
    /// gone with the next change of them.
    Ignored,
}
