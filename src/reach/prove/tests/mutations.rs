//! Every route of the reference architecture bears load: without it, or with another target, an invariant fails.

use std::collections::BTreeSet;

use super::super::super::network::{RouteTarget, TransitGatewayTarget};
use super::super::super::testing::target;
use super::super::super::{Network, ObjectId};
use super::{Violation, network, violations};

/// What a mutation has done.
struct Mutant {
    what: String,
    table: ObjectId,
    /// True where a route is gone, false where it has another target.
    removed: bool,
    network: Network,
}

const TARGETS: [&str; 7] = ["tgw-1", "igw-1", "nat-1", "nat-2", "vpce-1", "vpce-2", "local"];

fn of_vpc_tables(network: &Network) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for (table, routes) in network.route_tables.iter().map(|(id, table)| (id, &table.routes)) {
        for (place, route) in routes.iter().enumerate().filter(|(_, route)| route.target != RouteTarget::Local) {
            let mut without = network.clone();
            without.route_tables.get_mut(table).unwrap().routes.remove(place);
            mutants.push(Mutant {
                what: format!("{table} without {:?}", route.destination),
                table: table.clone(),
                removed: true,
                network: without,
            });
            for other in TARGETS.map(target).into_iter().filter(|other| *other != route.target) {
                let mut redirected = network.clone();
                redirected.route_tables.get_mut(table).unwrap().routes[place].target = other.clone();
                mutants.push(Mutant {
                    what: format!("{table}: {:?} to {other:?}", route.destination),
                    table: table.clone(),
                    removed: false,
                    network: redirected,
                });
            }
        }
    }
    mutants
}

fn of_transit_tables(network: &Network) -> Vec<Mutant> {
    let attachments = network.attachments.keys().cloned().map(TransitGatewayTarget::Attachment);
    let targets: Vec<TransitGatewayTarget> = attachments.chain([TransitGatewayTarget::Blackhole]).collect();
    let mut mutants = Vec::new();
    for (table, routes) in network.transit_gateway_route_tables.iter().map(|(id, table)| (id, &table.routes)) {
        for (place, route) in routes.iter().enumerate() {
            let mut without = network.clone();
            without.transit_gateway_route_tables.get_mut(table).unwrap().routes.remove(place);
            mutants.push(Mutant {
                what: format!("{table} without {:?}", route.destination),
                table: table.clone(),
                removed: true,
                network: without,
            });
            for other in targets.iter().filter(|other| **other != route.target) {
                let mut redirected = network.clone();
                let routes = &mut redirected.transit_gateway_route_tables.get_mut(table).unwrap().routes;
                routes[place].target = other.clone();
                mutants.push(Mutant {
                    what: format!("{table}: {:?} to {other:?}", route.destination),
                    table: table.clone(),
                    removed: false,
                    network: redirected,
                });
            }
        }
    }
    mutants
}

/// True where a violation shows the change: the table that lacks a route decides, or has sent the packet that shows it where
/// it then is; one whose route has turned has led the packet.
fn shows(violation: &Violation, mutant: &Mutant) -> bool {
    let named = violation.at.as_ref() == Some(&mutant.table) || violation.sentence.contains(mutant.table.as_str());
    named || (!mutant.removed && violation.tables.contains(&mutant.table))
}

#[test]
fn no_route_can_go_or_turn_unnoticed() {
    let builder = network();
    let mutants: Vec<Mutant> =
        of_vpc_tables(&builder.network).into_iter().chain(of_transit_tables(&builder.network)).collect();
    assert!(mutants.len() > 300, "{}", mutants.len());
    let mut survivors = Vec::new();
    for mutant in &mutants {
        let found = violations(&mutant.network);
        if !found.iter().any(|violation| shows(violation, mutant)) {
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            survivors.push(format!("{}: {}", mutant.what, found.join("; ")));
        }
    }
    assert!(survivors.is_empty(), "{} of {}:\n{}", survivors.len(), mutants.len(), survivors.join("\n"));
}

#[test]
fn no_association_can_go_or_turn_unnoticed() {
    let network = network().network;
    let tables: Vec<Option<ObjectId>> =
        network.transit_gateway_route_tables.keys().cloned().map(Some).chain([None]).collect();
    let routes = |table: &ObjectId| {
        let table = &network.transit_gateway_route_tables[table];
        table.routes.iter().map(|route| (&route.destination, &route.target)).collect::<BTreeSet<_>>()
    };
    for attachment in network.attachments.keys() {
        let before = routes(network.attachments[attachment].association.as_ref().unwrap());
        for table in tables.iter().filter(|table| **table != network.attachments[attachment].association) {
            let mut mutant = network.clone();
            mutant.attachments.get_mut(attachment).unwrap().association = table.clone();
            // A table of the same routes leads to the same places.
            if table.as_ref().is_some_and(|table| routes(table) == before) {
                continue;
            }
            assert!(!violations(&mutant).is_empty(), "{attachment} with {table:?}");
        }
    }
}
