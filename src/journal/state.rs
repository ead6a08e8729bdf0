//! What the records of a journal come to: a pure state machine that refuses what can't be.
//!
//! A journal holds runs. A run begins with [`RunStarted`]; then come intents and their outcomes, rollbacks, and its end. A
//! run that was killed has no end, and may have intents without an outcome: AWS may have done what they say.
//!
//! A scope is *settled* by a run that ends with it applied, unchanged or rolled back. Until then, whatever runs have done
//! to it is unfinished work, and a later run on that scope goes on with it: the later run's [effects](State::effects)
//! on the scope are counted from the last time that the scope was settled, so that its rollback leads back to there. A run
//! that was refused, or a repair that has mended a part, *stands*: it settles nothing that earlier runs have left, and no
//! later run goes on with it. Nor does a later run's rollback undo what a repair has mended that was killed.

use std::collections::{BTreeMap, BTreeSet};

use super::effect::{self, Effect};
use super::record::{
    CallResult, Deed, Ending, Intent, Learned, Number, Outcome, Record, RollbackEnded, RollbackStarted, RunEnded,
    RunStarted, ScopeEnded, Undone,
};
use crate::graph::Address;
use crate::kinds::Scope;
use crate::values::Label;

/// Why a record can't follow on those before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Impossible {
    /// Nothing but the beginning of a run follows on the end of one.
    #[error("there is no run that it could belong to")]
    NoRun,
    /// Runs' names are unique.
    #[error("there is a run {0} already")]
    RunTwice(String),
    /// There is one journal per zone.
    #[error("it is of zone {found}, and the journal of zone {zone}")]
    OtherZone {
        /// The journal's zone.
        zone: Label,
        /// The run's.
        found: Label,
    },
    /// A run changes its own scopes only.
    #[error("{0} is not a scope of the run")]
    OtherScope(Scope),
    /// One call at a time is under way for a resource.
    #[error("{address} has an intent without an outcome already, {open}")]
    AlreadyOpen {
        /// The resource.
        address: Address,
        /// The intent.
        open: Number,
    },
    /// What is wanted and what is there are of different kinds.
    #[error("what is wanted of {0} is of another kind than what is there")]
    OtherKind(Address),
    /// No such intent is without an outcome in this run.
    #[error("{0} is no intent of the run that waits for an outcome")]
    NotOpen(Number),
    /// No such intent of this run, or of one that it goes on with, may have made something.
    #[error("{0} is no intent of the run that may have made something")]
    NothingMade(Number),
    /// No such run began before.
    #[error("there is no run {0}")]
    UnknownRun(String),
    /// A scope is rolled back once in a run, and not while its calls are under way.
    #[error("{0} can't be rolled back now: it was in this run, or has intents without an outcome")]
    RollbackOutOfTurn(Scope),
    /// After a scope's rollback has begun, nothing but undoing happens to it.
    #[error("{0} is rolled back in this run, and nothing else may be done to it")]
    OnlyUndoing(Scope),
    /// Nothing is undone outside a rollback that is about it.
    #[error("no rollback that is under way is about the effect {0}")]
    NotRolledBack(Number),
    /// No rollback of the scope is under way.
    #[error("no rollback of {0} is under way")]
    NoRollback(Scope),
    /// What is said to be complete is not.
    #[error("{scope} is said to be rolled back, and the effect {effect} is neither undone nor told")]
    NotUndone {
        /// The scope.
        scope: Scope,
        /// The effect.
        effect: Number,
    },
    /// A run ends once all its calls have an outcome and all its rollbacks have ended.
    #[error("the run can't end: {0} has no outcome")]
    StillOpen(Number),
    /// The same, for a rollback.
    #[error("the run can't end: the rollback of {0} is under way")]
    StillRollingBack(Scope),
    /// Numbers only grow.
    #[error("{0} comes before what is there already")]
    Past(Number),
}

/// A run, as far as its records tell.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its beginning.
    pub started: RunStarted,
    /// Its changing calls, in the order of their intents.
    pub steps: Vec<Step>,
    /// Its end; none for one that is under way or was killed.
    pub ended: Option<RunEnded>,
    /// By scope, the earlier runs whose unfinished work it goes on with, as places in the journal's list, oldest first.
    pub(super) goes_on_with: BTreeMap<Scope, Vec<usize>>,
    open: BTreeMap<Address, Number>,
    rollbacks: BTreeMap<Scope, Rollback>,
}

/// A changing call.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The intent's number.
    pub number: Number,
    /// What was asked for.
    pub intent: Intent,
    /// What became of it; none while it is under way, or where the run was killed before that was written.
    pub result: Option<CallResult>,
    /// The id that became known afterwards.
    pub learned: Option<String>,
}

