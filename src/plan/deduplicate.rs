//! What becomes of duplicates: they are deleted when nothing refers to them any more, with what is inside of them.

use std::collections::{BTreeMap, BTreeSet};

use super::build::{Planning, address_by_id, stranger_address};
use super::change::Action;
use super::duplicates::Duplicate;
use super::matching::own_address;
use super::order::{Order, Step};
use super::reason::Reason;
use crate::discover::LiveResource;
use crate::graph::Address;
use crate::kinds::{Scope, State};

impl Planning<'_> {
    /// Deletes duplicates with what is inside of them, unless something stands in the way.
    pub(super) fn deduplicate(&mut self) {
        for duplicate in self.identified.duplicates.iter().filter(|one| one.obstacles.is_empty()) {
            let Duplicate { address, resource, kept, grounds, contents, .. } = duplicate;
            let scope = self.intent.scope_of(address);
            let (kept, grounds) = (kept.observed.id.clone(), grounds.to_string());
            let reason = Reason::Duplicate { of: address.clone(), kept, grounds };
            self.deduplicate_one(resource, address.clone(), scope.clone(), reason);
            for inside in contents {
                let gone = matches!(inside.observed.state, State::Deleting) || !inside.observed.spec.kind().deletable();
                if !gone {
                    let claims = own_address(self.intent.zone, inside).unwrap_or_else(|| address.clone());
                    let reason = Reason::InsideDuplicate { of: address.clone(), id: resource.observed.id.clone() };
                    self.deduplicate_one(inside, claims, scope.clone(), reason);
                }
            }
        }
    }

    fn deduplicate_one(&mut self, there: &LiveResource, duplicate_of: Address, scope: Scope, reason: Reason) {
        let address = duplicate_address(there);
        if !self.plan.changes.contains_key(&address) {
            self.go(address, there, scope, reason, Some(duplicate_of));
        }
    }

    /// Tells duplicates that stay, and what shares a natural key for a while.
    pub(super) fn tell_duplicates(&mut self) {
        for Duplicate { address, resource, kept, obstacles, .. } in &self.identified.duplicates {
            let told = self.plan.changes.contains_key(&stranger_address(resource));
            let Some(obstacle) = obstacles.first().filter(|_| !told) else { continue };
            let kept = &kept.observed.id;
            let reason = format!("it is a duplicate of {address}, beside {kept}, and can't be deleted: {obstacle}");
            self.tell_unmanaged(resource, reason);
        }
        // What AWS tells apart by its name can carry another one's tags.
        for there in self.identified.strangers.clone() {
            let Some(address) = own_address(self.intent.zone, there) else { continue };
            let Some(kept) = self.identified.by_address.get(&address) else { continue };
            let is_told = self.plan.unmanaged.iter().any(|one| one.observed.id == there.observed.id)
                || self.identified.duplicates.iter().any(|one| one.resource.observed.id == there.observed.id);
            if !is_told && kept.observed.spec.kind() == there.observed.spec.kind() {
                let kept = &kept.observed.id;
                self.tell_unmanaged(there, format!("it carries the tags of {address}, which is {kept}"));
            }
        }
        let seconds = self.identified.seconds.iter().filter(|(_, there)| there.observed.state != State::Deleting);
        for (address, there) in seconds {
            self.tell_unmanaged(there, format!("it is a second {address}"));
        }
    }

    /// A duplicate goes when nothing refers to it any more.
    pub(super) fn order_duplicates(&self, order: &mut Order) {
        let deduplicating = self.plan.changes.values().filter(|change| change.duplicate_of().is_some());
        let duplicates: BTreeMap<&str, &Address> =
            deduplicating.filter_map(|change| Some((change.id()?, &change.address))).collect();
        if duplicates.is_empty() {
            return;
        }
        let mut updates = Vec::new();
        // What is deleted, too, goes first already: it refers to the duplicate by its id.
        for change in self.plan.changes.values().filter(|change| !change.action().deletes()) {
            let Some(there) = change.live() else { continue };
            for id in there.spec.ids() {
                let Some(duplicate) = duplicates.get(id.as_str()).filter(|duplicate| ***duplicate != change.address)
                else {
                    continue;
                };
                updates.push((Step::delete(duplicate), Step::build(&change.address)));
            }
        }
        // An update may wait for a replacement. Where that in turn waits for the duplicate, the duplicate can't wait.
        let replacements = self.addresses_that(|action| action == Action::Replace);
        let awaited: BTreeSet<Step> =
            replacements.iter().flat_map(|address| order.reach(&self.plan.changes, Step::delete(address))).collect();
        for (duplicate, update) in updates.into_iter().filter(|(duplicate, _)| !awaited.contains(duplicate)) {
            order.wait(duplicate, update);
        }
    }
}

/// An address for a duplicate, or for what is inside of one, since another resource has its own.
pub(super) fn duplicate_address(there: &LiveResource) -> Address {
    address_by_id(there, "duplicates")
}
