//! Which live resource is which wanted one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::duplicates::{Choice, Duplicate, Obstacle, References, choose};
use super::evidence::{Evidence, Source};
use super::untagged::{connect, exchanged, exchanged_by_relations, hang, is_elsewhere, is_like, recognise};
use crate::discover::{Live, LiveResource};
use crate::graph::{Address, AnyRef};
use crate::kinds::fields::KeyPart;
use crate::kinds::{
    Desired, Identity, KindName, Owner, Resource, Spec, StackResource, State, TAG_ADDRESS, TAG_ZONE, Tagging,
    caller_address,
};
use crate::property::Asked;
use crate::values::Label;

/// Live resources with the addresses they were recognised by.
#[derive(Debug, Default)]
pub struct Identified<'a> {
    /// The live resource of each address: wanted ones, and ones that lz made and nobody wants any more.
    pub by_address: BTreeMap<Address, &'a LiveResource>,
    /// The address of each AWS id, aliases included.
    pub addresses: BTreeMap<String, Address>,
    /// What tells that the live resource of an address is that.
    pub sources: BTreeMap<Address, Source>,
    /// Wanted addresses of which nothing is known, with live resources that may be theirs: they carry tags of lz's that
    /// don't say so.
    pub doubts: BTreeMap<Address, Vec<&'a LiveResource>>,
    /// Live resources without an address.
    pub strangers: Vec<&'a LiveResource>,
    /// Live resources that carry the tag of an address that another one keeps.
    pub duplicates: Vec<Duplicate<'a>>,
    /// Live resources with the natural key of an address that another one has. AWS keeps such keys unique, so that one of
    /// the two is on its way in or out.
    pub seconds: Vec<(Address, &'a LiveResource)>,
    /// The wanted resources of stacks whose properties hold expressions.
    declared: BTreeMap<Address, &'a StackResource>,
    /// The account that calls.
    caller: Option<String>,
}

impl<'a> Identified<'a> {
    pub(super) fn add(&mut self, address: Address, resource: &'a LiveResource, source: Source) {
        self.sources.insert(address.clone(), source);
        self.addresses.insert(resource.observed.id.clone(), address.clone());
        for alias in &resource.observed.aliases {
            self.addresses.insert(alias.clone(), address.clone());
        }
        self.by_address.insert(address, resource);
    }

    /// Takes out what its tags alone give an address, while AWS can't change it to what is wanted there: its tags may be
    /// another's. What is inside of such a one is taken out with it. What stays is known by tags and likeness.
    fn take_unlike(&mut self, desired: &Desired) -> Vec<(Address, &'a LiveResource)> {
        let mut taken = Vec::new();
        loop {
            let mut unlike = Vec::new();
            for (address, source) in self.sources.iter().filter(|(_, source)| **source == Source::Tags) {
                if let (Some(wanted), Some(there)) = (desired.get(address), self.by_address.get(address))
                    && !is_like(wanted, there, self)
                {
                    unlike.push((address.clone(), *source));
                }
            }
            if unlike.is_empty() {
                break;
            }
            for (address, _) in unlike {
                self.sources.remove(&address);
                if let Some(resource) = self.by_address.remove(&address) {
                    self.addresses.retain(|_, other| *other != address);
                    self.strangers.push(resource);
                    taken.push((address, resource));
                }
            }
        }
        for source in self.sources.values_mut().filter(|source| **source == Source::Tags) {
            *source = Source::TagsAndLikeness;
        }
        taken
    }

