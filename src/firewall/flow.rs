//! Flows, one by one and in sets.

use std::net::Ipv4Addr;

use crate::values::{AddressSet, PortSet};

/// A protocol that a firewall's judgement can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlowProtocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP echo.
    Icmp,
}

impl FlowProtocol {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Tcp, Self::Udp, Self::Icmp];
}

/// A flow, seen from whoever opens it: its first packet and all that follow, in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow<'domain> {
    /// Who opens it.
    pub source: Ipv4Addr,
    /// Whom to.
    pub destination: Ipv4Addr,
    /// The protocol.
    pub protocol: FlowProtocol,
    /// The source port; ICMP has none, and the number is not looked at.
    pub source_port: u16,
    /// The destination port; ICMP has none, and the number is not looked at.
    pub port: u16,
    /// The host name that the client asks for, where it is known. A TCP flow with a name is taken to speak TLS with it as
    /// server name on port 443, and HTTP with it as host on port 80; on another port it may speak either.
    pub domain: Option<&'domain str>,
}

/// All flows from some addresses and ports to some addresses and ports, in one protocol.
///
/// Flows of ICMP have no ports: their sets hold every port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowBox {
    /// The protocol.
    pub protocol: FlowProtocol,
    /// Who opens them.
    pub sources: AddressSet,
    /// Whom to.
    pub destinations: AddressSet,
    /// Their source ports.
    pub source_ports: PortSet,
    /// Their destination ports.
    pub ports: PortSet,
}

impl FlowBox {
    /// All flows of a protocol.
    #[must_use]
    pub fn all(protocol: FlowProtocol) -> Self {
        Self {
            protocol,
            sources: AddressSet::everything(),
            destinations: AddressSet::everything(),
            source_ports: PortSet::everything(),
            ports: PortSet::everything(),
        }
    }

    /// The box of one flow alone.
    #[must_use]
    pub fn one(flow: &Flow<'_>) -> Self {
        let ports = |port| match flow.protocol {
            FlowProtocol::Icmp => PortSet::everything(),
            FlowProtocol::Tcp | FlowProtocol::Udp => PortSet::one(port),
        };
        Self {
            protocol: flow.protocol,
            sources: AddressSet::one(flow.source),
            destinations: AddressSet::one(flow.destination),
            source_ports: ports(flow.source_port),
            ports: ports(flow.port),
        }
    }

    /// The same flows from other sources.
    #[must_use]
    pub fn with_sources(&self, sources: AddressSet) -> Self {
        Self {
            protocol: self.protocol,
            sources,
            destinations: self.destinations.clone(),
            source_ports: self.source_ports.clone(),
            ports: self.ports.clone(),
        }
    }

    /// The same flows to other destinations.
    #[must_use]
    pub fn with_destinations(&self, destinations: AddressSet) -> Self {
        Self {
            protocol: self.protocol,
            sources: self.sources.clone(),
            destinations,
            source_ports: self.source_ports.clone(),
            ports: self.ports.clone(),
        }
    }

