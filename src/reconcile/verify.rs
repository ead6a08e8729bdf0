//! Looking again at what a run has done, until AWS shows it to everybody.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Reconciler;
use crate::apply::{Event, Report, Run, ScopeReport};
use crate::discover::Live;
use crate::kinds::{Scope, State};
use crate::plan::{Action, Change, Selection, plan};

/// How long AWS may go on showing something else than what it has shown once, before it counts as changed by somebody.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long AWS may be at work on something that is otherwise as it was asked for: a firewall takes a quarter of an hour at
/// most to take up its last change of rules.
const AT_WORK: Duration = Duration::from_secs(1200);
/// How far apart looks are, while AWS still shows something else.
const BETWEEN_LOOKS: Duration = Duration::from_secs(20);

impl Reconciler<'_> {
    /// Waits until AWS shows everybody what was done, and notes as failed what by then is not as it was asked for in the
    /// scopes that are finished.
    pub(super) async fn verify(&self, run: &Run<'_>, report: &mut Report, before: &Live) {
        let finished: BTreeSet<Scope> = report.finished().map(|scope| scope.scope.clone()).collect();
        (run.events)(Event::Verifying);
        self.settle().await;
        let clock = self.sessions.clock();
        let since = clock.elapsed();
        let selection = Selection::Scopes(finished);
        loop {
            let left = self.left_of(run, report, &selection, before).await;
            let patience = match &left {
                Ok(left) if left.changes.is_empty() && !left.at_work_beside => return,
                Ok(left) if left.changes.iter().all(is_at_work) => AT_WORK,
                _ => PATIENCE,
            };
            if clock.elapsed() > since + patience {
                tell_left(report, left.map(|left| left.changes));
                return;
            }
            clock.sleep(BETWEEN_LOOKS).await;
        }
    }

    /// Looks, and says what is left; the report learns what the look has identified.
    async fn left_of(
        &self,
        run: &Run<'_>,
        report: &mut Report,
        finished: &Selection,
        before: &Live,
    ) -> Result<Left, String> {
        let live = self.discover().await.map_err(|error| error.to_string())?;
        let evidence = self.evidence_by_now(run.recorder);
        let plan = plan(&self.intent_by(&evidence), &live).map_err(|error| error.to_string())?;
        report.pins = run.recorder.journal().look(|journal| self.pins(&plan, &live, journal));
        let mut beside = plan.changes.values().filter(|change| !finished.holds(&change.scope) && is_at_work(change));
        let at_work_beside = beside.any(|change| was_ready(change, before));
        let own = plan.only(finished);
        match own.problems.first() {
            Some(problem) => Err(problem.message.clone()),
            None => Ok(Left { changes: own.changes.into_values().collect(), at_work_beside }),
        }
    }
}

/// What is not yet as it was asked for.
struct Left {
    /// The changes that are still to be made in scopes that are finished.
    changes: Vec<Change>,
    /// True where AWS is at work, in other scopes, on what was ready before the run: the firewall takes up what a workload's
    /// change has made of the rules that it shares with others. Such a run fails nobody else's scope; it only ends later.
    at_work_beside: bool,
}

/// True where AWS only has not finished what was asked for.
fn is_at_work(change: &Change) -> bool {
    matches!(change.attributes.as_slice(), [one] if change.action == Action::Update && one.attribute == "state")
}

fn was_ready(change: &Change, before: &Live) -> bool {
    let former = |id: &str| before.resources.iter().find(|one| one.observed.id == id);
    let former = change.live.as_ref().and_then(|live| former(&live.id));
    former.is_some_and(|one| one.observed.state == State::Ready)
}

fn tell_left(report: &mut Report, left: Result<Vec<Change>, String>) {
    match left {
        Ok(changes) => {
            for change in changes {
                let reason = format!("{} was done, and now {}", change.address, change.reason);
                report.fail(&change.scope, reason);
            }
        }
        Err(error) => {
            let scopes: Vec<Scope> = report.finished().map(|ScopeReport { scope, .. }| scope.clone()).collect();
            for scope in scopes {
                report.fail(&scope, format!("it was done, but could not be looked at again: {error}"));
            }
        }
    }
}
