//! What requests have in common: types, identifiers, and who may ask for what.

use std::sync::Arc;

use serde_json::Value;

use super::schemas::{Handler, Schema};
use super::state::{Resource, home};
use super::text::invalid;
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::world::Call;

/// Types that the twin's Cloud Control has no handlers of, because its EC2 has these resources and a second door to them
/// would have to agree with the first.
const NOT_HANDLED: &str = "AWS::EC2::";

/// Refuses what the caller may not do. Cloud Control's actions are in the namespace of CloudFormation.
pub(crate) fn permit(call: &Call<'_>, action: &str) -> Answer<()> {
    if call.world.cloud_control.is_denied(&call.caller.account, &format!("cloudformation:{action}")) {
        return Err(denied(&call.caller.arn, action, &call.caller.account, &call.caller.region));
    }
    Ok(())
}

/// The refusal of what a caller may not do, as it was seen on the wire.
pub(crate) fn denied(caller: &str, action: &str, account: &str, region: &str) -> Fault {
    let message = format!(
        "User: {caller} is not authorized to perform: cloudformation:{action} on resource: \
         arn:aws:cloudformation:{region}:{account}:resource/* because no identity-based policy allows the \
         cloudformation:{action} action"
    );
    Fault::new("AccessDeniedException", message)
}

/// The type that a request names, with a handler for what it asks.
///
/// # Errors
/// `ValidationException`, `TypeNotFoundException`, `UnsupportedActionException`.
pub(crate) fn schema(call: &mut Call<'_>, type_name: &str, handler: Handler) -> Answer<Arc<Schema>> {
    let parts: Vec<&str> = type_name.split("::").collect();
    let fits = |part: &&str| (2..=64).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if parts.len() != 3 || !parts.iter().all(fits) {
        let message = format!(
            "1 validation error detected: Value '{type_name}' at 'typeName' failed to satisfy constraint: Member must \
             satisfy regular expression pattern: [A-Za-z0-9]{{2,64}}::[A-Za-z0-9]{{2,64}}::[A-Za-z0-9]{{2,64}}(::MODULE){{0,1}}"
        );
        return Err(Fault::new("ValidationException", message));
    }
    let unsupported = || {
        let message = format!("Resource type {type_name} does not support {} action", handler.name().to_uppercase());
        Fault::new("UnsupportedActionException", message)
    };
    let schema = call.world.cloud_control.schema(type_name)?;
    if !schema.has(handler) || type_name.starts_with(NOT_HANDLED) {
        return Err(unsupported());
    }
    Ok(schema)
}

/// The permission of a handler that the caller lacks.
pub(crate) fn lacking(call: &Call<'_>, schema: &Schema, handler: Handler) -> Option<String> {
    let state = &call.world.cloud_control;
    schema.permissions(handler).find(|permission| state.is_denied(&call.caller.account, permission)).map(str::to_owned)
}

/// An identifier as it is kept: given as plain text, its parts joined by `|`, or as a JSON object of them.
///
/// # Errors
/// `InvalidRequestException`: not the parts that the type has.
pub(crate) fn identifier(schema: &Schema, given: &str) -> Answer<String> {
    let wrong = || {
        let names = schema.identifier.join("|");
        invalid(format!("Identifier {given} is not valid for identifier [{names}] of {}", schema.type_name))
    };
    if given.is_empty() {
        return Err(wrong());
    }
    let parts: Vec<String> = match serde_json::from_str::<Value>(given) {
        Ok(Value::Object(members)) => {
            if members.keys().any(|name| !schema.identifier.contains(name)) {
                return Err(wrong());
            }
            let all = schema.identifier.iter().map(|name| members.get(name).and_then(Value::as_str).map(str::to_owned));
            all.collect::<Option<_>>().ok_or_else(wrong)?
        }
        _ if schema.identifier.len() == 1 => vec![given.to_owned()],
        _ => given.split('|').map(str::to_owned).collect(),
    };
    if parts.len() != schema.identifier.len() {
        return Err(wrong());
    }
    Ok(in_case(&schema.type_name, parts.join("|")))
}

/// RDS knows its resources by names in small letters.
fn in_case(type_name: &str, identifier: String) -> String {
    if type_name.starts_with("AWS::RDS::") { identifier.to_lowercase() } else { identifier }
}

/// The identifier under which a resource is kept; a service's cluster may be told by name or by ARN.
pub(crate) fn resolve(call: &Call<'_>, schema: &Schema, identifier: String) -> String {
    if schema.type_name != "AWS::ECS::Service" {
        return identifier;
    }
    let Some((service, cluster)) = identifier.split_once('|') else { return identifier };
    let name = |cluster: &str| cluster.rsplit('/').next().unwrap_or_default().to_owned();
    let all = call.world.cloud_control.of_type(&call.caller.account, &call.caller.region, &schema.type_name);
    let same =
        |other: &&String| other.split_once('|').is_some_and(|(one, of)| one == service && name(of) == name(cluster));
    all.map(|(kept, _)| kept).find(same).cloned().unwrap_or(identifier)
}

/// A resource that a call at this moment sees.
pub(crate) fn visible<'a>(call: &'a Call<'_>, schema: &Schema, identifier: &str) -> Option<&'a Resource> {
    let home = home(&schema.type_name, &call.caller.region);
    let resource = call.world.cloud_control.resource(&call.caller.account, &home, &schema.type_name, identifier)?;
    resource.is_seen(identifier, call.now).then_some(resource)
}
