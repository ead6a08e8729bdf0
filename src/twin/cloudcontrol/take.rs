//! How a request is taken, and how it ends.

use std::sync::Arc;

use serde_json::{Value, json};

use super::durations::{self, START, TAGS_SHOWN};
use super::model;
use super::relations::{Failure, owned};
use super::schemas::{Handler, Schema};
use super::state::{Action, ClientToken, Effect, Outcome, Request, Resource, TOKEN_LIFE, home};
use super::{input, log_groups, rules};
use crate::twin::faults::ResourceOutcome;
use crate::twin::throttle;
use crate::twin::time::{Duration, Moment};
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::world::{Call, Caller, World};

/// How long a refusal takes.
const REFUSAL: Duration = Duration::seconds(2, 8, 30);
/// How long a cancellation takes; the twin's own numbers.
const CANCELLATION: Duration = Duration::seconds(2, 10, 60);
/// How long AWS can act for the caller: 24 hours, and 36 with a role
/// (<https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations.html>).
const SESSION: u64 = 24 * 3600 * 1000;
const SESSION_OF_ROLE: u64 = 36 * 3600 * 1000;
/// How long a deleted secret can be restored: 30 days
/// (<https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html>).
const RECOVERY: u64 = 30 * 24 * 3600 * 1000;

/// What every changing request may have.
#[derive(Debug, Default)]
pub(crate) struct Terms {
    pub(crate) client_token: Option<String>,
    pub(crate) role_arn: Option<String>,
    /// The request without its client token.
    pub(crate) fingerprint: String,
}

impl Terms {
    /// Reads and checks them.
    ///
    /// # Errors
    /// `ValidationException`, `InvalidRequestException`.
    pub(crate) fn read(
        action: &str,
        client_token: Option<String>,
        role_arn: Option<String>,
        version: Option<&str>,
        asked: &[&str],
    ) -> Answer<Self> {
        let fits = |token: &String| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-+/=".contains(&byte);
            (1..=128).contains(&token.len()) && token.bytes().all(allowed)
        };
        if client_token.as_ref().is_some_and(|token| !fits(token)) {
            let message = "1 validation error detected: Value at 'clientToken' failed to satisfy constraint: Member must \
                           satisfy regular expression pattern: [-A-Za-z0-9+/=]+";
            return Err(Fault::new("ValidationException", message));
        }
        if role_arn.as_ref().is_some_and(|arn| !(arn.starts_with("arn:aws:iam::") && arn.contains(":role/"))) {
            return Err(Fault::new(
                "ValidationException",
                "1 validation error detected: Value at 'roleArn' is not valid",
            ));
        }
        if version.is_some() {
            // Only private types have versions, and the twin has one of each.
            return Err(super::text::invalid("The simulated AWS has no versions of types."));
        }
        let fingerprint = [&[action, role_arn.as_deref().unwrap_or_default()], asked].concat().join("\u{0}");
        Ok(Self { client_token, role_arn, fingerprint })
    }
}

/// The event of the request that was taken under the same client token, if one was.
///
/// # Errors
/// `ClientTokenConflictException`: it asked something else.
pub(crate) fn replay(call: &mut Call<'_>, terms: &Terms) -> Answer<Option<Value>> {
    let (account, region, now) = (call.caller.account.clone(), call.caller.region.clone(), call.now);
    let regional = call.world.cloud_control.regional(&account, &region);
    regional.forget_old(now);
    let Some(used) = terms.client_token.as_ref().and_then(|token| regional.client_tokens.get(token)) else {
        return Ok(None);
    };
    if now.since(used.at) >= TOKEN_LIFE {
        return Ok(None);
    }
    if used.fingerprint != terms.fingerprint {
        let message = "The specified client token has already been used in another resource request.";
        return Err(Fault::new("ClientTokenConflictException", message));
    }
    let token = used.request.clone();
    let event = regional.requests.get(&token).cloned().map(|request| event(call.world, &call.caller, &token, &request));
    Ok(event.map(|event| json!({"ProgressEvent": event})))
}

/// A request that is about to be taken.
pub(crate) struct Asked<'a> {
    pub(crate) schema: &'a Arc<Schema>,
    pub(crate) action: Action,
    pub(crate) terms: &'a Terms,
    /// The resource's model, for how long it takes.
    pub(crate) model: &'a Value,
}

/// When a request will have been done, and how it ends.
pub(crate) struct Course {
    pub(crate) started: Moment,
    pub(crate) done: Moment,
    pub(crate) outcome: Outcome,
    /// True where it is done although it fails.
    pub(crate) remnant: bool,
}

impl Course {
    /// True where the request does what it asks.
    pub(crate) fn is_done(&self) -> bool {
        self.remnant || self.outcome == Outcome::Success
    }
}

