//! AWS Resource Access Manager: resource shares within one organization.
//!
//! What AWS does for accounts outside of the organization by invitation is refused.
//! <https://docs.aws.amazon.com/ram/latest/userguide/getting-started-sharing.html>

use serde_json::Value;

use super::wire::fault::Answer;
use super::world::Call;

mod associations;
mod entities;
mod input;
mod lists;
mod shares;
mod state;

#[cfg(test)]
mod tests;

pub use state::{Association, Kind, Share, State, shared_with};

/// What answers one action: reads the request's members, changes the world, and gives the answer's.
pub type Handler = fn(&mut Call<'_>, Value) -> Answer<Value>;

const ACTIONS: &[(&str, &str, &str, Handler)] = &[
    ("POST", "/associateresourceshare", "AssociateResourceShare", associations::associate_resource_share),
    ("POST", "/createresourceshare", "CreateResourceShare", shares::create_resource_share),
    ("DELETE", "/deleteresourceshare", "DeleteResourceShare", shares::delete_resource_share),
    ("POST", "/disassociateresourceshare", "DisassociateResourceShare", associations::disassociate_resource_share),
    (
        "POST",
        "/enablesharingwithawsorganization",
        "EnableSharingWithAwsOrganization",
        shares::enable_sharing_with_aws_organization,
    ),
    (
        "POST",
        "/getresourceshareassociations",
        "GetResourceShareAssociations",
        associations::get_resource_share_associations,
    ),
    ("POST", "/getresourceshares", "GetResourceShares", lists::get_resource_shares),
    ("POST", "/listprincipals", "ListPrincipals", lists::list_principals),
    ("POST", "/listresources", "ListResources", lists::list_resources),
    ("POST", "/tagresource", "TagResource", shares::tag_resource),
    ("POST", "/untagresource", "UntagResource", shares::untag_resource),
    ("POST", "/updateresourceshare", "UpdateResourceShare", shares::update_resource_share),
];

/// The name of the action that has this method and path, and what answers it, if the twin knows it.
#[must_use]
pub fn handler(method: &str, path: &str) -> Option<(&'static str, Handler)> {
    ACTIONS.iter().find(|(of, at, ..)| *of == method && *at == path).map(|(.., name, handler)| (*name, *handler))
}
