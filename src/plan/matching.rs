//! Which live resource is which wanted one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::PlanError;
use super::duplicates::{Choice, Duplicate, Obstacle, References, choose};
use super::untagged::recognise;
use crate::discover::{Live, LiveResource};
use crate::graph::{Address, AnyRef, ids_in, replace_references};
use crate::kinds::{Desired, Identity, KindName, Owner, State, TAG_ADDRESS, TAG_ZONE, Tagging};
use crate::values::Label;

/// Live resources with the addresses they were recognised by.
#[derive(Debug, Default)]
pub struct Identified<'a> {
    /// The live resource of each address: wanted ones, and ones that lz made and nobody wants any more.
    pub by_address: BTreeMap<Address, &'a LiveResource>,
    /// The address of each AWS id, aliases included.
    pub addresses: BTreeMap<String, Address>,
    /// Live resources without an address.
    pub strangers: Vec<&'a LiveResource>,
    /// Live resources that carry the tag of an address that another one keeps.
    pub duplicates: Vec<Duplicate<'a>>,
    /// Live resources with the natural key of an address that another one has. AWS keeps such keys unique, so that one of
    /// the two is on its way in or out.
    pub seconds: Vec<(Address, &'a LiveResource)>,
}

impl<'a> Identified<'a> {
    pub(super) fn add(&mut self, address: Address, resource: &'a LiveResource) {
        self.addresses.insert(resource.observed.id.clone(), address.clone());
        for alias in &resource.observed.aliases {
            self.addresses.insert(alias.clone(), address.clone());
        }
        self.by_address.insert(address, resource);
    }

    /// What is deleted as a duplicate.
    pub(super) fn healed(&self) -> impl Iterator<Item = &'a LiveResource> {
        let healed = self.duplicates.iter().filter(|one| one.obstacles.is_empty());
        healed.flat_map(|one| one.contents.iter().chain([&one.resource]).copied())
    }

    /// What has no address of its own and is not deleted as a duplicate.
    pub(super) fn loose(&self) -> impl Iterator<Item = &'a LiveResource> {
        let held = self.duplicates.iter().filter(|one| !one.obstacles.is_empty());
        let held = held.flat_map(|one| one.contents.iter().chain([&one.resource]));
        self.strangers.iter().chain(held).copied()
    }

    /// A live specification's attributes, with addresses for the ids that have one.
    ///
    /// # Errors
    /// Where the specification can't be serialized.
    pub fn attributes(&self, resource: &LiveResource) -> serde_json::Result<Value> {
        let mut attributes = resource.observed.spec.attributes()?;
        replace_references(&mut attributes, &|reference| match reference {
            AnyRef::Id(id) => self.addresses.get(id).cloned().map(AnyRef::Address),
            AnyRef::Address(_) => None,
        });
        Ok(attributes)
    }
}

/// The natural key of a resource: its kind, its account, and the attributes that AWS keeps unique.
type Key = (KindName, Owner, String);

