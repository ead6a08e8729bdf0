//! What a rollback keeps, since something that stays is built on it. Pure.
//!
//! One rule: **nothing goes from under what stays.** What stays is what is live of scopes that are not rolled back, and what
//! the rollback keeps, for this reason or another. Each of these holds
//!
//! - what it refers to in AWS, which AWS refuses to delete: an attachment its transit gateway, an association its route
//!   table, a workload's rules their rule group. That is neither deleted nor replaced.
//! - what had to be there before it (`Resource::after`), where it is *newer* than the state that is given back: deletions
//!   come in the reverse of the order of creations, and the reason for that order holds as long as it stays. So a table
//!   with a new association keeps its blackholes, and a new attachment the share that it is seen by. What is older did
//!   without, and what is only replaced is there again.
//!
//! What is kept holds in turn, so that a table keeps its transit gateway and a route its attachment, with VPC and subnets.
//! What is changed in place is no matter here: it does not go, and once it has its before-image again, it refers to nothing
//! that was not there before.

use std::collections::{BTreeMap, BTreeSet};

use super::build::Intent;
use super::change::{Action, Change};
use super::matching::Identified;
use super::parts::whole_of;
use super::rollback::{Kept, Touched};
use crate::discover::LiveResource;
use crate::graph::Address;
use crate::kinds::{Scope, State, TAG_RUN};

/// For whose sake something is kept: whole scopes, or single resources of scopes that are rolled back.
pub(super) type Sake = BTreeSet<String>;

/// What is live, as far as it tells what is built on what.
pub(super) struct Foundation<'a> {
    intent: &'a Intent<'a>,
    identified: &'a Identified<'a>,
    touched: &'a BTreeMap<Address, Touched>,
    /// What each live resource refers to.
    refers: BTreeMap<&'a Address, BTreeSet<Address>>,
    /// What came to be, or to refer to something that did, since the oldest of the runs that are undone began.
    newer: BTreeSet<&'a Address>,
}

impl<'a> Foundation<'a> {
    pub fn new(
        intent: &'a Intent<'a>,
        identified: &'a Identified<'a>,
        touched: &'a BTreeMap<Address, Touched>,
    ) -> Self {
        let mut refers = BTreeMap::new();
        for (address, there) in &identified.by_address {
            refers.insert(address, identified.spec(there).addresses());
        }
        let newer = newer(identified, touched, &refers);
        Self { intent, identified, touched, refers, newer }
    }

    /// The changes of a rollback that would take away what something that stays is built on, each with for whose sake it is
    /// kept.
    pub fn held(&self, changes: &BTreeMap<Address, Change>, kept: &[Kept]) -> BTreeMap<Address, Sake> {
        let parts = self.parts(changes);
        let mut sakes = self.staying(kept);
        let mut next: Vec<Address> = sakes.keys().cloned().collect();
        while let Some(user) = next.pop() {
            let sake = sakes.get(&user).cloned().unwrap_or_default();
            let goes = |address: &Address, actions: &[Action]| {
                changes.get(address).is_some_and(|change| actions.contains(&change.action()))
            };
            let referred = self.refers.get(&user).into_iter().flatten();
            let referred = referred.filter(|address| goes(address, &[Action::Delete, Action::Replace]));
            let first = self.intent.desired.get(&user).filter(|_| self.newer.contains(&user));
            let first = first.into_iter().flat_map(|wanted| &wanted.after);
            let inside = parts.get(&user).into_iter().flatten();
            let first = first.chain(inside).filter(|address| goes(address, &[Action::Delete]));
            for held in referred.chain(first) {
                let before = sakes.entry(held.clone()).or_default();
                let known = before.len();
                before.extend(sake.iter().cloned());
                if before.len() > known {
                    next.push(held.clone());
                }
            }
        }
        sakes.retain(|address, _| changes.get(address).is_some_and(|change| change.action().deletes()));
        sakes
    }

    /// What stays, whatever the rollback comes to.
    fn staying(&self, kept: &[Kept]) -> BTreeMap<Address, Sake> {
        let rolled_back: BTreeSet<&Scope> = self.touched.values().map(|one| &one.scope).collect();
        let kept: BTreeSet<&Address> = kept.iter().map(|one| &one.address).collect();
        let present = self.identified.by_address.iter().filter(|(_, there)| uses(there));
        let staying = present.filter_map(|(address, _)| {
            let scope = match self.touched.get(address) {
                Some(one) => one.scope.clone(),
                None => self.intent.scope_of(address),
            };
            let sake = match scope {
                _ if kept.contains(address) => address.to_string(),
                scope if rolled_back.contains(&scope) => return None,
                Scope::Workload(name) => format!("workload {name}"),
                Scope::Hub => "the hub".to_owned(),
                Scope::Organization => "the organization".to_owned(),
            };
            Some((address.clone(), Sake::from([sake])))
        });
        staying.collect()
    }

    /// What would be deleted as a part of something of its own scope: where that stays, the part does.
    fn parts(&self, changes: &BTreeMap<Address, Change>) -> BTreeMap<Address, BTreeSet<Address>> {
        let mut parts: BTreeMap<Address, BTreeSet<Address>> = BTreeMap::new();
        for (address, change) in changes.iter().filter(|(_, change)| change.action() == Action::Delete) {
            let Some(there) = self.identified.by_address.get(address) else { continue };
            let whole = whole_of(self.identified, there);
            if let Some(whole) = whole.filter(|whole| self.intent.scope_of(whole) == change.scope) {
                parts.entry(whole).or_default().insert(address.clone());
            }
        }
        parts
    }
}

/// True where a live resource can be in the way of what it refers to. What can't be deleted, such as a VPC's default
/// security group, goes with what it is inside of.
fn uses(there: &LiveResource) -> bool {
    let kind = there.observed.spec.kind();
    kind.deletable()
        && match there.observed.state {
            State::Ready | State::Pending(_) => true,
            State::Failed(_) => kind.remains(),
            State::Deleting => false,
        }
}

/// A tag tells the run that has made a resource, and names of runs sort by the time at which they began. What carries no tag
/// is as new as what it refers to: nothing can have led to what was not there.
fn newer<'a>(
    identified: &'a Identified<'_>,
    touched: &BTreeMap<Address, Touched>,
    refers: &BTreeMap<&'a Address, BTreeSet<Address>>,
) -> BTreeSet<&'a Address> {
    let first = touched.values().flat_map(|one| &one.makers).min();
    let made_since = |address: &Address, there: &LiveResource| {
        let run = there.observed.tags.get(TAG_RUN);
        first.zip(run).is_some_and(|(first, run)| run >= first)
            || touched.get(address).is_some_and(|one| one.before.is_none())
    };
    let mut referring: BTreeMap<&Address, BTreeSet<&'a Address>> = BTreeMap::new();
    for (address, targets) in refers {
        for target in targets {
            referring.entry(target).or_default().insert(address);
        }
    }
    let made = identified.by_address.iter().filter(|(address, there)| made_since(address, there));
    let mut newer: BTreeSet<&'a Address> = made.map(|(address, _)| address).collect();
    let mut next: Vec<&'a Address> = newer.iter().copied().collect();
    while let Some(address) = next.pop() {
        let others = referring.get(address).into_iter().flatten();
        next.extend(others.filter(|other| newer.insert(other)).copied());
    }
    newer
}
