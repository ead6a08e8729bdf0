//! The ways in which published designs get it wrong, each caught by the invariant that is about it.

use super::super::super::Verdict;
use super::super::super::network::{AttachedResource, RouteOrigin};
use super::super::super::testing::{BLACKHOLES, Builder, WORKLOADS, cidr, id, zone};
use super::super::{
    ATTACHMENTS, BLACKHOLES as NO_BLACKHOLES, BuiltIn, EDGELESS, EGRESS, HOME_NET, INTERNET, ISOLATION, OVERLAPS,
    PATHS, ZONES,
};
use super::{Violation, network, violations};

/// The violations of one invariant; fails where there are none.
fn of(builder: &Builder, invariant: BuiltIn) -> Vec<Violation> {
    let invariant = invariant.name;
    let all = violations(&builder.network);
    let found: Vec<Violation> = all.iter().filter(|violation| violation.invariant == invariant).cloned().collect();
    assert!(!found.is_empty(), "{invariant} holds; these don't: {all:#?}");
    found
}

/// What the packet walk says of the first violation's packet.
fn walked(builder: &Builder, violation: &Violation) -> Verdict {
    violation.witness.as_ref().unwrap().trace(&builder.network).unwrap()[0].verdict
}

#[test]
fn a_public_table_without_the_return_route() {
    let mut builder = network();
    builder.without_route("egress-public-1", WORKLOADS);
    let found = of(&builder, PATHS);
    assert!(found[0].sentence.contains("rtb-egress-public-1"), "{}", found[0]);
    assert_eq!(walked(&builder, &found[0]), Verdict::Dropped);

    builder.route("egress-public-1", WORKLOADS, "tgw-1");
    let found = of(&builder, EGRESS);
    assert!(found[0].sentence.contains("vpce-1 never sees the answer"), "{}", found[0]);
    assert_eq!(walked(&builder, &found[0]), Verdict::Asymmetric);
}

#[test]
fn appliance_mode_off() {
    let mut builder = network();
    builder.appliance_mode("attach-egress", false);
    assert_eq!(of(&builder, EGRESS)[0].at, Some(id("attach-egress")));
}

#[test]
fn one_shared_table_with_full_mesh() {
    let mut builder = network();
    for name in ["payments", "orders", "sandbox"] {
        builder.propagate(&format!("attach-{name}"), "tgw-rtb-prod");
        builder.network.attachments.get_mut(&id(&format!("attach-{name}"))).unwrap().association =
            Some(id("tgw-rtb-prod"));
    }
    let found = of(&builder, ISOLATION);
    assert_eq!(found.len(), 3);
    assert_eq!(walked(&builder, &found[0]), Verdict::Delivered);
}

#[test]
fn zone_names_instead_of_ids() {
    // In the networking account, the names of the first two zones are those of the second and third zone elsewhere.
    let mut builder = network();
    for subnet in builder.network.subnets.values_mut().filter(|subnet| subnet.vpc == id("egress")) {
        subnet.zone = zone(if subnet.zone == zone(1) { 2 } else { 3 });
    }
    let firewall = builder.network.firewalls.get_mut(&id("firewall-1")).unwrap();
    firewall.endpoints = [(zone(2), id("vpce-1")), (zone(3), id("vpce-2"))].into();
    let found = of(&builder, ATTACHMENTS);
    assert!(found[0].sentence.contains("egress's VPC in euw1-az1"), "{}", found[0]);
    of(&builder, EGRESS);
}

#[test]
fn the_firewall_endpoint_of_the_wrong_zone() {
    let mut builder = network();
    builder.without_route("egress-transit-1", "0.0.0.0/0").route("egress-transit-1", "0.0.0.0/0", "vpce-2");
    let found = of(&builder, EGRESS);
    assert!(found[0].sentence.contains("starts in euw1-az1 and passes vpce-2"), "{}", found[0]);
}

#[test]
fn one_nat_gateway_for_all_zones() {
    let mut builder = network();
    builder.without_route("egress-firewall-1", "0.0.0.0/0").route("egress-firewall-1", "0.0.0.0/0", "nat-2");
    let found = of(&builder, ZONES);
    assert!(found[0].sentence.contains("0.0.0.0/0 leads through nat-2 in euw1-az2"), "{}", found[0]);
}

#[test]
fn the_firewall_bypassed() {
    let mut builder = network();
    builder.without_route("egress-transit-2", "0.0.0.0/0").route("egress-transit-2", "0.0.0.0/0", "nat-2");
    assert!(of(&builder, EGRESS)[0].sentence.contains("gets there without a firewall"));
}

