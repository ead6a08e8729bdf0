//! The twin as its clients see it: a request in, an answer out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::authentication::Scope;
use super::cloudcontrol::schemas::SchemaError;
use super::faults::{Deed, Injection};
use super::service::{Handling, Operation, Service};
use super::time::Moment;
use super::wire::fault::{Answer, Fault};
use super::wire::{Delivery, Form, Protocol, Reply, Request, Xml, json, protocol};
use super::world::{AccountId, Call, World};
use super::{cloudcontrol, cloudtrail, ec2, sts, throttle};

/// A simulated AWS. Clones share one world.
#[derive(Debug, Clone)]
pub struct Twin {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    world: World,
    statistics: Statistics,
}

/// What a twin was asked since it was made or loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    /// All requests.
    pub calls: u64,
    /// Those refused because of the rate limits.
    pub throttled: u64,
    /// Requests by action, such as `ec2:CreateVpc`.
    pub actions: BTreeMap<String, u64>,
    /// Refusals by error code.
    pub errors: BTreeMap<String, u64>,
}

/// An access key, with which any AWS client can sign requests to the twin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// The account it belongs to.
    pub account: AccountId,
    /// The access key id.
    pub id: String,
    /// The secret access key.
    pub secret: String,
}

/// The moment of a request, on both clocks that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    /// The twin's.
    pub twin: Moment,
    /// The client's, on which credentials live and expire. It differs where the twin's time runs faster.
    pub client: Moment,
}

impl Twin {
    /// A new world at [`Moment::EPOCH`] that holds one account. The same seed gives the same world.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::of(World::new(seed, Moment::EPOCH))
    }

    /// A twin of a world.
    #[must_use]
    pub fn of(world: World) -> Self {
        Self { shared: Arc::new(Mutex::new(Shared { world, statistics: Statistics::default() })) }
    }

    /// Answers a request at `now`, or at the last request's moment if that is later.
    ///
    /// Who calls is told by the access key id and the session token alone. The signature is not verified: that would
    /// prove nothing about a client but that its SDK can sign.
    #[must_use]
    pub fn answer(&self, request: &Request, now: Moment) -> Reply {
        self.answer_at(request, Clocks { twin: now, client: now })
    }

    /// Answers a request of a client with a clock of its own.
    #[must_use]
    pub fn answer_at(&self, request: &Request, clocks: Clocks) -> Reply {
        let Shared { world, statistics } = &mut *self.lock();
        world.now = world.now.max(clocks.twin);
        cloudcontrol::settle(world, world.now);
        let clocks = Clocks { twin: world.now, ..clocks };
        let request_id = world.new_uuid("request-id");
        // A service that the twin does not have is refused as such services mostly do.
        let protocol = if request.header("x-amz-target").is_some() { Protocol::Json11 } else { Protocol::Query };
        let mut record = Record { statistics, protocol, delivery: Delivery::Prompt };
        let answer = answer(world, request, clocks, &request_id, &mut record);
        let (protocol, delivery) = (record.protocol, record.delivery);
        let mut reply = match answer {
            Ok(reply) => reply,
            Err(fault) => {
                *statistics.errors.entry(fault.code.clone()).or_default() += 1;
                protocol.refuse(&fault, &request_id)
            }
        };
        reply.delivery = delivery;
        reply
    }

    /// What the twin was asked so far.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.lock().statistics.clone()
    }

    /// Looks at the world or changes it, between two requests.
    pub fn with_world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut self.lock().world)
    }

    /// Adds resource types to those that Cloud Control has, by the texts of their schemas.
    ///
    /// # Errors
    /// A text is no schema of a resource type; then none is added.
    pub fn add_schemas<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> Result<(), SchemaError> {
        self.lock().world.cloud_control.add_schemas(texts)
    }

    /// The moment of the world's clock: the last request's, or that to which time was moved since.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.lock().world.now
    }

    /// Moves time on to `now`; never back.
    pub fn advance_to(&self, now: Moment) {
        let world = &mut self.lock().world;
        world.now = world.now.max(now);
        cloudcontrol::settle(world, world.now);
    }

    /// The access key of the account that the world began with, which becomes the management account when it creates an
    /// organization.
    #[must_use]
    pub fn management_credentials(&self) -> AccessKey {
        let world = &self.lock().world;
        let account = world.management.clone();
        let (id, secret) = sts::administrator_key(world.seed, &account);
        AccessKey { account, id, secret }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        // A panic while a request was answered leaves the world of that moment, which is as good as a failed request.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is learned about a request while it is answered.
struct Record<'a> {
    statistics: &'a mut Statistics,
    protocol: Protocol,
    delivery: Delivery,
}

