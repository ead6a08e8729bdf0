//! What is true of walks in any network.

use proptest::prelude::*;

use super::super::network::Protocol;
use super::super::testing::{Builder, policy_that_passes, zone};
use super::super::{Effect, Endpoint, Verdict, trace};

const SUBNETS: usize = 6;
const TABLES: [&str; 2] = ["tgw-rtb-1", "tgw-rtb-2"];
const DESTINATIONS: [&str; 6] = ["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/24", "10.2.0.0/24", "10.3.0.0/24", "10.2.0.0/16"];
const TARGETS: [&str; 8] = ["tgw-1", "igw-1", "nat-1", "nat-2", "vpce-1", "vpce-2", "pcx-1", "vgw-1"];
const ATTACHMENTS: [&str; 4] = ["attach-1", "attach-2", "attach-3", "blackhole"];

/// Three VPCs of two subnets each, with one of everything, and routes from anywhere to anything.
fn network(
    routes: &[(usize, usize, usize)],
    transit_routes: &[(usize, usize, usize)],
    associations: [usize; 3],
    appliance: [bool; 3],
) -> Builder {
    let mut builder = Builder::default();
    builder.transit_gateway("tgw-1", &TABLES);
    for vpc in 1..=3 {
        builder.vpc(&format!("vpc-{vpc}"), &[&format!("10.{vpc}.0.0/16")]);
        for place in 0..2_u8 {
            let (name, range) = (format!("subnet-{vpc}-{place}"), format!("10.{vpc}.{place}.0/24"));
            builder.subnet(&name, &format!("vpc-{vpc}"), &range, zone(place + 1));
        }
    }
    builder
        .internet_gateway("igw-1", "vpc-1")
        .virtual_private_gateway("vgw-1", "vpc-2")
        .peering("pcx-1", "vpc-2", "vpc-3");
    builder.nat_gateway("nat-1", "subnet-1-0").nat_gateway("nat-2", "subnet-1-1");
    let endpoints = [("vpce-1", "subnet-1-0"), ("vpce-2", "subnet-1-1")];
    builder.firewall("firewall-1", &endpoints, policy_that_passes(&["10.2.0.0/16"]));
    for vpc in 1..=3 {
        let subnets = [format!("subnet-{vpc}-0"), format!("subnet-{vpc}-1")];
        let attached: Vec<&str> = subnets.iter().map(String::as_str).collect();
        let attachment = format!("attach-{vpc}");
        builder.attach(&attachment, "tgw-1", &attached, TABLES[associations[vpc - 1]]);
        builder.appliance_mode(&attachment, appliance[vpc - 1]);
    }
    for (subnet, destination, target) in routes {
        let name = format!("subnet-{}-{}", subnet / 2 + 1, subnet % 2);
        builder.route(&name, DESTINATIONS[*destination], TARGETS[*target]);
    }
    for (table, destination, attachment) in transit_routes {
        builder.transit_route(TABLES[*table], DESTINATIONS[*destination], ATTACHMENTS[*attachment]);
    }
    builder
}

fn any_network() -> impl Strategy<Value = Builder> {
    let route = (0..SUBNETS, 0..DESTINATIONS.len(), 0..TARGETS.len());
    let transit_route = (0..TABLES.len(), 0..DESTINATIONS.len(), 0..ATTACHMENTS.len());
    (
        prop::collection::vec(route, 0..16),
        prop::collection::vec(transit_route, 0..8),
        prop::array::uniform3(0..TABLES.len()),
        prop::array::uniform3(any::<bool>()),
    )
        .prop_map(|(routes, transit, associations, appliance)| network(&routes, &transit, associations, appliance))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// That the call returns is the first property: a walk ends in any network.
    #[test]
    fn what_is_delivered_has_an_answer_that_passed_the_same_hops(builder in any_network(), from in 1..=3, to in 0..=3) {
        let name = |vpc| if vpc == 0 { "internet".to_owned() } else { format!("vpc-{vpc}") };
        let network = &builder.network;
        let [from, to] = [name(from), name(to)].map(|name| Endpoint::named(network, &name).unwrap());
        for trace in trace(network, &from, &to, Protocol::Tcp, 443).unwrap() {
            let has = |effect| trace.reasons.iter().any(|reason| reason.effect == effect);
            match trace.verdict {
                Verdict::Delivered => {
                    prop_assert!(trace.reasons.is_empty());
                    let stateful = |hops: &[super::Hop]| {
                        let kinds = [super::HopKind::FirewallEndpoint, super::HopKind::NatGateway];
                        super::ids(hops, &kinds).into_iter().map(str::to_owned).collect::<Vec<_>>()
                    };
                    let mut back = stateful(&trace.answer);
                    back.reverse();
                    prop_assert_eq!(stateful(&trace.forward), back);
                    prop_assert_eq!(&trace.answer.last().unwrap().id, &trace.forward[0].id);
                }
                Verdict::Asymmetric => prop_assert!(has(Effect::Asymmetric) && !trace.answer.is_empty()),
                Verdict::Inspected => prop_assert!(has(Effect::Doubt)),
                Verdict::Dropped | Verdict::Loop => prop_assert!(has(Effect::Blocks)),
            }
        }
    }
}
