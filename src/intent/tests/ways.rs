//! Which VPCs each tier is to reach, and what its account lists.

use std::collections::BTreeSet;

use super::{planned_network, told, violations};
use crate::intent::intent;
use crate::reach::network::RouteDestination;
use crate::reach::prove::{LISTED, Reach, Tier, prove};
use crate::values::{Cidr, Label};
use crate::zone::sample::{Topology, network_name, sample};
use crate::zone::{Egress, Invariant, NextHop, PathClaim, PathTraffic, Place, TransitGatewayNextHop, Zone};

fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}

/// What the hosts of a VPC's tier are to reach: the VPCs by address, and `internet`.
fn reached(zone: &Zone, account: &str, network: &str, tier: &str) -> Vec<String> {
    let intent = intent(zone);
    let vpc = format!("{account}/{network}/vpc");
    let workloads = intent.workloads.iter().map(|one| (&one.vpc, &one.tiers));
    let mut all = workloads.chain(intent.hub.iter().map(|one| (&one.vpc, &one.tiers)));
    let (_, tiers) = all.find(|(id, _)| id.as_str() == vpc).unwrap();
    let tier: &Tier = tiers.iter().find(|one| one.name == tier).unwrap();
    let reached = tier.reaches.iter().flat_map(|reach| match reach {
        Reach::Internet => vec!["internet".to_owned()],
        Reach::PartOfInternet(ranges) => ranges.iter().map(ToString::to_string).collect(),
        Reach::Vpcs(vpcs) => vpcs.iter().map(ToString::to_string).collect(),
        Reach::GatewayEndpoint(_) => Vec::new(),
    });
    reached.collect()
}

#[test]
fn in_the_flat_topology_all_reach_all() {
    let zone = sample(Topology::Flat, 2, 3);
    let everybody: BTreeSet<&str> =
        ["networking/egress/vpc", "networking/ingress/vpc", "orders-prod/container/vpc", "payments-dev/container/vpc"]
            .into();
    let found = reached(&zone, "payments-prod", "container", "private");
    assert_eq!(found[0], "internet");
    assert_eq!(found[1..].iter().map(String::as_str).collect::<BTreeSet<_>>(), everybody);
    // It has routes to the zone's ranges only.
    assert_eq!(reached(&zone, "payments-prod", "container", "data").len(), everybody.len());
    assert_eq!(violations(&zone), []);
}

#[test]
fn workloads_without_a_way_to_each_other_are_to_reach_the_ingress_vpc_only() {
    let zone = sample(Topology::Segmented, 2, 3);
    assert_eq!(reached(&zone, "payments-prod", "container", "private"), ["internet", "networking/ingress/vpc"]);
    assert_eq!(reached(&zone, "payments-prod", "container", "data"), ["networking/ingress/vpc"]);
    let workloads = ["orders-prod/container/vpc", "payments-dev/container/vpc", "payments-prod/container/vpc"];
    assert_eq!(reached(&zone, "networking", "ingress", "private"), workloads);
}

#[test]
fn a_hub_vpc_that_a_table_does_not_learn_is_not_to_be_reached_from_there() {
    let mut zone = sample(Topology::Segmented, 2, 3);
    let ingress = network_name("networking", "ingress");
    zone.transit_gateway.route_tables.get_mut(&label("spokes-prod")).unwrap().propagated.remove(&ingress);
    assert_eq!(reached(&zone, "payments-prod", "container", "private"), ["internet"]);
    assert_eq!(reached(&zone, "payments-dev", "container", "private"), ["internet", "networking/ingress/vpc"]);
    // Nothing asks for paths that have no way back; who wants one states it.
    assert_eq!(violations(&zone), []);
    let wanted = Invariant {
        name: label("requests-arrive"),
        from: Place::Network(ingress),
        to: Place::Workloads,
        claim: PathClaim::Reaches { through: None },
        traffic: PathTraffic::All,
    };
    zone.invariants.insert(wanted.name.clone(), wanted);
    let found = violations(&zone);
    assert_eq!(found.len(), 1, "{}", told(&found));
    assert!(found[0].sentence.contains("spokes-prod/self drops it: its route leads nowhere"), "{}", found[0]);
}

