//! Which live resource is which wanted one where its tags don't say so: somebody has taken, changed or swapped them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::PlanError;
use super::compare::differences;
use super::destruction::is_relation;
use super::evidence::Source;
use super::matching::{Identified, own_address};
use crate::discover::LiveResource;
use crate::graph::{Address, AnyRef, addresses_in, ids_in, replace_references};
use crate::kinds::{Desired, Identity, KindName, Resource, State, TAG_ADDRESS, TAG_RUN, TAG_ZONE};
use crate::values::Label;

/// Gives resources whose tags are not as lz writes them their addresses. Each is like the wanted one in all that AWS can't
/// change, and is the only one like it, for the only address that it is like: made again, it would be in its own way, or
/// there twice.
///
/// What carries a mark of lz's and could be one of several that are wanted is a doubt: nothing is made for these addresses.
///
/// # Errors
/// Where a specification can't be serialized.
pub(super) fn recognise<'a>(zone: &Label, desired: &Desired, identified: &mut Identified<'a>) -> Result<(), PlanError> {
    loop {
        identified.doubts.clear();
        let pairs = pairs(zone, desired, identified)?;
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
            return Ok(());
        }
        for (address, resource, _) in sure {
            identified.take_in(address.clone(), resource, Source::Likeness);
        }
    }
}

