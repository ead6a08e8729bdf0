//! What can't be planned, since something that it depends on could not be read. Pure.
//!
//! Unread is not absent. A wanted resource is *undecided* where its kind could not be read in its account, where it refers
//! to something undecided, or where something is there that may be it. It is neither planned nor told as different. One that
//! is not there is undecided, too, where something that has to be there first is.

use std::collections::{BTreeMap, BTreeSet};

use super::build::Intent;
use super::change::{Plan, Problem, Undecided};
use super::destruction::is_relation;
use super::evidence::{Authority, Source};
use super::matching::Identified;
use super::untagged::lost_references;
use crate::discover::{Live, LiveResource, Unknown};
use crate::graph::Address;
use crate::kinds::{Field, Resource, Scope};

/// How many resources that may be a wanted one are named.
const NAMED: usize = 3;

/// Why nothing can be said of a wanted resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unsure {
    /// What is not known, and why.
    pub unknown: Unknown,
    /// What it refers to or waits for, where it is that of which nothing is known.
    pub needs: Option<Address>,
}

impl Unsure {
    fn itself(unknown: Unknown) -> Self {
        Self { unknown, needs: None }
    }
}

/// The wanted resources of which nothing can be said, each with the reason.
pub(super) fn undecided(intent: &Intent<'_>, live: &Live, identified: &Identified<'_>) -> BTreeMap<Address, Unsure> {
    let mut undecided: BTreeMap<Address, Unsure> = BTreeMap::new();
    for (address, resource) in intent.desired {
        let kind = resource.spec.kind();
        if let Some(unknown) = live.unknown(&resource.owner, kind) {
            undecided.insert(address.clone(), Unsure::itself(unknown));
        } else if let Some(others) = identified.doubts.get(address) {
            undecided.insert(address.clone(), Unsure::itself(Unknown::Unread(doubt(resource, others))));
        }
    }
    for (address, there) in &identified.by_address {
        let Some(wanted) = intent.desired.get(address) else { continue };
        for (target, id) in lost_references(wanted, there, identified) {
            // What could not be read keeps its own reason.
            if undecided.contains_key(&target) {
                continue;
            }
            let reason = format!("{address} refers to {id}, which AWS can't change, and nothing is known of {id}");
            let unsure = Unsure::itself(Unknown::Unread(reason));
            if !identified.by_address.contains_key(&target) {
                undecided.entry(target).or_insert_with(|| unsure.clone());
            }
            undecided.entry(address.clone()).or_insert(unsure);
        }
    }
    for (address, reason) in swapped(intent, identified) {
        undecided.entry(address).or_insert_with(|| Unsure::itself(Unknown::Unread(reason)));
    }
    if undecided.is_empty() {
        return undecided;
    }
    let mut needs: BTreeMap<&Address, BTreeSet<Address>> = BTreeMap::new();
    for (address, resource) in intent.desired.iter().filter(|(address, _)| !undecided.contains_key(*address)) {
        let mut first = resource.spec.addresses();
        if !identified.by_address.contains_key(address) {
            first.extend(resource.after.iter().cloned());
        }
        needs.insert(address, first);
    }
    loop {
        let mut more = BTreeMap::new();
        for (address, first) in &needs {
            let unsure = first.iter().find_map(|other| Some((other, undecided.get(other)?)));
            if let Some((other, Unsure { unknown, needs })) = unsure {
                let needs = needs.as_ref().unwrap_or(other).clone();
                more.insert((*address).clone(), Unsure { unknown: unknown.clone(), needs: Some(needs) });
            }
        }
        if more.is_empty() {
            return undecided;
        }
        needs.retain(|address, _| !more.contains_key(*address));
        undecided.extend(more);
    }
}

/// True where no tag decides which live resource has an address: its id is known, or the attributes that AWS keeps unique say
/// it, with what they refer to. A firewall's endpoint is where its subnet is.
fn is_sure(address: &Address, intent: &Intent<'_>, identified: &Identified<'_>) -> bool {
    match identified.sources.get(address) {
        Some(source) if source.knows_id() => true,
        Some(Source::NaturalKey) => intent.desired.get(address).is_some_and(|wanted| {
            let key = wanted.spec.references(Field::is_key);
            key.iter().all(|one| one.as_address().is_some_and(|one| one != address && is_sure(one, intent, identified)))
        }),
        _ => false,
    }
}