#[test]
fn what_an_account_lists_needs_a_way_out() {
    let mut zone = sample(Topology::Segmented, 2, 3);
    let network = zone.networks.get_mut(&network_name("payments-prod", "container")).unwrap();
    network.tiers.get_mut(&label("private")).unwrap().routes.clear();
    let found = violations(&zone);
    assert!(found.iter().all(|one| one.invariant == LISTED.name), "{}", told(&found));
    // A domain and an address.
    assert_eq!(found.len(), 2, "{}", told(&found));
    assert!(
        found[0].sentence.contains("payments-prod/container/data/az1/route-table has no route for it"),
        "{}",
        found[0]
    );

    let mut zone = sample(Topology::Segmented, 2, 3);
    zone.transit_gateway.route_tables.get_mut(&label("spokes-dev")).unwrap().routes.clear();
    let found: BTreeSet<String> = violations(&zone).into_iter().map(|one| one.invariant).collect();
    assert_eq!(found, [LISTED.name.to_owned()].into());
}

/// The sample zone whose private tiers have these routes, by the transit gateway, in place of the one to everywhere.
fn with_routes(to: &[&str]) -> Zone {
    let mut zone = sample(Topology::Segmented, 2, 3);
    zone.accounts.values_mut().for_each(|account| account.egress = Egress::default());
    let workloads = zone.networks.values_mut().filter(|network| network.name.account != label("networking"));
    for tier in workloads.filter_map(|network| network.tiers.get_mut(&label("private"))) {
        tier.routes = to.iter().map(|to| (Cidr::parse(to).unwrap(), NextHop::TransitGateway)).collect();
    }
    zone
}

/// What is wrong once the public tier has lost its way back.
fn without_return(mut zone: Zone) -> Vec<String> {
    let egress = zone.networks.get_mut(&network_name("networking", "egress")).unwrap();
    egress.tiers.get_mut(&label("public")).unwrap().routes.remove(&Cidr::parse("10.32.0.0/11").unwrap());
    violations(&zone).into_iter().map(|one| one.to_string()).collect()
}

#[test]
fn the_internet_is_asked_for_in_parts_too() {
    for parts in [["0.0.0.0/1", "128.0.0.0/1"].as_slice(), ["192.0.2.0/24"].as_slice()] {
        let zone = with_routes(parts);
        let reached = reached(&zone, "payments-prod", "container", "private");
        assert!(parts.iter().all(|part| reached.iter().any(|one| one == part)), "{reached:?}");
        assert_eq!(violations(&zone), [], "{}", told(&violations(&zone)));
        let found = without_return(zone);
        assert_eq!(found.len(), 3, "{found:#?}");
        assert!(
            found[0].contains(&format!("tier sends to {} does not get there and back: ", parts.join(", "))),
            "{found:#?}"
        );
    }
}

#[test]
fn what_the_tables_drop_of_the_internet_is_not_asked_for() {
    let mut zone = with_routes(&["0.0.0.0/0"]);
    for table in zone.transit_gateway.route_tables.values_mut().filter(|one| one.routes.contains_key(&Cidr::EVERYWHERE))
    {
        table.routes.insert(Cidr::parse("198.51.100.0/24").unwrap(), TransitGatewayNextHop::Blackhole);
    }
    assert_eq!(violations(&zone), [], "{}", told(&violations(&zone)));
    assert_eq!(without_return(zone.clone()).len(), 3);
    // Where a table leads nobody out, what a tier hands to the transit gateway is still held to get there.
    let table = zone.transit_gateway.route_tables.get_mut(&label("spokes-dev")).unwrap();
    table.routes.remove(&Cidr::EVERYWHERE);
    assert_eq!(violations(&zone), [], "{}", told(&violations(&zone)));
    let mut network = planned_network(&zone);
    let private = network
        .route_tables
        .values_mut()
        .find(|table| table.id.as_str().contains("payments-dev/container/private/az1"));
    private.unwrap().routes.retain(|route| route.destination != RouteDestination::Range(Cidr::EVERYWHERE));
    let found = told(&prove(&network, &intent(&zone)));
    assert!(found.contains("sends to others does not pass networking/transit-gateway"), "{found}");
}
