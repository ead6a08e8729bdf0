//! What was there when a command began, and what may be taken away of it.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use lz::discover::LiveResource;
use lz::graph::{Address, AnyRef};
use lz::kinds::fields::KeyPart;
use lz::kinds::{Desired, KindName, Owner, Spec, State, Tagging};
use lz::plan::Strangers;
use lz::twin::world::World as Aws;

use super::super::world::World;
use super::memory::Memory;
use super::wire::Taking;

/// Why something may be taken away. There are no other reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excuse {
    /// The files stopped asking for it since it was built.
    NotWanted,
    /// The files ask for something else of it than when it was built; AWS may not be able to change it where it is.
    OtherwiseWanted,
    /// It had failed for good: nothing is lost with it.
    Failed,
    /// It was going already.
    Going,
    /// It is a connection, or is let go of one, that is not as it is wanted: AWS wants the wrong one taken off first.
    PutBack,
    /// lz itself has made two of it: one has to go.
    Second,
    /// What it refers to may go, or is gone: it goes along.
    GoesAlong,
    /// It is a route, and leads another way while a NAT gateway is made anew.
    LedRound,
    /// A rollback takes back what the run has made, and a run before it that did not end.
    TakenBack,
    /// It is somebody else's, and removals are allowed.
    StrangerRemoved,
}

/// What was there when a command began.
pub struct Before<'w> {
    world: &'w World,
    memory: Memory,
    desired: Desired,
    live: Vec<LiveResource>,
    /// The place of each id, aliases included.
    places: BTreeMap<String, usize>,
    /// The address of each place that has one.
    addresses: BTreeMap<usize, Address>,
    /// The ids that were there when the work began that may be taken back.
    earlier: OnceCell<Option<BTreeSet<String>>>,
}

impl World {
    /// What was there when a command began.
    pub fn before(&self, began: &Rc<Aws>) -> Before<'_> {
        let live = self.all_in(began);
        if self.memory.borrow().is_stale {
            self.learn(&live);
        }
        let memory = self.memory.borrow().clone();
        let mut places = BTreeMap::new();
        for (place, one) in live.iter().enumerate() {
            for id in one.observed.aliases.iter().chain([&one.observed.id]) {
                places.insert(id.clone(), place);
            }
        }
        let desired = self.read().declared.desired.clone();
        let earlier = OnceCell::new();
        let mut before = Before { world: self, memory, desired, live, places, addresses: BTreeMap::new(), earlier };
        before.identify();
        before
    }
}

