//! The numbers of sweeps: what is kept of them when their findings are not.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::{Class, Finding, Severity, Sweep};
use crate::kinds::Owner;
use crate::values::Label;

/// What a sweep took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Effort {
    /// How long it took, as AWS counts time.
    pub duration: Duration,
    /// Requests sent, repeated ones included.
    pub calls: u64,
    /// Requests that AWS refused because there were too many.
    pub throttled: u64,
}

/// The numbers of a sweep that could do its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// How many findings of each class and severity there are; every pair is there, zeros included.
    pub findings: BTreeMap<(Class, Severity), usize>,
    /// How many findings are suppressed.
    pub suppressed: usize,
    /// How many accounts were read.
    pub accounts: usize,
    /// How many accounts could not be read.
    pub unreachable: usize,
    /// How many resources are as they were asked for.
    pub conformant: usize,
    /// When the sweep ended.
    pub ended: SystemTime,
    /// What it took.
    pub effort: Effort,
}

impl Figures {
    /// The numbers of a sweep.
    #[must_use]
    pub fn of(sweep: &Sweep, effort: Effort) -> Self {
        let pairs = Class::ALL.into_iter().flat_map(|class| Severity::ALL.into_iter().map(move |one| (class, one)));
        let mut findings: BTreeMap<(Class, Severity), usize> = pairs.map(|pair| (pair, 0)).collect();
        for finding in &sweep.findings {
            *findings.entry((finding.class, finding.severity)).or_default() += 1;
        }
        // That somebody has accepted that an account can't be read does not make it read.
        let all = sweep.findings.iter().chain(sweep.suppressed.iter().map(|(finding, _)| finding));
        // One about a resource that lz can't mend says nothing of the account that it is in, which was read.
        let of_account = |one: &&Finding| one.class == Class::Unreachable && one.address.is_none();
        let unreachable: BTreeSet<&Owner> = all.filter(of_account).map(|one| &one.owner).collect();
        Self {
            findings,
            suppressed: sweep.suppressed.len(),
            accounts: sweep.accounts.keys().filter(|owner| !unreachable.contains(owner)).count(),
            unreachable: unreachable.len(),
            conformant: sweep.conformant,
            ended: sweep.at + effort.duration,
            effort,
        }
    }
}

/// What became of a zone's sweeps so far, one after the other: its size does not grow with their number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The zone.
    pub zone: Label,
    /// How many sweeps there were, those that failed included.
    pub sweeps: u64,
    /// How many of them could not do their work.
    pub failed: u64,
    /// When the last one began.
    pub last_attempt: Option<SystemTime>,
    /// The numbers of the last one that could do its work.
    pub last_success: Option<Figures>,
    /// Why the last one could not, where it could not.
    pub error: Option<String>,
}

impl Tally {
    /// No sweep so far.
    #[must_use]
    pub fn new(zone: Label) -> Self {
        Self { zone, sweeps: 0, failed: 0, last_attempt: None, last_success: None, error: None }
    }

    /// Counts a sweep that began at a moment.
    pub fn count(&mut self, began: SystemTime, outcome: Result<Figures, String>) {
        self.sweeps += 1;
        self.last_attempt = Some(began);
        match outcome {
            Ok(figures) => {
                self.last_success = Some(figures);
                self.error = None;
            }
            Err(error) => {
                self.failed += 1;
                self.error = Some(error);
            }
        }
    }
}
