//! The invariants that are about what is there, not about packets.

use std::collections::{BTreeMap, BTreeSet};

use super::super::network::{AttachedResource, RouteDestination, RouteTarget, TransitGatewayTarget};
use super::super::{Network, ObjectId};
use super::intent::Intent;
use super::violation::Violation;
use super::{BuiltIn, EGRESS};
use crate::values::{AddressSet, Cidr, Controls, Severity, ZoneId};

fn violation(invariant: BuiltIn, at: &ObjectId, sentence: String) -> Violation {
    Violation {
        invariant: invariant.name.to_owned(),
        sentence,
        at: Some(at.clone()),
        tables: Vec::new(),
        witness: None,
    }
}

/// Workloads have no way to the internet of their own.
pub const EDGELESS: BuiltIn = BuiltIn {
    name: "workloads-have-no-edge",
    sentence: "No workload's VPC holds an internet gateway, a NAT gateway, a public address, or a peering connection",
    severity: Severity::Critical,
    controls: Controls::nist(&["AC-4", "SC-7"]),
    check: |places, intent| edgeless(places.map.network, intent),
};

fn edgeless(network: &Network, intent: &Intent) -> Vec<Violation> {
    let workloads: BTreeMap<&ObjectId, &str> =
        intent.workloads.iter().map(|workload| (&workload.vpc, workload.name.as_str())).collect();
    let of_subnet = |subnet: &ObjectId| workloads.get(&network.subnets.get(subnet)?.vpc).copied();
    let mut found: Vec<(&ObjectId, &str, &str)> = Vec::new();
    for gateway in network.internet_gateways.values() {
        let owner = gateway.vpc.as_ref().and_then(|vpc| workloads.get(vpc));
        found.extend(owner.map(|owner| (&gateway.id, *owner, "an internet gateway")));
    }
    for nat in network.nat_gateways.values() {
        found.extend(of_subnet(&nat.subnet).map(|owner| (&nat.id, owner, "a NAT gateway")));
    }
    for interface in network.interfaces.values().filter(|one| one.addresses.iter().any(|(_, public)| public.is_some()))
    {
        found.extend(of_subnet(&interface.subnet).map(|owner| (&interface.id, owner, "a public address")));
    }
    for peering in network.peering_connections.values() {
        let owner = workloads.get(&peering.requester).or_else(|| workloads.get(&peering.accepter));
        found.extend(owner.map(|owner| (&peering.id, *owner, "a peering connection")));
    }
    let told = |(at, owner, what): (&ObjectId, &str, &str)| {
        violation(EDGELESS, at, format!("{owner}'s VPC has {what}, {}", network.label(at)))
    };
    found.into_iter().map(told).collect()
}

/// Firewalls know what is at home.
pub const HOME_NET: BuiltIn = BuiltIn {
    name: "home-net-holds-workloads",
    sentence: "Every firewall's HOME_NET holds every workload's range",
    severity: Severity::High,
    controls: Controls::nist(&["AC-4", "SC-7"]),
    check: |places, intent| home_net(places.map.network, intent),
};

/// The firewall's `HOME_NET` holds every workload's range: otherwise rules on what is at home match nothing of it (Network
/// Firewall guide, "Limitations and caveats for stateful rules").
fn home_net(network: &Network, intent: &Intent) -> Vec<Violation> {
    let mut violations = Vec::new();
    for firewall in network.firewalls.values().filter(|_| intent.inspected) {
        let home = firewall.policy.address_variables.get("HOME_NET");
        let home: AddressSet = home.into_iter().flatten().copied().collect();
        let outside = intent.workloads.iter().find(|workload| {
            let ranges = network.vpcs.get(&workload.vpc).into_iter().flat_map(|vpc| vpc.ranges.iter().copied());
            !ranges.collect::<AddressSet>().is_subset(&home)
        });
        if let Some(workload) = outside {
            let what = format!(
                "HOME_NET of {} does not hold the range of {}: its rules for what is at home match nothing of it",
                network.label(&firewall.id),
                workload.name
            );
            violations.push(violation(HOME_NET, &firewall.id, what));
        }
    }
    violations
}

/// The attachment of a VPC that packets are inspected in keeps both directions of a flow in one Availability Zone, and so at
/// one firewall endpoint: it is in appliance mode (Transit Gateways guide, "Appliance mode").
pub(super) fn appliance_mode(network: &Network, intent: &Intent) -> Vec<Violation> {
    let inspecting: BTreeSet<&ObjectId> = network.firewalls.values().map(|firewall| &firewall.vpc).collect();
    let without = network.attachments.values().filter(|attachment| match &attachment.resource {
        AttachedResource::Vpc { vpc, appliance_mode, .. } => inspecting.contains(vpc) && !appliance_mode,
        AttachedResource::Other { .. } => false,
    });
    let told = |id: &ObjectId| {
        let what = "is not in appliance mode: the two directions of a flow between Availability Zones meet different firewall endpoints";
        violation(EGRESS, id, format!("{} {what}", network.label(id)))
    };
    without.filter(|_| intent.inspected).map(|attachment| told(&attachment.id)).collect()
}

