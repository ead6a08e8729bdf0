//! What a zone's files ask for.

use crate::blueprint::{ExpandError, expand};
use crate::config::Loaded;
use crate::kinds::{Desired, Owner, Scope};
use crate::reconcile::OtherZoneError;
use crate::values::Label;
use crate::zone::{Layout, Purpose};

/// What a zone's files say, and the resources that follow from it.
#[derive(Debug, Clone)]
pub struct Declared {
    /// What the files say.
    pub loaded: Loaded,
    /// The resources that follow.
    pub desired: Desired,
}

impl Declared {
    /// Expands what files say.
    ///
    /// # Errors
    /// They ask for what can't be built.
    pub fn of(loaded: Loaded) -> Result<Self, ExpandError> {
        let desired = expand(&loaded.zone)?;
        Ok(Self { loaded, desired })
    }

    /// The scopes that everything else is built on: the organization, where there is one, and the hub.
    #[must_use]
    pub fn foundation(&self) -> Vec<Scope> {
        match self.loaded.zone.layout {
            Layout::Organization(_) => vec![Scope::Organization, Scope::Hub],
            Layout::SingleAccount => vec![Scope::Hub],
        }
    }

    /// The workloads' accounts.
    #[must_use]
    pub fn workloads(&self) -> Vec<Label> {
        let accounts = self.loaded.zone.accounts.values();
        accounts.filter(|one| matches!(one.purpose, Purpose::Workload { .. })).map(|one| one.name.clone()).collect()
    }

    /// The first workload among scopes that the zone does not have.
    #[must_use]
    pub fn unknown_workload<'a>(&self, scopes: &'a [Scope]) -> Option<&'a Label> {
        let workloads = self.workloads();
        scopes.iter().find_map(|scope| match scope {
            Scope::Workload(name) if !workloads.contains(name) => Some(name),
            _ => None,
        })
    }

    /// The first account among owners that the zone does not have.
    #[must_use]
    pub fn unknown_account<'a>(&self, owners: &'a [Owner]) -> Option<&'a Label> {
        owners.iter().find_map(|owner| match owner {
            Owner::Account(name) if !self.loaded.zone.accounts.contains_key(name) => Some(name),
            _ => None,
        })
    }

    /// Refuses files that are not of the zone that the lock pins. Calls nothing.
    ///
    /// # Errors
    /// They are of another one.
    pub fn check_files(&self) -> Result<(), OtherZoneError> {
        match &self.loaded.lock.zone {
            Some(locked) => Ok(locked.check_files(&self.loaded.zone)?),
            None => Ok(()),
        }
    }
}