/// Resources that tags alone tell apart, two by two, where what hangs on each is what should hang on the other: it is not
/// known whether their tags were swapped, or what hangs on them.
fn swapped(intent: &Intent<'_>, identified: &Identified<'_>) -> Vec<(Address, String)> {
    let is_known = |address: &Address| is_sure(address, intent, identified);
    // By pair, what the relations that lead astray hang on at their other end.
    let mut led: BTreeMap<(Address, Address), Vec<BTreeSet<Address>>> = BTreeMap::new();
    for (address, there) in &identified.by_address {
        let Some(wanted) = intent.desired.get(address).filter(|wanted| is_relation(wanted.spec.kind())) else {
            continue;
        };
        let live = identified.spec(there);
        for field in wanted.spec.fields() {
            let (to, from) = (wanted.spec.addresses_of(&field), live.addresses_of(&field));
            if let (Some(to), Some(from)) = (to.into_iter().next(), from.into_iter().next())
                && to != from
                && !is_known(&to)
                && !is_known(&from)
            {
                let others = live.addresses().into_iter().filter(|other| *other != from).collect();
                led.entry((to, from)).or_default().push(others);
            }
        }
    }
    let mutual: BTreeSet<(Address, Address)> =
        led.keys().filter(|(to, from)| led.contains_key(&(from.clone(), to.clone()))).cloned().collect();
    led.retain(|pair, _| mutual.contains(pair));
    let doubtful: BTreeSet<Address> = led.keys().map(|(to, _)| to.clone()).collect();
    // Where all that leads astray hangs on others that may be swapped, these are why: a table's routes go with the table.
    let is_cause = |others: &Vec<BTreeSet<Address>>| others.iter().any(|one| one.is_disjoint(&doubtful));
    let pairs = led.iter().filter(|(_, others)| is_cause(others)).map(|(pair, _)| pair);
    let told = pairs.map(|(to, from)| {
        let reason = format!(
            "what should hang on it hangs on {from}, and the other way round: either their tags were swapped or that; pin \
             their ids with `lz lock --rebuild`, or correct the tags"
        );
        (to.clone(), reason)
    });
    told.collect()
}

fn doubt(resource: &Resource, others: &[&LiveResource]) -> String {
    let ids: Vec<&str> = others.iter().take(NAMED).map(|one| one.observed.id.as_str()).collect();
    format!(
        "it may be {}, whose tags lz:zone and lz:address don't say which {} it is; correct the tags, or pin its id with \
         `lz lock --rebuild`",
        ids.join(" or "),
        resource.spec.kind().as_str()
    )
}

impl Plan {
    /// Notes what is undecided. What nobody asked to look at is not told.
    pub(super) fn note_undecided(&mut self, intent: &Intent<'_>, undecided: &BTreeMap<Address, Unsure>) {
        for (address, Unsure { unknown, needs }) in undecided {
            let (Unknown::Unread(reason), Some(resource)) = (unknown, intent.desired.get(address)) else { continue };
            let Resource { owner, scope, spec, .. } = resource;
            let (kind, reason, needs) = (spec.kind(), reason.clone(), needs.clone());
            let one = Undecided { kind, owner: owner.clone(), scope: scope.clone(), reason, needs };
            self.undecided.insert(address.clone(), one);
        }
    }

    /// Refuses the scopes in which something is undecided, where the files are to be brought about: half a scope is none. A
    /// repair leaves single resources alone.
    pub(super) fn refuse_undecided(&mut self, authority: Authority) {
        if authority == Authority::Repair {
            return;
        }
        let mut by_scope: BTreeMap<&Scope, Vec<(&Address, &Undecided)>> = BTreeMap::new();
        for (address, one) in &self.undecided {
            by_scope.entry(&one.scope).or_default().push((address, one));
        }
        let mut problems = Vec::new();
        for (scope, all) in by_scope {
            let Some((address, first)) = all.first() else { continue };
            let told = self.problems.iter().any(|problem| problem.scope == *scope && problem.address.is_none());
            if told {
                continue;
            }
            let more = if all.len() > 1 { format!(" ({} resources in all)", all.len()) } else { String::new() };
            let message = format!("nothing is known of {address}{more}: {}", first.reason);
            problems.push(Problem { scope: scope.clone(), address: None, message });
        }
        let refused: Vec<Scope> = self.undecided.values().map(|one| one.scope.clone()).collect();
        self.changes.retain(|_, change| !refused.contains(&change.scope));
        self.problems.extend(problems);
    }
}
