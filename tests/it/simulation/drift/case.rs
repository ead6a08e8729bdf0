//! One thing done by hand: what the sweep says of it, and that one repair brings it back.

use std::collections::BTreeSet;
use std::future::Future;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use lz::kinds::KindName;

use super::super::sweep::told;
use super::super::world::{Console, World};
use super::catalogue::entries;
use super::scene::Scene;

/// The attribute that stands for the resource itself: that it is there.
pub const GONE: &str = "gone";

/// The change of `tags` that takes away the one by which lz knows the resource.
pub const ADDRESS_LOST: &str = "the address lost";

/// What can be done by hand to one attribute of a kind.
pub struct Entry {
    /// Its name, [`GONE`], or `tags`.
    pub attribute: &'static str,
    /// Which of several, where there are several.
    pub role: &'static str,
    pub chance: Chance,
}

/// Whether it can drift.
pub enum Chance {
    Drift(Case),
    /// AWS has no call that changes it, and a resource of its kind is known by its tag, so that nothing else stands for it.
    Immutable,
    /// It is a part of what makes the resource the one that it is: with another value it is another resource, and this one
    /// is gone.
    Identity,
    /// AWS refuses, with this code.
    Refused {
        code: &'static str,
        hands: Hands,
    },
    /// Nobody can, for a reason that AWS's documentation tells.
    Never(#[expect(dead_code, reason = "it is there to be read in the catalogue")] &'static str),
}

/// A change by hand, and what it comes to.
pub struct Case {
    hands: Vec<Hands>,
    /// Findings, in lines as [`told`] has them. A star in an address stands for anything: the line is about each resource
    /// of the zone whose address fits. An invariant may be broken `of` several accounts.
    told: Vec<&'static str>,
    /// True where something of theirs stays in the network, which is not the planned one then.
    leaves_theirs: bool,
}

/// What somebody does in an account. It gives AWS's refusal, where that is expected.
pub struct Hands {
    account: &'static str,
    does: Box<dyn Fn(Person) -> LocalBoxFuture<'static, String>>,
}

/// Somebody at an account's console, who sees the whole zone.
pub struct Person {
    console: Console,
    scene: &'static Scene,
}

impl Deref for Person {
    type Target = Console;

    fn deref(&self) -> &Console {
        &self.console
    }
}

impl Person {
    /// AWS's id of an address.
    pub fn id(&self, address: &str) -> String {
        self.scene.id(address)
    }

    /// Waits until AWS has done what was asked, and shows it.
    pub async fn wait(&self) {
        self.clock.sleep(std::time::Duration::from_secs(1200)).await;
    }
}

impl Hands {
    fn refused<Done>(account: &'static str, does: impl Fn(Person) -> Done + 'static) -> Self
    where
        Done: Future<Output = String> + 'static,
    {
        Self { account, does: Box::new(move |person| does(person).boxed_local()) }
    }

    fn of<Done>(account: &'static str, does: impl Fn(Person) -> Done + 'static) -> Self
    where
        Done: Future<Output = ()> + 'static,
    {
        Self::refused(account, move |person| does(person).map(|()| String::new()))
    }

