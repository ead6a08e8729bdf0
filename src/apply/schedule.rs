//! Which step may start when. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::turns::{Rank, Turns, ranks};
use crate::graph::Address;
use crate::kinds::Desired;
use crate::plan::Plan;
use crate::plan::order::{self, Step};

/// The steps that are left, and what each waits for.
#[derive(Debug, Clone, Default)]
pub struct Schedule {
    waits_for: BTreeMap<Step, BTreeSet<Step>>,
    /// The steps that wait for a step, so that one that is done finds them without going through all that are left.
    awaited_by: BTreeMap<Step, BTreeSet<Step>>,
    ready: BTreeSet<(Rank, Step)>,
    /// In a repair: the steps that have a step's turn first, however that ends.
    turns: Turns,
    /// In a repair: what is started first of what is ready.
    ranks: BTreeMap<Address, Rank>,
}

impl Schedule {
    /// All steps of a plan.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let mut schedule = Self::default();
        for change in plan.changes.values() {
            for step in order::steps(change) {
                let own = order::earlier(change, &step);
                let first = plan.order.before(&step).cloned().chain(own).collect();
                schedule.add(step, first);
            }
        }
        schedule
    }

    /// All steps of a repair: what restores traffic and closes holes is started first, and of what carries an account's
    /// traffic one Availability Zone is worked on at a time.
    #[must_use]
    pub fn repairing(plan: &Plan, desired: &Desired) -> Self {
        let mut schedule = Self::new(plan);
        schedule.ranks = ranks(plan);
        schedule.turns = Turns::new(plan, desired);
        let ready: Vec<Step> = std::mem::take(&mut schedule.ready).into_iter().map(|(_, step)| step).collect();
        ready.into_iter().for_each(|step| schedule.make_ready(step));
        schedule
    }

    fn add(&mut self, step: Step, first: BTreeSet<Step>) {
        if first.is_empty() {
            self.make_ready(step);
            return;
        }
        for other in &first {
            self.awaited_by.entry(other.clone()).or_default().insert(step.clone());
        }
        self.waits_for.insert(step, first);
    }

    fn make_ready(&mut self, step: Step) {
        let rank = self.ranks.get(&step.address).copied().unwrap_or_default();
        self.ready.insert((rank, step));
    }

    /// Takes a step that may start now.
    pub fn next(&mut self) -> Option<Step> {
        let next = self.ready.iter().find(|(_, step)| self.turns.is_next(step)).cloned()?;
        self.ready.remove(&next);
        Some(next.1)
    }

    /// Takes a step whatever its turn is: for when nothing is under way that could give it one.
    pub fn next_out_of_turn(&mut self) -> Option<Step> {
        self.ready.pop_first().map(|(_, step)| step)
    }

    /// Notes that a step is done: what waited for it only may start.
    pub fn done(&mut self, step: &Step) {
        self.turns.ended(step);
        for waiting in self.awaited_by.remove(step).unwrap_or_default() {
            // What was dropped waits for nothing any more.
            let Some(first) = self.waits_for.get_mut(&waiting) else { continue };
            first.remove(step);
            if first.is_empty() {
                self.waits_for.remove(&waiting);
                self.make_ready(waiting);
            }
        }
    }

    /// Takes out every step that has not started and that `dropped` means, and all that waits for one of them or for
    /// `failed`. Gives what was taken out.
    pub fn drop_dependents(&mut self, failed: &Step, dropped: impl Fn(&Step) -> bool) -> BTreeSet<Step> {
        self.turns.ended(failed);
        let mut gone = self.take_out(BTreeSet::from([failed.clone()]), dropped);
        gone.remove(failed);
        gone
    }

    /// Takes out every step that `dropped` means, and all that waits for one of them. Gives what was taken out.
    pub fn drop_all(&mut self, dropped: impl Fn(&Step) -> bool) -> BTreeSet<Step> {
        self.take_out(BTreeSet::new(), dropped)
    }

    fn take_out(&mut self, mut gone: BTreeSet<Step>, dropped: impl Fn(&Step) -> bool) -> BTreeSet<Step> {
        let left = self.ready.iter().map(|(_, step)| step).chain(self.waits_for.keys());
        gone.extend(left.filter(|step| dropped(step)).cloned());
        loop {
            let more: Vec<Step> = self
                .waits_for
                .iter()
                .filter(|(step, first)| !gone.contains(*step) && !first.is_disjoint(&gone))
                .map(|(step, _)| step.clone())
                .collect();
            if more.is_empty() {
                break;
            }
            gone.extend(more);
        }
        self.ready.retain(|(_, step)| !gone.contains(step));
        self.waits_for.retain(|step, _| !gone.contains(step));
        gone.iter().for_each(|step| self.turns.ended(step));
        gone
    }
}
