//! What a network is for: what the proofs hold it against.

use std::collections::BTreeSet;

use super::super::ObjectId;
use super::super::network::Protocol;
use crate::values::{Cidr, PortSet, ZoneId};

/// What a zone's network is meant to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intent {
    /// The workloads' VPCs.
    pub workloads: Vec<WorkloadVpc>,
    /// The VPCs of the hub.
    pub hub: Vec<HubVpc>,
    /// True where what workloads send to the internet is to pass a firewall.
    pub inspected: bool,
    /// Which workloads must not reach which.
    pub isolation: Isolation,
    /// Ranges that the transit gateway drops where no longer prefix says otherwise: routes to nowhere that somebody asked for.
    pub dropped: BTreeSet<Cidr>,
    /// What must hold besides: what the zone's files ask for, and what people have written.
    pub invariants: Vec<Invariant>,
    /// How what runs differs from what the files say, each in a sentence; empty where nobody has looked.
    pub differences: Vec<String>,
}

/// The VPC of a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkloadVpc {
    /// The workload's name.
    pub name: String,
    /// The segment that it is in.
    pub segment: String,
    /// The VPC.
    pub vpc: ObjectId,
}

/// A VPC of the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubVpc {
    /// Its name, such as `egress`.
    pub name: String,
    /// The VPC.
    pub vpc: ObjectId,
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
    pub from: Place,
    /// Where they go.
    pub to: Place,
    /// Their protocols; every one where there are none.
    pub protocols: BTreeSet<Protocol>,
    /// Their destination ports; without meaning for ICMP.
    pub ports: PortSet,
    /// What is true of all of them.
    pub claim: Claim,
    /// Whether a firewall's rules count.
    pub rules: Rules,
}

/// Where packets come from, or go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Any host of a VPC. Subnets that hold attachments, NAT gateways or firewall endpoints have none.
    Vpc(ObjectId),
    /// Any host of some subnets.
    Subnets(BTreeSet<ObjectId>),
    /// Any host with an address of these ranges.
    Ranges(BTreeSet<Cidr>),
    /// The internet: every address that is neither private nor of the network.
    Internet,
    /// A host on the internet, whose name the client asks for. Packets don't come from there.
    Domain(String),
    /// A service, by its gateway endpoint. Packets don't come from there.
    GatewayEndpoint(ObjectId),
}

/// What is said of packets from one place to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Each arrives, and its answer comes back through the same stateful hops; or a rule that lz can't judge decides.
    Reaches,
    /// None arrives, whatever becomes of its answer.
    NeverReaches,
    /// Each that arrives passes this on its way, and its answer does too.
    Passes(Component),
    /// Each passes this, whether or not it arrives.
    Visits(ObjectId),
    /// None comes into another VPC than it starts in.
    StaysInVpc,
    /// Each that arrives passes firewall endpoints and NAT gateways of the Availability Zone that it starts in only.
    KeepsItsZone,
}

/// A component that packets pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Component {
    /// A firewall's endpoint, any.
    Firewall,
    /// A NAT gateway, any.
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

/// The Availability Zones that a VPC's subnets are in.
pub(super) fn zones<'network>(network: &'network super::super::Network, vpc: &ObjectId) -> BTreeSet<&'network ZoneId> {
    network.subnets.values().filter(|subnet| subnet.vpc == *vpc).map(|subnet| &subnet.zone).collect()
}
