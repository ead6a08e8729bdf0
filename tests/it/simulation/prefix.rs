//! Any zone, any edits, any point at which the run fails or dies: `lz rollback` leads back to what was there before.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use lz::apply::ScopeOutcome;
use lz::kinds::Scope;
use lz::twin::faults::{Kind, Rule};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::random::{Edit, Shape, apply, edits, shapes};
use super::small::assert_same;
use super::world::{Disturbance, World};

const CASES: u32 = 8;

/// How a run comes to its end too early.
#[derive(Debug, Clone, Copy)]
enum End {
    /// AWS refuses a changing call, once.
    Refused,
    /// AWS has carried out a changing call, and the process dies before it has the answer.
    Dies,
}

/// Which of the run's changing calls it is, as a share of all of them.
#[derive(Debug, Clone, Copy)]
struct Point {
    share: f64,
    end: End,
}

fn points() -> impl Strategy<Value = Point> {
    (0.0..1.0_f64, prop_oneof![Just(End::Refused), Just(End::Dies)]).prop_map(|(share, end)| Point { share, end })
}

/// What is there, as the files of before name it: addresses, attributes with their relations, tags, states.
fn state_by(world: &mut World, files: &Files) -> BTreeMap<String, String> {
    let own = world.files_and_overrides(files.clone());
    let end = world.end_state();
    world.files_and_overrides(own);
    end
}

type Files = (BTreeMap<String, String>, Vec<(String, String)>);

impl World {
    /// Puts other files and settings in place, and gives those that were there.
    fn files_and_overrides(&mut self, (files, overrides): Files) -> Files {
        (std::mem::replace(&mut self.files, files), std::mem::replace(&mut self.overrides, overrides))
    }
}

/// Whose every address is, by the files that are in place.
fn scopes_of(world: &World) -> BTreeMap<String, Scope> {
    let (_, desired) = world.load();
    desired.iter().map(|(address, resource)| (address.to_string(), resource.scope.clone())).collect()
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small numbers"
)]
fn call_of(point: Point, calls: u64) -> u64 {
    1 + (point.share * calls as f64) as u64
}

/// Applies to all scopes, and gives those that it has not finished.
fn apply_cut_off(world: &mut World, scopes: &[Scope], end: End, call: u64) -> Vec<Scope> {
    match end {
        End::Refused => {
            let rule = Rule { kind: Kind::Denied, account: None, action: None, from: call, times: 1, seen: 0 };
            world.twin.with_world(|aws| aws.faults.rules.push(rule));
            let done = world.apply(scopes);
            world.twin.with_world(|aws| aws.faults.rules.clear());
            done.report.unfinished().map(|one| one.scope.clone()).collect()
        }
        End::Dies => match world.apply_disturbed(scopes, Disturbance::DiesAfterChange(call)) {
            Some(_) => Vec::new(),
            None => scopes.to_vec(),
        },
    }
}

/// How many addresses the run had not finished and were looked at, after it was undone.
fn undone_leads_back(shape: &Shape, edits: &[Edit], point: Point) -> usize {
    let mut world = shape.world();
    world.build();
    let files = (world.files.clone(), world.overrides.clone());
    let mut whose = scopes_of(&world);
    for edit in edits {
        apply(*edit, &mut world);
    }
    whose.extend(scopes_of(&world));
    let scopes = world.everything();
    let mut whole = world.copy();
    whole.apply(&scopes);
    let calls = whole.changing();
    if calls == 0 {
        return 0;
    }
    let before = state_by(&mut world, &files);
    let unfinished = apply_cut_off(&mut world, &scopes, point.end, call_of(point, calls));
    if unfinished.is_empty() {
        return 0;
    }
    let mut told = String::new();
    for scope in &world.undo(&unfinished).report.scopes {
        assert_eq!(scope.outcome, ScopeOutcome::RolledBack, "{scope:?}");
        told.extend(scope.error().as_ref().map(|error| format!("{error};")));
    }
    // What AWS keeps for good, such as an account, is in the organization. What a finished scope uses by now is kept and told.
    let kept = told.split(';').filter(|part| part.ends_with("by now, and the next run goes on from there"));
    let words: BTreeSet<&str> = kept.flat_map(|part| part.split([' ', ','])).collect();
    let looked_at = |state: BTreeMap<String, String>| -> BTreeMap<String, String> {
        let of_run = |address: &str| whose.get(address).is_some_and(|scope| unfinished.contains(scope));
        let counts = |address: &str| !address.starts_with("organization/") && of_run(address);
        state.into_iter().filter(|(address, _)| counts(address) && !words.contains(address.as_str())).collect()
    };
    let before = looked_at(before);
    assert_same(&looked_at(state_by(&mut world, &files)), &before);
    before.len()
}

#[test]
fn rollback_after_any_part_of_a_run_restores_what_was_there() {
    // The same cases every time: a simulation that fails is to fail again.
    let config = Config { cases: CASES, max_shrink_iters: 8, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let undone = Cell::new(0);
    let tested = runner.run(&(shapes(), edits(), points()), |(shape, edits, point)| {
        let looked_at = undone_leads_back(&shape.with_workloads(1), &edits, point);
        undone.set(undone.get() + u32::from(looked_at > 0));
        Ok(())
    });
    if let Err(failure) = tested {
        panic!("{failure}");
    }
    assert!(undone.get() * 2 >= CASES, "{} of {CASES} runs were undone", undone.get());
}