fn answer(
    world: &mut World,
    request: &Request,
    clocks: Clocks,
    request_id: &str,
    record: &mut Record<'_>,
) -> Answer<Reply> {
    record.statistics.calls += 1;
    let scope = Scope::of(request)?;
    let service = Service::of_signing_name(scope.service)
        .ok_or_else(|| Fault::new("InvalidAction", format!("The simulated AWS has no service {}.", scope.service)))?;
    record.protocol = service.protocol();
    let operation = service.operation(request)?;
    let name = format!("{}:{}", service.name(), operation.action);
    *record.statistics.actions.entry(name).or_default() += 1;
    let caller = scope.caller(world, service, request.header("x-amz-security-token"), clocks.client)?;
    if !throttle::admit(world, &operation, &caller, clocks.twin) {
        record.statistics.throttled += 1;
        return Err(service.throttled());
    }

    let injection = world.faults.next(&operation.action, &caller.account);
    record.delivery = injection.as_ref().map_or(Delivery::Prompt, Injection::delivery);
    if let Some(fault) = injection.as_ref().and_then(|one| one.fault(Deed::Undone, service, &caller, &operation.action))
    {
        return Err(fault);
    }
    let action = operation.action.clone();
    let asked = cloudtrail::Asked::of(service, &action, request, scope.access_key_id, &caller, clocks.twin);
    let mut call = Call { world, caller, now: clocks.twin };
    let outcome = carry_out(&mut call, operation, request, clocks, request_id);
    if let Some(asked) = asked {
        asked.answered(call.world, outcome.as_ref(), request_id);
    }
    let reply = outcome?;
    match injection.and_then(|one| one.fault(Deed::Done, service, &call.caller, &action)) {
        Some(fault) => Err(fault),
        None => Ok(reply),
    }
}

fn carry_out(
    call: &mut Call<'_>,
    operation: Operation,
    request: &Request,
    clocks: Clocks,
    request_id: &str,
) -> Answer<Reply> {
    let Operation { action, handling, .. } = operation;
    match handling {
        Handling::Ec2(handler, form) => {
            let body = carry_out_ec2(call, &action, handler, &form, request_id)?;
            Ok(Reply::new(200, "text/xml;charset=UTF-8", request_id, body))
        }
        Handling::Sts(handler, form) => {
            let mut result = Xml::new();
            handler(call, &form, clocks.client, &mut result)?;
            let mut body = Xml::new();
            body.element(&format!("{action}Result"), |inside| *inside = result);
            body.element("ResponseMetadata", |metadata| {
                metadata.text("RequestId", request_id);
            });
            let document = body.document(&format!("{action}Response"), protocol::STS_NAMESPACE);
            Ok(Reply::new(200, "text/xml", request_id, document))
        }
        Handling::Json(handler, protocol) => {
            let answer = handler(call, json::parse(&request.body)?)?;
            Ok(Reply::new(200, protocol.content_type(), request_id, answer.to_string()))
        }
        Handling::Ram(handler) => {
            let input =
                if request.method == "DELETE" { query_members(&request.query) } else { json::parse(&request.body)? };
            let answer = handler(call, input)?;
            Ok(Reply::new(200, Protocol::RestJson.content_type(), request_id, answer.to_string()))
        }
    }
}

/// EC2's handlers change the world as they read a request, so that whatever they changed is undone when they refuse it,
/// or when it holds a parameter that they did not read.
fn carry_out_ec2(
    call: &mut Call<'_>,
    action: &str,
    handler: ec2::Handler,
    form: &Form,
    request_id: &str,
) -> Answer<String> {
    if !call.world.organizations.has_region(&call.caller.account, &call.caller.region) {
        let message = "AWS was not able to validate the provided access credentials";
        return Err(Fault::new("AuthFailure", message).with_status(401));
    }
    if !call.world.organizations.has_ec2(&call.caller.account, call.now) {
        let message = "You are not subscribed to this service. Please go to http://aws.amazon.com to subscribe.";
        return Err(Fault::new("OptInRequired", message).with_status(403));
    }
    let mut body = Xml::new();
    body.text("requestId", request_id);
    let changes = !throttle::is_read(action);
    if changes {
        call.world.remember_ec2();
    }
    let outcome = handler(call, form, &mut body).and_then(|()| form.finish());
    match outcome {
        Ok(()) => call.world.keep_ec2(),
        Err(_) => call.world.restore_ec2(),
    }
    outcome.map(|()| body.document(&format!("{action}Response"), protocol::EC2_NAMESPACE))
}

