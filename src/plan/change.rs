//! What a plan says.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::destruction::{Blocked, is_relation};
use super::evidence::Source;
use super::reason::Reason;
use crate::graph::{Address, ids_in};
use crate::kinds::{KindName, Observed, Owner, Resource, Scope, Spec};
use crate::values::Label;

/// Everything that has to change so that AWS holds what is wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The zone.
    pub zone: Label,
    /// The changes, by address.
    pub changes: BTreeMap<Address, Change>,
    /// What is as it should be: address and AWS id.
    pub unchanged: BTreeMap<Address, String>,
    /// What nobody asked for inside what lz manages.
    pub unexpected: Vec<Unexpected>,
    /// What keeps a scope from being planned.
    pub problems: Vec<Problem>,
    /// What can't be planned, since something that it depends on could not be read. It may be there or not.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub undecided: BTreeMap<Address, Undecided>,
    /// What could not be read, in sentences. What hangs on it is undecided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
    /// Changes that would be needed and are not made, each with what stands in the way.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub blocked: BTreeMap<Address, Blocked>,
}

/// A wanted resource of which nothing can be said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undecided {
    /// Its kind.
    pub kind: KindName,
    /// The account it is in.
    pub owner: Owner,
    /// Whose it is.
    pub scope: Scope,
    /// What could not be read, and why.
    pub reason: String,
    /// What it refers to or waits for, where it is that of which nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<Address>,
}

/// One resource's change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The resource's address; for a duplicate and for what nobody asked for, one made of its account and id.
    pub address: Address,
    /// Its kind.
    pub kind: KindName,
    /// The account it is in.
    pub owner: Owner,
    /// Whose it is.
    pub scope: Scope,
    /// What happens to it.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// What tells that what is there is this resource; none for a creation, and for what has no address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identified_by: Option<Source>,
    /// The attributes that differ, for an update or a replacement.
    pub attributes: Vec<AttributeChange>,
    /// What is wanted; none for a deletion.
    pub desired: Option<Resource>,
    /// What is there; none for a creation.
    pub live: Option<Observed<Spec>>,
    /// The tags that it shall carry exactly, where it is given back what it was before; none where it carries the zone's.
    #[serde(default)]
    pub restores: Option<BTreeMap<String, String>>,
    /// For the deletion of a duplicate, or of what is inside of one: the address that it carries, or that the duplicate
    /// carries, and that another resource keeps.
    #[serde(default)]
    pub heals: Option<Address>,
    /// Addresses of this plan's changes that come first when this is created or updated.
    pub after: BTreeSet<Address>,
    /// Addresses of this plan's changes that come before this one's deletion: their own deletion, or the update that makes
    /// them refer to something else.
    pub deleted_after: BTreeSet<Address>,
    /// Addresses of this plan's changes that are made before this one's deletion: they turn away from what goes.
    #[serde(default)]
    pub released_by: BTreeSet<Address>,
}

impl Change {
    /// A change with nothing wanted, nothing live and no order yet: whoever plans it adds what it has.
    pub(crate) fn bare(
        (address, kind): (Address, KindName),
        owner: Owner,
        scope: Scope,
        action: Action,
        reason: Reason,
    ) -> Self {
        Self {
            address,
            kind,
            owner,
            scope,
            action,
            reason,
            identified_by: None,
            attributes: Vec::new(),
            desired: None,
            live: None,
            restores: None,
            heals: None,
            after: BTreeSet::new(),
            deleted_after: BTreeSet::new(),
            released_by: BTreeSet::new(),
        }
    }

    /// True where something alive goes that lz has made: not what failed, nor a duplicate, nor what nobody asked for, nor
    /// what hangs between two resources and holds nothing.
    pub(super) fn takes_what_lives(&self) -> bool {
        let is_own = !matches!(self.reason, Reason::Failed { .. } | Reason::NobodyAsked { .. });
        self.action.deletes() && is_own && self.heals.is_none() && !is_relation(self.kind)
    }

    /// True where what is there refers to what another change is about.
    fn refers_to(&self, other: &Self) -> bool {
        let ids = |change: &Self| Some(ids_in(&change.live.as_ref()?.spec.attributes().ok()?));
        let Some(there) = &other.live else { return false };
        ids(self).is_some_and(|ids| ids.contains(&there.id))
    }
}

/// What happens to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is made.
    Create,
    /// It is changed where it is.
    Update,
    /// It is deleted and made anew.
    Replace,
    /// It is deleted.
    Delete,
}

impl Action {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Delete => "delete",
        }
    }

    /// True where something live goes away.
    #[must_use]
    pub fn deletes(self) -> bool {
        matches!(self, Self::Replace | Self::Delete)
    }

    /// True where something wanted is made or changed.
    #[must_use]
    pub fn builds(self) -> bool {
        !matches!(self, Self::Delete)
    }
}

/// An attribute that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeChange {
    /// Its name.
    pub attribute: String,
    /// What is there.
    pub from: Value,
    /// What is wanted.
    pub to: Value,
}

/// Something that nobody asked for, inside what lz manages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unexpected {
    /// The account it is in.
    pub owner: Owner,
    /// What it is.
    pub observed: Observed<Spec>,
    /// What it is inside of, or otherwise why it is told.
    pub reason: String,
}

