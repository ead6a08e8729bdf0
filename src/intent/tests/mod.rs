//! The sample zones proved as they are planned.

mod designs;
mod mutations;
mod statements;
mod ways;

use super::intent;
use crate::blueprint;
use crate::reach::prove::{Violation, prove};
use crate::reach::{Network, planned};
use crate::values::Cidr;
use crate::zone::Zone;
use crate::zone::sample::{Topology, in_one_account, sample, uninspected};

/// The network that a zone is planned with, and what AWS tells of S3's addresses.
fn planned_network(zone: &Zone) -> Network {
    let mut network = planned::network(&blueprint::expand(zone).unwrap());
    for list in network.prefix_lists.values_mut() {
        list.ranges = ["52.216.0.0/15", "3.5.0.0/19"].map(|range| Cidr::parse(range).unwrap()).into();
    }
    network
}

fn violations(zone: &Zone) -> Vec<Violation> {
    prove(&planned_network(zone), &intent(zone))
}

fn told(violations: &[Violation]) -> String {
    violations.iter().map(|one| format!("{one}\n")).collect()
}

#[test]
fn the_sample_zones_are_proved_as_planned() {
    for topology in [Topology::Segmented, Topology::Flat] {
        for zones in 2..=4 {
            let zone = sample(topology, zones, 4);
            for zone in [uninspected(zone.clone()), in_one_account(zone.clone()), zone] {
                let found = violations(&zone);
                assert_eq!(found, [], "{topology:?} in {zones} zones:\n{}", told(&found));
            }
        }
    }
}
