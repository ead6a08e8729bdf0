//! Back to what was there before a run. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::build::Intent;
use super::change::{Action, Change, Plan, Problem, There, Transition, Wanted};
use super::compare::tag_differences;
use super::departure::order_departures;
use super::detour::turn_together;
use super::foundation::{Foundation, Sake};
use super::matching::{Identified, identify};
use super::order::{Order, Step};
use super::parts::whole_of;
use super::reason::Reason;
use super::stages::stage;
use crate::discover::{Live, LiveResource};
use crate::graph::{Address, AnyRef};
use crate::kinds::{KindName, Observed, Owner, Resource, Scope, Spec, State, TAG_RUN};

/// What a run has changed, and how it was before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touched {
    /// The account it is in.
    pub owner: Owner,
    /// Whose it is.
    pub scope: Scope,
    /// Its kind.
    pub kind: KindName,
    /// How it was before the run touched it first; none where it was not there.
    pub before: Option<Observed<Spec>>,
    /// Where it was deleted as a duplicate, or inside of one: the address that another resource has kept.
    pub duplicate_of: Option<Address>,
    /// True where a later run has changed it since.
    pub superseded: bool,
    /// The runs that are undone together: what was not there before is theirs where its tag names one of them.
    pub makers: BTreeSet<String>,
}

/// Something that stays as the run has left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// What.
    pub address: Address,
    /// Whose it is.
    #[serde(skip)]
    pub scope: Scope,
    /// Why.
    pub reason: String,
}

/// The changes that give what a run has touched its state from before, and what can't have it.
///
/// What the run did not touch, or somebody else has made since, is left alone. So is what something that stays is built on,
/// such as the route table that a finished workload is associated with: nothing goes from under what stays, by the rule
/// that `foundation` tells.
#[must_use]
pub fn rollback(
    intent: &Intent<'_>,
    live: &Live,
    run: &str,
    touched: &BTreeMap<Address, Touched>,
) -> (Plan, Vec<Kept>) {
    let identified = identify(intent.zone, intent.desired, live, intent.evidence);
    let mut undoing =
        Undoing { intent, run, touched, identified: &identified, changes: BTreeMap::new(), kept: Vec::new() };
    let unseen = undoing.unseen(live);
    let mut problems = Vec::new();
    for (address, one) in touched {
        match unseen.get(address) {
            None => undoing.undo(address, one),
            Some(reason) => {
                let message = format!("{address} may be left: {reason}");
                problems.push(Problem { scope: one.scope.clone(), address: None, message });
            }
        }
    }
    undoing.follow_remade();
    undoing.keep_shared(live);
    undoing.keep_foundations();
    undoing.leave_parts();
    let order = undoing.order();
    let Undoing { changes, kept, .. } = undoing;
    let unchanged = identified
        .by_address
        .iter()
        .filter(|(address, _)| !changes.contains_key(*address))
        .map(|(address, there)| (address.clone(), there.observed.id.clone()))
        .collect();
    let plan = Plan { changes, order, unchanged, problems, ..Plan::empty(intent.zone.clone()) };
    (plan, kept)
}

struct Undoing<'a> {
    intent: &'a Intent<'a>,
    run: &'a str,
    touched: &'a BTreeMap<Address, Touched>,
    identified: &'a Identified<'a>,
    changes: BTreeMap<Address, Change>,
    kept: Vec<Kept>,
}

