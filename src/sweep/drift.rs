//! Findings from the plan: what is missing, what is otherwise than it was asked for, and what nobody asked for.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Finding, Remedy};
use super::id::Subject;
use super::remedy::Remedies;
use super::rulebook::{self, Judgement};
use super::{Look, Thing};
use crate::graph::Address;
use crate::kinds::{Field, KindName, Owner, Scope, State, account_address};
use crate::plan::{Action, Attribute, AttributeChange, Barrier, Change, Undecided, Unmanaged};
use crate::values::Severity;

/// What the plan says.
#[derive(Debug, Default)]
pub(super) struct Drift {
    pub(super) findings: Vec<Finding>,
    /// What the plan changes only because something else goes: it is as it was asked for.
    pub(super) consequences: usize,
    pub(super) remedies: Remedies,
}

impl Look<'_> {
    /// Accounts that could not be read, and what lz can say nothing about.
    pub(super) fn unreachable(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (name, error) in &self.sweeping.live.unreadable {
            let owner = Owner::Account(name.clone());
            let hub = name == &self.sweeping.zone.transit_gateway.account;
            let scope = Some(if hub { Scope::Hub } else { Scope::Workload(name.clone()) });
            let sentence = format!("account {name} could not be read, and what is in it is not known: {error}");
            let remedy = Remedy::Manual("see that lz's role can be assumed in the account, and sweep again".to_owned());
            let subject = Subject::Account(name.as_str());
            let thing = Thing { scope, ..Thing::default() };
            findings.push(self.finding(subject, rulebook::unreachable(), &owner, thing, (sentence, remedy)));
        }
        findings.extend(self.unread_parts());
        findings.extend(self.doubts());
        let unread: BTreeSet<Address> = self.sweeping.live.unreadable.keys().map(account_address).collect();
        for problem in &self.sweeping.plan.problems {
            let Some(address) = &problem.address else { continue };
            let observed = self.identified.by_address.get(address).map(|there| &there.observed);
            // A suspended account is a problem as a resource, too, and is told once.
            if unread.contains(address) && observed.is_some_and(|one| matches!(one.state, State::Failed(_))) {
                continue;
            }
            let wanted = self.sweeping.desired.get(address);
            let (kind, owner) = match wanted {
                Some(wanted) => (Some(wanted.spec.kind()), wanted.owner.clone()),
                None => (None, self.home(&problem.scope)),
            };
            let subject = Subject::Asked { kind: word(kind), address: address.as_str(), attributes: &[] };
            let scope = Some(problem.scope.clone());
            let thing = Thing { scope, address: Some(address), kind, observed, ..Thing::default() };
            let remedy = Remedy::Manual("mend it in AWS, or change the files: lz can't".to_owned());
            let told = (problem.message.clone(), remedy);
            findings.push(self.finding(subject, rulebook::unreachable(), &owner, thing, told));
        }
        findings
    }

    /// Accounts of which a part could not be read: what hangs on it is not known, and the rest is judged.
    fn unread_parts(&self) -> Vec<Finding> {
        let parts = self.sweeping.live.unread_parts().into_iter().map(|(owner, sentence)| {
            let scope = match &owner {
                Owner::Management => Scope::Organization,
                Owner::Account(name) if *name == self.sweeping.zone.transit_gateway.account => Scope::Hub,
                Owner::Account(name) => Scope::Workload(name.clone()),
            };
            let remedy = Remedy::Manual("see that lz's role may make these calls, and sweep again".to_owned());
            let name = owner.to_string();
            let thing = Thing { scope: Some(scope), ..Thing::default() };
            self.finding(Subject::Account(&name), rulebook::unreachable(), &owner, thing, (sentence, remedy))
        });
        parts.collect()
    }

    /// What may be there, under tags that don't say so.
    fn doubts(&self) -> Vec<Finding> {
        let undecided = self.sweeping.plan.undecided.iter();
        let is_read = |one: &Undecided| self.sweeping.live.unknown(&one.owner, one.kind).is_none();
        let doubtful = undecided.filter(|(_, one)| one.needs.is_none() && is_read(one));
        let findings = doubtful.map(|(address, one)| {
            let kind = one.kind.as_str();
            let subject = Subject::Asked { kind, address: address.as_str(), attributes: &[Attribute::Tags.name()] };
            let sentence = format!("{kind} {address} can't be told: {}", one.reason);
            let remedy = Remedy::Manual("correct the tags, or pin its id with `lz lock --rebuild`".to_owned());
            let scope = Some(one.scope.clone());
            let thing = Thing { scope, address: Some(address), kind: Some(one.kind), ..Thing::default() };
            self.finding(subject, rulebook::unreachable(), &one.owner, thing, (sentence, remedy))
        });
        findings.collect()
    }

    /// What the plan would change, and what it tells and leaves.
    pub(super) fn drift(&self, caveats: &mut BTreeSet<String>) -> Drift {
        let mut drift = Drift::default();
        let mut unbuilt: BTreeMap<&Scope, usize> = BTreeMap::new();
        let plan = self.sweeping.plan;
        for change in plan.changes.values().chain(plan.blocked.values().map(|one| &one.change)) {
            if self.empty.contains(&change.scope) && change.action() == Action::Create {
                *unbuilt.entry(&change.scope).or_default() += 1;
            } else if change.action() == Action::Delete {
                drift.remedies.repair |= self.barrier(change).is_none();
                drift.findings.push(self.no_longer_wanted(change));
            } else {
                self.asked_for(change, &mut drift);
            }
        }
        for (scope, count) in unbuilt {
            drift.remedies.repair |= self.gone.contains(scope);
            drift.findings.push(self.not_built(scope, count));
        }
        drift.findings.extend(self.seen_by_hub());
        for unmanaged in &self.sweeping.plan.unmanaged {
            if self.sweeping.live.may_be_of_unread(&unmanaged.observed) {
                let observed = &unmanaged.observed;
                let what = format!("{} {}", observed.spec.noun(), observed.id);
                if !self.sweeping.live.unreadable.is_empty() {
                    caveats.insert(format!("it is not known whether {what} is of an account that could not be read"));
                }
                continue;
            }
            drift.remedies.removal = true;
            drift.findings.push(self.unmanaged(unmanaged));
        }
        drift
    }

    /// What was asked for, and is not there or otherwise there.
    fn asked_for(&self, change: &Change, drift: &mut Drift) {
        let failed = change.live().and_then(|live| match &live.state {
            State::Failed(failure) => Some(failure.to_string()),
            _ => None,
        });
        let is_missing = change.action() == Action::Create || failed.is_some();
        let attributes = self.judged_attributes(change);
        if is_missing && self.refers_to_unread(change) {
            return;
        }
        if !is_missing && attributes.is_empty() {
            drift.consequences += 1;
            return;
        }
        let barrier = self.barrier(change);
        drift.remedies.repair |= barrier.is_none();
        let names: Vec<&str> = attributes.iter().map(|one| one.attribute.name()).collect();
        let what = format!("{} {}", change.noun(), change.address);
        let judgement = match is_missing {
            true => rulebook::missing(change.kind()),
            false => rulebook::changed(change.kind(), &attributes),
        };
        let sentence = match (&failed, is_missing) {
            (Some(failure), _) => format!("{what} has failed: {failure}"),
            (None, true) => format!("{what} is missing"),
            (None, false) => format!("{what} differs in {}", names.join(", ")),
        };
        let subject = Subject::Asked {
            kind: change.kind().as_str(),
            address: change.address.as_str(),
            attributes: if is_missing { &[] } else { &names },
        };
        let thing = Thing {
            scope: Some(change.scope.clone()),
            address: Some(&change.address),
            kind: Some(change.kind()),
            observed: change.live(),
            attributes: &attributes,
        };
        let remedy = match barrier {
            Some(_) => Self::building(&change.scope),
            None => self.repair(&change.scope),
        };
        drift.findings.push(self.finding(subject, judgement, &change.owner, thing, (sentence, remedy)));
    }

    /// The attributes that differ for sure: what refers to something in an account that was not read can't be compared.
    fn judged_attributes(&self, change: &Change) -> Vec<AttributeChange> {
        let wanted = change.wanted().map(|wanted| &wanted.spec);
        let refers_to_unread = |field: &Field| {
            let addresses = wanted.map(|spec| spec.addresses_of(field)).unwrap_or_default();
            addresses.iter().any(|address| self.is_of_unread_account(address))
        };
        let is_known = |one: &&AttributeChange| !one.attribute.field().is_some_and(refers_to_unread);
        change.attributes().iter().filter(is_known).cloned().collect()
    }

    fn refers_to_unread(&self, change: &Change) -> bool {
        let addresses = change.wanted().map(|wanted| wanted.spec.addresses()).unwrap_or_default();
        addresses.iter().any(|address| self.is_of_unread_account(address))
    }

    pub(super) fn is_of_unread_account(&self, address: &Address) -> bool {
        self.sweeping.desired.get(address).is_some_and(|wanted| self.is_unread(&wanted.owner))
    }

    /// What keeps a repair from a change.
    fn barrier(&self, change: &Change) -> Option<&Barrier> {
        self.sweeping.plan.blocked.get(&change.address).map(|blocked| &blocked.barrier)
    }

    /// What lz has made and the files no longer ask for, and duplicates: both carry lz's tags, or are inside of what does.
    fn no_longer_wanted(&self, change: &Change) -> Finding {
        let observed = change.live();
        let id = observed.map(|observed| observed.id.as_str()).unwrap_or_default();
        let (account, kind) = (change.owner.to_string(), change.kind().as_str());
        let own = self.identified.by_address.contains_key(&change.address);
        let subject = match own {
            true => Subject::Asked { kind, address: change.address.as_str(), attributes: &[] },
            false => Subject::Stranger { kind, account: &account, aws_id: id },
        };
        let thing = Thing {
            scope: Some(change.scope.clone()),
            address: own.then_some(&change.address),
            kind: Some(change.kind()),
            observed,
            ..Thing::default()
        };
        let name = if own { change.address.as_str() } else { id };
        let remedy = match self.barrier(change) {
            Some(Barrier::NotKnownByItsId) => Remedy::Manual(
                "where it is lz's, pin it with `lz lock --rebuild`; otherwise take its tags lz:zone and lz:address off"
                    .to_owned(),
            ),
            Some(_) => Self::building(&change.scope),
            None => self.repair(&change.scope),
        };
        let told = (format!("{kind} {name} should not be there: {}", change.reason), remedy);
        self.finding(subject, rulebook::unmanaged(change.kind()), &change.owner, thing, told)
    }

    /// What lz has not made.
    fn unmanaged(&self, unmanaged: &Unmanaged) -> Finding {
        let Unmanaged { owner, observed, reason } = unmanaged;
        let kind = observed.spec.kind();
        let account = owner.to_string();
        let subject = Subject::Stranger { kind: kind.as_str(), account: &account, aws_id: &observed.id };
        let sentence = format!("{} {} should not be there: {reason}", kind.as_str(), observed.id);
        let holds = |id: &str| id == observed.id;
        let is_held = self.identified.duplicates.iter().any(|one| holds(&one.resource.observed.id))
            || self.identified.seconds.iter().any(|(_, one)| holds(&one.observed.id));
        let remedy = match is_held {
            true => Remedy::Manual("take away what is in its way, or delete it, and sweep again".to_owned()),
            false => self.removal(owner),
        };
        let thing = Thing { kind: Some(kind), observed: Some(observed), ..Thing::default() };
        self.finding(subject, rulebook::unmanaged(kind), owner, thing, (sentence, remedy))
    }

    /// A scope of which nothing is there: one finding instead of one for each of its resources.
    fn not_built(&self, scope: &Scope, count: usize) -> Finding {
        let account = match scope {
            Scope::Workload(name) => Some(account_address(name)),
            Scope::Organization | Scope::Hub => None,
        };
        let account = account.filter(|address| {
            self.sweeping.desired.contains_key(address) && !self.identified.by_address.contains_key(address)
        });
        let (owner, kind) = match account {
            Some(_) => (Owner::Management, Some(KindName::Account)),
            None => (self.home(scope), None),
        };
        let are = if count == 1 { "1 resource is" } else { &format!("{count} resources are") };
        let name = scope.to_string();
        let thing = Thing { scope: Some(scope.clone()), address: account.as_ref(), kind, ..Thing::default() };
        let judgement = rulebook::missing(KindName::Account);
        if !self.gone.contains(scope) {
            let told = (format!("{scope} has never been built: {are} missing"), Self::building(scope));
            return self.finding(Subject::Scope(&name), judgement, &owner, thing, told);
        }
        let judgement = Judgement { severity: Severity::Critical, ..judgement };
        let remedy = match account {
            Some(_) => Remedy::Manual(format!(
                "find out what became of its account; where it is gone for good, `lz onboard-workload {name}` makes another"
            )),
            None => self.repair(scope),
        };
        let told = (format!("{scope} was built and is gone: {are} missing"), remedy);
        self.finding(Subject::Gone(&name), judgement, &owner, thing, told)
    }
}

fn word(kind: Option<KindName>) -> &'static str {
    kind.map(KindName::as_str).unwrap_or_default()
}
