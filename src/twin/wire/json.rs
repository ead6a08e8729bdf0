//! The JSON requests of the `awsJson` and `rest-json` protocols.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::fault::{Answer, Fault};

/// Parses a request's body; an empty one is an empty object.
///
/// # Errors
/// `SerializationException` where it is no JSON object.
pub fn parse(body: &[u8]) -> Answer<Value> {
    if body.is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    match serde_json::from_slice(body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(Fault::new("SerializationException", "Start of structure expected.")),
        Err(error) => Err(Fault::new("SerializationException", error.to_string())),
    }
}

/// A request's members as a typed value, which refuses members that it does not know.
///
/// # Errors
/// `ValidationException` where a member is unknown, missing, or of another type.
pub fn input<T: DeserializeOwned>(value: Value) -> Answer<T> {
    serde_json::from_value(value).map_err(|error| Fault::new("ValidationException", error.to_string()))
}