    /// Gives what was taken out its address back where it is like the wanted one after all: what it is inside of is known now.
    fn readmit(&mut self, desired: &Desired, doubted: &[(Address, &'a LiveResource)]) {
        for (address, resource) in doubted {
            let Some(wanted) = desired.get(address).filter(|_| self.is_free(address, resource)) else { continue };
            if is_like(wanted, resource, self) {
                self.take_in(address.clone(), resource, Source::TagsAndLikeness);
            }
        }
    }

    /// True where neither the address nor the resource has the other's counterpart yet.
    fn is_free(&self, address: &Address, resource: &LiveResource) -> bool {
        !self.by_address.contains_key(address) && !self.addresses.contains_key(&resource.observed.id)
    }

    /// Gives a stranger an address.
    pub(super) fn take_in(&mut self, address: Address, resource: &'a LiveResource, source: Source) {
        self.strangers.retain(|one| one.observed.id != resource.observed.id);
        self.doubts.remove(&address);
        for others in self.doubts.values_mut() {
            others.retain(|one| one.observed.id != resource.observed.id);
        }
        self.doubts.retain(|_, others| !others.is_empty());
        self.add(address, resource, source);
    }

    /// Gives what carries an address that nobody wants that address, unless another one has it.
    fn add_orphans(&mut self, zone: &Label, desired: &Desired) {
        for resource in std::mem::take(&mut self.strangers) {
            let is_tagged = resource.observed.spec.kind().identity() == Identity::Tag;
            let orphan = own_address(zone, resource).filter(|address| is_tagged && !desired.contains_key(address));
            match orphan {
                Some(address) if !self.by_address.contains_key(&address) => self.add(address, resource, Source::Tags),
                _ => self.strangers.push(resource),
            }
        }
    }

    /// What is deleted as a duplicate.
    pub(super) fn deduplicated(&self) -> impl Iterator<Item = &'a LiveResource> {
        let deduplicated = self.duplicates.iter().filter(|one| one.obstacles.is_empty());
        deduplicated.flat_map(|one| one.contents.iter().chain([&one.resource]).copied())
    }

    /// What has no address of its own and is not deleted as a duplicate.
    pub(super) fn loose(&self) -> impl Iterator<Item = &'a LiveResource> {
        let held = self.duplicates.iter().filter(|one| !one.obstacles.is_empty());
        let held = held.flat_map(|one| one.contents.iter().chain([&one.resource]));
        self.strangers.iter().chain(held).copied()
    }

    /// A live specification, with addresses for the ids that have one. Of a stack's resource, what an expression of the
    /// template says is written as that expression.
    #[must_use]
    pub fn spec(&self, resource: &LiveResource) -> Spec {
        if let Spec::StackResource(live) = &resource.observed.spec {
            let address = self.addresses.get(&resource.observed.id);
            return match address.and_then(|address| self.declared.get(address)) {
                Some(declared) => live.written_as(declared, &mut |one, asked| self.answer(one, asked)).into(),
                None => live.clone().into(),
            };
        }
        resource.observed.spec.map_references(&mut |reference| match reference {
            AnyRef::Id(id) => self.addresses.get(id).cloned().map(AnyRef::Address),
            AnyRef::Address(_) => None,
        })
    }

    /// What an expression asks of a resource that is there.
    fn answer(&self, reference: &AnyRef, asked: Asked<'_>) -> Option<Value> {
        if reference.as_address() == Some(&caller_address()) {
            return self.caller.clone().map(Value::from);
        }
        self.by_address.get(reference.as_address()?)?.observed.answer(asked)
    }
}

/// The natural key of a resource: its kind, its account, and what AWS keeps unique.
type Key = (KindName, Owner, Vec<KeyPart>);

/// Gives live resources their addresses, by all that speaks for them.
///
/// An id that the lock pins, or that the journal knows, decides whatever the tags say. What is not known by its id is known
/// by its tags where it is like the wanted one in all that AWS can't change, or by the attributes that AWS keeps unique. A
/// key may hold references, so keys are tried again as long as new addresses turn up. What has wrong tags is known by its
/// likeness, where nothing else is like it. What is left is known by its tags alone.
///
/// Of several that carry one address, the one that is known by its id has it, then the one that others refer to.
#[must_use]
pub fn identify<'a>(zone: &Label, desired: &'a Desired, live: &'a Live, evidence: &Evidence) -> Identified<'a> {
    let known = known_ids(desired, live, evidence);
    let identified = identify_by(zone, desired, live, evidence, &known);
    let exchanged = exchanged_by_relations(desired, &identified);
    if exchanged.is_empty() {
        return identified;
    }
    let places: BTreeMap<&str, usize> =
        live.resources.iter().enumerate().map(|(place, one)| (one.observed.id.as_str(), place)).collect();
    let mut known = known;
    for (one, other) in exchanged {
        for (address, holder) in [(&one, &other), (&other, &one)] {
            let there = identified.by_address.get(holder).and_then(|there| places.get(there.observed.id.as_str()));
            if let Some(place) = there {
                known.insert(*place, (address.clone(), Source::Connection));
            }
        }
    }
    identify_by(zone, desired, live, evidence, &known)
}

