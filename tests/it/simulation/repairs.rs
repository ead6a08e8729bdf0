//! Random repairs: some drifts at once, by seed, and one of them can't be mended, since AWS denies a call that only it needs.
//! All others are mended and stay so, and the one is told with what is in its way.
//!
//! `scripts/repairs` runs more of them than `cargo test` does.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use lz::graph::Address;
use lz::kinds::KindName;
use lz::sweep::{Class, Finding, Swept};
use lz::twin::faults::Kind;

use super::drift::{Entry, Scene, entries};
use super::matrix::Matrix;
use super::sweep::told;
use super::trace::Exchange;
use super::world::World;

/// How many sets there are when nobody asks for more.
const FEW: u64 = 8;

/// An account and an action.
type Call = (String, String);

/// A set of drifts.
struct Set {
    seed: u64,
}

impl fmt::Display for Set {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "set-{:05}", self.seed)
    }
}

/// What a drift comes to by itself.
#[derive(Clone)]
struct Alone {
    told: BTreeSet<String>,
    /// What it is told of.
    addresses: BTreeSet<Address>,
    /// The calls that mend it.
    calls: BTreeSet<Call>,
}

/// The drifts there are.
struct Catalogue {
    scene: &'static Scene,
    drifts: Vec<(KindName, Entry)>,
    alone: RefCell<BTreeMap<usize, Option<Alone>>>,
}

fn changing_calls(world: &World, since: usize) -> BTreeSet<Call> {
    let exchanges = world.trace.since(since);
    // RAM's actions are named by paths there, and not as faults name them; but for tags, of which another service has the
    // same action.
    let is_named = |one: &&Exchange| !one.request.starts_with(|first| first != ' ') || one.action == "Tagresource";
    let changing = exchanges.iter().filter(|one| !one.is_read()).filter(is_named);
    let account = |one: &Exchange| world.twin.with_world(|aws| aws.sts.key(&one.key).map(|key| key.account.clone()));
    changing.filter_map(|one| Some((account(one)?, one.action.replace("Tagresource", "TagResource")))).collect()
}

impl Catalogue {
    fn new() -> Self {
        let made = KindName::ALL.iter().copied().filter(|kind| kind.made());
        let all = made.flat_map(|kind| entries(kind).into_iter().map(move |entry| (kind, entry)));
        // What is left of somebody's in the network is another test's.
        let drifts = all.filter(|(_, entry)| entry.case().is_some_and(|case| !case.leaves_theirs())).collect();
        Self { scene: Scene::complete(), drifts, alone: RefCell::default() }
    }

    fn name(&self, number: usize) -> String {
        self.drifts.get(number).map(|(kind, entry)| entry.name(*kind)).unwrap_or_default()
    }

    fn begin(&self, world: &World, number: usize) {
        self.drifts[number].1.case().expect("a drift").drift(world, self.scene);
    }

    /// A drift by itself; none where one repair does not mend it, which is the drift suite's to tell.
    fn alone(&self, number: usize) -> Option<Alone> {
        if let Some(known) = self.alone.borrow().get(&number) {
            return known.clone();
        }
        let tried = catch_unwind(AssertUnwindSafe(|| {
            let mut world = self.scene.copy();
            self.begin(&world, number);
            let swept = world.sweep();
            let told: BTreeSet<String> = told(&swept).into_iter().collect();
            let addresses = swept.sweep.findings.iter().filter_map(|finding| finding.address.clone()).collect();
            let since = world.trace.len();
            let errors = world.repair().errors();
            errors.is_empty().then(|| Alone { told, addresses, calls: changing_calls(&world, since) })
        }));
        let alone = tried.ok().flatten();
        self.alone.borrow_mut().insert(number, alone.clone());
        alone
    }

    /// The drifts of a set, and the one that can't be mended with the call that is denied.
    fn draw(&self, seed: u64) -> Option<(Vec<usize>, usize, Call)> {
        let mut drawn = fastrand::Rng::with_seed(seed);
        let size = drawn.usize(2..=6);
        let mut numbers = BTreeSet::new();
        while numbers.len() < size {
            numbers.insert(drawn.usize(..self.drifts.len()));
        }
        let mut numbers: Vec<usize> = numbers.into_iter().filter(|number| self.alone(*number).is_some()).collect();
        drawn.shuffle(&mut numbers);
        for (place, number) in numbers.iter().enumerate() {
            let others = numbers.iter().enumerate().filter(|(other, _)| *other != place);
            let others: BTreeSet<Call> =
                others.filter_map(|(_, one)| self.alone(*one)).flat_map(|one| one.calls).collect();
            let own = self.alone(*number)?.calls;
            if let Some(call) = own.difference(&others).next() {
                return (numbers.len() > 1).then(|| (numbers.clone(), *number, call.clone()));
            }
        }
        None
    }

