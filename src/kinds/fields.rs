//! The fields of specifications: what they refer to, which of them differ, and what is true of each.
//!
//! `with_fields!` stands around a kind's struct and reads its fields from there, so that none can be forgotten. What
//! is true of a field is a mark on it:
//!
//! - `#[immutable]`: AWS can't change it on a live resource, and a difference there means replacement;
//! - `#[key]`: it belongs to the natural key;
//! - `#[part_of]`: it names what the resource is a part of; it ends with that, and is not deleted before it;
//! - `#[view_of]`: it names what the resource is another account's view of: where lz knows that, it is nothing by itself.
//!
//! A list whose order matters is a `Vec`, any other one a `BTreeSet`.
//!
//! [`Fields`] is all that planning asks of a kind. It takes neither fields nor their names from a list that is fixed when lz
//! is built, so that a kind may learn its fields from a schema.

use std::collections::BTreeSet;
use std::fmt::Debug;

use serde_json::Value;

use crate::graph::{AnyRef, Ref};
use crate::values::{Cidr, Email, ZoneId};

/// The fields of a specification.
pub trait Fields {
    /// A field.
    type Field: FieldMarks;

    /// What the kind is, in a sentence or two.
    const DOC: &'static str;

    /// The fields that it has.
    fn fields(&self) -> Vec<Self::Field>;

    /// The fields in which another specification differs.
    fn differences(&self, other: &Self) -> Vec<Self::Field>;

    /// What a field holds, for files and reports.
    fn value(&self, field: &Self::Field) -> Value;

    /// Shows every reference, with the field that holds it.
    fn visit(&self, visitor: &mut dyn FnMut(&Self::Field, &AnyRef));

    /// Replaces every reference by what `replacement` gives for it, where it gives something.
    fn map_references(&mut self, replacement: &mut dyn FnMut(&AnyRef) -> Option<AnyRef>);

    /// What the fields of the natural key hold.
    fn key(&self) -> Vec<KeyPart>;
}

/// What is true of a field, whatever it holds.
pub trait FieldMarks: Debug + Clone + PartialEq + Eq + PartialOrd + Ord + Sized + 'static {
    /// The fields that lz knows when it is built: none of a kind that learns them.
    fn all() -> Vec<Self>;

    /// Its name in files and reports.
    fn name(&self) -> &str;

    /// True where a mark is on it.
    fn is(&self, mark: Mark) -> bool;

    /// The field of a name.
    fn named(name: &str) -> Option<Self>;
}

/// Something that is true of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// AWS can't change it on a live resource.
    Immutable,
    /// It belongs to the natural key.
    Key,
    /// It names what the resource is a part of.
    PartOf,
    /// It names what the resource is another account's view of.
    ViewOf,
}

/// What a field of a natural key holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyPart {
    /// Nothing.
    Nothing,
    /// A reference.
    Reference(AnyRef),
    /// A text.
    Text(String),
}

/// What a field may hold.
pub trait FieldValue {
    /// Shows every reference in it.
    fn visit(&self, visitor: &mut dyn FnMut(&AnyRef));

    /// Replaces every reference in it by what `replacement` gives, where it gives something.
    fn map_references(&mut self, replacement: &mut dyn FnMut(&AnyRef) -> Option<AnyRef>);

    /// It in files and reports: what serde makes of it.
    fn value(&self) -> Value;
}

/// What a field of a natural key may hold.
pub trait KeyValue {
    /// It as a part of the key.
    fn part(&self) -> KeyPart;
}

