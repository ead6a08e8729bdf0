//! CreateResource. <https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_CreateResource.html>

use serde::Deserialize;
use serde_json::Value;

use super::durations::{ACL_USABLE, is_there_while_made};
use super::schemas::Handler;
use super::state::{Action, Effect, Outcome, Resource, home};
use super::take::{self, Asked, Course, Terms};
use super::text::{self, invalid};
use super::{input, interfaces, log_groups, model, relations};
use crate::twin::ec2::visibility::Spreading;
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::wire::json;
use crate::twin::world::Call;

/// The longest document: 262,144 characters (service model of Cloud Control).
const LONGEST: usize = 262_144;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Input {
    type_name: String,
    type_version_id: Option<String>,
    role_arn: Option<String>,
    client_token: Option<String>,
    desired_state: String,
}

pub(super) fn create_resource(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: Input = json::input(value)?;
    input::permit(call, "CreateResource")?;
    log_groups::refresh(call.world, &call.caller);
    let schema = input::schema(call, &request.type_name, Handler::Create)?;
    let asked = [request.type_name.as_str(), request.desired_state.as_str()];
    let version = request.type_version_id.as_deref();
    let terms = Terms::read("CreateResource", request.client_token.clone(), request.role_arn.clone(), version, &asked)?;
    if let Some(event) = take::replay(call, &terms)? {
        return Ok(event);
    }
    let desired = document(&request.desired_state)?;
    let faults = schema.faults_of(&desired);
    if !faults.is_empty() {
        return Err(text::model_invalid(&faults));
    }
    let set: Vec<String> =
        schema.read_only.iter().filter(|one| !one.values(&desired).is_empty()).map(|one| one.in_schema()).collect();
    if !set.is_empty() {
        return Err(invalid(format!("Invalid desired state: readOnlyProperties [{}] cannot be set", set.join(", "))));
    }
    model::check_tags(&schema, &desired, None)?;

    let known_at_once = schema.identifier.iter().all(|name| !schema.is_read_only(name));
    let made = model::complete(call, &schema, desired);
    let identifier = text::identifier_of(&schema, &made).ok_or_else(|| {
        invalid(format!("Model validation failed (#: required key [{}] not found)", schema.identifier.join(", ")))
    })?;
    let asked = Asked { schema: &schema, action: Action::Create, terms: &terms, model: &made };
    let mut same = None;
    let course = take::course(call, &asked, Handler::Create, |call| {
        let type_name = schema.type_name.as_str();
        take::refusal(call, type_name, &made, None).or_else(|| {
            same = relations::same_as(call.world, &call.caller, type_name, &identifier, &made);
            same.as_ref().map(|other| ("AlreadyExists", text::exists(type_name, other)))
        })
    });
    let course = with_interfaces(call, &schema.type_name, &made, &identifier, course);
    let (course, interfaces) = course;
    let told = match (&course.outcome, same) {
        // The event of what is there already names it: it is somebody else's.
        (Outcome::Failure { code, .. }, Some(other)) if code == "AlreadyExists" => Some(other),
        (Outcome::Failure { .. }, _) if !course.remnant && !known_at_once => None,
        _ => Some(identifier.clone()),
    };
    if course.is_done() {
        let held = relations::same_as(call.world, &call.caller, &schema.type_name, &identifier, &made);
        // What a fault leaves behind does not take the place of what is there.
        if held.is_none() {
            insert(
                call,
                &schema.type_name,
                &identifier,
                model::split(call.world.seed, &schema, made.clone()),
                &course,
                interfaces,
            );
        }
    }
    Ok(take::take(call, &asked, course, (told, known_at_once), Effect::None))
}

/// A document that describes a resource.
fn document(text: &str) -> Answer<Value> {
    if text.is_empty() || text.chars().count() > LONGEST {
        let message = "1 validation error detected: Value at 'desiredState' failed to satisfy constraint: Member must have \
                       length less than or equal to 262144";
        return Err(Fault::new("ValidationException", message));
    }
    match serde_json::from_str(text) {
        Ok(document @ Value::Object(_)) => Ok(document),
        _ => Err(invalid("DesiredState is not a valid JSON object")),
    }
}

/// Makes the network interfaces that the resource has; where a subnet has no address for one, the request fails.
fn with_interfaces(
    call: &mut Call<'_>,
    type_name: &str,
    made: &Value,
    identifier: &str,
    mut course: Course,
) -> (Course, Vec<String>) {
    if !course.is_done() {
        return (course, Vec::new());
    }
    match interfaces::make(call, type_name, made, identifier) {
        Ok(interfaces) => (course, interfaces),
        Err(fault) => {
            course.outcome = Outcome::Failure { code: "InvalidRequest".to_owned(), message: fault.message };
            course.remnant = false;
            (course, Vec::new())
        }
    }
}

fn insert(
    call: &mut Call<'_>,
    type_name: &str,
    identifier: &str,
    made: model::Made,
    course: &Course,
    interfaces: Vec<String>,
) {
    let since = if is_there_while_made(type_name) { course.started } else { course.done };
    let news = Spreading::begin_at(call, "cloudcontrol/visibility", since);
    let usable = match type_name {
        "AWS::WAFv2::WebACL" | "AWS::ApiGateway::Stage" => {
            course.done.after(call.done_after("cloudcontrol/usable", ACL_USABLE).since(call.now))
        }
        _ => course.done,
    };
    let resource = Resource {
        model: made.model,
        hidden: made.hidden,
        ready: course.done,
        news: Some(news),
        usable,
        busy: None,
        interfaces,
        earlier_tags: None,
        contents: 0,
    };
    let (account, home) = (call.caller.account.clone(), home(type_name, &call.caller.region));
    let all = &mut call.world.cloud_control.regional(&account, &home).resources;
    all.entry(type_name.to_owned()).or_default().insert(identifier.to_owned(), resource);
}
