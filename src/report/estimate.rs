//! How long AWS will take.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::graph::{Address, Cycle, Dag};
use crate::plan::estimate::{critical_path, total};
use crate::plan::{Action, Change, Plan, order};

/// How long AWS takes for a plan, from each kind's usual time, if nothing waits but for what it depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimate {
    /// In all.
    pub total: Duration,
    /// The chain of changes that takes that long.
    pub critical_path: Vec<(Address, Duration)>,
}

impl Estimate {
    /// For a plan.
    ///
    /// # Errors
    /// Where changes wait for each other, which no plan's do.
    pub fn of(plan: &Plan) -> Result<Self, Cycle> {
        let durations: BTreeMap<Address, Duration> =
            plan.changes.iter().map(|(address, change)| (address.clone(), usual(change))).collect();
        let first = |change: &Change| {
            let last = order::steps(change).last();
            last.iter().flat_map(|step| plan.order.before(step)).map(|step| step.address.clone()).collect()
        };
        let order: BTreeMap<Address, _> =
            plan.changes.iter().map(|(address, change)| (address.clone(), first(change))).collect();
        let critical_path = critical_path(&durations, &Dag::new(order)?);
        Ok(Self { total: total(&critical_path), critical_path })
    }
}

fn usual(change: &Change) -> Duration {
    let timing = change.timing();
    match change.action() {
        Action::Create => timing.create,
        Action::Update => timing.update,
        Action::Delete => timing.delete,
        Action::Replace => timing.delete + timing.create,
    }
}

/// A duration as people say it: `45 s`, `12 min 3 s`, `1 h 2 min`.
#[must_use]
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}
