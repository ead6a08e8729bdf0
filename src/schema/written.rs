//! A type in files: by its name where lz brings it, else with its schema, so that whoever reads the file knows as much.

use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::ResourceType;

/// Writes a type.
///
/// # Errors
/// The serializer's.
pub fn serialize<S: Serializer>(rules: &Arc<ResourceType>, serializer: S) -> Result<S::Ok, S::Error> {
    match rules.given() {
        Some(schema) => schema.serialize(serializer),
        None => rules.name().serialize(serializer),
    }
}

/// Reads a type.
///
/// # Errors
/// A name that lz has no schema of, or what is no schema.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<ResourceType>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(name) => ResourceType::embedded(&name)
            .ok_or_else(|| D::Error::custom(format_args!("`{name}` is no resource type that this lz brings"))),
        schema => ResourceType::from_schema(schema).map(Arc::new).map_err(D::Error::custom),
    }
}
