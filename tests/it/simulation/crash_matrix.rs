//! The crash matrix: a zone's making (bootstrap, and two onboardings) with one fault at one of its changing calls or
//! journal writes, and then once more without: what is there in the end is what a run without faults makes.
//!
//! There is a case for every changing call with every kind of trouble with calls, and for every write of the journal with
//! every kind of trouble with writes. All of them run where `LZ_CRASH_MATRIX` is `all` (`scripts/crash-matrix`). Otherwise a
//! part runs, for the time it takes: every changing call with one kind of trouble, in turn, and so every fourth write.
//! Where it is a case's name, as a failure tells it, only that case runs.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use lz::journal::memory::Fault;
use lz::twin::faults::{Kind, Rule};

use super::small::assert_same;
use super::world::{Disturbance, World};

const SEED: u64 = 61;
/// How often it says how far it is, in cases.
const PROGRESS: usize = 50;

/// What goes wrong with a changing call.
const OF_CALLS: [Trouble; 7] = [
    Trouble::AnswerLost,
    Trouble::RequestLost,
    Trouble::ErrorAfter,
    Trouble::ErrorBefore,
    Trouble::Throttled,
    Trouble::DiesBefore,
    Trouble::DiesAfter,
];

/// What goes wrong with a write of the journal.
const OF_WRITES: [Trouble; 5] = [
    Trouble::DiesBeforeWrite,
    Trouble::DiesAfterWrite,
    Trouble::WriteFails,
    Trouble::WriteFailsAfterwards,
    Trouble::WriteTorn,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    AnswerLost,
    RequestLost,
    ErrorAfter,
    ErrorBefore,
    Throttled,
    DiesBefore,
    DiesAfter,
    DiesBeforeWrite,
    DiesAfterWrite,
    WriteFails,
    WriteFailsAfterwards,
    WriteTorn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Bootstrap,
    Onboarding,
}

/// One trouble at one point of one phase.
#[derive(Debug, Clone, Copy)]
struct Case {
    phase: Phase,
    /// The changing call, or the write of the journal, counted from 1.
    point: u64,
    trouble: Trouble,
}

impl fmt::Display for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}-{}-{:?}", self.phase, self.point, self.trouble)
    }
}

/// How many points a phase has.
#[derive(Debug, Clone, Copy)]
struct Size {
    phase: Phase,
    calls: u64,
    writes: u64,
}

/// The zone before each phase, and its end state without faults.
struct Clean {
    before_bootstrap: World,
    before_onboarding: World,
    end: BTreeMap<String, String>,
    sizes: [Size; 2],
}

impl Clean {
    fn new() -> Self {
        let before_bootstrap = World::small(SEED);
        let mut world = World::small_hub(SEED);
        let bootstrap = Size { phase: Phase::Bootstrap, calls: world.changing(), writes: world.journals.creations() };
        let before_onboarding = world.copy();
        assert_eq!(world.onboard_all().errors(), Vec::<String>::new());
        let onboarding = Size {
            phase: Phase::Onboarding,
            calls: world.changing() - bootstrap.calls,
            writes: world.journals.creations() - bootstrap.writes,
        };
        world.check();
        let end = world.end_state();
        Self { before_bootstrap, before_onboarding, end, sizes: [bootstrap, onboarding] }
    }

    /// All cases, or one for each point.
    fn cases(&self, all: bool) -> Vec<Case> {
        let mut cases = Vec::new();
        for size in self.sizes {
            let of_writes = if all { 1 } else { 4 };
            for (points, troubles, every) in
                [(size.calls, OF_CALLS.as_slice(), 1), (size.writes, OF_WRITES.as_slice(), of_writes)]
            {
                for point in (1..=points).step_by(every) {
                    let turn = usize::try_from(point).expect("a number") % troubles.len();
                    let troubles = if all { troubles } else { &troubles[turn..=turn] };
                    cases.extend(troubles.iter().map(|trouble| Case { phase: size.phase, point, trouble: *trouble }));
                }
            }
        }
        cases
    }