fn query_members(query: &str) -> Value {
    form_urlencoded::parse(query.as_bytes()).map(|(key, value)| (key.into_owned(), Value::from(value))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::twin::testing::{Client, text};

    fn code(reply: &Reply) -> (u16, String) {
        (reply.status, text(&reply.body, "Code"))
    }

    #[test]
    fn every_protocol_refuses_unknown_callers_and_actions_in_its_own_way() {
        let twin = Twin::new(1);
        let known = Client::management(&twin);
        let unknown = Client { key: "AKIAUNKNOWN".to_owned(), ..known.clone() };
        let caller = &[("Action", "GetCallerIdentity")];
        assert_eq!(code(&unknown.form("sts", caller)), (403, "InvalidClientTokenId".to_owned()));
        let refused = unknown.organizations("ListRoots", &json!({}));
        assert_eq!(refused, Err("UnrecognizedClientException".to_owned()));
        assert_eq!(code(&known.form("sts", &[("Action", "Nonsense")])), (400, "InvalidAction".to_owned()));
        assert_eq!(code(&known.form("ec2", &[("Action", "Nonsense")])), (400, "InvalidAction".to_owned()));
        assert_eq!(known.organizations("Nonsense", &json!({})), Err("UnknownOperationException".to_owned()));
        assert_eq!(known.logs("Nonsense", &json!({})), Err("UnknownOperationException".to_owned()));
        let refused = known.firewall("Nonsense", &json!({})).map_err(|(code, _)| code);
        assert_eq!(refused, Err("UnknownOperationException".to_owned()));
        let refused = unknown.firewall("ListFirewalls", &json!({})).map_err(|(code, _)| code);
        assert_eq!(refused, Err("UnrecognizedClientException".to_owned()));
        assert_eq!(known.ram("Nonsense", &json!({})), Err("UnknownOperationException".to_owned()));
        assert_eq!(code(&known.form("s3", caller)), (400, "InvalidAction".to_owned()));
    }

    #[test]
    fn unknown_parameters_are_refused() {
        let client = Client::management(&Twin::new(1));
        let reply = client.form("sts", &[("Action", "GetCallerIdentity"), ("Colour", "red")]);
        assert_eq!(code(&reply), (400, "UnknownParameter".to_owned()));
        let refused = client.organizations("CreateOrganization", &json!({"Colour": "red"}));
        assert_eq!(refused, Err("ValidationException".to_owned()));
        assert_eq!(
            client.organizations("DescribeOrganization", &json!({})),
            Err("AWSOrganizationsNotInUseException".into())
        );
    }

    #[test]
    fn a_refused_request_changes_nothing_in_ec2() {
        let client = Client::management(&Twin::new(1));
        let count = || client.form("ec2", &[("Action", "DescribeVpcs")]).body.matches("<vpcId>").count();
        let before = count();
        assert!(before > 0, "every account has a default VPC");
        let create = [("Action", "CreateVpc"), ("CidrBlock", "10.0.0.0/16")];
        let reply = client.form("ec2", &[&create[..], &[("Colour", "red")]].concat());
        assert_eq!((code(&reply), count()), ((400, "UnknownParameter".to_owned()), before));
        client.twin.with_world(|world| {
            let account = world.management.clone();
            world.remember_ec2();
            *world.ec2(&account, "eu-west-1") = ec2::State::default();
            world.ec2(&account, "eu-central-1");
            world.restore_ec2();
            assert!(world.ec2_of(&account, "eu-central-1").is_none(), "a region first seen by then is forgotten");
        });
        assert_eq!(count(), before);
        assert_eq!(client.form("ec2", &create).status, 200);
    }

    #[test]
    fn the_same_requests_get_the_same_answers() {
        let run = || {
            let client = Client::management(&Twin::new(5));
            let reply = client.form("sts", &[("Action", "GetCallerIdentity")]);
            (reply, client.organizations("CreateOrganization", &json!({})))
        };
        assert_eq!(run(), run());
    }

    #[test]
    fn a_caller_beyond_the_rate_limit_is_throttled_and_counted() {
        let twin = Twin::new(1);
        let mut client = Client::management(&twin);
        let describe = |client: &Client| client.organizations("DescribeOrganization", &json!({})).unwrap_err();
        let codes: Vec<String> = (0..3).map(|_| describe(&client)).collect();
        assert_eq!(codes[1..], ["AWSOrganizationsNotInUseException", "TooManyRequestsException"]);
        assert_eq!(describe(client.wait(1)), "AWSOrganizationsNotInUseException");
        let statistics = twin.statistics();
        assert_eq!((statistics.calls, statistics.throttled), (4, 1));
        assert_eq!(statistics.actions, BTreeMap::from([("organizations:DescribeOrganization".to_owned(), 4)]));
    }
}
