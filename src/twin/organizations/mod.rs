//! AWS Organizations: the organization, its units and all accounts.
//!
//! Only the management account may call, as without delegated administrators in AWS; what every member may ask is
//! `DescribeOrganization`. <https://docs.aws.amazon.com/organizations/latest/APIReference/Welcome.html>

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::time::Moment;
use super::world::AccountId;

/// The quota, in [`World::quotas`](super::world::World::quotas), of accounts in one organization.
pub const ACCOUNTS_QUOTA: &str = "accounts-per-organization";

/// All accounts and organizations.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    accounts: BTreeMap<AccountId, Account>,
    organizations: BTreeMap<String, Organization>,
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
}

/// An account's place in an organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Membership {
    /// The organization's id.
    pub organization: String,
    /// True for an account that CreateAccount made.
    pub created: bool,
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
}
