//! Tags of rule groups, policies and firewalls.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::firewall_state::Firewall;
use super::input::{self, Page, Tag, check_tag_count, find, invalid, named, paged, tag_list};
use super::state::{Policy, Resource, RuleGroup};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::json::input;
use crate::twin::world::Call;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TagRequest {
    resource_arn: String,
    tags: Vec<Tag>,
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_TagResource.html>
pub(super) fn tag_resource(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: TagRequest = input(value)?;
    let added = input::tags(Some(request.tags))?;
    let tags = tags_of(call, &request.resource_arn)?;
    let mut all = tags.clone();
    all.extend(added);
    check_tag_count(&all)?;
    *tags = all;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct UntagRequest {
    resource_arn: String,
    tag_keys: Vec<String>,
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_UntagResource.html>
pub(super) fn untag_resource(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: UntagRequest = input(value)?;
    if request.tag_keys.is_empty() {
        return Err(invalid("tag keys must not be empty"));
    }
    tags_of(call, &request.resource_arn)?.retain(|key, _| !request.tag_keys.contains(key));
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ListRequest {
    resource_arn: String,
    next_token: Option<String>,
    max_results: Option<usize>,
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_ListTagsForResource.html>
pub(super) fn list_tags_for_resource(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: ListRequest = input(value)?;
    let page = Page { next_token: request.next_token, max_results: request.max_results.filter(|most| *most > 0) };
    let tags = tag_list(tags_of(call, &request.resource_arn)?);
    paged("Tags", &format!("ListTagsForResource/{}", request.resource_arn), tags, &page)
}

/// The tags of what an ARN names, to be changed.
fn tags_of<'a>(call: &'a mut Call<'_>, arn: &str) -> Answer<&'a mut BTreeMap<String, String>> {
    fn of<'a, R: Resource>(call: &'a mut Call<'_>, arn: &str) -> Answer<&'a mut BTreeMap<String, String>> {
        let name = named::<R>(&call.caller, None, Some(arn.to_owned()))?;
        Ok(&mut find::<R>(call, &name)?.record_mut().tags)
    }
    let resource = arn.rsplit(':').next().and_then(|resource| resource.split_once('/')).map(|(path, _)| path);
    match resource {
        Some(RuleGroup::PATH) => of::<RuleGroup>(call, arn),
        Some(Policy::PATH) => of::<Policy>(call, arn),
        _ => of::<Firewall>(call, arn),
    }
}
