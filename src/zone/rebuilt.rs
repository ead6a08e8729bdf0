//! A lock made anew, and how it differs from the one that is there.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::ZoneIdentity;
use super::lock::Lock;
use crate::graph::Address;
use crate::values::Label;

/// A lock made anew, and how it differs from the one that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// The new lock.
    pub lock: Lock,
    /// What is another one in it, in the order of the file.
    pub changes: Vec<PinChange>,
    /// How many accounts and resources stay pinned as they are.
    pub unchanged: usize,
}

/// A pin that comes, changes or goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PinChange {
    /// The table of the lock that it is in: `zone`, `accounts` or `resources`.
    pub table: &'static str,
    /// Its key there.
    pub name: String,
    /// What is pinned; none where nothing is.
    pub from: Option<String>,
    /// What would be; none where nothing would.
    pub to: Option<String>,
    /// How that is known.
    pub evidence: String,
}

/// What a pin is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pin<'a> {
    /// A key of the zone's own table.
    Zone(&'static str),
    /// An account, by name.
    Account(&'a Label),
    /// A resource, by address.
    Resource(&'a Address),
}

impl Rebuilt {
    /// The new lock against the one that is there; `evidence` says how a pin that differs is known.
    #[must_use]
    pub fn new(before: &Lock, lock: Lock, evidence: impl Fn(Pin<'_>) -> String) -> Self {
        let (old, new) = (entries(before.zone.as_ref()), entries(lock.zone.as_ref()));
        let mut changes = differences("zone", &old, &new, |key| evidence(Pin::Zone(key)));
        let accounts = differences("accounts", &before.accounts, &lock.accounts, |name| evidence(Pin::Account(name)));
        let evidence_of = |address: &Address| evidence(Pin::Resource(address));
        let resources = differences("resources", &before.resources, &lock.resources, evidence_of);
        changes.extend(accounts.into_iter().chain(resources));
        let new = changes.iter().filter(|one| one.table != "zone" && one.to.is_some()).count();
        let unchanged = lock.accounts.len() + lock.resources.len() - new;
        Self { lock, changes, unchanged }
    }
}

fn entries(zone: Option<&ZoneIdentity>) -> BTreeMap<&'static str, String> {
    let Some(zone) = zone else { return BTreeMap::new() };
    let known = [
        ("name", Some(zone.name.to_string())),
        ("region", Some(zone.region.to_string())),
        ("organization", zone.organization.clone()),
        ("management_account", zone.management_account.as_ref().map(ToString::to_string)),
        ("account", zone.account.as_ref().map(ToString::to_string)),
    ];
    known.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

fn differences<Key: Ord + ToString, Value: PartialEq + ToString>(
    table: &'static str,
    before: &BTreeMap<Key, Value>,
    after: &BTreeMap<Key, Value>,
    evidence: impl Fn(&Key) -> String,
) -> Vec<PinChange> {
    let keys: BTreeSet<&Key> = before.keys().chain(after.keys()).collect();
    let differing = keys.into_iter().filter(|key| before.get(key) != after.get(key));
    let changes = differing.map(|key| PinChange {
        table,
        name: key.to_string(),
        from: before.get(key).map(ToString::to_string),
        to: after.get(key).map(ToString::to_string),
        evidence: evidence(key),
    });
    changes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_changes_and_goes_is_told_and_what_stays_is_counted() {
        let pin = |address: &str, id: &str| (Address::parse(address).unwrap(), id.to_owned());
        let with = |pins: Vec<(Address, String)>| Lock { resources: pins.into_iter().collect(), ..Lock::default() };
        let before = with(vec![pin("a/vpc", "vpc-1"), pin("b/vpc", "vpc-2"), pin("c/vpc", "vpc-3")]);
        let after = with(vec![pin("a/vpc", "vpc-1"), pin("b/vpc", "vpc-4"), pin("d/vpc", "vpc-5")]);
        let rebuilt = Rebuilt::new(&before, after.clone(), |pin| format!("{pin:?}"));
        assert_eq!((&rebuilt.lock, rebuilt.unchanged), (&after, 1));
        let told = rebuilt.changes.iter().map(|one| (one.name.as_str(), one.from.as_deref(), one.to.as_deref()));
        assert_eq!(
            told.collect::<Vec<_>>(),
            [("b/vpc", Some("vpc-2"), Some("vpc-4")), ("c/vpc", Some("vpc-3"), None), ("d/vpc", None, Some("vpc-5"))]
        );
        assert!(rebuilt.changes[0].evidence.contains("b/vpc"));
    }
}
