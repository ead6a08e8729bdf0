//! From an end as it is named to what packets leave and arrive at.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::endpoint::{endpoint_of_domain, is_of_service};
use super::network::{
    AttachedResource, EndpointKind, InterfaceKind, Network, RouteDestination, RouteTarget, Subnet, TransitGatewayTarget,
};
use super::walk::{Arrival, INTERNET, host_address, private_address_of, vpc_route};
use super::{Endpoint, EndpointError, ObjectId, Party};
use crate::values::ZoneId;

/// An end of one trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Side {
    /// A host in a subnet.
    Party(Party),
    /// An address on the internet.
    Internet(Ipv4Addr),
    /// An address, wherever packets to it arrive.
    Address(Ipv4Addr),
    /// An AWS service, by an address of its prefix list.
    Service { address: Ipv4Addr, endpoint: Option<ObjectId> },
    /// Behind a virtual private gateway.
    VirtualPrivateGateway { gateway: ObjectId, vpc: ObjectId, address: Ipv4Addr },
    /// Behind an attachment that is of no VPC.
    Attachment { attachment: ObjectId, address: Ipv4Addr },
}

impl Side {
    /// The address that it is reached at, inside.
    pub(super) fn address(&self) -> Ipv4Addr {
        match self {
            Self::Party(party) => party.address,
            Self::Internet(address)
            | Self::Address(address)
            | Self::Service { address, .. }
            | Self::VirtualPrivateGateway { address, .. }
            | Self::Attachment { address, .. } => *address,
        }
    }

    fn subnet<'network>(&self, network: &'network Network) -> Option<&'network Subnet> {
        match self {
            Self::Party(party) => network.subnets.get(&party.subnet),
            _ => None,
        }
    }

    /// The Availability Zone that it is in.
    pub(super) fn zone(&self, network: &Network) -> Option<ZoneId> {
        self.subnet(network).map(|subnet| subnet.zone.clone())
    }
}

/// Where packets from an end leave: once per Availability Zone of a VPC, once from anything else.
pub(super) fn sources(network: &Network, from: &Endpoint, to: &Endpoint) -> Result<Vec<Side>, EndpointError> {
    match from {
        Endpoint::Vpc(id) => {
            let toward = representative(network, to)?;
            let subnets = hosts_by_zone(network, id, toward)?;
            Ok(subnets.into_values().map(|subnet| host(network, subnet, None)).collect())
        }
        Endpoint::Address(address) => Ok(vec![source_address(network, *address)?]),
        Endpoint::Domain(domain) => Err(EndpointError::NoSource(domain.clone(), "a name is what a client asks for")),
        Endpoint::VpcEndpoint(id) => {
            Err(EndpointError::NoSource(id.to_string(), "an endpoint answers, and asks nothing by itself"))
        }
        other => Ok(vec![side(network, other, None)?]),
    }
}

/// What a packet from a source is meant for.
pub(super) fn target(network: &Network, to: &Endpoint, source: &Side) -> Result<Side, EndpointError> {
    side(network, to, Some(source))
}

fn side(network: &Network, endpoint: &Endpoint, other: Option<&Side>) -> Result<Side, EndpointError> {
    match endpoint {
        Endpoint::Vpc(id) => {
            if let Some(public) = public_host(network, other, |subnet| subnet.vpc == *id) {
                return Ok(public);
            }
            let by_zone = hosts_by_zone(network, id, other.map(Side::address))?;
            let same = other.and_then(|other| by_zone.get(&other.zone(network)?));
            let subnet =
                same.or_else(|| by_zone.values().next()).ok_or_else(|| EndpointError::NoAddress(id.clone()))?;
            Ok(host(network, subnet, other))
        }
        Endpoint::Subnet(id) => {
            let subnet = network.subnets.get(id).ok_or_else(|| EndpointError::Absent(id.clone()))?;
            let public = public_host(network, other, |one| one.id == *id);
            Ok(public.unwrap_or_else(|| host(network, subnet, other)))
        }
        Endpoint::Interface(id) => interface(network, id),
        Endpoint::Instance(id) => {
            let interfaces = network.instances.get(id).ok_or_else(|| EndpointError::Absent(id.clone()))?;
            interface(network, interfaces.first().ok_or_else(|| EndpointError::NoAddress(id.clone()))?)
        }
        Endpoint::VpcEndpoint(id) => vpc_endpoint(network, id, other),
        Endpoint::VirtualPrivateGateway(id) => {
            let gateway = network.virtual_private_gateways.get(id).ok_or_else(|| EndpointError::Absent(id.clone()))?;
            let vpc = gateway.vpc.clone().ok_or_else(|| EndpointError::NoAddress(id.clone()))?;
            let address = behind_virtual_private_gateway(network, id);
            let address = address.ok_or_else(|| EndpointError::NoAddress(id.clone()))?;
            Ok(Side::VirtualPrivateGateway { gateway: id.clone(), vpc, address })
        }
        Endpoint::Attachment(id) => attachment(network, id, other),
        Endpoint::Address(address) => Ok(Side::Address(*address)),
        Endpoint::Domain(domain) => domain_side(network, domain, other),
        Endpoint::Internet => Ok(Side::Internet(INTERNET)),
    }
}

