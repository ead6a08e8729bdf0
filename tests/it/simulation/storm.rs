//! Storms: many faults of all kinds in one run, by seed. Whatever the run says it came to is so, and a calm run after it
//! makes what a run without faults makes.
//!
//! `LZ_STORM` is how many storms there are (`scripts/storm`), or a range of seeds such as `7..8`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use lz::apply::{Outcome, ScopeOutcome};
use lz::twin::faults::{Kind, Later, Random};

use super::small::assert_same;
use super::world::{Disturbance, World};

const SEED: u64 = 71;
/// How many storms there are when nobody asks for more.
const FEW: u64 = 20;

fn kinds(denied: bool) -> Vec<Kind> {
    let kinds =
        [Kind::Throttled, Kind::ErrorBefore, Kind::ErrorAfter, Kind::RequestLost, Kind::AnswerLost, Kind::Slow(20_000)];
    kinds.into_iter().chain(denied.then_some(Kind::Denied)).collect()
}

/// In every storm some of what AWS takes minutes for fails after all. Every third storm denies calls too, every other one
/// rolls back, every fourth ends with the process's death, and in every fifth the gateway's owner accepts attachments, or
/// somebody rejects them.
fn storm(clean: &Clean, seed: u64) {
    let Clean { before, calls, end } = clean;
    let mut world = before.copy();
    world.rollback = seed.is_multiple_of(2);
    #[expect(clippy::cast_precision_loss, reason = "a number below 16")]
    let rate = 0.05 + (seed % 16) as f64 / 100.0;
    let random = Random { seed, rate, kinds: kinds(seed.is_multiple_of(3)), seen: 0 };
    let later = Later { seed, rate: 0.2 - (rate - 0.05), seen: 0 };
    world.twin.with_world(|aws| {
        aws.faults.random = Some(random);
        aws.faults.later = Some(later);
    });
    let disturbance = match seed % 4 {
        3 => Disturbance::DiesAfterChange(1 + seed * 37 % *calls),
        _ => Disturbance::None,
    };
    let done = world.apply_disturbed(&world.everything(), disturbance);
    world.twin.with_world(|aws| {
        aws.faults.random = None;
        aws.faults.later = None;
    });
    if let Some(done) = done {
        let plan = world.check_unfinished();
        for scope in &done.report.scopes {
            let left = plan.changes.values().filter(|change| change.scope == scope.scope);
            let left: Vec<String> = left
                .map(|change| format!("{} {}: {}", change.action().as_str(), change.address, change.reason))
                .collect();
            match scope.outcome {
                ScopeOutcome::Applied | ScopeOutcome::Unchanged => {
                    assert_eq!((left, &scope.error()), (Vec::new(), &None), "{}", scope.scope);
                }
                ScopeOutcome::RolledBack | ScopeOutcome::Failed | ScopeOutcome::Refused | ScopeOutcome::Partial => {
                    assert!(scope.error().is_some(), "{scope:?}")
                }
            }
        }
        assert_eq!(done.report.outcome == Outcome::Applied, done.errors().is_empty(), "{:?}", done.report);
    }
    let mut calm = world.apply(&world.everything());
    let is_from_before = |error: &String| error.contains("AWS gave up");
    if disturbance != Disturbance::None && calm.errors().iter().any(is_from_before) {
        // What a dead run has asked for may fail in the storm's way only now, and such that asking again can't help.
        assert!(calm.errors().iter().all(is_from_before), "{:?}", calm.errors());
        calm = world.apply(&world.everything());
    }
    assert_eq!(calm.errors(), Vec::<String>::new());
    world.check();
    assert_same(&world.end_state(), end);
}

/// A zone before it is built, how many calls that takes, and its end state without faults.
struct Clean {
    before: World,
    calls: u64,
    end: BTreeMap<String, String>,
}

impl Clean {
    fn new(auto_accept: bool) -> Self {
        let mut before = World::small(SEED);
        before.set("transit_gateway.auto_accept_shared_attachments", if auto_accept { "true" } else { "false" });
        let mut clean = before.copy();
        assert_eq!(clean.apply(&clean.everything()).errors(), Vec::<String>::new());
        Self { before, calls: clean.changing(), end: clean.end_state() }
    }
}

fn failures(seeds: Range<u64>) -> Vec<String> {
    let [accepted_by_lz, accepted_by_aws] = [false, true].map(Clean::new);
    let failed = seeds.filter_map(|seed| {
        let clean = if seed % 5 == 4 { &accepted_by_lz } else { &accepted_by_aws };
        let panic = catch_unwind(AssertUnwindSafe(|| storm(clean, seed))).err()?;
        let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        Some(format!("scripts/storm {seed}..{}\n{}", seed + 1, text.unwrap_or_default()))
    });
    failed.collect()
}

#[expect(clippy::disallowed_methods, reason = "a test is asked by the environment")]
fn seeds() -> Range<u64> {
    let Ok(wanted) = std::env::var("LZ_STORM") else { return 0..FEW };
    let number = |text: &str| text.parse().expect("a number, or a range such as 7..8");
    match wanted.split_once("..") {
        Some((first, end)) => number(first)..number(end),
        None => 0..number(&wanted),
    }
}

#[test]
fn a_storm_ends_honestly_and_a_calm_run_mends_it() {
    let seeds = seeds();
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let share = (seeds.end - seeds.start).div_ceil(threads).max(1);
    let parts = (0..threads).map(|part| {
        let first = seeds.start + part * share;
        first.min(seeds.end)..(first + share).min(seeds.end)
    });
    let failed: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = parts.map(|part| scope.spawn(|| failures(part))).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no panic")).collect()
    });
    assert!(failed.is_empty(), "{} storms failed:\n{}", failed.len(), failed.join("\n"));
}
