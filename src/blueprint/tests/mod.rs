//! What a zone becomes.

mod firewall;
mod order;
mod properties;
mod reference_architecture;
mod refusals;

use std::collections::BTreeSet;

use super::{expand, graph};
use crate::graph::Address;
use crate::kinds::Desired;
use crate::zone::sample::{Topology, sample};

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

/// Everything that must be there before `from`, however indirectly.
fn waits_for(desired: &Desired, from: &str) -> BTreeSet<Address> {
    let graph = graph(desired).unwrap();
    let mut found = BTreeSet::new();
    let mut open = vec![address(from)];
    while let Some(next) = open.pop() {
        for dependency in graph.dependencies(&next) {
            if found.insert(dependency.clone()) {
                open.push(dependency.clone());
            }
        }
    }
    found
}

#[test]
fn the_sample_zone_has_these_resources() {
    let desired = expand(&sample(Topology::Segmented, 2, 3)).unwrap();
    let lines: Vec<String> = desired
        .iter()
        .map(|(address, resource)| {
            let kind = resource.spec.kind().as_str();
            format!("{address} | {kind} | in {} | of {}", resource.owner, resource.scope)
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}
