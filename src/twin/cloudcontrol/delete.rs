//! DeleteResource. <https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_DeleteResource.html>

use serde::Deserialize;
use serde_json::{Value, json};

use super::durations::LINGERING;
use super::schemas::Handler;
use super::state::{Action, Effect};
use super::take::{self, Asked, Terms};
use super::update::concurrent;
use super::{input, interfaces, log_groups, relations, rules, text};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::json as wire;
use crate::twin::world::Call;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Input {
    type_name: String,
    type_version_id: Option<String>,
    role_arn: Option<String>,
    client_token: Option<String>,
    identifier: String,
}

pub(super) fn delete_resource(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: Input = wire::input(value)?;
    input::permit(call, "DeleteResource")?;
    log_groups::refresh(call.world, &call.caller);
    let schema = input::schema(call, &request.type_name, Handler::Delete)?;
    let asked = [request.type_name.as_str(), request.identifier.as_str()];
    let version = request.type_version_id.as_deref();
    let terms = Terms::read("DeleteResource", request.client_token.clone(), request.role_arn.clone(), version, &asked)?;
    if let Some(event) = take::replay(call, &terms)? {
        return Ok(event);
    }
    let identifier = input::identifier(&schema, &request.identifier)?;
    let identifier = input::resolve(call, &schema, identifier);
    let found = input::visible(call, &schema, &identifier).cloned();
    if found.as_ref().is_some_and(|resource| resource.busy.is_some()) {
        return Err(concurrent());
    }
    let model = found.as_ref().map_or_else(|| json!({}), |resource| resource.model.clone());
    let asked = Asked { schema: &schema, action: Action::Delete, terms: &terms, model: &model };
    let course = take::course(call, &asked, Handler::Delete, |call| {
        let type_name = schema.type_name.as_str();
        let Some(resource) = &found else {
            return Some(("NotFound", text::missing(type_name, &identifier)));
        };
        rules::protection(type_name, &identifier, resource)
            .or_else(|| relations::holder(call, type_name, &identifier, resource))
    });
    let effect = if course.is_done() && found.is_some() { Effect::Remove } else { Effect::None };
    if let (Effect::Remove, Some(resource)) = (&effect, &found) {
        let gone = course.done.after(call.done_after("cloudcontrol/lingering", LINGERING).since(call.now));
        interfaces::release(call, &resource.interfaces, gone);
    }
    Ok(take::take(call, &asked, course, (Some(identifier), true), effect))
}
