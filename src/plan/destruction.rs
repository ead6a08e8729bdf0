//! What may be deleted or replaced. Pure.
//!
//! Destruction needs knowledge. Something alive that lz has made is deleted or replaced only where
//!
//! - lz made it, by more than an address in a tag: the lock or the journal knows its id;
//! - the files stopped asking for it, or changed what AWS can't change, since it was built;
//! - everything that could refer to it was read in this very look;
//! - the command may do so: a repair may not, and what is costly to lose, or a lot at once, needs `--allow-removals`.
//!
//! What has failed for good goes by whoever has made it. What hangs between two resources and holds nothing, such as a
//! route or an association, is put back where AWS wants it taken off first.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::build::{Planning, Strangers};
use super::change::{Attribute, AttributeChange, Change, Problem, Transition};
use super::evidence::{Authority, Source};
use super::reason::Reason;
use crate::discover::LiveResource;
use crate::graph::Address;
use crate::kinds::firewall::FirewallField;
use crate::kinds::{KindName, Owner, Scope, Spec, Tagging};

/// How many resources that the files stopped asking for may go at once without `--allow-removals`.
const MANY: usize = 20;

/// A change that would be needed and is not made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Blocked {
    /// The change.
    pub change: Change,
    /// What stands in its way.
    pub barrier: Barrier,
}

/// What stands in the way of a deletion or a replacement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Barrier {
    /// Nothing but its tags says that lz has made it.
    NotKnownByItsId,
    /// What could refer to it was not read.
    NotAllRead,
    /// A repair replaces and deletes nothing that lz has made.
    Repair,
    /// It is costly to lose, or it goes together with what is.
    Costly,
    /// A repair creates no account, and nothing in one that does not exist.
    NoAccount,
    /// It goes together with many others: how many.
    Many(usize),
    /// Something that AWS lets be only once, and that lz has not made, is in its place.
    InTheWay {
        /// AWS's id of it.
        id: String,
        /// True where removals are allowed, and it may not go all the same.
        is_allowed: bool,
    },
    /// It needs something that is not made.
    Needs {
        /// What.
        address: Address,
    },
}

impl fmt::Display for Barrier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotKnownByItsId => formatter.write_str(
                "only its tags say that lz made it, and tags can be copied; `lz lock --rebuild` pins what is lz's",
            ),
            Self::NotAllRead => formatter.write_str("what may refer to it could not be read"),
            Self::Repair => formatter.write_str("a repair deletes and replaces nothing that lz made"),
            Self::Costly => formatter.write_str("it is costly to lose, or goes with what is; add --allow-removals"),
            Self::NoAccount => formatter.write_str("a repair creates no account"),
            Self::InTheWay { id, is_allowed: false } => {
                write!(formatter, "{id}, which lz has not made, is in its way; --allow-removals deletes that first")
            }
            Self::InTheWay { id, is_allowed: true } => {
                write!(formatter, "{id}, which lz has not made, is in its way, and may not be deleted")
            }
            Self::Needs { address } => write!(formatter, "it needs {address}, which is not made"),
            Self::Many(count) => write!(formatter, "{count} resources would go at once; add --allow-removals"),
        }
    }
}

/// True for what hangs between two resources and holds nothing itself: to put it back loses nothing.
pub(super) fn is_relation(kind: KindName) -> bool {
    kind.made() && kind.tagging() == Tagging::None && kind.deletable()
}