    fn work(&self, world: &World, scene: &'static Scene) -> String {
        let account = match self.account {
            "management" => world.twin.management_credentials().account,
            name => world.account(name),
        };
        world.by_hand(&account, async |console| (self.does)(Person { console, scene }).await)
    }
}

/// Something that can be changed: in which account, how, and what the sweep says.
pub fn drift<Done>(
    attribute: &'static str,
    account: &'static str,
    does: impl Fn(Person) -> Done + 'static,
    told: &[&'static str],
) -> Entry
where
    Done: Future<Output = ()> + 'static,
{
    let case = Case { hands: vec![Hands::of(account, does)], told: told.to_vec(), leaves_theirs: false };
    Entry { attribute, role: "", chance: Chance::Drift(case) }
}

/// Something that AWS refuses, with a code.
pub fn refused<Done>(
    attribute: &'static str,
    account: &'static str,
    does: impl Fn(Person) -> Done + 'static,
    code: &'static str,
) -> Entry
where
    Done: Future<Output = String> + 'static,
{
    Entry { attribute, role: "", chance: Chance::Refused { code, hands: Hands::refused(account, does) } }
}

pub fn immutable(attribute: &'static str) -> Entry {
    Entry { attribute, role: "", chance: Chance::Immutable }
}

pub fn identity(attribute: &'static str) -> Entry {
    Entry { attribute, role: "", chance: Chance::Identity }
}

pub fn never(attribute: &'static str, why: &'static str) -> Entry {
    Entry { attribute, role: "", chance: Chance::Never(why) }
}

impl Entry {
    /// Says which of several this is about.
    pub fn of(self, role: &'static str) -> Self {
        Self { role, ..self }
    }

    /// What was put in its place is theirs, and stays.
    pub fn leaving_theirs(mut self) -> Self {
        if let Chance::Drift(case) = &mut self.chance {
            case.leaves_theirs = true;
        }
        self
    }

    /// What somebody does in another account before.
    pub fn after<Done>(mut self, account: &'static str, does: impl Fn(Person) -> Done + 'static) -> Self
    where
        Done: Future<Output = ()> + 'static,
    {
        if let Chance::Drift(case) = &mut self.chance {
            case.hands.insert(0, Hands::of(account, does));
        }
        self
    }

    pub fn name(&self, kind: KindName) -> String {
        format!("{} {} {}", kind.as_str(), self.attribute, self.role).trim_end().to_owned()
    }

    /// What is done by hand, where something can be.
    pub fn case(&self) -> Option<&Case> {
        match &self.chance {
            Chance::Drift(case) => Some(case),
            _ => None,
        }
    }

    fn try_out(&self, scene: &'static Scene) -> Result<(), String> {
        let mut world = scene.copy();
        match &self.chance {
            Chance::Drift(case) => case.try_out(&mut world, scene),
            Chance::Refused { code, hands } => {
                let answer = hands.work(&world, scene);
                if answer != *code {
                    return Err(format!("AWS was to refuse with {code}, and answered {answer:?}"));
                }
                world.assert_conformant();
                Ok(())
            }
            Chance::Immutable | Chance::Identity | Chance::Never(_) => Ok(()),
        }
    }
}

impl Case {
    /// Does it.
    pub fn drift(&self, world: &World, scene: &'static Scene) {
        for hands in &self.hands {
            hands.work(world, scene);
        }
    }

    /// True where something of theirs stays in the network.
    pub fn leaves_theirs(&self) -> bool {
        self.leaves_theirs
    }

    fn try_out(&self, world: &mut World, scene: &'static Scene) -> Result<(), String> {
        self.drift(world, scene);
        let found: BTreeSet<String> = told(&world.sweep()).into_iter().collect();
        let expected = self.expected(scene);
        if found != expected {
            let (besides, not) = (found.difference(&expected), expected.difference(&found));
            let (besides, not): (Vec<&String>, Vec<&String>) = (besides.collect(), not.collect());
            return Err(format!("the sweep said besides: {besides:#?}\nand did not say: {not:#?}"));
        }
        let done = world.repair();
        if !done.errors().is_empty() {
            return Err(format!("the repair failed: {:#?}", done.errors()));
        }
        world.check_errors();
        if !self.leaves_theirs {
            world.assert_conformant();
            return Ok(());
        }
        match told(&world.sweep()) {
            left if left.is_empty() => Ok(()),
            left => Err(format!("after the repair the sweep says {left:#?}")),
        }
    }

    fn expected(&self, scene: &Scene) -> BTreeSet<String> {
        self.told.iter().flat_map(|line| expanded(line, scene)).collect()
    }
}

/// A line for each that it stands for.
fn expanded(line: &str, scene: &Scene) -> Vec<String> {
    if let Some(pattern) = line.split(' ').find(|word| word.contains('*')) {
        let fitting = scene.desired.keys().filter(|address| fits(pattern, address.as_str()));
        return fitting.map(|address| line.replace(pattern, address.as_str())).collect();
    }
    match line.split_once(" of ") {
        Some((words, owners)) => owners.split(", ").map(|owner| format!("{words} of {owner}")).collect(),
        None => vec![line.to_owned()],
    }
}

/// True where a pattern fits the whole text; its stars stand for anything.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => text
            .strip_prefix(before)
            .is_some_and(|rest| (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|tail| fits(after, tail)))),
    }
}

/// Tries everything that the catalogue has of some kinds, and tells all that went wrong.
pub fn try_all(kinds: &[KindName]) {
    let scene = Scene::complete();
    let mut wrong = Vec::new();
    for (kind, entry) in kinds.iter().flat_map(|kind| entries(*kind).into_iter().map(move |entry| (*kind, entry))) {
        let tried = catch_unwind(AssertUnwindSafe(|| entry.try_out(scene)));
        match tried {
            Ok(Ok(())) => {}
            Ok(Err(message)) => wrong.push(format!("{}: {message}", entry.name(kind))),
            Err(panic) => {
                let message = panic.downcast_ref::<String>().cloned();
                wrong.push(format!("{}: {}", entry.name(kind), message.unwrap_or_default()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
