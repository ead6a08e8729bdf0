//! The ways out of a VPC and into it: internet gateways, NAT gateways, peering, virtual private gateways.

use super::super::network::{Direction, Ports, Protocol, ProtocolMatch, SecurityGroupPeer, VpcRouteOrigin};
use super::super::testing::{Builder, cidr, id, policy_that_passes, zone};
use super::super::{Endpoint, EndpointError, Explanation, HopKind, Verdict, Way, trace};
use super::{codes, ids, one, traces_of};

const EVERYTHING: (Direction, ProtocolMatch, Ports, &str) =
    (Direction::Egress, ProtocolMatch::All, Ports::ALL, "0.0.0.0/0");

fn rule(
    (direction, protocol, ports, range): (Direction, ProtocolMatch, Ports, &str),
) -> (Direction, ProtocolMatch, Ports, SecurityGroupPeer) {
    (direction, protocol, ports, SecurityGroupPeer::Range(cidr(range)))
}

/// The example of AWS's guide: an instance with a public address behind an internet gateway, reached by SSH.
fn documented_example() -> Builder {
    let ssh = (Direction::Ingress, ProtocolMatch::One(Protocol::Tcp), Ports(22..=22), "0.0.0.0/0");
    let mut builder = Builder::default();
    builder.vpc("vpc-1", &["10.0.0.0/16"]).subnet("subnet-1", "vpc-1", "10.0.2.0/24", zone(1));
    builder.internet_gateway("igw-1", "vpc-1").route("subnet-1", "0.0.0.0/0", "igw-1");
    builder.interface("eni-1", "subnet-1", "10.0.2.87", Some("34.230.71.227")).in_group("eni-1", "sg-1");
    builder.security_group("sg-1", "vpc-1", &[rule(ssh), rule(EVERYTHING)]);
    builder.network.instances.insert(id("i-1"), vec![id("eni-1")]);
    let open = |direction| (direction, 100, true, "0.0.0.0/0", ProtocolMatch::All, Ports::ALL);
    builder.acl("acl-1", &["subnet-1"], &[open(Direction::Ingress), open(Direction::Egress)]);
    builder
}

#[test]
fn aws_documented_example_is_reached_and_without_the_rule_is_not() {
    let mut builder = documented_example();
    for to in ["i-1", "eni-1", "34.230.71.227", "subnet-1", "vpc-1"] {
        let trace = &traces_of(&builder, "internet", to, Protocol::Tcp, 22)[0];
        assert_eq!(trace.verdict, Verdict::Delivered, "{trace:#?}");
        let kinds: Vec<HopKind> = trace.forward.iter().map(|hop| hop.kind).collect();
        assert_eq!(
            kinds,
            [
                HopKind::Internet,
                HopKind::InternetGateway,
                HopKind::NetworkAcl,
                HopKind::SecurityGroup,
                HopKind::NetworkInterface
            ]
        );
        assert_eq!(trace.forward[1].by, "34.230.71.227 becomes 10.0.2.87");
    }
    builder.security_group("sg-1", "vpc-1", &[rule(EVERYTHING)]);
    let trace = &traces_of(&builder, "internet", "i-1", Protocol::Tcp, 22)[0];
    assert_eq!(codes(trace, Way::Forward), [Explanation::SecurityGroupHasNoRules]);
}

#[test]
fn an_internet_gateway_wants_a_public_address_on_the_inside_only() {
    let mut builder = documented_example();
    assert_eq!(one(&builder, "i-1", "internet").verdict, Verdict::Delivered);
    let private = one(&builder, "i-1", "192.168.0.1");
    assert_eq!(codes(&private, Way::Forward), [Explanation::IgwDestinationAddressNotInRfc1918Egress]);
    let shared = one(&builder, "i-1", "100.64.0.1");
    assert_eq!(codes(&shared, Way::Forward), [Explanation::IgwDestinationAddressNotInRfc6598Egress]);
    builder.interface("eni-1", "subnet-1", "10.0.2.87", None);
    let out = one(&builder, "i-1", "internet");
    assert_eq!(
        codes(&out, Way::Forward),
        [Explanation::SecurityGroupHasNoRules, Explanation::IgwPublicIpAssociationForEgress]
    );
    let into = one(&builder, "internet", "i-1");
    assert_eq!(codes(&into, Way::Forward), [Explanation::IgwPrivateIpAssociationForIngress]);
    let nobody = one(&builder, "internet", "34.230.71.227");
    assert_eq!(codes(&nobody, Way::Forward), [Explanation::UnknownDestination]);
}