/// Routes lead somewhere.
pub const BLACKHOLES: BuiltIn = BuiltIn {
    name: "no-blackholes",
    sentence: "No route points at a target that is gone",
    severity: Severity::Medium,
    controls: Controls::NONE,
    check: |places, intent| blackholes(places.map.network, intent),
};

/// No route points at a target that is gone, but for blackholes that somebody asked for.
fn blackholes(network: &Network, intent: &Intent) -> Vec<Violation> {
    let mut violations = Vec::new();
    for table in network.route_tables.values() {
        for route in table.routes.iter().filter(|route| route.blackhole || is_gone(network, &route.target)) {
            let to = destination_text(network, &route.destination);
            let what = format!("the route of {} to {to} points at a target that is gone", network.label(&table.id));
            violations.push(violation(BLACKHOLES, &table.id, what));
        }
    }
    for table in network.transit_gateway_route_tables.values() {
        for route in &table.routes {
            let gone = match (&route.target, &route.destination) {
                (TransitGatewayTarget::Attachment(id), _) => !network.attachments.contains_key(id),
                (TransitGatewayTarget::Blackhole, RouteDestination::Range(range)) => !intent.blackholes.contains(range),
                (TransitGatewayTarget::Blackhole, RouteDestination::PrefixList(_)) => true,
            };
            if gone {
                let to = destination_text(network, &route.destination);
                let what = format!(
                    "the route of {} to {to} leads nowhere, and nobody asked for that",
                    network.label(&table.id)
                );
                violations.push(violation(BLACKHOLES, &table.id, what));
            }
        }
    }
    violations
}

fn is_gone(network: &Network, target: &RouteTarget) -> bool {
    match target {
        RouteTarget::Local | RouteTarget::Other(_) => false,
        RouteTarget::InternetGateway(id) => !network.internet_gateways.contains_key(id),
        RouteTarget::NatGateway(id) => !network.nat_gateways.contains_key(id),
        RouteTarget::TransitGateway(id) => !network.transit_gateways.contains_key(id),
        RouteTarget::VpcEndpoint(id) => !network.vpc_endpoints.contains_key(id),
        RouteTarget::NetworkInterface(id) => !network.interfaces.contains_key(id),
        RouteTarget::PeeringConnection(id) => !network.peering_connections.contains_key(id),
        RouteTarget::VirtualPrivateGateway(id) => !network.virtual_private_gateways.contains_key(id),
    }
}

fn destination_text(network: &Network, destination: &RouteDestination) -> String {
    match destination {
        RouteDestination::Range(range) => range.to_string(),
        RouteDestination::PrefixList(list) => {
            network.prefix_lists.get(list).map_or_else(|| list.to_string(), |list| list.name.clone())
        }
    }
}

/// Attachments are wherever packets are.
pub const ATTACHMENTS: BuiltIn = BuiltIn {
    name: "attachments-cover-zones",
    sentence: "Every attachment covers every zone that its VPC uses, by zone id",
    severity: Severity::Medium,
    controls: Controls::NONE,
    check: |places, intent| attachments(places.map.network, intent),
};

/// Every attachment covers every zone that its VPC uses; the hub's cover every zone that any workload uses. Zones are told by
/// their ids: names differ between accounts.
fn attachments(network: &Network, intent: &Intent) -> Vec<Violation> {
    let mut attached: BTreeMap<&ObjectId, BTreeSet<&ZoneId>> = BTreeMap::new();
    for attachment in network.attachments.values() {
        if let AttachedResource::Vpc { vpc, subnets, .. } = &attachment.resource {
            let zones = subnets.iter().filter_map(|subnet| network.subnets.get(subnet)).map(|subnet| &subnet.zone);
            attached.entry(vpc).or_default().extend(zones);
        }
    }
    let mut used: BTreeMap<&ObjectId, BTreeSet<&ZoneId>> = BTreeMap::new();
    for subnet in network.subnets.values() {
        used.entry(&subnet.vpc).or_default().insert(&subnet.zone);
    }
    let zones_of = |vpc: &ObjectId| used.get(vpc).cloned().unwrap_or_default();
    let of_workloads: BTreeSet<&ZoneId> =
        intent.workloads.iter().flat_map(|workload| zones_of(&workload.vpc)).collect();
    let workloads = intent.workloads.iter().map(|one| (&one.name, &one.vpc, zones_of(&one.vpc)));
    let hub = intent.hub.iter().map(|one| (&one.name, &one.vpc, &zones_of(&one.vpc) | &of_workloads));
    let mut violations = Vec::new();
    for (name, vpc, wanted) in workloads.chain(hub) {
        let missing = &wanted - attached.get(vpc).unwrap_or(&BTreeSet::new());
        if !missing.is_empty() {
            let zones: Vec<String> = missing.into_iter().map(ToString::to_string).collect();
            let what = format!("the transit gateway has no subnet of {name}'s VPC in {}", zones.join(", "));
            violations.push(violation(ATTACHMENTS, vpc, what));
        }
    }
    violations
}

