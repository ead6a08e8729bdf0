//! What specifications of any kind refer to.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::fields::Mark;
use super::{Field, KindName, Spec};
use crate::graph::{Address, AnyRef};

impl Spec {
    /// Every address that it refers to.
    #[must_use]
    pub fn addresses(&self) -> BTreeSet<Address> {
        self.references(|_| true).iter().filter_map(AnyRef::as_address).cloned().collect()
    }

    /// Every id of AWS's that it refers to.
    #[must_use]
    pub fn ids(&self) -> BTreeSet<String> {
        self.references(|_| true).iter().filter_map(AnyRef::as_id).map(str::to_owned).collect()
    }

    /// Every address that a field refers to.
    #[must_use]
    pub fn addresses_of(&self, field: &Field) -> BTreeSet<Address> {
        self.references(|one| one == field).iter().filter_map(AnyRef::as_address).cloned().collect()
    }

    /// Every id of AWS's that a field refers to.
    #[must_use]
    pub fn ids_of(&self, field: &Field) -> BTreeSet<String> {
        self.references(|one| one == field).iter().filter_map(AnyRef::as_id).map(str::to_owned).collect()
    }

    /// What the fields hold that a condition is true of.
    #[must_use]
    pub fn references(&self, is_meant: impl Fn(&Field) -> bool) -> BTreeSet<AnyRef> {
        let mut found = BTreeSet::new();
        self.visit(&mut |field, one| {
            if is_meant(field) {
                found.insert(one.clone());
            }
        });
        found
    }

    /// What it is a part of: it ends with that, and is not deleted before it.
    #[must_use]
    pub fn whole(&self) -> Option<AnyRef> {
        self.references(|field| field.is(Mark::PartOf)).into_iter().next()
    }

    /// What it is another account's view of: where lz knows that, it is nothing by itself.
    #[must_use]
    pub fn viewed(&self) -> Option<AnyRef> {
        self.references(|field| field.is(Mark::ViewOf)).into_iter().next()
    }

    /// The fields that AWS can't change on a live resource.
    #[must_use]
    pub fn immutable(&self) -> Vec<Field> {
        self.fields().into_iter().filter(Field::is_immutable).collect()
    }
}

impl Field {
    /// True where AWS can't change it on a live resource.
    #[must_use]
    pub fn is_immutable(&self) -> bool {
        self.is(Mark::Immutable)
    }

    /// True where it belongs to the natural key.
    #[must_use]
    pub fn is_key(&self) -> bool {
        self.is(Mark::Key)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}.{}", self.kind().as_str(), self.name()))
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let field = text.split_once('.').and_then(|(kind, name)| KindName::named(kind)?.field(name));
        field.ok_or_else(|| serde::de::Error::custom(format_args!("`{text}` is no field of a kind, as in `vpc.cidr`")))
    }
}
