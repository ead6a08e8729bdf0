//! GetResource and ListResources.
//!
//! <https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_GetResource.html>,
//! <https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_ListResources.html>

use serde::Deserialize;
use serde_json::{Value, json};

use super::schemas::{Handler, Schema};
use super::text::{self, invalid};
use super::{input, log_groups, model};
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::wire::json as wire;
use crate::twin::wire::page::page;
use crate::twin::world::Call;

/// How many resources a page has; the number is the twin's own, small so that clients meet more than one page.
const PAGE: usize = 20;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetInput {
    type_name: String,
    type_version_id: Option<String>,
    role_arn: Option<String>,
    identifier: String,
}

pub(super) fn get_resource(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: GetInput = wire::input(value)?;
    check_terms(request.type_version_id.as_deref(), request.role_arn.as_deref())?;
    input::permit(call, "GetResource")?;
    log_groups::refresh(call.world, &call.caller);
    let schema = input::schema(call, &request.type_name, Handler::Read)?;
    check_permission(call, &schema, Handler::Read)?;
    let identifier = input::identifier(&schema, &request.identifier)?;
    let identifier = input::resolve(call, &schema, identifier);
    let Some(resource) = input::visible(call, &schema, &identifier) else {
        let token = call.world.new_uuid("handler-token");
        // Both answers were seen of log groups.
        let is_odd = call.world.draw("log-group-not-found") % 2 == 1;
        if schema.type_name == "AWS::Logs::LogGroup" && is_odd {
            return Err(text::log_group_not_found(&token));
        }
        return Err(text::not_found(&schema.type_name, &request.identifier, &token));
    };
    let told = model::told(call.world, &call.caller.account, &call.caller.region, &schema, &identifier, resource);
    let description = json!({"Identifier": identifier, "Properties": told.to_string()});
    Ok(json!({"TypeName": schema.type_name, "ResourceDescription": description}))
}

fn check_terms(version: Option<&str>, role: Option<&str>) -> Answer<()> {
    if version.is_some() {
        return Err(invalid("The simulated AWS has no versions of types."));
    }
    match role {
        Some(arn) if !arn.starts_with("arn:aws:iam::") => {
            Err(Fault::new("ValidationException", "1 validation error detected: Value at 'roleArn' is not valid"))
        }
        _ => Ok(()),
    }
}

/// A read whose handler lacks a permission fails at once.
fn check_permission(call: &mut Call<'_>, schema: &Schema, handler: Handler) -> Answer<()> {
    let Some(permission) = input::lacking(call, schema, handler) else { return Ok(()) };
    let token = call.world.new_uuid("handler-token");
    let message = format!(
        "{} Handler returned status FAILED: User: {} is not authorized to perform: {permission} (HandlerErrorCode: \
         AccessDenied, RequestToken: {token})",
        schema.type_name, call.caller.arn
    );
    Err(Fault::new("AccessDeniedException", message))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ListInput {
    type_name: String,
    type_version_id: Option<String>,
    role_arn: Option<String>,
    next_token: Option<String>,
    max_results: Option<u64>,
    resource_model: Option<String>,
}

pub(super) fn list_resources(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: ListInput = wire::input(value)?;
    check_terms(request.type_version_id.as_deref(), request.role_arn.as_deref())?;
    input::permit(call, "ListResources")?;
    log_groups::refresh(call.world, &call.caller);
    let schema = input::schema(call, &request.type_name, Handler::List)?;
    check_permission(call, &schema, Handler::List)?;
    // `MaxResults` is reserved, which is all that is said of it.
    if request.max_results.is_some_and(|size| !(1..=100).contains(&size)) {
        return Err(Fault::new(
            "ValidationException",
            "1 validation error detected: Value at 'maxResults' is not valid",
        ));
    }
    let wanted: Value = match &request.resource_model {
        None => json!({}),
        Some(text) => match serde_json::from_str(text) {
            Ok(model @ Value::Object(_)) => model,
            _ => return Err(invalid("ResourceModel is not a valid JSON object")),
        },
    };
    check_model(&schema, &wanted)?;
    let (account, region, now) = (call.caller.account.clone(), call.caller.region.clone(), call.now);
    let fits = |resource: &Value| {
        wanted.as_object().is_none_or(|members| members.iter().all(|(key, value)| is_asked(resource, key, value)))
    };
    let all = call.world.cloud_control.of_type(&account, &region, &schema.type_name);
    let seen = all.filter(|(identifier, resource)| resource.is_seen(identifier, now) && fits(&resource.model));
    // Lists mostly tell no more than what identifies.
    let described = |(identifier, resource): (&String, &super::Resource)| json!({"Identifier": identifier, "Properties": text::identifying(&schema, &resource.model).to_string()});
    let described: Vec<Value> = seen.map(described).collect();
    let list = format!("ListResources/{}/{wanted}", schema.type_name);
    let (described, token) = page(described, request.next_token.as_deref(), PAGE, &list)
        .ok_or_else(|| invalid("The NextToken is not valid."))?;
    let mut answer = json!({"TypeName": schema.type_name, "ResourceDescriptions": described});
    if let Some(token) = token {
        answer["NextToken"] = json!(token);
    }
    Ok(answer)
}

/// `ListenerArns` and `RuleArns` name several.
fn is_asked(model: &Value, key: &str, value: &Value) -> bool {
    match (value.as_array(), key.strip_suffix('s')) {
        (Some(several), Some(one)) if model[key].is_null() => several.contains(&model[one]),
        _ => model[key] == *value,
    }
}

/// What a list of children needs to know of their parent is in the schema of the list handler.
fn check_model(schema: &Schema, model: &Value) -> Answer<()> {
    let wanted = &schema.document["handlers"]["list"]["handlerSchema"];
    let lacking = |part: &Value| -> Vec<String> {
        let names = part["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        names.filter(|name| model[*name].is_null()).map(str::to_owned).collect()
    };
    let mut missing = lacking(wanted);
    for choice in ["oneOf", "anyOf"] {
        let Some(parts) = wanted[choice].as_array() else { continue };
        if parts.iter().all(|part| !lacking(part).is_empty()) {
            missing.extend(parts.iter().flat_map(lacking));
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(invalid(format!(
        "Missing Or Invalid ResourceModel property in {} list handler request input. Required property: [{}]",
        schema.type_name,
        missing.join(", ")
    )))
}