    /// True where it holds no flow.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty() || self.destinations.is_empty() || self.source_ports.is_empty() || self.ports.is_empty()
    }

    /// True where both hold a flow.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.protocol == other.protocol
            && self.sources.overlaps(&other.sources)
            && self.destinations.overlaps(&other.destinations)
            && self.source_ports.overlaps(&other.source_ports)
            && self.ports.overlaps(&other.ports)
    }

    /// The flows that are in both; none where there are none.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        self.overlaps(other).then(|| Self {
            protocol: self.protocol,
            sources: self.sources.intersection(&other.sources),
            destinations: self.destinations.intersection(&other.destinations),
            source_ports: self.source_ports.intersection(&other.source_ports),
            ports: self.ports.intersection(&other.ports),
        })
    }

    /// The flows that are not in the other, as boxes that don't overlap: one for each dimension in which they differ.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Vec<Self> {
        if !self.overlaps(other) {
            return vec![self.clone()];
        }
        let mut rest = self.clone();
        let mut pieces = Vec::new();
        let mut keep = |piece: Self| {
            if !piece.is_empty() {
                pieces.push(piece);
            }
        };
        keep(Self { sources: rest.sources.difference(&other.sources), ..rest.clone() });
        rest.sources = rest.sources.intersection(&other.sources);
        keep(Self { destinations: rest.destinations.difference(&other.destinations), ..rest.clone() });
        rest.destinations = rest.destinations.intersection(&other.destinations);
        keep(Self { ports: rest.ports.difference(&other.ports), ..rest.clone() });
        rest.ports = rest.ports.intersection(&other.ports);
        keep(Self { source_ports: rest.source_ports.difference(&other.source_ports), ..rest.clone() });
        pieces
    }

    /// The answers' side of these flows: from their destinations to their sources.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self {
            protocol: self.protocol,
            sources: self.destinations.clone(),
            destinations: self.sources.clone(),
            source_ports: self.ports.clone(),
            ports: self.source_ports.clone(),
        }
    }

    /// One flow of the box, the lowest of each dimension; none where it is empty.
    #[must_use]
    pub fn witness(&self) -> Option<Flow<'static>> {
        Some(Flow {
            source: self.sources.first()?,
            destination: self.destinations.first()?,
            protocol: self.protocol,
            source_port: self.source_ports.first()?,
            port: self.ports.first()?,
            domain: None,
        })
    }
}

/// A set of flows: boxes that don't overlap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlowSet {
    boxes: Vec<FlowBox>,
}

impl FlowSet {
    /// All flows.
    #[must_use]
    pub fn everything() -> Self {
        Self { boxes: FlowProtocol::ALL.map(FlowBox::all).into() }
    }

    /// True where it holds no flow.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.boxes.is_empty()
    }

    /// Its boxes.
    pub fn boxes(&self) -> impl Iterator<Item = &FlowBox> {
        self.boxes.iter()
    }

    /// Adds the flows of a box.
    pub fn add(&mut self, flows: &FlowBox) {
        if flows.is_empty() {
            return;
        }
        let mut new = vec![flows.clone()];
        for known in &self.boxes {
            new = new.iter().flat_map(|one| one.difference(known)).collect();
        }
        self.boxes.extend(new);
    }

    /// Adds the flows of a box that holds none that the set has.
    pub(super) fn add_disjoint(&mut self, flows: FlowBox) {
        self.boxes.push(flows);
    }

    /// The flows that are in a box too.
    #[must_use]
    pub fn intersection(&self, flows: &FlowBox) -> Self {
        Self { boxes: self.boxes.iter().filter_map(|one| one.intersection(flows)).collect() }
    }

    /// True where it shares a flow with a box.
    #[must_use]
    pub fn overlaps(&self, flows: &FlowBox) -> bool {
        self.boxes.iter().any(|one| one.overlaps(flows))
    }

    /// Takes the flows of a box out.
    pub fn remove(&mut self, flows: &FlowBox) {
        if self.overlaps(flows) {
            self.boxes = self.boxes.iter().flat_map(|one| one.difference(flows)).collect();
        }
    }

    /// One flow of the set; none where it is empty.
    #[must_use]
    pub fn witness(&self) -> Option<Flow<'static>> {
        self.boxes.first().and_then(FlowBox::witness)
    }
}

impl From<FlowBox> for FlowSet {
    fn from(flows: FlowBox) -> Self {
        Self { boxes: if flows.is_empty() { Vec::new() } else { vec![flows] } }
    }
}

impl FromIterator<FlowBox> for FlowSet {
    fn from_iter<Boxes: IntoIterator<Item = FlowBox>>(boxes: Boxes) -> Self {
        let mut set = Self::default();
        boxes.into_iter().for_each(|one| set.add(&one));
        set
    }
}
