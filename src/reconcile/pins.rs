//! What a run pins in the lock: what a look at AWS has identified.

use std::collections::{BTreeMap, BTreeSet};

use super::{OtherZoneError, Reconciler};
use crate::apply::{Pins, Report};
use crate::discover::{Live, LiveResource};
use crate::graph::Address;
use crate::journal::{Inventory, State};
use crate::kinds::{self, Known, Subject, View, organization_id};
use crate::plan::Plan;
use crate::zone::lock::Lock;
use crate::zone::{OtherZone, ZoneIdentity};

impl Reconciler<'_> {
    /// What a look has identified, of the kinds whose ids are kept; and which ids are gone by the journal and by the look.
    ///
    /// Beside what is as the files ask for, that is what the journal knows to be made and the look shows: a rollback makes
    /// what the files ask for no more, and only its id tells afterwards that it is lz's.
    #[must_use]
    pub fn pins(&self, plan: &Plan, live: &Live, journal: &State) -> Pins {
        let Inventory { made, deleted, .. } = journal.inventory();
        let there: BTreeSet<&String> = live.resources.iter().map(|one| &one.observed.id).collect();
        let mut resources = Self::made(&made, live);
        resources.retain(|address, id| {
            let pinned = self.evidence.pinned.get(address);
            pinned.is_none_or(|pinned| pinned == id || !there.contains(pinned))
        });
        let is_pinned = |address| self.desired.get(address).is_some_and(|wanted| wanted.spec.kind().pinned());
        let unchanged = plan.unchanged.iter().filter(|(address, _)| is_pinned(address));
        resources.extend(unchanged.map(|(address, id)| (address.clone(), id.clone())));
        Pins {
            resources,
            gone: deleted.into_iter().filter(|id| !there.contains(id)).collect(),
            organization: live.organization.as_ref().map(|ids| ids.organization.clone()),
            accounts: live.accounts.clone(),
        }
    }

    /// The ids of what runs have made and a look shows alive, where there is one of the address.
    fn made(made: &BTreeMap<String, Address>, live: &Live) -> BTreeMap<Address, String> {
        let mut by_address: BTreeMap<&Address, Vec<&String>> = BTreeMap::new();
        for LiveResource { observed, .. } in &live.resources {
            let is_alive = matches!(observed.state, kinds::State::Ready | kinds::State::Pending(_));
            if let Some(address) = made.get(&observed.id).filter(|_| is_alive && observed.spec.kind().pinned()) {
                by_address.entry(address).or_default().push(&observed.id);
            }
        }
        let single = by_address.into_iter().filter_map(|(address, ids)| match ids.as_slice() {
            [id] => Some((address.clone(), (*id).clone())),
            _ => None,
        });
        single.collect()
    }

    /// The lock before anything is changed: of this zone, in the organization that is there, if any is.
    #[must_use]
    pub fn claimed(&self, lock: &Lock, live: &Live) -> Lock {
        let organization = live.organization.as_ref().map(|ids| ids.organization.clone());
        lock.clone().with_identity(self.identity(organization))
    }

    /// The lock after a run.
    #[must_use]
    pub fn pinned(&self, lock: &Lock, report: &Report) -> Lock {
        let mut pins = report.pins.clone();
        pins.accounts.extend(report.accounts.clone());
        self.with_pins(lock, pins)
    }

    /// The lock with what a look has identified.
    #[must_use]
    pub fn with_pins(&self, lock: &Lock, pins: Pins) -> Lock {
        let Pins { resources, gone, organization, accounts } = pins;
        let lock = lock.clone().with_identity(self.identity(organization));
        let lock = accounts.into_iter().fold(lock, |lock, (name, id)| lock.with_account_id(name, id));
        lock.with_resources(resources, &gone)
    }

    fn identity(&self, organization: Option<String>) -> ZoneIdentity {
        ZoneIdentity { organization, ..ZoneIdentity::new(self.zone, self.sessions.caller()) }
    }

    /// Holds what is there against the zone that a lock pins: the files, the account that calls, and the organization that it
    /// is in. Nothing else is read.
    ///
    /// # Errors
    /// Where it is another zone, or AWS does not say.
    pub async fn check_identity(&self, locked: &ZoneIdentity) -> Result<(), OtherZoneError> {
        locked.check_files(self.zone)?;
        let caller = self.sessions.caller();
        locked.check_caller(caller)?;
        if locked.organization.is_none() {
            return Ok(());
        }
        let cloud = self.sessions.account(caller).await?;
        let view = View::new(cloud, Subject { zone: self.zone.name.clone(), known: Known::default() });
        let found = organization_id(&view).await?;
        locked.check_organization(caller, found.as_deref()).map_err(OtherZone::into)
    }
}
