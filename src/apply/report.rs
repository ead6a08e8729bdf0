//! What a run has done.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::failure::{FailureCause, ScopeFailure};
use crate::cloud::Counts;
use crate::graph::Address;
use crate::kinds::{KindName, Scope};
use crate::plan::rollback::Kept;
use crate::plan::{Action, Change};
use crate::values::{AccountId, Label};

/// The result of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The run's name, by which the journal knows it.
    pub run: String,
    /// What became of the whole.
    pub outcome: Outcome,
    /// What became of each scope.
    pub scopes: Vec<ScopeReport>,
    /// Requests sent, repeated ones included.
    pub api_calls: u64,
    /// Requests that AWS refused because there were too many.
    pub throttled: u64,
    /// How long it took, as AWS counts, in seconds.
    pub aws_seconds: u64,
    /// The accounts of the zone as far as they exist now.
    #[serde(skip)]
    pub accounts: BTreeMap<Label, AccountId>,
    /// True where somebody asked to stop.
    #[serde(skip)]
    pub interrupted: bool,
    /// The changes that were done.
    #[serde(skip)]
    pub done: BTreeSet<Address>,
    /// What the lock learns from it.
    #[serde(skip)]
    pub pins: Pins,
}

/// What a lock learns from a look at AWS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pins {
    /// The ids that were identified, by address, of the kinds whose ids are kept.
    pub resources: BTreeMap<Address, String>,
    /// Ids that a run has deleted, and that AWS does not show any more.
    pub gone: BTreeSet<String>,
    /// The organization's id, where there is one.
    pub organization: Option<String>,
    /// The ids of the zone's accounts that exist.
    pub accounts: BTreeMap<Label, AccountId>,
}

/// What became of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Everything was done.
    Applied,
    /// There was nothing to do.
    Unchanged,
    /// Some scopes were done, some were not.
    Partial,
    /// Nothing was finished, and everything was given back its state from before.
    RolledBack,
    /// Nothing was finished.
    Failed,
}

/// What became of a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScopeReport {
    /// The scope.
    #[serde(serialize_with = "as_text")]
    pub scope: Scope,
    /// What became of it.
    pub outcome: ScopeOutcome,
    /// Resources made.
    pub created: usize,
    /// Resources changed.
    pub updated: usize,
    /// Resources deleted.
    pub deleted: usize,
    /// Duplicates that were deleted, with what was inside of them; they count as deleted, too.
    pub deduplicated: Vec<Deduplicated>,
    /// What went wrong, in the order in which it did.
    pub failures: Vec<ScopeFailure>,
    /// What went wrong in rolling it back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rollback_failures: Vec<ScopeFailure>,
    /// What AWS gave up on and was recreated, whatever came of that.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recreated: Vec<Recreated>,
    /// What a rollback has left as it is, since it can't be undone or others stand on it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<Kept>,
    /// Why it could not be verified that AWS holds what was done, or what a rollback has left; none where it was verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unverified: Option<String>,
    /// In a repair: what was mended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mended: Vec<Address>,
    /// In a repair: what is left, each with its error or with what stands in the way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<ScopeFailure>,
}

/// A resource that AWS gave up on, and that was recreated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recreated {
    /// The resource.
    #[serde(serialize_with = "as_text")]
    pub address: Address,
    /// Why AWS gave up: its own message.
    pub message: String,
}

/// A duplicate that was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deduplicated {
    /// The address that another resource keeps.
    pub address: Address,
    /// Its kind.
    pub kind: KindName,
    /// Its id in AWS.
    pub id: String,
    /// Why it was this one.
    pub reason: String,
}

/// What became of a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeOutcome {
    /// Everything was done.
    Applied,
    /// There was nothing to do.
    Unchanged,
    /// It was not finished, and everything was given back its state from before.
    RolledBack,
    /// It was not finished.
    Failed,
    /// Nothing was begun: its plan has a problem. What an earlier run has left of it is as it was.
    Refused,
    /// In a repair: some of it was mended and stays so, and some is left.
    Partial,
}

