//! What a zone's network is for: what its files ask for, as statements that [`prove`](crate::reach::prove) holds a network
//! against.
//!
//! `ways` reads from the zone where each tier is led, through as many VPCs as packets pass; `tiers` turns that into what its
//! hosts are to reach, `statements` are the paths that people have written and that accounts list.
//!
//! A path between VPCs is asked for where the routes lead there; whether anything leads back is for the proof to find out.
//! The internet is asked for by a route to everywhere, where the transit gateway's table for the VPC has one too. Whether the
//! rest of that way is whole is for the proof to find out as well: a way that is asked for only while it is whole could be
//! broken, and nobody would be told.

mod statements;
#[cfg(test)]
mod tests;
mod tiers;
mod ways;

use std::collections::BTreeSet;

use crate::blueprint::addresses::NetworkAddresses;
use crate::reach::ObjectId;
use crate::reach::prove::{HubVpc, Intent, Isolation, Workload};
use crate::values::{Cidr, Label};
use crate::zone::{NetworkName, Purpose, TransitGatewayNextHop, TransitGatewayRouteTable, Zone};
use ways::Ways;

/// What the network of a zone is for, with lz's addresses as the ids of objects.
#[must_use]
pub fn intent(zone: &Zone) -> Intent {
    let ways = Ways::of(zone);
    let mut intent = Intent {
        inspected: zone.networks.values().any(|network| network.firewall.is_some()),
        isolation: isolation(zone),
        blackholes: zone.transit_gateway.route_tables.values().flat_map(ways::blackholes).collect(),
        ..Intent::default()
    };
    for network in zone.networks.values() {
        let vpc = vpc(&network.name);
        let tiers = tiers::of(zone, &ways, network);
        match segment(zone, &network.name) {
            Some(segment) => intent.workloads.push(Workload {
                name: display_name(zone, &network.name),
                segment: segment.to_string(),
                vpc,
                tiers,
                dropped: dropped(zone, &network.name),
            }),
            None => intent.hub.push(HubVpc { name: network.name.network.to_string(), vpc, tiers }),
        }
    }
    intent.invariants = statements::of_files(zone);
    intent.invariants.extend(statements::of_accounts(zone, &ways));
    intent
}

/// The address of a VPC as an object's id.
fn vpc(name: &NetworkName) -> ObjectId {
    ObjectId(NetworkAddresses::of(name).vpc().to_string())
}

/// The segment of a workload's VPC; none for the hub's.
fn segment<'zone>(zone: &'zone Zone, name: &NetworkName) -> Option<&'zone Label> {
    match &zone.accounts.get(&name.account)?.purpose {
        Purpose::Workload { segment } => segment.as_ref(),
        Purpose::Networking => None,
    }
}

/// A workload by its account's name, where that has one VPC only.
fn display_name(zone: &Zone, name: &NetworkName) -> String {
    let only = zone.networks.keys().filter(|other| other.account == name.account).count() == 1;
    if only { name.account.to_string() } else { name.to_string() }
}

/// What the blueprint of the transit gateway promises; and where none of its tables leads from a workload to another, nobody
/// has asked for a path between workloads at all. That a VPC of the hub would hand packets on to one is no request: it may be
/// that a blackhole is missing.
fn isolation(zone: &Zone) -> Isolation {
    if !zone.transit_gateway.isolates_segments {
        return Isolation::None;
    }
    let is_workload = |name: &&NetworkName| segment(zone, name).is_some();
    let leads_to_workloads = zone.transit_gateway.route_tables.values().any(|table| {
        let statics = table.routes.values().filter_map(|hop| match hop {
            TransitGatewayNextHop::Network(name) => Some(name),
            TransitGatewayNextHop::Blackhole => None,
        });
        table.associated.iter().any(|name| is_workload(&name))
            && table.propagated.iter().chain(statics).any(|name| is_workload(&name))
    });
    if leads_to_workloads { Isolation::BetweenSegments } else { Isolation::BetweenWorkloads }
}

/// What the table that a VPC is associated with drops: its blackholes, but for what longer static routes lead somewhere.
fn dropped(zone: &Zone, name: &NetworkName) -> BTreeSet<Cidr> {
    let tables = zone.transit_gateway.route_tables.values().filter(|table| table.associated.contains(name));
    tables.flat_map(|table| ways::blackholes(table).flat_map(|range| without_longer(range, table))).collect()
}

fn without_longer(range: Cidr, table: &TransitGatewayRouteTable) -> BTreeSet<Cidr> {
    range.without(table.routes.keys().copied().filter(|other| *other != range && range.contains(*other)))
}
