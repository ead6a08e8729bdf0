//! Which step of a plan waits for which. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::change::{Action, Change};
use crate::graph::{Address, InvalidAddress};

/// One step of a plan: a creation, an update and a deletion are one each, a replacement is two.
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
    /// The wanted one is made or changed.
    Build,
}

impl Step {
    /// The deletion of a change.
    #[must_use]
    pub fn delete(address: &Address) -> Self {
        Self { address: address.clone(), part: Part::Delete }
    }

    /// What makes or changes what a change is about.
    #[must_use]
    pub fn build(address: &Address) -> Self {
        Self { address: address.clone(), part: Part::Build }
    }
}

/// `delete ADDRESS` or `build ADDRESS`.
impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.part {
            Part::Delete => DELETE,
            Part::Build => BUILD,
        };
        write!(formatter, "{word} {}", self.address)
    }
}

/// A text that names no step.
#[derive(Debug, thiserror::Error)]
pub enum InvalidStep {
    /// It begins with another word.
    #[error("{0:?} is no step: it begins with neither `{DELETE}` nor `{BUILD}`")]
    Word(String),
    /// What follows is no address.
    #[error(transparent)]
    Address(#[from] InvalidAddress),
}

const DELETE: &str = "delete";
const BUILD: &str = "build";

impl FromStr for Step {
    type Err = InvalidStep;

    fn from_str(text: &str) -> Result<Self, InvalidStep> {
        let (part, address) = match text.split_once(' ') {
            Some((DELETE, address)) => (Part::Delete, address),
            Some((BUILD, address)) => (Part::Build, address),
            _ => return Err(InvalidStep::Word(text.to_owned())),
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

/// What each step waits for. The deletion of a replacement comes before its making without an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Order {
    first: BTreeMap<Step, BTreeSet<Step>>,
}

/// The steps of a change, in their order.
pub fn steps(change: &Change) -> impl Iterator<Item = Step> {
    let action = change.action();
    let delete = action.deletes().then(|| Step::delete(&change.address));
    delete.into_iter().chain(action.builds().then(|| Step::build(&change.address)))
}

impl Order {
    /// Has a step wait for another one.
    pub fn wait(&mut self, step: Step, first: Step) {
        self.first.entry(step).or_default().insert(first);
    }

    /// Has a step wait for another one no more.
    pub(super) fn release(&mut self, step: &Step, first: &Step) {
        if let Some(all) = self.first.get_mut(step) {
            all.remove(first);
        }
    }

    /// What a step waits for, but for the deletion of its own replacement.
    pub fn before<'a>(&'a self, step: &Step) -> impl Iterator<Item = &'a Step> + use<'a> {
        self.first.get(step).into_iter().flatten()
    }

    /// What the steps of a change wait for, but for each other.
    pub fn before_any<'a>(&'a self, address: &Address) -> impl Iterator<Item = &'a Step> + use<'a> {
        self.before(&Step::delete(address)).chain(self.before(&Step::build(address)))
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
            let is_replaced = changes.get(&step.address).is_some_and(|change| change.action() == Action::Replace);
            let own = (step.part == Part::Build && is_replaced).then(|| Step::delete(&step.address));
            for next in self.before(&step).cloned().chain(own) {
                if found.insert(next.clone()) {
                    open.push(next);
                }
            }
        }
        found
    }
}
