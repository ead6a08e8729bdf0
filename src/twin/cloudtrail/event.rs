//! What happened, as it was asked and answered.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::twin::service::Service;
use crate::twin::throttle::is_read;
use crate::twin::time::{Duration, Moment};
use crate::twin::wire::fault::Fault;
use crate::twin::wire::{Protocol, Reply, Request};
use crate::twin::world::{Caller, World};

/// How long an event takes until it is shown: "CloudTrail typically delivers events within an average of about 5 minutes
/// of an API call. This time is not guaranteed", and the console says up to 15 minutes
/// (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html>).
const DELIVERY: Duration = Duration::seconds(300, 600, 900);

/// Where calls of services are logged that have no regions
/// (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html>, "Global service events").
const GLOBAL_REGION: &str = "us-east-1";

/// A call that is no read, in the words that were on the wire.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Event {
    pub(super) id: String,
    /// The action.
    pub(super) name: String,
    /// The service's signing name.
    pub(super) service: String,
    pub(super) at: Moment,
    pub(super) visible_from: Moment,
    pub(super) request_id: String,
    pub(super) access_key_id: String,
    /// The principal's ARN.
    pub(super) principal: String,
    pub(super) account: String,
    pub(super) region: String,
    pub(super) user_agent: String,
    pub(super) request: Words,
    /// None where the call was refused.
    pub(super) reply: Option<Words>,
    /// Error code and message.
    pub(super) error: Option<(String, String)>,
}

/// A request's or an answer's members.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Words {
    /// `a=b&c=d`.
    Form(String),
    /// A JSON object.
    Json(String),
    /// An XML document.
    Xml(String),
}

/// What is not remembered of a request: client tokens are random, so that the same run would not leave the same world.
const NOT_KEPT: [&str; 4] = ["Action", "Version", "ClientToken", "clientToken"];

impl Words {
    fn form(text: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(text).filter(|(name, _)| !NOT_KEPT.contains(&name.as_ref()));
        Self::Form(form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
    }

    fn json(text: &[u8]) -> Self {
        let mut value: Value = serde_json::from_slice(text).unwrap_or_default();
        if let Value::Object(members) = &mut value {
            members.retain(|name, _| !NOT_KEPT.contains(&name.as_str()));
        }
        Self::Json(value.to_string())
    }
}

/// A call, before it is carried out.
#[derive(Debug)]
pub struct Asked {
    service: Service,
    action: String,
    caller: Caller,
    access_key_id: String,
    user_agent: String,
    request: Words,
    at: Moment,
}

impl Asked {
    /// What is to be remembered of a call; nothing of a read.
    #[must_use]
    pub fn of(
        service: Service,
        action: &str,
        request: &Request,
        access_key_id: &str,
        caller: &Caller,
        at: Moment,
    ) -> Option<Self> {
        if is_read(action) || action == "AssumeRole" {
            return None;
        }
        let words = match service.protocol() {
            Protocol::Ec2 | Protocol::Query => Words::form(&request.body),
            Protocol::RestJson if request.method == "DELETE" => Words::form(request.query.as_bytes()),
            Protocol::CloudControl | Protocol::Json10 | Protocol::Json11 | Protocol::RestJson => {
                Words::json(&request.body)
            }
        };
        Some(Self {
            service,
            action: action.to_owned(),
            caller: caller.clone(),
            access_key_id: access_key_id.to_owned(),
            user_agent: request.header("user-agent").unwrap_or_default().to_owned(),
            request: words,
            at,
        })
    }

    /// Writes the call, with what became of it, into its account's history.
    pub fn answered(self, world: &mut World, outcome: Result<&Reply, &Fault>, request_id: &str) {
        let Self { service, action, caller, access_key_id, user_agent, request, at } = self;
        // Events are told in whole seconds.
        let at = Moment(at.0 / 1000 * 1000);
        let region = match service {
            Service::Organizations => GLOBAL_REGION.to_owned(),
            _ => caller.region,
        };
        let reply = outcome.ok().map(|reply| match service.protocol() {
            Protocol::Ec2 | Protocol::Query => Words::Xml(reply.body.clone()),
            Protocol::CloudControl | Protocol::Json10 | Protocol::Json11 | Protocol::RestJson => {
                Words::Json(reply.body.clone())
            }
        });
        let stream = format!("cloudtrail/{}/{region}", caller.account);
        let event = Event {
            id: world.new_uuid("event-id"),
            name: action,
            service: service.name().to_owned(),
            at,
            visible_from: at.after(world.draw_duration(&stream, DELIVERY)),
            request_id: request_id.to_owned(),
            access_key_id,
            principal: caller.arn,
            account: caller.account.clone(),
            region: region.clone(),
            user_agent,
            request,
            reply,
            error: outcome.err().map(|fault| (service.logged_code(fault), fault.message.clone())),
        };
        world.cloud_trail.add(&caller.account, &region, event);
    }
}

impl Event {
    /// The user's name, or that of the role's session.
    pub(super) fn user_name(&self) -> &str {
        self.principal.rsplit('/').next().unwrap_or_default()
    }

    /// The service, as events name it.
    pub(super) fn source(&self) -> String {
        format!("{}.amazonaws.com", self.service)
    }
}
