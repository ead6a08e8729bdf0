//! The dataflow: what is ready is started, what fails takes its own scope along and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};

use super::context::{Context, Run};
use super::event::Event;
use super::report::{Outcome, Pins, Report, ScopeReport};
use super::schedule::{Part, Schedule, Step};
use super::step::{StepError, build, delete};
use crate::discover::Live;
use crate::graph::Address;
use crate::kinds::Scope;
use crate::plan::{Change, Plan, Problem};

/// Does what a plan says. `live` is what the plan was made from.
///
/// It never fails as a whole: what became of each scope is in the report.
pub async fn apply(run: &Run<'_>, plan: &Plan, live: &Live, scopes: &[Scope]) -> Report {
    let context = Context::new(run, plan, live);
    let mut engine = Engine::new(&context, plan, scopes);
    engine.run().await;
    for (scope, made_again) in context.made_again() {
        engine.report(&scope).made_again.push(made_again);
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
    fn new(context: &'a Context<'a>, plan: &'a Plan, scopes: &[Scope]) -> Self {
        let mut reports: BTreeMap<Scope, ScopeReport> =
            scopes.iter().map(|scope| (scope.clone(), ScopeReport::new(scope.clone()))).collect();
        let mut left: BTreeMap<Scope, usize> = BTreeMap::new();
        for change in plan.changes.values() {
            reports.entry(change.scope.clone()).or_insert_with(|| ScopeReport::new(change.scope.clone()));
            let steps = usize::from(change.action.deletes()) + usize::from(change.action.builds());
            *left.entry(change.scope.clone()).or_default() += steps;
        }
        let mut engine =
            Self { context, plan, schedule: Schedule::new(plan), reports, left, done: BTreeSet::new(), halted: None };
        for Problem { scope, message, .. } in &plan.problems {
            engine.report(scope).fail(message.clone());
        }
        engine
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
                let Some(step) = self.schedule.next() else { break };
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
        if let Some(reason) = self.halted.clone() {
            self.give_up(&reason);
        } else if self.context.stopping() {
            self.give_up("interrupted");
        }
    }

    fn is_stopped(&self) -> bool {
        self.halted.is_some() || self.context.stopping()
    }

    fn start(&self, step: &Step, change: &Change) {
        // A replacement is told once, when its first part starts.
        if step.part == Part::Delete || !change.action.deletes() {
            self.context.tell(Event::Started {
                address: change.address.clone(),
                kind: change.kind,
                scope: change.scope.clone(),
                action: change.action,
            });
        }
    }

    fn ended(&mut self, ended: &Ended) {
        let Some(change) = self.plan.changes.get(&ended.step.address) else { return };
        let scope = change.scope.clone();
        match &ended.result {
            Ok(()) => {
                self.schedule.done(&ended.step);
                let whole = ended.step.part == Part::Build || !change.action.builds();
                if whole {
                    self.done.insert(change.address.clone());
                    self.report(&scope).count(change);
                    let (address, action) = (change.address.clone(), change.action);
                    self.context.tell(Event::Done { address, scope: scope.clone(), action, took: ended.took });
                }
                self.finish(&scope, 1);
            }
            Err(error) => self.failed(change, &ended.step, error),
        }
    }

    /// Nothing more of the scope is started, nor anything that waits for the step, whatever its scope.
    fn failed(&mut self, change: &Change, step: &Step, error: &StepError) {
        if matches!(error, StepError::Journal(_)) {
            self.halted.get_or_insert(error.to_string());
        }
        let error = format!("{}: {error}", change.address);
        self.context.tell(Event::Failed {
            address: change.address.clone(),
            scope: change.scope.clone(),
            error: error.clone(),
        });
        self.report(&change.scope).fail(error);
        let plan = self.plan;
        let scope_of = |step: &Step| plan.changes.get(&step.address).map(|change| change.scope.clone());
        let dropped = self.schedule.drop_dependents(step, |other| scope_of(other).as_ref() == Some(&change.scope));
        self.finish(&change.scope, 1);
        for step in dropped {
            let Some(scope) = scope_of(&step) else { continue };
            if scope != change.scope {
                self.report(&scope).fail(format!("{} needs {}, which failed", step.address, change.address));
            }
            self.finish(&scope, 1);
        }
    }

    fn finish(&mut self, scope: &Scope, steps: usize) {
        let Some(left) = self.left.get_mut(scope) else { return };
        *left = left.saturating_sub(steps);
        if *left == 0 {
            self.left.remove(scope);
            let complete = self.report(scope).error.is_none();
            self.context.tell(Event::ScopeEnded { scope: scope.clone(), complete });
        }
    }

    fn give_up(&mut self, reason: &str) {
        for scope in self.left.keys().cloned().collect::<Vec<_>>() {
            self.report(&scope).fail(reason.to_owned());
        }
    }
}

async fn go(context: &Context<'_>, change: &Change, step: Step) -> Ended {
    let clock = context.run.sessions.clock();
    let since = clock.elapsed();
    let result = match step.part {
        Part::Delete => delete(context, change).await,
        Part::Build => build(context, change).await,
    };
    Ended { step, result, took: clock.elapsed().saturating_sub(since) }
}
