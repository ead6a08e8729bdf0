//! Network ACLs, security groups, and interfaces.

use super::super::network::{Direction, EndpointKind, Ports, Protocol, ProtocolMatch, SecurityGroupPeer};
use super::super::testing::{Builder, cidr, id, policy_that_passes, zone};
use super::super::{Explanation, HopKind, Verdict, Way};
use super::{codes, ids, one, traces_of};

const TCP: ProtocolMatch = ProtocolMatch::One(Protocol::Tcp);

fn ports(first: u16, last: u16) -> Ports {
    Ports(first..=last)
}

fn anywhere() -> SecurityGroupPeer {
    SecurityGroupPeer::Range(cidr("0.0.0.0/0"))
}

/// A VPC with the subnets `left` and `right`, an interface in each, and a group that allows everything out.
fn neighbours() -> Builder {
    let mut builder = Builder::default();
    builder.vpc("a", &["10.1.0.0/16"]).subnet("left", "a", "10.1.0.0/24", zone(1));
    builder.subnet("right", "a", "10.1.1.0/24", zone(1));
    builder.interface("eni-left", "left", "10.1.0.10", None).interface("eni-right", "right", "10.1.1.10", None);
    builder.security_group("sg-client", "a", &[(Direction::Egress, ProtocolMatch::All, Ports::ALL, anywhere())]);
    builder.in_group("eni-left", "sg-client");
    builder
}

#[test]
fn security_groups_are_stateful_and_say_which_rule_allows() {
    let mut builder = neighbours();
    let https = (Direction::Ingress, TCP, ports(443, 443), SecurityGroupPeer::Group(id("sg-client")));
    builder.security_group("sg-server", "a", &[https]).in_group("eni-right", "sg-server");
    let trace = one(&builder, "eni-left", "eni-right");
    assert_eq!(trace.verdict, Verdict::Delivered, "{trace:#?}");
    let groups: Vec<_> = trace.forward.iter().filter(|hop| hop.kind == HopKind::SecurityGroup).collect();
    assert_eq!(groups[0].by, "egress all, 0.0.0.0/0");
    assert_eq!(groups[1].by, "ingress tcp 443, sg-client");
    let other_port = traces_of(&builder, "eni-left", "eni-right", Protocol::Tcp, 80);
    assert_eq!(codes(&other_port[0], Way::Forward), [Explanation::EniSecurityGroupRulesMismatch]);
    let the_other_way = one(&builder, "eni-right", "eni-left");
    assert_eq!(
        codes(&the_other_way, Way::Forward),
        [Explanation::SecurityGroupHasNoRules, Explanation::SecurityGroupHasNoRules]
    );
}

#[test]
fn a_reference_to_a_group_is_lost_in_a_middlebox_and_unsure_behind_a_transit_gateway() {
    let mut builder = neighbours();
    let all = (Direction::Ingress, ProtocolMatch::All, Ports::ALL, SecurityGroupPeer::Group(id("sg-client")));
    builder.security_group("sg-server", "a", &[all]).in_group("eni-right", "sg-server");
    builder.subnet("middle", "a", "10.1.2.0/28", zone(1));
    builder.firewall("firewall-1", &[("vpce-1", "middle")], policy_that_passes(&["10.1.0.0/16"]));
    builder.route("left", "10.1.1.0/24", "vpce-1").route("right", "10.1.0.0/24", "vpce-1");
    let trace = one(&builder, "eni-left", "eni-right");
    assert_eq!(codes(&trace, Way::Forward), [Explanation::SecurityGroupReferencesNotPreserved]);

    let mut builder = neighbours();
    builder.transit_gateway("tgw-1", &["tgw-rtb-1"]).vpc("b", &["10.2.0.0/16"]);
    builder.subnet("far", "b", "10.2.0.0/24", zone(1)).interface("eni-far", "far", "10.2.0.10", None);
    builder.security_group("sg-far", "b", &[all_from("sg-client")]).in_group("eni-far", "sg-far");
    builder.attach("attach-a", "tgw-1", &["left"], "tgw-rtb-1").attach("attach-b", "tgw-1", &["far"], "tgw-rtb-1");
    builder.propagate("attach-a", "tgw-rtb-1").propagate("attach-b", "tgw-rtb-1");
    builder.route("left", "10.2.0.0/16", "tgw-1").route("far", "10.1.0.0/16", "tgw-1");
    let trace = one(&builder, "eni-left", "eni-far");
    assert_eq!(trace.verdict, Verdict::Inspected);
    assert_eq!(codes(&trace, Way::Forward), [Explanation::SecurityGroupReferencingSupport]);
}