#[test]
fn a_way_out_that_nobody_can_follow() {
    let mut builder = network();
    builder.route("payments-data-1", "0.0.0.0/0", "lgw-1");
    let found = of(&builder, EGRESS);
    assert!(found[0].sentence.starts_with("what payments sends to the internet may get there without a firewall: "));
    assert_eq!(found[0].at, Some(id("rtb-payments-data-1")));
    assert_eq!(walked(&builder, &found[0]), Verdict::Inspected);
    // Behind the firewall nobody can follow it either, and that it was inspected is certain.
    let mut builder = network();
    builder.without_route("egress-firewall-1", "0.0.0.0/0").route("egress-firewall-1", "0.0.0.0/0", "lgw-1");
    assert!(violations(&builder.network).iter().all(|one| !one.sentence.contains("may get there without a firewall")));
}

#[test]
fn spokes_that_reach_each_other_through_egress() {
    let mut builder = network();
    builder.without_transit_route("tgw-rtb-prod", BLACKHOLES[0]).without_transit_route("tgw-rtb-dev", BLACKHOLES[0]);
    let found = of(&builder, ISOLATION);
    assert!(found[0].sentence.contains("tgw-rtb-egress"), "{}", found[0]);
    assert_eq!(walked(&builder, &found[0]), Verdict::Delivered);
    // Through the NAT gateway too: the isolation must not rest on the firewall's table.
    for number in [1, 2] {
        let (firewall, public) = (format!("egress-firewall-{number}"), format!("egress-public-{number}"));
        builder
            .without_route(&firewall, WORKLOADS)
            .without_route(&public, WORKLOADS)
            .route(&public, WORKLOADS, "tgw-1");
    }
    of(&builder, ISOLATION);
}

#[test]
fn an_attachment_without_a_zone() {
    let mut builder = network();
    let attachment = builder.network.attachments.get_mut(&id("attach-payments")).unwrap();
    let AttachedResource::Vpc { subnets, .. } = &mut attachment.resource else { unreachable!() };
    subnets.remove(&id("payments-transit-2"));
    let found = of(&builder, ATTACHMENTS);
    assert!(found[0].sentence.contains("payments's VPC in euw1-az2"), "{}", found[0]);
    assert_eq!(of(&builder, PATHS)[0].at, Some(id("attach-payments")));
}

#[test]
fn home_net_left_at_its_default() {
    let mut builder = network();
    let firewall = builder.network.firewalls.get_mut(&id("firewall-1")).unwrap();
    firewall.policy.address_variables.insert("HOME_NET".to_owned(), [cidr("10.0.1.0/24")].into());
    assert_eq!(of(&builder, HOME_NET)[0].at, Some(id("firewall-1")));
}

#[test]
fn a_way_out_of_a_workloads_own() {
    let mut builder = network();
    builder.internet_gateway("igw-9", "orders");
    assert_eq!(of(&builder, EDGELESS)[0].at, Some(id("igw-9")));
    assert!(of(&builder, INTERNET)[0].sentence.contains("orders"));

    let mut builder = network();
    builder.peering("pcx-9", "orders", "sandbox");
    builder.route("orders-private-1", "10.32.2.0/24", "pcx-9").route("sandbox-private-1", "10.32.1.0/24", "pcx-9");
    assert_eq!(of(&builder, EDGELESS)[0].at, Some(id("pcx-9")));
    let arrived = of(&builder, ISOLATION)[0].witness.as_ref().unwrap().trace(&builder.network).unwrap();
    assert!(!arrived[0].answer.is_empty(), "{arrived:#?}");
}

#[test]
fn ranges_that_overlap_and_routes_to_nowhere() {
    let mut builder = network();
    builder.network.vpcs.get_mut(&id("sandbox")).unwrap().ranges = vec![cidr("10.32.0.0/23")];
    assert!(of(&builder, OVERLAPS)[0].sentence.contains("10.32.0.0/23"));

    let mut builder = network();
    builder.route("payments-data-1", "10.99.0.0/16", "pcx-gone");
    assert_eq!(of(&builder, NO_BLACKHOLES)[0].at, Some(id("rtb-payments-data-1")));

    let mut builder = network();
    builder.transit_route("tgw-rtb-egress", "10.32.99.0/24", "blackhole");
    assert_eq!(
        builder.network.transit_gateway_route_tables[&id("tgw-rtb-egress")].routes.last().unwrap().origin,
        RouteOrigin::Static
    );
    assert_eq!(of(&builder, NO_BLACKHOLES)[0].at, Some(id("tgw-rtb-egress")));
}
