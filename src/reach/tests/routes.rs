//! Which route takes a packet, in VPCs and in transit gateways.

use super::super::network::{
    AttachedResource, AttachmentState, EndpointKind, RouteOrigin, TransitGatewayTarget, VpcRouteOrigin,
};
use super::super::testing::{Builder, id, policy_that_passes, zone};
use super::super::{Explanation, HopKind, Trace, Verdict, Way};
use super::{codes, ids, one, traces};

/// Two VPCs, `a` (10.1.0.0/16) and `b` (10.2.0.0/16), attached to a transit gateway and propagating into its one table.
fn pair() -> Builder {
    let mut builder = Builder::default();
    builder.transit_gateway("tgw-1", &["tgw-rtb-1"]);
    for (number, name) in [(1, "a"), (2, "b")] {
        builder.vpc(name, &[&format!("10.{number}.0.0/16")]);
        builder.subnet(&format!("{name}-host"), name, &format!("10.{number}.0.0/24"), zone(1));
        builder.subnet(&format!("{name}-transit"), name, &format!("10.{number}.1.0/28"), zone(1));
        builder.route(&format!("{name}-host"), "0.0.0.0/0", "tgw-1");
        let (attachment, transit) = (format!("attach-{name}"), format!("{name}-transit"));
        builder.attach(&attachment, "tgw-1", &[&transit], "tgw-rtb-1").propagate(&attachment, "tgw-rtb-1");
    }
    builder
}

fn first_route(trace: &Trace) -> &str {
    let mut tables = trace.forward.iter().filter(|hop| hop.kind == HopKind::RouteTable);
    &tables.next().unwrap().by
}

#[test]
fn the_longest_prefix_wins_then_a_range_over_a_list_over_what_is_propagated() {
    let mut builder = pair();
    builder.virtual_private_gateway("vgw-1", "a").prefix_list("pl-1", "shared", &["10.2.0.0/24"]);
    assert_eq!(first_route(&one(&builder, "a-host", "b-host")), "0.0.0.0/0 → tgw-1");
    builder.route_of("rtb-a-host", "10.2.0.0/24", "vgw-1", VpcRouteOrigin::Propagated);
    assert_eq!(first_route(&one(&builder, "a-host", "b-host")), "10.2.0.0/24 → vgw-1");
    builder.route("a-host", "pl-1", "tgw-1");
    assert_eq!(first_route(&one(&builder, "a-host", "b-host")), "shared → tgw-1");
    builder.route("a-host", "10.2.0.0/24", "pcx-gone");
    assert_eq!(first_route(&one(&builder, "a-host", "b-host")), "10.2.0.0/24 → pcx-gone");
}

#[test]
fn of_lists_that_overlap_with_other_targets_nobody_knows_which_is_taken() {
    let mut builder = pair();
    builder.prefix_list("pl-1", "wide", &["10.2.0.0/16"]).prefix_list("pl-2", "narrow", &["10.2.0.0/24"]);
    builder.route("a-host", "pl-1", "tgw-1").route("a-host", "pl-2", "tgw-1");
    assert_eq!(one(&builder, "a-host", "b-host").verdict, Verdict::Delivered);
    builder.peering("pcx-1", "a", "b").route("b-host", "10.1.0.0/16", "tgw-1");
    let table = builder.network.route_tables.get_mut(&id("rtb-a-host")).unwrap();
    table.routes[2].target = super::super::testing::target("pcx-1");
    let trace = one(&builder, "a-host", "b-host");
    assert_eq!(trace.verdict, Verdict::Inspected);
    assert_eq!(codes(&trace, Way::Forward), [Explanation::UndefinedRouteOrder]);
}

