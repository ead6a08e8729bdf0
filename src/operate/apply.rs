//! Scopes are brought to what the files say: plan, ask, apply.

use std::collections::{BTreeMap, BTreeSet};

use super::audience::Confirmation;
use super::error::{Missing, OperateError};
use super::machine::Hold;
use super::zone::{OpenJournal, OpenZone};
use crate::apply::{Report, ScopeOutcome};
use crate::discover::Live;
use crate::graph::Address;
use crate::journal::State;
use crate::journal::history::applied;
use crate::journal::housekeeping::read_history;
use crate::kinds::{KindName, Scope};
use crate::plan::file::{Confirmed, PlanFile, first_difference};
use crate::plan::{Action, Authority, Change, Plan, Selection, Strangers};
use crate::reconcile::Reconciler;

/// Whether somebody is asked before anything is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Somebody is asked.
    Asked,
    /// Somebody has agreed before.
    Given,
}

/// How many steps may be under way, and what becomes of what fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApplyOptions {
    /// How many steps may be under way at once.
    pub parallelism: usize,
    /// True where scopes that fail are given back their state from before.
    pub rollback: bool,
}

/// How AWS is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeOptions {
    /// Whether somebody is asked before.
    pub consent: Consent,
    /// What becomes of what nobody asked for.
    pub strangers: Strangers,
    /// How the plan is applied.
    pub apply: ApplyOptions,
}

/// Which scopes are to be brought to what the files say.
#[derive(Debug, Clone, Copy)]
pub struct ApplyRequest<'a> {
    /// The command, for the journal.
    pub command: &'a str,
    /// The scopes.
    pub scopes: &'a [Scope],
    /// A kept plan, of which nothing else is done.
    pub kept: Option<&'a PlanFile>,
    /// How AWS is changed.
    pub options: ChangeOptions,
}

/// What became of scopes.
#[derive(Debug)]
pub enum Applied {
    /// A run worked on them, or found nothing to do.
    Run(Box<Ran>),
    /// Every change of the kept plan was made before.
    Already {
        /// The run that made the last of them.
        run: String,
    },
}

/// A run that came to its end.
#[derive(Debug)]
pub struct Ran {
    /// What became of each scope.
    pub report: Report,
    /// What it has not finished; none where it has done what it was for.
    pub unfinished: Option<Unfinished>,
    /// What goes in a later run, and the scopes that use it until they are changed.
    pub put_off: BTreeMap<Address, BTreeSet<Scope>>,
}

/// What a run has not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The scopes that are not as the files say.
    pub scopes: Vec<Scope>,
    /// True where something is left of it that a rollback would undo.
    pub leaves_something: bool,
}

/// Brings scopes to what the files say. Whoever is asked for consent sees the plan, and nothing but that plan is applied.
///
/// # Errors
/// Nothing was changed, or the run could not be written down to its end.
pub async fn apply(zone: &OpenZone<'_>, hold: &Hold, request: &ApplyRequest<'_>) -> Result<Applied, OperateError> {
    let ApplyRequest { command, scopes, kept, options } = *request;
    let digest = &zone.declared.loaded.digest;
    zone.changing(hold, command, async |journal| {
        let before = journal.state();
        let made = match kept {
            Some(kept) => applied(&read_history(&zone.ports.machine.journal()).await?, digest, kept.records()),
            None => BTreeMap::new(),
        };
        zone.settle(&before).await;
        let reconciler = zone.reconciler(options.strangers, Authority::Files, &before);
        let live = reconciler.discover().await?;
        let selection = Selection::Scopes(scopes.iter().cloned().collect());
        let part = |live: &Live| -> Result<Confirmed, OperateError> {
            let whole = reconciler.plan(live)?;
            needs_first(&whole, &selection)?;
            match kept {
                Some(kept) => Ok(kept.confirmed(digest, &whole, &selection, &made)?),
                None => Ok(Confirmed::Left(whole.only(&selection))),
            }
        };
        let left = match part(&live)? {
            Confirmed::AppliedAlready { run, .. } => return Ok(Applied::Already { run }),
            Confirmed::Left(left) => left,
        };
        let again = |live: &Live| part(live).map(Confirmed::into_plan);
        let put_off = left.put_off.clone();
        let report = Box::pin(carry_out(zone, &reconciler, journal, options, left, live, scopes, &again)).await?;
        let unfinished = journal.look(|state| unfinished(&report, state));
        Ok(Applied::Run(Box::new(Ran { report, unfinished, put_off })))
    })
    .await
}

