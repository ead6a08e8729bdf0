//! The sets say of every packet what the packet walk says of it, in any network.

use proptest::prelude::*;

use super::super::super::network::{Direction, Ports, Protocol, ProtocolMatch, PublicAccessBlock, SecurityGroupPeer};
use super::super::super::testing::{Builder, TABLES, address, cidr, id, subnet_of_three, three_vpcs};
use super::super::super::{Endpoint, Explanation, Verdict, trace};
use super::super::flood::{End, Question};
use super::super::intent::{Rules, Source};
use super::super::places::Places;
use crate::firewall::{DefaultAction, Flow, FlowBox, Policy, RuleGroup, parse};

const DESTINATIONS: [&str; 8] =
    ["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/24", "10.2.0.0/24", "10.3.0.0/24", "10.2.0.0/16", "192.0.2.0/24", "pl-1"];
const TARGETS: [&str; 9] = ["tgw-1", "igw-1", "nat-1", "nat-2", "vpce-1", "vpce-2", "pcx-1", "vgw-1", "vpce-gone"];
const ATTACHMENTS: [&str; 4] = ["attach-1", "attach-2", "attach-3", "blackhole"];
const RULES: [&str; 7] = [
    "pass tcp 10.2.0.0/16 any -> any 443 (sid:1;)",
    "drop ip 10.2.0.0/24 any -> 10.0.0.0/8 any (sid:2;)",
    "pass ip any any -> any any (sid:3;)",
    "pass tls any any -> any any (tls.sni; content:\"a\"; endswith; sid:4;)",
    "drop tcp any 443 -> 10.2.0.0/16 any (flow:to_client; sid:5;)",
    "pass quic any any -> any 443 (sid:6;)",
    "drop dns any any -> 10.0.0.0/8 any (sid:7;)",
];

/// The one host with a public address: its subnet, its private address, and its public one, which `pl-1` holds too.
const PUBLIC_HOST: (&str, &str, &str) = ("subnet-1-0", "10.1.0.77", "198.51.100.77");
/// What rules of network ACLs match: everything, TCP's ports of clients, all of ICMP, its echo requests, its echo replies.
const MATCHES: [(ProtocolMatch, Ports); 5] = [
    (ProtocolMatch::All, Ports::ALL),
    (ProtocolMatch::One(Protocol::Tcp), Ports(1024..=u16::MAX)),
    (ProtocolMatch::One(Protocol::Icmp), Ports::ALL),
    (ProtocolMatch::One(Protocol::Icmp), Ports(8..=8)),
    (ProtocolMatch::One(Protocol::Icmp), Ports(0..=0)),
];
/// Where VPC Block Public Access may restrict something: a VPC with an internet gateway, its subnets, and one without.
const RESTRICTED: [&str; 4] = ["vpc-1", "subnet-1-0", "subnet-1-1", "vpc-2"];
const BLOCKS: [PublicAccessBlock; 3] =
    [PublicAccessBlock::Off, PublicAccessBlock::Ingress, PublicAccessBlock::Bidirectional];

/// A rule of a network ACL: which way, whether it allows, whose range, which of [`MATCHES`].
type AclShape = (bool, bool, usize, usize);

#[derive(Debug, Clone)]
struct Plan {
    routes: Vec<(usize, usize, usize)>,
    transit_routes: Vec<(usize, usize, usize)>,
    /// Whether there are routes that connect everything, as far as the others don't lead elsewhere.
    connected: bool,
    associations: [usize; 3],
    appliance: [bool; 3],
    rules: Vec<usize>,
    /// A subnet, and the rules of its network ACL.
    acl: Option<(usize, Vec<AclShape>)>,
    /// Places in [`RESTRICTED`], and how each is restricted.
    blocks: Vec<(usize, usize)>,
}

/// Three VPCs with one of everything, and routes from anywhere to anything.
fn network(plan: &Plan) -> Builder {
    let rules: Vec<&str> = plan.rules.iter().map(|rule| RULES[*rule]).collect();
    let address_variables = std::collections::BTreeMap::new();
    let group = RuleGroup { name: "rules".to_owned(), rules: parse(&rules.join("\n")).unwrap(), address_variables };
    let policy = Policy { groups: vec![group], defaults: [DefaultAction::DropEstablished].into(), ..Policy::default() };
    let mut builder = three_vpcs(plan.associations, plan.appliance, policy);
    builder.prefix_list("pl-1", "list", &["10.3.1.0/24", "198.51.100.0/24"]);
    for (subnet, destination, target) in &plan.routes {
        builder.route(&subnet_of_three(*subnet), DESTINATIONS[*destination], TARGETS[*target]);
    }
    for (table, destination, attachment) in &plan.transit_routes {
        builder.transit_route(TABLES[*table], DESTINATIONS[*destination], ATTACHMENTS[*attachment]);
    }
    if plan.connected {
        connect(&mut builder);
    }
    if let Some((subnet, rules)) = &plan.acl {
        let name = subnet_of_three(*subnet);
        let rules: Vec<_> = (1..)
            .zip(rules)
            .map(|(number, (ingress, allow, range, matched))| {
                let direction = if *ingress { Direction::Ingress } else { Direction::Egress };
                let range = ["0.0.0.0/0", "10.0.0.0/8", "10.2.0.0/16"][*range];
                let (protocol, ports) = MATCHES[*matched].clone();
                (direction, number, *allow, range, protocol, ports)
            })
            .collect();
        builder.acl("acl-1", &[&name], &rules);
    }
    let (subnet, private, public) = PUBLIC_HOST;
    let anyone = SecurityGroupPeer::Range(cidr("0.0.0.0/0"));
    let open = [Direction::Ingress, Direction::Egress]
        .map(|direction| (direction, ProtocolMatch::All, Ports::ALL, anyone.clone()));
    builder.security_group("sg-1", "vpc-1", &open).interface("eni-1", subnet, private, Some(public));
    builder.in_group("eni-1", "sg-1");
    for (place, block) in &plan.blocks {
        builder.network.public_access_blocks.insert(id(RESTRICTED[*place]), BLOCKS[*block]);
    }
    builder
}

