//! Looking again at what a run has done, until AWS shows it to everybody.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Reconciler;
use crate::apply::{Event, FailureCause, Report, Run, ScopeFailure};
use crate::discover::Live;
use crate::graph::Address;
use crate::kinds::{Scope, State};
use crate::plan::{Action, Attribute, Authority, Change, Plan, Problem, Selection, plan};

/// How long AWS may go on showing something else than what it has shown once, before it counts as changed by somebody.
pub(super) const PATIENCE: Duration = Duration::from_secs(300);
/// How long AWS may be at work on something that is otherwise as it was asked for: a firewall takes a quarter of an hour at
/// most to take up its last change of rules.
const AT_WORK: Duration = Duration::from_secs(1200);
/// How far apart looks are, while AWS still shows something else.
pub(super) const BETWEEN_LOOKS: Duration = Duration::from_secs(20);

impl Reconciler<'_> {
    /// Waits until AWS shows everybody what was done, and notes as failed what by then is seen not to be as it was asked for
    /// in the scopes that are finished. What can't be read is told as not verified, and fails nothing. What was put off goes
    /// in a later run, and is not this one's to answer for: what it waited for may be done by now.
    pub(super) async fn verify(&self, run: &Run<'_>, report: &mut Report, before: &Before<'_>) {
        let finished: BTreeSet<Scope> = report.finished().map(|scope| scope.scope.clone()).collect();
        (run.events)(Event::Verifying);
        self.settle().await;
        let clock = self.sessions.clock();
        let since = clock.elapsed();
        loop {
            let seen = self.look_again(run, &finished, report, before).await;
            let patience = match &seen {
                Ok(seen) if seen.is_all_well() => return,
                Ok(seen) if seen.is_at_work() => AT_WORK,
                _ => PATIENCE,
            };
            if clock.elapsed() > since + patience {
                match seen {
                    Ok(seen) => seen.tell(self.authority, report),
                    Err(error) => {
                        finished.iter().for_each(|scope| report.could_not_verify(scope, not_seen(&error)));
                    }
                }
                return;
            }
            clock.sleep(BETWEEN_LOOKS).await;
        }
    }

    /// Looks, and says what is left; the report learns what the look has identified.
    async fn look_again(
        &self,
        run: &Run<'_>,
        finished: &BTreeSet<Scope>,
        report: &mut Report,
        before: &Before<'_>,
    ) -> Result<Seen, String> {
        let evidence = self.evidence_by_now(run.recorder);
        let live = self.discover_by(&evidence).await.map_err(|error| error.to_string())?;
        let plan = plan(&self.intent_by(&evidence), &live).map_err(|error| error.to_string())?;
        report.pins = run.recorder.journal().look(|journal| self.pins(&plan, &live, journal));
        let selection = Selection::Scopes(finished.clone());
        let mut beside = plan.changes.values().filter(|change| !selection.holds(&change.scope) && is_at_work(change));
        let mut seen = Seen {
            at_work_beside: beside.any(|change| was_ready(change, before.live)),
            ..Seen::unread(&plan, &selection)
        };
        let own = plan.only(&selection);
        for problem in own.problems.iter().filter(|problem| !is_unread(&plan, problem)) {
            seen.problems.push(problem.clone());
        }
        // A repair answers for what it has mended; what it has left is told already.
        let partly = |change: &Change| self.authority == Authority::Repair && report.done.contains(&change.address);
        let changes: BTreeMap<Address, Change> = match self.authority {
            Authority::Files => {
                own.changes.into_iter().filter(|(address, _)| !before.put_off.contains_key(address)).collect()
            }
            Authority::Repair => plan.changes.into_iter().filter(|(_, change)| partly(change)).collect(),
        };
        for change in changes.into_values() {
            match self.hangs_on(&change, &live) {
                None => seen.changes.push(change),
                Some(reason) => drop(seen.unread.entry(change.scope).or_insert(reason)),
            }
        }
        Ok(seen)
    }

    /// Why it can't be said whether a change is needed, where what it refers to was not read.
    fn hangs_on(&self, change: &Change, live: &Live) -> Option<String> {
        let referred = change.wanted().map(|wanted| wanted.spec.addresses()).unwrap_or_default();
        let of = |address: &Address| {
            let wanted = self.desired.get(address)?;
            live.unknown(&wanted.owner, wanted.spec.kind())
        };
        let own = live.unknown(&change.owner, change.kind());
        own.or_else(|| referred.iter().find_map(of)).map(|unknown| unknown.to_string())
    }
}

