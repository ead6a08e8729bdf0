//! Whether sweeps are done, as an orchestrator asks.

use std::time::{Duration, SystemTime};

use crate::sweep::{Figures, Tally};
use crate::values::Label;

/// What became of the sweeps so far, and whether the last success is young enough.
#[derive(Debug, Clone)]
pub struct Status {
    tally: Tally,
    every: Duration,
    /// When the last success ended, on the monitor's clock.
    succeeded: Option<Duration>,
}

impl Status {
    /// That of a monitor whose first sweep has not ended.
    #[must_use]
    pub fn new(zone: Label, every: Duration) -> Self {
        Self { tally: Tally::new(zone), every, succeeded: None }
    }

    /// The numbers.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Counts a sweep that began at a time of day and ended at a reading of the monitor's clock.
    pub(super) fn count(&mut self, began: SystemTime, ended: Duration, outcome: Result<Figures, String>) {
        if outcome.is_ok() {
            self.succeeded = Some(ended);
        }
        self.tally.count(began, outcome);
    }

    /// How old the last success is, at a reading of the monitor's clock. Young enough is twice the interval and what a sweep
    /// takes: one sweep may fail without anybody being called.
    ///
    /// # Errors
    /// What is wrong, where it is too old or there was none.
    pub fn health(&self, elapsed: Duration) -> Result<String, String> {
        let because = self.tally.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
        let (Some(succeeded), Some(figures)) = (self.succeeded, &self.tally.last_success) else {
            let none = if self.tally.sweeps == 0 { "no sweep has ended yet" } else { "no sweep has succeeded yet" };
            return Err(format!("{none}{because}"));
        };
        let age = elapsed.saturating_sub(succeeded);
        let told = format!("the last successful sweep ended {} s ago", age.as_secs());
        if age <= self.every * 2 + figures.effort.duration { Ok(told) } else { Err(format!("{told}{because}")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::Effort;

    #[test]
    fn one_sweep_may_fail_but_not_two() {
        let every = Duration::from_secs(900);
        let at = SystemTime::UNIX_EPOCH;
        let seconds = Duration::from_secs;
        let mut status = Status::new(Label::parse("acme").unwrap(), every);
        assert_eq!(status.health(seconds(1)), Err("no sweep has ended yet".to_owned()));
        status.count(at, seconds(5), Err("no credentials".to_owned()));
        assert_eq!(status.health(seconds(6)), Err("no sweep has succeeded yet: no credentials".to_owned()));
        let figures = Figures {
            findings: std::collections::BTreeMap::new(),
            suppressed: 0,
            accounts: 1,
            unreachable: 0,
            conformant: 1,
            ended: at,
            effort: Effort { duration: seconds(30), calls: 1, throttled: 0 },
        };
        status.count(at, seconds(100), Ok(figures));
        status.count(at, seconds(1000), Err("throttled".to_owned()));
        assert!(status.health(seconds(100 + 1830)).is_ok());
        let told = status.health(seconds(100 + 1831));
        assert_eq!(told, Err("the last successful sweep ended 1831 s ago: throttled".to_owned()));
    }
}