/// Routes from every VPC to the others, and to the internet by the first one's gateways.
fn connect(builder: &mut Builder) {
    for place in 0..6 {
        let to_internet = ["igw-1", "nat-1", "tgw-1", "tgw-1", "tgw-1", "tgw-1"][place];
        let subnet = subnet_of_three(place);
        builder.route(&subnet, "10.0.0.0/8", "tgw-1").route(&subnet, "0.0.0.0/0", to_internet);
    }
    for table in TABLES {
        for vpc in 1..=3 {
            builder.transit_route(table, &format!("10.{vpc}.0.0/16"), &format!("attach-{vpc}"));
        }
        builder.transit_route(table, "0.0.0.0/0", "attach-1");
    }
}

fn plan() -> impl Strategy<Value = Plan> {
    let route = (0..6_usize, 0..DESTINATIONS.len(), 0..TARGETS.len());
    let transit_route = (0..TABLES.len(), 0..DESTINATIONS.len() - 1, 0..ATTACHMENTS.len());
    let rule = (any::<bool>(), prop::bool::weighted(0.75), 0..3_usize, 0..MATCHES.len());
    let acl = (0..6_usize, prop::collection::vec(rule, 0..9));
    let blocks = prop::collection::vec((0..RESTRICTED.len(), 0..BLOCKS.len()), 0..3);
    (
        prop_oneof![prop::collection::vec(route.clone(), 0..3), prop::collection::vec(route, 0..18)],
        prop::collection::vec(transit_route, 0..10),
        any::<bool>(),
        prop::array::uniform3(0..TABLES.len()),
        prop::array::uniform3(any::<bool>()),
        prop::collection::vec(0..RULES.len(), 0..4),
        prop::option::of(acl),
        blocks,
    )
        .prop_map(|(routes, transit_routes, connected, associations, appliance, rules, acl, blocks)| Plan {
            routes,
            transit_routes,
            connected,
            associations,
            appliance,
            rules,
            acl,
            blocks,
        })
}

/// Where packets start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    /// At any host of a subnet.
    Subnet(usize),
    PublicHost,
    Internet,
}

fn from() -> impl Strategy<Value = From> {
    prop_oneof![4 => (0..6_usize).prop_map(From::Subnet), 1 => Just(From::PublicHost), 1 => Just(From::Internet)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sets_of_packets_fare_as_each_packet_does(
        plan in plan(),
        from in from(),
        to in prop::sample::select(vec![
            "10.1.0.9", "10.1.1.9", "10.2.0.9", "10.2.1.9", "10.3.0.9", "10.3.1.9", "10.3.9.9", "192.0.2.9", "203.0.113.9",
            "198.51.100.9", "172.16.0.9", PUBLIC_HOST.2,
        ]),
        protocol in prop::sample::select(vec![Protocol::Tcp, Protocol::Udp, Protocol::Icmp]),
        port in prop::sample::select(vec![443, 8443]),
    ) {
        let builder = network(&plan);
        let network = &builder.network;
        // The internet asks the one host that it can reach.
        let to = address(if from == From::Internet { PUBLIC_HOST.2 } else { to });
        let (source, place) = match from {
            From::Subnet(place) => {
                let subnet = id(&subnet_of_three(place));
                (Source::Subnets([subnet.clone()].into()), Endpoint::Subnet(subnet))
            }
            From::PublicHost => (Source::Subnets([id(PUBLIC_HOST.0)].into()), Endpoint::Interface(id("eni-1"))),
            From::Internet => (Source::Internet, Endpoint::Internet),
        };
        let walked = trace(network, &place, &Endpoint::Address(to), protocol, port).unwrap().remove(0);

        let places = Places::new(network);
        let packet = walked.packet;
        let flow = Flow {
            source: packet.source,
            // The sets start behind the internet gateway, where the destination is private.
            destination: if from == From::Internet { address(PUBLIC_HOST.1) } else { packet.destination },
            protocol: super::super::flood::flow_protocol(protocol),
            source_port: packet.source_port,
            port: packet.port,
            domain: None,
        };
        let one = FlowBox::one(&flow);
        let start = places.starts(&source).remove(0);
        let all = FlowBox { sources: start.sources, ..FlowBox::all(flow.protocol) };
        let question = Question { rules: Rules::Asked, domain: None };
        let paths = places.map.paths(start.position, all, question);
        let mine: Vec<_> = paths.iter().filter(|path| path.flows.overlaps(&one)).collect();
        // Where AWS may take any of two prefix lists, the walk takes one and says so; the sets go both ways.
        let rivals = walked.reasons.iter().any(|reason| reason.code == Explanation::UndefinedRouteOrder);
        prop_assume!(!rivals);
        prop_assert_eq!(mine.len(), 1, "{:#?}\n{:#?}", mine, walked);
        let path = mine[0];
        // Where a public address lies behind a virtual private gateway, the walk says that it can't know.
        prop_assume!(!matches!(path.end, End::VirtualPrivateGateway { .. }) || to.is_private());
        let class = |verdict: Verdict| if verdict == Verdict::Loop { Verdict::Dropped } else { verdict };
        prop_assert_eq!(class(path.verdict), class(walked.verdict), "{:#?}\n{:#?}", path, walked);
    }
}