/// Decides what becomes of a request: by what was asked for, permissions, services' rate limits, and `refusal`.
pub(crate) fn course(
    call: &mut Call<'_>,
    asked: &Asked<'_>,
    handler: Handler,
    refusal: impl FnOnce(&mut Call<'_>) -> Option<Failure>,
) -> Course {
    let type_name = asked.schema.type_name.as_str();
    let verb = asked.action.as_str();
    let stream = |what: &str| format!("cloudcontrol/{type_name}/{verb}/{what}");
    let started = call.done_after(&stream("start"), START);
    let usual = durations::of(asked.action, type_name, asked.model);
    let took = call.done_after(&stream("done"), usual).since(call.now);
    let short = call.done_after(&stream("refused"), REFUSAL).since(call.now);
    let mut course = Course { started, done: started.after(took), outcome: Outcome::Success, remnant: false };
    let account = call.caller.account.clone();

    let injected = call.world.faults.next_resource(&account, verb, type_name);
    let is_decided = matches!(injected, Some(ResourceOutcome::Fails { .. }));
    let failure = if is_decided { None } else { natural(call, asked, handler, refusal) };
    if let Some((code, message)) = failure {
        course.done = started.after(short);
        course.outcome = Outcome::Failure { code: code.to_owned(), message };
        return course;
    }
    match injected {
        Some(ResourceOutcome::Fails { code, message, remnant }) => {
            if !remnant {
                course.done = started.after(short);
            }
            course.remnant = remnant;
            course.outcome = Outcome::Failure { code, message };
        }
        Some(ResourceOutcome::Stuck) => course.done = Moment(u64::MAX / 2),
        Some(ResourceOutcome::Slow(milliseconds)) => course.done = course.done.after(milliseconds),
        None => {
            let action = match asked.action {
                Action::Create => "CreateResource",
                Action::Update => "UpdateResource",
                Action::Delete => "DeleteResource",
            };
            if let Some(code) = call.failure(action) {
                let message = match code.as_str() {
                    "GeneralServiceException" => "Rate exceeded (Service: simulated, Status Code: 400)",
                    "NotStabilized" => "The resource did not stabilize.",
                    _ => "This failure was asked for.",
                };
                course.remnant = code == "NotStabilized" && asked.action == Action::Create;
                course.outcome = Outcome::Failure { code, message: message.to_owned() };
            } else if asked.action == Action::Create && is_never_validated(type_name, asked.model) {
                course.done = Moment(u64::MAX / 2);
            }
        }
    }
    let limit = if asked.terms.role_arn.is_some() { SESSION_OF_ROLE } else { SESSION };
    if course.done.since(call.now) > limit {
        course.done = call.now.after(limit);
        course.remnant = asked.action == Action::Create;
        let message = "The security token included in the request is expired".to_owned();
        course.outcome = Outcome::Failure { code: "InvalidCredentials".to_owned(), message };
    }
    course
}

/// A certificate is issued when somebody proves to own its domain. The twin sees that only where AWS itself writes the
/// record that proves it, or where an authority of one's own issues it.
fn is_never_validated(type_name: &str, model: &Value) -> bool {
    let zones = super::pointer::Pointer::of("DomainValidationOptions/*/HostedZoneId");
    type_name == "AWS::CertificateManager::Certificate"
        && model["CertificateAuthorityArn"].is_null()
        && zones.values(model).is_empty()
}

fn natural(
    call: &mut Call<'_>,
    asked: &Asked<'_>,
    handler: Handler,
    refusal: impl FnOnce(&mut Call<'_>) -> Option<Failure>,
) -> Option<Failure> {
    let type_name = asked.schema.type_name.as_str();
    if let Some(permission) = input::lacking(call, asked.schema, handler) {
        let arn = &call.caller.arn;
        let message = format!("User: {arn} is not authorized to perform: {permission}");
        return Some(("AccessDenied", message));
    }
    if let Some(limit) = throttle::behind_cloud_control(type_name, asked.action.as_str()) {
        let Caller { account, region, .. } = &call.caller;
        let bucket = format!("behind-cloudcontrol/{account}/{region}/{type_name}/{}", asked.action.as_str());
        if !call.world.throttle.take(&bucket, limit, call.now) {
            return Some(("Throttling", "Too Many Requests (Service: ApiGateway, Status Code: 429)".to_owned()));
        }
    }
    refusal(call)
}

/// Takes a request and answers its first event. `identifier` is what is told of it before it is done.
pub(crate) fn take(
    call: &mut Call<'_>,
    asked: &Asked<'_>,
    course: Course,
    identifier: (Option<String>, bool),
    effect: Effect,
) -> Value {
    let Caller { account, region, .. } = call.caller.clone();
    let token = call.world.new_uuid(&format!("request-token/{account}/{region}"));
    let type_name = asked.schema.type_name.clone();
    let lag = call.done_after("tagging/lag", TAGS_SHOWN).since(call.now);
    let is_done = course.is_done();
    let request = Request {
        action: asked.action,
        identifier: identifier.0,
        identifier_at_once: identifier.1,
        home: home(&type_name, &region),
        asked: call.now,
        started: course.started,
        done: course.done,
        callback: durations::callback(&type_name),
        outcome: course.outcome,
        effect,
        cancelled: None,
        tags_shown: course.done.after(lag),
        type_name,
    };
    if let (Some(identifier), true) = (&request.identifier, is_done) {
        let regional = call.world.cloud_control.regional(&account, &request.home);
        // A creation that only met the name of another has nothing to do with it.
        let is_own = |one: &&mut Resource| request.action != Action::Create || one.ready == request.done;
        if let Some(resource) = regional.find_mut(&request.type_name, identifier).filter(is_own) {
            resource.busy = Some(token.clone());
        }
    }
    let state = &mut call.world.cloud_control;
    state.enqueue(request.done, &account, &region, &token);
    let regional = state.regional(&account, &region);
    if let Some(client_token) = &asked.terms.client_token {
        let used = ClientToken { request: token.clone(), fingerprint: asked.terms.fingerprint.clone(), at: call.now };
        regional.client_tokens.insert(client_token.clone(), used);
    }
    regional.requests.insert(token.clone(), request.clone());
    let mut event = event(call.world, &call.caller, &token, &request);
    // The answer to a request that was taken says that it is in progress.
    event["OperationStatus"] = json!("IN_PROGRESS");
    json!({"ProgressEvent": event})
}

/// A request's event, as it is at this moment.
pub(crate) fn event(world: &World, caller: &Caller, token: &str, request: &Request) -> Value {
    let now = world.now;
    let mut event = json!({
        "TypeName": request.type_name,
        "RequestToken": token,
        "Operation": request.action.as_str(),
    });
    let (status, at) = status(request, now);
    event["OperationStatus"] = json!(status);
    event["EventTime"] = json!(at.epoch_seconds());
    let is_early = durations::is_there_while_made(&request.type_name) && status == "IN_PROGRESS";
    let is_over = matches!(status, "SUCCESS" | "FAILED" | "CANCEL_COMPLETE");
    if (request.identifier_at_once || is_early || is_over)
        && let Some(identifier) = &request.identifier
    {
        event["Identifier"] = json!(identifier);
    }
    if status == "IN_PROGRESS" {
        let looks = now.since(request.started) / request.callback + 1;
        let next = request.started.after(looks * request.callback);
        event["RetryAfter"] = json!(next.epoch_seconds());
    }
    match &request.outcome {
        Outcome::Failure { code, message } if status == "FAILED" => {
            event["ErrorCode"] = json!(code);
            event["StatusMessage"] = json!(message.chars().take(2048).collect::<String>());
        }
        Outcome::Success if status == "SUCCESS" && request.action != Action::Delete => {
            let identifier = request.identifier.as_deref().unwrap_or_default();
            let resource = world.cloud_control.resource(&caller.account, &request.home, &request.type_name, identifier);
            // What cannot be read back is not in it either.
            if let Some(resource) = resource {
                event["ResourceModel"] = json!(resource.model.to_string());
            }
        }
        _ => {}
    }
    event
}

/// A request's status, and since when it has it.
pub(crate) fn status(request: &Request, now: Moment) -> (&'static str, Moment) {
    if let Some((asked, done)) = request.cancelled {
        return if now < done { ("CANCEL_IN_PROGRESS", asked) } else { ("CANCEL_COMPLETE", done) };
    }
    if now < request.started {
        return ("PENDING", request.asked);
    }
    if now < request.done {
        return ("IN_PROGRESS", request.started);
    }
    match request.outcome {
        Outcome::Success => ("SUCCESS", request.done),
        Outcome::Failure { .. } => ("FAILED", request.done),
    }
}

/// Cancels a request: one that was not begun leaves nothing, another leaves what it has made.
pub(crate) fn cancel(call: &mut Call<'_>, token: &str, request: &mut Request) {
    let Caller { account, region, .. } = call.caller.clone();
    let done = call.done_after("cloudcontrol/cancel", CANCELLATION);
    let was_begun = call.now >= request.started;
    call.world.cloud_control.dequeue(request.done, &account, &region, token);
    request.cancelled = Some((call.now, done));
    request.done = done;
    if !was_begun && request.action == Action::Create {
        request.effect = Effect::Remove;
    } else if request.action != Action::Create {
        request.effect = Effect::None;
    }
    call.world.cloud_control.enqueue(done, &account, &region, token);
    call.world.cloud_control.regional(&account, &region).requests.insert(token.to_owned(), request.clone());
}

/// Carries out what is done by now.
pub fn settle(world: &mut World, now: Moment) {
    while let Some((account, region, token)) = world.cloud_control.next_done(now) {
        let Some(request) = world.cloud_control.regional(&account, &region).requests.get(&token).cloned() else {
            continue;
        };
        finish(world, &account, &region, &token, &request);
    }
}

fn finish(world: &mut World, account: &str, region: &str, token: &str, request: &Request) {
    let Some(identifier) = &request.identifier else { return };
    let (type_name, home) = (&request.type_name, &request.home);
    let Ok(schema) = world.cloud_control.schema(type_name) else { return };
    let caller = Caller { account: account.to_owned(), arn: String::new(), assumed: false, region: region.to_owned() };
    let regional = world.cloud_control.regional(account, home);
    let Some(resource) = regional.find_mut(type_name, identifier).filter(|one| one.busy.as_deref() == Some(token))
    else {
        return;
    };
    resource.busy = None;
    match &request.effect {
        Effect::None => {
            // What was cancelled on the way is there all the same.
            resource.ready = resource.ready.min(request.done);
            if request.cancelled.is_some() {
                resource.news = None;
            }
        }
        Effect::Change { model, hidden } => {
            let earlier = model::tags_of(&schema, &resource.model);
            if earlier != model::tags_of(&schema, model) {
                resource.earlier_tags = Some((earlier, request.tags_shown));
            }
            resource.model = model.clone();
            resource.hidden = hidden.clone();
        }
        Effect::Remove => {
            remove(world, &caller, type_name, identifier, request.done);
            return;
        }
    }
    if request.action == Action::Create {
        resource.earlier_tags = Some((std::collections::BTreeMap::new(), request.tags_shown));
    }
    log_groups::write_back(world, account, region, type_name, identifier);
}

/// Deletes a resource and what goes with it; what services keep of it is noted.
fn remove(world: &mut World, caller: &Caller, type_name: &str, identifier: &str, at: Moment) {
    let home = home(type_name, &caller.region);
    let regional = world.cloud_control.regional(&caller.account, &home);
    let Some(resource) = regional.resources.get_mut(type_name).and_then(|all| all.remove(identifier)) else { return };
    for (of, child) in owned(world, caller, type_name, identifier, &resource) {
        remove(world, caller, &of, &child, at);
    }
    let regional = world.cloud_control.regional(&caller.account, &home);
    match type_name {
        "AWS::RDS::DBInstance" | "AWS::RDS::DBCluster" => {
            // Cloud Control gives no snapshot's name, which the handler takes for CloudFormation's default.
            regional.final_snapshots.push(format!("Snapshot-{identifier}-{:012x}", at.0));
        }
        "AWS::SecretsManager::Secret" => {
            let name = resource.model["Name"].as_str().unwrap_or_default().to_owned();
            regional.secrets_in_recovery.insert(name, at.after(RECOVERY));
        }
        "AWS::KMS::Key" => {
            let days = resource.hidden["PendingWindowInDays"].as_u64().unwrap_or(30);
            regional.scheduled_keys.insert(identifier.to_owned(), at.after(days * 24 * 3600 * 1000));
        }
        "AWS::IAM::RolePolicy" => {
            let (role, name) = (resource.model["RoleName"].as_str().unwrap_or_default(), &resource.model["PolicyName"]);
            if let Some(role) = regional.find_mut("AWS::IAM::Role", role)
                && let Some(policies) = role.model["Policies"].as_array_mut()
            {
                policies.retain(|policy| policy["PolicyName"] != *name);
            }
        }
        "AWS::Logs::LogGroup" => world.logs.remove(&caller.account, &caller.region, identifier),
        _ => {}
    }
    release(world, caller, &resource, at);
}

/// Lets a resource's interfaces be gone at a moment.
fn release(world: &mut World, caller: &Caller, resource: &Resource, at: Moment) {
    if resource.interfaces.is_empty() {
        return;
    }
    let state = world.ec2(&caller.account, &caller.region);
    for id in &resource.interfaces {
        if state.network_interfaces.get(id, at).is_some_and(|interface| interface.gone.is_none()) {
            state.network_interfaces.release(id, at);
        }
    }
}

/// What a service says against a model of a resource that is made or changed.
pub(crate) fn refusal(
    call: &mut Call<'_>,
    type_name: &str,
    model: &Value,
    before: Option<&Resource>,
) -> Option<Failure> {
    super::relations::missing(call, type_name, model).or_else(|| rules::refusal(call, type_name, model, before))
}
