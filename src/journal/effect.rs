//! What a run has done to resources, as far as a rollback has to know.

use std::collections::BTreeMap;

use super::record::{CallResult, Deed, Number};
use super::state::{State, Step};
use crate::graph::Address;
use crate::kinds::{KindName, Observed, Owner, Scope, Spec};

/// What a run has done to a resource, all its calls taken together.
///
/// A resource that was deleted and made anew has two effects: first the deletion, then the creation. One that was made and
/// deleted again has none.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// The intent that it began with: what an undoing intent refers to.
    pub number: Number,
    /// The run that it began in.
    pub run: String,
    /// The resource.
    pub address: Address,
    /// Whose it is.
    pub scope: Scope,
    /// The account it is in.
    pub owner: Owner,
    /// What was done.
    pub change: EffectChange,
    /// Where a duplicate was deleted, or what was inside of one: the address that another resource has kept.
    pub duplicate_of: Option<Address>,
    /// False where AWS has refused a part of it, where its answer was lost or never written, or where a rollback began to
    /// undo it: it may be done wholly, in part, or not at all, and AWS may not show it yet.
    pub certain: bool,
    /// True where a later run has changed the resource since, so that it is no longer this run's to undo.
    pub superseded: bool,
}

/// What was done to a resource.
#[derive(Debug, Clone, PartialEq)]
pub enum EffectChange {
    /// It was made, and perhaps changed afterwards.
    Created {
        /// As it was asked for.
        wanted: Spec,
        /// Its id, where it is known.
        id: Option<String>,
    },
    /// It was there, and was changed.
    Changed {
        /// What was there before the first change.
        before: Observed<Spec>,
    },
    /// It was there, and was deleted.
    Deleted {
        /// What was there before anything was done to it.
        before: Observed<Spec>,
    },
}

impl EffectChange {
    /// The resource's kind.
    #[must_use]
    pub fn kind(&self) -> KindName {
        match self {
            Self::Created { wanted, .. } => wanted.kind(),
            Self::Changed { before } | Self::Deleted { before } => before.spec.kind(),
        }
    }
}

/// The effects of a run, and of those whose unfinished work it went on with, on a scope that are not undone; newest first.
pub(super) fn effects(state: &State, run: usize, scope: &Scope) -> Vec<Effect> {
    let Some(last) = state.runs.get(run) else { return Vec::new() };
    let earlier = state.undone_with(last, scope);
    let mut standing: BTreeMap<Address, Vec<Effect>> = BTreeMap::new();
    for run in earlier.chain([run]).filter_map(|place| state.runs.get(place)) {
        for step in forward(&run.steps).filter(|step| step.intent.scope == *scope) {
            let of_resource = standing.entry(step.intent.address.clone()).or_default();
            // What was undone before this step is no ground for it to stand on.
            of_resource.retain(|effect| state.undone.get(&effect.number).is_none_or(|by| *by > step.number));
            take_in(of_resource, &run.started.run, step);
        }
    }
    let mut all: Vec<Effect> = standing.into_values().flatten().collect();
    all.retain(|effect| !state.undone.contains_key(&effect.number));
    all.sort_by_key(|effect| std::cmp::Reverse(effect.number));
    for undoing in state.runs.iter().flat_map(|run| &run.steps).filter_map(|step| step.intent.undoes) {
        // A rollback that did not get as far as to note it may have undone it.
        all.iter_mut().filter(|effect| effect.number == undoing).for_each(|effect| effect.certain = false);
    }
    for later in state.runs.iter().skip(run + 1).flat_map(|later| forward(&later.steps)) {
        let touched = all.iter_mut().filter(|effect| effect.address == later.intent.address);
        touched.for_each(|effect| effect.superseded = true);
    }
    all
}

/// The steps that are not a rollback's, and that AWS may have done something for.
fn forward(steps: &[Step]) -> impl Iterator<Item = &Step> {
    steps.iter().filter(|step| {
        let refused = matches!(step.result, Some(CallResult::Failed { .. }));
        step.intent.undoes.is_none() && !(refused && matches!(step.intent.deed, Deed::Create { .. }))
    })
}

/// Adds a step to what was done to its resource so far, oldest first.
fn take_in(of_resource: &mut Vec<Effect>, run: &str, step: &Step) {
    let certain = matches!(step.result, Some(CallResult::Done { .. })) || step.learned.is_some();
    let begin = |change: EffectChange| Effect {
        number: step.number,
        run: run.to_owned(),
        address: step.intent.address.clone(),
        scope: step.intent.scope.clone(),
        owner: step.intent.owner.clone(),
        change,
        duplicate_of: step.intent.duplicate_of.clone(),
        certain,
        superseded: false,
    };
    let last = of_resource.pop();
    match &step.intent.deed {
        Deed::Create { wanted } => {
            let id = step.id().map(str::to_owned);
            match last {
                // It is asked for again because nothing was seen of the first.
                Some(Effect { number, run, change: EffectChange::Created { id: earlier, .. }, .. }) => {
                    let created = EffectChange::Created { wanted: wanted.clone(), id: id.or(earlier) };
                    of_resource.push(Effect { number, run, ..begin(created) });
                }
                other => {
                    of_resource.extend(other);
                    of_resource.push(begin(EffectChange::Created { wanted: wanted.clone(), id }));
                }
            }
        }
        Deed::Update { before, .. } | Deed::Tag { before, .. } => {
            let mut effect = last.unwrap_or_else(|| begin(EffectChange::Changed { before: before.clone() }));
            // What was made is deleted by a rollback, however it was changed since.
            effect.certain &= certain || matches!(effect.change, EffectChange::Created { .. });
            of_resource.push(effect);
        }
        Deed::Delete { before } => match last {
            // Made by the run and deleted by it: nothing is left to undo.
            Some(Effect { change: EffectChange::Created { .. }, .. }) if certain => {}
            Some(last @ Effect { change: EffectChange::Created { .. }, .. }) => {
                of_resource.push(Effect { certain: false, ..last });
            }
            Some(Effect { change: EffectChange::Changed { before }, .. }) => {
                of_resource.push(begin(EffectChange::Deleted { before }));
            }
            Some(last) => of_resource.push(Effect { certain: last.certain || certain, ..last }),
            None => of_resource.push(begin(EffectChange::Deleted { before: before.clone() })),
        },
    }
}
