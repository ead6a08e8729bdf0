//! The run's journal, as steps and rollbacks write to it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::time::SystemTime;

use super::along::Along;
use crate::cloud::{CallError, Class};
use crate::graph::Address;
use crate::journal::effect::{Effect, EffectChange};
use crate::journal::record::{
    CallResult, Deed, Intent, Learned, Left, Outcome, Record, RollbackEnded, RollbackStarted, Undone,
};
use crate::journal::{Journal, JournalError, Message, Number};
use crate::kinds::{Observed, Scope, State};
use crate::plan::Change;
use crate::plan::rollback::Touched;

/// Writes what a run does to the zone's journal.
pub struct Recorder {
    journal: Journal,
    now: Box<dyn Fn() -> SystemTime>,
    /// In a rollback: the effects on each resource.
    undoing: RefCell<BTreeMap<Address, Vec<Number>>>,
}

impl fmt::Debug for Recorder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Recorder").field("journal", &self.journal).finish_non_exhaustive()
    }
}

impl Recorder {
    /// Writes to a journal, with the time of day that `now` tells.
    #[must_use]
    pub fn new(journal: Journal, now: impl Fn() -> SystemTime + 'static) -> Self {
        Self { journal, now: Box::new(now), undoing: RefCell::default() }
    }

    /// The journal.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Appends a record; it is durable when this returns.
    ///
    /// # Errors
    /// Where it can't be written: nothing more may be asked of AWS then.
    pub async fn note(&self, record: Record) -> Result<Number, JournalError> {
        self.journal.append((self.now)(), record).await
    }

    /// Sends a changing call: the journal knows of it before AWS does, and of the answer before anybody acts on it.
    pub(super) async fn sending<T>(
        &self,
        change: &Change,
        deed: Deed,
        call: impl Future<Output = Result<T, CallError>>,
        id_of: impl Fn(&T) -> Option<String>,
    ) -> Result<(Number, Result<T, CallError>), JournalError> {
        let undoes = self.undoing.borrow().get(&change.address).and_then(|effects| effects.first().copied());
        let intent = Intent {
            address: change.address.clone(),
            scope: change.scope.clone(),
            owner: change.owner.clone(),
            deed,
            undoes,
            duplicate_of: change.duplicate_of().cloned(),
        };
        let number = self.note(Record::Intent(Box::new(intent))).await?;
        let answer = call.await;
        let result = match &answer {
            Ok(done) => CallResult::Done { id: id_of(done) },
            Err(error) if error.class == Class::Unknown => {
                CallResult::Unknown { message: Message::new(&error.to_string()) }
            }
            Err(error) => CallResult::Failed { message: Message::new(&error.to_string()) },
        };
        self.note(Record::Outcome(Outcome { intent: number, result })).await?;
        Ok((number, answer))
    }

    /// Notes how that was which AWS takes along with a deletion, as deletions of their own: a rollback gives it back, too, and
    /// leaves alone what is still there. What a rollback itself deletes takes along nothing that was there before.
    pub(super) async fn going_along(&self, change: &Change, along: &[Along]) -> Result<(), JournalError> {
        if !self.undoing.borrow().is_empty() {
            return Ok(());
        }
        for Along { address, owner, observed } in along {
            let intent = Intent {
                address: address.clone(),
                scope: change.scope.clone(),
                owner: owner.clone(),
                deed: Deed::Delete { before: observed.clone() },
                undoes: None,
                duplicate_of: None,
            };
            let intent = self.note(Record::Intent(Box::new(intent))).await?;
            self.note(Record::Outcome(Outcome { intent, result: CallResult::Done { id: None } })).await?;
        }
        Ok(())
    }

    /// Notes that what a creating call has made was found.
    pub(super) async fn found(&self, intent: Number, id: &str) -> Result<(), JournalError> {
        self.note(Record::Learned(Learned { intent, id: id.to_owned() })).await.map(drop)
    }

    /// Begins to undo a run's effects on scopes. Gives what the run has touched, with its state from before.
    ///
    /// # Errors
    /// Where the journal can't be written.
    pub async fn begin_rollback(
        &self,
        run: &str,
        scopes: &[Scope],
    ) -> Result<BTreeMap<Address, Touched>, JournalError> {
        let mut touched = BTreeMap::new();
        for scope in scopes {
            let (effects, makers) = self.journal.look(|state| (state.effects(run, scope), state.makers(run, scope)));
            let started = RollbackStarted { run: run.to_owned(), scope: scope.clone() };
            self.note(Record::RollbackStarted(started)).await?;
            for effect in effects {
                self.undoing.borrow_mut().entry(effect.address.clone()).or_default().push(effect.number);
                take_in(&mut touched, effect, &makers);
            }
        }
        Ok(touched)
    }

    /// Ends undoing effects on a scope: `left` is what was not undone, and why.
    ///
    /// # Errors
    /// Where the journal can't be written.
    pub async fn end_rollback(
        &self,
        scope: &Scope,
        touched: &BTreeMap<Address, Touched>,
        left: &BTreeMap<Address, String>,
        complete: bool,
    ) -> Result<(), JournalError> {
        for address in touched.iter().filter(|(_, one)| one.scope == *scope).map(|(address, _)| address) {
            let effects = self.undoing.borrow_mut().remove(address).unwrap_or_default();
            if left.contains_key(address) {
                continue;
            }
            for effect in effects {
                self.note(Record::Undone(Undone { effect })).await?;
            }
        }
        let left = left
            .iter()
            .filter(|(address, _)| touched.get(*address).is_some_and(|one| one.scope == *scope))
            .map(|(address, reason)| Left { address: address.clone(), message: Message::new(reason) })
            .collect();
        self.note(Record::RollbackEnded(RollbackEnded { scope: scope.clone(), complete, left })).await.map(drop)
    }
}

/// Effects come newest first; a resource that was replaced has two, and the older one knows what was there before.
fn take_in(touched: &mut BTreeMap<Address, Touched>, effect: Effect, makers: &BTreeSet<String>) {
    let kind = effect.change.kind();
    let before = match effect.change {
        EffectChange::Created { .. } => None,
        // What AWS had given up on is nothing that anybody wants back.
        EffectChange::Deleted { before: Observed { state: State::Failed(_), .. } } => None,
        EffectChange::Changed { before } | EffectChange::Deleted { before } => Some(before),
    };
    let Effect { owner, scope, duplicate_of, superseded, .. } = effect;
    let one = Touched { owner, scope, kind, before, duplicate_of, superseded, makers: makers.clone() };
    touched.insert(effect.address, one);
}