fn host(network: &Network, subnet: &Subnet, other: Option<&Side>) -> Side {
    Side::Party(Party::host(subnet, host_address(network, subnet, other.map(Side::address))))
}

/// What the internet could reach of some subnets: the first host with a public address.
fn public_host(network: &Network, other: Option<&Side>, among: impl Fn(&Subnet) -> bool) -> Option<Side> {
    if !matches!(other, Some(Side::Internet(_))) {
        return None;
    }
    network.interfaces.values().find_map(|interface| {
        let is_host = matches!(interface.kind, InterfaceKind::Host { .. });
        network.subnets.get(&interface.subnet).filter(|subnet| is_host && among(subnet))?;
        let (address, _) = interface.addresses.iter().find(|(_, public)| public.is_some())?;
        Some(Side::Party(Party { address: *address, ..Party::interface(interface)? }))
    })
}

fn interface(network: &Network, id: &ObjectId) -> Result<Side, EndpointError> {
    let interface = network.interfaces.get(id).ok_or_else(|| EndpointError::Absent(id.clone()))?;
    let party = Party::interface(interface).ok_or_else(|| EndpointError::NoAddress(id.clone()))?;
    Ok(Side::Party(party))
}

/// An address that packets come from: what has it, where only one thing can.
fn source_address(network: &Network, address: Ipv4Addr) -> Result<Side, EndpointError> {
    let has_it = |subnet: &&Subnet| super::party_at(network, &[], subnet, address).object.is_some();
    let mut holding: Vec<&Subnet> =
        network.subnets.values().filter(|subnet| subnet.range.contains_address(address)).collect();
    if holding.iter().any(has_it) {
        holding.retain(has_it);
    }
    match holding.as_slice() {
        [subnet] => Ok(Side::Party(super::party_at(network, &[], subnet, address))),
        [] => {
            let public = network.vpcs.keys().find_map(|vpc| Some((vpc, private_address_of(network, vpc, address)?)));
            if let Some((vpc, private)) = public {
                let mut subnets = network.subnets.values().filter(|subnet| subnet.vpc == *vpc);
                let subnet = subnets.find(|subnet| subnet.range.contains_address(private));
                let subnet = subnet.ok_or_else(|| EndpointError::Unknown(address.to_string()))?;
                return Ok(Side::Party(super::party_at(network, &[], subnet, private)));
            }
            if is_inside(network, address) {
                return Err(EndpointError::NoSource(address.to_string(), "no subnet holds it"));
            }
            if address.is_private() {
                let why = "it is private, and no subnet holds it; name the gateway or attachment that it is behind";
                return Err(EndpointError::NoSource(address.to_string(), why));
            }
            Ok(Side::Internet(address))
        }
        several => {
            let subnets = several.iter().map(|subnet| network.label(&subnet.id)).collect();
            Err(EndpointError::AmbiguousAddress { address, subnets })
        }
    }
}

fn is_inside(network: &Network, address: Ipv4Addr) -> bool {
    network.vpcs.keys().any(|vpc| network.holds(vpc, address))
}

