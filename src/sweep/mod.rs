//! The conformance sweep: what is in AWS, held against what was asked for.
//!
//! [`finding`] is what a sweep says. `drift` reads findings from the plan, `violations` from the proof of the network as it is
//! ([`live_network`]); `rulebook` says how bad they are and which controls they break, by what kinds and invariants say of themselves, `id` names them,
//! `console` and `remedy` say where to look and what to do, [`suppression`] takes out what somebody lives with.
//!
//! Pure: it reads a plan and a proof, and calls nothing.

mod console;
mod drift;
pub mod figures;
pub mod finding;
mod hub_view;
mod id;
mod network;
mod remedy;
mod rulebook;
pub mod suppression;
mod violations;

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

pub use crate::values::{Control, Severity, Standard};
pub use figures::{Effort, Figures, Tally};
pub use finding::{Author, Class, Finding, FindingId, Remedy, Sweep};
pub use network::live_network;
pub use suppression::{Pattern, Suppression};

use crate::discover::Live;
use crate::graph::Address;
use crate::kinds::{Desired, KindName, Observed, Owner, Scope, Spec};
use crate::plan::{AttributeChange, Evidence, Identified, Plan, identify};
use crate::reach::Network;
use crate::reach::prove::Intent;
use crate::reach::specified::caveats_of_what_was_read;
use crate::values::AccountId;
use crate::zone::{Layout, Zone};
use id::Subject;
use rulebook::Judgement;

/// What a sweep is made from.
#[derive(Debug, Clone, Copy)]
pub struct Sweeping<'a> {
    /// The zone.
    pub zone: &'a Zone,
    /// Its resources.
    pub desired: &'a Desired,
    /// What its network is for.
    pub intent: &'a Intent,
    /// What is in AWS.
    pub live: &'a Live,
    /// The changes from what is in AWS to what is wanted, with what nobody asked for kept.
    pub plan: &'a Plan,
    /// The ids of the accounts that exist.
    pub accounts: &'a BTreeMap<Owner, AccountId>,
    /// What is known of the resources beside what AWS shows.
    pub evidence: &'a Evidence,
    /// The accounts that findings are about; all of them where none are named.
    pub only: Option<&'a BTreeSet<Owner>>,
    /// What somebody lives with.
    pub suppressions: &'a [Suppression],
    /// When the sweep began.
    pub at: SystemTime,
}

/// What a sweep has come to.
#[derive(Debug)]
pub struct Swept {
    /// What it says.
    pub sweep: Sweep,
    /// The network as it is: the one that broken invariants are about.
    pub network: Network,
    /// Parts of the zone that have never been built: nothing of them is there, and neither lock nor journal knows of any.
    pub unbuilt: BTreeSet<Scope>,
    /// Suppressions that have ended, or that are about nothing, each in a sentence.
    pub notes: Vec<String>,
}

/// Says what is not as it was asked for.
#[must_use]
pub fn sweep(sweeping: &Sweeping<'_>) -> Swept {
    let Sweeping { zone, desired, live, plan, suppressions, at, .. } = *sweeping;
    let identified = identify(&zone.name, desired, live, sweeping.evidence);
    let network = live_network(live, &identified);
    let empty = empty(sweeping, &identified);
    let gone: BTreeSet<Scope> = empty.iter().filter(|scope| was_built(sweeping, scope)).cloned().collect();
    let look = Look { sweeping, identified: &identified, empty: &empty, gone: &gone };
    let mut caveats = BTreeSet::new();
    caveats.extend(look.not_observable());
    let mut findings = look.unreachable();
    let drift = look.drift(&mut caveats);
    findings.extend(drift.findings);
    let can_prove = look.can_prove();
    if can_prove {
        if live.left_out.is_empty() {
            caveats.extend(network.caveats.iter().cloned());
        } else {
            caveats.extend(caveats_of_what_was_read(&network).cloned());
        }
        caveats.extend(
            live.unread_kinds
                .keys()
                .map(|owner| format!("account {owner} is left out of the proof, since a part of it could not be read")),
        );
        findings.extend(look.violations(&network, drift.remedies));
    } else {
        caveats
            .insert("the hub could not be read or is not built, so that no invariant was held against it".to_owned());
    }
    findings.retain(|finding| look.is_told(finding));
    findings.sort_by(|one, other| {
        let key = |finding: &Finding| (std::cmp::Reverse(finding.severity), finding.owner.clone(), finding.id.clone());
        key(one).cmp(&key(other))
    });
    let parted = suppression::part(findings, suppressions, at);
    let read = |owner: &&Owner| !matches!(owner, Owner::Account(name) if live.is_unread(name));
    let accounts = sweeping.accounts.iter().filter(|(owner, _)| read(owner));
    let conformant = plan.unchanged.keys().filter_map(|address| desired.get(address));
    let conformant = conformant.filter(|wanted| look.is_asked_for(&wanted.owner, Some(&wanted.scope))).count();
    let sweep = Sweep {
        zone: zone.name.clone(),
        region: zone.region.clone(),
        at,
        accounts: accounts.map(|(owner, id)| (owner.clone(), id.clone())).collect(),
        conformant: conformant + drift.consequences,
        invariants: if can_prove { violations::asked(zone) } else { 0 },
        findings: parted.told,
        suppressed: parted.suppressed,
        caveats,
    };
    let unbuilt = empty.difference(&gone).cloned().collect();
    Swept { sweep, network, unbuilt, notes: parted.notes }
}

