//! A statement that does not hold, with a packet that shows it.

use std::fmt;
use std::net::Ipv4Addr;

use serde::Serialize;

use super::super::network::Protocol;
use super::super::{Endpoint, EndpointError, Network, ObjectId, Trace, Verdict, trace};
use super::flood::{Cause, Path};
use crate::firewall::{FlowBox, FlowProtocol};
use crate::values::{AddressSet, PortSet};

/// A statement that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The invariant's name: what `--allow-violation` takes.
    pub invariant: String,
    /// What is wrong, in a sentence without its full stop.
    pub sentence: String,
    /// The object that decides, or lacks what is needed: a route table, an attachment, an endpoint.
    pub at: Option<ObjectId>,
    /// The route tables that the packet and its answer were led by, in order; empty where it is not about packets.
    pub tables: Vec<ObjectId>,
    /// A packet that shows it; none where it is about what is there, not about packets.
    pub witness: Option<Witness>,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.invariant, self.sentence)?;
        match &self.witness {
            Some(witness) => write!(formatter, " ({witness})"),
            None => Ok(()),
        }
    }
}

/// A packet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Witness {
    /// The subnet that it starts in; none on the internet.
    pub subnet: Option<ObjectId>,
    /// Where it comes from.
    pub source: Ipv4Addr,
    /// Where it goes.
    pub destination: Ipv4Addr,
    /// Its protocol.
    pub protocol: Protocol,
    /// Its destination port; 0 for ICMP.
    pub port: u16,
    /// The name that the client asks for, where it asks for one.
    pub domain: Option<String>,
}

impl fmt::Display for Witness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let to = self.domain.clone().unwrap_or_else(|| self.destination.to_string());
        match self.protocol {
            Protocol::Tcp => write!(formatter, "{} → {to} tcp/{}", self.source, self.port),
            Protocol::Udp => write!(formatter, "{} → {to} udp/{}", self.source, self.port),
            Protocol::Icmp => write!(formatter, "{} → {to} icmp", self.source),
        }
    }
}

impl Witness {
    /// Walks the packet through a network, hop by hop.
    ///
    /// # Errors
    /// Where the network is not the one that the packet is from.
    pub fn trace(&self, network: &Network) -> Result<Vec<Trace>, EndpointError> {
        let from = match &self.subnet {
            Some(subnet) => Endpoint::Subnet(subnet.clone()),
            None => Endpoint::Internet,
        };
        let to = match &self.domain {
            Some(domain) => Endpoint::Domain(domain.clone()),
            None => Endpoint::Address(self.destination),
        };
        trace(network, &from, &to, self.protocol, self.port)
    }

    /// A packet of a set, one that a person finds likely where there is one: to a web server, from a client's port.
    pub(super) fn of(flows: &FlowBox, subnet: Option<&ObjectId>, domain: Option<&str>) -> Option<Self> {
        Some(Self {
            subnet: subnet.cloned(),
            source: likely_address(&flows.sources)?,
            destination: likely_address(&flows.destinations)?,
            protocol: match flows.protocol {
                FlowProtocol::Tcp => Protocol::Tcp,
                FlowProtocol::Udp => Protocol::Udp,
                FlowProtocol::Icmp => Protocol::Icmp,
            },
            port: if flows.protocol == FlowProtocol::Icmp { 0 } else { likely_port(&flows.ports)? },
            domain: domain.map(str::to_owned),
        })
    }
}

/// The second address of the first range that has two, since the first of a range is often its network's; and before all a
/// documentation address (RFC 5737), which stands for any of the internet.
fn likely_address(addresses: &AddressSet) -> Option<Ipv4Addr> {
    let documentation = Ipv4Addr::new(203, 0, 113, 1);
    if addresses.contains(documentation) {
        return Some(documentation);
    }
    let (first, last) = addresses.intervals().next()?;
    let second = Ipv4Addr::from(first.to_bits().saturating_add(1));
    Some(if second <= last { second } else { first })
}

fn likely_port(ports: &PortSet) -> Option<u16> {
    [443, 80].into_iter().find(|port| ports.contains(*port)).or_else(|| ports.first())
}

/// Why packets of a path don't arrive, or where they arrive, in words that name the object, and the tables that sent them
/// there.
pub(super) fn reason(network: &Network, path: &Path<'_>) -> String {
    let Some(Cause { at, why }) = path.cause else { return way(network, path) };
    let what = format!("{} {why}", network.label(at));
    if path.verdict == Verdict::Asymmetric {
        return format!("{what}, which is led back by {}", labels(network, &path.visited_by_answer));
    }
    match last_table(network, path).filter(|table| *table != at) {
        Some(table) if path.visited_by_answer.is_empty() => format!("{what}, where {} sends it", network.label(table)),
        Some(table) => format!("{what}, where {} sends the answer", network.label(table)),
        None => what,
    }
}

/// The tables that have led packets to where they are, in words. What comes in by a gateway whose route table says nothing
/// is led by none.
pub(super) fn way(network: &Network, path: &Path<'_>) -> String {
    let (tables, end) = (labels(network, &path.visited), network.label(path.end.place()));
    match path.visited.first() {
        Some(first) if tables.is_empty() => format!("{} takes it straight to {end}", network.label(first)),
        _ => format!("{tables} lead it to {end}"),
    }
}

/// The route tables among what was visited.
fn labels(network: &Network, visited: &[&ObjectId]) -> String {
    let labels: Vec<String> = visited.iter().filter(|id| is_table(network, id)).map(|id| network.label(id)).collect();
    labels.join(", ")
}

/// The route table, of a VPC or a transit gateway, that was asked last.
fn last_table<'network>(network: &Network, path: &Path<'network>) -> Option<&'network ObjectId> {
    let visited = if path.visited_by_answer.is_empty() { &path.visited } else { &path.visited_by_answer };
    visited.iter().rev().find(|id| is_table(network, id)).copied()
}

/// The route tables that packets and their answers were led by.
pub(super) fn tables(network: &Network, path: &Path<'_>) -> Vec<ObjectId> {
    let visited = path.visited.iter().chain(&path.visited_by_answer);
    visited.filter(|id| is_table(network, id)).map(|id| (*id).clone()).collect()
}

fn is_table(network: &Network, id: &ObjectId) -> bool {
    network.route_tables.contains_key(id) || network.transit_gateway_route_tables.contains_key(id)
}
