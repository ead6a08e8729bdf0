//! What in AWS is not as the files ask for it.

use std::collections::BTreeSet;

use tokio::sync::watch;

use super::error::OperateError;
use super::zone::OpenZone;
use crate::apply::Pins;
use crate::discover::Live;
use crate::intent::intent;
use crate::journal::State;
use crate::kinds::Owner;
use crate::plan::{Authority, Strangers};
use crate::reconcile::Reconciler;
use crate::sweep::{Sweeping, Swept};
use crate::trail::{ask, questions};
use crate::values::Label;

/// What a sweep is about.
#[derive(Debug, Clone, Copy)]
pub struct SweepRequest<'a> {
    /// The accounts that it tells of; all where none are named. Of the others only the management account and the hub are
    /// looked into, since proofs need them.
    pub only: &'a [Owner],
    /// True where CloudTrail is asked who made the changes.
    pub authors: bool,
}

/// Looks at AWS, and says what is not as it was asked for. Changes nothing; ends early where `stop` becomes true.
///
/// # Errors
/// AWS or the journal can't be read, what is wanted contradicts itself, or somebody asked to stop.
pub async fn sweep(
    zone: &OpenZone<'_>,
    request: &SweepRequest<'_>,
    stop: Option<watch::Receiver<bool>>,
) -> Result<Swept, OperateError> {
    let journal = zone.journal().await?.state;
    zone.settle(&journal).await;
    let reconciler = zone.reconciler(Strangers::Kept, Authority::Repair, &journal);
    Ok(unless_stopped(stop, Box::pin(look(zone, &reconciler, request, &journal))).await?.0)
}

/// One look: what is not as it was asked for, and what a lock learns from it.
pub(super) async fn look(
    zone: &OpenZone<'_>,
    reconciler: &Reconciler<'_>,
    request: &SweepRequest<'_>,
    journal: &State,
) -> Result<(Swept, Pins), OperateError> {
    let (loaded, desired) = (&zone.declared.loaded, &zone.declared.desired);
    let at = reconciler.time_source()();
    let only: BTreeSet<Owner> = request.only.iter().cloned().collect();
    let live = match only.is_empty() {
        true => reconciler.discover().await?,
        false => {
            let named = only.iter().filter_map(|owner| match owner {
                Owner::Account(name) => Some(name.clone()),
                Owner::Management => None,
            });
            let into: BTreeSet<Label> = named.chain([loaded.zone.transit_gateway.account.clone()]).collect();
            reconciler.discover_only(into).await?
        }
    };
    let plan = reconciler.drift(&live)?;
    let mut swept = crate::sweep::sweep(&Sweeping {
        zone: &loaded.zone,
        desired,
        intent: &intent(&loaded.zone),
        live: &live,
        plan: &plan,
        evidence: reconciler.evidence(),
        accounts: &reconciler.account_ids(&live),
        only: (!only.is_empty()).then_some(&only),
        suppressions: &loaded.suppressions,
        at,
    });
    if request.authors {
        name_authors(zone, reconciler, &live, &mut swept).await?;
    }
    let pins = reconciler.pins(&plan, &live, journal);
    Ok((swept, pins))
}

/// Asks CloudTrail who did what was found. An account that can't be asked is told, and is no failure.
async fn name_authors(
    zone: &OpenZone<'_>,
    reconciler: &Reconciler<'_>,
    live: &Live,
    swept: &mut Swept,
) -> Result<(), OperateError> {
    let (name, desired) = (&zone.declared.loaded.zone.name, &zone.declared.desired);
    let questions = questions(name, desired, live, reconciler.evidence(), swept.sweep.findings.iter());
    let mut answers = ask(reconciler.sessions(), &questions).await;
    for finding in &mut swept.sweep.findings {
        finding.by = answers.authors.remove(&finding.id);
    }
    let refused = answers.refused.into_iter();
    swept.notes.extend(refused.map(|(account, error)| format!("CloudTrail can't be asked in {account}: {error}")));
    Ok(())
}

/// Does what changes nothing, and drops it where somebody asks to stop.
pub(super) async fn unless_stopped<T>(
    stop: Option<watch::Receiver<bool>>,
    look: impl Future<Output = Result<T, OperateError>>,
) -> Result<T, OperateError> {
    let asked = async {
        match stop {
            Some(mut stop) => drop(stop.wait_for(|asked| *asked).await),
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        () = asked => Err(OperateError::Declined),
        looked = look => looked,
    }
}
