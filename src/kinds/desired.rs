//! What is wanted: resources by address.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::graph::Address;
use crate::kinds::Spec;
use crate::values::Label;

/// A resource that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// The account it is in.
    pub owner: Owner,
    /// Whose it is: the unit of blame and of rollback.
    pub scope: Scope,
    /// What it is.
    pub spec: Spec,
    /// What must be there first, besides what the specification refers to.
    pub after: BTreeSet<Address>,
}

impl Resource {
    /// Everything that must be there first.
    #[must_use]
    pub fn dependencies(&self) -> BTreeSet<Address> {
        let mut all = self.spec.addresses();
        all.extend(self.after.iter().cloned());
        all
    }
}

/// What the addresses of the organization's parts begin with.
const ORGANIZATION: &str = "organization";

/// The address of an account of the zone. Everything in that account waits for it.
#[must_use]
pub fn account_address(account: &Label) -> Address {
    Address::root(ORGANIZATION).child("accounts").child(account)
}

/// What stands for the account that calls, in a single-account zone: no resource has this address.
#[must_use]
pub fn caller_address() -> Address {
    Address::root(ORGANIZATION).child("caller")
}

/// The account of the zone whose address this is.
#[must_use]
pub fn account_of(address: &Address) -> Option<Label> {
    let last = address.as_str().rsplit('/').next()?;
    Label::parse(last).ok().filter(|name| account_address(name) == *address)
}

/// What an address begins with. It tells where something is that the files no longer ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Root {
    /// The organization: its units and accounts.
    Organization,
    /// What may be an account of the zone, by name.
    Account(Label),
    /// Nothing that lz makes.
    Unknown,
}

impl Root {
    /// What an address begins with.
    #[must_use]
    pub fn of(address: &Address) -> Self {
        let first = address.as_str().split('/').next().unwrap_or_default();
        match Label::parse(first) {
            _ if first == ORGANIZATION => Self::Organization,
            Ok(name) => Self::Account(name),
            Err(_) => Self::Unknown,
        }
    }
}

/// All that is wanted.
pub type Desired = BTreeMap<Address, Resource>;

/// The account that a resource is in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// The account whose credentials lz starts with: the organization's management account, or the only account.
    Management,
    /// An account of the zone, by name.
    Account(Label),
}

impl fmt::Display for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Management => formatter.pad("management"),
            Self::Account(name) => name.fmt(formatter),
        }
    }
}

/// The unit of blame and of rollback.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The organization, its units, the networking account.
    Organization,
    /// The transit gateway and the hub's VPCs.
    Hub,
    /// A workload: its account, its VPCs, and the hub's parts that connect them.
    Workload(Label),
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organization => formatter.pad("organization"),
            Self::Hub => formatter.pad("hub"),
            Self::Workload(name) => name.fmt(formatter),
        }
    }
}
