//! The reference architecture, and the ways in which published designs get it wrong.

use super::super::testing::{BLACKHOLES, Builder, WORKLOADS, id, policy_that_passes, reference};
use super::super::{Effect, Explanation, HopKind, Verdict, Way, worst_verdict};
use super::{codes, ids, traces};
use crate::firewall::parse;

fn passing() -> Builder {
    reference(policy_that_passes(&[WORKLOADS]))
}

const COMPONENTS: &[HopKind] = &[
    HopKind::TransitGatewayAttachment,
    HopKind::FirewallEndpoint,
    HopKind::NatGateway,
    HopKind::InternetGateway,
    HopKind::Internet,
    HopKind::Subnet,
];

#[test]
fn a_workload_reaches_the_internet_through_the_firewall_of_its_zone_and_back() {
    let traces = traces(&passing(), "payments", "api.binance.com");
    assert_eq!(traces.len(), 2);
    for (number, trace) in (1..).zip(&traces) {
        assert_eq!(trace.verdict, Verdict::Delivered, "{trace:#?}");
        let (host, endpoint, nat) =
            (format!("payments-private-{number}"), format!("vpce-{number}"), format!("nat-{number}"));
        let there = [&host, "attach-payments", "attach-egress", &endpoint, &nat, "igw-1", "internet"];
        assert_eq!(ids(&trace.forward, COMPONENTS), there);
        let back = ["igw-1", &nat, &endpoint, "attach-egress", "attach-payments", &host];
        assert_eq!(ids(&trace.answer, COMPONENTS), back);
    }
}

#[test]
fn what_the_policy_does_not_pass_is_dropped_by_the_firewall_and_by_nothing_else() {
    let trace = &traces(&reference(policy_that_passes(&[])), "payments", "api.binance.com")[0];
    assert_eq!(trace.verdict, Verdict::Dropped);
    assert_eq!(codes(trace, Way::Forward), [Explanation::FirewallRulesRestriction]);
    assert_eq!(trace.reasons[0].id, id("vpce-1"));
}

#[test]
fn a_rule_on_a_domain_lets_that_name_through_and_leaves_others_open_until_they_are_known() {
    let rule = "pass tls 10.32.0.0/24 any -> any 443 (tls.sni; content:\"api.binance.com\"; startswith; endswith; \
                nocase; flow:to_server; sid:1000000000;)";
    let mut policy = policy_that_passes(&[]);
    policy.groups[0].rules = parse(rule).unwrap();
    let builder = reference(policy);
    let verdict = |to: &str| traces(&builder, "payments", to).remove(0).verdict;
    assert_eq!(verdict("api.binance.com"), Verdict::Delivered);
    assert_eq!(verdict("example.com"), Verdict::Dropped);
    assert_eq!(verdict("internet"), Verdict::Inspected);
    let allowed = &traces(&builder, "payments", "api.binance.com")[0];
    let endpoint = allowed.forward.iter().find(|hop| hop.kind == HopKind::FirewallEndpoint).unwrap();
    assert!(endpoint.by.contains("passed by rule 1000000000 of workloads"), "{}", endpoint.by);
    let refused = &traces(&builder, "payments", "example.com")[0].reasons[0];
    assert!(refused.by.contains("no rule decides in workloads"), "{}", refused.by);
}

#[test]
fn workloads_do_not_reach_each_other() {
    for to in ["orders", "sandbox"] {
        let trace = &traces(&passing(), "payments", to)[0];
        assert_eq!(trace.verdict, Verdict::Dropped);
        assert_eq!(
            codes(trace, Way::Forward),
            [Explanation::TransitGatewayMoreSpecificRoute, Explanation::TransitGatewayBadStateRoute]
        );
        assert_eq!(trace.reasons[1].by, "10.0.0.0/8 → blackhole");
    }
}

#[test]
fn the_internet_does_not_reach_a_workload() {
    let trace = &traces(&passing(), "internet", "payments")[0];
    assert_eq!(trace.verdict, Verdict::Dropped);
    assert_eq!(codes(trace, Way::Forward), [Explanation::NoPath]);
    assert_eq!(trace.reasons[0].by, "payments has no internet gateway");
}

#[test]
fn the_ingress_vpc_reaches_workloads_and_gets_answers() {
    for trace in traces(&passing(), "ingress", "payments") {
        assert_eq!(trace.verdict, Verdict::Delivered, "{trace:#?}");
        assert!(ids(&trace.answer, &[HopKind::FirewallEndpoint]).is_empty());
    }
}

#[test]
fn a_public_table_without_the_way_back_loses_the_answer() {
    let mut builder = passing();
    builder.without_route("egress-public-1", WORKLOADS);
    let trace = &traces(&builder, "payments", "internet")[0];
    assert_eq!(trace.verdict, Verdict::Dropped);
    assert_eq!(
        codes(trace, Way::Return),
        [Explanation::IgwDestinationAddressNotInRfc1918Egress, Explanation::IgwPublicIpAssociationForEgress]
    );
}

