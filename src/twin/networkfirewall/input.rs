//! What the actions of Network Firewall have in common: refusals, names and ARNs, tokens, tags and pages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::state::{Record, Regional, Resource};
use crate::twin::ec2::visibility::Spreading;
use crate::twin::time::Duration;
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::wire::page::page;
use crate::twin::world::{Call, Caller};

/// The most items of a page; also how many there are where the caller does not say.
const PAGE: usize = 100;
/// The most tags that a resource may have.
const TAGS: usize = 200;
/// How long AWS takes a policy or rule group for used after it was let go. AWS does not say; that it does was observed.
const HELD: Duration = Duration::seconds(5, 30, 600);

/// A refused input. AWS names the value in brackets behind what is wrong with it.
pub(super) fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidRequestException", message)
}

/// An action that the resource's state does not allow.
pub(super) fn not_now(message: impl Into<String>) -> Fault {
    Fault::new("InvalidOperationException", message)
}

/// The refusal to delete what something uses.
pub(super) fn still_in_use() -> Fault {
    not_now("Unable to delete the object because it is still in use")
}

/// The caller's part of Network Firewall.
pub(super) fn regional<'a>(call: &'a mut Call<'_>) -> &'a mut Regional {
    call.world.network_firewall.of(&call.caller)
}

/// The ARN of a resource of the caller.
pub(super) fn arn<R: Resource>(caller: &Caller, name: &str) -> String {
    format!("arn:aws:network-firewall:{}:{}:{}/{name}", caller.region, caller.account, R::PATH)
}

/// What a resource's name, or ARN, in a request means: its name.
///
/// # Errors
/// `InvalidRequestException` where neither is given, or both that differ, or what is no ARN of such a resource;
/// `ResourceNotFoundException` for another account's or region's.
pub(super) fn named<R: Resource>(caller: &Caller, name: Option<String>, given_arn: Option<String>) -> Answer<String> {
    let Some(given_arn) = given_arn else {
        let name = name.ok_or_else(|| invalid(format!("You must specify the ARN or the name of the {}.", R::NOUN)))?;
        check_name(&name)?;
        return Ok(name);
    };
    let of_arn = name_in_arn::<R>(caller, &given_arn)?;
    if name.is_some_and(|name| name != of_arn) {
        return Err(invalid(format!("The ARN and the name are of different resources, parameter: [{given_arn}]")));
    }
    Ok(of_arn)
}

/// The name in the ARN of a resource of the caller.
fn name_in_arn<R: Resource>(caller: &Caller, given: &str) -> Answer<String> {
    let parts: Vec<&str> = given.splitn(6, ':').collect();
    let name = match parts.as_slice() {
        ["arn", "aws", "network-firewall", _, _, resource] => {
            resource.strip_prefix(R::PATH).and_then(|rest| rest.strip_prefix('/'))
        }
        _ => None,
    };
    let name = name.ok_or_else(|| invalid(format!("ARN is invalid, parameter: [{given}]")))?;
    check_name(name)?;
    if given == arn::<R>(caller, name) { Ok(name.to_owned()) } else { Err(not_found::<R>(given)) }
}

pub(super) fn not_found<R: Resource>(name: &str) -> Fault {
    Fault::new("ResourceNotFoundException", format!("{} not found, parameter: [{name}]", R::NOUN))
}

/// A resource that a call at this moment sees, also one that is being deleted.
///
/// # Errors
/// `ResourceNotFoundException`.
pub(super) fn find<'a, R: Resource>(call: &'a mut Call<'_>, name: &str) -> Answer<&'a mut R> {
    let now = call.now;
    let key = visibility_key::<R>(name);
    let regional = regional(call);
    let seen = regional.visibility.sees(&key, now);
    R::all(regional)
        .get_mut(name)
        .filter(|resource| seen && resource.record().is_there(now))
        .ok_or_else(|| not_found::<R>(name))
}