impl<'a> Undoing<'a> {
    /// What can't be undone, since it was not seen: neither that it is there nor that it is not. What is not seen and hangs on
    /// such a thing may be there, too.
    fn unseen(&self, live: &Live) -> BTreeMap<Address, String> {
        let unknown = |owner: &Owner, kind: KindName| live.unknown(owner, kind).map(|unknown| unknown.to_string());
        let own = self.touched.iter().filter_map(|(address, one)| Some((address, unknown(&one.owner, one.kind)?)));
        let mut unseen: BTreeMap<Address, String> = own.map(|(address, reason)| (address.clone(), reason)).collect();
        if live.knows_all() {
            return unseen;
        }
        let mut refers: BTreeMap<&Address, BTreeSet<Address>> = BTreeMap::new();
        for (address, one) in self.touched {
            if self.identified.by_address.contains_key(address) {
                continue;
            }
            let wanted = self.intent.desired.get(address).map(|wanted| wanted.spec.addresses());
            let before = one.before.as_ref().map(|before| self.by_address(&before.spec).addresses());
            refers.insert(address, wanted.into_iter().chain(before).flatten().collect());
        }
        let of_wanted = |address: &Address| {
            let wanted = self.intent.desired.get(address)?;
            unknown(&wanted.owner, wanted.spec.kind())
        };
        loop {
            let mut more = Vec::new();
            for (address, targets) in refers.iter().filter(|(address, _)| !unseen.contains_key(**address)) {
                let known = |one: &Address| unseen.get(one).cloned().or_else(|| of_wanted(one));
                if let Some((target, reason)) = targets.iter().find_map(|one| Some((one, known(one)?))) {
                    let reason = format!("it hangs on {target}, of which nothing is known: {reason}");
                    more.push(((*address).clone(), reason));
                }
            }
            if more.is_empty() {
                return unseen;
            }
            unseen.extend(more);
        }
    }

    /// What accounts that were not read may use, and AWS would take from them without a word, is kept.
    fn keep_shared(&mut self, live: &Live) {
        if live.knows_all() {
            return;
        }
        let is_shared = |change: &Change| change.action().deletes() && change.kind().shared();
        let shared: Vec<Address> =
            self.changes.values().filter(|change| is_shared(change)).map(|change| change.address.clone()).collect();
        for address in shared {
            self.changes.remove(&address);
            if let Some(one) = self.touched.get(&address) {
                self.keep(&address, one, "what may use it could not be read");
            }
        }
    }

    fn undo(&mut self, address: &Address, one: &'a Touched) {
        // What nobody had asked for has an address in plans only: it is there where its deletion was refused.
        let is_before =
            |there: &&LiveResource| one.before.as_ref().is_some_and(|before| before.id == there.observed.id);
        let loose = || self.identified.loose().find(is_before);
        let there = self.identified.by_address.get(address).copied().or_else(loose);
        if one.superseded {
            self.keep(address, one, "another run has changed it since");
            return;
        }
        if one.duplicate_of.is_some() {
            // That there were two was never wanted, and what referred to this one now refers to the other.
            self.keep(address, one, "a duplicate is not recreated");
            return;
        }
        if !one.kind.made() {
            self.keep(address, one, "lz never makes one: what nobody had asked for stays removed");
            return;
        }
        match (&one.before, there) {
            (None, None) => {}
            (None, Some(there)) => self.unmake(address, one, there),
            (Some(before), None) if self.went_with_whole(before) => {
                self.keep(address, one, "it was a part of what is gone, and ended with that");
            }
            (Some(before), None) => {
                self.change(address, one, Transition::Create { wanted: self.wanted(address, one, before) })
            }
            (Some(before), Some(there))
                if there.observed.id != before.id || there.observed.state == State::Deleting =>
            {
                let (there, wanted) = (self.there(address, there), self.wanted(address, one, before));
                self.change(address, one, Transition::Replace { there, wanted, attributes: Vec::new() });
            }
            (Some(before), Some(there)) => {
                let same = before.spec.differences(&there.observed.spec).is_empty();
                let tags = !before.spec.takes_tags()
                    || (tag_differences(&before.tags, &there.observed.tags).is_none()
                        && tag_differences(&there.observed.tags, &before.tags).is_none());
                if !same || !tags {
                    let (there, wanted) = (self.there(address, there), self.wanted(address, one, before));
                    self.change(
                        address,
                        one,
                        Transition::Update { there, wanted, attributes: Vec::new(), stages: Vec::new() },
                    );
                }
            }
        }
    }

