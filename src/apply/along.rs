//! What AWS takes along when something is deleted: the associations, propagations and routes that refer to it. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::discover::{Live, LiveResource};
use crate::graph::{Address, ids_in};
use crate::kinds::{Observed, Owner, Spec, Tagging};
use crate::plan::{Action, Change, Plan, stranger_address};

/// Something that goes along, or leads nowhere afterwards.
#[derive(Debug, Clone, PartialEq)]
pub struct Along {
    /// Its address; one made of its id where nobody asked for it.
    pub address: Address,
    /// The account it is in.
    pub owner: Owner,
    /// How it is before.
    pub observed: Observed<Spec>,
}

/// By the address of each deletion of a plan, what goes along and has no deletion of its own. A rollback makes it again with
/// what was deleted.
pub fn along(plan: &Plan, live: &Live) -> BTreeMap<Address, Vec<Along>> {
    // A duplicate is not made again.
    let deletions = || plan.changes.values().filter(|change| change.action.deletes() && change.heals.is_none());
    let by_id: BTreeMap<&str, &Change> =
        deletions().filter_map(|change| Some((change.live.as_ref()?.id.as_str(), change))).collect();
    if by_id.is_empty() {
        return BTreeMap::new();
    }
    let going: BTreeSet<&str> = plan
        .changes
        .values()
        .filter(|change| change.action.deletes())
        .filter_map(|change| Some(change.live.as_ref()?.id.as_str()))
        .collect();
    let of_changes = plan.changes.values().filter_map(|one| Some((one.live.as_ref()?.id.as_str(), &one.address)));
    let unchanged = plan.unchanged.iter().map(|(address, id)| (id.as_str(), address));
    let addresses: BTreeMap<&str, &Address> = unchanged.chain(of_changes).collect();
    let mut all: BTreeMap<Address, Vec<Along>> = BTreeMap::new();
    for there in live.resources.iter().filter(|there| is_relation(there)) {
        if going.contains(there.observed.id.as_str()) {
            continue;
        }
        let Ok(attributes) = there.observed.spec.attributes() else { continue };
        let ids = ids_in(&attributes);
        let Some(whole) = ids.iter().find_map(|id| by_id.get(id.as_str())) else { continue };
        let address = match addresses.get(there.observed.id.as_str()) {
            Some(address) => (*address).clone(),
            None => stranger_address(there),
        };
        // What is changed at another time has a record of its own.
        let change = plan.changes.get(&address);
        if change.is_some_and(|one| one.action == Action::Update && !one.after.contains(&whole.address)) {
            continue;
        }
        let (owner, observed) = (there.owner.clone(), there.observed.clone());
        all.entry(whole.address.clone()).or_default().push(Along { address, owner, observed });
    }
    all
}

/// True for what hangs between two resources, and lz can make again.
fn is_relation(there: &LiveResource) -> bool {
    let kind = there.observed.spec.kind();
    kind.made() && kind.tagging() == Tagging::None
}