/// Declares a specification: an ordinary struct, with an enum of its fields and [`Fields`].
macro_rules! with_fields {
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident with $fields:ident { $($body:tt)* }
    ) => {
        with_fields! { @read [$($doc)*] $name $fields () () () (); $($body)* }
    };

    // One attribute or field after the other: what is read, then the docs, marks and name of the field at hand.
    (@read $of:tt $name:ident $fields:ident $read:tt ($($doc:literal)*) $marks:tt $as:tt; #[doc = $next:literal] $($rest:tt)*) => {
        with_fields! { @read $of $name $fields $read ($($doc)* $next) $marks $as; $($rest)* }
    };
    (@read $of:tt $name:ident $fields:ident $read:tt $docs:tt $marks:tt (); #[serde(rename = $as:literal)] $($rest:tt)*) => {
        with_fields! { @read $of $name $fields $read $docs $marks ($as); $($rest)* }
    };
    (@read $of:tt $name:ident $fields:ident $read:tt $docs:tt ($($mark:ident)*) $as:tt; #[$next:ident] $($rest:tt)*) => {
        with_fields! { @read $of $name $fields $read $docs ($($mark)* $next) $as; $($rest)* }
    };
    (@read $of:tt $name:ident $fields:ident ($($read:tt)*) $docs:tt $marks:tt $as:tt; pub $field:ident: $type:ty, $($rest:tt)*) => {
        with_fields! { @read $of $name $fields ($($read)* { $docs $marks $as $field $type }) () () (); $($rest)* }
    };

    (
        @read [$($of:literal)*] $name:ident $fields:ident
        ($({ ($($doc:literal)*) ($($mark:ident)*) ($($as:literal)?) $field:ident $type:ty })*) () () ();
    ) => {
        $(#[doc = $of])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[doc = $doc])* $(#[serde(rename = $as)])? pub $field: $type,)*
        }

        #[doc = concat!("A field of [`", stringify!($name), "`].")]
        #[allow(non_camel_case_types, reason = "each has the name of its field")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $fields {
            $($(#[doc = $doc])* $field,)*
        }

        impl $crate::kinds::fields::FieldMarks for $fields {
            fn all() -> Vec<Self> {
                vec![$(Self::$field),*]
            }

            fn name(&self) -> &str {
                match *self { $(Self::$field => with_fields!(@name $field $($as)?),)* }
            }

            #[allow(unreachable_code, unused_variables, reason = "a kind may have no fields")]
            fn is(&self, mark: $crate::kinds::fields::Mark) -> bool {
                let marks: &[$crate::kinds::fields::Mark] = match *self {
                    $(Self::$field => &[$(with_fields!(@mark $mark)),*],)*
                };
                marks.contains(&mark)
            }

            fn named(name: &str) -> Option<Self> {
                $(if name == with_fields!(@name $field $($as)?) {
                    return Some(Self::$field);
                })*
                let _ = name;
                None
            }
        }

        impl $crate::kinds::fields::Fields for $name {
            type Field = $fields;

            const DOC: &'static str = concat!($($of),*);

            fn fields(&self) -> Vec<$fields> {
                vec![$($fields::$field),*]
            }

            fn differences(&self, other: &Self) -> Vec<$fields> {
                let Self { $($field),* } = self;
                let all: Vec<(bool, $fields)> = vec![$(($field != &other.$field, $fields::$field)),*];
                let _ = other;
                all.into_iter().filter(|(differs, _)| *differs).map(|(_, field)| field).collect()
            }

            fn value(&self, field: &$fields) -> serde_json::Value {
                match *field { $($fields::$field => $crate::kinds::fields::FieldValue::value(&self.$field),)* }
            }

            fn visit(&self, visitor: &mut dyn FnMut(&$fields, &$crate::graph::AnyRef)) {
                $($crate::kinds::fields::FieldValue::visit(&self.$field, &mut |one| visitor(&$fields::$field, one));)*
                let _ = visitor;
            }

            fn map_references(
                &mut self,
                replacement: &mut dyn FnMut(&$crate::graph::AnyRef) -> Option<$crate::graph::AnyRef>,
            ) {
                $($crate::kinds::fields::FieldValue::map_references(&mut self.$field, replacement);)*
                let _ = replacement;
            }

            fn key(&self) -> Vec<$crate::kinds::fields::KeyPart> {
                let parts: Vec<Option<$crate::kinds::fields::KeyPart>> =
                    vec![$($(with_fields!(@key $mark self.$field),)*)*];
                parts.into_iter().flatten().collect()
            }
        }
    };

    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $as:literal) => { $as };

    (@mark immutable) => { $crate::kinds::fields::Mark::Immutable };
    (@mark key) => { $crate::kinds::fields::Mark::Key };
    (@mark part_of) => { $crate::kinds::fields::Mark::PartOf };
    (@mark view_of) => { $crate::kinds::fields::Mark::ViewOf };

    (@key key $value:expr) => { Some($crate::kinds::fields::KeyValue::part(&$value)) };
    (@key $other:ident $value:expr) => { None };
}

