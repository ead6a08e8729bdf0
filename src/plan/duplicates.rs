//! Live resources that share an address: which one is kept, and what goes with the others.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::discover::{Live, LiveResource};
use crate::graph::{Address, AnyRef};
use crate::kinds::{Desired, Field, Occupant, Spec, State};

/// A live resource whose address another one keeps.
#[derive(Debug)]
pub struct Duplicate<'a> {
    /// The address that both carry.
    pub address: Address,
    /// The one that is not kept.
    pub resource: &'a LiveResource,
    /// The one that is kept.
    pub kept: &'a LiveResource,
    /// Why that one.
    pub grounds: Grounds,
    /// What is inside the one that is not kept, and goes with it.
    pub contents: Vec<&'a LiveResource>,
    /// Why it can't go.
    pub obstacles: Vec<Obstacle<'a>>,
}

/// Why one of several resources of an address is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grounds {
    /// The other has failed.
    OtherFailed,
    /// The lock or the journal knows its id.
    Known,
    /// The other differs from what the files say in what AWS can't change.
    Alike,
    /// More resources depend on it, directly or through others.
    Dependents {
        /// How many depend on the one that is kept.
        kept: usize,
        /// How many depend on the other.
        other: usize,
    },
    /// AWS is still at work on the other.
    Ready,
    /// The other differs in more attributes from what the files say.
    AsWanted,
    /// Nothing tells them apart: its id comes first.
    Id,
}

/// Why a duplicate can't be deleted.
#[derive(Debug, Clone, Copy)]
pub enum Obstacle<'a> {
    /// This is inside it or refers to it, and lz did not make it.
    Foreign(&'a LiveResource),
    /// This network interface of somebody else's uses it.
    Occupant(&'a Occupant),
    /// Something can't be read that may refer to the duplicate.
    Unreadable,
    /// Nothing but its tags says that lz has made it, and people copy tags.
    NotMade,
}

impl fmt::Display for Grounds {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refer =
            |count: &usize| if *count == 1 { "1 resource refers".into() } else { format!("{count} resources refer") };
        match self {
            Self::OtherFailed => formatter.write_str("this one has failed"),
            Self::Known => formatter.write_str("lz knows its id"),
            Self::Alike => formatter.write_str("AWS can't change this one to what the files say"),
            Self::Dependents { kept, other: 0 } => write!(formatter, "{} to it", refer(kept)),
            Self::Dependents { kept, other } => write!(formatter, "{} to it and {other} to this one", refer(kept)),
            Self::Ready => formatter.write_str("it is ready and this one is not"),
            Self::AsWanted => formatter.write_str("it is nearer to what the files say"),
            Self::Id => formatter.write_str("nothing else tells them apart and its id comes first"),
        }
    }
}

impl fmt::Display for Obstacle<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign(there) => {
                let observed = &there.observed;
                write!(formatter, "{} {}, which lz did not make, needs it", observed.spec.kind().as_str(), observed.id)
            }
            Self::Occupant(there) => {
                write!(formatter, "network interface {}, which lz did not make, uses it", there.id)
            }
            Self::Unreadable => formatter.write_str("what could not be read may need it"),
            Self::NotMade => formatter.write_str("nothing but its tags says that lz made it, and tags can be copied"),
        }
    }
}

/// Which live resource refers to which, by their places in the list of all.
#[derive(Debug, Default)]
pub(super) struct References {
    /// What refers to each.
    from: Vec<BTreeSet<usize>>,
    /// What refers to each in an attribute that AWS can't change: what is inside of it.
    inside: Vec<BTreeSet<usize>>,
}

impl References {
    pub fn of(live: &[LiveResource]) -> Self {
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for (place, resource) in live.iter().enumerate() {
            let observed = &resource.observed;
            places.insert(&observed.id, place);
            places.extend(observed.aliases.iter().map(|alias| (alias.as_str(), place)));
        }
        let mut all = Self { from: vec![BTreeSet::new(); live.len()], inside: vec![BTreeSet::new(); live.len()] };
        for (place, resource) in live.iter().enumerate() {
            resource.observed.spec.visit(&mut |field, one| {
                let to = one.as_id().and_then(|id| places.get(id)).filter(|to| **to != place);
                if let Some(to) = to {
                    all.from[*to].insert(place);
                    if field.is_immutable() {
                        all.inside[*to].insert(place);
                    }
                }
            });
        }
        all
    }

    /// What refers to a resource, directly or through others.
    pub fn dependents(&self, place: usize) -> BTreeSet<usize> {
        closure(&self.from, place)
    }

    /// What refers to a resource itself.
    pub fn referring(&self, place: usize) -> &BTreeSet<usize> {
        &self.from[place]
    }

    /// What is inside of a resource, directly or inside of what is.
    pub fn contents(&self, place: usize) -> BTreeSet<usize> {
        closure(&self.inside, place)
    }
}

fn closure(edges: &[BTreeSet<usize>], start: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut next = vec![start];
    while let Some(place) = next.pop() {
        next.extend(edges[place].iter().filter(|other| found.insert(**other)));
    }
    found.remove(&start);
    found
}

/// What becomes of resources that share addresses.
#[derive(Debug, Default)]
pub(super) struct Choice {
    /// The one of each address that is kept; an address of which all are inside of what is not kept has none.
    pub kept: BTreeMap<Address, usize>,
    /// The others: the address, the one that is not kept, the one that is, and why.
    pub others: Vec<(Address, usize, usize, Grounds)>,
    /// What is not kept, with all that is inside of it.
    pub gone: BTreeSet<usize>,
}