/// Gives what something known refers to, in an attribute that AWS can't change, the address that is wanted there: lz has made
/// the one with the other, and its tags were lost since.
///
/// # Errors
/// Where a specification can't be serialized.
pub(super) fn connect<'a>(
    desired: &Desired,
    doubted: &[(Address, &'a LiveResource)],
    identified: &mut Identified<'a>,
) -> Result<(), PlanError> {
    loop {
        let known: Vec<(Address, &'a LiveResource)> =
            identified.by_address.iter().map(|(address, there)| (address.clone(), *there)).collect();
        let mut found: Vec<(Address, &'a LiveResource)> = Vec::new();
        for (address, there) in known.iter().chain(doubted) {
            let Some(wanted) = desired.get(address) else { continue };
            if is_relation(wanted.spec.kind()) {
                continue;
            }
            let is_elsewhere = is_elsewhere(desired, address, there, identified)?;
            for (target, id) in lost_references(wanted, there, identified)? {
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
                    && (!is_elsewhere || is_like(target_wanted, one, identified)?)
                {
                    found.push((target, *one));
                }
            }
        }
        let Some((address, resource)) = found.into_iter().next() else { return Ok(()) };
        identified.take_in(address, resource, Source::Connection);
    }
}

/// Pairs of resources whose tags were exchanged, by what hangs on them: each is like what the other is wanted to be, and all
/// relations to both are as wanted once they are taken for one another.
///
/// # Errors
/// Where a specification can't be serialized.
pub(super) fn exchanged_by_relations(
    desired: &Desired,
    identified: &Identified<'_>,
) -> Result<Vec<(Address, Address)>, PlanError> {
    let is_sure = |address: &Address| {
        identified.sources.get(address).is_some_and(|one| one.knows_id() || *one == Source::Connection)
    };
    let mut there: Vec<(Value, BTreeSet<Address>)> = Vec::new();
    let mut led: BTreeSet<(Address, Address)> = BTreeSet::new();
    for (address, one) in identified.by_address.iter().filter(|(_, one)| is_relation(one.observed.spec.kind())) {
        let live = identified.attributes(one)?;
        if let Some(wanted) = desired.get(address) {
            let wanted = wanted.spec.attributes()?;
            for (name, wanted) in wanted.as_object().into_iter().flatten() {
                let (to, from) = (addresses_in(wanted), live.get(name).map(addresses_in).unwrap_or_default());
                if let (Some(to), Some(from)) = (to.into_iter().next(), from.into_iter().next())
                    && to != from
                {
                    led.insert((to, from));
                }
            }
        }
        let refers = addresses_in(&live).into_iter().collect();
        there.push((live, refers));
    }
    let mut found: Vec<(Address, Address)> = Vec::new();
    let is_mutual = |(one, other): &&(Address, Address)| one < other && led.contains(&(other.clone(), one.clone()));
    let pairs: Vec<&(Address, Address)> = led.iter().filter(is_mutual).collect();
    let mut wished: BTreeSet<String> = BTreeSet::new();
    for wanted in desired.values().filter(|wanted| !pairs.is_empty() && is_relation(wanted.spec.kind())) {
        wished.insert(wanted.spec.attributes()?.to_string());
    }
    for (one, other) in pairs {
        let (Some(first), Some(second)) = (identified.by_address.get(one), identified.by_address.get(other)) else {
            continue;
        };
        let (Some(first_wanted), Some(second_wanted)) = (desired.get(one), desired.get(other)) else { continue };
        let is_like = is_like(first_wanted, second, identified)? && is_like(second_wanted, first, identified)?;
        let exchange = |live: &Value| {
            let mut live = live.clone();
            replace_references(&mut live, &|reference| match reference {
                AnyRef::Address(address) if *address == *one => Some(AnyRef::Address(other.clone())),
                AnyRef::Address(address) if *address == *other => Some(AnyRef::Address(one.clone())),
                _ => None,
            });
            live.to_string()
        };
        let mut touching = there.iter().filter(|(_, refers)| refers.contains(one) || refers.contains(other));
        let is_free = !found.iter().any(|(a, b)| [a, b].contains(&one) || [a, b].contains(&other));
        if is_like
            && is_free
            && !is_sure(one)
            && !is_sure(other)
            && touching.all(|(live, _)| wished.contains(&exchange(live)))
        {
            found.push((one.clone(), other.clone()));
        }
    }
    Ok(found)
}

/// Resources that nothing but their tags tells apart, such as addresses, whose tags were exchanged: by its place, the address
/// that each has by what refers to it. What refers to it has its own tags, and is otherwise where it is wanted.
///
/// # Errors
/// Where a specification can't be serialized.
pub(super) fn exchanged(
    live: &[LiveResource],
    desired: &Desired,
    kept: &BTreeMap<Address, usize>,
    is_known: impl Fn(usize) -> bool,
) -> Result<BTreeMap<usize, Address>, PlanError> {
    let places: BTreeMap<&str, (usize, &Address)> =
        kept.iter().map(|(address, place)| (live[*place].observed.id.as_str(), (*place, address))).collect();
    let is_bare = |place: usize| {
        let attributes = live[place].observed.spec.attributes();
        attributes.is_ok_and(|all| all.as_object().is_some_and(serde_json::Map::is_empty))
    };
    let mut led: BTreeMap<usize, BTreeSet<Address>> = BTreeMap::new();
    for (address, place) in kept {
        let Some(wanted) = desired.get(address) else { continue };
        let (wished, there) = (wanted.spec.attributes()?, live[*place].observed.spec.attributes()?);
        let mut others = Vec::new();
        for name in wanted.spec.kind().immutable() {
            let (Some(wished), Some(there)) = (wished.get(*name), there.get(*name)) else { continue };
            let (target, id) = (addresses_in(wished).into_iter().next(), ids_in(there).into_iter().next());
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
            return Ok(sole);
        }
        sole.retain(|place, _| !wrong.contains(place));
    }
}

/// Gives what a relation of something known leads to the address that is wanted there, such as a subnet's route table: its
/// tags were lost since. It is like the wanted one, and what leads to it is all wanted to lead to one address. True where
/// there was something.
///
/// # Errors
/// Where a specification can't be serialized.
pub(super) fn hang(zone: &Label, desired: &Desired, identified: &mut Identified<'_>) -> Result<bool, PlanError> {
    let mut led: BTreeMap<&str, BTreeSet<Address>> = BTreeMap::new();
    for (address, there) in &identified.by_address {
        let Some(wanted) = desired.get(address).filter(|wanted| is_relation(wanted.spec.kind())) else { continue };
        let (wished, live) = (wanted.spec.attributes()?, identified.attributes(there)?);
        for (name, wished) in wished.as_object().into_iter().flatten() {
            let (target, id) = (addresses_in(wished).into_iter().next(), live.get(name).map(ids_in));
            let (Some(target), Some(id)) = (target, id.and_then(|ids| ids.into_iter().next())) else { continue };
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
        if is_sole && is_free && !names_another && may_be_known(there) && is_like(wanted, there, identified)? {
            found.push((target.clone(), there));
        }
    }
    let is_found = !found.is_empty();
    for (address, resource) in found {
        identified.take_in(address, resource, Source::Connection);
    }
    Ok(is_found)
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
///
/// # Errors
/// Where a specification can't be serialized.
pub(super) fn lost_references(
    wanted: &Resource,
    there: &LiveResource,
    identified: &Identified<'_>,
) -> Result<Vec<(Address, String)>, PlanError> {
    let mut lost = Vec::new();
    let (wished, live) = (wanted.spec.attributes()?, identified.attributes(there)?);
    for name in wanted.spec.kind().immutable() {
        let (Some(wished), Some(live)) = (wished.get(*name), live.get(*name)) else { continue };
        let (targets, ids) = (addresses_in(wished), ids_in(live));
        if let (Some(target), Some(id)) = (targets.into_iter().next(), ids.into_iter().next()) {
            lost.push((target, id));
        }
    }
    // What hangs between two resources can be hung elsewhere, by anybody. Where what it should hang on is not there, it may be
    // that which it hangs on.
    if is_relation(wanted.spec.kind()) {
        lost.retain(|(target, _)| !identified.by_address.contains_key(target));
    }
    Ok(lost)
}

/// True where nothing that a live resource refers to, in what AWS can't change, is known: it is somebody else's, whatever
/// its tags say.
///
/// # Errors
/// Where a specification can't be serialized.
pub(super) fn is_elsewhere(
    desired: &Desired,
    address: &Address,
    there: &LiveResource,
    identified: &Identified<'_>,
) -> Result<bool, PlanError> {
    let Some(wanted) = desired.get(address) else { return Ok(false) };
    let live = identified.attributes(there)?;
    let immutable = || wanted.spec.kind().immutable().iter().filter_map(|name| live.get(*name));
    let knows = immutable().any(|value| !addresses_in(value).is_empty());
    Ok(!knows && immutable().any(|value| !ids_in(value).is_empty()))
}

/// Wanted addresses that nothing has so far, with what may be theirs, and whether that would be enough to know it by, if
/// there is nothing else.
fn pairs<'a, 'b>(
    zone: &Label,
    desired: &'b Desired,
    identified: &Identified<'a>,
) -> Result<Vec<(&'b Address, &'a LiveResource, bool)>, PlanError> {
    let mut missing: BTreeMap<KindName, Vec<(&Address, &Resource)>> = BTreeMap::new();
    for (address, wanted) in desired.iter().filter(|(address, _)| !identified.by_address.contains_key(*address)) {
        missing.entry(wanted.spec.kind()).or_default().push((address, wanted));
    }
    let mut pairs = Vec::new();
    for resource in identified.strangers.iter().copied().filter(|one| may_be_known(one)) {
        let kind = resource.observed.spec.kind();
        let mut like = Vec::new();
        for (address, wanted) in missing.get(&kind).into_iter().flatten() {
            if is_like(wanted, resource, identified)? {
                like.push((*address, *wanted));
            }
        }
        // Its tag decides between several that it is like.
        let named = like.iter().find(|(address, _)| names(address, resource)).map(|(address, _)| *address);
        for (address, wanted) in like.into_iter().filter(|(address, _)| named.is_none_or(|named| named == *address)) {
            let (there, wished) = (identified.attributes(resource)?, wanted.spec.attributes()?);
            let is_named = names_the_zone(zone, resource);
            // No two VPCs of a zone have one range.
            let enough = has_one_tag_left(zone, address, resource)
                || cannot_be_had_twice(kind, &there, &wished)
                || (is_named && kind == KindName::Vpc);
            if enough || is_named {
                pairs.push((address, resource, enough));
            }
        }
    }
    Ok(pairs)
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

/// True for what AWS keeps unique where it is, such as a range of a VPC, a name, a service's endpoint in a VPC; and for what
/// is connected to what the wanted one is connected to.
fn cannot_be_had_twice(kind: KindName, there: &Value, wanted: &Value) -> bool {
    let connection = match kind {
        KindName::Subnet
        | KindName::SecurityGroup
        | KindName::NatGateway
        | KindName::VpcEndpoint
        | KindName::FlowLog
        | KindName::Firewall
        | KindName::FirewallPolicy
        | KindName::FirewallRuleGroup => return true,
        KindName::InternetGateway => "vpc",
        KindName::ResourceShare => "transit_gateways",
        _ => return false,
    };
    there.get(connection).is_some_and(|one| !addresses_in(one).is_empty() && Some(one) == wanted.get(connection))
}

/// True where a live resource differs from a wanted one in nothing that AWS can't change.
pub(super) fn is_like(
    wanted: &Resource,
    resource: &LiveResource,
    identified: &Identified<'_>,
) -> Result<bool, PlanError> {
    let kind = wanted.spec.kind();
    if kind != resource.observed.spec.kind() || wanted.owner != resource.owner {
        return Ok(false);
    }
    let differing = differences(kind, &wanted.spec.attributes()?, &identified.attributes(resource)?);
    Ok(!differing.iter().any(|change| kind.immutable().contains(&change.attribute.as_str())))
}
