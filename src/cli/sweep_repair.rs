//! The repair of `lz sweep --repair`: what was found is mended one by one, and what is left is told with its reason.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tokio::sync::watch;

use super::apply::Work;
use super::error::CliError;
use super::journal::{self, OpenJournal};
use super::signal::Requests;
use super::sweep::{Looked, Sweeper, unless_stopped};
use crate::apply::{LeftAsIs, Pins, Report, ScopeReport};
use crate::discover::Live;
use crate::graph::Address;
use crate::journal::State;
use crate::kinds::{Owner, Scope};
use crate::plan::order::Step;
use crate::plan::{Action, Plan, Problem, Selection};
use crate::reconcile::Reconciler;
use crate::sweep::{Finding, Swept};
use crate::text::{Text, text};
use crate::ui::Printer;

/// The command that a repair is called in the journal.
const REPAIR: &str = "sweep --repair";

/// What a repair has done.
pub struct Repaired {
    /// What became of each scope.
    pub report: Report,
    /// What was found before, and is not found any more.
    mended: Vec<Finding>,
}

impl Sweeper<'_> {
    /// Mends what lz can, and sweeps again. Where nothing is to be mended the first sweep stands.
    pub async fn repair(
        &self,
        reconciler: &Reconciler<'_>,
        first: Swept,
        pins: &Pins,
        stop: Option<watch::Receiver<bool>>,
    ) -> Result<(Swept, Option<Repaired>), CliError> {
        let Self { workspace, settings, printer, .. } = *self;
        if first.sweep.findings.is_empty() && first.sweep.suppressed.is_empty() {
            workspace.write_lock(&reconciler.with_pins(&workspace.loaded.lock, pins.clone()))?;
            return Ok((first, None));
        }
        let sweeps_again = stop.is_some();
        let work = async |journal: &OpenJournal| self.mend(reconciler, journal, &first, stop).await;
        let Some(report) = OpenJournal::with(workspace, settings, reconciler, REPAIR, printer, work).await? else {
            workspace.write_lock(&reconciler.with_pins(&workspace.loaded.lock, pins.clone()))?;
            return Ok((first, None));
        };
        let look = async {
            let by_now = journal::contents(workspace, settings).await?;
            self.look(reconciler, &by_now.state).await
        };
        let Looked { swept: second, .. } = match sweeps_again {
            // Who sweeps again and again is asked to stop by its own way.
            true => look.await?,
            false => unless_interrupted(settings.machine.requests(), look).await?,
        };
        let is_left = |finding: &Finding| second.sweep.findings.iter().any(|left| left.id == finding.id);
        let mended = first.sweep.findings.into_iter().filter(|finding| !is_left(finding)).collect();
        Ok((second, Some(Repaired { report, mended })))
    }

    /// Brings what is built back to what the files say; gives what became of it, where there was anything to do.
    async fn mend(
        &self,
        reconciler: &Reconciler<'_>,
        journal: &OpenJournal,
        first: &Swept,
        stop: Option<watch::Receiver<bool>>,
    ) -> Result<Option<Report>, CliError> {
        let Self { workspace, settings, printer, .. } = *self;
        let before = journal.recorder.journal().look(State::clone);
        let live = unless_stopped(stop, workspace.discover(reconciler, &before, printer)).await?;
        let again = |live: &Live| Ok(self.part(&reconciler.plan(live)?, first).0);
        let (part, scopes) = self.part(&reconciler.plan(&live)?, first);
        if part.changes.is_empty() && part.problems.is_empty() && part.blocked.is_empty() {
            return Ok(None);
        }
        let work = Work { command: REPAIR, args: self.change(), workspace, settings, printer };
        let (report, _) = work.carry_out(reconciler, journal, part, live, &scopes, &again).await?;
        Ok(Some(report))
    }

    /// What of a plan a repair does, and in which scopes. What it leaves is among the part's problems.
    fn part(&self, whole: &Plan, first: &Swept) -> (Plan, Vec<Scope>) {
        let wanted = |scope: &&Scope| !first.unbuilt.contains(scope) && self.is_asked_for(scope);
        let needed = whole.changes.values().chain(whole.blocked.values().map(|one| &one.change));
        let scopes: BTreeSet<Scope> = needed.map(|change| &change.scope).filter(wanted).cloned().collect();
        let selection = Selection::Scopes(scopes.clone());
        let mut part = whole.only(&selection);
        leave(&mut part, not_mended(whole, &selection));
        (part, scopes.into_iter().collect())
    }

    fn is_asked_for(&self, scope: &Scope) -> bool {
        let home = match scope {
            Scope::Organization => Owner::Management,
            Scope::Hub => Owner::Account(self.workspace.loaded.zone.transit_gateway.account.clone()),
            Scope::Workload(name) => Owner::Account(name.clone()),
        };
        self.accounts().is_empty() || self.accounts().contains(&home)
    }
}

/// Looks, and drops the look at a request to end. What was mended is in the journal by then.
async fn unless_interrupted<T>(
    mut requests: Requests,
    look: impl Future<Output = Result<T, CliError>>,
) -> Result<T, CliError> {
    tokio::select! {
        biased;
        looked = look => looked,
        () = requests.next() => {
            Err(CliError::Stopped("stopped before AWS was looked at again; `lz history` tells what was mended"))
        }
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

/// What a scope is left with: a line for each reason, with the first resource and how many more there are.
fn left(report: &ScopeReport) -> Vec<Text> {
    let mut lines: Vec<(&LeftAsIs, usize)> = Vec::new();
    for one in &report.left {
        match lines.iter_mut().find(|(first, _)| first.reason == one.reason) {
            Some((_, more)) => *more += 1,
            None => lines.push((one, 0)),
        }
    }
    let line = |(first, more): (&LeftAsIs, usize)| match (&first.address, more) {
        (Some(address), 1..) => {
            text!("  {}: {} and {} more: {}\n", report.scope, address, more, first.reason)
        }
        _ => text!("  {}: {}\n", report.scope, first),
    };
    lines.into_iter().map(line).collect()
}

impl Repaired {
    /// What was mended and what is left, for people.
    pub fn text(&self) -> Text {
        let mended = self.mended.iter().map(|finding| text!("  {}: {}\n", finding.owner, finding.sentence));
        let left: Text = self.report.scopes.iter().flat_map(left).collect();
        let left = if left.is_empty() { left } else { text!("Left:\n{}\n", left) };
        text!("Mended:\n{}\n{}", mended.collect::<Text>(), left)
    }

    /// The same as data.
    pub fn document(&self) -> Result<Value, CliError> {
        let report = serde_json::to_value(&self.report).map_err(|error| CliError::Process(error.to_string()))?;
        let mended: Vec<&str> = self.mended.iter().map(|finding| finding.id.as_str()).collect();
        Ok(json!({ "mended": mended, "run": report }))
    }

    /// Says what went wrong.
    pub fn tell(&self, printer: &Printer) {
        for ScopeReport { scope, error, unverified, .. } in &self.report.scopes {
            if let Some(error) = error {
                printer.error(format!("{scope}: {error}"), None);
            }
            if let Some(reason) = unverified {
                printer.warning(format!("{scope} could not be verified: {reason}"));
            }
        }
    }
}
