//! What a sweep has found is brought back to what the files say, one by one; what is left is told with its reason.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::watch;

use super::apply::{ChangeOptions, carry_out};
use super::error::{OperateError, Stopped};
use super::machine::{Hold, Requests};
use super::sweep::{SweepRequest, look, unless_stopped};
use super::zone::{OpenJournal, OpenZone};
use crate::apply::Report;
use crate::discover::Live;
use crate::graph::Address;
use crate::kinds::{Owner, Scope};
use crate::plan::order::Step;
use crate::plan::{Action, Authority, Plan, Problem, Selection};
use crate::reconcile::Reconciler;
use crate::sweep::{Finding, Swept};
use crate::values::Label;

/// The command that a repair is called in the journal.
const REPAIR: &str = "sweep --repair";

/// A sweep with the repair of what it has found.
#[derive(Debug)]
pub struct RepairedZone {
    /// What is found after the repair; where nothing was to be repaired, what was found at first.
    pub swept: Swept,
    /// What the repair has done; none where there was nothing to do.
    pub repaired: Option<Repaired>,
}

/// What a repair has done.
#[derive(Debug)]
pub struct Repaired {
    /// What became of each scope.
    pub report: Report,
    /// What was found before, and is not found any more.
    pub mended: Vec<Finding>,
}

/// Sweeps, repairs what lz can, and sweeps again. What has never been built is left alone. `stop` is there where whoever
/// sweeps again and again has a way of its own to be stopped.
///
/// # Errors
/// As [`sweep`](super::sweep()) and [`apply`](super::apply()).
pub async fn repair(
    zone: &OpenZone<'_>,
    hold: &Hold,
    request: &SweepRequest<'_>,
    options: ChangeOptions,
    stop: Option<watch::Receiver<bool>>,
) -> Result<RepairedZone, OperateError> {
    let lock = &zone.declared.loaded.lock;
    let before = zone.journal().await?.state;
    zone.settle(&before).await;
    let reconciler = zone.reconciler(options.strangers, Authority::Repair, &before);
    let (first, pins) = unless_stopped(stop.clone(), Box::pin(look(zone, &reconciler, request, &before))).await?;
    let nothing_to_do = |first: Swept| {
        zone.write_lock(&reconciler.with_pins(lock, pins.clone()))?;
        Ok(RepairedZone { swept: first, repaired: None })
    };
    if first.sweep.findings.is_empty() && first.sweep.suppressed.is_empty() {
        return nothing_to_do(first);
    }
    let sweeps_again = stop.is_some();
    let work = async |journal: &OpenJournal| Box::pin(mend(zone, journal, request, options, &first, stop)).await;
    let Some(report) = zone.changing(hold, REPAIR, work).await? else { return nothing_to_do(first) };
    let look_again = async {
        let by_now = zone.journal().await?.state;
        let reconciler = zone.reconciler(options.strangers, Authority::Repair, &by_now);
        Ok(Box::pin(look(zone, &reconciler, request, &by_now)).await?.0)
    };
    let swept = match sweeps_again {
        true => look_again.await?,
        false => unless_interrupted(zone.ports.machine.requests(), look_again).await?,
    };
    let is_left = |finding: &Finding| swept.sweep.findings.iter().any(|left| left.id == finding.id);
    let mended = first.sweep.findings.into_iter().filter(|finding| !is_left(finding)).collect();
    Ok(RepairedZone { swept, repaired: Some(Repaired { report, mended }) })
}

