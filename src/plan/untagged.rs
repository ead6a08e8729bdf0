//! Which live resource is which wanted one where its tags don't say so: somebody has taken, changed or swapped them.

use std::collections::{BTreeMap, BTreeSet};

use super::destruction::is_relation;
use super::evidence::Source;
use super::matching::{Identified, own_address};
use crate::discover::LiveResource;
use crate::graph::{Address, AnyRef};
use crate::kinds::{Desired, Field, Identity, KindName, Resource, Spec, State, TAG_ADDRESS, TAG_RUN, TAG_ZONE};
use crate::values::Label;

/// Gives resources whose tags are not as lz writes them their addresses. Each is like the wanted one in all that AWS can't
/// change, and is the only one like it, for the only address that it is like: made again, it would be in its own way, or
/// there twice.
///
/// What carries a mark of lz's and could be one of several that are wanted is a doubt: nothing is made for these addresses.
pub(super) fn recognise<'a>(zone: &Label, desired: &Desired, identified: &mut Identified<'a>) {
    loop {
        identified.doubts.clear();
        let pairs = pairs(zone, desired, identified);
        let is_only = |(address, resource, _): &(&Address, &LiveResource, bool)| {
            let same = |(other, one, _): &&(&Address, &LiveResource, bool)| {
                other == address || one.observed == resource.observed
            };
            pairs.iter().filter(same).count() == 1
        };
        let sure: Vec<(&Address, &'a LiveResource, bool)> =
            pairs.iter().copied().filter(|pair| pair.2 && is_only(pair)).collect();
        if sure.is_empty() {
            for (address, resource, _) in pairs {
                identified.doubts.entry(address.clone()).or_default().push(resource);
            }
            return;
        }
        for (address, resource, _) in sure {
            identified.take_in(address.clone(), resource, Source::Likeness);
        }
    }
}

/// Gives what something known refers to, in an attribute that AWS can't change, the address that is wanted there: lz has made
/// the one with the other, and its tags were lost since.
pub(super) fn connect<'a>(desired: &Desired, doubted: &[(Address, &'a LiveResource)], identified: &mut Identified<'a>) {
    loop {
        let known: Vec<(Address, &'a LiveResource)> =
            identified.by_address.iter().map(|(address, there)| (address.clone(), *there)).collect();
        let mut found: Vec<(Address, &'a LiveResource)> = Vec::new();
        for (address, there) in known.iter().chain(doubted) {
            let Some(wanted) = desired.get(address) else { continue };
            if is_relation(wanted.spec.kind()) {
                continue;
            }
            let is_elsewhere = is_elsewhere(desired, address, there, identified);
            for (target, id) in lost_references(wanted, there, identified) {
                let Some(target_wanted) = desired.get(&target) else { continue };
                // What refers to nothing that is known is a stranger's, but for what is in a VPC of the wanted range: no two
                // of a zone have one.
                if is_elsewhere && target_wanted.spec.kind() != KindName::Vpc {
                    continue;
                }
                let is_it = |one: &&&LiveResource| {
                    let observed = &one.observed;
                    observed.id == id
                        && observed.spec.kind() == target_wanted.spec.kind()
                        && one.owner == target_wanted.owner
                };
                let is_free = !identified.by_address.contains_key(&target);
                if let Some(one) = identified.strangers.iter().find(is_it).filter(|_| is_free)
                    && (!is_elsewhere || is_like(target_wanted, one, identified))
                {
                    found.push((target, *one));
                }
            }
        }
        let Some((address, resource)) = found.into_iter().next() else { return };
        identified.take_in(address, resource, Source::Connection);
    }
}

/// Pairs of resources whose tags were exchanged, by what hangs on them: each is like what the other is wanted to be, and all
/// relations to both are as wanted once they are taken for one another.
pub(super) fn exchanged_by_relations(desired: &Desired, identified: &Identified<'_>) -> Vec<(Address, Address)> {
    let is_sure = |address: &Address| {
        identified.sources.get(address).is_some_and(|one| one.knows_id() || *one == Source::Connection)
    };
    let mut there: Vec<(Spec, BTreeSet<Address>)> = Vec::new();
    let mut led: BTreeSet<(Address, Address)> = BTreeSet::new();
    for (address, one) in identified.by_address.iter().filter(|(_, one)| is_relation(one.observed.spec.kind())) {
        let live = identified.spec(one);
        if let Some(wanted) = desired.get(address) {
            for field in wanted.spec.fields() {
                let (to, from) = (wanted.spec.addresses_of(&field), live.addresses_of(&field));
                if let (Some(to), Some(from)) = (to.into_iter().next(), from.into_iter().next())
                    && to != from
                {
                    led.insert((to, from));
                }
            }
        }
        let refers = live.addresses();
        there.push((live, refers));
    }
    let mut found: Vec<(Address, Address)> = Vec::new();
    let is_mutual = |(one, other): &&(Address, Address)| one < other && led.contains(&(other.clone(), one.clone()));
    let pairs: Vec<&(Address, Address)> = led.iter().filter(is_mutual).collect();
    let relations = || desired.values().map(|wanted| &wanted.spec).filter(|spec| is_relation(spec.kind()));
    for (one, other) in pairs {
        let (Some(first), Some(second)) = (identified.by_address.get(one), identified.by_address.get(other)) else {
            continue;
        };
        let (Some(first_wanted), Some(second_wanted)) = (desired.get(one), desired.get(other)) else { continue };
        let is_like = is_like(first_wanted, second, identified) && is_like(second_wanted, first, identified);
        let is_wished = |live: &Spec| {
            let exchanged = live.map_references(&mut |reference| match reference {
                AnyRef::Address(address) if *address == *one => Some(AnyRef::Address(other.clone())),
                AnyRef::Address(address) if *address == *other => Some(AnyRef::Address(one.clone())),
                _ => None,
            });
            relations().any(|wanted| *wanted == exchanged)
        };
        let mut touching = there.iter().filter(|(_, refers)| refers.contains(one) || refers.contains(other));
        let is_free = !found.iter().any(|(a, b)| [a, b].contains(&one) || [a, b].contains(&other));
        if is_like && is_free && !is_sure(one) && !is_sure(other) && touching.all(|(live, _)| is_wished(live)) {
            found.push((one.clone(), other.clone()));
        }
    }
    found
}

/// Resources that nothing but their tags tells apart, such as addresses, whose tags were exchanged: by its place, the address
/// that each has by what refers to it. What refers to it has its own tags, and is otherwise where it is wanted.
pub(super) fn exchanged(
    live: &[LiveResource],
    desired: &Desired,
    kept: &BTreeMap<Address, usize>,
    is_known: impl Fn(usize) -> bool,
) -> BTreeMap<usize, Address> {
    let places: BTreeMap<&str, (usize, &Address)> =
        kept.iter().map(|(address, place)| (live[*place].observed.id.as_str(), (*place, address))).collect();
    let is_bare = |place: usize| live[place].observed.spec.fields().is_empty();
    let mut led: BTreeMap<usize, BTreeSet<Address>> = BTreeMap::new();
    for (address, place) in kept {
        let Some(wanted) = desired.get(address) else { continue };
        let there = &live[*place].observed.spec;
        let mut others = Vec::new();
        for field in wanted.spec.immutable() {
            let target = wanted.spec.addresses_of(&field).into_iter().next();
            let id = there.ids_of(&field).into_iter().next();
            others.push(target.zip(id.and_then(|id| places.get(id.as_str()).copied())));
        }
        let strays: Option<Vec<_>> = others.into_iter().collect();
        let strays = strays.unwrap_or_default().into_iter().filter(|(target, (_, tagged))| target != *tagged);
        let strays: Vec<(Address, (usize, &Address))> = strays.collect();
        // What is in another place altogether may be what has the wrong tags.
        if strays.iter().all(|(_, (place, _))| is_bare(*place) && !is_known(*place)) {
            for (target, (place, _)) in strays {
                led.entry(place).or_default().insert(target);
            }
        }
    }
    let mut sole: BTreeMap<usize, Address> = BTreeMap::new();
    for (place, targets) in led {
        if let (1, Some(target)) = (targets.len(), targets.into_iter().next()) {
            sole.insert(place, target);
        }
    }
    // Each takes the place of one that goes to another's.
    loop {
        let left: BTreeSet<&Address> =
            kept.iter().filter(|(_, place)| sole.contains_key(place)).map(|(one, _)| one).collect();
        let taken: BTreeSet<&Address> = sole.values().collect();
        let wrong: Vec<usize> = sole
            .iter()
            .filter(|(place, target)| {
                !left.contains(target) || !kept.iter().any(|(one, at)| at == *place && taken.contains(one))
            })
            .map(|(place, _)| *place)
            .collect();
        if wrong.is_empty() {
            return sole;
        }
        sole.retain(|place, _| !wrong.contains(place));
    }
}

/// Gives what a relation of something known leads to the address that is wanted there, such as a subnet's route table: its
/// tags were lost since. It is like the wanted one, and what leads to it is all wanted to lead to one address. True where
/// there was something.
pub(super) fn hang(zone: &Label, desired: &Desired, identified: &mut Identified<'_>) -> bool {
    let mut led: BTreeMap<&str, BTreeSet<Address>> = BTreeMap::new();
    for (address, there) in &identified.by_address {
        let Some(wanted) = desired.get(address).filter(|wanted| is_relation(wanted.spec.kind())) else { continue };
        let live = identified.spec(there);
        for field in wanted.spec.fields() {
            let target = wanted.spec.addresses_of(&field).into_iter().next();
            let (Some(target), Some(id)) = (target, live.ids_of(&field).into_iter().next()) else { continue };
            if let Some(stranger) = identified.strangers.iter().find(|one| one.observed.id == id) {
                led.entry(&stranger.observed.id).or_default().insert(target);
            }
        }
    }
    let mut found = Vec::new();
    for (id, targets) in &led {
        let (1, Some(target)) = (targets.len(), targets.first()) else { continue };
        let is_sole = led.values().filter(|others| others.contains(target)).count() == 1;
        let (Some(wanted), Some(there)) =
            (desired.get(target), identified.strangers.iter().copied().find(|one| one.observed.id == *id))
        else {
            continue;
        };
        // What carries another address is that, or was: but for one that is misspelt.
        let names_another = own_address(zone, there)
            .is_some_and(|own| own != *target && (desired.contains_key(&own) || !is_misspelt(&own, target)));
        let is_free = !identified.by_address.contains_key(target);
        if is_sole && is_free && !names_another && may_be_known(there) && is_like(wanted, there, identified) {
            found.push((target.clone(), there));
        }
    }
    let is_found = !found.is_empty();
    for (address, resource) in found {
        identified.take_in(address, resource, Source::Connection);
    }
    is_found
}

/// True where one address is the other with one character too many, too few or another one.
fn is_misspelt(address: &Address, meant: &Address) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (address.as_str().chars().collect(), meant.as_str().chars().collect());
    let shorter = one.len().min(other.len());
    let begin = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let end = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count().min(shorter - begin);
    begin + end + 1 >= one.len().max(other.len())
}