/// Does a part of a plan, after asking; gives what became of it. After a yes it looks `again`, and goes on only if the part is
/// the one that was shown.
#[expect(clippy::too_many_arguments, reason = "two use cases share it, and it is their last step")]
pub(super) async fn carry_out(
    zone: &OpenZone<'_>,
    reconciler: &Reconciler<'_>,
    journal: &OpenJournal,
    options: ChangeOptions,
    mut part: Plan,
    mut live: Live,
    scopes: &[Scope],
    again: &dyn Fn(&Live) -> Result<Plan, OperateError>,
) -> Result<Report, OperateError> {
    let (loaded, desired) = (&zone.declared.loaded, &zone.declared.desired);
    if !part.changes.is_empty() {
        if options.consent == Consent::Asked {
            let accounts = reconciler.account_ids(&live);
            let question =
                Confirmation::Apply { part: &part, region: &loaded.zone.region, accounts: &accounts, desired };
            if !zone.ports.audience.confirms(question).await? {
                return Err(OperateError::Declined);
            }
            live = reconciler.discover().await?;
            let shown = std::mem::replace(&mut part, again(&live)?);
            if let Some(difference) = first_difference(&shown, &part, &BTreeMap::new()) {
                return Err(OperateError::ChangedMeanwhile { difference });
            }
        }
        zone.write_lock(&reconciler.claimed(&loaded.lock, &live))?;
    }
    let work = journal.executing(zone, options.apply, &part, async |applying| {
        reconciler.apply(&part, &live, scopes, &applying).await
    });
    let report = work.await?;
    zone.write_lock(&reconciler.pinned(&loaded.lock, &report))?;
    Ok(report)
}

/// Refuses a part whose changes wait for resources outside of it that are not there, or that decide otherwise than the files
/// whether its attachments come about: who may attach, and who accepts.
fn needs_first(whole: &Plan, selection: &Selection) -> Result<(), Missing> {
    let decides = |change: &Change| matches!(change.kind(), KindName::TransitGateway | KindName::ResourceShare);
    let mut absent: Vec<Address> = Vec::new();
    let mut differing: Vec<Address> = Vec::new();
    for change in whole.missing_for(selection).into_values() {
        match change.action() {
            Action::Create | Action::Replace => absent.push(change.address.clone()),
            Action::Update if decides(change) && !change.is_of_tags_only() => differing.push(change.address.clone()),
            Action::Update | Action::Delete => {}
        }
    }
    let (is_there, all) = if absent.is_empty() { (true, differing) } else { (false, absent) };
    let more = all.len().saturating_sub(1);
    all.into_iter().next().map_or(Ok(()), |first| Err(Missing { is_there, first, more }))
}

/// What an applying run has not finished; none where everything is. `journal` is the zone's with the run in it.
fn unfinished(report: &Report, journal: &State) -> Option<Unfinished> {
    let is_open = |outcome: ScopeOutcome| !matches!(outcome, ScopeOutcome::Applied | ScopeOutcome::Unchanged);
    let open = report.scopes.iter().filter(|one| is_open(one.outcome));
    let scopes: Vec<Scope> = open.map(|one| one.scope.clone()).collect();
    if scopes.is_empty() && !report.interrupted {
        return None;
    }
    let leaves_something = report.unfinished().any(|one| !journal.effects(&report.run, &one.scope).is_empty());
    Some(Unfinished { scopes, leaves_something })
}