/// Chooses the one of each address that is kept: what is known by its id, what AWS could make of what is wanted, what works, then what more resources depend on, then what is ready, then
/// what is nearest to the files, then the lowest id.
///
/// What holds others is chosen first, and what is inside of one that is not kept is not kept either, so that of two VPCs
/// with the same subnets one is kept whole.
pub(super) fn choose(
    live: &Live,
    desired: &Desired,
    references: &References,
    known: &BTreeSet<usize>,
    of_address: BTreeMap<Address, Vec<usize>>,
) -> Choice {
    let Live { resources: live, occupants, .. } = live;
    let mut choosing =
        Choosing { live, occupants, desired, references, known, addresses: BTreeMap::new(), choice: Choice::default() };
    let (single, mut undecided): (BTreeMap<_, _>, BTreeMap<_, _>) =
        of_address.into_iter().partition(|(_, places)| places.len() == 1);
    for (address, place) in single.iter().filter_map(|(address, places)| Some((address, places.first()?))) {
        choosing.addresses.insert(&live[*place].observed.id, address.clone());
    }
    while let Some(address) = outermost(&undecided, references) {
        let places = undecided.remove(&address).unwrap_or_default();
        choosing.decide(address, &places);
    }
    let Choice { mut kept, others, gone } = choosing.choice;
    let single = single.into_iter().filter_map(|(address, places)| Some((address, *places.first()?)));
    kept.extend(single.filter(|(_, place)| !gone.contains(place)));
    Choice { kept, others, gone }
}

/// The first address of which none is inside of something that is still to be decided.
fn outermost(undecided: &BTreeMap<Address, Vec<usize>>, references: &References) -> Option<Address> {
    let contents_of = |places: &Vec<usize>| places.iter().flat_map(|place| references.contents(*place)).collect();
    let contents: BTreeMap<&Address, BTreeSet<usize>> =
        undecided.iter().map(|(address, places)| (address, contents_of(places))).collect();
    let is_outermost = |address: &Address, places: &[usize]| {
        let others = contents.iter().filter(|(other, _)| **other != address);
        others.map(|(_, inside)| inside).all(|inside| places.iter().all(|place| !inside.contains(place)))
    };
    let found = undecided.iter().find(|(address, places)| is_outermost(address, places));
    found.or(undecided.iter().next()).map(|(address, _)| address.clone())
}

struct Choosing<'a> {
    live: &'a [LiveResource],
    occupants: &'a [Occupant],
    desired: &'a Desired,
    references: &'a References,
    /// What lock or journal know by its id.
    known: &'a BTreeSet<usize>,
    /// The addresses of what is known to be kept so far, by id.
    addresses: BTreeMap<&'a str, Address>,
    choice: Choice,
}

/// What speaks for a resource; the greatest is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Merit<'a> {
    known: bool,
    like: bool,
    works: bool,
    dependents: usize,
    ready: bool,
    differing: Reverse<usize>,
    id: Reverse<&'a str>,
}

impl<'a> Choosing<'a> {
    fn decide(&mut self, address: Address, places: &[usize]) {
        let mut ranked = Vec::new();
        for place in places.iter().filter(|place| !self.choice.gone.contains(place)) {
            ranked.push((self.merit(&address, *place), *place));
        }
        ranked.sort();
        let Some((best, kept)) = ranked.pop() else { return };
        for (merit, other) in ranked {
            self.choice.gone.insert(other);
            self.choice.gone.extend(self.references.contents(other));
            self.choice.others.push((address.clone(), other, kept, grounds(&best, &merit)));
        }
        self.addresses.insert(&self.live[kept].observed.id, address.clone());
        self.choice.kept.insert(address, kept);
    }

    fn merit(&self, address: &Address, place: usize) -> Merit<'a> {
        let observed = &self.live[place].observed;
        let differing = match self.desired.get(address) {
            None => Vec::new(),
            Some(wanted) => wanted.spec.differences(&self.spec(place)),
        };
        // What AWS makes along with everything, such as a VPC's default security group, says nothing.
        let dependents = self.references.dependents(place).into_iter();
        let dependents = dependents.filter(|other| self.live[*other].observed.spec.kind().deletable());
        let occupants = self.occupants.iter().filter(|occupant| occupant.uses.contains(&observed.id));
        Merit {
            known: self.known.contains(&place),
            like: !differing.iter().any(Field::is_immutable),
            works: !matches!(observed.state, State::Failed(_)),
            dependents: dependents.count() + occupants.count(),
            ready: observed.state == State::Ready,
            differing: Reverse(differing.len()),
            id: Reverse(&observed.id),
        }
    }

    /// A live specification with addresses for the ids of what is kept so far.
    fn spec(&self, place: usize) -> Spec {
        self.live[place].observed.spec.map_references(&mut |reference| {
            let address = self.addresses.get(reference.as_id()?)?;
            Some(AnyRef::Address(address.clone()))
        })
    }
}

fn grounds(kept: &Merit<'_>, other: &Merit<'_>) -> Grounds {
    if kept.known != other.known {
        Grounds::Known
    } else if kept.like != other.like {
        Grounds::Alike
    } else if kept.works != other.works {
        Grounds::OtherFailed
    } else if kept.dependents != other.dependents {
        Grounds::Dependents { kept: kept.dependents, other: other.dependents }
    } else if kept.ready != other.ready {
        Grounds::Ready
    } else if kept.differing != other.differing {
        Grounds::AsWanted
    } else {
        Grounds::Id
    }
}