/// A sweep at work.
struct Look<'a> {
    sweeping: &'a Sweeping<'a>,
    identified: &'a Identified<'a>,
    /// The scopes of which nothing is there.
    empty: &'a BTreeSet<Scope>,
    /// Those of them that were built once.
    gone: &'a BTreeSet<Scope>,
}

/// What a finding is about, as far as it is about a resource.
#[derive(Debug, Default)]
struct Thing<'a> {
    scope: Option<Scope>,
    address: Option<&'a Address>,
    kind: Option<KindName>,
    observed: Option<&'a Observed<Spec>>,
    attributes: &'a [AttributeChange],
}

impl Look<'_> {
    /// The account that a scope has its name from.
    fn home(&self, scope: &Scope) -> Owner {
        match scope {
            Scope::Organization => Owner::Management,
            Scope::Hub => Owner::Account(self.sweeping.zone.transit_gateway.account.clone()),
            Scope::Workload(name) => Owner::Account(name.clone()),
        }
    }

    /// What AWS never shows of resources that are as they were asked for.
    fn not_observable(&self) -> Vec<String> {
        let judged = self.sweeping.desired.iter().filter(|(address, wanted)| {
            self.sweeping.plan.unchanged.contains_key(*address) && self.is_asked_for(&wanted.owner, Some(&wanted.scope))
        });
        let told = judged.filter_map(|(address, wanted)| {
            let resource = wanted.spec.as_stack_resource()?;
            let hidden = resource.rules.not_observable(&resource.properties);
            let names = hidden.join(", ");
            (!hidden.is_empty()).then(|| format!("AWS doesn't show {names} of {address}, so that it can't be compared"))
        });
        told.collect()
    }

    fn is_asked_for(&self, owner: &Owner, scope: Option<&Scope>) -> bool {
        let home = scope.map(|scope| self.home(scope));
        self.sweeping.only.is_none_or(|only| only.contains(owner) || home.is_some_and(|home| only.contains(&home)))
    }

    /// What everything hangs on has to be read, whatever accounts the sweep is about.
    fn is_told(&self, finding: &Finding) -> bool {
        let hub = Owner::Account(self.sweeping.zone.transit_gateway.account.clone());
        let is_basis = finding.owner == Owner::Management || finding.owner == hub;
        (finding.class == Class::Unreachable && is_basis) || self.is_asked_for(&finding.owner, finding.scope.as_ref())
    }

    fn is_unread(&self, owner: &Owner) -> bool {
        matches!(owner, Owner::Account(name) if self.sweeping.live.is_unread(name))
    }

    /// Packets between accounts are the hub's: without it there is nothing to prove.
    fn can_prove(&self) -> bool {
        let hub = &self.sweeping.zone.transit_gateway.account;
        let exists = match self.sweeping.zone.layout {
            Layout::Organization(_) => self.sweeping.live.accounts.contains_key(hub),
            Layout::SingleAccount => true,
        };
        let home = match self.sweeping.zone.layout {
            Layout::Organization(_) => Owner::Account(hub.clone()),
            Layout::SingleAccount => Owner::Management,
        };
        exists && self.sweeping.live.knows_all_of(&home) && !self.empty.contains(&Scope::Hub)
    }

    fn finding(
        &self,
        subject: Subject<'_>,
        judgement: Judgement,
        owner: &Owner,
        thing: Thing<'_>,
        told: (String, Remedy),
    ) -> Finding {
        let region = &self.sweeping.zone.region;
        let (sentence, remedy) = told;
        Finding {
            id: FindingId::of(judgement.class, subject),
            class: judgement.class,
            severity: judgement.severity,
            owner: owner.clone(),
            account: self.sweeping.accounts.get(owner).cloned(),
            scope: thing.scope,
            address: thing.address.cloned(),
            kind: thing.kind,
            aws_id: thing.observed.map(|observed| observed.id.clone()),
            console: thing.observed.and_then(|observed| console::link(observed, region)),
            sentence,
            attributes: thing.attributes.to_vec(),
            violation: None,
            by: None,
            remedy,
            controls: judgement.controls,
        }
    }
}

/// The scopes of which nothing is there but an account. Of an account that was not read nothing is known.
fn empty(sweeping: &Sweeping<'_>, identified: &Identified<'_>) -> BTreeSet<Scope> {
    let mut built: BTreeMap<&Scope, bool> = BTreeMap::new();
    for (address, resource) in sweeping.desired {
        let is_empty = resource.spec.kind() == KindName::Account && matches!(resource.scope, Scope::Workload(_));
        let is_there = !is_empty && identified.by_address.contains_key(address);
        *built.entry(&resource.scope).or_default() |= is_there;
    }
    let unknown: BTreeSet<&Scope> = sweeping.plan.undecided.values().map(|one| &one.scope).collect();
    let is_known = |scope: &Scope| match scope {
        _ if unknown.contains(scope) => false,
        Scope::Organization => true,
        Scope::Hub => !sweeping.live.is_unread(&sweeping.zone.transit_gateway.account),
        Scope::Workload(name) => !sweeping.live.is_unread(name),
    };
    built.into_iter().filter(|(scope, built)| !built && is_known(scope)).map(|(scope, _)| scope.clone()).collect()
}

/// True where lock or journal know that something of a scope was there once. An account of its own is there before anything
/// is built.
fn was_built(sweeping: &Sweeping<'_>, scope: &Scope) -> bool {
    let mut of_scope = sweeping.desired.iter().filter(|(_, wanted)| wanted.scope == *scope);
    of_scope.any(|(address, wanted)| wanted.spec.kind() != KindName::Account && sweeping.evidence.knows(address))
}