/// The references of a live resource, in what AWS can't change, to ids that lz does not know, each with the address that is
/// wanted there.
pub(super) fn lost_references(
    wanted: &Resource,
    there: &LiveResource,
    identified: &Identified<'_>,
) -> Vec<(Address, String)> {
    let mut lost = Vec::new();
    let live = identified.spec(there);
    for field in wanted.spec.immutable() {
        let (targets, ids) = (wanted.spec.addresses_of(&field), live.ids_of(&field));
        if let (Some(target), Some(id)) = (targets.into_iter().next(), ids.into_iter().next()) {
            lost.push((target, id));
        }
    }
    // What hangs between two resources can be hung elsewhere, by anybody. Where what it should hang on is not there, it may be
    // that which it hangs on.
    if is_relation(wanted.spec.kind()) {
        lost.retain(|(target, _)| !identified.by_address.contains_key(target));
    }
    lost
}

/// True where nothing that a live resource refers to, in what AWS can't change, is known: it is somebody else's, whatever
/// its tags say.
pub(super) fn is_elsewhere(
    desired: &Desired,
    address: &Address,
    there: &LiveResource,
    identified: &Identified<'_>,
) -> bool {
    if !desired.contains_key(address) {
        return false;
    }
    let inside = identified.spec(there).references(Field::is_immutable);
    !inside.is_empty() && inside.iter().all(|one| one.as_id().is_some())
}

