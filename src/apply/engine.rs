//! The dataflow: what is ready is started, what fails takes its own scope along and nothing else. A repair goes on with the
//! scope, and leaves only what waits for what has failed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};

use super::context::{Context, Run};
use super::event::Event;
use super::failure::{FailureCause, ScopeFailure};
use super::report::{Outcome, Pins, Report, ScopeReport};
use super::schedule::Schedule;
use super::step::{StepError, take};
use crate::discover::Live;
use crate::graph::Address;
use crate::kinds::Scope;
use crate::plan::order::{self, Part, Step};
use crate::plan::{Authority, Barrier, Blocked, Change, Plan, Problem, Undecided};

/// What becomes of the rest of a scope, where a part of it can't be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Conduct {
    /// A scope is done as a whole: one with a problem is not begun, and a step that fails stops it.
    Whole,
    /// The rest goes on, but for what waits for a step that failed.
    OneByOne,
    /// A step that fails stops its scope, and a problem keeps nothing else from being undone.
    Undoing,
}

/// Does what a plan says. `live` is what the plan was made from.
///
/// It never fails as a whole: what became of each scope is in the report.
pub async fn apply(run: &Run<'_>, plan: &Plan, live: &Live, scopes: &[Scope]) -> Report {
    let conduct = match run.intent.authority {
        Authority::Files => Conduct::Whole,
        Authority::Repair => Conduct::OneByOne,
    };
    carry_out(run, plan, live, scopes, conduct).await
}

/// Does what the plan of a rollback says, as [`apply`] does.
pub async fn undo(run: &Run<'_>, plan: &Plan, live: &Live, scopes: &[Scope]) -> Report {
    carry_out(run, plan, live, scopes, Conduct::Undoing).await
}

async fn carry_out(run: &Run<'_>, plan: &Plan, live: &Live, scopes: &[Scope], conduct: Conduct) -> Report {
    let context = Context::new(run, plan, live);
    let mut engine = Engine::new(&context, plan, scopes, conduct);
    engine.run().await;
    for (scope, recreated) in context.recreated() {
        engine.report(&scope).recreated.push(recreated);
    }
    let mut report = Report {
        run: run.name.clone(),
        outcome: Outcome::of(&engine.scopes()),
        scopes: engine.scopes(),
        api_calls: 0,
        throttled: 0,
        aws_seconds: 0,
        accounts: context.accounts(),
        interrupted: context.stopping(),
        done: engine.done,
        pins: Pins::default(),
    };
    report.count(&run.sessions.counts(), run.sessions.clock().elapsed());
    report
}

struct Ended {
    step: Step,
    result: Result<(), StepError>,
    took: Duration,
}

struct Engine<'a> {
    context: &'a Context<'a>,
    plan: &'a Plan,
    conduct: Conduct,
    schedule: Schedule,
    reports: BTreeMap<Scope, ScopeReport>,
    /// Steps that are left, by scope.
    left: BTreeMap<Scope, usize>,
    /// The changes that were done.
    done: BTreeSet<Address>,
    /// Why nothing more is started, where the journal can't be written.
    halted: Option<String>,
}

impl<'a> Engine<'a> {
    fn new(context: &'a Context<'a>, plan: &'a Plan, scopes: &[Scope], conduct: Conduct) -> Self {
        let mut reports: BTreeMap<Scope, ScopeReport> =
            scopes.iter().map(|scope| (scope.clone(), ScopeReport::new(scope.clone()))).collect();
        let mut left: BTreeMap<Scope, usize> = BTreeMap::new();
        for change in plan.changes.values() {
            reports.entry(change.scope.clone()).or_insert_with(|| ScopeReport::new(change.scope.clone()));
            let steps = order::steps(change).count();
            *left.entry(change.scope.clone()).or_default() += steps;
        }
        let schedule = match conduct {
            Conduct::OneByOne => Schedule::repairing(plan, context.run.intent.desired),
            Conduct::Whole | Conduct::Undoing => Schedule::new(plan),
        };
        let (done, halted) = (BTreeSet::new(), None);
        let mut engine = Self { context, plan, conduct, schedule, reports, left, done, halted };
        engine.take_problems();
        engine
    }

