//! Random walks from zone to zone.
//!
//! `LZ_TRANSITIONS_COUNT` is how many transitions there are, `LZ_TRANSITIONS` which walks (`scripts/transitions`).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use fastrand::Rng;
use lz::blueprint::expand;
use lz::config::{Files, resolve_files};
use lz::intent::intent;
use lz::kinds::Scope;
use lz::plan::{Interruption, Strangers};
use lz::reach::planned;
use lz::reach::prove::prove;
use lz::twin::faults::Kind;

use super::super::matrix::Matrix;
use super::super::world::{Disturbance, World, label};
use super::edits::{self, Edit};
use super::paths::{Gap, Views, shared};

/// How many transitions a walk has.
const STEPS: u64 = 5;
/// How many transitions there are when nobody asks for more.
const FEW: u64 = 20;
/// How often edits are drawn again where they make no zone.
const DRAWS: usize = 6;

struct Walk {
    seed: u64,
}

impl fmt::Display for Walk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "walk-{:05}", self.seed)
    }
}

/// What became of an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Applied,
    /// The files make no zone that lz takes.
    Invalid,
    /// An invariant would not hold.
    Violating,
    /// The plan says that it can't be done.
    Refused,
}

/// How a transition is disturbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    None,
    /// The process dies after this change.
    Killed(u64),
    /// Some calls are denied from this change on, and what was begun is rolled back.
    Denied(u64),
}