fn vpc_endpoint(network: &Network, id: &ObjectId, other: Option<&Side>) -> Result<Side, EndpointError> {
    let endpoint = network.vpc_endpoints.get(id).ok_or_else(|| EndpointError::Absent(id.clone()))?;
    let no_address = || EndpointError::NoAddress(id.clone());
    match &endpoint.kind {
        EndpointKind::Gateway => {
            let list = network.prefix_lists.values().find(|list| list.name == endpoint.service);
            let range = list.and_then(|list| list.ranges.first()).ok_or_else(no_address)?;
            Ok(Side::Service { address: range.first(), endpoint: Some(id.clone()) })
        }
        EndpointKind::Interface { subnets, groups, .. } => {
            let known: Vec<&Subnet> = subnets.iter().filter_map(|subnet| network.subnets.get(subnet)).collect();
            let zone = other.and_then(|other| other.zone(network));
            let same = known.iter().find(|subnet| zone.as_ref() == Some(&subnet.zone));
            let subnet = same.or(known.first()).ok_or_else(no_address)?;
            let address = host_address(network, subnet, other.map(Side::address));
            Ok(Side::Party(Party::interface_endpoint(id, groups, subnet, address)))
        }
        EndpointKind::GatewayLoadBalancer { .. } => Err(no_address()),
    }
}

fn domain_side(network: &Network, domain: &str, other: Option<&Side>) -> Result<Side, EndpointError> {
    let vpc = other.and_then(|other| other.subnet(network)).map(|subnet| &subnet.vpc);
    if let Some(endpoint) = vpc.and_then(|vpc| endpoint_of_domain(network, vpc, domain)) {
        return vpc_endpoint(network, endpoint, other);
    }
    let list = network.prefix_lists.values().find(|list| is_of_service(domain, &list.name));
    Ok(match list.and_then(|list| list.ranges.first()) {
        Some(range) => Side::Service { address: range.first(), endpoint: None },
        None => Side::Internet(INTERNET),
    })
}

fn attachment(network: &Network, id: &ObjectId, other: Option<&Side>) -> Result<Side, EndpointError> {
    let found = network.attachments.get(id).ok_or_else(|| EndpointError::Absent(id.clone()))?;
    match &found.resource {
        AttachedResource::Vpc { vpc, .. } => side(network, &Endpoint::Vpc(vpc.clone()), other),
        AttachedResource::Other { .. } => {
            let address = behind_attachment(network, id).ok_or_else(|| EndpointError::NoAddress(id.clone()))?;
            Ok(Side::Attachment { attachment: id.clone(), address })
        }
    }
}

/// An address that a route leads to a virtual private gateway for: what is behind it, lz can't know otherwise.
fn behind_virtual_private_gateway(network: &Network, id: &ObjectId) -> Option<Ipv4Addr> {
    let routes = network.route_tables.values().flat_map(|table| &table.routes);
    let mut behind =
        routes.filter(|route| matches!(&route.target, RouteTarget::VirtualPrivateGateway(gateway) if gateway == id));
    behind.find_map(|route| outside_address(network, &route.destination))
}

fn behind_attachment(network: &Network, id: &ObjectId) -> Option<Ipv4Addr> {
    let routes = network.transit_gateway_route_tables.values().flat_map(|table| &table.routes);
    let mut behind = routes
        .filter(|route| matches!(&route.target, TransitGatewayTarget::Attachment(attachment) if attachment == id));
    behind.find_map(|route| outside_address(network, &route.destination))
}

fn outside_address(network: &Network, destination: &RouteDestination) -> Option<Ipv4Addr> {
    let range = match destination {
        RouteDestination::Range(range) => *range,
        RouteDestination::PrefixList(list) => *network.prefix_lists.get(list)?.ranges.first()?,
    };
    if range.prefix_length() == 0 {
        return Some(INTERNET);
    }
    // The second address, since the first of a range is its network's.
    let address = if range.size() > 1 { u32::from(range.first()) + 1 } else { u32::from(range.first()) };
    Some(Ipv4Addr::from(address))
}

/// An address that tells which of a VPC's subnets leads to an end.
fn representative(network: &Network, to: &Endpoint) -> Result<Option<Ipv4Addr>, EndpointError> {
    Ok(match to {
        // An endpoint that answers for the name may be in the very VPC; then any subnet reaches it.
        Endpoint::Domain(domain) => Some(domain_side(network, domain, None)?.address()),
        other => Some(side(network, other, None)?.address()),
    })
}

