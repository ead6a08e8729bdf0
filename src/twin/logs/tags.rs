//! Tags of log groups.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{check_tag_count, check_tags, find, invalid};
use super::state::LogGroup;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::json::input;
use crate::twin::world::Call;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TagRequest {
    resource_arn: String,
    tags: BTreeMap<String, String>,
}

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html>
pub(super) fn tag_resource(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: TagRequest = input(value)?;
    check_tags(&request.tags)?;
    if request.tags.is_empty() {
        return Err(invalid("At least one tag must be given."));
    }
    let group = tagged(call, &request.resource_arn)?;
    let mut tags = group.tags.clone();
    tags.extend(request.tags);
    check_tag_count(&tags)?;
    group.tags = tags;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UntagRequest {
    resource_arn: String,
    tag_keys: Vec<String>,
}

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagResource.html>
pub(super) fn untag_resource(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: UntagRequest = input(value)?;
    let group = tagged(call, &request.resource_arn)?;
    group.tags.retain(|key, _| !request.tag_keys.contains(key));
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListRequest {
    resource_arn: String,
}

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html>
pub(super) fn list_tags_for_resource(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: ListRequest = input(value)?;
    let group = tagged(call, &request.resource_arn)?;
    Ok(json!({"tags": group.tags}))
}

/// The log group of an ARN. Tags take the ARN without the `:*` that one of the two that AWS tells ends with.
fn tagged<'a>(call: &'a mut Call<'_>, arn: &str) -> Answer<&'a mut LogGroup> {
    let own = format!("arn:aws:logs:{}:{}:log-group:", call.caller.region, call.caller.account);
    let name = arn.strip_prefix(&own).filter(|name| !name.contains([':', '*']));
    let name = name.ok_or_else(|| invalid(format!("The ARN '{arn}' is not one of a log group of this account.")))?;
    find(call, name)
}
