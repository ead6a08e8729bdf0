//! What differs between a wanted specification and a live one.

use std::collections::BTreeMap;

use serde_json::Value;

use super::change::{Attribute, AttributeChange};
use crate::kinds::Spec;

/// The attributes in which what is there differs from what is wanted, with what both hold. References in both must be of one
/// sort: both addresses where the zone knows the resource.
#[must_use]
pub fn differences(wanted: &Spec, live: &Spec) -> Vec<AttributeChange> {
    let change = |field| {
        let (from, to) = (live.value(&field).unwrap_or_default(), wanted.value(&field).unwrap_or_default());
        AttributeChange { attribute: Attribute::Field(field), from, to }
    };
    wanted.differences(live).into_iter().map(change).collect()
}

/// The tags that are wanted and not there, as one difference.
#[must_use]
pub fn tag_differences(wanted: &BTreeMap<String, String>, live: &BTreeMap<String, String>) -> Option<AttributeChange> {
    let missing: Vec<&String> =
        wanted.iter().filter(|(key, value)| live.get(*key) != Some(value)).map(|(key, _)| key).collect();
    if missing.is_empty() {
        return None;
    }
    let part = |tags: &BTreeMap<String, String>| {
        let known = missing.iter().filter_map(|key| tags.get(*key).map(|value| ((*key).clone(), value.clone().into())));
        Value::Object(known.collect())
    };
    Some(AttributeChange { attribute: Attribute::Tags, from: part(live), to: part(wanted) })
}