/// A zone that fails takes no other one with it.
pub const ZONES: BuiltIn = BuiltIn {
    name: "zones-stand-alone",
    sentence: "No route leads through a NAT gateway or an endpoint of another zone than its subnet's",
    severity: Severity::Medium,
    controls: Controls::nist(&["CP-10", "SC-5"]),
    check: |places, intent| zones(places.map.network, intent),
};

/// The way of a zone's packets stays in the zone as long as it can: another zone's failure is not its own, and nobody pays
/// for packets that cross (VPC user guide, "NAT gateway basics").
fn zones(network: &Network, intent: &Intent) -> Vec<Violation> {
    let of_workloads = intent.workloads.iter().map(|one| &one.vpc);
    let vpcs: BTreeSet<&ObjectId> = of_workloads.chain(intent.hub.iter().map(|one| &one.vpc)).collect();
    let mut violations = Vec::new();
    for subnet in network.subnets.values().filter(|subnet| vpcs.contains(&subnet.vpc)) {
        let table = subnet.route_table.as_ref().and_then(|table| network.route_tables.get(table));
        for route in table.into_iter().flat_map(|table| &table.routes) {
            let (target, holder) = match &route.target {
                RouteTarget::NatGateway(id) => (id, network.nat_gateways.get(id).map(|nat| &nat.subnet)),
                RouteTarget::VpcEndpoint(id) => (id, network.subnet_of_endpoint(id)),
                _ => continue,
            };
            let Some(holder) = holder.and_then(|holder| network.subnets.get(holder)) else { continue };
            if holder.zone != subnet.zone {
                let to = destination_text(network, &route.destination);
                let (from, zone, through) = (network.label(&subnet.id), &holder.zone, network.label(target));
                let what =
                    format!("{from} is in {}, and its route to {to} leads through {through} in {zone}", subnet.zone);
                violations.push(violation(ZONES, &subnet.id, what));
            }
        }
    }
    violations
}

/// An address is in one place.
pub const OVERLAPS: BuiltIn = BuiltIn {
    name: "ranges-do-not-overlap",
    sentence: "Ranges do not overlap, anywhere the transit gateway can see",
    severity: Severity::High,
    controls: Controls::NONE,
    check: |places, _| overlaps(places.map.network),
};

/// Ranges do not overlap between VPCs that one transit gateway can see: the second one's routes would silently be missing.
fn overlaps(network: &Network) -> Vec<Violation> {
    let mut by_gateway: BTreeMap<&ObjectId, BTreeSet<(Cidr, &ObjectId)>> = BTreeMap::new();
    for attachment in network.attachments.values() {
        if let AttachedResource::Vpc { vpc, .. } = &attachment.resource {
            let ranges = network.vpcs.get(vpc).into_iter().flat_map(|vpc| &vpc.ranges);
            by_gateway.entry(&attachment.transit_gateway).or_default().extend(ranges.map(|range| (*range, vpc)));
        }
    }
    let mut violations = Vec::new();
    for (gateway, ranges) in by_gateway {
        let mut widest: Option<(Cidr, &ObjectId)> = None;
        // In the order of their first addresses, the wider one first, a range can only overlap the one that reaches furthest.
        for (range, vpc) in ranges {
            match widest.filter(|(wide, _)| wide.overlaps(range)) {
                Some((wide, other)) if other != vpc => {
                    let (one, two) = (network.label(other), network.label(vpc));
                    let what = format!("{one} has {wide} and {two} has {range}: {} sees both", network.label(gateway));
                    violations.push(violation(OVERLAPS, vpc, what));
                }
                Some(_) => {}
                None => widest = Some((range, vpc)),
            }
        }
    }
    violations
}

/// What runs is what the files say.
pub const DIFFERENCES: BuiltIn = BuiltIn {
    name: "nothing-differs",
    sentence: "What runs is what the files say",
    severity: Severity::High,
    controls: Controls::nist(&["SC-7"]),
    check: |_, intent| differences(intent),
};

fn differences(intent: &Intent) -> Vec<Violation> {
    let told = |sentence: &String| Violation {
        invariant: DIFFERENCES.name.to_owned(),
        sentence: sentence.clone(),
        at: None,
        tables: Vec::new(),
        witness: None,
    };
    intent.differences.iter().map(told).collect()
}