    /// True for a part of something that is not there, and was not before the run: it can't be there without that.
    fn went_with_whole(&self, before: &Observed<Spec>) -> bool {
        let Some(AnyRef::Id(whole)) = before.spec.whole() else { return false };
        let mut befores = self.touched.values().filter_map(|one| one.before.as_ref());
        !self.identified.addresses.contains_key(&whole) && !befores.any(|one| one.id == whole)
    }

    /// What the run has not come to may refer to what it has deleted, by the id of old: it is led to what is recreated. What
    /// AWS can't change of it stays as it is.
    fn follow_remade(&mut self) {
        let remade: BTreeSet<&str> = self
            .touched
            .iter()
            .filter(|(address, _)| {
                let action = self.changes.get(*address).map(Change::action);
                matches!(action, Some(Action::Create | Action::Replace))
            })
            .filter_map(|(_, one)| Some(one.before.as_ref()?.id.as_str()))
            .collect();
        let refers = |there: &LiveResource, is_immutable: bool| {
            let all = there.observed.spec.references(|field| field.is_immutable() == is_immutable);
            all.iter().any(|one| matches!(one, AnyRef::Id(id) if remade.contains(id.as_str())))
        };
        let mut following = Vec::new();
        for (address, there) in &self.identified.by_address {
            let is_left = !self.touched.contains_key(address) && there.observed.state != State::Deleting;
            if is_left && refers(there, false) && !refers(there, true) {
                let resource = Resource {
                    owner: there.owner.clone(),
                    scope: self.intent.scope_of(address),
                    spec: self.by_address(&there.observed.spec),
                    after: self.intent.desired.get(address).map(|wanted| wanted.after.clone()).unwrap_or_default(),
                };
                let wanted = Wanted { resource, restores: Some(there.observed.tags.clone()) };
                following.push((address, self.there(address, there), wanted));
            }
        }
        for (address, there, wanted) in following {
            let (owner, scope) = (wanted.resource.owner.clone(), wanted.resource.scope.clone());
            let transition = Transition::Update { there, wanted, attributes: Vec::new(), stages: Vec::new() };
            let reason = Reason::RolledBack { run: self.run.to_owned() };
            self.changes.insert(address.clone(), Change { address: address.clone(), owner, scope, reason, transition });
        }
    }

    fn unmake(&mut self, address: &Address, one: &Touched, there: &LiveResource) {
        let made_by = there.observed.tags.get(TAG_RUN);
        let retained = there.observed.spec.as_stack_resource().and_then(|_| there.observed.spec.stays());
        if made_by.is_some_and(|run| !one.makers.contains(run)) {
            self.keep(address, one, "another run has made it since");
        } else if let Some(reason) = retained {
            self.keep(address, one, reason);
        } else if one.kind.deletable() {
            let there = self.there(address, there);
            self.change(address, one, Transition::Delete { there, attributes: Vec::new(), duplicate_of: None });
        } else if let Some(reason) = one.kind.stays() {
            self.keep(address, one, reason);
        }
    }

    fn keep(&mut self, address: &Address, one: &Touched, reason: &str) {
        self.kept.push(Kept { address: address.clone(), scope: one.scope.clone(), reason: reason.to_owned() });
    }

    /// What is there, as a change finds it.
    fn there(&self, address: &Address, there: &LiveResource) -> There {
        let identified_by = self.identified.sources.get(address).copied();
        There { observed: there.observed.clone(), identified_by }
    }

    /// What was there before, as a change makes it.
    fn wanted(&self, address: &Address, one: &Touched, before: &Observed<Spec>) -> Wanted {
        let resource = Resource {
            owner: one.owner.clone(),
            scope: one.scope.clone(),
            spec: self.by_address(&before.spec),
            after: self.intent.desired.get(address).map(|wanted| wanted.after.clone()).unwrap_or_default(),
        };
        Wanted { resource, restores: Some(before.tags.clone()) }
    }