/// Brings what is built back to what the files say; gives what became of it, where there was anything to do.
async fn mend(
    zone: &OpenZone<'_>,
    journal: &OpenJournal,
    request: &SweepRequest<'_>,
    options: ChangeOptions,
    first: &Swept,
    stop: Option<watch::Receiver<bool>>,
) -> Result<Option<Report>, OperateError> {
    let before = journal.state();
    let reconciler: Reconciler<'_> = zone.reconciler(options.strangers, Authority::Repair, &before);
    let discover = async {
        zone.settle(&before).await;
        Ok(reconciler.discover().await?)
    };
    let live = unless_stopped(stop, discover).await?;
    let hub = &zone.declared.loaded.zone.transit_gateway.account;
    let part = |live: &Live| Ok::<_, OperateError>(part_of(&reconciler.plan(live)?, first, request.only, hub));
    let (mine, scopes) = part(&live)?;
    if mine.changes.is_empty() && mine.problems.is_empty() && mine.blocked.is_empty() {
        return Ok(None);
    }
    let again = |live: &Live| Ok(part(live)?.0);
    let report = Box::pin(carry_out(zone, &reconciler, journal, options, mine, live, &scopes, &again)).await?;
    Ok(Some(report))
}

/// What of a plan a repair does, and in which scopes. What it leaves is among the part's problems.
fn part_of(whole: &Plan, first: &Swept, only: &[Owner], hub: &Label) -> (Plan, Vec<Scope>) {
    let is_asked_for = |scope: &Scope| {
        let home = match scope {
            Scope::Organization => Owner::Management,
            Scope::Hub => Owner::Account(hub.clone()),
            Scope::Workload(name) => Owner::Account(name.clone()),
        };
        only.is_empty() || only.contains(&home)
    };
    let wanted = |scope: &&Scope| !first.unbuilt.contains(scope) && is_asked_for(scope);
    let needed = whole.changes.values().chain(whole.blocked.values().map(|one| &one.change));
    let scopes: BTreeSet<Scope> = needed.map(|change| &change.scope).filter(wanted).cloned().collect();
    let selection = Selection::Scopes(scopes.clone());
    let mut part = whole.only(&selection);
    leave(&mut part, not_mended(whole, &selection));
    (part, scopes.into_iter().collect())
}

/// Looks, and drops the look at a request to end. What was repaired is in the journal by then.
async fn unless_interrupted<T>(
    mut requests: Requests,
    look: impl Future<Output = Result<T, OperateError>>,
) -> Result<T, OperateError> {
    tokio::select! {
        biased;
        looked = look => looked,
        () = requests.next() => Err(Stopped::LookingAgain.into()),
    }
}

/// What a repair does not do, though the plan says it, and why: what needs something that this repair is not about has to
/// wait for that.
fn not_mended(whole: &Plan, selection: &Selection) -> BTreeMap<Address, String> {
    let builds = |address: &Address| {
        let change = whole.changes.get(address);
        change.filter(|change| matches!(change.action(), Action::Create | Action::Replace))
    };
    let mut left = BTreeMap::new();
    for change in whole.changes.values().filter(|change| selection.holds(&change.scope)) {
        let outside = |first: &&Address| builds(first).is_some_and(|first| !selection.holds(&first.scope));
        let mut first = whole.order.before(&Step::build(&change.address)).map(|step| &step.address);
        if let Some(first) = first.find(outside) {
            let reason = format!("it needs {first}, which is not there and is not mended with this");
            left.insert(change.address.clone(), reason);
        }
    }
    left
}

/// Takes changes out of a plan, with all that waits for them, and tells them as problems.
fn leave(part: &mut Plan, mut left: BTreeMap<Address, String>) {
    loop {
        let waits = |first: &Address| left.contains_key(first);
        let more: Vec<(Address, String)> = part
            .changes
            .values()
            .filter(|change| !left.contains_key(&change.address))
            .filter_map(|change| {
                let mut all = part.order.before_any(&change.address).map(|step| &step.address);
                let first = all.find(|first| waits(first))?;
                Some((change.address.clone(), format!("it needs {first}, which is left")))
            })
            .collect();
        if more.is_empty() {
            break;
        }
        left.extend(more);
    }
    for (address, message) in left {
        if let Some(change) = part.changes.remove(&address) {
            part.problems.push(Problem { scope: change.scope, address: Some(address), message });
        }
    }
}