    /// What is known not to be possible before anything is begun.
    fn take_problems(&mut self) {
        let problem = |address: Option<Address>, message: &str| {
            ScopeFailure::of_resource(address, FailureCause::Problem { message: message.to_owned() })
        };
        for Problem { scope, address, message } in &self.plan.problems {
            match self.conduct {
                Conduct::Whole => self.report(scope).refuse(problem(None, message)),
                Conduct::OneByOne => self.report(scope).leave(problem(address.clone(), message)),
                Conduct::Undoing => self.report(scope).fail(problem(None, message)),
            }
        }
        match self.conduct {
            Conduct::Whole => self.refuse_scopes(),
            Conduct::OneByOne => self.take_blocked(),
            Conduct::Undoing => {}
        }
    }

    /// What a repair may not do, or could not look at, is left, and told.
    fn take_blocked(&mut self) {
        let is_consequence = |one: &&Blocked| matches!(one.barrier, Barrier::Needs { .. });
        let (consequences, causes): (Vec<_>, Vec<_>) = self.plan.blocked.values().partition(is_consequence);
        for Blocked { change, barrier } in causes.into_iter().chain(consequences) {
            let message =
                format!("{} is needed ({}), and is not done: {barrier}", change.action().as_str(), change.reason);
            self.report(&change.scope).leave(ScopeFailure::of_change(change, FailureCause::Barred { message }));
        }
        for (address, Undecided { scope, reason, .. }) in &self.plan.undecided {
            let cause = FailureCause::Unread { message: reason.clone() };
            self.report(scope).leave(ScopeFailure::of_resource(Some(address.clone()), cause));
        }
    }

    /// Takes the steps of scopes with problems out, and the scopes that wait for one of those.
    fn refuse_scopes(&mut self) {
        let plan = self.plan;
        let mut next: BTreeSet<Scope> = plan.problems.iter().map(|problem| problem.scope.clone()).collect();
        while !next.is_empty() {
            let refused = std::mem::take(&mut next);
            let of = |step: &Step| plan.changes.get(&step.address).map(|change| &change.scope);
            for step in self.schedule.drop_all(|step| of(step).is_some_and(|scope| refused.contains(scope))) {
                let Some(scope) = of(&step) else { continue };
                self.left.remove(scope);
                if !refused.contains(scope) {
                    let waiting = ScopeFailure::of_resource(Some(step.address.clone()), FailureCause::NotBegun);
                    self.report(scope).refuse(waiting);
                    next.insert(scope.clone());
                }
            }
        }
    }

    fn report(&mut self, scope: &Scope) -> &mut ScopeReport {
        self.reports.entry(scope.clone()).or_insert_with(|| ScopeReport::new(scope.clone()))
    }

    fn scopes(&self) -> Vec<ScopeReport> {
        self.reports.values().cloned().collect()
    }

    async fn run(&mut self) {
        let mut under_way: FuturesUnordered<LocalBoxFuture<'a, Ended>> = FuturesUnordered::new();
        loop {
            while under_way.len() < self.context.run.parallelism && !self.is_stopped() {
                let next = self.schedule.next();
                let next = if under_way.is_empty() { next.or_else(|| self.schedule.next_out_of_turn()) } else { next };
                let Some(step) = next else { break };
                if let Some(change) = self.plan.changes.get(&step.address) {
                    self.start(&step, change);
                    under_way.push(go(self.context, change, step).boxed_local());
                }
            }
            match under_way.next().await {
                Some(ended) => self.ended(&ended),
                None => break,
            }
        }
        if let Some(message) = self.halted.clone() {
            self.give_up(&FailureCause::Journal { message });
        } else if self.context.stopping() {
            self.give_up(&FailureCause::Interrupted);
        }
    }

    fn is_stopped(&self) -> bool {
        self.halted.is_some() || self.context.stopping()
    }

    fn start(&self, step: &Step, change: &Change) {
        // What has several steps is told once, when its first one starts.
        if order::earlier(change, step).is_none() {
            self.context.tell(Event::Started {
                address: change.address.clone(),
                kind: change.kind(),
                scope: change.scope.clone(),
                action: change.action(),
            });
        }
    }