/// Declares what an enum in a field holds: its variants with serde's names for them.
macro_rules! variants {
    ($name:ident { $($variant:ident $(($value:ident))? = $text:literal,)+ }) => {
        impl $crate::kinds::fields::FieldValue for $name {
            fn visit(&self, visitor: &mut dyn FnMut(&$crate::graph::AnyRef)) {
                match self {
                    $(Self::$variant $(($value))? => {
                        $($crate::kinds::fields::FieldValue::visit($value, visitor);)?
                    })+
                }
                let _ = visitor;
            }

            fn map_references(
                &mut self,
                replacement: &mut dyn FnMut(&$crate::graph::AnyRef) -> Option<$crate::graph::AnyRef>,
            ) {
                match self {
                    $(Self::$variant $(($value))? => {
                        $($crate::kinds::fields::FieldValue::map_references($value, replacement);)?
                    })+
                }
                let _ = replacement;
            }

            fn value(&self) -> serde_json::Value {
                match self {
                    $(Self::$variant $(($value))? => variants!(@value $text $($value)?),)+
                }
            }
        }
    };

    (@value $text:literal) => { serde_json::Value::from($text) };
    (@value $text:literal $value:ident) => {
        serde_json::Value::from_iter([($text, $crate::kinds::fields::FieldValue::value($value))])
    };
}

/// Declares what a struct in a field holds: all its fields.
macro_rules! nested {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::kinds::fields::FieldValue for $name {
            fn visit(&self, visitor: &mut dyn FnMut(&$crate::graph::AnyRef)) {
                let Self { $($field),+ } = self;
                $($crate::kinds::fields::FieldValue::visit($field, visitor);)+
            }

            fn map_references(
                &mut self,
                replacement: &mut dyn FnMut(&$crate::graph::AnyRef) -> Option<$crate::graph::AnyRef>,
            ) {
                let Self { $($field),+ } = self;
                $($crate::kinds::fields::FieldValue::map_references($field, replacement);)+
            }

            fn value(&self) -> serde_json::Value {
                let Self { $($field),+ } = self;
                serde_json::Value::from_iter([$((
                    stringify!($field),
                    $crate::kinds::fields::FieldValue::value($field),
                )),+])
            }
        }
    };
}

pub(in crate::kinds) use {nested, variants, with_fields};

impl FieldValue for AnyRef {
    fn visit(&self, visitor: &mut dyn FnMut(&AnyRef)) {
        visitor(self);
    }

    fn map_references(&mut self, replacement: &mut dyn FnMut(&AnyRef) -> Option<AnyRef>) {
        if let Some(other) = replacement(self) {
            *self = other;
        }
    }

    fn value(&self) -> Value {
        match self {
            Self::Address(address) => Value::from_iter([("address", address.as_str())]),
            Self::Id(id) => Value::from_iter([("id", id.as_str())]),
        }
    }
}

impl<K> FieldValue for Ref<K> {
    fn visit(&self, visitor: &mut dyn FnMut(&AnyRef)) {
        visitor(self.any());
    }

    fn map_references(&mut self, replacement: &mut dyn FnMut(&AnyRef) -> Option<AnyRef>) {
        if let Some(other) = replacement(self.any()) {
            *self = other.into();
        }
    }

    fn value(&self) -> Value {
        self.any().value()
    }
}

impl<V: FieldValue> FieldValue for Option<V> {
    fn visit(&self, visitor: &mut dyn FnMut(&AnyRef)) {
        self.iter().for_each(|one| one.visit(visitor));
    }

