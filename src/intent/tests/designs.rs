//! Zones of other shapes than the sample: where what leaves passes several VPCs, and where accounts list nothing.
//!
//! Each is proved as it is. Each route that something needs is taken away in turn, from the network and from the files, and
//! the proof says so; what it says of the way to the internet, the packet walk says too.

use std::collections::BTreeSet;

use super::super::intent;
use super::{planned_network, told, violations};
use crate::blueprint;
use crate::firewall::StatelessDefault;
use crate::reach::mutants::{Mutant, mutants, survivors};
use crate::reach::network::RouteTarget;
use crate::reach::prove::{Intent, Reach, Violation, prove};
use crate::reach::{Endpoint, Network, ObjectId, Protocol, Verdict, trace, worst_verdict};
use crate::values::{Cidr, Label};
use crate::zone::sample::{Topology, inspected_apart, listing_nothing, network_name, sample, uninspected};
use crate::zone::{NetworkName, NextHop, TransitGatewayNextHop, TransitGatewayRouteTable, Zone};

fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}

fn cidr(text: &str) -> Cidr {
    Cidr::parse(text).unwrap()
}

fn hub(name: &str) -> NetworkName {
    network_name("networking", name)
}

fn via(name: &str) -> TransitGatewayNextHop {
    TransitGatewayNextHop::Network(hub(name))
}

/// The zone with its firewall apart, through which everything goes that leaves a VPC: to the internet, to workloads, and from
/// the ingress VPC. No table of the transit gateway leads to another VPC directly.
fn all_inspected(zone: Zone) -> Zone {
    let mut zone = inspected_apart(zone);
    zone.transit_gateway.isolates_segments = false;
    let everywhere = || [(Cidr::EVERYWHERE, via("inspection"))].into();
    for (name, table) in &mut zone.transit_gateway.route_tables {
        match name.as_str() {
            "inspection" => drop(table.propagated.insert(hub("ingress"))),
            "egress" => {}
            _ => {
                table.propagated.clear();
                table.routes = everywhere();
            }
        }
    }
    zone
}

/// The zone with its firewall apart whose workloads are kept from each other, but for the ingress VPC, which they reach
/// through the firewall too.
fn ingress_inspected(zone: Zone) -> Zone {
    let mut zone = inspected_apart(zone);
    for (name, table) in &mut zone.transit_gateway.route_tables {
        match name.as_str() {
            "inspection" => drop(table.propagated.insert(hub("ingress"))),
            "ingress" => {
                table.propagated.clear();
                table.routes.insert(cidr("10.32.0.0/11"), via("inspection"));
            }
            "egress" => {}
            _ => {
                table.propagated.clear();
                table.routes.insert(cidr("10.0.0.0/16"), via("inspection"));
            }
        }
    }
    zone
}

/// The zone with its firewall apart, and between it and the egress VPC one more that hands everything on.
fn relayed(zone: Zone) -> Zone {
    let mut zone = inspected_apart(zone);
    let mut relay = zone.networks[&hub("ingress")].clone();
    relay.name = hub("relay");
    relay.cidr = cidr("10.0.48.0/20");
    relay.tiers.remove(&label("private"));
    let transit = relay.tiers.get_mut(&label("transit")).unwrap();
    transit.routes = [(Cidr::EVERYWHERE, NextHop::TransitGateway)].into();
    for (subnet, range) in transit.subnets.iter_mut().zip(["10.0.48.0/28", "10.0.48.16/28"]) {
        subnet.cidr = cidr(range);
    }
    zone.networks.insert(relay.name.clone(), relay);
    let tables = &mut zone.transit_gateway.route_tables;
    tables.get_mut(&label("inspection")).unwrap().routes.insert(Cidr::EVERYWHERE, via("relay"));
    tables.get_mut(&label("egress")).unwrap().routes.insert(cidr("10.32.0.0/11"), via("relay"));
    let table = TransitGatewayRouteTable {
        associated: [hub("relay")].into(),
        propagated: BTreeSet::new(),
        routes: [(Cidr::EVERYWHERE, via("egress")), (cidr("10.32.0.0/11"), via("inspection"))].into(),
    };
    tables.insert(label("relay"), table);
    zone
}