    fn try_out(&self, set: &Set) -> Vec<String> {
        let Some((numbers, unmendable, (account, action))) = self.draw(set.seed) else { return Vec::new() };
        let mut world = self.scene.copy();
        world.rollback = true;
        // What one has done may leave no place for another.
        let mut done = Vec::new();
        for number in numbers {
            let mut next = world.copy();
            next.rollback = true;
            if catch_unwind(AssertUnwindSafe(|| self.begin(&next, number))).is_ok() {
                world = next;
                done.push(number);
            }
        }
        if !done.contains(&unmendable) || done.len() < 2 {
            return Vec::new();
        }
        let names: Vec<String> = done.iter().map(|number| self.name(*number)).collect();
        let what = format!("[{}] without {action} for {}", names.join(", "), self.name(unmendable));
        world.fault(Kind::Denied, Some(&account), &action, 1, u64::MAX);
        world.expected.extend(["UnauthorizedOperation", "AccessDeniedException"]);
        let errors = world.repair().errors();
        let swept = world.sweep();
        if errors.is_empty() && told(&swept).is_empty() {
            // What another drift has done was mended in a way that mended this one, too.
            return Vec::new();
        }
        let mut wrong = Vec::new();
        if !errors.iter().any(|error| error.contains(&action)) {
            wrong.push(format!("it did not name {action}: {errors:?}"));
        }
        wrong.extend(self.left(&swept, unmendable));
        world.twin.with_world(|aws| aws.faults.rules.clear());
        wrong.extend(world.repair().errors().into_iter().map(|error| format!("afterwards {error}")));
        wrong.extend(told(&world.sweep()).into_iter().map(|line| format!("afterwards there is {line}")));
        if !wrong.is_empty() {
            wrong.insert(0, format!("{what}: {}", errors.join("; ")));
        }
        wrong
    }
}

impl Catalogue {
    /// What a repair has left that it should have mended. What needs the unmendable one first stays with it.
    fn left(&self, swept: &Swept, unmendable: usize) -> Vec<String> {
        let Some(alone) = self.alone(unmendable) else { return Vec::new() };
        let lines: Vec<(String, &Finding)> = told(swept).into_iter().zip(&swept.sweep.findings).collect();
        // It may be half mended: then it is told in other words, of the same resource.
        let is_its = |line: &String, finding: &Finding| {
            alone.told.contains(line)
                || finding.address.as_ref().is_some_and(|address| alone.addresses.contains(address))
        };
        let roots: BTreeSet<&Address> =
            lines.iter().filter(|(line, one)| is_its(line, one)).filter_map(|(_, one)| one.address.as_ref()).collect();
        let needs = |finding: &Finding| finding.address.as_ref().is_some_and(|address| self.needs(address, &roots));
        let others = lines.iter().filter(|(line, finding)| !is_its(line, finding) && !needs(finding));
        // Packets go wrong by what could not be mended.
        let others = others.filter(|(_, one)| roots.is_empty() || one.class != Class::Violated);
        others.map(|(line, _)| format!("it left {line}")).collect()
    }

    /// True where an address needs one of others first, directly or through others.
    fn needs(&self, address: &Address, roots: &BTreeSet<&Address>) -> bool {
        let Some(resource) = self.scene.desired.get(address) else { return false };
        let first = resource.dependencies();
        first.iter().any(|one| roots.contains(one) || self.needs(one, roots))
    }
}

#[expect(clippy::disallowed_methods, reason = "a test is asked by the environment")]
fn count() -> u64 {
    std::env::var("LZ_REPAIRS_COUNT").ok().and_then(|count| count.parse().ok()).unwrap_or(FEW)
}

#[test]
fn what_cannot_be_mended_keeps_nothing_else_from_being_mended() {
    let matrix = Matrix::new("scripts/repairs", "LZ_REPAIRS");
    let sets: Vec<Set> = (0..count()).map(|seed| Set { seed }).collect();
    let sets = matrix.choose(sets);
    matrix.run(&sets, Catalogue::new, Catalogue::try_out);
}