fn as_text<S: serde::Serializer>(value: &impl fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

impl ScopeReport {
    /// A scope in which nothing has happened yet.
    #[must_use]
    pub fn new(scope: Scope) -> Self {
        Self {
            scope,
            outcome: ScopeOutcome::Unchanged,
            created: 0,
            updated: 0,
            deleted: 0,
            deduplicated: Vec::new(),
            failures: Vec::new(),
            rollback_failures: Vec::new(),
            recreated: Vec::new(),
            kept: Vec::new(),
            unverified: None,
            mended: Vec::new(),
            left: Vec::new(),
        }
    }

    /// Counts a change that was done.
    pub fn count(&mut self, change: &Change) {
        if let (Some(address), Some(live)) = (change.duplicate_of(), change.live()) {
            let (address, id, reason) = (address.clone(), live.id.clone(), change.reason.to_string());
            self.deduplicated.push(Deduplicated { address, kind: change.kind(), id, reason });
        }
        match change.action() {
            Action::Create => self.created += 1,
            Action::Update => self.updated += 1,
            Action::Delete => self.deleted += 1,
            Action::Replace => {
                self.deleted += 1;
                self.created += 1;
            }
        }
        if !self.has_failed() {
            self.outcome = ScopeOutcome::Applied;
        }
    }

    /// Notes, in a repair, that a change was made.
    pub fn mend(&mut self, address: &Address) {
        self.mended.push(address.clone());
        if self.has_failed() {
            self.outcome = ScopeOutcome::Partial;
        }
    }

    /// True where something of it failed, or is left.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        !self.failures.is_empty() || !self.left.is_empty()
    }

    /// Why it was not finished, for people: the first that went wrong, with what a rollback has left.
    #[must_use]
    pub fn error(&self) -> Option<String> {
        let mut error = match (self.failures.first(), self.left.as_slice()) {
            (Some(first), _) => first.to_string(),
            (None, [only]) => only.to_string(),
            (None, [first, more @ ..]) => format!("{first}; and {} more are left", more.len()),
            (None, []) if self.kept.is_empty() && self.rollback_failures.is_empty() => return None,
            (None, []) => String::new(),
        };
        let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for Kept { address, reason, .. } in &self.kept {
            by_reason.entry(reason).or_default().push(address.as_str());
        }
        for (reason, addresses) in by_reason {
            let all = match addresses.as_slice() {
                [only] => (*only).to_owned(),
                several => format!("each of {}", several.join(", ")),
            };
            error.push_str(&format!("; {all} is left as it is: {reason}"));
        }
        if let Some(failure) = self.rollback_failures.first() {
            error.push_str(&format!("; the rollback is not finished: {failure}"));
        }
        Some(error)
    }

    fn rolled_back(&mut self, kept: &[Kept], failures: &[ScopeFailure]) {
        self.kept.extend_from_slice(kept);
        self.rollback_failures.extend_from_slice(failures);
        if failures.is_empty() {
            self.outcome = ScopeOutcome::RolledBack;
            (self.created, self.updated, self.deleted) = (0, 0, 0);
        }
    }

    /// Notes why it is not finished.
    pub fn fail(&mut self, failure: ScopeFailure) {
        self.outcome = ScopeOutcome::Failed;
        self.failures.push(failure);
    }

    /// Notes why nothing of it is begun.
    pub fn refuse(&mut self, failure: ScopeFailure) {
        self.outcome = ScopeOutcome::Refused;
        self.failures.push(failure);
    }

    /// Notes, in a repair, what is left and why. What was mended stays.
    pub fn leave(&mut self, failure: ScopeFailure) {
        if let Some(address) = &failure.address {
            self.mended.retain(|mended| mended != address);
        }
        self.left.push(failure);
        self.outcome = if self.mended.is_empty() { ScopeOutcome::Failed } else { ScopeOutcome::Partial };
    }
}

