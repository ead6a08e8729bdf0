//! From what is wanted and what is live to the changes between them.

use std::collections::{BTreeMap, BTreeSet};

use super::PlanError;
use super::change::{Action, AttributeChange, Change, Plan, Problem, There, Transition, Unmanaged};
use super::deduplicate::duplicate_address;
use super::departure::{order_departures, put_back_one_by_one};
use super::destruction::Barrier;
use super::detour::turn_together;
use super::evidence::{Authority, Evidence};
use super::knowledge::{Unsure, undecided};
use super::matching::{Identified, identify, own_address};
use super::order::{Order, Step};
use super::parts::whole_of;
use super::reason::Reason;
use super::stages::stage;
use super::tables::order_tables;
use crate::discover::{Live, LiveResource};
use crate::graph::{Address, Dag};
use crate::kinds::{
    Desired, Field, KindName, Realm, Resource, Root, Scope, Spec, State, TAG_ADDRESS, TAG_CLOUD_FORMATION, TAG_ZONE,
};
use crate::values::Label;

/// What is wanted, and the names it goes by.
#[derive(Debug, Clone, Copy)]
pub struct Intent<'a> {
    /// The zone's name.
    pub zone: &'a Label,
    /// The account that the hub is in.
    pub networking: &'a Label,
    /// The tags that everything carries.
    pub tags: &'a BTreeMap<String, String>,
    /// The resources.
    pub desired: &'a Desired,
    /// What becomes of what nobody asked for inside what lz manages.
    pub strangers: Strangers,
    /// What is known of the resources beside what AWS shows.
    pub evidence: &'a Evidence,
    /// What may become of what lz has made.
    pub authority: Authority,
}

/// What becomes of what nobody asked for inside what lz manages: a route that somebody added by hand, or one that the
/// files no longer ask for. The two look alike, since a route carries no tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strangers {
    /// It is told, and left where it is.
    Kept,
    /// It is deleted.
    Removed,
}

impl Intent<'_> {
    /// The tags that the resource of an address carries, but for the run's.
    #[must_use]
    pub fn tags_of(&self, address: &Address) -> BTreeMap<String, String> {
        let mut tags = self.tags.clone();
        tags.insert(TAG_ZONE.to_owned(), self.zone.to_string());
        tags.insert(TAG_ADDRESS.to_owned(), address.to_string());
        tags
    }

    /// Whose an address is; of what is no longer wanted, by the account that its address starts with.
    pub(super) fn scope_of(&self, address: &Address) -> Scope {
        if let Some(wanted) = self.desired.get(address) {
            return wanted.scope.clone();
        }
        match Root::of(address) {
            Root::Account(name) if name == *self.networking => Scope::Hub,
            Root::Account(name) => Scope::Workload(name),
            Root::Organization | Root::Unknown => Scope::Organization,
        }
    }
}

/// The changes that make AWS hold what is wanted. What nobody asked for is told, and left where it is unless what it is
/// inside of goes.
///
/// # Errors
/// Where what is wanted contradicts itself.
pub fn plan(intent: &Intent<'_>, live: &Live) -> Result<Plan, PlanError> {
    let dependencies: BTreeMap<Address, BTreeSet<Address>> =
        intent.desired.iter().map(|(address, resource)| (address.clone(), resource.dependencies())).collect();
    Dag::new(dependencies.clone())?;
    let identified = identify(intent.zone, intent.desired, live, intent.evidence);
    let undecided = undecided(intent, live, &identified);
    let plan = Plan::empty(intent.zone.clone());
    let mut planning = Planning { intent, live, identified: &identified, undecided: &undecided, plan };
    planning.plan.note_undecided(intent, &undecided);
    planning.plan.unread = live.unread_parts().into_values().collect();
    planning.problems();
    planning.wanted();
    planning.no_longer_wanted();
    planning.deduplicate();
    if intent.strangers == Strangers::Removed {
        planning.remove_strangers();
    }
    planning.follow();
    planning.keep_what_is_costly();
    planning.refuse_blocked_replacements();
    planning.no_longer_listed();
    planning.leave_parts();
    planning.block_obstructed();
    planning.tell_lifted_protections();
    planning.unmanaged();
    planning.plan.refuse_undecided(intent.authority);
    planning.order(&dependencies);
    Ok(planning.plan)
}