/// What keeps a scope from being planned or applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The scope.
    pub scope: Scope,
    /// The resource that it is about, where it is about one.
    #[serde(default)]
    pub address: Option<Address>,
    /// What is wrong and what to do.
    pub message: String,
}

/// Which part of a plan is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All of it.
    Everything,
    /// These scopes.
    Scopes(BTreeSet<Scope>),
}

impl Selection {
    /// True where a scope is meant.
    #[must_use]
    pub fn holds(&self, scope: &Scope) -> bool {
        match self {
            Self::Everything => true,
            Self::Scopes(scopes) => scopes.contains(scope),
        }
    }
}

/// How many resources of a plan are in for what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Made.
    pub create: usize,
    /// Changed.
    pub update: usize,
    /// Made anew.
    pub replace: usize,
    /// Deleted, duplicates included.
    pub delete: usize,
    /// Deleted because they are duplicates, or inside of one.
    #[serde(default)]
    pub duplicates: usize,
    /// As they should be.
    pub unchanged: usize,
}

impl Plan {
    /// A plan that changes nothing.
    #[must_use]
    pub fn empty(zone: Label) -> Self {
        Self {
            zone,
            changes: BTreeMap::new(),
            unchanged: BTreeMap::new(),
            unexpected: Vec::new(),
            problems: Vec::new(),
            undecided: BTreeMap::new(),
            unread: Vec::new(),
            blocked: BTreeMap::new(),
        }
    }

    /// Counts the changes.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let count = |action| self.changes.values().filter(|change| change.action == action).count();
        Summary {
            create: count(Action::Create),
            update: count(Action::Update),
            replace: count(Action::Replace),
            delete: count(Action::Delete),
            duplicates: self.changes.values().filter(|change| change.heals.is_some()).count(),
            unchanged: self.unchanged.len(),
        }
    }

    /// The part of the plan that a selection means. What it leaves out no longer counts as coming first, but for deletions:
    /// what something outside the selection still uses is kept until a later run finds that unused. A replacement can't be
    /// put off, since others wait for what it makes: a scope with such a one is refused, and has no changes.
    #[must_use]
    pub fn only(&self, selection: &Selection) -> Self {
        let mut part = self.clone();
        part.changes.retain(|_, change| selection.holds(&change.scope));
        let refused = self.replaced_under_others(selection);
        part.changes.retain(|_, change| !refused.contains_key(&change.scope));
        part.problems.extend(refused.into_iter().map(|(scope, message)| Problem { scope, address: None, message }));
        // What would only be changed is there, and what the part makes may refer to it as it is.
        let updates = self.changes.iter().filter(|(_, change)| change.action == Action::Update);
        let outside = updates.filter(|(_, change)| !selection.holds(&change.scope));
        let there = outside.filter_map(|(address, change)| Some((address.clone(), change.live.as_ref()?.id.clone())));
        part.unchanged.extend(there);
        part.problems.retain(|problem| selection.holds(&problem.scope));
        part.undecided.retain(|_, one| selection.holds(&one.scope));
        part.blocked.retain(|_, one| selection.holds(&one.change.scope));
        loop {
            let kept: BTreeSet<Address> = part.changes.keys().cloned().collect();
            part.changes.retain(|_, change| {
                let unused = change.deleted_after.is_subset(&kept) && change.released_by.is_subset(&kept);
                change.action != Action::Delete || unused
            });
            if part.changes.len() == kept.len() {
                break;
            }
        }
        let kept: BTreeSet<Address> = part.changes.keys().cloned().collect();
        for change in part.changes.values_mut() {
            change.after.retain(|address| kept.contains(address));
            change.deleted_after.retain(|address| kept.contains(address));
            change.released_by.retain(|address| kept.contains(address));
        }
        part
    }

    /// The scopes inside a selection that replace what is in use outside of it, with a message each: AWS deletes nothing that
    /// others are inside of.
    fn replaced_under_others(&self, selection: &Selection) -> BTreeMap<Scope, String> {
        let mut refused: BTreeMap<Scope, String> = BTreeMap::new();
        let replaced = self.changes.values().filter(|change| change.action == Action::Replace);
        for change in replaced.filter(|change| selection.holds(&change.scope)) {
            let others = change.deleted_after.iter().filter_map(|address| self.changes.get(address));
            let users: Vec<&Change> =
                others.filter(|other| !selection.holds(&other.scope) && other.refers_to(change)).collect();
            let Some(first) = users.first() else { continue };
            let (address, reason, count, user) = (&change.address, &change.reason, users.len(), &first.address);
            let message = format!(
                "{address} would have to be replaced ({reason}) while {user} of {scope} still uses it, which AWS refuses \
                 ({count} in all that this run doesn't change)",
                scope = first.scope
            );
            refused.entry(change.scope.clone()).or_insert(message);
        }
        refused
    }

    /// The changes outside a selection that a change inside it waits for: what has to be applied first.
    #[must_use]
    pub fn missing_for(&self, selection: &Selection) -> BTreeMap<&Address, &Change> {
        self.changes
            .values()
            .filter(|change| selection.holds(&change.scope))
            .flat_map(|change| &change.after)
            .filter_map(|address| self.changes.get_key_value(address))
            .filter(|(_, first)| !selection.holds(&first.scope))
            .collect()
    }
}
