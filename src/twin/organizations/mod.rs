//! AWS Organizations: the organization, its units and all accounts.
//!
//! Only the management account may call, as in AWS where nothing is delegated; what every member may ask is
//! `DescribeOrganization`. <https://docs.aws.amazon.com/organizations/latest/APIReference/Welcome.html>

mod accounts;
mod creation;
mod input;
mod organization;
mod state;
mod tags;
mod units;

#[cfg(test)]
mod tests;

pub use state::{Account, CreationRequest, Membership, Organization, State, Unit};

/// The quota, in [`World::quotas`](super::world::World::quotas), of accounts in one organization.
pub const ACCOUNTS_QUOTA: &str = "accounts-per-organization";

/// What answers one action.
pub type Handler = super::service::JsonHandler;

const ACTIONS: &[(&str, Handler)] = &[
    ("CreateAccount", creation::create_account),
    ("CreateOrganization", organization::create_organization),
    ("CreateOrganizationalUnit", units::create_organizational_unit),
    ("DeleteOrganizationalUnit", units::delete_organizational_unit),
    ("DescribeAccount", accounts::describe_account),
    ("DescribeCreateAccountStatus", creation::describe_create_account_status),
    ("DescribeOrganization", organization::describe_organization),
    ("DescribeOrganizationalUnit", units::describe_organizational_unit),
    ("DisableAWSServiceAccess", organization::disable_aws_service_access),
    ("EnableAWSServiceAccess", organization::enable_aws_service_access),
    ("ListAWSServiceAccessForOrganization", organization::list_aws_service_access_for_organization),
    ("ListAccounts", accounts::list_accounts),
    ("ListAccountsForParent", accounts::list_accounts_for_parent),
    ("ListCreateAccountStatus", creation::list_create_account_status),
    ("ListOrganizationalUnitsForParent", units::list_organizational_units_for_parent),
    ("ListParents", accounts::list_parents),
    ("ListRoots", organization::list_roots),
    ("ListTagsForResource", tags::list_tags_for_resource),
    ("MoveAccount", accounts::move_account),
    ("TagResource", tags::tag_resource),
    ("UntagResource", tags::untag_resource),
    ("UpdateOrganizationalUnit", units::update_organizational_unit),
];

/// What answers an action, if the twin knows it.
#[must_use]
pub fn handler(action: &str) -> Option<Handler> {
    ACTIONS.iter().find(|(name, _)| *name == action).map(|(_, handler)| *handler)
}