    fn map_references(&mut self, replacement: &mut dyn FnMut(&AnyRef) -> Option<AnyRef>) {
        self.iter_mut().for_each(|one| one.map_references(replacement));
    }

    fn value(&self) -> Value {
        self.as_ref().map(V::value).unwrap_or_default()
    }
}

impl<V: FieldValue> FieldValue for Vec<V> {
    fn visit(&self, visitor: &mut dyn FnMut(&AnyRef)) {
        self.iter().for_each(|one| one.visit(visitor));
    }

    fn map_references(&mut self, replacement: &mut dyn FnMut(&AnyRef) -> Option<AnyRef>) {
        self.iter_mut().for_each(|one| one.map_references(replacement));
    }

    fn value(&self) -> Value {
        self.iter().map(V::value).collect()
    }
}

impl<V: FieldValue + Ord> FieldValue for BTreeSet<V> {
    fn visit(&self, visitor: &mut dyn FnMut(&AnyRef)) {
        self.iter().for_each(|one| one.visit(visitor));
    }

    fn map_references(&mut self, replacement: &mut dyn FnMut(&AnyRef) -> Option<AnyRef>) {
        let all = std::mem::take(self).into_iter().map(|mut one| {
            one.map_references(replacement);
            one
        });
        *self = all.collect();
    }

    fn value(&self) -> Value {
        self.iter().map(V::value).collect()
    }
}

/// Values that refer to nothing.
macro_rules! leaves {
    ($($type:ty => $value:expr;)+) => {
        $(impl FieldValue for $type {
            fn visit(&self, _visitor: &mut dyn FnMut(&AnyRef)) {}

            fn map_references(&mut self, _replacement: &mut dyn FnMut(&AnyRef) -> Option<AnyRef>) {}

            fn value(&self) -> Value {
                let value: fn(&Self) -> Value = $value;
                value(self)
            }
        })+
    };
}

leaves! {
    bool => |one| (*one).into();
    u16 => |one| (*one).into();
    u32 => |one| (*one).into();
    i32 => |one| (*one).into();
    i64 => |one| (*one).into();
    (i32, i32) => |one| vec![one.0, one.1].into();
    String => |one| one.as_str().into();
    Cidr => |one| one.to_string().into();
    Email => |one| one.to_string().into();
    ZoneId => |one| one.to_string().into();
}

impl<K> KeyValue for Ref<K> {
    fn part(&self) -> KeyPart {
        KeyPart::Reference(self.any().clone())
    }
}

impl<V: KeyValue> KeyValue for Option<V> {
    fn part(&self) -> KeyPart {
        self.as_ref().map_or(KeyPart::Nothing, V::part)
    }
}

impl KeyValue for String {
    fn part(&self) -> KeyPart {
        KeyPart::Text(self.clone())
    }
}

impl KeyValue for Cidr {
    fn part(&self) -> KeyPart {
        KeyPart::Text(self.to_string())
    }
}