#[test]
fn a_vpc_route_may_be_missing_gone_or_lead_to_nothing() {
    let mut builder = pair();
    builder.without_route("a-host", "0.0.0.0/0");
    assert_eq!(codes(&one(&builder, "a-host", "b-host"), Way::Forward), [Explanation::NoRouteToDestination]);
    builder.route("a-host", "10.2.0.0/16", "nat-gone");
    assert_eq!(codes(&one(&builder, "a-host", "b-host"), Way::Forward), [Explanation::BadStateRoute]);
    builder.route("a-host", "0.0.0.0/0", "tgw-1");
    for route in &mut builder.network.route_tables.get_mut(&id("rtb-a-host")).unwrap().routes {
        route.blackhole = route.target == super::super::testing::target("nat-gone");
    }
    let trace = one(&builder, "a-host", "b-host");
    assert_eq!(codes(&trace, Way::Forward), [Explanation::MoreSpecificRoute, Explanation::BadStateRoute]);
    assert_eq!(trace.reasons[0].by, "0.0.0.0/0 → tgw-1 loses to 10.2.0.0/16 → nat-gone");
}

#[test]
fn inside_a_vpc_a_route_for_a_whole_subnet_leads_through_a_firewall() {
    let mut builder = Builder::default();
    builder.vpc("a", &["10.1.0.0/16"]);
    for (name, range) in [("left", "10.1.0.0/24"), ("right", "10.1.1.0/24"), ("middle", "10.1.2.0/28")] {
        builder.subnet(name, "a", range, zone(1));
    }
    builder.firewall("firewall-1", &[("vpce-1", "middle")], policy_that_passes(&["10.1.0.0/24"]));
    builder.route("left", "10.1.1.0/24", "vpce-1");
    assert_eq!(one(&builder, "left", "right").verdict, Verdict::Asymmetric);
    builder.route("right", "10.1.0.0/24", "vpce-1");
    let trace = one(&builder, "left", "right");
    assert_eq!(trace.verdict, Verdict::Delivered);
    assert_eq!(ids(&trace.answer, &[HopKind::FirewallEndpoint]), ["vpce-1"]);

    builder.without_route("left", "10.1.1.0/24").route("left", "10.1.1.0/25", "vpce-1");
    assert_eq!(codes(&one(&builder, "left", "right"), Way::Forward), [Explanation::VpcLocalRouteCidrRestriction]);
}

#[test]
fn a_transit_gateways_table_takes_the_longest_prefix_then_a_static_route() {
    let mut builder = pair();
    builder.route("b-host", "10.1.0.0/16", "tgw-1");
    assert_eq!(one(&builder, "a-host", "b-host").verdict, Verdict::Delivered);
    builder.transit_route("tgw-rtb-1", "10.2.0.0/16", "blackhole");
    assert_eq!(
        codes(&one(&builder, "a-host", "b-host"), Way::Forward),
        [Explanation::TransitGatewayHigherPriorityRoute, Explanation::TransitGatewayBadStateRoute]
    );
    builder.transit_route("tgw-rtb-1", "10.2.0.0/24", "attach-b");
    assert_eq!(one(&builder, "a-host", "b-host").verdict, Verdict::Delivered);
    builder.transit_route("tgw-rtb-1", "10.2.0.0/25", "attach-gone");
    assert_eq!(codes(&one(&builder, "a-host", "b-host"), Way::Forward), [Explanation::BadStateAttachment]);
}

#[test]
fn what_a_transit_gateway_lacks_is_said_by_its_code() {
    let forward = |change: &dyn Fn(&mut Builder)| {
        let mut builder = pair();
        change(&mut builder);
        codes(&one(&builder, "a-host", "b-host"), Way::Forward)
    };
    let without_route = forward(&|builder| {
        builder.without_transit_route("tgw-rtb-1", "10.2.0.0/16");
    });
    assert_eq!(without_route, [Explanation::TransitGatewayNoRoute]);
    let without_association = forward(&|builder| {
        builder.network.attachments.get_mut(&id("attach-a")).unwrap().association = None;
    });
    assert_eq!(without_association, [Explanation::AttachmentMissingAssociation]);
    for attachment in ["attach-a", "attach-b"] {
        let not_available = forward(&|builder| {
            let attachment = builder.network.attachments.get_mut(&id(attachment)).unwrap();
            attachment.state = AttachmentState::Other("pendingAcceptance".into());
        });
        assert_eq!(not_available, [Explanation::BadStateAttachment]);
    }
    let not_attached = forward(&|builder| {
        builder.network.attachments.remove(&id("attach-a"));
    });
    assert_eq!(not_attached, [Explanation::BadStateRoute]);
}