/// Every design with a name, and the VPCs that what leaves passes.
fn designs() -> Vec<(&'static str, Zone, Vec<&'static str>)> {
    let zone = || listing_nothing(sample(Topology::Segmented, 2, 2));
    vec![
        ("inspected in the egress VPC", zone(), vec!["egress"]),
        ("uninspected", uninspected(zone()), vec!["egress"]),
        ("flat", listing_nothing(sample(Topology::Flat, 2, 2)), vec!["egress"]),
        ("inspected apart", inspected_apart(zone()), vec!["inspection", "egress"]),
        ("all inspected", all_inspected(zone()), vec!["inspection", "egress"]),
        ("ingress inspected", ingress_inspected(zone()), vec!["inspection", "egress"]),
        ("relayed", relayed(zone()), vec!["inspection", "relay", "egress"]),
    ]
}

/// The subnets whose hosts are to reach the internet.
fn senders(intent: &Intent) -> BTreeSet<ObjectId> {
    let tiers = intent.workloads.iter().flat_map(|one| &one.tiers).chain(intent.hub.iter().flat_map(|one| &one.tiers));
    let led_out = tiers.filter(|tier| tier.reaches.contains(&Reach::Internet));
    led_out.flat_map(|tier| tier.subnets.iter().cloned()).collect()
}

/// Whether a packet to the internet, walked hop by hop, comes back to each of some subnets, whatever the firewall's rules say.
fn walk_comes_back(network: &Network, senders: &BTreeSet<ObjectId>) -> bool {
    let mut open = network.clone();
    open.firewalls.values_mut().for_each(|firewall| firewall.policy.stateless = StatelessDefault::Pass);
    let walked = |subnet: &ObjectId, protocol: Protocol, port: u16| {
        worst_verdict(&trace(&open, &Endpoint::Subnet(subnet.clone()), &Endpoint::Internet, protocol, port).unwrap())
    };
    let packets = [(Protocol::Tcp, 443), (Protocol::Udp, 443), (Protocol::Icmp, 0)];
    senders
        .iter()
        .all(|subnet| packets.into_iter().all(|(protocol, port)| walked(subnet, protocol, port) == Verdict::Delivered))
}

/// The violations that say that something which is to reach the internet does not get there and back.
fn of_the_way_out(violations: &[Violation]) -> impl Iterator<Item = &Violation> {
    violations.iter().filter(|one| one.sentence.contains(" sends to the internet does not get there and back: "))
}

#[test]
fn each_design_is_proved_with_and_without_lists() {
    for (name, zone, _) in designs() {
        let intent = intent(&zone);
        // Two subnets of each of two workloads.
        assert_eq!(senders(&intent).len(), 4, "{name}: {intent:#?}");
        let found = violations(&zone);
        assert_eq!(found, [], "{name}:\n{}", told(&found));
        assert!(walk_comes_back(&planned_network(&zone), &senders(&intent)), "{name}");
        let mut listing = zone;
        let listed = sample(Topology::Segmented, 2, 2).accounts;
        listing.accounts.iter_mut().for_each(|(name, account)| account.egress = listed[name].egress.clone());
        let found = violations(&listing);
        assert_eq!(found, [], "{name}, with lists:\n{}", told(&found));
    }
}

#[test]
fn no_route_of_any_design_can_go_unnoticed_and_the_walk_agrees() {
    for (name, zone, _) in designs() {
        let network = planned_network(&zone);
        let mut mutants = that_matter(&network, mutants(&network, &[]));
        mutants.retain(|mutant| mutant.removed);
        // What this table learns of the egress VPC, its default route says as well.
        mutants
            .retain(|mutant| !(name == "flat" && mutant.what.ends_with("main/self without Range(Cidr(10.0.16.0/20))")));
        assert_noticed(name, &mutants, &intent(&zone));
    }
}

#[test]
fn no_route_of_the_way_through_two_vpcs_can_turn_unnoticed() {
    let zone = inspected_apart(listing_nothing(sample(Topology::Segmented, 2, 2)));
    let network = planned_network(&zone);
    let routes = network.route_tables.values().flat_map(|table| &table.routes);
    let targets: BTreeSet<&RouteTarget> = routes.map(|route| &route.target).collect();
    let targets: Vec<RouteTarget> = targets.into_iter().cloned().collect();
    let mut mutants = that_matter(&network, mutants(&network, &targets));
    let on_the_way = [
        "networking/inspection/",
        "networking/egress/",
        "networking/transit-gateway/",
        "payments-prod/container/private/",
    ];
    mutants.retain(|mutant| !mutant.removed && on_the_way.iter().any(|table| mutant.table.as_str().starts_with(table)));
    assert_noticed("inspected apart", &mutants, &intent(&zone));
}

