//! Networks with one route gone or turned, for tests.

use super::network::{RouteTarget, TransitGatewayTarget};
use super::prove::Violation;
use super::{Network, ObjectId};

/// What a mutation has done.
pub(crate) struct Mutant {
    /// In words.
    pub(crate) what: String,
    /// The table whose route it is.
    pub(crate) table: ObjectId,
    /// True where the route is gone, false where it has another target.
    pub(crate) removed: bool,
    /// The network after it.
    pub(crate) network: Network,
}

/// Every route of VPCs' tables gone, or led to each of some targets, and every route of the transit gateway's tables gone, or
/// led to each attachment and to nowhere; one at a time. Local routes stay.
pub(crate) fn mutants(network: &Network, targets: &[RouteTarget]) -> Vec<Mutant> {
    of_vpc_tables(network, targets).into_iter().chain(of_transit_tables(network)).collect()
}

/// What a network becomes by a change of one of a table's routes.
fn mutant(
    network: &Network,
    table: &ObjectId,
    what: String,
    removed: bool,
    change: impl FnOnce(&mut Network),
) -> Mutant {
    let mut network = network.clone();
    change(&mut network);
    Mutant { what, table: table.clone(), removed, network }
}

fn of_vpc_tables(network: &Network, targets: &[RouteTarget]) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for (id, table) in &network.route_tables {
        for (place, route) in table.routes.iter().enumerate().filter(|(_, route)| route.target != RouteTarget::Local) {
            let what = format!("{id} without {:?}", route.destination);
            mutants.push(mutant(network, id, what, true, |network| {
                network.route_tables.get_mut(id).unwrap().routes.remove(place);
            }));
            for other in targets.iter().filter(|other| **other != route.target) {
                let what = format!("{id}: {:?} to {other:?}", route.destination);
                mutants.push(mutant(network, id, what, false, |network| {
                    network.route_tables.get_mut(id).unwrap().routes[place].target = other.clone();
                }));
            }
        }
    }
    mutants
}

fn of_transit_tables(network: &Network) -> Vec<Mutant> {
    let attachments = network.attachments.keys().cloned().map(TransitGatewayTarget::Attachment);
    let targets: Vec<TransitGatewayTarget> = attachments.chain([TransitGatewayTarget::Blackhole]).collect();
    let mut mutants = Vec::new();
    for (id, table) in &network.transit_gateway_route_tables {
        for (place, route) in table.routes.iter().enumerate() {
            let what = format!("{id} without {:?}", route.destination);
            mutants.push(mutant(network, id, what, true, |network| {
                network.transit_gateway_route_tables.get_mut(id).unwrap().routes.remove(place);
            }));
            for other in targets.iter().filter(|other| **other != route.target) {
                let what = format!("{id}: {:?} to {other:?}", route.destination);
                mutants.push(mutant(network, id, what, false, |network| {
                    network.transit_gateway_route_tables.get_mut(id).unwrap().routes[place].target = other.clone();
                }));
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

/// The mutants that no violation shows, each with what was found instead.
pub(crate) fn survivors(mutants: &[Mutant], violations: impl Fn(&Network) -> Vec<Violation>) -> Vec<String> {
    let mut survivors = Vec::new();
    for mutant in mutants {
        let found = violations(&mutant.network);
        if !found.iter().any(|violation| shows(violation, mutant)) {
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            survivors.push(format!("{}: {}", mutant.what, found.join("; ")));
        }
    }
    survivors
}
