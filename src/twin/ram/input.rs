//! What RAM's actions have in common: what inputs must look like, and pages.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Share;
use crate::twin::time::Moment;
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::wire::page::page;
use crate::twin::world::Call;

/// The most items of a page.
const LARGEST_PAGE: usize = 500;
/// How long a deleted share is still shown, in milliseconds.
const DELETED_SHOWN: u64 = 2 * 3600 * 1000;

/// A tag.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tag {
    key: String,
    value: String,
}

/// Tags as a map.
pub(super) fn tags(list: Vec<Tag>) -> Answer<BTreeMap<String, String>> {
    let mut tags = BTreeMap::new();
    for Tag { key, value } in list {
        if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 || key.starts_with("aws:") {
            return Err(invalid(format!("The tag {key} is invalid.")));
        }
        if tags.insert(key, value).is_some() {
            return Err(invalid("Tag keys must be unique."));
        }
    }
    Ok(tags)
}

/// A refused input.
pub(super) fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterException", message)
}

/// Refuses members that AWS knows and the twin does not have.
pub(super) fn refuse_unsupported(name: &str, values: Option<&[String]>) -> Answer<()> {
    match values {
        None | Some([]) => Ok(()),
        Some(_) => Err(invalid(format!("The simulated AWS does not support {name}."))),
    }
}

/// One of the values of an enumeration.
pub(super) fn check_one_of(name: &str, value: Option<&str>, allowed: &[&str]) -> Answer<()> {
    match value {
        Some(other) if !allowed.contains(&other) => Err(invalid(format!("{other} is no valid {name}."))),
        _ => Ok(()),
    }
}

/// True where a share is still shown at all.
pub(super) fn is_shown(share: &Share, now: Moment) -> bool {
    share.deletion.is_none_or(|(_, done)| now < done.after(DELETED_SHOWN))
}

/// A share that the caller owns, in the caller's region, and that is not being deleted.
pub(super) fn own_share<'a>(call: &'a mut Call<'_>, arn: &str) -> Answer<&'a mut Share> {
    check_share_arn(arn)?;
    let Call { world, caller, .. } = call;
    world
        .ram
        .shares
        .get_mut(arn)
        .filter(|share| share.owner == caller.account && share.region == caller.region && share.deletion.is_none())
        .ok_or_else(|| unknown(format!("ResourceShare {arn} could not be found.")))
}

/// The refusal of something that does not exist.
pub(super) fn unknown(message: impl Into<String>) -> Fault {
    Fault::new("UnknownResourceException", message)
}

/// Refuses what is no share's ARN.
pub(super) fn check_share_arn(arn: &str) -> Answer<()> {
    if arn.starts_with("arn:aws:ram:") && arn.contains(":resource-share/") {
        return Ok(());
    }
    Err(malformed(arn))
}

/// The refusal of what is no ARN.
pub(super) fn malformed(arn: &str) -> Fault {
    Fault::new("MalformedArnException", format!("The specified ARN {arn} is not valid."))
}

/// One page of a list, under the member `name`; `list` names the list with the parameters that its tokens are good for.
pub(super) fn paged(
    name: &str,
    list: &str,
    items: Vec<Value>,
    token: Option<&str>,
    size: Option<usize>,
) -> Answer<Value> {
    let size = size.unwrap_or(LARGEST_PAGE);
    if !(1..=LARGEST_PAGE).contains(&size) {
        return Err(invalid("maxResults must be between 1 and 500."));
    }
    let (items, token) = page(items, token, size, list)
        .ok_or_else(|| Fault::new("InvalidNextTokenException", "The specified nextToken is not valid."))?;
    let mut answer = Map::from_iter([(name.to_owned(), Value::from(items))]);
    answer.extend(token.map(|token| ("nextToken".to_owned(), Value::from(token))));
    Ok(Value::from(answer))
}

/// A request's members without its client token.
pub(super) fn without_token(mut parameters: Value) -> Value {
    if let Some(members) = parameters.as_object_mut() {
        members.remove("clientToken");
    }
    parameters
}

/// A request's members without those that say which page is wanted.
pub(super) fn without_page(mut parameters: Value) -> Value {
    if let Some(members) = parameters.as_object_mut() {
        members.retain(|name, _| name != "nextToken" && name != "maxResults");
    }
    parameters
}

/// Runs a change at most once for a client token: a repetition gets the first answer, other parameters under the same
/// token are refused. Without a token the change is just run.
pub(super) fn once(
    call: &mut Call<'_>,
    action: &str,
    token: Option<String>,
    parameters: Value,
    change: impl FnOnce(&mut Call<'_>) -> Answer<Value>,
) -> Answer<Value> {
    let Some(token) = token else { return change(call) };
    if token.is_empty() || token.len() > 64 {
        return Err(Fault::new("InvalidClientTokenException", "The client token is not valid."));
    }
    let name = format!("{}/{}/{action}/{token}", call.caller.account, call.caller.region);
    if let Some((first, answer)) = call.world.ram.tokens.get(&name) {
        if *first == parameters {
            return Ok(answer.clone());
        }
        let message = "The client token input parameter was matched one used with a previous call to the operation, but at least one of the other input parameters is different from the previous call.";
        return Err(Fault::new("IdempotentParameterMismatchException", message));
    }
    let mut answer = change(call)?;
    answer["clientToken"] = Value::from(token);
    call.world.ram.tokens.insert(name, (parameters, answer.clone()));
    Ok(answer)
}

/// A share as AWS tells it.
pub(super) fn describe(share: &Share, now: Moment) -> Value {
    let tags: Vec<Value> = share.tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
    json!({
        "resourceShareArn": share.arn,
        "name": share.name,
        "owningAccountId": share.owner,
        "allowExternalPrincipals": share.allow_external,
        "status": share.status(now),
        "tags": tags,
        "creationTime": share.created.epoch_seconds(),
        "lastUpdatedTime": share.updated.epoch_seconds(),
        "featureSet": "STANDARD",
    })
}
