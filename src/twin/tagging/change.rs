//! TagResources and UntagResources.
//!
//! <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_TagResources.html>

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::tagged::{Tagged, all, invalid};
use crate::twin::cloudcontrol::{self, TAGS_SHOWN};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::json::input;
use crate::twin::world::Call;

/// The most ARNs of a request, and tags of a resource.
const ARNS: usize = 20;
const TAGS: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TagRequest {
    #[serde(rename = "ResourceARNList")]
    resource_arn_list: Vec<String>,
    tags: BTreeMap<String, String>,
}

pub(super) fn tag_resources(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: TagRequest = input(value)?;
    if !(1..=TAGS).contains(&request.tags.len()) {
        return Err(invalid("Tags must hold 1 to 50 tags"));
    }
    for (key, value) in &request.tags {
        if !(1..=128).contains(&key.chars().count()) || value.chars().count() > 256 {
            return Err(invalid(format!("The tag '{key}' does not satisfy the constraints of tags.")));
        }
        check_key(key)?;
    }
    change(call, &request.resource_arn_list, |tags| tags.extend(request.tags.clone()))
}

fn check_key(key: &str) -> Answer<()> {
    if key.to_lowercase().starts_with("aws:") {
        return Err(invalid("aws: prefixed tag key names are not allowed for external use."));
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct UntagRequest {
    #[serde(rename = "ResourceARNList")]
    resource_arn_list: Vec<String>,
    tag_keys: Vec<String>,
}

pub(super) fn untag_resources(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: UntagRequest = input(value)?;
    if !(1..=TAGS).contains(&request.tag_keys.len()) {
        return Err(invalid("TagKeys must hold 1 to 50 keys"));
    }
    request.tag_keys.iter().try_for_each(|key| check_key(key))?;
    change(call, &request.resource_arn_list, |tags| tags.retain(|key, _| !request.tag_keys.contains(key)))
}

/// Changes the tags of each resource for itself; tells which could not be changed.
fn change(call: &mut Call<'_>, arns: &[String], change: impl Fn(&mut BTreeMap<String, String>)) -> Answer<Value> {
    if !(1..=ARNS).contains(&arns.len()) {
        return Err(invalid("ResourceARNList must hold 1 to 20 ARNs"));
    }
    let known = all(call)?;
    let mut failed = Map::new();
    for arn in arns {
        let fault = match known.iter().find(|one| one.arn == *arn) {
            Some(resource) => change_one(call, resource, &change)?,
            None => Some("The resource does not exist, or it cannot be tagged.".to_owned()),
        };
        if let Some(message) = fault {
            failed.insert(
                arn.clone(),
                json!({"StatusCode": 400, "ErrorCode": "InvalidParameterException", "ErrorMessage": message}),
            );
        }
    }
    Ok(json!({"FailedResourcesMap": failed}))
}

fn change_one(
    call: &mut Call<'_>,
    resource: &Tagged,
    change: &impl Fn(&mut BTreeMap<String, String>),
) -> Answer<Option<String>> {
    let schema = call.world.cloud_control.schema(&resource.type_name)?;
    let shown = call.done_after("tagging/lag", TAGS_SHOWN);
    let account = call.caller.account.clone();
    let regional = call.world.cloud_control.regional(&account, &resource.home);
    let Some(live) = regional.find_mut(&resource.type_name, &resource.identifier) else {
        return Ok(Some("The resource does not exist.".to_owned()));
    };
    let earlier = cloudcontrol::tags_of(&schema, &live.model);
    let mut tags = earlier.clone();
    change(&mut tags);
    if tags.len() > TAGS {
        return Ok(Some("A resource can have at most 50 tags.".to_owned()));
    }
    if tags != earlier {
        live.earlier_tags = Some((resource.tags.clone(), shown));
        cloudcontrol::set_tags(&schema, &mut live.model, &tags);
    }
    let region = call.caller.region.clone();
    cloudcontrol::write_back(call.world, &account, &region, &resource.type_name, &resource.identifier);
    Ok(None)
}