#[test]
fn an_edge_table_leads_the_internet_through_a_firewall_and_the_way_out_must_pass_it_too() {
    let mut builder = documented_example();
    builder.subnet("subnet-firewall", "vpc-1", "10.0.3.0/28", zone(1));
    builder.firewall("firewall-1", &[("vpce-1", "subnet-firewall")], policy_that_passes(&["0.0.0.0/0"]));
    builder.route("subnet-firewall", "0.0.0.0/0", "igw-1");
    builder.edge_table("rtb-edge", "vpc-1", "igw-1");
    builder.route_of("rtb-edge", "10.0.2.0/24", "vpce-1", VpcRouteOrigin::Static);
    let bypass = &traces_of(&builder, "internet", "i-1", Protocol::Tcp, 22)[0];
    assert_eq!(bypass.verdict, Verdict::Dropped);
    assert_eq!(
        codes(bypass, Way::Return),
        [Explanation::IngressRouteTableTrafficRedirection, Explanation::AsymmetricPath]
    );
    builder.without_route("subnet-1", "0.0.0.0/0").route("subnet-1", "0.0.0.0/0", "vpce-1");
    let trace = &traces_of(&builder, "internet", "i-1", Protocol::Tcp, 22)[0];
    assert_eq!(trace.verdict, Verdict::Delivered, "{trace:#?}");
    assert_eq!(ids(&trace.answer, &[HopKind::FirewallEndpoint, HopKind::InternetGateway]), ["vpce-1", "igw-1"]);
}

#[test]
fn a_nat_gateway_takes_answers_only_and_serves_its_own_vpc() {
    let mut builder = documented_example();
    builder.subnet("subnet-2", "vpc-1", "10.0.4.0/24", zone(1)).nat_gateway("nat-1", "subnet-1");
    builder.route("subnet-2", "0.0.0.0/0", "nat-1");
    let trace = one(&builder, "subnet-2", "internet");
    assert_eq!(trace.verdict, Verdict::Delivered, "{trace:#?}");
    assert_eq!(ids(&trace.answer, &[HopKind::NatGateway]), ["nat-1"]);
    let unasked = one(&builder, "internet", "198.18.0.1");
    assert_eq!(codes(&unasked, Way::Forward), [Explanation::NatGatewayDestinationAddressPreservation]);

    builder.virtual_private_gateway("vgw-1", "vpc-1").route("subnet-2", "192.168.0.0/16", "vgw-1");
    builder.edge_table("rtb-edge", "vpc-1", "vgw-1");
    builder.subnet("subnet-3", "vpc-1", "10.0.5.0/28", zone(1)).route("subnet-3", "10.0.2.0/24", "nat-1");
    builder.firewall("firewall-1", &[("vpce-1", "subnet-3")], policy_that_passes(&["0.0.0.0/0"]));
    builder.route_of("rtb-edge", "10.0.2.0/24", "vpce-1", VpcRouteOrigin::Static);
    let from_vpn = one(&builder, "vgw-1", "i-1");
    assert_eq!(codes(&from_vpn, Way::Forward), [Explanation::NatGatewayRequiresSourceInVpc]);
}

