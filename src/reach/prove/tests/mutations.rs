//! Every route of the reference architecture bears load: without it, or with another target, an invariant fails.

use std::collections::BTreeSet;

use super::super::super::ObjectId;
use super::super::super::mutants::{mutants, survivors};
use super::super::super::testing::target;
use super::{network, violations};

const TARGETS: [&str; 7] = ["tgw-1", "igw-1", "nat-1", "nat-2", "vpce-1", "vpce-2", "local"];

#[test]
fn no_route_can_go_or_turn_unnoticed() {
    let mutants = mutants(&network().network, &TARGETS.map(target));
    assert!(mutants.len() > 300, "{}", mutants.len());
    let survivors = survivors(&mutants, violations);
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