impl Planning<'_> {
    /// What stands in the way of deleting or replacing something alive that lz has made, before it is known what else goes.
    pub(super) fn barrier(&self, address: &Address, there: &LiveResource) -> Option<Barrier> {
        let kind = there.observed.spec.kind();
        if !self.is_all_read(kind, &there.owner) {
            return Some(Barrier::NotAllRead);
        }
        if is_relation(kind) {
            return None;
        }
        if self.intent.authority == Authority::Repair {
            return Some(Barrier::Repair);
        }
        let knows_id = self.identified.sources.get(address).copied().is_some_and(Source::knows_id);
        (!knows_id).then_some(Barrier::NotKnownByItsId)
    }

    /// True where everything was read that could refer to something of a kind in an account.
    pub(super) fn is_all_read(&self, kind: KindName, owner: &Owner) -> bool {
        if kind.shared() { self.live.knows_all() } else { self.live.knows_all_of(owner) }
    }

    /// Takes out of the plan what the command may not do without being allowed to. A scope that would be half torn down is
    /// left whole; one that can't be brought to what the files say is refused.
    pub(super) fn keep_what_is_costly(&mut self) {
        let is_allowed = self.intent.strangers == Strangers::Removed;
        if is_allowed || self.intent.authority == Authority::Repair {
            return;
        }
        let mut going: BTreeMap<Scope, Vec<Address>> = BTreeMap::new();
        let mut costly: BTreeMap<Scope, Barrier> = BTreeMap::new();
        let mut replaced: Vec<(Scope, Address)> = Vec::new();
        for change in self.plan.changes.values() {
            let has_lost = change.takes_what_lives() && change.live().is_some_and(|live| live.spec.is_costly());
            if change.action().builds() {
                replaced.extend(has_lost.then(|| (change.scope.clone(), change.address.clone())));
            } else if matches!(change.reason, Reason::NoLongerWanted | Reason::Inside { .. }) {
                going.entry(change.scope.clone()).or_default().push(change.address.clone());
                if has_lost {
                    costly.insert(change.scope.clone(), Barrier::Costly);
                }
            }
        }
        let count: usize = going.values().map(Vec::len).sum();
        for (scope, addresses) in going {
            let barrier = match costly.get(&scope) {
                Some(barrier) => barrier.clone(),
                None if count > MANY => Barrier::Many(count),
                None => continue,
            };
            for address in addresses {
                self.block(&address, barrier.clone());
            }
        }
        for (scope, address) in replaced {
            self.refuse(scope, &address, &Barrier::Costly);
        }
    }

    /// Tells that the protections of a firewall that goes are turned off for it: that is a change of its own.
    pub(super) fn tell_lifted_protections(&mut self) {
        for change in self.plan.changes.values_mut() {
            let (Transition::Replace { there, attributes, .. } | Transition::Delete { there, attributes, .. }) =
                &mut change.transition
            else {
                continue;
            };
            let Spec::Firewall(firewall) = &there.observed.spec else { continue };
            let protections = [
                (FirewallField::delete_protection, firewall.delete_protection),
                (FirewallField::subnet_change_protection, firewall.subnet_change_protection),
                (FirewallField::policy_change_protection, firewall.policy_change_protection),
            ];
            for (field, _) in protections.into_iter().filter(|(_, is_on)| *is_on) {
                let (attribute, from, to) = (Attribute::from(field), true.into(), false.into());
                attributes.retain(|one| one.attribute != attribute);
                attributes.push(AttributeChange { attribute, from, to });
            }
        }
    }

    /// Leaves a change out of the plan, and says why.
    pub(super) fn block(&mut self, address: &Address, barrier: Barrier) {
        if let Some(change) = self.plan.changes.remove(address) {
            self.plan.blocked.insert(address.clone(), Blocked { change, barrier });
        }
    }

    /// Refuses a scope that needs a replacement which is not made.
    fn refuse(&mut self, scope: Scope, address: &Address, barrier: &Barrier) {
        self.block(address, barrier.clone());
        self.plan.changes.retain(|_, change| change.scope != scope);
        let Some(reason) = self.plan.blocked.get(address).map(|one| one.change.reason.clone()) else { return };
        let message = format!("{address} would have to be replaced ({reason}), and is not: {barrier}");
        let is_told = self.plan.problems.iter().any(|problem| problem.scope == scope && problem.address.is_none());
        if !is_told {
            self.plan.problems.push(Problem { scope, address: None, message });
        }
    }

    /// Refuses the scopes whose replacements stand blocked, where the files are to be brought about.
    pub(super) fn refuse_blocked_replacements(&mut self) {
        if self.intent.authority == Authority::Repair {
            return;
        }
        let blocked = self.plan.blocked.values().filter(|one| one.change.action().builds());
        let all: Vec<(Scope, Address, Barrier)> =
            blocked.map(|one| (one.change.scope.clone(), one.change.address.clone(), one.barrier.clone())).collect();
        for (scope, address, barrier) in all {
            self.refuse(scope, &address, &barrier);
        }
    }
}
