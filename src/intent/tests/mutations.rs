//! Every row of the route tables that a zone is planned with bears load, and so does every part of its attachments.

use std::collections::BTreeSet;

use super::super::intent;
use super::planned_network;
use crate::reach::mutants::{mutants, survivors};
use crate::reach::network::{AttachedResource, Attachment, RouteTarget};
use crate::reach::prove::prove;
use crate::reach::{Network, ObjectId};
use crate::zone::sample::{Topology, sample, uninspected};

#[test]
fn no_planned_route_can_go_or_turn_unnoticed() {
    let zone = sample(Topology::Segmented, 2, 3);
    for zone in [uninspected(zone.clone()), zone] {
        let network = planned_network(&zone);
        let routes = network.route_tables.values().flat_map(|table| &table.routes);
        let targets: BTreeSet<&RouteTarget> = routes.map(|route| &route.target).collect();
        let targets: Vec<RouteTarget> = targets.into_iter().cloned().collect();
        let mut mutants = mutants(&network, &targets);
        // Without a firewall only the VPC that it was in is another; and of a segment's workloads one is as the other.
        let is_inspected = !network.firewalls.is_empty();
        let differs = |table: &str| {
            if is_inspected { !table.starts_with("orders-prod/") } else { table.starts_with("networking/egress/") }
        };
        mutants.retain(|mutant| differs(mutant.table.as_str()));
        let intent = intent(&zone);
        let survivors = survivors(&mutants, |mutant| prove(mutant, &intent));
        assert!(survivors.is_empty(), "{} of {}:\n{}", survivors.len(), mutants.len(), survivors.join("\n"));
    }
}

#[test]
fn no_planned_attachment_can_change_unnoticed() {
    let zone = sample(Topology::Segmented, 2, 3);
    for zone in [uninspected(zone.clone()), zone] {
        let network = planned_network(&zone);
        let intent = intent(&zone);
        assert_eq!(prove(&network, &intent), []);
        for id in network.attachments.keys() {
            for (what, changed) in changes(&network, &network.attachments[id]) {
                let mut mutant = network.clone();
                mutant.attachments.insert(id.clone(), changed);
                assert!(!prove(&mutant, &intent).is_empty(), "{id} {what}");
            }
        }
    }
}

/// An attachment with another association, or none; without one of its subnets; out of appliance mode where a firewall needs
/// it.
fn changes(network: &Network, attachment: &Attachment) -> Vec<(String, Attachment)> {
    let AttachedResource::Vpc { vpc, subnets, appliance_mode } = &attachment.resource else { return Vec::new() };
    let routes = |table: &ObjectId| {
        let table = &network.transit_gateway_route_tables[table];
        table.routes.iter().map(|route| (&route.destination, &route.target)).collect::<BTreeSet<_>>()
    };
    // A table of the same routes leads to the same places.
    let before = routes(attachment.association.as_ref().unwrap());
    let tables = network.transit_gateway_route_tables.keys().filter(|table| routes(table) != before);
    let mut changes: Vec<(String, Attachment)> = tables
        .cloned()
        .map(Some)
        .chain([None])
        .map(|association| (format!("with {association:?}"), Attachment { association, ..attachment.clone() }))
        .collect();
    let attached = |subnets: BTreeSet<ObjectId>, appliance_mode: bool| Attachment {
        resource: AttachedResource::Vpc { vpc: vpc.clone(), subnets, appliance_mode },
        ..attachment.clone()
    };
    for subnet in subnets {
        let rest = subnets.iter().filter(|other| *other != subnet).cloned().collect();
        changes.push((format!("without {subnet}"), attached(rest, *appliance_mode)));
    }
    if network.firewalls.values().any(|firewall| firewall.vpc == *vpc) {
        changes.push(("out of appliance mode".to_owned(), attached(subnets.clone(), false)));
    }
    changes
}