/// What a run began with.
pub(super) struct Before<'a> {
    /// What was there.
    pub(super) live: &'a Live,
    /// What the run's plan leaves to a later one.
    pub(super) put_off: &'a BTreeMap<Address, BTreeSet<Scope>>,
}

/// What the look after a run has seen.
#[derive(Debug, Default)]
struct Seen {
    /// The changes that are still to be made in scopes that are finished.
    changes: Vec<Change>,
    /// What is seen in them that can't be as it was asked for.
    problems: Vec<Problem>,
    /// The finished scopes of which something could not be read, with the reason.
    unread: BTreeMap<Scope, String>,
    /// True where AWS is at work, in other scopes, on what was ready before the run: the firewall takes up what a workload's
    /// change has made of the rules that it shares with others. Such a run fails nobody else's scope; it only ends later.
    at_work_beside: bool,
}

impl Seen {
    /// What of finished scopes could not be read.
    fn unread(plan: &Plan, finished: &Selection) -> Self {
        let problems = plan.problems.iter().filter(|problem| is_unread(plan, problem));
        let problems = problems.map(|problem| (problem.scope.clone(), problem.message.clone()));
        let undecided = plan.undecided.values().map(|one| (one.scope.clone(), one.reason.clone()));
        let unread = undecided.chain(problems).filter(|(scope, _)| finished.holds(scope)).collect();
        Self { unread, ..Self::default() }
    }

    fn is_as_asked(&self) -> bool {
        self.changes.is_empty() && self.problems.is_empty()
    }

    fn is_all_well(&self) -> bool {
        self.is_as_asked() && self.unread.is_empty() && !self.at_work_beside
    }

    /// True where AWS only has not finished.
    fn is_at_work(&self) -> bool {
        let waits = self.at_work_beside || !self.changes.is_empty();
        waits && self.problems.is_empty() && self.changes.iter().all(is_at_work)
    }

    fn tell(self, authority: Authority, report: &mut Report) {
        for (scope, reason) in self.unread {
            report.could_not_verify(&scope, not_seen(&reason));
        }
        for problem in self.problems {
            let message = format!("it was done, and now: {}", problem.message);
            report.fail(&problem.scope, ScopeFailure::of_scope(FailureCause::ChangedSince { message }));
        }
        for change in self.changes {
            match authority {
                Authority::Files => {
                    let message = format!("it was done, and now {}", change.reason);
                    let cause = FailureCause::ChangedSince { message };
                    report.fail(&change.scope, ScopeFailure::of_change(&change, cause));
                }
                Authority::Repair => {
                    let message = format!("it was mended, and now {}", change.reason);
                    let cause = FailureCause::ChangedSince { message };
                    report.leave(&change.scope, ScopeFailure::of_change(&change, cause));
                }
            }
        }
    }
}

fn not_seen(reason: &str) -> String {
    format!("every change was made, but AWS could not be looked at again: {reason}")
}

/// True for a problem that is only about what could not be read.
fn is_unread(plan: &Plan, problem: &Problem) -> bool {
    let is_undecided = || plan.undecided.values().any(|one| one.scope == problem.scope);
    plan.problems.contains(problem) && problem.address.is_none() && is_undecided()
}

/// True where AWS only has not finished what was asked for.
fn is_at_work(change: &Change) -> bool {
    matches!(change.attributes(), [one] if change.action() == Action::Update && one.attribute == Attribute::State)
}

fn was_ready(change: &Change, before: &Live) -> bool {
    let former = |id: &str| before.resources.iter().find(|one| one.observed.id == id);
    let former = change.live().and_then(|live| former(&live.id));
    former.is_some_and(|one| one.observed.state == State::Ready)
}