/// What became of edits, by key.
#[derive(Default)]
struct Coverage(Mutex<BTreeMap<&'static str, BTreeMap<Fate, usize>>>);

impl Coverage {
    fn note(&self, edits: &[&Edit], fate: Fate) {
        let mut all = self.0.lock().expect("no panic");
        for key in edits.iter().flat_map(|edit| edit.keys) {
            *all.entry(key).or_default().entry(fate).or_default() += 1;
        }
    }

    #[expect(clippy::disallowed_macros, reason = "a long run says what it has covered")]
    fn tell(&self) {
        for (key, fates) in &*self.0.lock().expect("no panic") {
            let count = |fate| fates.get(&fate).copied().unwrap_or_default();
            let (applied, invalid) = (count(Fate::Applied), count(Fate::Invalid));
            let (violating, refused) = (count(Fate::Violating), count(Fate::Refused));
            eprintln!("{key}: {applied} applied, {invalid} invalid, {violating} violating, {refused} refused");
        }
    }
}

impl World {
    /// What keeps the files from being a zone that lz would build.
    fn fault_of_files(&self) -> Option<(Fate, String)> {
        let files = Files::from_texts(self.files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        let loaded = match resolve_files(&files, &BTreeMap::new(), &self.overrides) {
            Ok(loaded) => loaded,
            Err(invalid) => return Some((Fate::Invalid, format!("{:?}", invalid.first_error()))),
        };
        let desired = match expand(&loaded.zone) {
            Ok(desired) => desired,
            Err(error) => return Some((Fate::Invalid, error.to_string())),
        };
        let violations = prove(&planned::network(&desired), &intent(&loaded.zone));
        violations.first().map(|one| (Fate::Violating, one.invariant.clone()))
    }

    /// Edits the files, so that they make a zone. Gives the edits; none where no draw makes one.
    fn edit_at_random(&mut self, drawn: &mut Rng, most: usize, coverage: &Coverage) -> Vec<&'static Edit> {
        let all: Vec<&Edit> = edits::all().collect();
        for _ in 0..DRAWS {
            let former = self.files.clone();
            let count = drawn.usize(1..=most);
            let mut made = Vec::new();
            for _ in 0..count {
                let Some(edit) = drawn.choice(&all) else { continue };
                if (edit.make)(self, drawn) {
                    made.push(*edit);
                }
            }
            if made.is_empty() || self.files == former {
                continue;
            }
            match self.fault_of_files() {
                None => return made,
                Some((fate, words)) => {
                    assert!(!words.is_empty(), "it is said why");
                    coverage.note(&made, fate);
                    self.files = former;
                }
            }
        }
        Vec::new()
    }

    /// Applies the files until nothing is left to do: what workloads have used until now can go only after they were
    /// onboarded.
    fn settle_on_files(&mut self) -> Vec<String> {
        let mut wrong = Vec::new();
        for _ in 0..2 {
            wrong.extend(self.bootstrap().errors());
            // Onboarding is refused where what it needs is not there.
            if wrong.is_empty() {
                wrong.extend(self.onboard_all().errors());
            }
            if !wrong.is_empty() || self.plan().changes.is_empty() {
                return wrong;
            }
        }
        let left = self.plan();
        wrong.extend(left.changes.values().map(|one| format!("left: {} {}", one.action().as_str(), one.address)));
        wrong
    }
}

fn trouble(drawn: &mut Rng) -> Trouble {
    match drawn.u8(..6) {
        0 => Trouble::Killed(drawn.u64(1..40)),
        1 => Trouble::Denied(drawn.u64(1..40)),
        _ => Trouble::None,
    }
}

fn scope_of(end: &str) -> Option<Scope> {
    match end.split_once('/')? {
        ("networking", _) => Some(Scope::Hub),
        (name, _) => Some(Scope::Workload(label(name))),
    }
}

/// True where a plan said that a path would be lost for so long.
fn was_told(gap: &Gap, told: &[Interruption], trouble: Trouble) -> bool {
    let ends: Vec<Scope> = [&gap.path.0, &gap.path.1].into_iter().filter_map(|end| scope_of(end)).collect();
    let of_it: Vec<&Interruption> = told.iter().filter(|one| ends.iter().any(|end| one.scopes.contains(end))).collect();
    if of_it.iter().any(|one| one.gap.is_none()) {
        return true;
    }
    let longest: Duration = of_it.iter().filter_map(|one| one.gap).sum();
    !of_it.is_empty() && (trouble != Trouble::None || gap.length <= longest * 3)
}

/// One transition. Gives what is wrong.
fn step(world: &mut World, drawn: &mut Rng, coverage: &Coverage) -> Vec<String> {
    let (former, before) = (world.files.clone(), world.load().1);
    let edits = world.edit_at_random(drawn, 3, coverage);
    if edits.is_empty() {
        return Vec::new();
    }
    let names: Vec<&str> = edits.iter().map(|edit| edit.name).collect();
    let trouble = trouble(drawn);
    let told = |wrong: Vec<String>| -> Vec<String> {
        wrong.into_iter().map(|one| format!("[{} {trouble:?}] {one}", names.join(", "))).collect()
    };
    world.strangers = Strangers::Removed;
    let plan = world.plan();
    if !plan.problems.is_empty() {
        coverage.note(&edits, Fate::Refused);
        world.files = former;
        return Vec::new();
    }
    coverage.note(&edits, Fate::Applied);
    let wanted = world.load().1;
    let held = shared(&before, &wanted);
    let interruptions = plan.interruptions(&wanted);
    let views = Views::of(&world.twin);
    world.views = Some(views.clone());
    match trouble {
        Trouble::None => {}
        Trouble::Killed(change) => {
            drop(world.apply_disturbed(&world.everything(), Disturbance::DiesAfterChange(change)));
        }
        Trouble::Denied(change) => {
            world.twin.with_world(|aws| {
                let rule = lz::twin::faults::Rule {
                    kind: Kind::Denied,
                    account: None,
                    action: None,
                    from: change,
                    times: 3,
                    seen: 0,
                };
                aws.faults.rules.push(rule);
            });
            world.rollback = true;
            drop(world.apply(&world.everything()));
            world.rollback = false;
            world.twin.with_world(|aws| aws.faults.rules.clear());
        }
    }
    world.rollback = true;
    let wrong = world.settle_on_files();
    world.rollback = false;
    world.views = None;
    if !wrong.is_empty() {
        return told(wrong);
    }
    world.check_built();
    world.assert_conformant();
    let gaps = world.gaps(&views, &held);
    let untold = gaps.iter().filter(|gap| !gap.is_over || !was_told(gap, &interruptions, trouble));
    let lines = untold.map(|gap| {
        let (from, to) = &gap.path;
        format!("{from} → {to} lost for {:?} after {} (is over: {})", gap.length, gap.action, gap.is_over)
    });
    let lines: Vec<String> = lines.collect();
    told(lines)
}

fn walk(one: &Walk, coverage: &Coverage) -> Vec<String> {
    let mut drawn = Rng::with_seed(one.seed);
    let mut world = World::small(one.seed);
    // Whoever moves NAT gateways, or replaces VPCs, has asked for more addresses, VPCs and gateways.
    for quota in ["L-0263D0A3", "L-F678F1CE", "L-A4707A72"] {
        world.twin.with_world(|aws| aws.quotas.insert(quota.to_owned(), 50));
    }
    if !one.seed.is_multiple_of(3) {
        let _ = world.edit_at_random(&mut drawn, 4, &Coverage::default());
    }
    world.build();
    for _ in 0..STEPS {
        let wrong = step(&mut world, &mut drawn, coverage);
        if !wrong.is_empty() {
            return wrong;
        }
    }
    Vec::new()
}

#[expect(clippy::disallowed_methods, reason = "a test is asked by the environment")]
fn count() -> u64 {
    std::env::var("LZ_TRANSITIONS_COUNT").ok().and_then(|count| count.parse().ok()).unwrap_or(FEW)
}

#[test]
fn any_zone_becomes_any_other() {
    let matrix = Matrix::new("scripts/transitions", "LZ_TRANSITIONS");
    let walks: Vec<Walk> = (0..count().div_ceil(STEPS)).map(|seed| Walk { seed }).collect();
    let walks = matrix.choose(walks);
    let coverage = Coverage::default();
    matrix.run_then(&walks, || (), |(), one| walk(one, &coverage), || coverage.tell());
}
