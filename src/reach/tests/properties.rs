//! What is true of walks in any network.

use proptest::prelude::*;

use super::super::network::Protocol;
use super::super::testing::{Builder, TABLES, policy_that_passes, subnet_of_three, three_vpcs};
use super::super::{Effect, Endpoint, Verdict, trace};

const SUBNETS: usize = 6;
const DESTINATIONS: [&str; 6] = ["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/24", "10.2.0.0/24", "10.3.0.0/24", "10.2.0.0/16"];
const TARGETS: [&str; 8] = ["tgw-1", "igw-1", "nat-1", "nat-2", "vpce-1", "vpce-2", "pcx-1", "vgw-1"];
const ATTACHMENTS: [&str; 4] = ["attach-1", "attach-2", "attach-3", "blackhole"];

/// Three VPCs with one of everything, and routes from anywhere to anything.
fn network(
    routes: &[(usize, usize, usize)],
    transit_routes: &[(usize, usize, usize)],
    associations: [usize; 3],
    appliance: [bool; 3],
) -> Builder {
    let mut builder = three_vpcs(associations, appliance, policy_that_passes(&["10.2.0.0/16"]));
    for (subnet, destination, target) in routes {
        builder.route(&subnet_of_three(*subnet), DESTINATIONS[*destination], TARGETS[*target]);
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
