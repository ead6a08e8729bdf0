//! The order of changes that turn away from what goes: make before break. Pure.
//!
//! Of two changes of which one waits for the other, the other is made first: what a route needs is there before the route
//! leads to it. When both *leave* what this plan deletes, that is upside down: as long as the first still leads there it
//! needs what the second leads to. So a departure comes before the departures that it would otherwise wait for, as
//! deletions come in the reverse of the order of creations. And nothing is deleted before all that leaves has left.
//!
//! A firewall that is taken out of a running network shows why: the default route turns back to the NAT gateway first, then
//! the route by which answers come back; then the firewall's own routes, its endpoints and the firewall go.

use std::collections::{BTreeMap, BTreeSet};

use super::PlanError;
use super::change::{Action, Change};
use super::destruction::is_relation;
use super::matching::Identified;
use super::parts::whole_of;
use crate::graph::{Address, addresses_in, ids_in};
use crate::kinds::KindName;

/// A part of a change, as changes wait for each other: a replacement is deleted before it is built.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Delete(Address),
    Build(Address),
}

/// The changes that leave something, each with what it leaves.
type Departures = BTreeMap<Address, BTreeSet<Address>>;

/// Puts departures before those that they would wait for, and deletions after departures. A wish that would make changes
/// wait for each other is left out.
///
/// # Errors
/// Where a specification can't be serialized.
pub(super) fn order_departures(
    changes: &mut BTreeMap<Address, Change>,
    identified: &Identified<'_>,
) -> Result<(), PlanError> {
    let departures = departures(changes, identified)?;
    turn_round(changes, &departures);
    for (leaving, left) in &departures {
        release(changes, leaving, left);
    }
    Ok(())
}

fn departures(changes: &BTreeMap<Address, Change>, identified: &Identified<'_>) -> Result<Departures, PlanError> {
    let going = going(changes, identified)?;
    let mut found = Departures::new();
    for (address, change) in changes.iter().filter(|(_, change)| change.action == Action::Update) {
        let (Some(live), Some(desired)) = (&change.live, &change.desired) else { continue };
        let wanted = addresses_in(&desired.spec.attributes()?);
        let ids = ids_in(&live.spec.attributes()?);
        let left = ids.iter().filter_map(|id| going.get(id));
        let left: BTreeSet<Address> = left.filter(|target| !wanted.contains(*target)).cloned().collect();
        if !left.is_empty() {
            found.insert(address.clone(), left);
        }
    }
    Ok(found)
}

/// By AWS's id, what is deleted: the address of its deletion, or of that of what it ends with.
fn going(
    changes: &BTreeMap<Address, Change>,
    identified: &Identified<'_>,
) -> Result<BTreeMap<String, Address>, PlanError> {
    let mut going = BTreeMap::new();
    for there in identified.by_address.values().chain(&identified.strangers) {
        let whole = whole_of(identified, there)?;
        if let Some(whole) = whole.filter(|whole| changes.get(whole).is_some_and(|change| change.action.deletes())) {
            going.insert(there.observed.id.clone(), whole);
        }
    }
    for (address, change) in changes.iter().filter(|(_, change)| change.action.deletes()) {
        if let Some(live) = &change.live {
            going.extend(std::iter::once(&live.id).chain(&live.aliases).map(|id| (id.clone(), address.clone())));
        }
    }
    Ok(going)
}

fn turn_round(changes: &mut BTreeMap<Address, Change>, departures: &Departures) {
    for later in departures.keys() {
        let waits_for = changes.get(later).map(|change| change.after.clone()).unwrap_or_default();
        for earlier in waits_for.iter().filter(|address| departures.contains_key(*address)) {
            set_waits(changes, later, |after| after.remove(earlier));
            if reach(changes, later).contains(&Step::Build(earlier.clone())) {
                set_waits(changes, later, |after| after.insert(earlier.clone()));
            } else {
                set_waits(changes, earlier, |after| after.insert(later.clone()));
            }
        }
    }
}

fn set_waits(
    changes: &mut BTreeMap<Address, Change>,
    address: &Address,
    set: impl FnOnce(&mut BTreeSet<Address>) -> bool,
) {
    if let Some(change) = changes.get_mut(address) {
        set(&mut change.after);
    }
}

/// Has what a departure leaves wait for it, and all that goes for good in its account and scope: what is beside the thing
/// that is left, such as the route behind a firewall's endpoint, serves it without being referred to.
fn release(changes: &mut BTreeMap<Address, Change>, leaving: &Address, left: &BTreeSet<Address>) {
    let needed = reach(changes, leaving);
    let Some((owner, scope)) = changes.get(leaving).map(|change| (change.owner.clone(), change.scope.clone())) else {
        return;
    };
    for (address, change) in changes.iter_mut().filter(|(_, change)| change.action.deletes()) {
        let beside = change.action == Action::Delete && change.owner == owner && change.scope == scope;
        if (beside || left.contains(address)) && !needed.contains(&Step::Delete(address.clone())) {
            change.released_by.insert(leaving.clone());
        }
    }
}

/// Has what is taken off and put back, as AWS wants it, done one after the other: of all that hangs between resources of a
/// kind only one is off at a time.
pub(super) fn put_back_one_by_one(changes: &mut BTreeMap<Address, Change>) {
    let mut by_kind: BTreeMap<KindName, Vec<Address>> = BTreeMap::new();
    let taken_off = changes.values().filter(|change| change.action == Action::Replace && is_relation(change.kind));
    for change in taken_off {
        by_kind.entry(change.kind).or_default().push(change.address.clone());
    }
    for addresses in by_kind.into_values() {
        for (first, second) in addresses.iter().zip(addresses.iter().skip(1)) {
            if reach(changes, first).contains(&Step::Delete(second.clone())) {
                continue;
            }
            if let Some(change) = changes.get_mut(second) {
                change.released_by.insert(first.clone());
            }
        }
    }
}

/// Everything that the building of a change waits for, however indirectly.
fn reach(changes: &BTreeMap<Address, Change>, from: &Address) -> BTreeSet<Step> {
    let mut found = BTreeSet::new();
    let mut open = vec![Step::Build(from.clone())];
    while let Some(step) = open.pop() {
        for next in waits_for(changes, &step) {
            if found.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    found
}

fn waits_for(changes: &BTreeMap<Address, Change>, step: &Step) -> Vec<Step> {
    let (Step::Build(address) | Step::Delete(address)) = step;
    let Some(change) = changes.get(address) else { return Vec::new() };
    match step {
        Step::Build(_) => {
            let first = change.action.deletes().then(|| Step::Delete(address.clone()));
            change.after.iter().cloned().map(Step::Build).chain(first).collect()
        }
        Step::Delete(_) => {
            let released = change.released_by.iter().cloned().map(Step::Build);
            change.deleted_after.iter().cloned().map(Step::Delete).chain(released).collect()
        }
    }
}
