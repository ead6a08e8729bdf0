//! UpdateResource: read, patch, write. What cannot be read is lost unless the patch sets it again.
//!
//! <https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_UpdateResource.html>

use serde::Deserialize;
use serde_json::Value;

use super::pointer::Pointer;
use super::schemas::{Handler, Schema};
use super::state::{Action, Effect, Outcome, Resource};
use super::take::{self, Asked, Terms};
use super::text::{self, invalid};
use super::{input, interfaces, log_groups, model, patch};
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::wire::json;
use crate::twin::world::Call;

/// What services remember although no update sets it again.
const REMEMBERED: &[&str] = &["EmptyOnDelete", "MasterUserPassword", "PendingWindowInDays", "SecretString"];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Input {
    type_name: String,
    type_version_id: Option<String>,
    role_arn: Option<String>,
    client_token: Option<String>,
    identifier: String,
    patch_document: String,
}

pub(super) fn update_resource(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: Input = json::input(value)?;
    input::permit(call, "UpdateResource")?;
    log_groups::refresh(call.world, &call.caller);
    let schema = input::schema(call, &request.type_name, Handler::Update)?;
    let asked = [request.type_name.as_str(), request.identifier.as_str(), request.patch_document.as_str()];
    let version = request.type_version_id.as_deref();
    let terms = Terms::read("UpdateResource", request.client_token.clone(), request.role_arn.clone(), version, &asked)?;
    if let Some(event) = take::replay(call, &terms)? {
        return Ok(event);
    }
    let identifier = input::identifier(&schema, &request.identifier)?;
    let identifier = input::resolve(call, &schema, identifier);
    let Some(resource) = input::visible(call, &schema, &identifier).cloned() else {
        let token = call.world.new_uuid("handler-token");
        return Err(text::not_found(&schema.type_name, &request.identifier, &token));
    };
    if resource.busy.is_some() {
        return Err(concurrent());
    }
    let before = model::told(call.world, &call.caller.account, &call.caller.region, &schema, &identifier, &resource);
    let after = patch::apply(&request.patch_document, &before)?;
    check(&schema, &before, &after)?;

    let mut wanted = after;
    forget_other_form(&schema, &before, &mut wanted);
    model::refill(call, &schema, &mut wanted);
    let asked = Asked { schema: &schema, action: Action::Update, terms: &terms, model: &wanted };
    let mut course = take::course(call, &asked, Handler::Update, |call| {
        take::refusal(call, &schema.type_name, &wanted, Some(&resource))
    });
    if course.is_done() {
        let done = course.done;
        if let Err(fault) = interfaces::change(call, &schema.type_name, &wanted, &identifier, done) {
            course.outcome = Outcome::Failure { code: "InvalidRequest".to_owned(), message: fault.message };
            course.remnant = false;
        }
    }
    let effect = if course.is_done() { change(call, &schema, &resource, wanted.clone()) } else { Effect::None };
    Ok(take::take(call, &asked, course, (Some(identifier), true), effect))
}

/// The refusal of a second request about a resource that is being changed.
pub(super) fn concurrent() -> Fault {
    let message = "Another resource operation is currently being performed on this resource.";
    Fault::new("ConcurrentOperationException", message)
}

/// A load balancer is told with its subnets in two forms; the one that a patch changes counts.
fn forget_other_form(schema: &Schema, before: &Value, wanted: &mut Value) {
    if schema.type_name != "AWS::ElasticLoadBalancingV2::LoadBalancer" {
        return;
    }
    let (old, new) = ("SubnetMappings", "Subnets");
    if before[new] != wanted[new]
        && before[old] == wanted[old]
        && let Value::Object(members) = wanted
    {
        members.remove(old);
    }
}

/// Refuses what no patch may change, and what is not in the type's schema afterwards.
fn check(schema: &Schema, before: &Value, after: &Value) -> Answer<()> {
    let changed = |pointers: &[Pointer]| -> Vec<String> {
        let differs = |pointer: &&Pointer| pointer.values(before) != pointer.values(after);
        pointers.iter().filter(differs).map(Pointer::in_schema).collect()
    };
    let read_only = changed(&schema.read_only);
    if !read_only.is_empty() {
        return Err(invalid(format!(
            "Invalid patch update: readOnlyProperties [{}] cannot be updated",
            read_only.join(", ")
        )));
    }
    let create_only = changed(&schema.create_only);
    if !create_only.is_empty() {
        let message =
            format!("Invalid patch update: createOnlyProperties [{}] cannot be updated", create_only.join(", "));
        return Err(Fault::new("NotUpdatableException", message));
    }
    let faults_of = |model: &Value| {
        let mut document = model.clone();
        for pointer in &schema.read_only {
            pointer.take(&mut document);
        }
        schema.faults_of(&document)
    };
    // What AWS itself tells may break the schema's rules for what it takes, such as one of two properties.
    let there = faults_of(before);
    let mut faults = faults_of(after);
    faults.retain(|fault| !there.contains(fault));
    if !faults.is_empty() {
        return Err(text::model_invalid(&faults));
    }
    model::check_tags(schema, after, Some(before))
}

fn change(call: &mut Call<'_>, schema: &Schema, resource: &Resource, wanted: Value) -> Effect {
    let made = model::split(call.world.seed, schema, wanted);
    let mut hidden = made.hidden;
    for name in REMEMBERED {
        if hidden[*name].is_null() && !resource.hidden[*name].is_null() {
            hidden[*name] = resource.hidden[*name].clone();
        }
    }
    Effect::Change { model: made.model, hidden }
}
