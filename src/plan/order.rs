//! Which step of a plan waits for which. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::change::Change;
use crate::graph::{Address, InvalidAddress};

/// One step of a plan: a creation and a deletion are one each, a replacement is two, an update one more than it has stages.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// The address of the change.
    pub address: Address,
    /// What is done.
    pub part: Part,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The live one is deleted.
    Delete,
    /// The live one is changed to a stage on the way to what is wanted: its number, from 0.
    Stage(usize),
    /// The wanted one is made or changed.
    Build,
}

impl Step {
    /// The deletion of a change.
    #[must_use]
    pub fn delete(address: &Address) -> Self {
        Self { address: address.clone(), part: Part::Delete }
    }

    /// A stage of an update.
    #[must_use]
    pub fn stage(address: &Address, number: usize) -> Self {
        Self { address: address.clone(), part: Part::Stage(number) }
    }

    /// What makes or changes what a change is about.
    #[must_use]
    pub fn build(address: &Address) -> Self {
        Self { address: address.clone(), part: Part::Build }
    }
}

/// `delete ADDRESS`, `stage NUMBER ADDRESS` or `build ADDRESS`.
impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            Part::Delete => write!(formatter, "{DELETE} {}", self.address),
            Part::Stage(number) => write!(formatter, "{STAGE} {number} {}", self.address),
            Part::Build => write!(formatter, "{BUILD} {}", self.address),
        }
    }
}

/// A text that names no step.
#[derive(Debug, thiserror::Error)]
pub enum InvalidStep {
    /// It begins with another word.
    #[error("{0:?} is no step: it begins with none of `{DELETE}`, `{STAGE} NUMBER` and `{BUILD}`")]
    Word(String),
    /// What follows is no address.
    #[error(transparent)]
    Address(#[from] InvalidAddress),
}

const DELETE: &str = "delete";
const STAGE: &str = "stage";
const BUILD: &str = "build";

impl FromStr for Step {
    type Err = InvalidStep;

    fn from_str(text: &str) -> Result<Self, InvalidStep> {
        let none = || InvalidStep::Word(text.to_owned());
        let (part, address) = match text.split_once(' ').ok_or_else(none)? {
            (DELETE, address) => (Part::Delete, address),
            (BUILD, address) => (Part::Build, address),
            (STAGE, rest) => {
                let (number, address) = rest.split_once(' ').ok_or_else(none)?;
                (Part::Stage(number.parse().map_err(|_| none())?), address)
            }
            _ => return Err(none()),
        };
        Ok(Self { address: Address::parse(address)?, part })
    }
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What each step waits for. Of the steps of one change each waits for the one before it, without an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Order {
    first: BTreeMap<Step, BTreeSet<Step>>,
}

/// The steps of a change, in their order.
pub fn steps(change: &Change) -> impl Iterator<Item = Step> {
    let (action, address) = (change.action(), &change.address);
    let delete = action.deletes().then(|| Step::delete(address));
    let stages = (0..change.stages().len()).map(move |number| Step::stage(address, number));
    delete.into_iter().chain(stages).chain(action.builds().then(|| Step::build(address)))
}

/// The step of the same change that comes before a step.
pub fn earlier(change: &Change, step: &Step) -> Option<Step> {
    steps(change).take_while(|one| one != step).last()
}

impl Order {
    /// Has a step wait for another one.
    pub fn wait(&mut self, step: Step, first: Step) {
        self.first.entry(step).or_default().insert(first);
    }

    /// Has a step wait for another one, unless that one waits for it, however indirectly. True where it waits.
    pub(super) fn wait_if_possible(&mut self, changes: &BTreeMap<Address, Change>, step: Step, first: Step) -> bool {
        let is_possible = step != first && !self.reach(changes, first.clone()).contains(&step);
        if is_possible {
            self.wait(step, first);
        }
        is_possible
    }

    /// Has a step wait for another one no more.
    pub(super) fn release(&mut self, step: &Step, first: &Step) {
        if let Some(all) = self.first.get_mut(step) {
            all.remove(first);
        }
    }

    /// What a step waits for, but for the steps of its own change.
    pub fn before<'a>(&'a self, step: &Step) -> impl Iterator<Item = &'a Step> + use<'a> {
        self.first.get(step).into_iter().flatten()
    }

    /// What the steps of a change wait for, but for each other.
    pub fn before_any<'a>(&'a self, address: &Address) -> impl Iterator<Item = &'a Step> + use<'a> {
        self.first.range(Step::delete(address)..=Step::build(address)).flat_map(|(_, first)| first)
    }

    /// Takes out of the order what is no change any more.
    pub(super) fn keep_only(&mut self, changes: &BTreeMap<Address, Change>) {
        let holds = |step: &Step| changes.contains_key(&step.address);
        self.first.retain(|step, first| {
            first.retain(holds);
            holds(step) && !first.is_empty()
        });
    }

    /// Everything that a step waits for, however indirectly.
    pub(super) fn reach(&self, changes: &BTreeMap<Address, Change>, from: Step) -> BTreeSet<Step> {
        let mut found = BTreeSet::new();
        let mut open = vec![from];
        while let Some(step) = open.pop() {
            let own = changes.get(&step.address).and_then(|change| earlier(change, &step));
            for next in self.before(&step).cloned().chain(own) {
                if found.insert(next.clone()) {
                    open.push(next);
                }
            }
        }
        found
    }
}