    fn ended(&mut self, ended: &Ended) {
        let Some(change) = self.plan.changes.get(&ended.step.address) else { return };
        let scope = change.scope.clone();
        match &ended.result {
            Ok(()) => {
                self.schedule.done(&ended.step);
                let whole = ended.step.part == Part::Build || !change.action().builds();
                if whole {
                    self.done.insert(change.address.clone());
                    self.report(&scope).count(change);
                    if self.conduct == Conduct::OneByOne {
                        self.report(&scope).mend(&change.address);
                    }
                    let (address, action) = (change.address.clone(), change.action());
                    self.context.tell(Event::Done { address, scope: scope.clone(), action, took: ended.took });
                }
                self.finish(&scope, 1);
            }
            Err(error) => self.failed(change, &ended.step, error),
        }
    }

    /// Nothing that waits for the step is started, whatever its scope; nor more of its own scope, unless scopes are done one
    /// by one. Then what lacks nothing but tags serves what waits for it all the same.
    fn failed(&mut self, change: &Change, step: &Step, error: &StepError) {
        if matches!(error, StepError::Journal(_)) {
            self.halted.get_or_insert(error.to_string());
        }
        let failure = ScopeFailure::of_change(change, FailureCause::from(error));
        self.context.tell(Event::Failed {
            address: change.address.clone(),
            scope: change.scope.clone(),
            error: failure.to_string(),
        });
        let plan = self.plan;
        let one_by_one = self.conduct == Conduct::OneByOne;
        match one_by_one {
            true => self.report(&change.scope).leave(failure),
            false => self.report(&change.scope).fail(failure),
        }
        if let Some(id) = change.id().filter(|_| one_by_one && change.is_of_tags_only()) {
            self.context.learn(change, id);
            self.schedule.done(step);
            self.finish(&change.scope, 1);
            return;
        }
        let is_of_scope = |other: &Step| plan.changes.get(&other.address).is_some_and(|one| one.scope == change.scope);
        let dropped = self.schedule.drop_dependents(step, |other| !one_by_one && is_of_scope(other));
        self.finish(&change.scope, 1);
        self.drop_steps(change, dropped);
    }

    /// Notes that steps are not started, since the change that they wait for does not come about.
    fn drop_steps(&mut self, failed: &Change, dropped: BTreeSet<Step>) {
        let plan = self.plan;
        let mut told = BTreeSet::new();
        let needed = || FailureCause::NeedFailed { needed: failed.address.clone() };
        for step in dropped {
            let Some(change) = plan.changes.get(&step.address) else { continue };
            let scope = change.scope.clone();
            if self.conduct == Conduct::OneByOne {
                // A replacement is two steps, and the second one of what has failed itself is told already.
                if change.address != failed.address && told.insert(change.address.clone()) {
                    self.report(&scope).leave(ScopeFailure::of_change(change, needed()));
                }
            } else if scope != failed.scope {
                self.report(&scope).fail(ScopeFailure::of_change(change, needed()));
            }
            self.finish(&scope, 1);
        }
    }

    fn finish(&mut self, scope: &Scope, steps: usize) {
        let Some(left) = self.left.get_mut(scope) else { return };
        *left = left.saturating_sub(steps);
        if *left == 0 {
            self.left.remove(scope);
            let complete = !self.report(scope).has_failed();
            self.context.tell(Event::ScopeEnded { scope: scope.clone(), complete });
        }
    }

    fn give_up(&mut self, cause: &FailureCause) {
        for scope in self.left.keys().cloned().collect::<Vec<_>>() {
            match self.conduct {
                Conduct::OneByOne => self.report(&scope).leave(ScopeFailure::of_scope(cause.clone())),
                Conduct::Whole | Conduct::Undoing => {
                    self.report(&scope).fail(ScopeFailure::of_scope(cause.clone()));
                }
            }
        }
    }
}

async fn go(context: &Context<'_>, change: &Change, step: Step) -> Ended {
    let clock = context.run.sessions.clock();
    let since = clock.elapsed();
    let result = take(context, change, step.part).await;
    Ended { step, result, took: clock.elapsed().saturating_sub(since) }
}
