//! How long changes take when each starts the moment those that it waits for are done.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::graph::{Address, Dag};

/// The changes that decide how long all of them take, first to last, each with its own duration: of the chains of
/// changes that wait for each other, the one that takes longest. Its [`total`] is the estimate.
///
/// `durations` holds how long each change takes. An address of the graph that it doesn't hold needs no change: it takes
/// no time and is not part of the path, but what waits for it still waits for what it waits for. A change that the
/// graph doesn't hold waits for nothing. Of chains that take equally long, the one whose last change comes first in the
/// order of addresses is taken.
#[must_use]
pub fn critical_path(durations: &BTreeMap<Address, Duration>, dag: &Dag) -> Vec<(Address, Duration)> {
    let mut chains: BTreeMap<&Address, Chain<'_>> = BTreeMap::new();
    let mut before: BTreeMap<&Address, Chain<'_>> = BTreeMap::new();
    let inside: BTreeSet<&Address> = dag.order().iter().collect();
    let outside = durations.keys().filter(|address| !inside.contains(address));
    for address in dag.order().iter().chain(outside) {
        let waits = longest(dag.dependencies(address).filter_map(|dependency| chains.get(dependency).copied()));
        let chain = match durations.get(address) {
            Some(duration) => {
                before.insert(address, waits);
                Chain { takes: waits.takes.saturating_add(*duration), last: Some(address) }
            }
            None => waits,
        };
        chains.insert(address, chain);
    }
    let last = longest(chains.into_values()).last;
    let backwards = std::iter::successors(last, |address| before.get(address).and_then(|chain| chain.last));
    let mut path: Vec<_> =
        backwards.filter_map(|address| durations.get_key_value(address)).map(|(a, d)| (a.clone(), *d)).collect();
    path.reverse();
    path
}

/// How long a path takes.
#[must_use]
pub fn total(path: &[(Address, Duration)]) -> Duration {
    path.iter().fold(Duration::ZERO, |sum, (_, duration)| sum.saturating_add(*duration))
}

/// The chain of changes that an address waits for longest, itself included.
#[derive(Clone, Copy, Default)]
struct Chain<'address> {
    takes: Duration,
    /// Its last change; none where there is nothing to wait for.
    last: Option<&'address Address>,
}

fn longest<'address>(chains: impl Iterator<Item = Chain<'address>>) -> Chain<'address> {
    chains.max_by_key(|chain| (chain.takes, Reverse(chain.last))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::blueprint::{expand, graph};
    use crate::zone::sample::{Topology, sample};

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    /// A graph from what waits and what it waits for.
    fn dag(lines: &[(&str, &[&str])]) -> Dag {
        let edges = lines
            .iter()
            .map(|(later, earlier)| (address(later), earlier.iter().map(|one| address(one)).collect::<BTreeSet<_>>()));
        Dag::new(edges.collect()).unwrap()
    }

    fn check(seconds: &[(&str, u64)], dag: &Dag, expected: &[&str], takes: u64) {
        let durations: BTreeMap<_, _> =
            seconds.iter().map(|(name, seconds)| (address(name), Duration::from_secs(*seconds))).collect();
        let path = critical_path(&durations, dag);
        assert_eq!(path.iter().map(|(address, _)| address.as_str()).collect::<Vec<_>>(), expected);
        assert_eq!(total(&path), Duration::from_secs(takes));
    }

    #[test]
    fn the_slowest_chain_is_found() {
        let diamond = dag(&[("vpc", &[]), ("nat", &["vpc"]), ("endpoint", &["vpc"]), ("route", &["nat", "endpoint"])]);
        check(&[], &diamond, &[], 0);
        check(&[("vpc", 3), ("nat", 107), ("endpoint", 60), ("route", 1)], &diamond, &["vpc", "nat", "route"], 111);
        // The end of the graph need not be the end of the path.
        check(&[("vpc", 3), ("nat", 107)], &diamond, &["vpc", "nat"], 110);
        // What needs no change still orders what does.
        check(&[("vpc", 3), ("route", 1)], &diamond, &["vpc", "route"], 4);
        // What the graph does not hold, such as what is to be deleted, waits for nothing.
        check(&[("vpc", 3), ("orphan", 70)], &diamond, &["orphan"], 70);
        // Equals are told apart by address.
        check(&[("nat", 60), ("endpoint", 60)], &diamond, &["endpoint"], 60);
    }

    #[test]
    fn a_new_zone_takes_as_long_as_its_firewall() {
        let desired = expand(&sample(Topology::Segmented, 2, 3)).unwrap();
        let durations = desired.iter().map(|(address, resource)| (address.clone(), resource.spec.timing().create));
        let path = critical_path(&durations.collect(), &graph(&desired).unwrap());
        let steps: Vec<String> = path.iter().map(|(address, takes)| format!("{takes:?} {address}")).collect();
        insta::assert_snapshot!(steps.join("\n"), @r"
        60s organization/self
        2s organization/units/infrastructure/self
        150s organization/accounts/networking
        3s networking/egress/vpc
        3s networking/egress/firewall/az1/subnet
        360s networking/egress/firewall/self
        2s networking/egress/firewall/endpoints/az1
        1s networking/egress/public/az1/routes/10.32.0.0-11
        1s networking/egress/firewall/az1/routes/0.0.0.0-0
        1s networking/egress/transit/az1/routes/0.0.0.0-0
        ");
    }

    /// Random graphs in which each address waits for some of those before it, and random durations for some of them.
    fn graphs() -> impl Strategy<Value = (BTreeMap<Address, Duration>, Dag)> {
        prop::collection::vec(
            (prop::option::of(0_u64..100), prop::collection::vec(any::<prop::sample::Index>(), 0..3)),
            1..12,
        )
        .prop_map(|nodes| {
            let name = |index: usize| address(&format!("n{index}"));
            let mut edges = BTreeMap::new();
            let mut durations = BTreeMap::new();
            for (index, (seconds, waits)) in nodes.into_iter().enumerate() {
                let earlier = waits.iter().filter(|_| index > 0).map(|wait| name(wait.index(index.max(1))));
                edges.insert(name(index), earlier.collect::<BTreeSet<_>>());
                durations.extend(seconds.map(|seconds| (name(index), Duration::from_secs(seconds))));
            }
            (durations, Dag::new(edges).unwrap())
        })
    }

    proptest! {
        /// The estimate is what a run takes in which everything starts as soon as it may.
        #[test]
        fn the_total_is_when_the_last_change_ends((durations, dag) in graphs()) {
            let mut ends: BTreeMap<&Address, Duration> = BTreeMap::new();
            for address in dag.order() {
                let start = dag.dependencies(address).map(|dependency| ends[dependency]).max().unwrap_or_default();
                ends.insert(address, start + durations.get(address).copied().unwrap_or_default());
            }
            prop_assert_eq!(total(&critical_path(&durations, &dag)), ends.into_values().max().unwrap_or_default());
        }
    }
}
