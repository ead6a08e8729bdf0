//! What specifications of any kind refer to.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::fields::Mark;
use super::stack_resource::IdentifiedBy;
use super::{DeletionPolicy, Field, KindName, Observed, Spec, StackResource, StackResourceId, Tagging, Timing};
use crate::graph::{Address, AnyRef};
use crate::property::Asked;

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

    /// How long AWS usually takes with it.
    #[must_use]
    pub fn timing(&self) -> Timing {
        match self {
            Self::StackResource(resource) => resource.timing(),
            _ => self.kind().timing(),
        }
    }

    /// What people call it: AWS's name of its type where it is a stack's resource, else its kind.
    #[must_use]
    pub fn noun(&self) -> &str {
        match self {
            Self::StackResource(resource) => resource.type_name(),
            _ => self.kind().as_str(),
        }
    }

    /// It as a stack's resource, where it is one.
    #[must_use]
    pub fn as_stack_resource(&self) -> Option<&StackResource> {
        match self {
            Self::StackResource(resource) => Some(resource),
            _ => None,
        }
    }

    /// True where it carries tags: its kind does, and so does the type of a stack's resource.
    #[must_use]
    pub fn takes_tags(&self) -> bool {
        match self {
            Self::StackResource(resource) => resource.rules.tagging().is_some(),
            _ => self.kind().tagging() != Tagging::None,
        }
    }

    /// True for what is costly to lose.
    #[must_use]
    pub fn is_costly(&self) -> bool {
        match self {
            Self::StackResource(resource) => resource.is_stateful(),
            _ => self.kind().costly(),
        }
    }

    /// Why one stays where the run that made it is rolled back.
    #[must_use]
    pub fn stays(&self) -> Option<&'static str> {
        match self {
            Self::StackResource(resource) => {
                (resource.deletion == DeletionPolicy::Retain).then_some("its DeletionPolicy is Retain")
            }
            _ => self.kind().stays(),
        }
    }

    /// True where it stays when nothing asks for it any more.
    #[must_use]
    pub fn is_retained(&self) -> bool {
        matches!(self, Self::StackResource(resource) if resource.deletion.retains())
    }

    /// The same with what is known of other resources put in for the expressions that ask for it.
    #[must_use]
    pub fn filled(&self, known: &mut dyn FnMut(&AnyRef, Asked<'_>) -> Option<Value>) -> Self {
        match self {
            Self::StackResource(resource) => Self::StackResource(resource.filled(known)),
            other => other.clone(),
        }
    }

    /// The fields that AWS can't change on a live resource.
    #[must_use]
    pub fn immutable(&self) -> Vec<Field> {
        self.fields().into_iter().filter(Field::is_immutable).collect()
    }
}

impl Observed<Spec> {
    /// True for a request that has made nothing yet: there is nothing that could be deleted.
    #[must_use]
    pub fn is_request(&self) -> bool {
        StackResourceId::parse(&self.id).is_some_and(|id| id.is_request())
    }

    /// What an expression asks of it: its id, or an attribute that AWS shows.
    #[must_use]
    pub fn answer(&self, asked: Asked<'_>) -> Option<Value> {
        match (&self.spec, asked) {
            (Spec::StackResource(resource), _) => match StackResourceId::parse(&self.id)?.of {
                IdentifiedBy::Identifier(identifier) => resource.answer(&identifier, asked),
                IdentifiedBy::Request(_) => None,
            },
            (_, Asked::Id) => Some(self.id.clone().into()),
            (_, Asked::Attribute(_)) => None,
        }
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