impl Step {
    /// The id of what it made, as far as known.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match (&self.learned, &self.result) {
            (Some(id), _) | (None, Some(CallResult::Done { id: Some(id) })) => Some(id),
            _ => None,
        }
    }
}

/// A scope's rollback.
#[derive(Debug, Clone, PartialEq)]
struct Rollback {
    /// The place of the run whose effects are undone.
    of: usize,
    /// What is still to be undone.
    standing: BTreeMap<Number, Address>,
    /// True once it ended and left nothing that can be undone.
    complete: Option<bool>,
}

impl Run {
    /// Its calls that have no outcome: they are under way, or the run was killed before their outcome was written.
    pub fn open(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.result.is_none())
    }

    fn ending(&self, scope: &Scope) -> Option<Ending> {
        let ended = self.ended.as_ref()?;
        ended.scopes.iter().find(|one| one.scope == *scope).map(|one| one.ending)
    }
}

/// What a journal comes to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    pub(super) runs: Vec<Run>,
    /// By scope, the runs since it was last settled.
    unsettled: BTreeMap<Scope, Vec<usize>>,
    /// Where an intent is: its run's and its step's place.
    places: BTreeMap<Number, (usize, usize)>,
    /// What is undone, and by which record.
    pub(super) undone: BTreeMap<Number, Number>,
    records: u64,
}

/// The state after one more record.
///
/// # Errors
/// Where the record can't follow.
pub fn next(mut state: State, record: &Record) -> Result<State, Impossible> {
    state.advance(record).map(|_| state)
}

impl State {
    /// The number that the next record will have.
    #[must_use]
    pub fn next_number(&self) -> Number {
        Number(self.records + 1)
    }

    /// All runs, oldest first.
    #[must_use]
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// A run by its name.
    #[must_use]
    pub fn run(&self, name: &str) -> Option<&Run> {
        self.place(name).and_then(|place| self.runs.get(place))
    }

    /// The run that began last, if it has not ended: it is under way, or was killed.
    #[must_use]
    pub fn unfinished(&self) -> Option<&Run> {
        self.runs.last().filter(|run| run.ended.is_none())
    }

    /// The scopes that no run has settled since it was last worked on, with those runs, oldest first.
    pub fn unsettled(&self) -> impl Iterator<Item = (&Scope, Vec<&Run>)> {
        let of = |places: &Vec<usize>| places.iter().filter_map(|place| self.runs.get(*place)).collect();
        self.unsettled.iter().map(move |(scope, places)| (scope, of(places)))
    }

    /// What a run has done to a scope, together with the unfinished work that it went on with, and that is not undone:
    /// newest first, which is the order of a rollback. Several calls for one resource are one effect.
    #[must_use]
    pub fn effects(&self, run: &str, scope: &Scope) -> Vec<Effect> {
        self.place(run).map(|place| effect::effects(self, place, scope)).unwrap_or_default()
    }

    /// The names of a run and of those whose unfinished work on a scope it went on with: the makers of what its
    /// [effects](Self::effects) on that scope have made.
    #[must_use]
    pub fn makers(&self, run: &str, scope: &Scope) -> BTreeSet<String> {
        let Some(last) = self.run(run) else { return BTreeSet::new() };
        let earlier = self.undone_with(last, scope).filter_map(|place| self.runs.get(place));
        earlier.chain([last]).map(|run| run.started.run.clone()).collect()
    }

    /// The places of the runs whose unfinished work on a scope is undone with a run's: what a repair has mended stays.
    pub(super) fn undone_with(&self, run: &Run, scope: &Scope) -> impl Iterator<Item = usize> {
        let is_repair = |place: &usize| self.runs.get(*place).is_some_and(|one| one.started.repairs);
        run.goes_on_with.get(scope).into_iter().flatten().copied().filter(move |place| !is_repair(place))
    }

    /// The places of the runs that a run or a rollback may still have to know of: those whose work on some scope nobody has
    /// settled, and what their own state or rollback depends on. The state that the records of these runs come to alone
    /// is as good as the whole.
    pub(super) fn needed(&self) -> BTreeSet<usize> {
        let mut needed = BTreeSet::new();
        let mut found: Vec<usize> = self.unsettled.values().flatten().copied().collect();
        while let Some(place) = found.pop() {
            let Some(run) = self.runs.get(place).filter(|_| needed.insert(place)) else { continue };
            found.extend(run.goes_on_with.values().flatten());
            found.extend(run.rollbacks.values().map(|rollback| rollback.of));
            // It could be rolled back on a scope that it did not settle itself: then it counts what was done there later.
            let open = |scope: &&Scope| !run.ending(scope).is_some_and(Ending::stands);
            for scope in run.started.scopes.iter().filter(open) {
                let later = self.runs.iter().enumerate().skip(place + 1);
                found.extend(later.filter(|(_, one)| one.started.scopes.contains(scope)).map(|(place, _)| place));
            }
        }
        needed
    }