impl Report {
    /// A report of a run in which scopes stand as another run, which is to be undone, has left them.
    #[must_use]
    pub fn unfinished_scopes(run: &str, scopes: &[Scope], undone: &str) -> Self {
        let left = scopes.iter().map(|scope| {
            let mut report = ScopeReport::new(scope.clone());
            report.fail(ScopeFailure::of_scope(FailureCause::Undone { run: undone.to_owned() }));
            report
        });
        Self {
            run: run.to_owned(),
            outcome: Outcome::Failed,
            scopes: left.collect(),
            api_calls: 0,
            throttled: 0,
            aws_seconds: 0,
            accounts: BTreeMap::new(),
            interrupted: false,
            done: BTreeSet::new(),
            pins: Pins::default(),
        }
    }

    /// The scopes that were finished, or mended as far as that could be done.
    pub fn finished(&self) -> impl Iterator<Item = &ScopeReport> {
        let ended = [ScopeOutcome::Applied, ScopeOutcome::Unchanged, ScopeOutcome::Partial];
        self.scopes.iter().filter(move |scope| ended.contains(&scope.outcome))
    }

    /// The scopes that were not finished, and still stand as they were left.
    pub fn unfinished(&self) -> impl Iterator<Item = &ScopeReport> {
        self.scopes.iter().filter(|scope| scope.outcome == ScopeOutcome::Failed)
    }

    /// Notes what became of rolling a scope back: what was kept, and what could not be undone.
    pub fn rolled_back(&mut self, scope: &Scope, kept: &[Kept], failures: &[ScopeFailure]) {
        if let Some(report) = self.scopes.iter_mut().find(|report| report.scope == *scope) {
            report.rolled_back(kept, failures);
        }
        self.outcome = Outcome::of(&self.scopes);
    }

    /// Notes that a scope is not finished after all.
    pub fn fail(&mut self, scope: &Scope, failure: ScopeFailure) {
        if let Some(report) = self.scopes.iter_mut().find(|report| report.scope == *scope) {
            report.fail(failure);
        }
        self.outcome = Outcome::of(&self.scopes);
    }

    /// Notes, in a repair, that something is left after all.
    pub fn leave(&mut self, scope: &Scope, failure: ScopeFailure) {
        if let Some(report) = self.scopes.iter_mut().find(|report| report.scope == *scope) {
            report.leave(failure);
        }
        self.outcome = Outcome::of(&self.scopes);
    }

    /// Notes that a scope could not be verified, and why.
    pub fn could_not_verify(&mut self, scope: &Scope, reason: String) {
        if let Some(report) = self.scopes.iter_mut().find(|report| report.scope == *scope) {
            report.unverified = Some(reason);
        }
    }

    /// Takes over what has been asked of AWS until now.
    pub fn count(&mut self, counts: &Counts, elapsed: Duration) {
        self.api_calls = counts.api_calls;
        self.throttled = counts.throttled;
        self.aws_seconds = elapsed.as_secs();
    }
}

impl Outcome {
    /// What a run with these scopes has come to.
    #[must_use]
    pub fn of(scopes: &[ScopeReport]) -> Self {
        let count = |outcome| scopes.iter().filter(|scope| scope.outcome == outcome).count();
        let undone = count(ScopeOutcome::RolledBack);
        if count(ScopeOutcome::Partial) > 0 {
            return Self::Partial;
        }
        let failed = count(ScopeOutcome::Failed) + count(ScopeOutcome::Refused);
        match (failed + undone, count(ScopeOutcome::Applied)) {
            (0, 0) => Self::Unchanged,
            (0, _) => Self::Applied,
            (unfinished, _) if unfinished < scopes.len() => Self::Partial,
            (unfinished, _) if unfinished == undone => Self::RolledBack,
            _ => Self::Failed,
        }
    }
}