/// Wanted addresses that nothing has so far, with what may be theirs, and whether that would be enough to know it by, if
/// there is nothing else.
fn pairs<'a, 'b>(
    zone: &Label,
    desired: &'b Desired,
    identified: &Identified<'a>,
) -> Vec<(&'b Address, &'a LiveResource, bool)> {
    let mut missing: BTreeMap<KindName, Vec<(&Address, &Resource)>> = BTreeMap::new();
    for (address, wanted) in desired.iter().filter(|(address, _)| !identified.by_address.contains_key(*address)) {
        missing.entry(wanted.spec.kind()).or_default().push((address, wanted));
    }
    let mut pairs = Vec::new();
    for resource in identified.strangers.iter().copied().filter(|one| may_be_known(one)) {
        let kind = resource.observed.spec.kind();
        let mut like = Vec::new();
        for (address, wanted) in missing.get(&kind).into_iter().flatten() {
            if is_like(wanted, resource, identified) {
                like.push((*address, *wanted));
            }
        }
        // Its tag decides between several that it is like.
        let named = like.iter().find(|(address, _)| names(address, resource)).map(|(address, _)| *address);
        for (address, wanted) in like.into_iter().filter(|(address, _)| named.is_none_or(|named| named == *address)) {
            let there = identified.spec(resource);
            let is_named = names_the_zone(zone, resource);
            // No two VPCs of a zone have one range.
            let enough = has_one_tag_left(zone, address, resource)
                || there.is_only(&wanted.spec)
                || (is_named && kind == KindName::Vpc);
            if enough || is_named {
                pairs.push((address, resource, enough));
            }
        }
    }
    pairs
}