    /// Passes over records that are not needed any more, up to the one that has this number.
    pub(super) fn pass_to(&mut self, number: Number) -> Result<(), Impossible> {
        if number < self.next_number() {
            return Err(Impossible::Past(number));
        }
        self.records = number.0 - 1;
        Ok(())
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.runs.iter().position(|run| run.started.run == name)
    }

    /// Takes in one more record and gives its number. On an error nothing has changed.
    ///
    /// # Errors
    /// Where the record can't follow.
    pub fn advance(&mut self, record: &Record) -> Result<Number, Impossible> {
        match record {
            Record::RunStarted(started) => self.run_started(started)?,
            Record::Intent(intent) => self.intent(intent)?,
            Record::Outcome(outcome) => self.outcome(outcome)?,
            Record::Learned(learned) => self.learned(learned)?,
            Record::RollbackStarted(started) => self.rollback_started(started)?,
            Record::Undone(undone) => self.undone(undone)?,
            Record::RollbackEnded(ended) => self.rollback_ended(ended)?,
            Record::RunEnded(ended) => self.run_ended(ended)?,
        }
        let number = self.next_number();
        self.records += 1;
        Ok(number)
    }

    fn current(&self) -> Result<(usize, &Run), Impossible> {
        let run = self.unfinished().ok_or(Impossible::NoRun)?;
        Ok((self.runs.len() - 1, run))
    }

    fn current_mut(&mut self) -> Result<&mut Run, Impossible> {
        self.runs.last_mut().filter(|run| run.ended.is_none()).ok_or(Impossible::NoRun)
    }

    fn run_started(&mut self, started: &RunStarted) -> Result<(), Impossible> {
        if let Some(first) = self.runs.first().filter(|first| first.started.zone != started.zone) {
            let (zone, found) = (first.started.zone.clone(), started.zone.clone());
            return Err(Impossible::OtherZone { zone, found });
        }
        if self.place(&started.run).is_some() {
            return Err(Impossible::RunTwice(started.run.clone()));
        }
        let place = self.runs.len();
        let mut goes_on_with = BTreeMap::new();
        for scope in &started.scopes {
            let runs = self.unsettled.entry(scope.clone()).or_default();
            goes_on_with.insert(scope.clone(), runs.clone());
            runs.push(place);
        }
        self.runs.push(Run {
            started: started.clone(),
            steps: Vec::new(),
            ended: None,
            goes_on_with,
            open: BTreeMap::new(),
            rollbacks: BTreeMap::new(),
        });
        Ok(())
    }

    fn intent(&mut self, intent: &Intent) -> Result<(), Impossible> {
        let (place, run) = self.current()?;
        let Intent { address, scope, deed, undoes, .. } = intent;
        if !run.started.scopes.contains(scope) {
            return Err(Impossible::OtherScope(scope.clone()));
        }
        if let Some(open) = run.open.get(address) {
            return Err(Impossible::AlreadyOpen { address: address.clone(), open: *open });
        }
        if let Deed::Update { wanted, before } = deed
            && wanted.kind() != before.spec.kind()
        {
            return Err(Impossible::OtherKind(address.clone()));
        }
        match (undoes, run.rollbacks.get(scope)) {
            (None, None) => {}
            (None, Some(_)) => return Err(Impossible::OnlyUndoing(scope.clone())),
            (Some(effect), rollback) => {
                let under_way = rollback.filter(|rollback| rollback.complete.is_none());
                if under_way.and_then(|rollback| rollback.standing.get(effect)) != Some(address) {
                    return Err(Impossible::NotRolledBack(*effect));
                }
            }
        }
        let number = self.next_number();
        self.places.insert(number, (place, run.steps.len()));
        let run = self.current_mut()?;
        run.open.insert(address.clone(), number);
        run.steps.push(Step { number, intent: intent.clone(), result: None, learned: None });
        Ok(())
    }

    fn outcome(&mut self, outcome: &Outcome) -> Result<(), Impossible> {
        let (current, _) = self.current()?;
        let not_open = Impossible::NotOpen(outcome.intent);
        let Some(&(place, step)) = self.places.get(&outcome.intent).filter(|(place, _)| *place == current) else {
            return Err(not_open);
        };
        let run = self.runs.get_mut(place).ok_or(Impossible::NoRun)?;
        let step = run.steps.get_mut(step).filter(|step| step.result.is_none()).ok_or(not_open)?;
        step.result = Some(outcome.result.clone());
        run.open.remove(&step.intent.address);
        Ok(())
    }