#[test]
fn an_answer_by_a_nat_gateway_that_never_saw_the_packet_is_lost() {
    let mut builder = documented_example();
    builder.subnet("subnet-2", "vpc-1", "10.0.4.0/24", zone(1)).nat_gateway("nat-1", "subnet-2");
    builder.route("subnet-2", "0.0.0.0/0", "igw-1");
    builder.without_route("subnet-1", "0.0.0.0/0").route("subnet-1", "0.0.0.0/0", "nat-1");
    let trace = &traces_of(&builder, "internet", "i-1", Protocol::Tcp, 22)[0];
    assert_eq!(trace.verdict, Verdict::Asymmetric);
    assert_eq!((codes(trace, Way::Return), trace.reasons[0].id.as_str()), (vec![Explanation::AsymmetricPath], "nat-1"));
}

#[test]
fn peering_is_not_transitive() {
    let mut builder = Builder::default();
    for (number, name) in [(1, "a"), (2, "b"), (3, "c")] {
        builder.vpc(name, &[&format!("10.{number}.0.0/16")]);
        builder.subnet(&format!("{name}-1"), name, &format!("10.{number}.0.0/24"), zone(1));
    }
    builder.peering("pcx-ab", "a", "b").peering("pcx-bc", "b", "c");
    builder.route("a-1", "10.0.0.0/8", "pcx-ab").route("b-1", "10.1.0.0/16", "pcx-ab");
    builder.route("b-1", "10.3.0.0/16", "pcx-bc").route("c-1", "10.0.0.0/8", "pcx-bc");
    assert_eq!(one(&builder, "a-1", "b-1").verdict, Verdict::Delivered);
    let through = one(&builder, "a-1", "c-1");
    assert_eq!(codes(&through, Way::Forward), [Explanation::PeeringRequiresAddressInVpcCidr]);
    builder.network.vpcs.remove(&id("b"));
    assert_eq!(one(&builder, "a-1", "10.2.0.9").verdict, Verdict::Inspected);
}

#[test]
fn a_virtual_private_gateway_is_an_end_both_ways() {
    let mut builder = documented_example();
    builder.security_group(
        "sg-1",
        "vpc-1",
        &[rule(EVERYTHING), rule((Direction::Ingress, ProtocolMatch::All, Ports::ALL, "192.168.0.0/16"))],
    );
    builder.virtual_private_gateway("vgw-1", "vpc-1");
    builder.route_of("rtb-subnet-1", "192.168.0.0/16", "vgw-1", VpcRouteOrigin::Propagated);
    for (from, to) in [("i-1", "vgw-1"), ("vgw-1", "i-1"), ("i-1", "192.168.3.4")] {
        assert_eq!(one(&builder, from, to).verdict, Verdict::Delivered, "{from} → {to}");
    }
    builder.without_route("subnet-1", "0.0.0.0/0");
    builder.route_of("rtb-subnet-1", "0.0.0.0/0", "vgw-1", VpcRouteOrigin::Propagated);
    assert_eq!(one(&builder, "i-1", "internet").verdict, Verdict::Inspected);
}

#[test]
fn ends_that_are_none_are_refused() {
    let mut builder = documented_example();
    builder.vpc("vpc-2", &["10.0.0.0/16"]).subnet("subnet-9", "vpc-2", "10.0.2.0/24", zone(1));
    let network = &builder.network;
    let traced = |from: &str, to: &str| {
        let [from, to] = [from, to].map(|text| Endpoint::named(network, text).unwrap());
        trace(network, &from, &to, Protocol::Tcp, 443)
    };
    assert_eq!(traced("internet", "example.com"), Err(EndpointError::BothOutside));
    assert!(matches!(traced("10.0.2.9", "internet"), Err(EndpointError::AmbiguousAddress { .. })));
    assert!(traced("10.0.2.87", "internet").is_ok());
    assert!(matches!(traced("example.com", "i-1"), Err(EndpointError::NoSource(..))));
    assert!(matches!(traced("192.168.0.1", "i-1"), Err(EndpointError::NoSource(..))));
    assert_eq!(Endpoint::named(network, "i-9"), Err(EndpointError::Unknown("i-9".into())));
}
