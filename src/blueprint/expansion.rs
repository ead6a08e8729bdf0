//! What is expanded so far, and where its parts belong.

use std::collections::{BTreeMap, BTreeSet};

use super::ExpandError;
use crate::graph::Address;
use crate::kinds::{Desired, Owner, Resource, Scope, Spec, account_address};
use crate::values::Label;
use crate::zone::{Layout, NetworkName, Purpose, Zone};

/// The resources of a zone, as they are added.
pub(super) struct Expansion<'zone> {
    pub(super) zone: &'zone Zone,
    resources: Desired,
}

/// In which account a resource is, and whose it is.
#[derive(Debug, Clone)]
pub(super) struct Placement {
    owner: Owner,
    scope: Scope,
    /// The resource that makes the account, where lz makes it.
    account: Option<Address>,
}

impl Placement {
    /// In the organization's management account.
    pub(super) fn management(scope: Scope) -> Self {
        Self { owner: Owner::Management, scope, account: None }
    }

    /// In an account of the zone.
    pub(super) fn account(zone: &Zone, account: &Label, scope: Scope) -> Self {
        match zone.layout {
            Layout::SingleAccount => Self::management(scope),
            Layout::Organization(_) => {
                Self { owner: Owner::Account(account.clone()), scope, account: Some(account_address(account)) }
            }
        }
    }
}

impl<'zone> Expansion<'zone> {
    pub(super) fn new(zone: &'zone Zone) -> Self {
        Self { zone, resources: BTreeMap::new() }
    }

    /// Adds a resource, which waits for its account, for what its specification refers to, and for `after`.
    pub(super) fn add(
        &mut self,
        placement: &Placement,
        address: Address,
        spec: impl Into<Spec>,
        after: impl IntoIterator<Item = Address>,
    ) -> Result<(), ExpandError> {
        if self.resources.contains_key(&address) {
            return Err(ExpandError::AddressTaken(address));
        }
        let resource = Resource {
            owner: placement.owner.clone(),
            scope: placement.scope.clone(),
            spec: spec.into(),
            after: after.into_iter().chain(placement.account.clone()).collect(),
        };
        self.resources.insert(address, resource);
        Ok(())
    }

    /// All resources, once their addresses are proved to be addresses and leaves.
    pub(super) fn finish(self) -> Result<Desired, ExpandError> {
        let taken: BTreeSet<&str> = self.resources.keys().map(Address::as_str).collect();
        for address in self.resources.keys() {
            // Names of people's choosing become segments, and `child` does not measure them.
            Address::parse(address.as_str())?;
            let above = address.as_str().match_indices('/').map(|(end, _)| &address.as_str()[..end]);
            if let Some(above) = above.into_iter().find(|above| taken.contains(above)) {
                return Err(ExpandError::AddressNotALeaf { above: above.to_owned(), below: address.clone() });
            }
        }
        Ok(self.resources)
    }
}

/// The scope of a VPC: the hub where the networking account owns it, its workload otherwise.
pub(super) fn scope_of(zone: &Zone, network: &NetworkName) -> Result<Scope, ExpandError> {
    let account = zone.accounts.get(&network.account);
    let account = account.ok_or_else(|| ExpandError::UnknownAccount(network.account.clone()))?;
    Ok(match account.purpose {
        Purpose::Networking => Scope::Hub,
        Purpose::Workload { .. } => Scope::Workload(network.account.clone()),
    })
}