    fn learned(&mut self, learned: &Learned) -> Result<(), Impossible> {
        let (current, run) = self.current()?;
        let nothing_made = Impossible::NothingMade(learned.intent);
        let Some(&(place, step)) = self.places.get(&learned.intent) else { return Err(nothing_made) };
        let made = self.runs.get(place).and_then(|run| run.steps.get(step)).filter(|step| may_have_made(step));
        let reachable = made.is_some_and(|step| {
            let earlier = run.goes_on_with.get(&step.intent.scope);
            // In this run the answer is awaited first; an earlier run's never comes.
            if place == current { step.result.is_some() } else { earlier.is_some_and(|runs| runs.contains(&place)) }
        });
        if !reachable {
            return Err(nothing_made);
        }
        if let Some(step) = self.runs.get_mut(place).and_then(|run| run.steps.get_mut(step)) {
            step.learned = Some(learned.id.clone());
        }
        Ok(())
    }

    fn rollback_started(&mut self, started: &RollbackStarted) -> Result<(), Impossible> {
        let (_, run) = self.current()?;
        let RollbackStarted { run: name, scope } = started;
        if !run.started.scopes.contains(scope) {
            return Err(Impossible::OtherScope(scope.clone()));
        }
        if run.rollbacks.contains_key(scope) || run.open().any(|step| step.intent.scope == *scope) {
            return Err(Impossible::RollbackOutOfTurn(scope.clone()));
        }
        let place = self.place(name).ok_or_else(|| Impossible::UnknownRun(name.clone()))?;
        let effects = effect::effects(self, place, scope);
        let standing = effects.into_iter().map(|effect| (effect.number, effect.address)).collect();
        self.current_mut()?.rollbacks.insert(scope.clone(), Rollback { of: place, standing, complete: None });
        Ok(())
    }

    fn undone(&mut self, undone: &Undone) -> Result<(), Impossible> {
        let by = self.next_number();
        let mut under_way = self.current_mut()?.rollbacks.values_mut().filter(|rollback| rollback.complete.is_none());
        if under_way.any(|rollback| rollback.standing.remove(&undone.effect).is_some()) {
            self.undone.insert(undone.effect, by);
            Ok(())
        } else {
            Err(Impossible::NotRolledBack(undone.effect))
        }
    }

    fn rollback_ended(&mut self, ended: &RollbackEnded) -> Result<(), Impossible> {
        let RollbackEnded { scope, complete, left } = ended;
        let run = self.current_mut()?;
        if run.open().any(|step| step.intent.scope == *scope) {
            return Err(Impossible::RollbackOutOfTurn(scope.clone()));
        }
        let rollback = run.rollbacks.get_mut(scope).filter(|rollback| rollback.complete.is_none());
        let rollback = rollback.ok_or_else(|| Impossible::NoRollback(scope.clone()))?;
        let told: BTreeSet<&Address> = left.iter().map(|left| &left.address).collect();
        let untold = rollback.standing.iter().find(|(_, address)| !told.contains(address));
        if let Some((effect, _)) = untold.filter(|_| *complete) {
            return Err(Impossible::NotUndone { scope: scope.clone(), effect: *effect });
        }
        rollback.complete = Some(*complete);
        Ok(())
    }

    fn run_ended(&mut self, ended: &RunEnded) -> Result<(), Impossible> {
        let (place, run) = self.current()?;
        if let Some(step) = run.open().next() {
            return Err(Impossible::StillOpen(step.number));
        }
        if let Some((scope, _)) = run.rollbacks.iter().find(|(_, rollback)| rollback.complete.is_none()) {
            return Err(Impossible::StillRollingBack(scope.clone()));
        }
        for ScopeEnded { scope, ending, .. } in &ended.scopes {
            if !run.started.scopes.contains(scope) {
                return Err(Impossible::OtherScope(scope.clone()));
            }
            let complete = run.rollbacks.get(scope).is_some_and(|rollback| rollback.complete == Some(true));
            if *ending == Ending::RolledBack
                && !complete
                && let Some(effect) = effect::effects(self, place, scope).first()
            {
                return Err(Impossible::NotUndone { scope: scope.clone(), effect: effect.number });
            }
        }
        self.current_mut()?.ended = Some(ended.clone());
        let Self { runs, unsettled, .. } = self;
        let settled = |scope: &Scope| runs[place].ending(scope).is_some_and(Ending::settles);
        unsettled.retain(|scope, _| !settled(scope));
        let stands = |scope: &Scope| runs[place].ending(scope).is_some_and(Ending::stands);
        for (_, places) in unsettled.iter_mut().filter(|(scope, _)| stands(scope)) {
            places.retain(|one| *one != place);
        }
        unsettled.retain(|_, places| !places.is_empty());
        Ok(())
    }
}

/// True for a creation that AWS did not refuse.
fn may_have_made(step: &Step) -> bool {
    matches!(step.intent.deed, Deed::Create { .. }) && !matches!(step.result, Some(CallResult::Failed { .. }))
}
