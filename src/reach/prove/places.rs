//! Places as sets of addresses: where packets of a statement start, and where they are to arrive.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::super::network::{AttachedResource, EndpointKind, Subnet};
use super::super::{Network, ObjectId};
use super::flood::{End, Map, Position, unrouted};
use super::intent::{Destination, Source};
use crate::values::{AddressSet, Cidr, ZoneId};

/// How many addresses AWS keeps at a subnet's beginning; it keeps the last one too (VPC user guide, "Subnet CIDR blocks").
const RESERVED_AT_START: u32 = 4;

/// Where packets start.
#[derive(Debug, Clone)]
pub(super) struct Start<'network> {
    pub(super) position: Position<'network>,
    pub(super) sources: AddressSet,
    /// The subnet that they start in; none on the internet.
    pub(super) subnet: Option<&'network Subnet>,
    /// Where they can go to at all, where that is restricted: what comes in by a VPC's internet gateway is for that VPC.
    pub(super) destinations: Option<AddressSet>,
}

impl<'network> Start<'network> {
    pub(super) fn vpc(&self) -> Option<&'network ObjectId> {
        self.subnet.map(|subnet| &subnet.vpc)
    }

    /// The address at which packets that start here ask for another: on the internet the public one, where it has one.
    pub(super) fn asks_for(&self, map: &Map<'_>, address: Ipv4Addr) -> Ipv4Addr {
        match self.position {
            Position::Entered { vpc, .. } => map.public_address(vpc, address).unwrap_or(address),
            _ => address,
        }
    }

    pub(super) fn zone(&self) -> Option<&'network ZoneId> {
        self.subnet.map(|subnet| &subnet.zone)
    }
}

/// The places of a network.
#[derive(Debug)]
pub(super) struct Places<'network> {
    pub(super) map: Map<'network>,
    /// Subnets that hold attachments, NAT gateways, firewall endpoints.
    components: BTreeSet<&'network ObjectId>,
    outside: AddressSet,
    internet: AddressSet,
}

impl<'network> Places<'network> {
    pub(super) fn new(network: &'network Network) -> Self {
        let map = Map::new(network);
        let outside = outside(&map);
        let components = subnets_of_components(network);
        let mut places = Self { components, internet: AddressSet::empty(), outside, map };
        let gateways = network.vpc_endpoints.values().filter(|one| one.kind == EndpointKind::Gateway);
        let served: AddressSet = gateways.flat_map(|one| ranges(&places.served(&one.id))).collect();
        places.internet = places.outside.difference(&served);
        places
    }

    /// Every public address that is not the network's.
    pub(super) fn outside(&self) -> &AddressSet {
        &self.outside
    }

