//! References from one resource to another.

use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Address;

/// What a reference names: an address where lz knows the resource, AWS's own id where it does not.
///
/// It serializes as `{"address": "…"}` or `{"id": "…"}`. No other part of a specification has that shape, which lets
/// [`addresses_in`] and [`replace_references`] find every reference of any specification, and none be forgotten.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnyRef {
    /// A resource of the zone.
    Address(Address),
    /// Something in AWS.
    Id(String),
}

impl fmt::Display for AnyRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(formatter),
            Self::Id(id) => formatter.pad(id),
        }
    }
}

/// A reference to a resource of kind `K`.
#[derive(Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Ref<K>(AnyRef, #[serde(skip)] PhantomData<fn() -> K>);

impl<K> Ref<K> {
    /// A reference to a resource of the zone.
    #[must_use]
    pub fn to(address: &Address) -> Self {
        Self(AnyRef::Address(address.clone()), PhantomData)
    }

    /// A reference to something in AWS.
    #[must_use]
    pub fn id(id: impl Into<String>) -> Self {
        Self(AnyRef::Id(id.into()), PhantomData)
    }

    /// What it names.
    #[must_use]
    pub fn any(&self) -> &AnyRef {
        &self.0
    }

    /// AWS's id, where it names one.
    #[must_use]
    pub fn as_id(&self) -> Option<&str> {
        match &self.0 {
            AnyRef::Id(id) => Some(id),
            AnyRef::Address(_) => None,
        }
    }

    /// The address, where it names one.
    #[must_use]
    pub fn as_address(&self) -> Option<&Address> {
        match &self.0 {
            AnyRef::Address(address) => Some(address),
            AnyRef::Id(_) => None,
        }
    }
}

// Derives would ask the same of K, which is a marker only.
impl<K> Clone for Ref<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}
impl<K> PartialEq for Ref<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Ref<K> {}
impl<K> PartialOrd for Ref<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Ref<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> Hash for Ref<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<K> fmt::Debug for Ref<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
impl<K> fmt::Display for Ref<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The reference that a JSON value is, if it is one.
fn as_reference(value: &Value) -> Option<AnyRef> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    if object.contains_key("address") || object.contains_key("id") {
        serde_json::from_value(value.clone()).ok()
    } else {
        None
    }
}

/// Every address that a serialized specification refers to.
#[must_use]
pub fn addresses_in(value: &Value) -> BTreeSet<Address> {
    let address = |reference| match reference {
        AnyRef::Address(address) => Some(address),
        AnyRef::Id(_) => None,
    };
    references_in(value).into_iter().filter_map(address).collect()
}

/// Every id of AWS's that a serialized specification refers to.
#[must_use]
pub fn ids_in(value: &Value) -> BTreeSet<String> {
    let id = |reference| match reference {
        AnyRef::Id(id) => Some(id),
        AnyRef::Address(_) => None,
    };
    references_in(value).into_iter().filter_map(id).collect()
}

fn references_in(value: &Value) -> BTreeSet<AnyRef> {
    let mut found = BTreeSet::new();
    collect(value, &mut found);
    found
}

fn collect(value: &Value, found: &mut BTreeSet<AnyRef>) {
    match as_reference(value) {
        Some(reference) => {
            found.insert(reference);
        }
        None => match value {
            Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
            Value::Object(fields) => fields.values().for_each(|field| collect(field, found)),
            _ => {}
        },
    }
}

/// Replaces every reference of a serialized specification by what `replacement` gives for it, where it gives something.
pub fn replace_references(value: &mut Value, replacement: &dyn Fn(&AnyRef) -> Option<AnyRef>) {
    if let Some(reference) = as_reference(value) {
        if let Some(Ok(new)) = replacement(&reference).map(serde_json::to_value) {
            *value = new;
        }
        return;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace_references(item, replacement)),
        Value::Object(fields) => fields.values_mut().for_each(|field| replace_references(field, replacement)),
        _ => {}
    }
}
