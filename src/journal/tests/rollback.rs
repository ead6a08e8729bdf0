//! Rollback after anything leads back to what was there before.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::graph::Address;
use crate::journal::effect::{Effect, EffectChange};
use crate::journal::extract::Extract;
use crate::journal::housekeeping::divide;
use crate::journal::read::Contents;
use crate::journal::record::{Deed, Ending, Entry, Number, Record};
use crate::journal::state::State;
use crate::journal::testing::{
    address, at, done, ended, failed, intent, intent_of, made, observed, rollback, rolled_back, started, undone,
    unknown, vpc, workload,
};
use crate::kinds::{Observed, Spec};

/// What happens next.
#[derive(Debug, Clone, Copy)]
enum Happening {
    /// A call for a resource: whether it deletes what is there, its answer, and whether AWS did it where the answer does
    /// not say.
    Call { resource: u8, deletes: bool, answer: Answer, taken: bool },
    /// The process is killed, and another run begins.
    Killed,
    /// The run is rolled back, as far as so many effects, and the process is killed, perhaps right after an undoing call.
    KilledInRollback { effects: usize, after_call: bool },
    /// Somebody stops the run, and begins another one.
    Interrupted,
    /// The run ends well, and another one begins.
    Settled,
    /// Housekeeping leaves of the journal what is needed.
    Tidied,
}

#[derive(Debug, Clone, Copy)]
enum Answer {
    Done,
    Failed,
    Unknown,
    None,
}

fn happening() -> impl Strategy<Value = Happening> {
    let answer = prop_oneof![
        6 => Just(Answer::Done),
        1 => Just(Answer::Failed),
        1 => Just(Answer::Unknown),
        1 => Just(Answer::None),
    ];
    let call = (0..4_u8, any::<bool>(), answer, any::<bool>())
        .prop_map(|(resource, deletes, answer, taken)| Happening::Call { resource, deletes, answer, taken });
    prop_oneof![
        12 => call,
        1 => Just(Happening::Killed),
        1 => (0..4_usize, any::<bool>())
            .prop_map(|(effects, after_call)| Happening::KilledInRollback { effects, after_call }),
        1 => Just(Happening::Interrupted),
        1 => Just(Happening::Settled),
        2 => Just(Happening::Tidied),
    ]
}

/// AWS and the journal of what was done to it.
struct Story {
    aws: BTreeMap<Address, Observed<Spec>>,
    /// What was there when the scope was settled last.
    before: BTreeMap<Address, Observed<Spec>>,
    state: State,
    entries: BTreeMap<Number, Entry>,
    run: u32,
    octet: u8,
}

impl Story {
    fn begin() -> Self {
        let aws = BTreeMap::from([(address("r0"), observed(200)), (address("r1"), observed(201))]);
        let (before, state, entries) = (aws.clone(), State::default(), BTreeMap::new());
        let mut story = Self { aws, before, state, entries, run: 0, octet: 0 };
        story.start();
        story
    }

    fn say(&mut self, record: &Record) -> Number {
        let number = self.state.advance(record).unwrap_or_else(|error| panic!("{record:?}: {error}"));
        self.entries.insert(number, Entry { at: at(number.0), record: record.clone() });
        number
    }

    fn start(&mut self) {
        self.run += 1;
        self.say(&started(&format!("run-{}", self.run)));
    }

    fn run(&self) -> String {
        format!("run-{}", self.run)
    }

    fn happens(&mut self, happening: Happening) {
        match happening {
            Happening::Call { resource, deletes, answer, taken } => self.call(resource, deletes, answer, taken),
            Happening::Killed => self.start(),
            Happening::KilledInRollback { effects, after_call } => {
                self.say(&rollback(&self.run()));
                self.undo(effects);
                if after_call && let Some(effect) = self.effects().first() {
                    self.send_undoing_call(effect);
                }
                self.start();
            }
            Happening::Interrupted => {
                self.say(&ended(Ending::Interrupted));
                self.start();
            }
            Happening::Settled => {
                self.say(&ended(Ending::Applied));
                self.before = self.aws.clone();
                self.start();
            }
            Happening::Tidied => self.tidy(),
        }
    }