/// The same, with what is known beside tags: by its place, the address of each and what says so.
fn identify_by<'a>(
    zone: &Label,
    desired: &'a Desired,
    live: &'a Live,
    evidence: &Evidence,
    known: &BTreeMap<usize, (Address, Source)>,
) -> Identified<'a> {
    let caller = live.caller.as_ref().map(ToString::to_string);
    let mut identified = Identified { declared: declared(desired), caller, ..Identified::default() };
    let mut keyed = Vec::new();
    let mut tagged: BTreeMap<Address, Vec<usize>> = BTreeMap::new();
    for (place, resource) in live.resources.iter().enumerate() {
        let by_id = known.get(&place);
        let by_tag = || tagged_address(zone, desired, resource).filter(|address| desired.contains_key(address));
        match (resource.observed.spec.kind().identity(), by_id) {
            (Identity::Key, None) => keyed.push(place),
            (Identity::Key, Some((address, source))) => identified.add(address.clone(), resource, *source),
            (Identity::Tag, by_id) => match by_id.map(|(address, _)| address.clone()).or_else(by_tag) {
                Some(address) => tagged.entry(address).or_default().push(place),
                None => identified.strangers.push(resource),
            },
        }
    }
    for places in tagged.values_mut() {
        identified.strangers.extend(take_leaving(&live.resources, places));
    }
    let references = match tagged.values().any(|places| places.len() > 1) {
        true => References::of(&live.resources),
        false => References::default(),
    };
    let known_places = known.keys().copied().collect();
    let choice = choose(live, desired, &references, &known_places, tagged);
    let exchanged = exchanged(&live.resources, desired, &choice.kept, |place| known.contains_key(&place));
    for (address, place) in &choice.kept {
        let source = known.get(place).map_or(Source::Tags, |(_, source)| *source);
        let (address, source) = exchanged.get(place).map_or((address, source), |other| (other, Source::Connection));
        identified.add(address.clone(), &live.resources[*place], source);
    }
    let doubted = identified.take_unlike(desired);
    loop {
        let before = identified.by_address.len();
        identified.readmit(desired, &doubted);
        connect(desired, &doubted, &mut identified);
        recognise(zone, desired, &mut identified);
        if identified.by_address.len() == before {
            break;
        }
    }
    for (address, resource) in &doubted {
        if identified.is_free(address, resource) && !is_elsewhere(desired, address, resource, &identified) {
            identified.take_in(address.clone(), resource, Source::Tags);
        }
    }
    let mut keyed = by_natural_key(desired, &live.resources, keyed, &mut identified);
    while hang(zone, desired, &mut identified) {
        identified.readmit(desired, &doubted);
        keyed = by_natural_key(desired, &live.resources, keyed, &mut identified);
    }
    identified.add_orphans(zone, desired);
    for place in keyed.into_iter().filter(|place| !choice.gone.contains(place)) {
        let resource = &live.resources[place];
        let orphan = own_address(zone, resource).filter(|address| !desired.contains_key(address));
        match orphan {
            Some(address) if !identified.by_address.contains_key(&address) => {
                identified.add(address, resource, Source::Tags);
            }
            _ => identified.strangers.push(resource),
        }
    }
    // What only another account sees of an account that was not read may well have been asked for.
    let all_read = live.knows_all();
    for resource in std::mem::take(&mut identified.strangers) {
        let is_view = resource.observed.spec.viewed().is_some();
        if !is_view || (all_read && !is_view_of_known(resource, &identified.addresses)) {
            identified.strangers.push(resource);
        }
    }
    identified.duplicates = duplicates(zone, live, evidence, &references, &choice, &identified);
    identified
}

