//! The sample zones proved as they are planned.

use super::intent;
use crate::blueprint;
use crate::reach::planned;
use crate::reach::prove::{Violation, prove};
use crate::zone::Zone;
use crate::zone::sample::{Topology, in_one_account, sample, uninspected};

fn violations(zone: &Zone) -> Vec<Violation> {
    prove(&planned::network(&blueprint::expand(zone).unwrap()), &intent(zone))
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
