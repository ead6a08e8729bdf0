//! Giving scopes their state from before a run.

use std::collections::BTreeMap;

use super::Reconciler;
use crate::apply::{Event, Report, Run, apply};
use crate::discover::Live;
use crate::graph::Address;
use crate::journal::JournalError;
use crate::kinds::Scope;
use crate::plan::rollback::{Kept, Touched, rollback};

/// What a rollback has come to.
struct Undone {
    /// What was in AWS before.
    before: Live,
    report: Report,
    kept: Vec<Kept>,
    /// What was not undone, and why.
    left: BTreeMap<Address, String>,
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
        report: &mut Report,
    ) -> Result<(), JournalError> {
        let touched = run.recorder.begin_rollback(name, scopes).await?;
        (run.events)(Event::RollingBack { scopes: scopes.to_vec() });
        let undone = self.give_back(run, name, &touched, scopes).await;
        if let Some(stopped) = run.recorder.journal().stopped() {
            return Err(stopped);
        }
        for scope in scopes {
            let (kept, left, failure) = match &undone {
                Err(error) => {
                    let left = touched.keys().map(|address| (address.clone(), error.clone())).collect();
                    (Vec::new(), left, Some(error.clone()))
                }
                Ok(undone) => {
                    let kept = undone.kept.iter().filter(|one| one.scope == *scope).cloned().collect();
                    let of_scope = undone.report.scopes.iter().find(|one| one.scope == *scope);
                    (kept, undone.left.clone(), of_scope.and_then(|one| one.error.clone()))
                }
            };
            run.recorder.end_rollback(scope, &touched, &left, failure.is_none()).await?;
            report.rolled_back(scope, &kept, failure.as_deref());
        }
        if let Ok(undone) = &undone
            && !undone.report.interrupted
        {
            self.verify(run, report, &undone.before).await;
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
        let live = self.discover().await.map_err(|error| error.to_string())?;
        let evidence = self.evidence_by_now(run.recorder);
        let intent = self.intent_by(&evidence);
        let (plan, kept) = rollback(&intent, &live, name, touched).map_err(|error| error.to_string())?;
        let report = apply(run, &plan, &live, scopes).await;
        let mut left: BTreeMap<Address, String> =
            kept.iter().map(|one| (one.address.clone(), one.reason.clone())).collect();
        for change in plan.changes.values().filter(|change| !report.done.contains(&change.address)) {
            let of_scope = report.scopes.iter().find(|one| one.scope == change.scope);
            let reason = of_scope.and_then(|one| one.error.clone()).unwrap_or_default();
            left.insert(change.address.clone(), reason);
        }
        for problem in &plan.problems {
            let of_scope = touched.iter().filter(|(_, one)| one.scope == problem.scope);
            for (address, _) in of_scope.filter(|(address, _)| !report.done.contains(*address)) {
                left.entry(address.clone()).or_insert_with(|| problem.message.clone());
            }
        }
        Ok(Undone { before: live, report, kept, left })
    }
}
