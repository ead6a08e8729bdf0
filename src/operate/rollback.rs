//! What a run has left unfinished is undone.

use super::apply::{ApplyOptions, Consent};
use super::audience::Confirmation;
use super::error::OperateError;
use super::machine::Hold;
use super::zone::OpenZone;
use crate::apply::Report;
use crate::journal::State;
use crate::journal::record::{Ending, RunEnded};
use crate::journal::state::Run;
use crate::kinds::Scope;
use crate::plan::{Authority, Plan, Strangers};

/// Which run is to be undone.
#[derive(Debug, Clone, Copy)]
pub struct RollbackRequest<'a> {
    /// The run, by its name; none means the last one that was not refused.
    pub run: Option<&'a str>,
    /// Whether somebody is asked before.
    pub consent: Consent,
    /// How many steps may be under way at once.
    pub parallelism: usize,
}

/// A run that was undone, as far as it could be.
#[derive(Debug)]
pub struct RolledBack {
    /// The run that was undone.
    pub undone: String,
    /// What became of each scope.
    pub report: Report,
}

/// Undoes what a run has left unfinished. What the run did not touch, or another run has changed since, is left alone.
///
/// # Errors
/// There is nothing to undo, or the undoing could not be written down to its end.
pub async fn rollback(
    zone: &OpenZone<'_>,
    hold: &Hold,
    request: &RollbackRequest<'_>,
) -> Result<RolledBack, OperateError> {
    let loaded = &zone.declared.loaded;
    zone.changing(hold, "rollback", async |journal| {
        let before = journal.state();
        let (undone, scopes) = unfinished(&before, request.run)?;
        let question = Confirmation::Undo { run: &undone, scopes: &scopes };
        if request.consent == Consent::Asked && !zone.ports.audience.confirms(question).await? {
            return Err(OperateError::Declined);
        }
        zone.write_lock(&loaded.lock)?;
        let reconciler = zone.reconciler(Strangers::Kept, Authority::Files, &before);
        reconciler.settle().await;
        let options = ApplyOptions { parallelism: request.parallelism, rollback: true };
        let nothing_planned = Plan::empty(loaded.zone.name.clone());
        let work = journal.executing(zone, options, &nothing_planned, async |applying| {
            reconciler.undo(&undone, &scopes, &applying).await
        });
        let report = work.await?;
        zone.write_lock(&reconciler.pinned(&loaded.lock, &report))?;
        Ok(RolledBack { undone, report })
    })
    .await
}

fn was_refused(run: &Run) -> bool {
    let all_refused = |end: &RunEnded| end.scopes.iter().all(|one| one.ending == Ending::Refused);
    run.ended.as_ref().is_some_and(|end| !end.scopes.is_empty() && all_refused(end))
}

/// The run that is meant, and its scopes that are not settled.
fn unfinished(journal: &State, wanted: Option<&str>) -> Result<(String, Vec<Scope>), OperateError> {
    let run = match wanted {
        Some(name) => journal.run(name).ok_or_else(|| OperateError::NoSuchRun { name: name.to_owned() })?,
        // A run that was refused has begun nothing: the one before it is the last that did.
        None => journal.runs().iter().rev().find(|run| !was_refused(run)).ok_or(OperateError::NoRun)?,
    };
    let settled = |scope: &Scope| {
        let ended = |end: &RunEnded| end.scopes.iter().any(|one| one.scope == *scope && one.ending.stands());
        run.ended.as_ref().is_some_and(ended)
    };
    let name = run.started.run.clone();
    let scopes: Vec<Scope> = run.started.scopes.iter().filter(|scope| !settled(scope)).cloned().collect();
    if scopes.is_empty() { Err(OperateError::NothingUnfinished { run: name }) } else { Ok((name, scopes)) }
}