#[test]
fn a_firewall_between_vpcs_alone_is_no_way_to_the_internet() {
    let zone = || all_inspected(listing_nothing(sample(Topology::Segmented, 2, 2)));
    let mut inside = zone();
    let firewall = inside.networks.get_mut(&hub("inspection")).unwrap().tiers.get_mut(&label("firewall")).unwrap();
    firewall.routes = [(cidr("10.0.0.0/8"), NextHop::TransitGateway)].into();
    inside.transit_gateway.route_tables.get_mut(&label("inspection")).unwrap().routes.clear();
    let mut dropping = zone();
    let table = dropping.transit_gateway.route_tables.get_mut(&label("inspection")).unwrap();
    table.routes.insert(Cidr::EVERYWHERE, TransitGatewayNextHop::Blackhole);
    for zone in [inside, dropping] {
        assert_eq!(senders(&intent(&zone)), BTreeSet::new());
        let found = violations(&zone);
        assert_eq!(found, [], "{}", told(&found));
    }
}

/// The mutants that differ: of a segment's workloads one is as the other, and a table without VPCs leads nobody.
fn that_matter(network: &Network, mut mutants: Vec<Mutant>) -> Vec<Mutant> {
    let used: BTreeSet<&ObjectId> = network.attachments.values().filter_map(|one| one.association.as_ref()).collect();
    let of_gateway = |table: &ObjectId| network.transit_gateway_route_tables.contains_key(table);
    mutants.retain(|one| !one.table.as_str().starts_with("orders-prod/"));
    mutants.retain(|one| !of_gateway(&one.table) || used.contains(&one.table));
    mutants
}

/// Each mutation shows in a violation, and proof and packet walk say the same of the way to the internet.
fn assert_noticed(name: &str, mutants: &[Mutant], intent: &Intent) {
    assert!(mutants.len() > 15, "{name}: {}", mutants.len());
    let senders = senders(intent);
    let survivors = survivors(mutants, |mutant| {
        let found = prove(mutant, intent);
        let proved = of_the_way_out(&found).next().is_none();
        assert_eq!(proved, walk_comes_back(mutant, &senders), "{name}: {}", told(&found));
        for witness in of_the_way_out(&found).filter_map(|one| one.witness.as_ref()) {
            let walked = worst_verdict(&witness.trace(mutant).unwrap());
            assert!(walked > Verdict::Inspected, "{name}: {witness} is {walked:?}");
        }
        found
    });
    assert!(survivors.is_empty(), "{name}: {} of {}:\n{}", survivors.len(), mutants.len(), survivors.join("\n"));
}

#[test]
fn no_route_of_the_files_on_the_way_out_can_go_unnoticed() {
    for (name, zone, passed) in designs() {
        let mut broken: Vec<(String, Zone)> = Vec::new();
        for network in passed.iter().map(|name| hub(name)) {
            for (tier, to) in
                zone.networks[&network].tiers.values().flat_map(|tier| tier.routes.keys().map(|to| (&tier.name, *to)))
            {
                let mut zone = zone.clone();
                zone.networks.get_mut(&network).unwrap().tiers.get_mut(tier).unwrap().routes.remove(&to);
                broken.push((format!("{network}/{tier} without {to}"), zone));
            }
            let tables = zone.transit_gateway.route_tables.iter();
            // In the flat topology the egress VPC shares the workloads' table, which says who is led out at all.
            for (table, built) in
                tables.filter(|(_, table)| table.associated.len() == 1 && table.associated.contains(&network))
            {
                for to in built.routes.keys() {
                    let mut zone = zone.clone();
                    zone.transit_gateway.route_tables.get_mut(table).unwrap().routes.remove(to);
                    broken.push((format!("{table} without {to}"), zone));
                }
                for from in built.propagated.iter().filter(|from| from.account != network.account) {
                    let mut zone = zone.clone();
                    zone.transit_gateway.route_tables.get_mut(table).unwrap().propagated.remove(from);
                    broken.push((format!("{table} without what {from} propagates"), zone));
                }
            }
        }
        assert!(broken.len() > 3, "{name}: {}", broken.len());
        // A NAT gateway without a way to the internet is refused before.
        broken.retain(|(_, zone)| blueprint::expand(zone).is_ok());
        for (what, zone) in broken {
            let found = violations(&zone);
            assert!(of_the_way_out(&found).next().is_some(), "{name}: {what}:\n{}", told(&found));
        }
    }
}
