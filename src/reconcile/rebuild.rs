//! What a lock would be that is made anew from a look at AWS.

use std::collections::{BTreeMap, BTreeSet};

use super::Reconciler;
use crate::apply::Pins;
use crate::discover::Live;
use crate::graph::Address;
use crate::kinds::{Field, Identity, Observed, Owner, Root, Spec, TAG_ADDRESS, TAG_RUN, TAG_ZONE, account_address};
use crate::plan::{Action, Evidence, Plan, PlanError, plan};
use crate::zone::Layout;
use crate::zone::lock::Lock;
use crate::zone::rebuilt::{Pin, Rebuilt};

/// Why a pin goes that somebody wanted to go.
const FORGOTTEN: &str = "forgotten, as asked for";

impl Reconciler<'_> {
    /// Makes a lock anew from a look: `before` is the one that is there, `lock` what of it may stay. Resources are identified as
    /// if none was pinned; what can't be looked for, since its account was not read, stays pinned, and so does what left the
    /// files and is there.
    ///
    /// # Errors
    /// Where what is wanted contradicts itself.
    pub fn rebuild(&self, before: &Lock, lock: &Lock, live: &Live) -> Result<Rebuilt, PlanError> {
        let accounts: BTreeSet<Address> = lock.accounts.keys().map(account_address).collect();
        let mut evidence = self.evidence.clone();
        evidence.pinned.retain(|address, _| accounts.contains(address));
        let plan = plan(&self.intent_by(&evidence), live)?;
        let ids = self.identified(&plan);
        let gone = self.gone(lock, live, &ids);
        let organization = live.organization.as_ref().map(|ids| ids.organization.clone());
        let (resources, accounts) = (ids.clone(), live.accounts.clone());
        let pins = Pins { resources, gone: BTreeSet::new(), organization, accounts };
        let mut rebuilt = self.with_pins(lock, pins);
        rebuilt.resources.retain(|address, _| !gone.contains_key(address));
        let known = rebuilt.accounts.clone();
        Ok(Rebuilt::new(before, rebuilt, |pin| match pin {
            Pin::Zone("name" | "region") => "lz.toml".to_owned(),
            Pin::Zone("organization") => "the organization of the account that calls".to_owned(),
            Pin::Zone(_) => "the account that calls".to_owned(),
            Pin::Account(name) if known.contains_key(name) => "its e-mail address".to_owned(),
            Pin::Account(_) => FORGOTTEN.to_owned(),
            Pin::Resource(address) => match (gone.get(address), ids.get(address)) {
                (Some(reason), _) => reason.clone(),
                (None, Some(id)) => {
                    let seen = live.resources.iter().find(|one| one.observed.id == *id);
                    seen.map(|seen| self.known_by(address, &seen.observed, &evidence)).unwrap_or_default()
                }
                (None, None) => FORGOTTEN.to_owned(),
            },
        }))
    }

    /// The ids of what is pinned, whether or not it is as it was asked for.
    fn identified(&self, plan: &Plan) -> BTreeMap<Address, String> {
        let changed = plan.changes.iter().filter(|(_, change)| change.action() == Action::Update);
        let changed = changed.filter_map(|(address, change)| Some((address, &change.live()?.id)));
        let is_pinned = |address: &Address| self.desired.get(address).is_some_and(|wanted| wanted.spec.kind().pinned());
        let all = plan.unchanged.iter().chain(changed).filter(|(address, _)| is_pinned(address));
        all.map(|(address, id)| (address.clone(), id.clone())).collect()
    }

    /// Pins that hold no more, with the reason.
    fn gone(&self, lock: &Lock, live: &Live, identified: &BTreeMap<Address, String>) -> BTreeMap<Address, String> {
        let others: BTreeMap<&String, &Address> = identified.iter().map(|(address, id)| (id, address)).collect();
        let mut gone = BTreeMap::new();
        for (address, id) in lock.resources.iter().filter(|(address, _)| !identified.contains_key(*address)) {
            let is_there = live.resources.iter().any(|one| one.observed.id == *id);
            if let Some(other) = others.get(id) {
                gone.insert(address.clone(), format!("it is {other}"));
            } else if !is_there && self.is_read(address, live) {
                gone.insert(address.clone(), "AWS does not show it".to_owned());
            }
        }
        gone
    }

    /// True where all was read of the account that an address is in.
    fn is_read(&self, address: &Address, live: &Live) -> bool {
        let owner = match (self.desired.get(address), Root::of(address)) {
            (Some(wanted), _) => Some(wanted.owner.clone()),
            (None, Root::Organization) => Some(Owner::Management),
            (None, Root::Account(name)) => Some(Owner::Account(name)),
            (None, Root::Unknown) => None,
        };
        match (owner, &self.zone.layout) {
            (_, Layout::SingleAccount) | (Some(Owner::Management), _) => live.knows_all_of(&Owner::Management),
            (Some(Owner::Account(name)), _) => {
                live.accounts.contains_key(&name) && live.knows_all_of(&Owner::Account(name))
            }
            (None, _) => false,
        }
    }

    fn known_by(&self, address: &Address, observed: &Observed<Spec>, evidence: &Evidence) -> String {
        let carries = |tag: &str, value: &str| observed.tags.get(tag).is_some_and(|one| one == value);
        let mut known = match observed.spec.kind().identity() {
            Identity::Key => vec![format!("its {}", key_in_words(&observed.spec))],
            Identity::Tag if carries(TAG_ADDRESS, address.as_str()) && carries(TAG_ZONE, self.zone.name.as_str()) => {
                vec![format!("its tags {TAG_ADDRESS} and {TAG_ZONE}")]
            }
            Identity::Tag => vec!["its likeness to what is missing".to_owned()],
        };
        if let Some(run) = observed.tags.get(TAG_RUN) {
            known.push(format!("made by run {run}"));
        }
        if evidence.journal.get(&observed.id) == Some(address) {
            known.push("the journal".to_owned());
        }
        known.join(", ")
    }
}

/// What a resource is known by: `parent and name`.
fn key_in_words(spec: &Spec) -> String {
    let key = spec.fields().into_iter().filter(Field::is_key);
    key.map(|field| field.name().replace('_', " ")).collect::<Vec<_>>().join(" and ")
}