    /// The subnets of a VPC that hold hosts.
    fn host_subnets(&self, vpc: &ObjectId) -> Vec<&'network Subnet> {
        let all = self.map.subnets.get(vpc).map(Vec::as_slice).unwrap_or_default();
        let hosts: Vec<&Subnet> = all.iter().filter(|one| !self.components.contains(&one.id)).copied().collect();
        if hosts.is_empty() { all.to_vec() } else { hosts }
    }

    fn subnets<'ids>(&self, ids: impl IntoIterator<Item = &'ids ObjectId>) -> Vec<&'network Subnet> {
        ids.into_iter().filter_map(|id| self.map.network.subnets.get(id)).collect()
    }

    /// The addresses that hosts of a subnet may have.
    fn hosts(&self, subnet: &'network Subnet) -> AddressSet {
        let (first, last) = (subnet.range.first().to_bits(), subnet.range.last().to_bits());
        let usable = match (first.checked_add(RESERVED_AT_START), last.checked_sub(1)) {
            (Some(from), Some(to)) if from <= to => [Ipv4Addr::from(from)..=Ipv4Addr::from(to)].into_iter().collect(),
            _ => AddressSet::from(subnet.range),
        };
        usable.difference(&self.map.nat_addresses(&subnet.id))
    }

    /// Where packets of a source start.
    pub(super) fn starts(&self, source: &Source) -> Vec<Start<'network>> {
        match source {
            Source::Vpc(vpc) => self.starts_in(self.host_subnets(vpc), None),
            Source::Subnets(subnets) => self.starts_in(self.subnets(subnets), None),
            Source::Ranges(ranges) => {
                let wanted: AddressSet = ranges.iter().copied().collect();
                let all = self.map.network.subnets.values().filter(|subnet| !self.components.contains(&subnet.id));
                self.starts_in(all.collect(), Some(&wanted))
            }
            Source::Internet => {
                self.map.internet_gateways.iter().map(|(vpc, gateway)| self.entry(vpc, gateway)).collect()
            }
        }
    }

    fn starts_in(&self, subnets: Vec<&'network Subnet>, within: Option<&AddressSet>) -> Vec<Start<'network>> {
        let start = |subnet: &'network Subnet| {
            let hosts = self.hosts(subnet);
            let sources = within.map_or(hosts.clone(), |within| hosts.intersection(within));
            let position = Position::host(&subnet.id);
            (!sources.is_empty()).then_some(Start { position, sources, subnet: Some(subnet), destinations: None })
        };
        subnets.into_iter().filter_map(start).collect()
    }

    fn entry(&self, vpc: &'network ObjectId, gateway: &'network ObjectId) -> Start<'network> {
        Start {
            position: Position::Entered { gateway, vpc },
            sources: self.outside.clone(),
            subnet: None,
            destinations: Some(self.map.ranges.get(vpc).cloned().unwrap_or_else(AddressSet::empty)),
        }
    }

    /// The addresses of a destination: of its hosts, or every one that it holds.
    pub(super) fn addresses(&self, destination: &Destination, hosts_only: bool) -> AddressSet {
        let hosts = |subnets: Vec<&'network Subnet>| {
            subnets.into_iter().flat_map(|subnet| ranges(&self.hosts(subnet))).collect::<AddressSet>()
        };
        match destination {
            Destination::Vpc(vpc) if hosts_only => hosts(self.host_subnets(vpc)),
            Destination::Vpc(vpc) => self.map.ranges.get(vpc).cloned().unwrap_or_else(AddressSet::empty),
            Destination::Subnets(subnets) if hosts_only => hosts(self.subnets(subnets)),
            Destination::Subnets(subnets) => self.subnets(subnets).into_iter().map(|subnet| subnet.range).collect(),
            Destination::Ranges(ranges) => ranges.iter().copied().collect(),
            Destination::Internet | Destination::Domain(_) => self.internet.clone(),
            Destination::PartOfInternet(ranges) => {
                self.internet.intersection(&ranges.iter().copied().collect::<AddressSet>())
            }
            Destination::GatewayEndpoint(id) => self.served(id),
        }
    }

    /// The addresses of the service behind a gateway endpoint: those of the prefix list that bears its name.
    pub(super) fn served(&self, endpoint: &ObjectId) -> AddressSet {
        let network = self.map.network;
        let Some(endpoint) = network.vpc_endpoints.get(endpoint) else { return AddressSet::empty() };
        let lists = network.prefix_lists.values().filter(|list| list.name == endpoint.service);
        lists.flat_map(|list| list.ranges.iter().copied()).collect()
    }

    /// True where an end is where a destination is.
    pub(super) fn is_at(&self, end: &End<'_>, destination: &Destination) -> bool {
        let subnet = |id: &ObjectId| self.map.network.subnets.get(id);
        match (destination, end) {
            (Destination::Vpc(vpc), End::Host(at)) => subnet(at).is_some_and(|subnet| subnet.vpc == *vpc),
            (Destination::Subnets(subnets), End::Host(at)) => subnets.contains(*at),
            (Destination::Ranges(_), end) => !matches!(end, End::Blocked(_) | End::Loop(_) | End::Unknown(_)),
            (
                Destination::Internet | Destination::PartOfInternet(_) | Destination::Domain(_),
                End::Internet { .. } | End::Service { .. },
            ) => true,
            (Destination::GatewayEndpoint(id), End::Service { endpoint, .. }) => *endpoint == id,
            _ => false,
        }
    }
}

/// A set as what another one can be collected from.
pub(super) fn ranges(set: &AddressSet) -> Vec<std::ops::RangeInclusive<Ipv4Addr>> {
    set.intervals().map(|(first, last)| first..=last).collect()
}

/// What is neither private, shared, local to a link or a host, for groups, for tests between devices (RFC 6890), nor of the
/// network: its VPCs' ranges and its public addresses.
fn outside(map: &Map<'_>) -> AddressSet {
    let special =
        [([0, 0, 0, 0], 8), ([127, 0, 0, 0], 8), ([169, 254, 0, 0], 16), ([198, 18, 0, 0], 15), ([224, 0, 0, 0], 3)];
    let special: AddressSet =
        special.into_iter().filter_map(|(first, length)| Cidr::holding(Ipv4Addr::from(first), length).ok()).collect();
    let own: AddressSet = map.ranges.values().flat_map(ranges).collect();
    let taken = unrouted().union(&special).union(&own).union(&map.public_addresses());
    taken.complement()
}

fn subnets_of_components(network: &Network) -> BTreeSet<&ObjectId> {
    let attached = network.attachments.values().filter_map(|one| match &one.resource {
        AttachedResource::Vpc { subnets, .. } => Some(subnets),
        AttachedResource::Other { .. } => None,
    });
    let endpoints = network.vpc_endpoints.values().filter_map(|one| match &one.kind {
        EndpointKind::GatewayLoadBalancer { subnet } => Some(subnet),
        EndpointKind::Gateway | EndpointKind::Interface { .. } => None,
    });
    let nat_gateways = network.nat_gateways.values().map(|nat| &nat.subnet);
    attached.flatten().chain(endpoints).chain(nat_gateways).collect()
}