/// A resource that another one is to use: it is found by its ARN whoever sees it, and must not be going.
///
/// # Errors
/// `InvalidRequestException`.
pub(super) fn referred<'a, R: Resource>(call: &'a mut Call<'_>, given: &str) -> Answer<(String, &'a mut R)> {
    let unknown = || invalid(format!("{} not found, parameter: [{given}]", R::NOUN));
    let name = name_in_arn::<R>(&call.caller, given).map_err(|_| unknown())?;
    let now = call.now;
    let resource = R::all(regional(call)).get_mut(&name).filter(|resource| resource.record().is_there(now));
    let resource = resource.ok_or_else(unknown)?;
    if resource.record().gone_at.is_some() {
        return Err(invalid(format!("{} is being deleted, parameter: [{given}]", R::NOUN)));
    }
    Ok((name, resource))
}

/// Refuses a name that is taken, and one more resource than the quota allows.
pub(super) fn check_room<R: Resource>(call: &mut Call<'_>, name: &str, quota: (&str, u64)) -> Answer<()> {
    let (now, most) = (call.now, call.quota(quota.0, quota.1));
    let all = R::all(regional(call));
    all.retain(|_, resource| resource.record().is_there(now));
    if all.contains_key(name) {
        let text = format!("A resource with the specified name already exists, parameter: [{name}]");
        return Err(invalid(text));
    }
    if all.len() as u64 >= most {
        return Err(Fault::new("LimitExceededException", format!("You have reached the limit of {most} {}s", R::NOUN)));
    }
    Ok(())
}

/// Adds a new resource, which not every call sees at once.
pub(super) fn insert<R: Resource>(call: &mut Call<'_>, name: &str, resource: R) {
    let spreading = Spreading::begin(call, "network-firewall/visibility");
    let regional = regional(call);
    regional.visibility.spread(&visibility_key::<R>(name), spreading);
    R::all(regional).insert(name.to_owned(), resource);
}

fn visibility_key<R: Resource>(name: &str) -> String {
    format!("{}/{name}", R::PATH)
}

/// What AWS keeps of a new resource.
pub(super) fn new_record(call: &mut Call<'_>, description: Option<String>, tags: BTreeMap<String, String>) -> Record {
    Record {
        id: new_uuid(call, "id"),
        description: description.filter(|text| !text.is_empty()),
        tags,
        update_token: new_uuid(call, "token"),
        modified: call.now,
        held_until: call.now,
        gone_at: None,
    }
}

fn new_uuid(call: &mut Call<'_>, what: &str) -> String {
    let stream = format!("network-firewall/{what}/{}/{}", call.caller.account, call.caller.region);
    call.world.new_uuid(&stream)
}

/// Notes that a resource was changed now, which makes the tokens that were given out for it stale.
pub(super) fn touch<R: Resource>(call: &mut Call<'_>, name: &str) {
    let (now, token) = (call.now, new_uuid(call, "token"));
    if let Some(resource) = R::all(regional(call)).get_mut(name) {
        let record = resource.record_mut();
        record.update_token = token;
        record.modified = now;
    }
}

/// Notes that nothing uses a resource from `free` on, which AWS notices later.
pub(super) fn let_go<R: Resource>(call: &mut Call<'_>, name: &str, free: crate::twin::time::Moment) {
    let lag = call.done_after("network-firewall/held", HELD).since(call.now);
    if let Some(resource) = R::all(regional(call)).get_mut(name) {
        let record = resource.record_mut();
        record.held_until = record.held_until.max(free.after(lag));
    }
}

/// Refuses a token that is not the resource's present one.
pub(super) fn check_token(record: &Record, given: &str) -> Answer<()> {
    if record.update_token == given {
        return Ok(());
    }
    Err(Fault::new("InvalidTokenException", "Update token is invalid. Retrieve the object again and retry the update."))
}

/// Refuses what cannot be the name of a resource.
pub(super) fn check_name(name: &str) -> Answer<()> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    if (1..=128).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(());
    }
    Err(invalid(format!("resource name must match ^[a-zA-Z0-9-]{{1,128}}$, parameter: [{name}]")))
}

/// Refuses a description that is too long.
pub(super) fn check_description(description: Option<&str>) -> Answer<()> {
    match description {
        Some(text) if text.chars().count() > 512 => Err(invalid("description must have at most 512 characters")),
        _ => Ok(()),
    }
}