    fn tidy(&mut self) {
        let mut contents = Contents::default();
        (contents.entries, contents.state) = (self.entries.clone(), self.state.clone());
        let (entries, _) = divide(&contents);
        let records = self.state.next_number().0 - 1;
        let tidied = Contents::restore(1, Extract { lease: None, records, entries }).unwrap();
        assert_eq!(tidied.state.next_number(), self.state.next_number());
        (self.entries, self.state) = (tidied.entries, tidied.state);
    }

    fn call(&mut self, resource: u8, deletes: bool, answer: Answer, taken: bool) {
        let name = format!("r{resource}");
        let there = self.aws.get(&address(&name)).cloned();
        self.octet += 1;
        let new = Observed { id: format!("vpc-{}", self.octet), ..observed(self.octet) };
        let (deed, after) = match there {
            None => (Deed::Create { wanted: vpc(self.octet) }, Some(new)),
            Some(before) if deletes => (Deed::Delete { before }, None),
            Some(before) => (
                Deed::Update { wanted: vpc(self.octet), before: before.clone() },
                Some(Observed { spec: vpc(self.octet), ..before }),
            ),
        };
        let creates = matches!(deed, Deed::Create { .. });
        let number = self.say(&intent(&name, deed)).0;
        let id = after.as_ref().map(|after| after.id.clone()).unwrap_or_default();
        let taken = match answer {
            Answer::Done => true,
            // A creation that AWS refuses did nothing; what takes several calls may have done something.
            Answer::Failed => taken && !creates,
            Answer::Unknown | Answer::None => taken,
        };
        if taken {
            match after {
                Some(after) => self.aws.insert(address(&name), after),
                None => self.aws.remove(&address(&name)),
            };
        }
        match answer {
            Answer::Done if creates => drop(self.say(&made(number, &id))),
            Answer::Done => drop(self.say(&done(number))),
            Answer::Failed => drop(self.say(&failed(number))),
            Answer::Unknown => drop(self.say(&unknown(number))),
            Answer::None => self.start(),
        }
    }

    fn effects(&self) -> Vec<Effect> {
        self.state.effects(&self.run(), &workload())
    }

    /// Undoes so many effects, newest first.
    fn undo(&mut self, effects: usize) {
        for effect in self.effects().into_iter().take(effects) {
            self.send_undoing_call(&effect);
            self.say(&undone(effect.number.0));
        }
    }

    fn send_undoing_call(&mut self, effect: &Effect) {
        assert!(!effect.superseded, "no later run has begun");
        let there = self.aws.get(&effect.address).cloned();
        if effect.certain {
            let expected = !matches!(effect.change, EffectChange::Deleted { .. });
            assert_eq!(there.is_some(), expected, "{effect:?} is said to be certain");
        }
        let (deed, after) = match effect.change.clone() {
            EffectChange::Created { .. } => (there.map(|before| Deed::Delete { before }), None),
            EffectChange::Changed { before } | EffectChange::Deleted { before } => {
                let wanted = before.spec.clone();
                let deed = match there {
                    None => Deed::Create { wanted },
                    Some(there) => Deed::Update { wanted, before: there },
                };
                (Some(deed), Some(before))
            }
        };
        if let Some(deed) = deed {
            let name = effect.address.as_str().trim_start_matches("payments/");
            let number = self.say(&intent_of(name, deed, Some(effect.number.0))).0;
            self.say(&made(number, "vpc-restored"));
        }
        match after {
            Some(after) => self.aws.insert(effect.address.clone(), after),
            None => self.aws.remove(&effect.address),
        };
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn rollback_after_anything_restores_what_was_there(happenings in prop::collection::vec(happening(), 0..40)) {
        let mut story = Story::begin();
        for happening in happenings {
            story.happens(happening);
        }
        story.say(&rollback(&story.run()));
        story.undo(usize::MAX);
        prop_assert_eq!(&story.aws, &story.before);
        story.say(&rolled_back(&[]));
        story.say(&ended(Ending::RolledBack));
        prop_assert_eq!(story.state.unsettled().count(), 0);
        story.start();
        prop_assert!(story.effects().is_empty());
    }
}
