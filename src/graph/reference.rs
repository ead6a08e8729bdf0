//! References from one resource to another.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use super::Address;

/// What a reference names: an address where lz knows the resource, AWS's own id where it does not.
///
/// It serializes as `{"address": "…"}` or `{"id": "…"}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnyRef {
    /// A resource of the zone.
    Address(Address),
    /// Something in AWS.
    Id(String),
}

impl AnyRef {
    /// The address, where it names one.
    #[must_use]
    pub fn as_address(&self) -> Option<&Address> {
        match self {
            Self::Address(address) => Some(address),
            Self::Id(_) => None,
        }
    }

    /// AWS's id, where it names one.
    #[must_use]
    pub fn as_id(&self) -> Option<&str> {
        match self {
            Self::Id(id) => Some(id),
            Self::Address(_) => None,
        }
    }
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
        self.0.as_id()
    }

    /// The address, where it names one.
    #[must_use]
    pub fn as_address(&self) -> Option<&Address> {
        self.0.as_address()
    }
}

impl<K> From<AnyRef> for Ref<K> {
    fn from(any: AnyRef) -> Self {
        Self(any, PhantomData)
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