/// True where a resource's tag is the address, in whatever case.
fn names(address: &Address, resource: &LiveResource) -> bool {
    let tag = resource.observed.tags.get(TAG_ADDRESS);
    tag.is_some_and(|text| text.eq_ignore_ascii_case(address.as_str()))
}

fn may_be_known(resource: &LiveResource) -> bool {
    let observed = &resource.observed;
    matches!(observed.state, State::Ready | State::Pending(_)) && observed.spec.kind().identity() == Identity::Tag
}

/// True where one of the two tags is as lz writes it for the address, and the other is missing, or in another case.
fn has_one_tag_left(zone: &Label, address: &Address, resource: &LiveResource) -> bool {
    let tag = |key| resource.observed.tags.get(key).map(String::as_str);
    let is_like = |tag: Option<&str>, wanted: &str| tag.is_none_or(|text| text.eq_ignore_ascii_case(wanted));
    let (zone_tag, address_tag) = (tag(TAG_ZONE), tag(TAG_ADDRESS));
    (zone_tag.is_some() || address_tag.is_some())
        && is_like(zone_tag, zone.as_str())
        && is_like(address_tag, address.as_str())
}

/// True where a tag, or a tag of a run, says that lz has made it, for this zone or for one that is named alike.
fn names_the_zone(zone: &Label, resource: &LiveResource) -> bool {
    let tags = &resource.observed.tags;
    own_address(zone, resource).is_some()
        || tags.get(TAG_ZONE).is_some_and(|name| name.eq_ignore_ascii_case(zone.as_str()))
        || (tags.contains_key(TAG_ADDRESS) && tags.contains_key(TAG_RUN))
}

/// True where a live resource differs from a wanted one in nothing that AWS can't change.
pub(super) fn is_like(wanted: &Resource, resource: &LiveResource, identified: &Identified<'_>) -> bool {
    wanted.spec.kind() == resource.observed.spec.kind()
        && wanted.owner == resource.owner
        && !wanted.spec.differences(&identified.spec(resource)).iter().any(Field::is_immutable)
}
