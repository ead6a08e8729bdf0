//! What the actions of Organizations have in common: who may call, what inputs must look like, and pages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Organization;
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::wire::page::page;
use crate::twin::world::Call;

/// The most items of a page; also how many there are where the caller does not say.
const PAGE: usize = 20;
/// The share of calls that are answered by an empty page with a token, as AWS warns of.
const EMPTY_PAGES: f64 = 0.1;

/// The organization's id, where the caller is its management account.
pub(super) fn managed(call: &Call<'_>) -> Answer<String> {
    let organization = joined(call)?;
    if organization.management != call.caller.account {
        return Err(Fault::new("AccessDeniedException", "You don't have permissions to access this resource."));
    }
    Ok(organization.id.clone())
}

/// The organization that the caller is in.
pub(super) fn joined<'a>(call: &'a Call<'_>) -> Answer<&'a Organization> {
    call.world.organizations.organization_of(&call.caller.account).ok_or_else(not_in_use)
}

/// The organization with the id that [`managed`] told.
pub(super) fn organization<'a>(call: &'a Call<'_>, id: &str) -> Answer<&'a Organization> {
    call.world.organizations.organizations.get(id).ok_or_else(not_in_use)
}

/// The organization with the id that [`managed`] told, to be changed.
pub(super) fn organization_mut<'a>(call: &'a mut Call<'_>, id: &str) -> Answer<&'a mut Organization> {
    call.world.organizations.organizations.get_mut(id).ok_or_else(not_in_use)
}

fn not_in_use() -> Fault {
    Fault::new("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
}

/// A refused input.
pub(super) fn invalid(reason: &'static str, message: impl Into<String>) -> Fault {
    Fault::new("InvalidInputException", message).with_reason(reason)
}

/// A text of at least one and at most `longest` characters.
pub(super) fn check_length(member: &str, text: &str, longest: usize) -> Answer<()> {
    match text.chars().count() {
        0 => Err(invalid("MIN_LENGTH_EXCEEDED", format!("{member} must not be empty."))),
        length if length > longest => {
            Err(invalid("MAX_LENGTH_EXCEEDED", format!("{member} must have at most {longest} characters.")))
        }
        _ => Ok(()),
    }
}

/// Refuses a text of a wrong form.
pub(super) fn check_pattern(matches: bool, text: &str) -> Answer<()> {
    if matches {
        Ok(())
    } else {
        Err(invalid(
            "INVALID_PATTERN",
            format!("You provided a value that does not match the required pattern: {text}"),
        ))
    }
}

/// A tag.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Tag {
    key: String,
    value: String,
}

/// Tags as a map, each valid and none twice.
pub(super) fn tags(list: Option<Vec<Tag>>) -> Answer<BTreeMap<String, String>> {
    let mut tags = BTreeMap::new();
    for Tag { key, value } in list.unwrap_or_default() {
        check_length("Key", &key, 128)?;
        if value.chars().count() > 256 {
            return Err(invalid("MAX_LENGTH_EXCEEDED", "Value must have at most 256 characters."));
        }
        let allowed = |letter: char| letter.is_alphanumeric() || letter.is_whitespace() || "_.:/=+-@".contains(letter);
        check_pattern(key.chars().all(allowed), &key)?;
        check_pattern(value.chars().all(allowed), &value)?;
        if key.to_lowercase().starts_with("aws:") {
            return Err(invalid("INVALID_SYSTEM_TAGS_PARAMETER", "You can't use the aws: prefix in tag keys."));
        }
        if tags.insert(key, value).is_some() {
            return Err(invalid("DUPLICATE_TAG_KEY", "Tag keys must be unique among the tags of a resource."));
        }
    }
    check_tag_count(&tags)?;
    Ok(tags)
}

/// Refuses more tags than a resource may have.
pub(super) fn check_tag_count(tags: &BTreeMap<String, String>) -> Answer<()> {
    if tags.len() > 50 {
        return Err(Fault::new("ConstraintViolationException", "A resource can have at most 50 tags.")
            .with_reason("MAX_TAG_LIMIT_EXCEEDED"));
    }
    Ok(())
}

/// Tags as AWS lists them.
pub(super) fn tag_list(tags: &BTreeMap<String, String>) -> Vec<Value> {
    tags.iter().map(|(key, value)| serde_json::json!({"Key": key, "Value": value})).collect()
}

/// Which page of a list is wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Page {
    pub(super) next_token: Option<String>,
    pub(super) max_results: Option<usize>,
}

/// One page of a list, under the member `name`; `list` names the list with the parameters that its tokens are good for.
pub(super) fn paged(call: &mut Call<'_>, name: &str, list: &str, items: Vec<Value>, wanted: &Page) -> Answer<Value> {
    let size = match wanted.max_results {
        None => PAGE,
        Some(0) => return Err(invalid("MIN_VALUE_EXCEEDED", "MaxResults must be at least 1.")),
        Some(size) if size > PAGE => return Err(invalid("MAX_VALUE_EXCEEDED", "MaxResults must be at most 20.")),
        Some(size) => size,
    };
    let empty = call.world.draw_share(&format!("empty-page/{}/{name}", call.caller.account)) < EMPTY_PAGES;
    // Only a first page is empty: AWS gives no token twice, and an empty page behind a token would name the same one again.
    let size = if empty && wanted.next_token.is_none() { 0 } else { size };
    let (items, token) = page(items, wanted.next_token.as_deref(), size, list)
        .ok_or_else(|| invalid("INVALID_NEXT_TOKEN", "The NextToken is not one that this list gave."))?;
    let mut answer = Map::from_iter([(name.to_owned(), Value::from(items))]);
    if let Some(token) = token {
        answer.insert("NextToken".to_owned(), Value::from(token));
    }
    Ok(Value::from(answer))
}

/// A new id of `length` lower-case letters and digits behind a prefix.
pub(super) fn new_id(call: &mut Call<'_>, prefix: &str, length: usize) -> String {
    const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let stream = format!("organizations/{prefix}");
    let mut id = prefix.to_owned();
    for _ in 0..length {
        let index = call.world.draw(&stream) % ALPHABET.len() as u64;
        id.extend(usize::try_from(index).ok().and_then(|index| ALPHABET.get(index)).map(|letter| char::from(*letter)));
    }
    id
}
