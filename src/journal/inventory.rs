//! What the journal knows of live resources: which ids runs have made, and which they have deleted.

use std::collections::{BTreeMap, BTreeSet};

use super::record::{CallResult, Deed, Number};
use super::state::{State, Step};
use crate::graph::Address;

/// What runs have made and deleted, as far as the journal still tells: it keeps unfinished work, and what came since its
/// last checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// The address of each id that a run has made, and that none has deleted or taken back.
    pub made: BTreeMap<String, Address>,
    /// The ids that runs have deleted.
    pub deleted: BTreeSet<String>,
    /// The runs that have no end, and those in which a scope is not settled.
    pub unfinished: BTreeSet<String>,
}

/// What happens to the inventory, in the order of the journal's numbers.
enum Event<'a> {
    Step(&'a Step),
    /// The effect that began with this step is undone.
    Undone(&'a Step),
}

impl State {
    /// What runs have made and deleted.
    #[must_use]
    pub fn inventory(&self) -> Inventory {
        let steps: BTreeMap<Number, &Step> =
            self.runs().iter().flat_map(|run| &run.steps).map(|step| (step.number, step)).collect();
        let undone = self.undone.iter().filter_map(|(effect, by)| Some((*by, Event::Undone(steps.get(effect)?))));
        let mut events: BTreeMap<Number, Event<'_>> =
            steps.iter().map(|(number, step)| (*number, Event::Step(step))).collect();
        events.extend(undone);
        let mut inventory = Inventory { unfinished: self.unfinished_runs(), ..Inventory::default() };
        for (number, event) in events {
            match event {
                Event::Step(step) => inventory.take_in(step),
                Event::Undone(effect) => {
                    let taken_back = steps.range(effect.number..number).map(|(_, step)| *step);
                    taken_back.filter(|step| is_recreated(step, effect)).for_each(|step| inventory.take_back(step));
                }
            }
        }
        inventory
    }

    fn unfinished_runs(&self) -> BTreeSet<String> {
        let without_end = self.runs().iter().filter(|run| run.ended.is_none());
        let unsettled = self.unsettled().flat_map(|(_, runs)| runs);
        without_end.chain(unsettled).map(|run| run.started.run.clone()).collect()
    }
}

impl Inventory {
    fn take_in(&mut self, step: &Step) {
        match &step.intent.deed {
            Deed::Create { .. } if !matches!(step.result, Some(CallResult::Failed { .. })) => {
                if let Some(id) = step.id() {
                    self.deleted.remove(id);
                    self.made.insert(id.to_owned(), step.intent.address.clone());
                }
            }
            // Where the answer was lost it may be there still.
            Deed::Delete { before } if matches!(step.result, Some(CallResult::Done { .. })) => {
                self.made.remove(&before.id);
                self.deleted.insert(before.id.clone());
            }
            Deed::Create { .. } | Deed::Update { .. } | Deed::Tag { .. } | Deed::Delete { .. } => {}
        }
    }

    fn take_back(&mut self, step: &Step) {
        if let Some(id) = step.id() {
            self.made.remove(id);
        }
    }
}

/// True for a creation that belongs to the effect which another creation began, and not to the rollback of it.
fn is_recreated(step: &Step, effect: &Step) -> bool {
    let creates = |step: &Step| matches!(step.intent.deed, Deed::Create { .. });
    creates(effect) && creates(step) && step.intent.undoes.is_none() && step.intent.address == effect.intent.address
}
