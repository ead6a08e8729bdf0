//! What is wanted: resources by address.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::graph::{Address, addresses_in};
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
    ///
    /// # Errors
    /// Where the specification can't be serialized, which no kind's is.
    pub fn dependencies(&self) -> serde_json::Result<BTreeSet<Address>> {
        let mut all = addresses_in(&self.spec.attributes()?);
        all.extend(self.after.iter().cloned());
        Ok(all)
    }
}

/// The address of an account of the zone. Everything in that account waits for it.
#[must_use]
pub fn account_address(account: &Label) -> Address {
    Address::root("organization").child("accounts").child(account)
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
