//! The organization, its units, its accounts, and RAM's sharing within it.

use std::collections::BTreeMap;

use super::expansion::{Expansion, Placement};
use super::{ExpandError, addresses};
use crate::graph::{Address, Ref};
use crate::kinds::{self, Scope, account_address};
use crate::zone::{Account, Layout, Organization, Purpose, UnitPath};

/// Adds the organization and everything in it; nothing in a single-account zone.
pub(super) fn expand(expansion: &mut Expansion<'_>) -> Result<(), ExpandError> {
    let zone = expansion.zone;
    let Layout::Organization(organization) = &zone.layout else { return Ok(()) };
    let management = Placement::management(Scope::Organization);
    expansion.add(&management, addresses::organization(), kinds::Organization {}, [])?;
    expansion.add(
        &management,
        addresses::ram_sharing(),
        kinds::RamOrganizationSharing {},
        [addresses::organization()],
    )?;
    units(expansion, organization, &management)?;
    zone.accounts.values().try_for_each(|each| account(expansion, organization, each))
}

fn units(
    expansion: &mut Expansion<'_>,
    organization: &Organization,
    management: &Placement,
) -> Result<(), ExpandError> {
    let mut seen: BTreeMap<Address, &UnitPath> = BTreeMap::new();
    for unit in &organization.units {
        let address = addresses::unit(unit);
        if let Some(first) = seen.insert(address.clone(), unit) {
            return Err(ExpandError::UnitNamesClash { first: first.clone(), second: unit.clone(), address });
        }
        let parent = match unit.parent() {
            Some(parent) => Some(reference(organization, &parent, || format!("the organizational unit `{unit}`"))?),
            None => None,
        };
        let spec = kinds::OrganizationalUnit { name: unit.name().to_owned(), parent };
        expansion.add(management, address, spec, [addresses::organization()])?;
    }
    Ok(())
}

fn account(expansion: &mut Expansion<'_>, organization: &Organization, account: &Account) -> Result<(), ExpandError> {
    let scope = match account.purpose {
        Purpose::Networking => Scope::Organization,
        Purpose::Workload { .. } => Scope::Workload(account.name.clone()),
    };
    let email = account.email.clone().ok_or_else(|| ExpandError::MissingEmail(account.name.clone()))?;
    let parent = match &account.unit {
        Some(unit) => Some(reference(organization, unit, || format!("account `{}`", account.name))?),
        None => None,
    };
    let spec = kinds::Account { name: account.name.to_string(), email, parent };
    // Accounts are vended by the management account, and are resources of it.
    expansion.add(&Placement::management(scope), account_address(&account.name), spec, [addresses::organization()])
}

/// A reference to a unit that the organization has.
pub(super) fn reference(
    organization: &Organization,
    unit: &UnitPath,
    wanted_by: impl FnOnce() -> String,
) -> Result<Ref<kinds::OrganizationalUnit>, ExpandError> {
    if organization.units.contains(unit) {
        Ok(Ref::to(&addresses::unit(unit)))
    } else {
        Err(ExpandError::UnknownUnit { wanted_by: wanted_by(), unit: unit.clone() })
    }
}