fn all_from(group: &str) -> (Direction, ProtocolMatch, Ports, SecurityGroupPeer) {
    (Direction::Ingress, ProtocolMatch::All, Ports::ALL, SecurityGroupPeer::Group(id(group)))
}

#[test]
fn references_reach_through_a_peering_connection_to_groups_that_are_known() {
    let mut builder = neighbours();
    builder.vpc("b", &["10.2.0.0/16"]).subnet("far", "b", "10.2.0.0/24", zone(1)).peering("pcx-1", "a", "b");
    builder.interface("eni-far", "far", "10.2.0.10", None);
    builder.security_group("sg-far", "b", &[all_from("sg-client")]).in_group("eni-far", "sg-far");
    builder.route("left", "10.2.0.0/16", "pcx-1").route("far", "10.1.0.0/16", "pcx-1");
    assert_eq!(one(&builder, "eni-left", "eni-far").verdict, Verdict::Delivered);
    builder.security_group("sg-far", "b", &[all_from("sg-of-nobody-we-know")]);
    assert_eq!(codes(&one(&builder, "eni-left", "eni-far"), Way::Forward), [Explanation::UnknownPeeredSecurityGroups]);
}

#[test]
fn network_acls_ask_by_number_at_subnet_borders_and_know_no_answers() {
    let mut builder = neighbours();
    let rule = |direction, number, allow, ports| (direction, number, allow, "10.1.0.0/16", TCP, ports);
    let ingress = rule(Direction::Ingress, 100, true, ports(443, 443));
    builder.acl("acl-right", &["right"], std::slice::from_ref(&ingress));
    let trace = one(&builder, "left", "right");
    assert_eq!(codes(&trace, Way::Forward), []);
    assert_eq!(codes(&trace, Way::Return), [Explanation::SubnetAclRestriction]);
    let answers = rule(Direction::Egress, 100, true, ports(1024, 65535));
    builder.acl("acl-right", &["right"], &[ingress.clone(), answers.clone()]);
    assert_eq!(one(&builder, "left", "right").verdict, Verdict::Delivered);
    let denied = rule(Direction::Ingress, 99, false, ports(0, 65535));
    builder.acl("acl-right", &["right"], &[ingress, answers, denied]);
    let trace = one(&builder, "left", "right");
    assert_eq!(codes(&trace, Way::Forward), [Explanation::SubnetAclRestriction]);
    assert_eq!(trace.reasons[0].by, "ingress rule 99 (10.1.0.0/16) denies");
    builder.interface("eni-near", "right", "10.1.1.11", None).in_group("eni-near", "sg-client");
    builder.security_group("sg-server", "a", &[all_from("sg-client")]).in_group("eni-right", "sg-server");
    assert_eq!(one(&builder, "eni-near", "eni-right").verdict, Verdict::Delivered);
}

