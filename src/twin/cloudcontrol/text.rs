//! AWS's words.

use serde_json::Value;

use super::schemas::Schema;
use crate::twin::wire::fault::Fault;

/// What a handler answers about a resource that is not there, as it was seen on the wire.
pub(crate) fn not_found(type_name: &str, identifier: &str, token: &str) -> Fault {
    let message = format!(
        "{type_name} Handler returned status FAILED: {} (HandlerErrorCode: NotFound, RequestToken: {token})",
        missing(type_name, identifier)
    );
    Fault::new("ResourceNotFoundException", message)
}

/// The same for a log group, in the words that were also seen.
pub(crate) fn log_group_not_found(token: &str) -> Fault {
    let message = format!(
        "AWS::Logs::LogGroup Handler returned status FAILED: Log group cannot be found (HandlerErrorCode: \
         InvalidRequest, RequestToken: {token})"
    );
    Fault::new("InvalidRequestException", message)
}

/// The message of an event about a resource that is not there.
pub(crate) fn missing(type_name: &str, identifier: &str) -> String {
    format!("Resource of type '{type_name}' with identifier '{identifier}' was not found.")
}

/// The message of an event about a resource that was there before.
pub(crate) fn exists(type_name: &str, identifier: &str) -> String {
    format!("Resource of type '{type_name}' with identifier '{identifier}' already exists.")
}

/// A refused request.
pub(crate) fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidRequestException", message)
}

/// What a document that does not fit its schema is refused with
/// ("ValidationException: Model validation failed (#/…: extraneous key [Id] is not permitted)": pulumi-aws-native#581).
pub(crate) fn model_invalid(faults: &[String]) -> Fault {
    Fault::new("ValidationException", format!("Model validation failed ({})", faults.join("\n")))
}

/// The identifier of a model: nothing where a part of it is missing. An identifying property that is left out as the last
/// of several, such as a record's `SetIdentifier`, is empty.
pub(crate) fn identifier_of(schema: &Schema, model: &Value) -> Option<String> {
    let parts: Option<Vec<String>> = schema.identifier.iter().map(|name| part(schema, model, name)).collect();
    parts.map(|parts| parts.join("|"))
}

fn part(schema: &Schema, model: &Value, name: &str) -> Option<String> {
    match &model[name] {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        // Only a record without a routing policy and the root of a domain lack a part of their identifier.
        _ if schema.type_name == "AWS::Route53::RecordSet" && name == "SetIdentifier" => Some(String::new()),
        _ if schema.type_name == "AWS::ApiGateway::BasePathMapping" && name == "BasePath" => Some("(none)".to_owned()),
        _ => None,
    }
}

/// The properties that identify, as the model that a list tells.
pub(crate) fn identifying(schema: &Schema, model: &Value) -> Value {
    let parts = schema.identifier.iter().filter(|name| !model[*name].is_null());
    Value::Object(parts.map(|name| (name.clone(), model[name].clone())).collect())
}
