//! Which zone this is: what its name, its region and the accounts that its credentials lead to must go on being.

use serde::{Deserialize, Serialize};

use super::{Layout, Zone};
use crate::values::{AccountId, Label, Region};

/// What makes a zone this one. What is not known yet is none, and contradicts nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZoneIdentity {
    /// Its name.
    pub name: Label,
    /// The region it is built in.
    pub region: Region,
    /// The organization's id, `o-…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// The organization's management account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub management_account: Option<AccountId>,
    /// The account that holds all of a zone without organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
}

/// How what is there differs from what the lock pins: it is another zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OtherZone {
    /// The files name another zone.
    #[error("lz.lock is of the zone `{locked}`, and lz.toml names the zone `{found}`")]
    Name {
        /// What the lock says.
        locked: Label,
        /// What is there.
        found: Label,
    },
    /// The files name another region.
    #[error("lz.lock is of a zone in {locked}, and lz.toml asks for one in {found}")]
    Region {
        /// What the lock says.
        locked: Region,
        /// What is there.
        found: Region,
    },
    /// The files ask for an organization where there is one account, or the other way round.
    #[error("lz.lock is of a zone in {locked}, and lz.toml asks for one in {found}")]
    Layout {
        /// What the lock says.
        locked: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// The credentials are of another account than the management account.
    #[error("lz.lock pins the management account {locked}, and the credentials are of account {found}")]
    ManagementAccount {
        /// What the lock says.
        locked: AccountId,
        /// What is there.
        found: AccountId,
    },
    /// The credentials are of another account than the only one.
    #[error("lz.lock pins the account {locked}, and the credentials are of account {found}")]
    Account {
        /// What the lock says.
        locked: AccountId,
        /// What is there.
        found: AccountId,
    },
    /// The management account is of another organization, or of none.
    #[error(
        "lz.lock pins the organization {locked}, and account {account} is {}",
        .found.as_ref().map_or_else(|| "in no organization".to_owned(), |found| format!("in the organization {found}"))
    )]
    Organization {
        /// What the lock says.
        locked: String,
        /// The account that calls.
        account: AccountId,
        /// What is there.
        found: Option<String>,
    },
}

const ORGANIZED: &str = "an organization";
const SINGLE: &str = "a single account";

impl ZoneIdentity {
    /// What the files say, and the account that calls: all that is known before AWS has shown anything.
    #[must_use]
    pub fn new(zone: &Zone, caller: &AccountId) -> Self {
        let is_organized = matches!(zone.layout, Layout::Organization(_));
        Self {
            name: zone.name.clone(),
            region: zone.region.clone(),
            organization: None,
            management_account: is_organized.then(|| caller.clone()),
            account: (!is_organized).then(|| caller.clone()),
        }
    }

    /// Holds the files against what is pinned.
    ///
    /// # Errors
    /// The first thing in which they are another zone's.
    pub fn check_files(&self, zone: &Zone) -> Result<(), OtherZone> {
        if self.name != zone.name {
            return Err(OtherZone::Name { locked: self.name.clone(), found: zone.name.clone() });
        }
        if self.region != zone.region {
            return Err(OtherZone::Region { locked: self.region.clone(), found: zone.region.clone() });
        }
        let is_organized = matches!(zone.layout, Layout::Organization(_));
        match (&self.account, &self.management_account) {
            (Some(_), None) if is_organized => Err(OtherZone::Layout { locked: SINGLE, found: ORGANIZED }),
            (None, Some(_)) if !is_organized => Err(OtherZone::Layout { locked: ORGANIZED, found: SINGLE }),
            _ => Ok(()),
        }
    }

    /// Holds the account that calls against what is pinned.
    ///
    /// # Errors
    /// Where it is another one.
    pub fn check_caller(&self, caller: &AccountId) -> Result<(), OtherZone> {
        let found = caller.clone();
        match (&self.management_account, &self.account) {
            (Some(locked), _) if locked != caller => {
                Err(OtherZone::ManagementAccount { locked: locked.clone(), found })
            }
            (None, Some(locked)) if locked != caller => Err(OtherZone::Account { locked: locked.clone(), found }),
            _ => Ok(()),
        }
    }

    /// Holds the organization that an account is in against what is pinned.
    ///
    /// # Errors
    /// Where it is another one, or none.
    pub fn check_organization(&self, account: &AccountId, found: Option<&str>) -> Result<(), OtherZone> {
        match &self.organization {
            Some(locked) if found != Some(locked.as_str()) => Err(OtherZone::Organization {
                locked: locked.clone(),
                account: account.clone(),
                found: found.map(str::to_owned),
            }),
            _ => Ok(()),
        }
    }

    /// The same with what an earlier one of the same zone knew besides.
    #[must_use]
    pub fn after(self, earlier: Option<&Self>) -> Self {
        let organization = self.organization.or_else(|| earlier.and_then(|one| one.organization.clone()));
        Self { organization, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Topology, in_one_account, sample};
    use super::*;

    fn account(digit: char) -> AccountId {
        AccountId::parse(&digit.to_string().repeat(12)).unwrap()
    }

    #[test]
    fn what_is_not_pinned_contradicts_nothing() {
        let zone = sample(Topology::Segmented, 2, 1);
        let mut identity = ZoneIdentity::new(&zone, &account('1'));
        identity.management_account = None;
        assert_eq!(identity.check_files(&zone), Ok(()));
        assert_eq!(identity.check_caller(&account('2')), Ok(()));
        assert_eq!(identity.check_organization(&account('2'), None), Ok(()));
        assert_eq!(identity.check_organization(&account('2'), Some("o-2")), Ok(()));
    }

    #[test]
    fn each_difference_is_told_with_both_sides() {
        let zone = sample(Topology::Segmented, 2, 1);
        let mut identity = ZoneIdentity::new(&zone, &account('1'));
        identity.organization = Some("o-1".to_owned());
        let mut renamed = zone.clone();
        renamed.name = Label::parse("other").unwrap();
        let mut moved = zone.clone();
        moved.region = "eu-west-3".parse().unwrap();
        let single = in_one_account(zone.clone());
        let alone = ZoneIdentity::new(&single, &account('1'));
        let told = [
            identity.check_files(&renamed),
            identity.check_files(&moved),
            identity.check_files(&single),
            alone.check_files(&zone),
            identity.check_caller(&account('2')),
            alone.check_caller(&account('2')),
            identity.check_organization(&account('1'), Some("o-2")),
            identity.check_organization(&account('1'), None),
        ];
        let told: Vec<String> = told.into_iter().map(|one| one.unwrap_err().to_string()).collect();
        insta::assert_snapshot!(told.join("\n"));
        for same in [&identity, &alone] {
            assert_eq!(same.check_caller(&account('1')), Ok(()));
        }
        assert_eq!(identity.check_files(&zone), Ok(()));
        assert_eq!(alone.check_files(&single), Ok(()));
        assert_eq!(identity.check_organization(&account('1'), Some("o-1")), Ok(()));
    }

    #[test]
    fn an_organization_that_is_not_seen_now_stays_pinned() {
        let zone = sample(Topology::Segmented, 2, 1);
        let known = ZoneIdentity { organization: Some("o-1".to_owned()), ..ZoneIdentity::new(&zone, &account('1')) };
        assert_eq!(ZoneIdentity::new(&zone, &account('1')).after(Some(&known)), known);
        let other = ZoneIdentity { organization: Some("o-2".to_owned()), ..known.clone() };
        assert_eq!(other.clone().after(Some(&known)), other);
    }
}
