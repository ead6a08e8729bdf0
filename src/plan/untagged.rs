//! Which live resource is which wanted one where somebody has taken its tag away.

use super::PlanError;
use super::compare::differences;
use super::matching::Identified;
use crate::discover::LiveResource;
use crate::graph::Address;
use crate::kinds::{Desired, Identity, Resource, State, TAG_ADDRESS, TAG_ZONE};
use crate::values::Label;

/// Gives resources that have lost one of the two tags by which lz knows them their addresses. Each still carries the other
/// tag, is like the wanted one in all that AWS can't change, and is the only one like it, for the only address that it is
/// like: made again, it would be in its own way, or there twice.
///
/// # Errors
/// Where a specification can't be serialized.
pub(super) fn recognise<'a>(zone: &Label, desired: &Desired, identified: &mut Identified<'a>) -> Result<(), PlanError> {
    loop {
        let untagged = identified.strangers.iter().copied().filter(|one| has_lost_a_tag(zone, one));
        let untagged: Vec<&'a LiveResource> = untagged.collect();
        let mut pairs: Vec<(&Address, &'a LiveResource)> = Vec::new();
        for resource in untagged {
            for (address, wanted) in desired {
                if !identified.by_address.contains_key(address) && is_like(address, wanted, resource, identified)? {
                    pairs.push((address, resource));
                }
            }
        }
        let is_only = |(address, resource): &(&Address, &LiveResource)| {
            let same =
                |(other, one): &&(&Address, &LiveResource)| other == address || one.observed == resource.observed;
            pairs.iter().filter(same).count() == 1
        };
        let only: Vec<(&Address, &'a LiveResource)> = pairs.iter().copied().filter(is_only).collect();
        if only.is_empty() {
            return Ok(());
        }
        for (address, resource) in only {
            identified.strangers.retain(|one| one.observed.id != resource.observed.id);
            identified.add(address.clone(), resource);
        }
    }
}

/// True for what carries one of the two tags.
fn has_lost_a_tag(zone: &Label, resource: &LiveResource) -> bool {
    let observed = &resource.observed;
    let is_there = matches!(observed.state, State::Ready | State::Pending(_));
    let zone_tag = observed.tags.get(TAG_ZONE).map(String::as_str);
    let has_one = match zone_tag {
        Some(name) => name == zone.as_str() && !observed.tags.contains_key(TAG_ADDRESS),
        None => observed.tags.contains_key(TAG_ADDRESS),
    };
    is_there && has_one && observed.spec.kind().identity() == Identity::Tag
}

fn is_like(
    address: &Address,
    wanted: &Resource,
    resource: &LiveResource,
    identified: &Identified<'_>,
) -> Result<bool, PlanError> {
    let observed = &resource.observed;
    let kind = wanted.spec.kind();
    let is_named = observed.tags.get(TAG_ADDRESS).is_none_or(|name| name == address.as_str());
    if kind != observed.spec.kind() || wanted.owner != resource.owner || !is_named {
        return Ok(false);
    }
    let differing = differences(kind, &wanted.spec.attributes()?, &identified.attributes(resource)?);
    Ok(!differing.iter().any(|change| kind.immutable().contains(&change.attribute.as_str())))
}
