//! Parts of what goes: they end with it.

use super::build::{Planning, stranger_address};
use super::change::Action;
use super::matching::Identified;
use crate::discover::LiveResource;
use crate::graph::{Address, addresses_in};

/// The address of what a live resource is a part of.
pub(super) fn whole_of(identified: &Identified<'_>, there: &LiveResource) -> serde_json::Result<Option<Address>> {
    let Some(attribute) = there.observed.spec.kind().part_of() else { return Ok(None) };
    let attributes = identified.attributes(there)?;
    Ok(attributes.get(attribute).and_then(|whole| addresses_in(whole).into_iter().next()))
}

impl Planning<'_> {
    /// True where it is a part of something that goes.
    pub(super) fn ends_with_whole(&self, there: &LiveResource) -> serde_json::Result<bool> {
        let whole = whole_of(self.identified, there)?;
        let change = whole.and_then(|whole| self.plan.changes.get(&whole));
        Ok(change.is_some_and(|change| change.action.deletes()))
    }

    /// Takes the deletions of parts out of the plan whose whole goes: they would only be in its way. A part of something
    /// that is replaced is there anew with the new one.
    pub(super) fn leave_parts(&mut self) -> serde_json::Result<()> {
        for there in &self.identified.strangers {
            if self.ends_with_whole(there)? {
                self.plan.changes.remove(&stranger_address(there));
            }
        }
        for (address, there) in &self.identified.by_address {
            let Some(change) = self.plan.changes.get(address).filter(|change| change.action.deletes()) else {
                continue;
            };
            if !self.ends_with_whole(there)? {
                continue;
            }
            let reason = change.reason.clone();
            match self.intent.desired.get(address) {
                Some(resource) => self.change(address, resource, Action::Create, reason, Vec::new()),
                None => drop(self.plan.changes.remove(address)),
            }
        }
        Ok(())
    }
}
