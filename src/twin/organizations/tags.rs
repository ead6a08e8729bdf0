//! Tags of accounts, units and the root.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::accounts::member;
use super::input::{self, Page, Tag, check_tag_count, managed, organization_mut, paged, tag_list};
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::wire::json::input;
use crate::twin::world::Call;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TagRequest {
    resource_id: String,
    tags: Vec<Tag>,
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_TagResource.html>
pub(super) fn tag_resource(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: TagRequest = input(value)?;
    let organization = managed(call)?;
    let added = input::tags(Some(request.tags))?;
    let tags = tags_of(call, &organization, &request.resource_id)?;
    let mut all = tags.clone();
    all.extend(added);
    check_tag_count(&all)?;
    *tags = all;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct UntagRequest {
    resource_id: String,
    tag_keys: Vec<String>,
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_UntagResource.html>
pub(super) fn untag_resource(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: UntagRequest = input(value)?;
    let organization = managed(call)?;
    let tags = tags_of(call, &organization, &request.resource_id)?;
    tags.retain(|key, _| !request.tag_keys.contains(key));
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ListRequest {
    resource_id: String,
    next_token: Option<String>,
}

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListTagsForResource.html>
pub(super) fn list_tags_for_resource(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let ListRequest { resource_id, next_token } = input(value)?;
    let organization = managed(call)?;
    let tags = tag_list(tags_of(call, &organization, &resource_id)?);
    let page = Page { next_token, max_results: None };
    paged(call, "Tags", &format!("ListTagsForResource/{resource_id}"), tags, &page)
}

/// The tags of an account, a unit or the root.
fn tags_of<'a>(call: &'a mut Call<'_>, organization: &str, resource: &str) -> Answer<&'a mut BTreeMap<String, String>> {
    let not_found = || {
        let message = "We can't find a root, OU, account, or policy with the TargetId that you specified.";
        Fault::new("TargetNotFoundException", message)
    };
    if member(call, organization, resource).is_ok() {
        let account = call.world.organizations.accounts.get_mut(resource);
        return account.map(|account| &mut account.tags).ok_or_else(not_found);
    }
    let organization = organization_mut(call, organization)?;
    if resource == organization.root {
        return Ok(&mut organization.root_tags);
    }
    organization.units.get_mut(resource).map(|unit| &mut unit.tags).ok_or_else(not_found)
}
