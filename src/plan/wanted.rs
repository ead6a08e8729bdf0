//! Every wanted resource against the live one of its address.

use super::build::Planning;
use super::change::{Attribute, AttributeChange, Problem};
use super::compare::{differences, tag_differences};
use super::destruction::Barrier;
use super::evidence::Authority;
use super::reason::Reason;
use crate::discover::LiveResource;
use crate::graph::Address;
use crate::kinds::{KindName, Owner, Resource, State, TAG_CLOUD_FORMATION};

impl Planning<'_> {
    /// Compares every wanted resource with the live one of its address.
    pub(super) fn wanted(&mut self) {
        for (address, resource) in self.intent.desired {
            if self.undecided.contains_key(address) {
                continue;
            }
            match self.identified.by_address.get(address) {
                None if self.is_lost_account(address, resource) => {}
                None => {
                    let reason = self.absent(resource);
                    let needs_account =
                        matches!(reason, Reason::NoAccount { .. }) || resource.spec.kind() == KindName::Account;
                    self.create(address, resource, reason);
                    if needs_account && self.intent.authority == Authority::Repair {
                        self.block(address, Barrier::NoAccount);
                    }
                }
                Some(there) => self.compare(address, resource, there),
            }
        }
    }

    /// An account whose id the lock pins and that is not in the organization is no reason to make another one.
    fn is_lost_account(&mut self, address: &Address, resource: &Resource) -> bool {
        let pinned = self.intent.evidence.pinned.get(address).filter(|_| resource.spec.kind() == KindName::Account);
        if let Some(id) = pinned {
            let message = format!("account {id}, which lz.lock pins for {address}, is not in the organization");
            self.problem(address, resource, message);
        }
        pinned.is_some()
    }

    fn absent(&self, resource: &Resource) -> Reason {
        match &resource.owner {
            Owner::Account(name) if self.live.organization.is_none() || !self.live.accounts.contains_key(name) => {
                Reason::NoAccount { account: name.clone() }
            }
            _ => Reason::Absent,
        }
    }

    fn compare(&mut self, address: &Address, resource: &Resource, there: &LiveResource) {
        let kind = resource.spec.kind();
        if let Some(stack) = there.observed.tags.get(TAG_CLOUD_FORMATION) {
            let message = format!(
                "{address} is {}, which the CloudFormation stack {stack} made; take it out of that stack first, and keep it \
                 there (DeletionPolicy: Retain)",
                there.observed.id
            );
            self.problem(address, resource, message);
            return;
        }
        match &there.observed.state {
            State::Failed(message) if kind.deletable() => {
                let reason = Reason::Failed { message: message.to_string() };
                match self.is_all_read(kind, &resource.owner) {
                    true => self.remake(address, resource, there, reason, Vec::new()),
                    false => self.replace(address, resource, there, reason, Vec::new()),
                }
                return;
            }
            State::Failed(message) => {
                let message = format!("{kind} {address}: {message}", kind = kind.as_str());
                self.problem(address, resource, message);
                return;
            }
            State::Deleting => {
                self.create(address, resource, Reason::BeingDeleted);
                return;
            }
            State::Ready | State::Pending(_) => {}
        }
        let mut attributes = differences(&resource.spec, &self.identified.spec(there));
        let replaced = attributes.iter().map(|change| &change.attribute).filter(|one| one.is_immutable());
        let replaced: Vec<Attribute> = replaced.cloned().collect();
        if !replaced.is_empty() && !kind.deletable() {
            let names = replaced.iter().map(Attribute::name).collect::<Vec<_>>().join(" and ");
            let message = format!("{address} has another {names} than the files say, which lz can't change");
            self.problem(address, resource, message);
            return;
        }
        if !replaced.is_empty() && resource.spec.as_stack_resource().is_some_and(|one| one.keeps_replaced) {
            let names = replaced.iter().map(Attribute::name).collect::<Vec<_>>().join(" and ");
            let message = format!(
                "{address} would be replaced for another {names}, and its UpdateReplacePolicy keeps the old one; give the new \
                 one a logical id of its own, and keep the old one until it is not needed"
            );
            self.problem(address, resource, message);
            return;
        }
        if !replaced.is_empty() {
            self.replace(address, resource, there, Reason::Immutable { attributes: replaced }, attributes);
            return;
        }
        if resource.spec.takes_tags() {
            attributes.extend(tag_differences(&self.intent.tags_of(address), &there.observed.tags));
        }
        if let State::Pending(word) = &there.observed.state {
            let (from, to) = (word.clone().into(), "ready".into());
            attributes.push(AttributeChange { attribute: Attribute::State, from, to });
        }
        if attributes.is_empty() {
            self.plan.unchanged.insert(address.clone(), there.observed.id.clone());
        } else {
            let names = attributes.iter().map(|change| change.attribute.clone()).collect();
            self.update(address, resource, there, Reason::Differs { attributes: names }, attributes);
        }
    }

    /// Replaces what is alive, unless something stands in the way.
    pub(super) fn replace(
        &mut self,
        address: &Address,
        resource: &Resource,
        there: &LiveResource,
        reason: Reason,
        attributes: Vec<AttributeChange>,
    ) {
        self.remake(address, resource, there, reason, attributes);
        if let Some(barrier) = self.barrier(address, there) {
            self.block(address, barrier);
        }
    }

    fn problem(&mut self, address: &Address, resource: &Resource, message: String) {
        let (scope, address) = (resource.scope.clone(), Some(address.clone()));
        self.plan.problems.push(Problem { scope, address, message });
    }
}