/// Keys: the twin has none but AWS's own.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Encryption {
    #[serde(rename = "Type")]
    key_type: String,
}

/// Refuses keys that are not AWS's own.
pub(super) fn check_encryption(encryption: Option<&Encryption>) -> Answer<()> {
    match encryption {
        Some(encryption) if encryption.key_type != "AWS_OWNED_KMS_KEY" => {
            Err(invalid("The simulated AWS has no keys for Network Firewall but AWS's own."))
        }
        _ => Ok(()),
    }
}

/// The encryption that everything has.
pub(super) fn encryption() -> Value {
    json!({"KeyId": "AWS_OWNED_KMS_KEY", "Type": "AWS_OWNED_KMS_KEY"})
}

/// A tag.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Tag {
    key: String,
    value: String,
}

/// Tags as a map, each valid and none twice. A list that is given is not empty.
pub(super) fn tags(list: Option<Vec<Tag>>) -> Answer<BTreeMap<String, String>> {
    if list.as_ref().is_some_and(Vec::is_empty) {
        return Err(invalid("Tags must not be empty"));
    }
    let mut tags = BTreeMap::new();
    for Tag { key, value } in list.unwrap_or_default() {
        if !(1..=128).contains(&key.chars().count()) || value.chars().count() > 256 {
            return Err(invalid(format!("tag is too long or empty, parameter: [{key}]")));
        }
        if key.to_lowercase().starts_with("aws:") {
            return Err(invalid(format!("tag keys must not begin with aws:, parameter: [{key}]")));
        }
        if tags.insert(key.clone(), value).is_some() {
            return Err(invalid(format!("tag key is given twice, parameter: [{key}]")));
        }
    }
    check_tag_count(&tags)?;
    Ok(tags)
}

/// Refuses more tags than a resource may have.
pub(super) fn check_tag_count(tags: &BTreeMap<String, String>) -> Answer<()> {
    if tags.len() > TAGS {
        return Err(invalid(format!("a resource can have at most {TAGS} tags")));
    }
    Ok(())
}

/// Tags as AWS lists them, under the member `Tags`: there is none where there are no tags.
pub(super) fn put_tags(into: &mut Value, tags: &BTreeMap<String, String>) {
    if !tags.is_empty() {
        into["Tags"] = tag_list(tags).into();
    }
}

/// Tags as AWS lists them.
pub(super) fn tag_list(tags: &BTreeMap<String, String>) -> Vec<Value> {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

/// Which page of a list is wanted.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) next_token: Option<String>,
    pub(super) max_results: Option<usize>,
}

/// One page of a list, under the member `name`; `list` names the list with the parameters that its tokens are good for.
pub(super) fn paged(name: &str, list: &str, items: Vec<Value>, wanted: &Page) -> Answer<Value> {
    let size = wanted.max_results.unwrap_or(PAGE);
    if !(1..=PAGE).contains(&size) {
        return Err(invalid(format!("max results must be from 1 to {PAGE}, parameter: [{size}]")));
    }
    let (items, token) = page(items, wanted.next_token.as_deref(), size, list)
        .ok_or_else(|| invalid("next token is invalid for this list"))?;
    let mut answer = Map::from_iter([(name.to_owned(), Value::from(items))]);
    if let Some(token) = token {
        answer.insert("NextToken".to_owned(), Value::from(token));
    }
    Ok(Value::from(answer))
}

/// All resources of a kind that a call at this moment sees, with their names.
pub(super) fn listed<R: Resource>(call: &mut Call<'_>, mut wanted: impl FnMut(&R) -> bool) -> Vec<String> {
    let now = call.now;
    let regional = regional(call);
    let names: Vec<String> = R::all(regional)
        .iter()
        .filter(|(_, resource)| resource.record().is_there(now) && wanted(resource))
        .map(|(name, _)| name.clone())
        .collect();
    names.into_iter().filter(|name| regional.visibility.sees(&visibility_key::<R>(name), now)).collect()
}
