//! Statements about paths that people have written, besides those that hold of every landing zone.

use std::collections::BTreeSet;

use serde::Serialize;

use super::NetworkName;
use crate::values::{Cidr, DomainName, Label, PortRange};

/// A statement about all packets from one place to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invariant {
    /// Its name: what `--allow-violation` takes. No built-in invariant bears it.
    pub name: Label,
    /// Where the packets come from.
    pub from: Place,
    /// Where they go.
    pub to: Place,
    /// What is true of them.
    pub claim: PathClaim,
    /// Which packets.
    pub traffic: PathTraffic,
}

/// What is said of packets from one place to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum PathClaim {
    /// Each arrives, and its answer comes back; where something is named, both pass it.
    Reaches {
        /// What they pass.
        through: Option<Waypoint>,
    },
    /// None arrives.
    NeverReaches,
    /// Each that arrives passes this, and so does its answer.
    Passes(Waypoint),
}

/// What packets pass on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Waypoint {
    /// A firewall's endpoint.
    Firewall,
    /// A NAT gateway.
    NatGateway,
    /// The transit gateway.
    TransitGateway,
}

/// Which packets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum PathTraffic {
    /// All.
    All,
    /// TCP to these ports; to every one where there are none.
    Tcp(BTreeSet<PortRange>),
    /// UDP to these ports; to every one where there are none.
    Udp(BTreeSet<PortRange>),
    /// ICMP.
    Icmp,
}

/// Where packets come from, or go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Place {
    /// The VPCs of all workloads.
    Workloads,
    /// The VPCs of a segment's workloads.
    Segment(Label),
    /// The VPCs of the hub.
    Hub,
    /// A VPC.
    Network(NetworkName),
    /// A tier of a VPC.
    Tier(NetworkName, Label),
    /// Addresses of the zone's networks, or any others.
    Range(Cidr),
    /// The internet.
    Internet,
    /// A host on the internet, by the name that clients ask for. Packets go there only; none come from there.
    Domain(DomainName),
}