/// By Availability Zone of a VPC, the subnet whose hosts stand for it.
fn hosts_by_zone<'network>(
    network: &'network Network,
    vpc: &ObjectId,
    toward: Option<Ipv4Addr>,
) -> Result<BTreeMap<ZoneId, &'network Subnet>, EndpointError> {
    if !network.vpcs.contains_key(vpc) {
        return Err(EndpointError::Absent(vpc.clone()));
    }
    let occupied = subnets_of_components(network);
    let all: Vec<&Subnet> = network.subnets.values().filter(|subnet| subnet.vpc == *vpc).collect();
    let mut of_hosts: Vec<&Subnet> = all.iter().filter(|subnet| !occupied.contains(&subnet.id)).copied().collect();
    if of_hosts.is_empty() {
        of_hosts = all;
    }
    let mut by_zone = BTreeMap::new();
    for subnet in &of_hosts {
        by_zone.entry(subnet.zone.clone()).or_insert(*subnet);
    }
    let leading = |subnet: &Subnet| toward.is_some_and(|toward| leads_to(network, subnet, toward));
    for subnet in of_hosts.iter().rev().filter(|subnet| leading(subnet)) {
        by_zone.insert(subnet.zone.clone(), subnet);
    }
    if by_zone.is_empty() { Err(EndpointError::NoAddress(vpc.clone())) } else { Ok(by_zone) }
}

fn leads_to(network: &Network, subnet: &Subnet, address: Ipv4Addr) -> bool {
    let table = subnet.route_table.as_ref().and_then(|table| network.route_tables.get(table));
    table.and_then(|table| vpc_route(network, table, address)).is_some_and(|choice| !choice.route.blackhole)
}

/// The subnets that hold attachments, NAT gateways, firewall endpoints.
fn subnets_of_components(network: &Network) -> BTreeSet<ObjectId> {
    let mut subnets = BTreeSet::new();
    for attachment in network.attachments.values() {
        if let AttachedResource::Vpc { subnets: attached, .. } = &attachment.resource {
            subnets.extend(attached.iter().cloned());
        }
    }
    subnets.extend(network.nat_gateways.values().map(|nat| nat.subnet.clone()));
    subnets.extend(network.vpc_endpoints.keys().filter_map(|id| network.subnet_of_endpoint(id)).cloned());
    subnets
}

/// What an arrival means for a packet that was meant for an end.
pub(super) enum Meaning {
    /// It is there.
    There,
    /// It has left the network on a way that may lead there.
    Perhaps(ObjectId),
    /// It is somewhere else.
    Elsewhere(ObjectId),
}

/// What an arrival means for a packet that was meant for an end.
pub(super) fn meaning(arrival: &Arrival, target: &Side) -> Meaning {
    let place = match arrival {
        Arrival::Subnet { subnet, .. } => subnet,
        Arrival::Internet { gateway, .. } | Arrival::VirtualPrivateGateway { gateway, .. } => gateway,
        Arrival::Service { endpoint, .. } => endpoint,
        Arrival::Attachment(attachment) => attachment,
    };
    let beyond = matches!(arrival, Arrival::VirtualPrivateGateway { .. } | Arrival::Attachment(_));
    let there = match (target, arrival) {
        (Side::Party(party), Arrival::Subnet { subnet, address }) => {
            party.subnet == *subnet && party.address == *address
        }
        (Side::Internet(_), Arrival::Internet { .. } | Arrival::Service { .. }) => true,
        (Side::Address(_), _) => !beyond || target.address().is_private(),
        (Side::Service { endpoint: None, .. }, Arrival::Internet { .. } | Arrival::Service { .. }) => true,
        (Side::Service { endpoint: Some(wanted), .. }, Arrival::Service { endpoint, .. }) => wanted == endpoint,
        (Side::VirtualPrivateGateway { gateway: wanted, .. }, Arrival::VirtualPrivateGateway { gateway, .. }) => {
            wanted == gateway
        }
        (Side::Attachment { attachment: wanted, .. }, Arrival::Attachment(attachment)) => wanted == attachment,
        _ => false,
    };
    if there {
        Meaning::There
    } else if beyond && matches!(target, Side::Internet(_) | Side::Address(_) | Side::Service { .. }) {
        Meaning::Perhaps(place.clone())
    } else {
        Meaning::Elsewhere(place.clone())
    }
}