/// The wanted resources of stacks, by address.
fn declared(desired: &Desired) -> BTreeMap<Address, &StackResource> {
    desired.iter().filter_map(|(address, one)| Some((address.clone(), one.spec.as_stack_resource()?))).collect()
}

/// The live resources whose ids the lock or the journal knows, each with its address. What is wanted there must be of its
/// kind and in its account. Of two for one address the lock's counts.
fn known_ids(desired: &Desired, live: &Live, evidence: &Evidence) -> BTreeMap<usize, (Address, Source)> {
    let pins: BTreeMap<&str, &Address> = evidence.pinned.iter().map(|(address, id)| (id.as_str(), address)).collect();
    let mut known: BTreeMap<Address, (usize, Source)> = BTreeMap::new();
    for (place, LiveResource { owner, observed }) in live.resources.iter().enumerate() {
        let ids = || std::iter::once(&observed.id).chain(&observed.aliases);
        let pinned = ids().find_map(|id| pins.get(id.as_str()).copied()).map(|address| (address, Source::Lock));
        let journal = || ids().find_map(|id| evidence.journal.get(id)).map(|address| (address, Source::Journal));
        let Some((address, source)) = pinned.or_else(journal) else { continue };
        let is_wanted = desired
            .get(address)
            .is_none_or(|wanted| wanted.spec.kind() == observed.spec.kind() && wanted.owner == *owner);
        // What carries no tags hangs between resources, and is known by what it hangs between.
        let has_tags = observed.spec.kind().tagging() != Tagging::None;
        if !is_wanted || !has_tags || observed.state == State::Deleting {
            continue;
        }
        let stronger = known.get(address).is_none_or(|(_, other)| *other < source);
        if stronger {
            known.insert(address.clone(), (place, source));
        }
    }
    known.into_iter().map(|(address, (place, source))| (place, (address, source))).collect()
}

/// Of several that carry one address, those that are being deleted are none that could be kept. Gives them.
fn take_leaving<'a>(live: &'a [LiveResource], places: &mut Vec<usize>) -> Vec<&'a LiveResource> {
    let leaving = |place: &usize| live[*place].observed.state == State::Deleting;
    if places.len() < 2 {
        return Vec::new();
    }
    let mut apart: Vec<usize> = places.extract_if(.., |place| leaving(place)).collect();
    if places.is_empty() {
        places.extend(apart.pop());
    }
    apart.into_iter().map(|place| &live[place]).collect()
}

/// Gives resources the addresses of their natural keys. Gives those back that have none.
fn by_natural_key<'a>(
    desired: &Desired,
    live: &'a [LiveResource],
    mut keyed: Vec<usize>,
    identified: &mut Identified<'a>,
) -> Vec<usize> {
    let wanted = wanted_keys(desired);
    loop {
        let before = keyed.len();
        let mut left = Vec::new();
        for place in keyed {
            let resource = &live[place];
            let key = natural_key(resource, identified);
            match key.and_then(|key| wanted.get(&key)) {
                Some(address) if identified.by_address.contains_key(address) => {
                    identified.seconds.push((address.clone(), resource));
                }
                Some(address) => identified.add(address.clone(), resource, Source::NaturalKey),
                None => left.push(place),
            }
        }
        keyed = left;
        if keyed.len() == before {
            return keyed;
        }
    }
}