#[test]
fn the_table_of_an_account_that_could_not_be_read_leaves_the_verdict_open() {
    let mut builder = pair();
    builder.network.transit_gateway_route_tables.get_mut(&id("tgw-rtb-1")).unwrap().known = false;
    let trace = one(&builder, "a-host", "b-host");
    assert_eq!(trace.verdict, Verdict::Inspected);
    assert_eq!(codes(&trace, Way::Forward), [Explanation::TransitGatewayRoutesAreUnknown]);
}

#[test]
fn the_second_of_two_vpcs_with_one_range_is_not_reached_and_the_route_says_so() {
    let mut builder = pair();
    builder.vpc("c", &["10.2.0.0/16"]).subnet("c-host", "c", "10.2.0.0/24", zone(1));
    builder.subnet("c-transit", "c", "10.2.1.0/28", zone(1)).route("c-host", "0.0.0.0/0", "tgw-1");
    builder.attach("attach-c", "tgw-1", &["c-transit"], "tgw-rtb-1").propagate("attach-c", "tgw-rtb-1");
    let there = one(&builder, "a-host", "c-host");
    assert_eq!((there.verdict, codes(&there, Way::Forward)), (Verdict::Dropped, vec![Explanation::NoPath]));
    let route = there.forward.iter().find(|hop| hop.kind == HopKind::TransitGatewayRouteTable).unwrap();
    assert!(route.by.contains("the route of attach-c, which has the range as well, is left out"), "{}", route.by);
    let back = one(&builder, "c-host", "a-host");
    assert_eq!((back.verdict, codes(&back, Way::Return)), (Verdict::Dropped, vec![Explanation::NoPath]));
}

#[test]
fn packets_leave_by_the_attachment_of_a_vpn_and_come_in_by_it() {
    let mut builder = pair();
    let vpn = AttachedResource::Other { kind: "vpn".into(), id: "vpn-1".into() };
    builder.attachment("attach-vpn", "tgw-1", vpn, "tgw-rtb-1");
    builder.transit_route("tgw-rtb-1", "192.168.0.0/16", "attach-vpn");
    let table = builder.network.transit_gateway_route_tables.get_mut(&id("tgw-rtb-1")).unwrap();
    let route = table.routes.last_mut().unwrap();
    assert_eq!(route.target, TransitGatewayTarget::Attachment(id("attach-vpn")));
    route.origin = RouteOrigin::Vpn;
    for (from, to) in [("a-host", "attach-vpn"), ("attach-vpn", "a-host"), ("a-host", "192.168.7.7")] {
        assert_eq!(one(&builder, from, to).verdict, Verdict::Delivered, "{from} → {to}");
    }
    builder.transit_route("tgw-rtb-1", "0.0.0.0/0", "attach-vpn");
    assert_eq!(one(&builder, "a-host", "internet").verdict, Verdict::Inspected);
}

#[test]
fn a_gateway_endpoint_serves_its_own_vpc_by_tcp_only() {
    let mut builder = pair();
    builder.prefix_list("pl-s3", "com.amazonaws.eu-west-1.s3", &["52.218.0.0/17"]);
    builder.endpoint("vpce-s3", "a", "com.amazonaws.eu-west-1.s3", EndpointKind::Gateway);
    builder.route("a-host", "pl-s3", "vpce-s3");
    let trace = one(&builder, "a-host", "bucket.s3.eu-west-1.amazonaws.com");
    assert_eq!(trace.verdict, Verdict::Delivered, "{trace:#?}");
    assert_eq!(ids(&trace.answer, &[HopKind::VpcEndpoint, HopKind::Subnet]), ["vpce-s3", "a-host"]);
    let udp = super::traces_of(&builder, "a-host", "vpce-s3", super::super::Protocol::Udp, 443);
    assert_eq!(codes(&udp[0], Way::Forward), [Explanation::GatewayEndpointProtocolRestriction]);

    builder.transit_route("tgw-rtb-1", "52.218.0.0/17", "attach-a").route("a-transit", "pl-s3", "vpce-s3");
    let from_elsewhere = &traces(&builder, "b-host", "vpce-s3")[0];
    assert_eq!(codes(from_elsewhere, Way::Forward), [Explanation::EndpointIntraVpcTraffic]);
}
