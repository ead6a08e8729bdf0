//! What stands in the way of a creation: something that AWS lets be only once, and that lz has not made. Pure.
//!
//! With `--allow-removals` it goes first. Otherwise the creation is not begun, and neither is what needs it.

use std::collections::{BTreeMap, BTreeSet};

use super::build::{Planning, Strangers, stranger_address};
use super::change::{Action, Problem};
use super::destruction::Barrier;
use super::evidence::Authority;
use super::order::{Order, Step};
use crate::discover::LiveResource;
use crate::graph::Address;
use crate::kinds::{KindName, Owner, State};

/// A creation, and what is in its way.
struct Obstruction {
    creation: Address,
    /// The address under which what is in the way would be deleted.
    deletion: Address,
    id: String,
}

impl Planning<'_> {
    /// Has creations wait for the deletion of what is in their way.
    pub(super) fn order_obstructions(&self, order: &mut Order) {
        for Obstruction { creation, deletion, .. } in self.obstructions() {
            let (creation, deletion) = (Step::build(&creation), Step::delete(&deletion));
            let goes = self.plan.changes.contains_key(&deletion.address);
            if goes && !order.reach(&self.plan.changes, deletion.clone()).contains(&creation) {
                order.wait(creation, deletion);
            }
        }
    }

    /// Leaves out what can't be made since something else is in its way, and what needs it. A scope that would be half built
    /// is refused.
    pub(super) fn block_obstructed(&mut self) {
        let is_allowed = self.intent.strangers == Strangers::Removed;
        let mut blocked = BTreeSet::new();
        for Obstruction { creation, deletion, id } in self.obstructions() {
            if !self.plan.changes.contains_key(&deletion) {
                self.block(&creation, Barrier::InTheWay { id, is_allowed });
                blocked.insert(creation);
            }
        }
        let mut next: Vec<Address> = blocked.into_iter().collect();
        while let Some(first) = next.pop() {
            self.refuse_obstructed(&first);
            let mut waiting = Vec::new();
            for change in self.plan.changes.values() {
                let Some(wanted) = change.wanted() else { continue };
                if wanted.dependencies().contains(&first) {
                    waiting.push(change.address.clone());
                }
            }
            for address in waiting {
                self.block(&address, Barrier::Needs { address: first.clone() });
                next.push(address);
            }
        }
    }

    fn refuse_obstructed(&mut self, address: &Address) {
        if self.intent.authority == Authority::Repair {
            return;
        }
        let Some(blocked) = self.plan.blocked.get(address) else { return };
        let (scope, barrier) = (blocked.change.scope.clone(), &blocked.barrier);
        if self.plan.problems.iter().any(|problem| problem.scope == scope && problem.address.is_none()) {
            return;
        }
        let message = format!("{address} can't be made: {barrier}");
        self.plan.problems.push(Problem { scope, address: None, message });
    }

    fn obstructions(&self) -> Vec<Obstruction> {
        let mut strangers: BTreeMap<(KindName, &Owner), Vec<&LiveResource>> = BTreeMap::new();
        let is_there = |one: &&LiveResource| matches!(one.observed.state, State::Ready | State::Pending(_));
        for there in self.identified.strangers.iter().copied().filter(is_there) {
            strangers.entry((there.observed.spec.kind(), &there.owner)).or_default().push(there);
        }
        let mut found = Vec::new();
        let creations = self.plan.changes.values().filter(|change| change.action() == Action::Create);
        for change in creations.filter(|_| !strangers.is_empty()) {
            let Some(wanted) = change.wanted() else { continue };
            for there in strangers.get(&(change.kind(), &change.owner)).into_iter().flatten() {
                if wanted.spec.excludes(&self.identified.spec(there)) {
                    let (creation, id) = (change.address.clone(), there.observed.id.clone());
                    found.push(Obstruction { creation, deletion: stranger_address(there), id });
                }
            }
        }
        found
    }
}
