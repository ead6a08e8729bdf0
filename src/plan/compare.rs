//! What differs between a wanted specification and a live one.

use std::collections::BTreeMap;

use serde_json::Value;

use super::change::AttributeChange;
use crate::kinds::KindName;

/// The attributes in which two serialized specifications of a kind differ. References in both must be of one sort: both
/// addresses where the zone knows the resource.
#[must_use]
pub fn differences(kind: KindName, wanted: &Value, live: &Value) -> Vec<AttributeChange> {
    let (Some(wanted), Some(live)) = (wanted.as_object(), live.as_object()) else { return Vec::new() };
    wanted
        .iter()
        .filter_map(|(attribute, to)| {
            let from = live.get(attribute).unwrap_or(&Value::Null);
            let ordered = kind.ordered().contains(&attribute.as_str());
            let same = if ordered { from == to } else { sorted(from) == sorted(to) };
            (!same).then(|| AttributeChange { attribute: attribute.clone(), from: from.clone(), to: to.clone() })
        })
        .collect()
}

/// A list is a set, whose order depends on whether it holds addresses or ids, unless its kind says that order matters.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(sorted).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, field)| (name.clone(), sorted(field))).collect())
        }
        _ => value.clone(),
    }
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
    Some(AttributeChange { attribute: "tags".to_owned(), from: part(live), to: part(wanted) })
}