    fn run(&self, case: Case) {
        let mut world = match case.phase {
            Phase::Bootstrap => self.before_bootstrap.copy(),
            Phase::Onboarding => self.before_onboarding.copy(),
        };
        let scopes = match case.phase {
            Phase::Bootstrap => world.foundation(),
            Phase::Onboarding => world.workloads(),
        };
        let disturbance = case.disturb(&mut world);
        let done = world.apply_disturbed(&scopes, disturbance);
        if disturbance == Disturbance::None && case.trouble.ends_with_the_call() {
            assert_eq!(done.expect("it lives").errors(), Vec::<String>::new(), "the run mends it");
            assert!(world.twin.with_world(|aws| aws.faults.rules[0].seen >= case.point), "the fault was met");
        } else if let Some(done) = done {
            assert_ne!(done.errors(), Vec::<String>::new(), "it says that it did not finish");
        }
        let again = world.apply(&world.everything());
        assert_eq!(again.errors(), Vec::<String>::new());
        world.check();
        assert_same(&world.end_state(), &self.end);
    }
}

impl Trouble {
    /// True where a run is meant to go on as if nothing had happened.
    fn ends_with_the_call(self) -> bool {
        matches!(self, Self::AnswerLost | Self::RequestLost | Self::ErrorAfter | Self::ErrorBefore | Self::Throttled)
    }
}

impl Case {
    fn disturb(self, world: &mut World) -> Disturbance {
        let fault = |kind| {
            let rule = Rule { kind, account: None, action: None, from: self.point, times: 1, seen: 0 };
            world.twin.with_world(|aws| aws.faults.rules.push(rule));
            Disturbance::None
        };
        match self.trouble {
            Trouble::AnswerLost => fault(Kind::AnswerLost),
            Trouble::RequestLost => fault(Kind::RequestLost),
            Trouble::ErrorAfter => fault(Kind::ErrorAfter),
            Trouble::ErrorBefore => fault(Kind::ErrorBefore),
            Trouble::Throttled => fault(Kind::Throttled),
            Trouble::DiesBefore => Disturbance::DiesBeforeChange(self.point),
            Trouble::DiesAfter => Disturbance::DiesAfterChange(self.point),
            Trouble::DiesBeforeWrite => Disturbance::DiesBeforeSegment(self.point),
            Trouble::DiesAfterWrite => Disturbance::DiesAfterSegment(self.point),
            Trouble::WriteFails | Trouble::WriteFailsAfterwards | Trouble::WriteTorn => {
                world.journals.fault_at(
                    self.point,
                    match self.trouble {
                        Trouble::WriteFails => Fault::Fails,
                        Trouble::WriteFailsAfterwards => Fault::FailsAfterwards,
                        _ => Fault::Torn(100),
                    },
                );
                Disturbance::None
            }
        }
    }
}

/// What failed, by case. The threads take cases as they come: those of the onboarding are shorter than those of the bootstrap.
#[expect(clippy::disallowed_macros, reason = "it takes long, and says how far it is")]
fn failures(cases: &[Case]) -> Vec<String> {
    let taken = AtomicUsize::new(0);
    let worker = || {
        let clean = Clean::new();
        let mut failed = Vec::new();
        loop {
            let place = taken.fetch_add(1, Ordering::Relaxed);
            let Some(case) = cases.get(place) else { return failed };
            if place > 0 && place.is_multiple_of(PROGRESS) {
                eprintln!("{place} of {} cases", cases.len());
            }
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| clean.run(*case))) {
                let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
                failed.push(format!("LZ_CRASH_MATRIX={case} scripts/crash-matrix\n{}", text.unwrap_or_default()));
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no panic")).collect()
    })
}

#[test]
#[expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a test is asked by the environment, and says its size"
)]
fn a_run_with_a_fault_at_any_point_ends_as_one_without() {
    let wanted = std::env::var("LZ_CRASH_MATRIX").ok();
    let clean = Clean::new();
    let mut cases = clean.cases(wanted.is_some());
    let all = clean.cases(true).len();
    if let Some(name) = wanted.filter(|wanted| wanted != "all") {
        cases.retain(|case| case.to_string() == name);
        assert!(!cases.is_empty(), "no case is called {name}");
    }
    let failed = failures(&cases);
    for Size { phase, calls, writes } in clean.sizes {
        let (of_calls, of_writes) = (OF_CALLS.len(), OF_WRITES.len());
        let cases = calls * of_calls as u64 + writes * of_writes as u64;
        eprintln!(
            "{phase:?}: {calls} changing calls × {of_calls} kinds + {writes} journal writes × {of_writes} kinds = {cases} cases"
        );
    }
    eprintln!("{} of {all} cases were run, {} failed", cases.len(), failed.len());
    assert!(failed.is_empty(), "{} of {} cases failed:\n{}", failed.len(), cases.len(), failed.join("\n"));
}
