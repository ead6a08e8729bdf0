//! What the hosts of a VPC's tiers are to reach.

use std::collections::BTreeSet;

use super::ways::{Ways, is_public};
use crate::blueprint::addresses::{NetworkAddresses, TransitGatewayAddresses};
use crate::reach::ObjectId;
use crate::reach::prove::{Destination, Reach, Tier};
use crate::values::Cidr;
use crate::zone::{self, Endpoint, Network, NextHop, Zone};

/// What the tiers of a VPC that hold hosts are to reach.
pub(super) fn of(zone: &Zone, ways: &Ways<'_>, network: &Network) -> Vec<Tier> {
    of_hosts(network).map(|(network, tier)| of_tier(zone, ways, network, tier)).collect()
}

/// The tiers of a VPC that hold hosts: those without attachments, NAT gateways and firewall endpoints.
pub(super) fn of_hosts(network: &Network) -> impl Iterator<Item = (&Network, &zone::Tier)> {
    let attached = network.attachment.as_ref().map(|attachment| &attachment.tier);
    let tiers = network.tiers.values();
    let hosts = tiers.filter(move |tier| !tier.nat_gateway && !tier.firewall && Some(&tier.name) != attached);
    hosts.map(move |tier| (network, tier))
}

fn of_tier(zone: &Zone, ways: &Ways<'_>, network: &Network, tier: &zone::Tier) -> Tier {
    Tier {
        name: tier.name.to_string(),
        subnets: subnets(network, tier),
        reaches: reaches(ways, network, tier),
        hands_over: hands_over(zone, ways, network, tier),
    }
}

/// The subnets of a tier.
pub(super) fn subnets(network: &Network, tier: &zone::Tier) -> BTreeSet<ObjectId> {
    let addresses = NetworkAddresses::of(&network.name);
    let subnet = |subnet: &zone::Subnet| addresses.subnet(&tier.name, &subnet.availability_zone).to_string();
    tier.subnets.iter().map(|one| ObjectId(subnet(one))).collect()
}

fn reaches(ways: &Ways<'_>, network: &Network, tier: &zone::Tier) -> BTreeSet<Reach> {
    let mut reaches = BTreeSet::new();
    let internet = ways.internet(network, tier);
    if internet.contains(&Cidr::EVERYWHERE) {
        reaches.insert(Reach::Internet);
    } else if !internet.is_empty() {
        reaches.insert(Reach::PartOfInternet(internet));
    }
    let vpcs = ways.vpcs(network, tier);
    if !vpcs.is_empty() {
        reaches.insert(Reach::Vpcs(vpcs));
    }
    let addresses = NetworkAddresses::of(&network.name);
    for (service, endpoint) in &network.endpoints {
        if matches!(endpoint, Endpoint::Gateway { tiers } if tiers.contains(&tier.name)) {
            reaches.insert(Reach::GatewayEndpoint(ObjectId(addresses.endpoint(service).to_string())));
        }
    }
    reaches
}

/// What a tier's routes lead to gateways, for those that all its subnets share: whether or not anything is behind.
fn hands_over(zone: &Zone, ways: &Ways<'_>, network: &Network, tier: &zone::Tier) -> Vec<(Destination, ObjectId)> {
    let addresses = NetworkAddresses::of(&network.name);
    let routes = tier.routes.iter().filter_map(|(to, hop)| {
        let component = match hop {
            NextHop::TransitGateway => TransitGatewayAddresses::of(&zone.transit_gateway.account).gateway(),
            NextHop::InternetGateway => addresses.internet_gateway(),
            // Each subnet has its own: that packets pass them is proved with what they reach.
            NextHop::NatGateway | NextHop::Firewall => return None,
        };
        Some((handed_over(zone, tier, *to)?, ObjectId(component.to_string())))
    });
    // What is to reach the internet is proved to get there and back.
    let is_reached = !ways.internet(network, tier).is_empty();
    routes.filter(|(to, _)| *to != Destination::Internet || !is_reached).collect()
}

/// What a tier's route is for: its destination, but for what longer ones have. None where those leave nothing.
fn handed_over(zone: &Zone, tier: &zone::Tier, to: Cidr) -> Option<Destination> {
    let longer = || tier.routes.keys().copied().filter(|other| *other != to && to.contains(*other));
    if to == Cidr::EVERYWHERE && !longer().any(|other| is_public(zone, other)) {
        return Some(Destination::Internet);
    }
    let ranges = to.without(longer());
    // Of the internet, a gateway endpoint of the VPC takes what its service has.
    let destination = if is_public(zone, to) { Destination::PartOfInternet } else { Destination::Ranges };
    (!ranges.is_empty()).then_some(destination(ranges))
}