/// Into a transit gateway both subnets' ACLs filter, even where they are one; out of it none within a subnet.
#[test]
fn network_acls_at_attachments_follow_the_transit_gateways_own_rules() {
    let build = |attached: [&str; 2], number: u16, side: Direction, allow: bool| {
        let mut builder = Builder::default();
        builder.transit_gateway("tgw-1", &["tgw-rtb-1"]);
        for (place, name) in [(1, "a"), (2, "b")] {
            builder.vpc(name, &[&format!("10.{place}.0.0/16")]);
            builder.subnet(&format!("{name}-host"), name, &format!("10.{place}.0.0/24"), zone(1));
            builder.subnet(&format!("{name}-transit"), name, &format!("10.{place}.1.0/28"), zone(1));
            for tier in ["host", "transit"] {
                builder.route(&format!("{name}-{tier}"), "10.0.0.0/8", "tgw-1");
            }
            let subnet = attached.iter().find(|one| one.starts_with(name)).unwrap();
            let attachment = format!("attach-{name}");
            builder.attach(&attachment, "tgw-1", &[subnet], "tgw-rtb-1").propagate(&attachment, "tgw-rtb-1");
        }
        let open = |direction| (direction, 100, true, "0.0.0.0/0", ProtocolMatch::All, Ports::ALL);
        let special = (side, number, allow, "0.0.0.0/0", ProtocolMatch::All, Ports::ALL);
        builder.acl("acl-1", &[attached[0]], &[open(Direction::Ingress), open(Direction::Egress), special]);
        builder
    };
    let forward = |builder: &Builder| codes(&one(builder, "a-host", "b-host"), Way::Forward);
    let backward = |builder: &Builder| codes(&one(builder, "b-host", "a-host"), Way::Forward);
    let denied = [Explanation::SubnetAclRestriction];

    let shared = ["a-host", "b-host"];
    assert_eq!(forward(&build(shared, 1, Direction::Ingress, false)), denied);
    assert_eq!(forward(&build(shared, 1, Direction::Egress, false)), denied);
    assert_eq!(backward(&build(shared, 1, Direction::Ingress, false)), []);
    assert_eq!(backward(&build(shared, 1, Direction::Egress, false)), []);

    let closed = build(shared, 1, Direction::Ingress, false);
    let caveats = traces_of(&closed, "b-host", "a-host", Protocol::Tcp, 443).remove(0).caveats;
    assert!(caveats.iter().any(|caveat| caveat.contains("acl-1")), "{caveats:?}");

    let own = ["a-transit", "b-transit"];
    assert_eq!(forward(&build(own, 1, Direction::Ingress, false)), denied);
    assert_eq!(forward(&build(own, 1, Direction::Egress, false)), []);
    assert_eq!(backward(&build(own, 1, Direction::Ingress, false)), []);
    assert_eq!(backward(&build(own, 1, Direction::Egress, false)), denied);
}

#[test]
fn an_interface_that_checks_addresses_is_no_appliance() {
    let mut builder = neighbours();
    builder.subnet("middle", "a", "10.1.2.0/24", zone(1)).interface("eni-middle", "middle", "10.1.2.10", None);
    builder.security_group("sg-open", "a", &[(Direction::Ingress, ProtocolMatch::All, Ports::ALL, anywhere())]);
    builder.in_group("eni-middle", "sg-open").in_group("eni-right", "sg-open");
    builder.route("left", "10.1.1.0/24", "eni-middle");
    let trace = one(&builder, "eni-left", "eni-right");
    assert_eq!(codes(&trace, Way::Forward), [Explanation::EniSourceDestCheckRestriction]);
    builder.network.interfaces.get_mut(&id("eni-middle")).unwrap().source_dest_check = false;
    let trace = one(&builder, "eni-left", "eni-right");
    assert_eq!(trace.verdict, Verdict::Inspected);
    assert_eq!(
        ids(&trace.forward, &[HopKind::NetworkInterface]),
        ["eni-left", "eni-middle", "eni-right"],
        "{trace:#?}"
    );
}

#[test]
fn a_services_name_leads_to_the_vpcs_own_endpoint_and_its_groups() {
    let mut builder = neighbours();
    builder.security_group("sg-endpoint", "a", &[(Direction::Ingress, TCP, ports(443, 443), anywhere())]);
    let kind = EndpointKind::Interface {
        subnets: [id("right")].into(),
        groups: [id("sg-endpoint")].into(),
        private_dns: true,
    };
    builder.endpoint("vpce-ecr", "a", "com.amazonaws.eu-west-1.ecr.api", kind);
    let trace = one(&builder, "left", "api.ecr.eu-west-1.amazonaws.com");
    assert_eq!(trace.verdict, Verdict::Delivered, "{trace:#?}");
    assert_eq!(ids(&trace.forward, &[HopKind::VpcEndpoint]), ["vpce-ecr"]);
    let other_port = traces_of(&builder, "left", "vpce-ecr", Protocol::Tcp, 80);
    assert_eq!(codes(&other_port[0], Way::Forward), [Explanation::EniSecurityGroupRulesMismatch]);
    let other_name = one(&builder, "left", "dkr.ecr.eu-west-1.amazonaws.com");
    assert_eq!(codes(&other_name, Way::Forward), [Explanation::NoRouteToDestination]);
}
