//! The reference architecture proved; each of its routes taken away; and the ways in which published designs get it wrong.

mod agreement;
mod mutations;
mod statements;
mod wrong_designs;

use std::sync::Arc;

use super::super::network::EndpointKind;
use super::super::testing::{BLACKHOLES, Builder, WORKLOADS, cidr, id, policy_that_passes, reference, zone};
use super::super::{Network, ObjectId};
use super::{Destination, HubVpc, Intent, Isolation, Reach, Tier, Violation, Workload, prove};

const NAMES: [(&str, &str); 3] = [("payments", "prod"), ("orders", "prod"), ("sandbox", "dev")];

/// The whole reference architecture: with S3's gateway endpoints, and public subnets in the ingress VPC.
fn network() -> Builder {
    let mut policy = policy_that_passes(&[WORKLOADS]);
    policy.address_variables.insert("HOME_NET".to_owned(), [cidr(WORKLOADS)].into());
    let mut builder = reference(policy);
    builder.prefix_list("pl-s3", "com.amazonaws.eu-west-1.s3", &["52.218.0.0/17", "3.5.72.0/23"]);
    for (name, _) in NAMES {
        let endpoint = format!("vpce-s3-{name}");
        builder.endpoint(&endpoint, name, "com.amazonaws.eu-west-1.s3", EndpointKind::Gateway);
        for number in [1, 2] {
            builder.route(&format!("{name}-private-{number}"), "pl-s3", &endpoint);
        }
    }
    builder.internet_gateway("igw-2", "ingress");
    for number in [1, 2] {
        let (subnet, range) = (format!("ingress-public-{number}"), format!("10.0.0.{}/27", (number - 1) * 128 + 64));
        builder.subnet(&subnet, "ingress", &range, zone(number));
        builder.route(&subnet, "0.0.0.0/0", "igw-2").route(&subnet, WORKLOADS, "tgw-1");
    }
    builder
}

fn subnets(vpc: &str, tier: &str) -> std::collections::BTreeSet<ObjectId> {
    [1, 2].map(|number| id(&format!("{vpc}-{tier}-{number}"))).into()
}

fn tier(vpc: &str, name: &str, reaches: &[Reach], hands_over: &[(Destination, &str)]) -> Tier {
    Tier {
        name: name.to_owned(),
        subnets: subnets(vpc, name),
        reaches: reaches.iter().cloned().collect(),
        hands_over: hands_over.iter().map(|(to, component)| (to.clone(), id(component))).collect(),
    }
}

fn workload((name, segment): (&str, &str)) -> Workload {
    let ingress = Reach::Vpcs(Arc::new([id("ingress")].into()));
    let s3 = Reach::GatewayEndpoint(id(&format!("vpce-s3-{name}")));
    let workloads = Destination::Ranges([cidr(WORKLOADS)].into());
    Workload {
        name: name.to_owned(),
        segment: segment.to_owned(),
        vpc: id(name),
        tiers: vec![
            tier(name, "private", &[Reach::Internet, ingress.clone(), s3], &[]),
            tier(name, "data", &[ingress], &[(workloads, "tgw-1")]),
        ],
        dropped: BLACKHOLES.into_iter().map(cidr).collect(),
    }
}

/// What the reference architecture is for.
fn intent() -> Intent {
    let workloads = [Reach::Vpcs(Arc::new(NAMES.into_iter().map(|(name, _)| id(name)).collect()))];
    let public = tier("ingress", "public", &workloads, &[(Destination::Internet, "igw-2")]);
    let private = tier("ingress", "private", &workloads, &[]);
    Intent {
        workloads: NAMES.into_iter().map(workload).collect(),
        hub: vec![
            HubVpc { name: "ingress".to_owned(), vpc: id("ingress"), tiers: vec![public, private] },
            HubVpc { name: "egress".to_owned(), vpc: id("egress"), tiers: Vec::new() },
        ],
        inspected: true,
        isolation: Isolation::BetweenWorkloads,
        blackholes: BLACKHOLES.into_iter().map(cidr).collect(),
        ..Intent::default()
    }
}

fn violations(network: &Network) -> Vec<Violation> {
    prove(network, &intent())
}

#[test]
fn the_reference_architecture_is_proved() {
    let found = violations(&network().network);
    assert_eq!(found, [], "{}", found.iter().map(|one| format!("{one}\n")).collect::<String>());
}