/// The duplicates that were found, each with what goes with it and what stands in its way.
fn duplicates<'a>(
    zone: &Label,
    live: &'a Live,
    evidence: &Evidence,
    references: &References,
    choice: &Choice,
    identified: &Identified<'a>,
) -> Vec<Duplicate<'a>> {
    let all = &live.resources;
    // What is recognised by its natural key is kept, or replaced by itself.
    let is_known = |place: &usize| identified.addresses.contains_key(&all[*place].observed.id);
    let is_foreign = |place: &usize| {
        let observed = &all[*place].observed;
        let kind = observed.spec.kind();
        kind.deletable()
            && observed.spec.viewed().is_none()
            && observed.state != State::Deleting
            && !is_known(place)
            && match choice.gone.contains(place) {
                true => kind.tagging() != Tagging::None && own_address(zone, &all[*place]).is_none(),
                false => true,
            }
    };
    let mut found = Vec::new();
    for (address, place, kept, grounds) in &choice.others {
        let mut tree = references.contents(*place);
        tree.retain(|inside| !is_known(inside));
        let around = tree.iter().chain([place]).flat_map(|inside| references.referring(*inside));
        let foreign: BTreeSet<usize> = around.filter(|other| is_foreign(other)).copied().collect();
        let mut obstacles: Vec<Obstacle<'a>> = foreign.iter().map(|place| Obstacle::Foreign(&all[*place])).collect();
        let ids: BTreeSet<&String> = tree.iter().chain([place]).map(|place| &all[*place].observed.id).collect();
        let occupants = live.occupants.iter().filter(|one| one.uses.iter().any(|id| ids.contains(id)));
        obstacles.extend(occupants.map(Obstacle::Occupant));
        obstacles.extend((!live.knows_all()).then_some(Obstacle::Unreadable));
        obstacles.extend((!evidence.has_made(&all[*place])).then_some(Obstacle::NotMade));
        found.push(Duplicate {
            address: address.clone(),
            resource: &all[*place],
            kept: &all[*kept],
            grounds: *grounds,
            contents: tree.iter().map(|place| &all[*place]).collect(),
            obstacles,
        });
    }
    spread_obstacles(&mut found);
    found
}

/// What shares contents with something that can't go can't go either.
fn spread_obstacles(duplicates: &mut [Duplicate<'_>]) {
    loop {
        let held: BTreeMap<&str, Obstacle<'_>> = duplicates
            .iter()
            .filter_map(|one| Some((one, *one.obstacles.first()?)))
            .flat_map(|(one, obstacle)| one.contents.iter().map(move |inside| (inside.observed.id.as_str(), obstacle)))
            .collect();
        let spread = duplicates.iter_mut().find_map(|one| {
            let obstacle = one.contents.iter().find_map(|inside| held.get(inside.observed.id.as_str()))?;
            one.obstacles.is_empty().then(|| one.obstacles.push(*obstacle))
        });
        if spread.is_none() {
            return;
        }
    }
}

/// True for another account's view of a resource that has an address.
fn is_view_of_known(resource: &LiveResource, addresses: &BTreeMap<String, Address>) -> bool {
    let viewed = resource.observed.spec.viewed();
    viewed.as_ref().and_then(AnyRef::as_id).is_some_and(|id| addresses.contains_key(id))
}

/// The address that lz wrote on a resource of this zone.
pub(super) fn own_address(zone: &Label, resource: &LiveResource) -> Option<Address> {
    let tags = &resource.observed.tags;
    let ours = tags.get(TAG_ZONE).is_some_and(|name| name == zone.as_str());
    tags.get(TAG_ADDRESS).filter(|_| ours).and_then(|address| Address::parse(address).ok())
}

/// The address that a resource is known by its tag to have. A tag may have been copied onto something else: it must be of
/// the wanted kind and in the wanted account.
fn tagged_address(zone: &Label, desired: &Desired, resource: &LiveResource) -> Option<Address> {
    own_address(zone, resource).filter(|address| {
        let wanted = desired.get(address);
        wanted
            .is_none_or(|wanted| wanted.spec.kind() == resource.observed.spec.kind() && wanted.owner == resource.owner)
    })
}

fn wanted_keys(desired: &Desired) -> BTreeMap<Key, Address> {
    let key = |resource: &Resource| Some((resource.spec.kind(), resource.owner.clone(), resource.spec.key()?));
    desired.iter().filter_map(|(address, resource)| Some((key(resource)?, address.clone()))).collect()
}

fn natural_key(resource: &LiveResource, identified: &Identified<'_>) -> Option<Key> {
    let kind = resource.observed.spec.kind();
    let key = identified.spec(resource).key()?;
    Some((kind, resource.owner.clone(), key))
}
