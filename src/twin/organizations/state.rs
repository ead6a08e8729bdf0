//! What is known of accounts and organizations.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::twin::time::Moment;
use crate::twin::world::AccountId;

/// All accounts and organizations.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    pub(super) accounts: BTreeMap<AccountId, Account>,
    pub(super) organizations: BTreeMap<String, Organization>,
}

/// An AWS account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    /// Twelve digits.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// The root user's e-mail address.
    pub email: String,
    /// Before this moment the account is still being created, and nobody sees it.
    pub exists_from: Moment,
    /// From when on EC2 answers it.
    pub ec2_from: Moment,
    /// Its place in an organization.
    pub membership: Option<Membership>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// True once it was closed: nobody gets into it any more.
    #[serde(default)]
    pub suspended: bool,
    /// Regions that are switched off in it.
    #[serde(default)]
    pub disabled_regions: BTreeSet<String>,
}

/// An account's place in an organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Membership {
    /// The organization's id.
    pub organization: String,
    /// True for an account that CreateAccount made.
    pub created: bool,
    /// When it joined.
    pub joined: Moment,
    /// From when on lists show it.
    pub listed_from: Moment,
    /// The root or unit it is in.
    pub parent: String,
    /// The root or unit that lists still show it in before [`Membership::parent_seen_from`].
    pub parent_before: String,
    /// When a move has come through everywhere.
    pub parent_seen_from: Moment,
}

impl Membership {
    /// The root or unit that the account is seen in.
    #[must_use]
    pub fn seen_parent(&self, now: Moment) -> &str {
        if now < self.parent_seen_from { &self.parent_before } else { &self.parent }
    }
}

impl Account {
    /// An account that is in no organization and ready for use.
    #[must_use]
    pub fn standalone(id: &str, name: &str, email: &str, now: Moment) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            email: email.to_owned(),
            exists_from: now,
            ec2_from: now,
            membership: None,
            tags: BTreeMap::new(),
            suspended: false,
            disabled_regions: BTreeSet::new(),
        }
    }
}

/// An organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Organization {
    /// `o-…`.
    pub id: String,
    /// `r-…`.
    pub root: String,
    /// The management account.
    pub management: AccountId,
    /// `ALL` or `CONSOLIDATED_BILLING`.
    pub feature_set: String,
    /// Before this moment no account can be created.
    pub finalized_at: Moment,
    /// The units, by id.
    pub units: BTreeMap<String, Unit>,
    /// All account creations ever requested, in their order.
    pub requests: Vec<CreationRequest>,
    /// Service principals with trusted access, and since when.
    pub service_access: BTreeMap<String, Moment>,
    /// The root's tags.
    pub root_tags: BTreeMap<String, String>,
}

/// An organizational unit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Unit {
    /// `ou-…`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The root or unit it is in.
    pub parent: String,
    /// From when on lists show it.
    pub listed_from: Moment,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// A request to create an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CreationRequest {
    /// `car-…`.
    pub id: String,
    /// The account's name.
    pub name: String,
    /// When it was made.
    pub requested: Moment,
    /// When it will be done or have failed.
    pub completed: Moment,
    /// The account, or why there will be none.
    pub outcome: Result<AccountId, String>,
}

impl State {
    /// Adds an account.
    pub fn add_account(&mut self, account: Account) {
        self.accounts.insert(account.id.clone(), account);
    }

    /// True where an account has this id, even one that is still being created.
    #[must_use]
    pub fn is_taken(&self, account: &str) -> bool {
        self.accounts.contains_key(account)
    }

    /// An account that exists at `now`.
    #[must_use]
    pub fn account(&self, id: &str, now: Moment) -> Option<&Account> {
        self.accounts.get(id).filter(|account| account.exists_from <= now)
    }

    /// An account, to be changed.
    pub fn account_mut(&mut self, id: &str) -> Option<&mut Account> {
        self.accounts.get_mut(id)
    }

    /// True where a region can be used in an account.
    #[must_use]
    pub fn has_region(&self, account: &str, region: &str) -> bool {
        self.accounts.get(account).is_none_or(|account| !account.disabled_regions.contains(region))
    }

    /// The organization that an account is in.
    #[must_use]
    pub fn organization_of(&self, account: &str) -> Option<&Organization> {
        self.organizations.get(&self.accounts.get(account)?.membership.as_ref()?.organization)
    }

    /// An organization, by id.
    #[must_use]
    pub fn organization(&self, id: &str) -> Option<&Organization> {
        self.organizations.get(id)
    }

    /// The organization that an account manages, to be changed.
    pub fn organization_managed_by(&mut self, account: &str) -> Option<&mut Organization> {
        self.organizations.values_mut().find(|organization| organization.management == account)
    }

    /// An account's place as it is seen at `now`: the unit it is in, that unit's parent and so on up to the root.
    #[must_use]
    pub fn ancestors(&self, account: &str, now: Moment) -> BTreeSet<&str> {
        let Some(organization) = self.organization_of(account) else { return BTreeSet::new() };
        let parent = self.account(account, now).and_then(|account| account.membership.as_ref());
        std::iter::successors(parent.map(|membership| membership.seen_parent(now)), |id| {
            organization.units.get(*id).map(|unit| unit.parent.as_str())
        })
        .collect()
    }
    /// True where EC2 answers an account: not in the first minutes of one that was just created.
    #[must_use]
    pub fn has_ec2(&self, account: &str, now: Moment) -> bool {
        self.account(account, now).is_some_and(|account| account.ec2_from <= now)
    }

    /// The accounts of an organization, those that are still being created among them.
    pub(super) fn members<'a>(&'a self, organization: &'a str) -> impl Iterator<Item = (&'a Account, &'a Membership)> {
        self.accounts.values().filter_map(move |account| {
            let membership = account.membership.as_ref()?;
            (membership.organization == organization).then_some((account, membership))
        })
    }
}

impl Organization {
    /// True where `id` is the root or a unit.
    #[must_use]
    pub fn has_parent(&self, id: &str) -> bool {
        id == self.root || self.units.contains_key(id)
    }

    /// The path from the organization to the root or a unit, such as `o-…/r-…/ou-…/`.
    #[must_use]
    pub fn path(&self, id: &str) -> String {
        let mut path: Vec<&str> =
            std::iter::successors(Some(id), |id| self.units.get(*id).map(|unit| unit.parent.as_str())).collect();
        path.push(&self.id);
        path.reverse();
        format!("{}/", path.join("/"))
    }

    /// The ARN of something in the organization: `kind` is `account`, `ou` or `root`.
    #[must_use]
    pub fn arn(&self, kind: &str, id: &str) -> String {
        format!("arn:aws:organizations::{}:{kind}/{}/{id}", self.management, self.id)
    }
}