impl Before<'_> {
    pub fn place(&self, id: &str) -> Option<usize> {
        self.places.get(id).copied()
    }

    /// What it is called in a message.
    pub fn name(&self, place: usize) -> String {
        let one = &self.live[place];
        let kind = one.observed.spec.kind().as_str();
        match self.addresses.get(&place) {
            Some(address) => format!("{address} ({kind} {})", one.observed.id),
            None => format!("somebody else's {kind} {} in {}", one.observed.id, one.owner),
        }
    }

    /// All that was there.
    pub fn places(&self) -> std::ops::Range<usize> {
        0..self.live.len()
    }

    /// By what lz has made where its ids tell, by natural keys otherwise.
    fn identify(&mut self) {
        for (place, one) in self.live.iter().enumerate() {
            if let Some(address) = self.memory.made.get(&one.observed.id) {
                self.addresses.insert(place, address.clone());
            }
        }
        let mut keys: BTreeMap<(KindName, Owner, Vec<KeyPart>), Address> = BTreeMap::new();
        for (address, resource) in self.memory.built.iter().chain(&self.desired) {
            if let Some(key) = resource.spec.key() {
                keys.insert((resource.spec.kind(), resource.owner.clone(), key), address.clone());
            }
        }
        loop {
            let known = self.addresses.len();
            for place in self.places() {
                let kind = self.live[place].observed.spec.kind();
                let Some(key) = self.spec(place).key().filter(|_| !self.addresses.contains_key(&place)) else {
                    continue;
                };
                let key = (kind, self.live[place].owner.clone(), key);
                if let Some(address) = keys.get(&key) {
                    self.addresses.insert(place, address.clone());
                }
            }
            if self.addresses.len() == known {
                return;
            }
        }
    }

    /// What is there, with addresses for ids.
    fn spec(&self, place: usize) -> Spec {
        self.live[place].observed.spec.map_references(&mut |reference| match reference {
            AnyRef::Id(id) => self.addresses.get(self.places.get(id)?).cloned().map(AnyRef::Address),
            AnyRef::Address(_) => None,
        })
    }

    /// Why something may be taken away; nothing where it may not.
    pub fn excuse(&self, place: usize, taking: &Taking) -> Option<Excuse> {
        let of_itself = self.excuse_of(place, taking.whole);
        let along = of_itself.or_else(|| self.goes_along(place, &mut BTreeSet::new()));
        along.or_else(|| self.led_round(place, taking.whole)).or_else(|| self.taken_back(place))
    }

    /// Whether a route is only turned, while a NAT gateway of its account goes.
    fn led_round(&self, place: usize, whole: bool) -> Option<Excuse> {
        let route = &self.live[place];
        let is_turned = matches!(route.observed.spec, Spec::Route(_)) && !whole;
        let gateways = self.live.iter().enumerate().filter(|(_, one)| one.owner == route.owner);
        let mut gateways = gateways.filter(|(_, one)| matches!(one.observed.spec, Spec::NatGateway(_)));
        let goes =
            |place| self.excuse_of(place, true).is_some() || self.goes_along(place, &mut BTreeSet::new()).is_some();
        (is_turned && gateways.any(|(place, _)| goes(place))).then_some(Excuse::LedRound)
    }

    /// Why it may go, or be let go of, for its own sake.
    fn excuse_of(&self, place: usize, whole: bool) -> Option<Excuse> {
        let one = &self.live[place].observed;
        match one.state {
            State::Failed(_) => return Some(Excuse::Failed),
            State::Deleting => return Some(Excuse::Going),
            _ => {}
        }
        let Some(address) = self.addresses.get(&place) else {
            return (self.world.strangers == Strangers::Removed).then_some(Excuse::StrangerRemoved);
        };
        let Some(wanted) = self.desired.get(address) else { return Some(Excuse::NotWanted) };
        if self.addresses.iter().any(|(other, same)| *other != place && same == address) {
            return Some(Excuse::Second);
        }
        if self.spec(place) == wanted.spec {
            return None;
        }
        if self.memory.built.get(address).map(|one| &one.spec) != Some(&wanted.spec) {
            return Some(Excuse::OtherwiseWanted);
        }
        let is_connection = one.spec.kind().tagging() == Tagging::None;
        (is_connection || !whole).then_some(Excuse::PutBack)
    }

    /// True where what it refers to may go, is gone, or goes along itself.
    fn goes_along(&self, place: usize, seen: &mut BTreeSet<usize>) -> Option<Excuse> {
        if !seen.insert(place) {
            return None;
        }
        let there = self.live[place].observed.spec.ids();
        let mut holders: BTreeSet<usize> = there.iter().filter_map(|id| self.place(id)).collect();
        if let Some(wanted) = self.addresses.get(&place).and_then(|address| self.desired.get(address)) {
            for address in wanted.spec.addresses() {
                let held = self.addresses.iter().filter(|(_, other)| **other == address);
                let held: Vec<usize> = held.map(|(held, _)| *held).collect();
                if held.is_empty() {
                    return Some(Excuse::GoesAlong);
                }
                holders.extend(held);
            }
        }
        let goes = holders
            .into_iter()
            .any(|holder| self.excuse_of(holder, true).is_some() || self.goes_along(holder, seen).is_some());
        goes.then_some(Excuse::GoesAlong)
    }

    fn taken_back(&self, place: usize) -> Option<Excuse> {
        let earlier = self.earlier.get_or_init(|| {
            let began = self.memory.work_began(self.world.rollback)?;
            Some(self.world.all_in(&began).into_iter().map(|one| one.observed.id).collect())
        });
        let earlier = earlier.as_ref()?;
        (!earlier.contains(&self.live[place].observed.id)).then_some(Excuse::TakenBack)
    }
}

#[test]
fn of_a_zone_that_is_built_nothing_may_go() {
    let world = super::super::drift::Scene::complete().copy();
    let began = Rc::new(world.twin.with_world(|aws| aws.clone()));
    let before = world.before(&began);
    assert_eq!(before.addresses.len(), before.desired.len(), "everything has its address");
    for whole in [true, false] {
        let taking = Taking { action: String::new(), ids: Vec::new(), whole };
        let excused = before.places().filter_map(|place| Some((before.name(place), before.excuse(place, &taking)?)));
        assert_eq!(excused.collect::<Vec<_>>(), []);
    }
}
