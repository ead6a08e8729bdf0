//! Giving scopes their state from before a run.

use std::collections::{BTreeMap, BTreeSet};

use super::Reconciler;
use super::verify::{BETWEEN_LOOKS, Before, PATIENCE};
use crate::apply::{Event, FailureCause, Report, Run, ScopeFailure, ScopeReport, undo};
use crate::discover::Live;
use crate::graph::Address;
use crate::journal::JournalError;
use crate::kinds::{Scope, Tagging};
use crate::plan::Action;
use crate::plan::rollback::{Kept, Touched, rollback};

/// What a rollback has come to.
struct Undone {
    /// What was in AWS before.
    before: Live,
    report: Report,
    kept: Vec<Kept>,
    /// What was not undone, and why.
    left: BTreeMap<Address, String>,
    /// Why it is not known what is left, where the last look failed.
    unseen: Option<String>,
}

impl Reconciler<'_> {
    /// Gives scopes their state from before a run, and notes in the report what became of it. Whatever the run has done must
    /// be seen by every call by now.
    ///
    /// What a scope gives back may be shared with scopes that stay: the run ends when AWS has taken that up, too.
    pub(super) async fn roll_back(
        &self,
        run: &Run<'_>,
        name: &str,
        scopes: &[Scope],
        put_off: &BTreeMap<Address, BTreeSet<Scope>>,
        report: &mut Report,
    ) -> Result<(), JournalError> {
        let touched = run.recorder.begin_rollback(name, scopes).await?;
        (run.events)(Event::RollingBack { scopes: scopes.to_vec() });
        let undone = self.give_back(run, name, &touched, scopes).await;
        if let Some(stopped) = run.recorder.journal().stopped() {
            return Err(stopped);
        }
        for scope in scopes {
            let (kept, left, failures) = match &undone {
                Err(error) => {
                    let left = touched.keys().map(|address| (address.clone(), error.clone())).collect();
                    report.could_not_verify(scope, unknown(error));
                    let cause = FailureCause::Unread { message: error.clone() };
                    (Vec::new(), left, vec![ScopeFailure::of_scope(cause)])
                }
                Ok(undone) => {
                    let kept = undone.kept.iter().filter(|one| one.scope == *scope).cloned().collect();
                    let of_scope = undone.report.scopes.iter().find(|one| one.scope == *scope);
                    let came_back = undone.came_back(scope, &touched);
                    let mut failures = of_scope.map(|one| one.failures.clone()).unwrap_or_default();
                    failures.extend(came_back);
                    (kept, undone.left.clone(), failures)
                }
            };
            run.recorder.end_rollback(scope, &touched, &left, failures.is_empty()).await?;
            report.rolled_back(scope, &kept, &failures);
            if let Some(reason) = undone.as_ref().ok().and_then(|undone| undone.unseen.as_ref()) {
                report.could_not_verify(scope, unknown(reason));
            }
        }
        if let Ok(undone) = &undone
            && !undone.report.interrupted
        {
            self.verify(run, report, &Before { live: &undone.before, put_off }).await;
        }
        Ok(())
    }

    async fn give_back(
        &self,
        run: &Run<'_>,
        name: &str,
        touched: &BTreeMap<Address, Touched>,
        scopes: &[Scope],
    ) -> Result<Undone, String> {
        let live = self.discover_by(&self.evidence_by_now(run.recorder)).await.map_err(|error| error.to_string())?;
        let evidence = self.evidence_by_now(run.recorder);
        let intent = self.intent_by(&evidence);
        let (plan, kept) = rollback(&intent, &live, name, touched);
        let report = undo(run, &plan, &live, scopes).await;
        let mut left: BTreeMap<Address, String> =
            kept.iter().map(|one| (one.address.clone(), one.reason.clone())).collect();
        for change in plan.changes.values().filter(|change| !report.done.contains(&change.address)) {
            let of_scope = report.scopes.iter().find(|one| one.scope == change.scope);
            let reason = of_scope.and_then(ScopeReport::error).unwrap_or_default();
            left.insert(change.address.clone(), reason);
        }
        for problem in &plan.problems {
            let of_scope = touched.iter().filter(|(_, one)| one.scope == problem.scope);
            for (address, _) in of_scope.filter(|(address, _)| !report.done.contains(*address)) {
                left.entry(address.clone()).or_insert_with(|| problem.message.clone());
            }
        }
        let mut undone = Undone { before: live, report, kept, left, unseen: None };
        if !plan.changes.is_empty() && !undone.report.interrupted {
            self.look_back(run, name, touched, &mut undone).await;
        }
        Ok(undone)
    }

    /// Looks once more at what was undone, until AWS shows it to everybody: only what this look sees is told.
    async fn look_back(&self, run: &Run<'_>, name: &str, touched: &BTreeMap<Address, Touched>, undone: &mut Undone) {
        self.settle().await;
        let clock = self.sessions.clock();
        let since = clock.elapsed();
        loop {
            let seen = self.still_to_undo(run, name, touched, undone).await;
            if seen.as_ref().is_ok_and(BTreeMap::is_empty) {
                return;
            }
            if clock.elapsed() > since + PATIENCE {
                match seen {
                    Ok(seen) => undone.left.extend(seen),
                    Err(error) => undone.unseen = Some(error),
                }
                return;
            }
            clock.sleep(BETWEEN_LOOKS).await;
        }
    }

    /// What was undone, and is there again or is not.
    async fn still_to_undo(
        &self,
        run: &Run<'_>,
        name: &str,
        touched: &BTreeMap<Address, Touched>,
        undone: &Undone,
    ) -> Result<BTreeMap<Address, String>, String> {
        let live = self.discover_by(&self.evidence_by_now(run.recorder)).await.map_err(|error| error.to_string())?;
        // What was recreated has ids that only the journal knows.
        let evidence = self.evidence_by_now(run.recorder);
        let intent = self.intent_by(&evidence);
        let (plan, _) = rollback(&intent, &live, name, touched);
        let known = |message: &String| undone.left.values().any(|reason| reason == message);
        if let Some(problem) = plan.problems.iter().find(|problem| !known(&problem.message)) {
            return Err(problem.message.clone());
        }
        let done = plan.changes.into_values().filter(|change| undone.report.done.contains(&change.address));
        let told = done.filter_map(|change| match change.action() {
            Action::Delete => Some((change.address, "it was deleted, and is there again".to_owned())),
            // What carries no tag and is wanted no more has no address by which a look could find it.
            Action::Create
                if change.kind().tagging() == Tagging::None && !self.desired.contains_key(&change.address) =>
            {
                None
            }
            Action::Create => Some((change.address, "it was recreated, and is not there".to_owned())),
            // What was recreated has another id than before, and so have those that refer to it.
            Action::Update | Action::Replace => None,
        });
        Ok(told.collect())
    }
}

impl Undone {
    /// What the last look has seen otherwise than it was undone, in a scope.
    fn came_back(&self, scope: &Scope, touched: &BTreeMap<Address, Touched>) -> Option<ScopeFailure> {
        let is_of_scope = |address: &Address| touched.get(address).is_some_and(|one| one.scope == *scope);
        let undone = |address: &&Address| self.report.done.contains(*address) && is_of_scope(address);
        let address = self.left.keys().find(undone)?;
        let cause = FailureCause::ChangedSince { message: self.left[address].clone() };
        Some(ScopeFailure::of_resource(Some(address.clone()), cause))
    }
}

fn unknown(reason: &str) -> String {
    format!("it is not known what is left: AWS could not be looked at again: {reason}")
}