pub(super) struct Planning<'a> {
    pub(super) intent: &'a Intent<'a>,
    pub(super) live: &'a Live,
    pub(super) identified: &'a Identified<'a>,
    /// Wanted resources of which nothing can be said.
    pub(super) undecided: &'a BTreeMap<Address, Unsure>,
    pub(super) plan: Plan,
}

impl Planning<'_> {
    fn problems(&mut self) {
        for (name, error) in &self.live.unreadable {
            let scope = if name == self.intent.networking { Scope::Hub } else { Scope::Workload(name.clone()) };
            let message = format!("account {name} can't be read: {error}");
            self.plan.unreadable.insert(scope.clone(), message.clone());
            self.plan.problems.push(Problem { scope, address: None, message });
        }
    }

    pub(super) fn create(&mut self, address: &Address, resource: &Resource, reason: Reason) {
        self.change(address, resource, reason, Transition::Create { wanted: resource.clone().into() });
    }

    pub(super) fn update(
        &mut self,
        address: &Address,
        resource: &Resource,
        there: &LiveResource,
        reason: Reason,
        attributes: Vec<AttributeChange>,
    ) {
        let (there, wanted) = (self.there(address, there), resource.clone().into());
        self.change(address, resource, reason, Transition::Update { there, wanted, attributes, stages: Vec::new() });
    }

    /// Replaces it, whatever stands in the way.
    pub(super) fn remake(
        &mut self,
        address: &Address,
        resource: &Resource,
        there: &LiveResource,
        reason: Reason,
        attributes: Vec<AttributeChange>,
    ) {
        let (there, wanted) = (self.there(address, there), resource.clone().into());
        self.change(address, resource, reason, Transition::Replace { there, wanted, attributes });
    }

    fn change(&mut self, address: &Address, resource: &Resource, reason: Reason, transition: Transition) {
        let (owner, scope) = (resource.owner.clone(), resource.scope.clone());
        let change = Change { address: address.clone(), owner, scope, reason, transition };
        self.plan.unchanged.remove(address);
        self.plan.changes.insert(address.clone(), change);
    }

    fn there(&self, address: &Address, there: &LiveResource) -> There {
        let identified_by = self.identified.sources.get(address).copied();
        There { observed: there.observed.clone(), identified_by }
    }

    /// What lz made and the files no longer ask for.
    fn no_longer_wanted(&mut self) {
        for (address, there) in &self.identified.by_address {
            let kind = there.observed.spec.kind();
            let wanted = self.intent.desired.contains_key(address);
            if !wanted && there.observed.tags.contains_key(TAG_CLOUD_FORMATION) {
                self.tell_unmanaged(there, "a CloudFormation stack made it, and lz changes nothing of one".to_owned());
                continue;
            }
            if !wanted && there.observed.spec.is_retained() {
                self.tell_unmanaged(there, "nothing asks for it any more, and its DeletionPolicy keeps it".to_owned());
                continue;
            }
            if !wanted && kind.deletable() && there.observed.state != State::Deleting {
                let scope = self.intent.scope_of(address);
                self.delete(address.clone(), there, scope, Reason::NoLongerWanted);
                if let Some(barrier) = self.barrier(address, there) {
                    self.block(address, barrier);
                }
            }
        }
    }

    pub(super) fn delete(&mut self, address: Address, there: &LiveResource, scope: Scope, reason: Reason) {
        self.go(address, there, scope, reason, None);
    }

    /// Deletes it. What is in its place has the address that it is a duplicate of.
    pub(super) fn go(
        &mut self,
        address: Address,
        there: &LiveResource,
        scope: Scope,
        reason: Reason,
        duplicate_of: Option<Address>,
    ) {
        let owner = there.owner.clone();
        let there = self.there(&address, there);
        let transition = Transition::Delete { there, attributes: Vec::new(), duplicate_of };
        self.plan.changes.insert(address.clone(), Change { address, owner, scope, reason, transition });
    }

    /// What refers to something that goes has to go with it, or to be pointed elsewhere.
    fn follow(&mut self) {
        loop {
            let gone: BTreeMap<Address, Scope> = self
                .plan
                .changes
                .values()
                .filter(|change| change.action().deletes())
                .map(|change| (change.address.clone(), change.scope.clone()))
                .collect();
            let mut grown = false;
            for (address, there) in self.identified.by_address.clone() {
                grown |= match there.observed.state {
                    State::Deleting => self.follow_leaving(&address, there, &gone),
                    _ => self.follow_one(&address, there, &gone),
                };
            }
            for there in self.identified.loose() {
                let inside =
                    self.identified.spec(there).addresses().into_iter().find(|parent| gone.contains_key(parent));
                let address = stranger_address(there);
                let Some(parent) = inside.filter(|_| !self.plan.changes.contains_key(&address)) else { continue };
                if there.observed.spec.kind().deletable() {
                    let scope = gone.get(&parent).cloned().unwrap_or(Scope::Hub);
                    self.delete(address, there, scope, Reason::Inside { parent });
                    grown = true;
                }
            }
            if !grown {
                return;
            }
        }
    }

    /// What is being deleted is in the way of the deletion of what it is inside of: that waits until it is gone.
    fn follow_leaving(&mut self, address: &Address, there: &LiveResource, gone: &BTreeMap<Address, Scope>) -> bool {
        let is_settled = self.plan.changes.get(address).is_some_and(|change| change.action().deletes());
        if is_settled || self.plan.blocked.contains_key(address) || self.undecided.contains_key(address) {
            return false;
        }
        let around = self.identified.spec(there).addresses();
        let Some(parent) = around.into_iter().find(|parent| gone.contains_key(parent)) else { return false };
        match self.intent.desired.get(address) {
            Some(resource) => self.remake(address, resource, there, Reason::BeingDeleted, Vec::new()),
            None if there.observed.spec.kind().deletable() => {
                let scope = self.intent.scope_of(address);
                self.delete(address.clone(), there, scope, Reason::Inside { parent });
            }
            None => return false,
        }
        true
    }

    fn follow_one(&mut self, address: &Address, there: &LiveResource, gone: &BTreeMap<Address, Scope>) -> bool {
        let Some(resource) = self.intent.desired.get(address) else { return false };
        let is_settled = self.plan.changes.get(address).is_some_and(|change| change.action() != Action::Update);
        if is_settled || self.plan.blocked.contains_key(address) || self.undecided.contains_key(address) {
            return false;
        }
        let live = self.identified.spec(there);
        // What it refers to before and after can be recreated only once nothing refers to it.
        let wanted = resource.spec.addresses();
        let held = |parent: &Address| {
            wanted.contains(parent) && self.plan.changes.get(parent).is_some_and(|change| change.kind().held())
        };
        let mut moved: Vec<(Field, bool)> = Vec::new();
        for field in live.fields() {
            let parents: Vec<Address> =
                live.addresses_of(&field).into_iter().filter(|parent| gone.contains_key(parent)).collect();
            if !parents.is_empty() {
                let is_remade = field.is_immutable() || parents.iter().any(held);
                moved.push((field, is_remade));
            }
        }
        let Some((field, _)) = moved.first() else { return false };
        if moved.iter().any(|(_, remade)| *remade) {
            let reason = Reason::Follows { attribute: field.clone() };
            self.remake(address, resource, there, reason, Vec::new());
            // It is inside of what may go: that lz made that is enough.
            let barrier = self.barrier(address, there).filter(|barrier| *barrier != Barrier::NotKnownByItsId);
            if let Some(barrier) = barrier {
                self.block(address, barrier);
            }
            return self.plan.changes.contains_key(address);
        }
        if self.plan.changes.contains_key(address) {
            return false;
        }
        let reason = Reason::Follows { attribute: field.clone() };
        self.update(address, resource, there, reason, Vec::new());
        true
    }

    /// Rules of workloads in the firewall that their account's file no longer asks for. They carry lz's mark in their
    /// metadata, so that they are lz's own without a tag. Those of an account that has no file any more stay, as all stays
    /// that lz built for it.
    fn no_longer_listed(&mut self) {
        for there in self.identified.strangers.clone() {
            let Some(scope) = self.scope_of_rules(there) else { continue };
            let address = stranger_address(there);
            let is_read = self.is_all_read(there.observed.spec.kind(), &there.owner);
            let is_sure = is_read && !self.live.may_be_of_unread(&there.observed);
            if is_sure && !self.plan.changes.contains_key(&address) {
                self.delete(address, there, scope, Reason::NoLongerWanted);
            }
        }
    }

    /// The workload whose rules in the firewall something is, where its account has a file.
    fn scope_of_rules(&self, there: &LiveResource) -> Option<Scope> {
        let Spec::FirewallWorkloadRules(rules) = &there.observed.spec else { return None };
        let account = rules.workload.split('.').next().unwrap_or_default();
        let scope = Label::parse(account).map(Scope::Workload).ok()?;
        self.intent.desired.values().any(|resource| resource.scope == scope).then_some(scope)
    }

    /// What nobody asked for, and the managed resource that it is inside of.
    ///
    /// What can't be deleted was made by AWS along with something else, which is told if nobody asked for that.
    fn strangers(&self) -> Vec<(&LiveResource, Address)> {
        let mut found = Vec::new();
        for there in &self.identified.strangers {
            let kind = there.observed.spec.kind();
            let inside = self.inside(there);
            let counts = kind.realm() != Realm::Organization
                && kind.deletable()
                && there.observed.state != State::Deleting
                && !self.is_of_users(there)
                && !(kind.told_by_whole() && whole_of(self.identified, there).is_some())
                && !self.ends_with_whole(there);
            found.extend(inside.filter(|_| counts).map(|parent| (*there, parent)));
        }
        found
    }

    /// The managed resource that it is inside of: one of its own account where there is one.
    fn inside(&self, there: &LiveResource) -> Option<Address> {
        let around = self.identified.spec(there).addresses();
        let is_near = |address: &&Address| {
            self.identified.by_address.get(*address).is_some_and(|parent| parent.owner == there.owner)
        };
        around.iter().find(is_near).or(around.first()).cloned()
    }

    fn is_of_users(&self, there: &LiveResource) -> bool {
        there.observed.spec.kind().left_to_users() && own_address(self.intent.zone, there).is_none()
    }

    /// What may belong to an account that was not read stays: it would cut off a workload that nobody could look at.
    fn remove_strangers(&mut self) {
        let found: Vec<(LiveResource, Address)> =
            self.strangers().into_iter().map(|(there, parent)| (there.clone(), parent)).collect();
        for (there, parent) in found {
            if self.live.may_be_of_unread(&there.observed) || self.may_be_own(&there) {
                continue;
            }
            if self.scope_of_rules(&there).is_some() {
                continue;
            }
            let scope = self.intent.scope_of(&parent);
            if self.is_all_read(there.observed.spec.kind(), &there.owner) {
                self.delete(stranger_address(&there), &there, scope, Reason::NobodyAsked { parent });
            }
        }
    }

    /// True for what carries a tag of lz's, unless another one is known by its id to be what the tag names.
    fn may_be_own(&self, there: &LiveResource) -> bool {
        let tags = &there.observed.tags;
        let is_known = |address: Address| self.identified.sources.get(&address).is_some_and(|source| source.knows_id());
        let is_others = tags.get(TAG_ADDRESS).and_then(|text| Address::parse(text).ok()).is_some_and(is_known);
        let is_doubtful = self.identified.doubts.values().flatten().any(|one| one.observed.id == there.observed.id);
        is_doubtful || (!is_others && [TAG_ADDRESS, TAG_ZONE].iter().any(|key| tags.contains_key(*key)))
    }

    fn unmanaged(&mut self) {
        let found: Vec<(LiveResource, Address)> =
            self.strangers().into_iter().map(|(there, parent)| (there.clone(), parent)).collect();
        for (there, parent) in found {
            if !self.plan.changes.contains_key(&stranger_address(&there)) {
                self.tell_unmanaged(&there, format!("nobody asked for it inside {parent}"));
            }
        }
        self.tell_duplicates();
    }

    pub(super) fn tell_unmanaged(&mut self, there: &LiveResource, reason: String) {
        let (owner, observed) = (there.owner.clone(), there.observed.clone());
        self.plan.unmanaged.push(Unmanaged { owner, observed, reason });
    }

    /// Which changes come before which.
    fn order(&mut self, dependencies: &BTreeMap<Address, BTreeSet<Address>>) {
        let stages = stage(&mut self.plan.changes, self.identified);
        self.refuse_impossible(&stages.impossible);
        self.plan.unchanged.retain(|address, _| !self.plan.changes.contains_key(address));
        self.plan.led_round.clone_from(&stages.led_round);
        let building: BTreeSet<Address> = self.addresses_that(Action::builds);
        let deleting: BTreeSet<Address> = self.addresses_that(Action::deletes);
        let mut order = Order::default();
        for address in &deleting {
            for parent in self.live_dependencies(address, dependencies) {
                // What is a part ends with its whole: a route to a firewall's endpoint goes before the firewall.
                let part = self.identified.by_address.get(&parent).filter(|_| !deleting.contains(&parent));
                let whole = part.and_then(|part| whole_of(self.identified, part));
                let parent = whole.unwrap_or(parent);
                if parent != *address && deleting.contains(&parent) {
                    order.wait(Step::delete(&parent), Step::delete(address));
                }
            }
        }
        self.order_by_ids(&mut order);
        self.order_duplicates(&mut order);
        for address in &building {
            let wanted = dependencies.get(address).into_iter().flatten();
            for first in wanted.filter(|dependency| building.contains(*dependency)) {
                order.wait(Step::build(address), Step::build(first));
            }
        }
        self.order_obstructions(&mut order);
        stages.order(&self.plan.changes, &mut order);
        order_departures(&self.plan.changes, &mut order, self.identified);
        order_tables(&self.plan.changes, &mut order, self.identified);
        put_back_one_by_one(&self.plan.changes, &mut order);
        turn_together(&self.plan.changes, &mut order);
        self.plan.order = order;
    }

    /// What refers to something that goes by its id goes before it: what has no address of its own can't be referred to
    /// otherwise.
    fn order_by_ids(&self, order: &mut Order) {
        let deleting = || self.plan.changes.values().filter(|change| change.action().deletes());
        let by_id: BTreeMap<&str, &Address> =
            deleting().filter_map(|change| Some((change.id()?, &change.address))).collect();
        for change in deleting() {
            let Some(live) = change.live() else { continue };
            for id in live.spec.ids() {
                if let Some(target) = by_id.get(id.as_str()).filter(|target| ***target != change.address) {
                    order.wait(Step::delete(target), Step::delete(&change.address));
                }
            }
        }
    }

    /// Refuses the scopes of what would hold no subnet for a while, which AWS does not let be.
    fn refuse_impossible(&mut self, holders: &BTreeSet<Address>) {
        for address in holders {
            let Some(scope) = self.plan.changes.get(address).map(|change| change.scope.clone()) else { continue };
            let message = format!(
                "{address} would be in no subnet for a while, since none of its new subnets can be made before all old ones \
                 are gone; give them ranges in lz.lock that overlap with none of the old ones, or change one Availability \
                 Zone after the other"
            );
            self.plan.problems.push(Problem { scope, address: None, message });
        }
    }

    pub(super) fn addresses_that(&self, holds: fn(Action) -> bool) -> BTreeSet<Address> {
        self.plan
            .changes
            .values()
            .filter(|change| holds(change.action()))
            .map(|change| change.address.clone())
            .collect()
    }

    /// What a live resource depends on: what it refers to now, and what it waited for when it was made.
    fn live_dependencies(
        &self,
        address: &Address,
        dependencies: &BTreeMap<Address, BTreeSet<Address>>,
    ) -> BTreeSet<Address> {
        let mut found = dependencies.get(address).cloned().unwrap_or_default();
        let known = self.identified.by_address.get(address).copied();
        let stranger = || self.identified.loose().find(|there| stranger_address(there) == *address);
        let deduplicated = || self.identified.deduplicated().find(|there| duplicate_address(there) == *address);
        if let Some(there) = known.or_else(stranger).or_else(deduplicated) {
            found.extend(self.identified.spec(there).addresses());
        }
        found
    }
}

/// An address for what nobody asked for: it stands in plans and reports only.
#[must_use]
pub fn stranger_address(there: &LiveResource) -> Address {
    address_by_id(there, "unmanaged")
}

pub(super) fn address_by_id(there: &LiveResource, group: &str) -> Address {
    let kind: KindName = there.observed.spec.kind();
    Address::root(&there.owner).child(group).child(kind.as_str()).child(&there.observed.id)
}