#[test]
fn an_answer_that_bypasses_the_firewall_is_asymmetric() {
    let mut builder = passing();
    builder.without_route("egress-public-1", WORKLOADS).route("egress-public-1", WORKLOADS, "tgw-1");
    let trace = &traces(&builder, "payments", "internet")[0];
    assert_eq!(trace.verdict, Verdict::Asymmetric);
    assert_eq!(codes(trace, Way::Return), [Explanation::AsymmetricPath]);
    assert_eq!((trace.reasons[0].effect, &trace.reasons[0].id), (Effect::Asymmetric, &id("vpce-1")));
}

#[test]
fn an_answer_by_the_endpoint_of_another_zone_is_asymmetric_and_names_both() {
    let mut builder = passing();
    builder.without_route("egress-public-1", WORKLOADS).route("egress-public-1", WORKLOADS, "vpce-2");
    let trace = &traces(&builder, "payments", "internet")[0];
    assert_eq!(trace.verdict, Verdict::Asymmetric);
    assert_eq!(codes(trace, Way::Return), [Explanation::AttachmentZoneRestriction]);
    let by = &trace.reasons[0].by;
    assert!(by.contains("vpce-1") && by.contains("vpce-2"), "{by}");
}

#[test]
fn an_answer_that_meets_a_firewall_which_never_saw_the_packet_is_asymmetric() {
    let mut builder = passing();
    builder.without_transit_route("tgw-rtb-prod", "10.0.0.0/24").without_transit_route("tgw-rtb-prod", "10.0.0.0/8");
    builder.route("egress-firewall-1", "10.0.0.0/24", "tgw-1").propagate("attach-ingress", "tgw-rtb-egress");
    let trace = &traces(&builder, "ingress", "payments")[0];
    assert_eq!(trace.verdict, Verdict::Asymmetric);
    assert_eq!(codes(trace, Way::Return), [Explanation::AsymmetricPath]);
}

#[test]
fn without_blackholes_spokes_reach_each_other_through_the_egress_vpc() {
    let mut builder = passing();
    for table in ["tgw-rtb-prod", "tgw-rtb-dev"] {
        for range in BLACKHOLES {
            builder.without_transit_route(table, range);
        }
    }
    let traces = traces(&builder, "payments", "sandbox");
    assert_eq!(worst_verdict(&traces), Verdict::Delivered, "{traces:#?}");
}

#[test]
fn an_attachment_without_a_zone_leaves_that_zone_alone() {
    let mut builder = passing();
    builder.attach("attach-payments", "tgw-1", &["payments-transit-2"], "tgw-rtb-prod");
    let traces = traces(&builder, "payments", "internet");
    assert_eq!(codes(&traces[0], Way::Forward), [Explanation::TransitGatewayRouteZoneRestriction]);
    assert_eq!(traces[1].verdict, Verdict::Delivered);
}

#[test]
fn a_default_route_in_the_egress_table_loops() {
    let mut builder = passing();
    builder.transit_route("tgw-rtb-egress", "0.0.0.0/0", "attach-egress");
    builder.without_route("egress-firewall-1", "0.0.0.0/0").route("egress-firewall-1", "0.0.0.0/0", "tgw-1");
    let trace = &traces(&builder, "payments", "internet")[0];
    assert_eq!(trace.verdict, Verdict::Loop);
    assert_eq!(codes(trace, Way::Forward), [Explanation::NoPath]);
}

#[test]
fn hosts_of_the_inspection_vpc_are_reached_uninspected() {
    let mut builder = passing();
    builder.without_transit_route("tgw-rtb-prod", "10.0.0.0/8");
    let trace = &traces(&builder, "payments", "egress-public-1")[0];
    assert!(ids(&trace.forward, &[HopKind::FirewallEndpoint]).is_empty(), "{trace:#?}");
    assert_eq!(trace.verdict, Verdict::Asymmetric);
}

#[test]
fn appliance_mode_keeps_both_directions_between_zones_in_one_endpoint() {
    let mut builder = passing();
    for table in ["tgw-rtb-prod", "tgw-rtb-dev"] {
        for range in BLACKHOLES {
            builder.without_transit_route(table, range);
        }
    }
    let across = |builder: &Builder| traces(builder, "payments-private-1", "sandbox-private-2").remove(0);
    assert_eq!(across(&builder).verdict, Verdict::Delivered);
    builder.appliance_mode("attach-egress", false);
    let trace = across(&builder);
    assert_eq!(trace.verdict, Verdict::Asymmetric);
    assert_eq!(codes(&trace, Way::Return), [Explanation::AttachmentZoneRestriction]);
}
