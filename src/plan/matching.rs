//! Which live resource is which wanted one.

use std::collections::BTreeMap;

use serde_json::Value;

use super::PlanError;
use crate::discover::{Live, LiveResource};
use crate::graph::{Address, AnyRef, replace_references};
use crate::kinds::{Desired, Identity, KindName, Owner, State, TAG_ADDRESS, TAG_ZONE};
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
    /// Live resources whose address another one has already.
    pub duplicates: Vec<(Address, &'a LiveResource)>,
}

impl<'a> Identified<'a> {
    fn add(&mut self, address: Address, resource: &'a LiveResource) {
        self.addresses.insert(resource.observed.id.clone(), address.clone());
        for alias in &resource.observed.aliases {
            self.addresses.insert(alias.clone(), address.clone());
        }
        self.by_address.insert(address, resource);
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
/// # Errors
/// Where a specification can't be serialized.
pub fn identify<'a>(zone: &Label, desired: &Desired, live: &'a Live) -> Result<Identified<'a>, PlanError> {
    let mut identified = Identified::default();
    let mut keyed: Vec<&LiveResource> = Vec::new();
    for resource in &live.resources {
        match resource.observed.spec.kind().identity() {
            Identity::Attributes(_) => keyed.push(resource),
            Identity::Tag => by_tag(zone, desired, resource, &mut identified),
        }
    }
    let wanted = wanted_keys(desired)?;
    loop {
        let before = keyed.len();
        let mut left = Vec::new();
        for resource in keyed {
            let key = natural_key(resource, &identified)?;
            match key.and_then(|key| wanted.get(&key)) {
                Some(address) if identified.by_address.contains_key(address) => {
                    identified.duplicates.push((address.clone(), resource));
                }
                Some(address) => identified.add(address.clone(), resource),
                None => left.push(resource),
            }
        }
        keyed = left;
        if keyed.len() == before {
            break;
        }
    }
    for resource in keyed {
        match own_address(zone, resource) {
            Some(address) if !identified.by_address.contains_key(&address) => identified.add(address, resource),
            _ => identified.strangers.push(resource),
        }
    }
    Ok(identified)
}

/// The address that lz wrote on a resource of this zone.
fn own_address(zone: &Label, resource: &LiveResource) -> Option<Address> {
    let tags = &resource.observed.tags;
    let ours = tags.get(TAG_ZONE).is_some_and(|name| name == zone.as_str());
    tags.get(TAG_ADDRESS).filter(|_| ours).and_then(|address| Address::parse(address).ok())
}

fn by_tag<'a>(zone: &Label, desired: &Desired, resource: &'a LiveResource, identified: &mut Identified<'a>) {
    let Some(address) = own_address(zone, resource) else {
        identified.strangers.push(resource);
        return;
    };
    // A tag may have been copied onto something else: it must be of the wanted kind and in the wanted account.
    let fits = desired
        .get(&address)
        .is_none_or(|wanted| wanted.spec.kind() == resource.observed.spec.kind() && wanted.owner == resource.owner);
    match identified.by_address.get(&address).copied() {
        _ if !fits => identified.strangers.push(resource),
        None => identified.add(address, resource),
        // Of two, the one that works is kept.
        Some(first) if first.observed.state != State::Ready && resource.observed.state == State::Ready => {
            identified.duplicates.push((address.clone(), first));
            identified.add(address, resource);
        }
        Some(_) => identified.duplicates.push((address, resource)),
    }
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
