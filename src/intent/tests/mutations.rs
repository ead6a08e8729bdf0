//! Every row of the route tables that a zone is planned with bears load.

use std::collections::BTreeSet;

use super::super::intent;
use super::planned_network;
use crate::reach::mutants::{mutants, survivors};
use crate::reach::network::RouteTarget;
use crate::reach::prove::prove;
use crate::zone::sample::{Topology, sample, uninspected};

#[test]
fn no_planned_route_can_go_or_turn_unnoticed() {
    let zone = sample(Topology::Segmented, 2, 3);
    for zone in [uninspected(zone.clone()), zone] {
        let network = planned_network(&zone);
        let routes = network.route_tables.values().flat_map(|table| &table.routes);
        let targets: BTreeSet<&RouteTarget> = routes.map(|route| &route.target).collect();
        let targets: Vec<RouteTarget> = targets.into_iter().cloned().collect();
        let mutants = mutants(&network, &targets);
        let intent = intent(&zone);
        let survivors = survivors(&mutants, |mutant| prove(mutant, &intent));
        assert!(survivors.is_empty(), "{} of {}:\n{}", survivors.len(), mutants.len(), survivors.join("\n"));
    }
}