/// Gives live resources their addresses: by tag where the kind is known by its tag, by natural key otherwise. A key may
/// hold references, so keys are tried again as long as new addresses turn up.
///
/// Of several that carry one address, the one that others refer to has it. What has lost one of its two tags is known by
/// the other and by its likeness.
///
/// # Errors
/// Where a specification can't be serialized.
pub fn identify<'a>(zone: &Label, desired: &Desired, live: &'a Live) -> Result<Identified<'a>, PlanError> {
    let mut identified = Identified::default();
    let mut keyed = Vec::new();
    let mut tagged: BTreeMap<Address, Vec<usize>> = BTreeMap::new();
    for (place, resource) in live.resources.iter().enumerate() {
        match resource.observed.spec.kind().identity() {
            Identity::Attributes(_) => keyed.push(place),
            Identity::Tag => match tagged_address(zone, desired, resource) {
                Some(address) => tagged.entry(address).or_default().push(place),
                None => identified.strangers.push(resource),
            },
        }
    }
    for places in tagged.values_mut() {
        identified.strangers.extend(take_leaving(&live.resources, places));
    }
    let references = match tagged.values().any(|places| places.len() > 1) {
        true => References::of(&live.resources)?,
        false => References::default(),
    };
    let choice = choose(live, desired, &references, tagged)?;
    for (address, place) in &choice.kept {
        identified.add(address.clone(), &live.resources[*place]);
    }
    recognise(zone, desired, &mut identified)?;
    let keyed = by_natural_key(desired, &live.resources, keyed, &mut identified)?;
    for place in keyed.into_iter().filter(|place| !choice.gone.contains(place)) {
        let resource = &live.resources[place];
        match own_address(zone, resource) {
            Some(address) if !identified.by_address.contains_key(&address) => identified.add(address, resource),
            _ => identified.strangers.push(resource),
        }
    }
    // What only another account sees of an account that was not read may well have been asked for.
    let all_read = live.unreadable.is_empty() && live.left_out.is_empty();
    for resource in std::mem::take(&mut identified.strangers) {
        let is_view = resource.observed.spec.kind().view_of().is_some();
        if !is_view || (all_read && !is_view_of_known(resource, &identified.addresses)?) {
            identified.strangers.push(resource);
        }
    }
    identified.duplicates = duplicates(zone, live, &references, &choice, &identified);
    Ok(identified)
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
) -> Result<Vec<usize>, PlanError> {
    let wanted = wanted_keys(desired)?;
    loop {
        let before = keyed.len();
        let mut left = Vec::new();
        for place in keyed {
            let resource = &live[place];
            let key = natural_key(resource, identified)?;
            match key.and_then(|key| wanted.get(&key)) {
                Some(address) if identified.by_address.contains_key(address) => {
                    identified.seconds.push((address.clone(), resource));
                }
                Some(address) => identified.add(address.clone(), resource),
                None => left.push(place),
            }
        }
        keyed = left;
        if keyed.len() == before {
            return Ok(keyed);
        }
    }
}

/// The duplicates that were found, each with what goes with it and what stands in its way.
fn duplicates<'a>(
    zone: &Label,
    live: &'a Live,
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
            && kind.view_of().is_none()
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
        let unread = !live.unreadable.is_empty() || !live.left_out.is_empty();
        obstacles.extend(unread.then_some(Obstacle::Unreadable));
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
fn is_view_of_known(resource: &LiveResource, addresses: &BTreeMap<String, Address>) -> serde_json::Result<bool> {
    let Some(attribute) = resource.observed.spec.kind().view_of() else { return Ok(false) };
    let attributes = resource.observed.spec.attributes()?;
    Ok(attributes.get(attribute).is_some_and(|whole| ids_in(whole).iter().any(|id| addresses.contains_key(id))))
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

fn wanted_keys(desired: &Desired) -> Result<BTreeMap<Key, Address>, PlanError> {
    let mut keys = BTreeMap::new();
    for (address, resource) in desired {
        if let Identity::Attributes(fields) = resource.spec.kind().identity() {
            let key = key_of(&resource.spec.attributes()?, fields);
            keys.insert((resource.spec.kind(), resource.owner.clone(), key), address.clone());
        }
    }
    Ok(keys)
}

fn natural_key(resource: &LiveResource, identified: &Identified<'_>) -> Result<Option<Key>, PlanError> {
    let kind = resource.observed.spec.kind();
    let Identity::Attributes(fields) = kind.identity() else { return Ok(None) };
    let key = key_of(&identified.attributes(resource)?, fields);
    Ok(Some((kind, resource.owner.clone(), key)))
}

/// E-mail addresses are compared without regard to case, as AWS does; no other key attribute has upper-case letters that
/// matter, but organizational units' names, which AWS keeps unique with regard to case.
fn key_of(attributes: &Value, fields: &[&str]) -> String {
    let part = |field: &&str| {
        let text = attributes.get(*field).unwrap_or(&Value::Null).to_string();
        if *field == "email" { text.to_ascii_lowercase() } else { text }
    };
    fields.iter().map(part).collect::<Vec<_>>().join("\u{1f}")
}