    fn change(&mut self, address: &Address, one: &Touched, transition: Transition) {
        let (owner, scope) = (one.owner.clone(), one.scope.clone());
        let reason = Reason::RolledBack { run: self.run.to_owned() };
        let change = Change { address: address.clone(), owner, scope, reason, transition };
        self.changes.insert(address.clone(), change);
    }

    /// A specification from before with addresses for the ids, since what it refers to may get a new id.
    fn by_address(&self, spec: &Spec) -> Spec {
        let former: BTreeMap<&str, &Address> = self
            .touched
            .iter()
            .filter_map(|(address, one)| {
                Some((one.before.as_ref()?.id.as_str(), one.duplicate_of.as_ref().unwrap_or(address)))
            })
            .collect();
        let address_of = |id: &String| former.get(id.as_str()).copied().or_else(|| self.identified.addresses.get(id));
        spec.map_references(&mut |reference| match reference {
            AnyRef::Id(id) => address_of(id).cloned().map(AnyRef::Address),
            AnyRef::Address(_) => None,
        })
    }

    /// What something that stays is built on is kept: AWS would refuse to delete it, and that only after minutes.
    fn keep_foundations(&mut self) {
        let foundation = Foundation::new(self.intent, self.identified, self.touched);
        for (address, sake) in foundation.held(&self.changes, &self.kept) {
            self.changes.remove(&address);
            if let Some(one) = self.touched.get(&address) {
                self.keep(&address, one, &used_by(&sake));
            }
        }
    }

    /// What is a part of something that goes ends with it.
    fn leave_parts(&mut self) {
        let mut ending = Vec::new();
        for (address, change) in self.changes.iter().filter(|(_, change)| change.action() == Action::Delete) {
            let Some(there) = self.identified.by_address.get(address).copied() else { continue };
            let whole = whole_of(self.identified, there);
            if whole.and_then(|whole| self.changes.get(&whole)).is_some_and(|whole| whole.action().deletes()) {
                ending.push(change.address.clone());
            }
        }
        for address in ending {
            self.changes.remove(&address);
        }
    }

    /// Dependents go first; what is recreated waits for what it refers to.
    fn order(&mut self) -> Order {
        let stages = stage(&mut self.changes, self.identified);
        let mut order = Order::default();
        for (address, change) in &self.changes {
            let mut depends_on = match self.intent.desired.get(address) {
                Some(wanted) => wanted.dependencies(),
                None => BTreeSet::new(),
            };
            // What the files no longer ask for is known by what it was.
            if let Some(restored) = change.wanted() {
                depends_on.extend(restored.dependencies());
            }
            if let Some(there) = self.identified.by_address.get(address) {
                depends_on.extend(self.identified.spec(there).addresses());
            }
            for parent in depends_on.iter().filter(|parent| *parent != address) {
                let Some(other) = self.changes.get(parent) else { continue };
                if change.action().deletes() && other.action().deletes() {
                    order.wait(Step::delete(parent), Step::delete(address));
                }
                if change.action().builds() && other.action().builds() {
                    order.wait(Step::build(address), Step::build(parent));
                }
            }
        }
        stages.order(&self.changes, &mut order);
        order_departures(&self.changes, &mut order, self.identified);
        turn_together(&self.changes, &mut order);
        order
    }
}

/// How many users of what is kept are named.
const NAMED_USERS: usize = 3;

/// For whose sake something is kept, and what becomes of it.
fn used_by(sake: &Sake) -> String {
    let mut names: Vec<String> = sake.iter().take(NAMED_USERS).cloned().collect();
    if sake.len() > NAMED_USERS {
        names.push(format!("{} more", sake.len() - NAMED_USERS));
    }
    let last = names.pop().unwrap_or_default();
    let users = if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) };
    let verb = if sake.len() == 1 { "uses" } else { "use" };
    format!("{users} {verb} it by now, and the next run goes on from there")
}