/// Compared without regard to case, as AWS does. No other key has upper-case letters that matter, but organizational units'
/// names, which AWS keeps unique with regard to case.
impl KeyValue for Email {
    fn part(&self) -> KeyPart {
        KeyPart::Text(self.folded())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::blueprint::expand;
    use crate::graph::Address;
    use crate::kinds::addition::NetworkAclEntry;
    use crate::kinds::vpc_endpoint::VpcEndpointField;
    use crate::kinds::{
        Field, FirewallPolicy, FirewallRuleGroup, Identity, KindName, NetworkAcl, ResourceShare, Spec, Vpc,
    };
    use crate::zone::sample::{Topology, sample};

    fn specs() -> Vec<Spec> {
        let zones = [Topology::Segmented, Topology::Flat].map(|topology| sample(topology, 2, 3));
        let mut specs: Vec<Spec> =
            zones.iter().flat_map(|zone| expand(zone).unwrap().into_values()).map(|one| one.spec).collect();
        let entry = NetworkAclEntry {
            egress: true,
            number: 100,
            action: "allow".to_owned(),
            protocol: "6".to_owned(),
            range: "10.0.0.0/8".to_owned(),
            ports: Some((22, 443)),
            icmp: None,
        };
        specs.push(NetworkAcl { vpc: Ref::id("vpc-1"), entries: BTreeSet::from([entry]) }.into());
        specs
    }

    /// Every reference in what serde makes of a specification: what has the shape of one.
    fn references_in(value: &Value, found: &mut BTreeSet<AnyRef>) {
        match (serde_json::from_value::<AnyRef>(value.clone()), value) {
            (Ok(reference), _) => drop(found.insert(reference)),
            (Err(_), Value::Array(items)) => items.iter().for_each(|item| references_in(item, found)),
            (Err(_), Value::Object(fields)) => fields.values().for_each(|field| references_in(field, found)),
            _ => {}
        }
    }

    #[test]
    fn fields_hold_what_serde_writes_and_no_reference_is_forgotten() {
        for spec in specs() {
            let written = serde_json::to_value(&spec).unwrap()["spec"].clone();
            let fields = spec.fields().into_iter().map(|field| (field.name().to_owned(), spec.value(&field).unwrap()));
            assert_eq!(Value::from_iter(fields), written, "{spec:?}");
            let mut found = BTreeSet::new();
            references_in(&written, &mut found);
            assert_eq!(spec.references(|_| true), found, "{spec:?}");
        }
    }

    #[test]
    fn references_are_replaced_wherever_they_are() {
        let of = |reference: &AnyRef| AnyRef::Id(format!("id of {reference}"));
        for spec in specs() {
            let mapped = spec.map_references(&mut |reference| Some(of(reference)));
            assert_eq!(mapped.references(|_| true), spec.references(|_| true).iter().map(of).collect(), "{spec:?}");
            assert!(mapped.addresses().is_empty() && spec.map_references(&mut |_| None) == spec);
        }
    }

    #[test]
    fn lists_differ_by_their_order_where_it_matters_alone() {
        let groups = |names: [&str; 2]| names.map(Ref::<FirewallRuleGroup>::id).to_vec();
        let policy = |names| FirewallPolicy {
            name: "p".to_owned(),
            rule_groups: groups(names),
            home_net: BTreeSet::new(),
            stateless_default_actions: BTreeSet::new(),
            stateless_fragment_default_actions: BTreeSet::new(),
            stateful_default_actions: BTreeSet::new(),
            stream_exception_policy: String::new(),
            rule_order: String::new(),
        };
        let (one, other) = (Spec::from(policy(["a", "b"])), Spec::from(policy(["b", "a"])));
        assert_eq!(one.differences(&other).iter().map(Field::name).collect::<Vec<_>>(), ["rule_groups"]);
        let share = |names: [&str; 2]| ResourceShare {
            name: "s".to_owned(),
            allow_external_principals: false,
            transit_gateways: names.into_iter().map(Ref::id).collect(),
            principals: BTreeSet::new(),
        };
        assert_eq!(Spec::from(share(["a", "b"])).differences(&share(["b", "a"]).into()), []);
        let vpc = Vpc { cidr: Cidr::EVERYWHERE, dns_support: true, dns_hostnames: true };
        assert_eq!(Spec::from(vpc).differences(&one).len(), 3, "another kind differs in everything");
    }

    #[test]
    fn a_key_is_what_is_marked_and_only_a_kind_without_tags_of_its_own_has_one() {
        let mut by_kind: BTreeMap<KindName, Vec<Field>> = BTreeMap::new();
        for spec in specs() {
            by_kind.insert(spec.kind(), spec.fields());
            let has_key = spec.fields().iter().any(Field::is_key);
            assert!(spec.kind().identity() == Identity::Key || !has_key, "{spec:?}");
            assert_eq!(
                spec.key().map(|key| key.is_empty()),
                (spec.kind().identity() == Identity::Key).then_some(!has_key)
            );
        }
        let email = |text: &str| Email::parse(text).unwrap().part();
        assert_eq!(email("Root@Example.org"), email("root@example.org"));
    }

    #[test]
    fn files_name_a_field_by_its_kind() {
        let field = Field::from(VpcEndpointField::endpoint_type);
        assert_eq!(json!(field), "vpc-endpoint.type");
        assert_eq!(serde_json::from_value::<Field>(json!("vpc-endpoint.type")).unwrap(), field);
        assert!(serde_json::from_value::<Field>(json!("vpc-endpoint.typo")).is_err());
    }

    /// A kind whose fields no list in lz holds: its properties are JSON, and a schema says what is true of each.
    #[test]
    fn a_kind_may_learn_its_fields_from_a_schema() {
        #[derive(Debug, Clone, PartialEq)]
        struct Dynamic(BTreeMap<String, Value>);

        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
        struct Property {
            name: String,
            is_immutable: bool,
        }

        impl FieldMarks for Property {
            fn all() -> Vec<Self> {
                Vec::new()
            }

            fn name(&self) -> &str {
                &self.name
            }

            fn is(&self, mark: Mark) -> bool {
                mark == Mark::Immutable && self.is_immutable
            }

            fn named(_name: &str) -> Option<Self> {
                None
            }
        }

        fn property(name: &str) -> Property {
            Property { name: name.to_owned(), is_immutable: name == "BucketName" }
        }

        fn map(value: &mut Value, replacement: &mut dyn FnMut(&AnyRef) -> Option<AnyRef>) {
            match (serde_json::from_value::<AnyRef>(value.clone()), value) {
                (Ok(reference), value) => *value = replacement(&reference).unwrap_or(reference).value(),
                (Err(_), Value::Array(items)) => items.iter_mut().for_each(|item| map(item, replacement)),
                (Err(_), Value::Object(fields)) => fields.values_mut().for_each(|field| map(field, replacement)),
                _ => {}
            }
        }

        impl Fields for Dynamic {
            type Field = Property;

            const DOC: &'static str = "";

            fn fields(&self) -> Vec<Property> {
                self.0.keys().map(|name| property(name)).collect()
            }

            fn differences(&self, other: &Self) -> Vec<Property> {
                let names: BTreeSet<&String> = self.0.keys().chain(other.0.keys()).collect();
                let differing = names.into_iter().filter(|name| self.0.get(*name) != other.0.get(*name));
                differing.map(|name| property(name)).collect()
            }

            fn value(&self, field: &Property) -> Value {
                self.0.get(&field.name).cloned().unwrap_or_default()
            }

            fn visit(&self, visitor: &mut dyn FnMut(&Property, &AnyRef)) {
                for (name, value) in &self.0 {
                    let mut found = BTreeSet::new();
                    references_in(value, &mut found);
                    found.iter().for_each(|one| visitor(&property(name), one));
                }
            }

            fn map_references(&mut self, replacement: &mut dyn FnMut(&AnyRef) -> Option<AnyRef>) {
                self.0.values_mut().for_each(|value| map(value, replacement));
            }

            fn key(&self) -> Vec<KeyPart> {
                Vec::new()
            }
        }

        let dynamic = |name: &str, key: &str| {
            let properties = json!({ "BucketName": name, "Encryption": [{ "Key": { "address": key } }] });
            Dynamic(serde_json::from_value(properties).unwrap())
        };
        let (mut one, other) = (dynamic("a", "keys/one"), dynamic("b", "keys/one"));
        let differing = one.differences(&other);
        assert!(matches!(differing.as_slice(), [only] if only.is(Mark::Immutable)), "{differing:?}");
        let mut seen = Vec::new();
        one.visit(&mut |field, reference| seen.push((field.name.clone(), reference.clone())));
        let key = AnyRef::Address(Address::parse("keys/one").unwrap());
        assert_eq!(seen, [("Encryption".to_owned(), key)]);
        one.map_references(&mut |_| Some(AnyRef::Id("key-1".to_owned())));
        assert_eq!(one.value(&property("Encryption")), json!([{ "Key": { "id": "key-1" } }]));
    }
}
