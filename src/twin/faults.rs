//! Faults on demand: by the n-th matching call, or by a seed and a rate.
//!
//! A fault is of the call, or of what the call begins: a NAT gateway that is asked for well and ends `failed`.

use serde::{Deserialize, Serialize};

use super::service::Service;
use super::throttle::is_read;
use super::wire::{Delivery, Fault};
use super::world::{Caller, mix};

/// The faults to be injected.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Faults {
    /// Faults at certain calls; the first rule that matches a call decides.
    pub rules: Vec<Rule>,
    /// Faults at random, where no rule matches.
    pub random: Option<Random>,
    /// Endpoints of firewalls that are asked for and never come to work.
    #[serde(default)]
    pub firewall_endpoints: Vec<FirewallEndpoints>,
    /// Failures at random of what calls begin, where no rule matches.
    #[serde(default)]
    pub later: Option<Later>,
    /// Requests of Cloud Control that are taken and do not end well; the first rule that matches decides.
    #[serde(default)]
    pub resources: Vec<ResourceFault>,
}

/// A fault of Cloud Control's requests: they are taken, and end otherwise than asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceFault {
    /// Only requests of this account.
    #[serde(default)]
    pub account: Option<String>,
    /// Only requests of this action: `CREATE`, `UPDATE` or `DELETE`.
    #[serde(default)]
    pub operation: Option<String>,
    /// Only requests about resources of this type, such as `AWS::ECS::Service`.
    #[serde(default)]
    pub type_name: Option<String>,
    /// What becomes of them.
    pub outcome: ResourceOutcome,
    /// The first request that meets it, counted from 1 over those that match.
    pub from: u64,
    /// How many in a row meet it.
    pub times: u64,
    /// How many have matched so far.
    #[serde(default)]
    pub seen: u64,
}

/// What becomes of a request of Cloud Control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceOutcome {
    /// Its last event is `FAILED`.
    Fails {
        /// The event's error code, such as `Throttling`, `GeneralServiceException` or `NotStabilized`.
        code: String,
        /// The event's message.
        message: String,
        /// True where it was done nevertheless: a resource that was to be made is there and has its name, one that was to
        /// be changed or deleted is changed or gone.
        remnant: bool,
    },
    /// It is `IN_PROGRESS` until the session with AWS ends.
    Stuck,
    /// It takes this many milliseconds longer.
    Slow(u64),
}

/// Endpoints of firewalls that never come to work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirewallEndpoints {
    /// What becomes of them.
    pub outcome: EndpointOutcome,
    /// The first endpoint that meets it, counted from 1 over all that are asked for.
    pub from: u64,
    /// How many in a row meet it.
    pub times: u64,
    /// How many were asked for so far.
    #[serde(default)]
    pub seen: u64,
}

/// What becomes of a firewall's endpoint that never comes to work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndpointOutcome {
    /// It stays `CREATING`.
    Stuck,
    /// It ends `FAILED`, with this message some time later.
    Failed(String),
}

/// A fault at certain calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// What goes wrong.
    pub kind: Kind,
    /// Only calls of this account.
    pub account: Option<String>,
    /// Only calls of this action, such as `CreateVpc`, or of those that begin so, such as `Describe*`; without it, all
    /// actions that change something.
    pub action: Option<String>,
    /// The first call that goes wrong, counted from 1 over those that match.
    pub from: u64,
    /// How many calls in a row go wrong.
    pub times: u64,
    /// How many calls have matched so far.
    #[serde(default)]
    pub seen: u64,
}

/// Faults at random.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Random {
    /// Decides which calls go wrong, and how.
    pub seed: u64,
    /// The share of the changing calls that go wrong, from 0 to 1.
    pub rate: f64,
    /// What may go wrong.
    pub kinds: Vec<Kind>,
    /// How many calls were looked at so far.
    #[serde(default)]
    pub seen: u64,
}

/// Failures at random of what calls begin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Later {
    /// Decides what fails, and with which code.
    pub seed: u64,
    /// The share of what can fail that does, from 0 to 1.
    pub rate: f64,
    /// How much of it was begun so far.
    #[serde(default)]
    pub seen: u64,
}

/// What goes wrong with a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It is refused as beyond the rate limits.
    Throttled,
    /// An internal error, and nothing was done.
    ErrorBefore,
    /// An internal error, and yet it was done.
    ErrorAfter,
    /// It never arrives: the connection breaks.
    RequestLost,
    /// It is done, but the answer never arrives: the connection breaks.
    AnswerLost,
    /// The answer takes this many milliseconds longer.
    Slow(u64),
    /// It is refused as not allowed.
    Denied,
    /// It is refused with this error code, such as `ConcurrentModificationException`.
    Refused(String),
    /// The caller's temporary credentials have expired before their time; a caller with others notices nothing.
    Expired,
    /// It is answered well, and what it begins fails later with one of [`codes`]; an action that has none notices nothing.
    /// Only calls that begin something are counted.
    FailsLater(String),
}

/// What AWS may say of what an action has begun and given up on: the failure codes of a NAT gateway, an endpoint's last
/// error, an account creation's reasons, and of an attachment the state that it ends in.
///
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NatGateway.html>,
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccountStatus.html>
#[must_use]
pub fn codes(action: &str) -> &'static [&'static str] {
    match action {
        "CreateNatGateway" => &[
            "InternalError",
            "Gateway.NotAttached",
            "InvalidAllocationID.NotFound",
            "InvalidSubnetID.NotFound",
            "Resource.AlreadyAssociated",
            "InsufficientFreeAddressesInSubnet",
        ],
        "CreateTransitGatewayVpcAttachment" => &["failed", "rejected"],
        "AcceptTransitGatewayVpcAttachment" => &["failed"],
        // Of an interface endpoint only. AWS documents no codes; this one is the twin's choice.
        "CreateVpcEndpoint" => &["InternalError"],
        // The codes of events of Cloud Control that a request may end with which was good. `NotStabilized` leaves what was made.
        "CreateResource" => &[
            "Throttling",
            "GeneralServiceException",
            "NotStabilized",
            "ServiceInternalError",
            "InternalFailure",
            "NetworkFailure",
        ],
        "UpdateResource" | "DeleteResource" => {
            &["Throttling", "GeneralServiceException", "ServiceInternalError", "InternalFailure", "NetworkFailure"]
        }
        "CreateAccount" => {
            &["INTERNAL_FAILURE", "EMAIL_ALREADY_EXISTS", "ACCOUNT_LIMIT_EXCEEDED", "PENDING_BUSINESS_VALIDATION"]
        }
        _ => &[],
    }
}

/// The fault that one call meets.
#[derive(Debug, Clone)]
pub struct Injection(Kind);

/// Whether a call has been carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Not yet.
    Undone,
    /// It has.
    Done,
}

impl Faults {
    /// The fault that the next call meets.
    pub fn next(&mut self, action: &str, account: &str) -> Option<Injection> {
        // Every rule counts every call that it matches, so that one rule's faults do not shift another's.
        let of_calls = self.rules.iter_mut().filter(|rule| !matches!(rule.kind, Kind::FailsLater(_)));
        let met: Vec<Kind> = of_calls.filter_map(|rule| rule.next(action, account)).collect();
        let random = self.random.as_mut().filter(|_| !is_read(action)).and_then(Random::next);
        met.into_iter().next().or(random).map(Injection)
    }

    /// What becomes of the next endpoint of a firewall; nothing where it comes to work.
    pub fn next_firewall_endpoint(&mut self) -> Option<EndpointOutcome> {
        let met = self.firewall_endpoints.iter_mut().filter_map(|rule| {
            rule.seen += 1;
            (rule.seen >= rule.from && rule.seen - rule.from < rule.times).then(|| rule.outcome.clone())
        });
        met.collect::<Vec<_>>().into_iter().next()
    }

    /// What becomes of the next request of Cloud Control, where it does not end as usual.
    pub fn next_resource(&mut self, account: &str, operation: &str, type_name: &str) -> Option<ResourceOutcome> {
        let is = |only: &Option<String>, value: &str| only.as_deref().is_none_or(|only| only == value);
        let met = self.resources.iter_mut().filter_map(|rule| {
            if !is(&rule.account, account) || !is(&rule.operation, operation) || !is(&rule.type_name, type_name) {
                return None;
            }
            rule.seen += 1;
            (rule.seen >= rule.from && rule.seen - rule.from < rule.times).then(|| rule.outcome.clone())
        });
        met.collect::<Vec<_>>().into_iter().next()
    }

    /// The code that what an action has begun fails with later. A call that is refused has begun nothing and counts for
    /// nothing.
    pub fn failure(&mut self, action: &str, account: &str) -> Option<String> {
        let of_what_is_begun = self.rules.iter_mut().filter(|rule| matches!(rule.kind, Kind::FailsLater(_)));
        let met: Vec<Kind> = of_what_is_begun.filter_map(|rule| rule.next(action, account)).collect();
        match met.into_iter().next() {
            Some(Kind::FailsLater(code)) => Some(code),
            _ => self.later.as_mut().and_then(|later| later.next(action)),
        }
    }
}

impl Rule {
    fn next(&mut self, action: &str, account: &str) -> Option<Kind> {
        let changes = !is_read(action) && action != "AssumeRole";
        let is_meant = |only: &String| match only.strip_suffix('*') {
            Some(beginning) => action.starts_with(beginning),
            None => only == action,
        };
        let wanted = self.action.as_ref().map_or(changes, is_meant);
        if !wanted || self.account.as_ref().is_some_and(|only| only != account) {
            return None;
        }
        self.seen += 1;
        (self.seen >= self.from && self.seen - self.from < self.times).then(|| self.kind.clone())
    }
}

impl Random {
    fn next(&mut self) -> Option<Kind> {
        self.seen += 1;
        is_met(mix(self.seed, "fault", self.seen), self.rate).then_some(())?;
        one_of(&self.kinds, mix(self.seed, "kind", self.seen)).cloned()
    }
}

impl Later {
    fn next(&mut self, action: &str) -> Option<String> {
        self.seen += 1;
        is_met(mix(self.seed, "failure", self.seen), self.rate).then_some(())?;
        one_of(codes(action), mix(self.seed, "code", self.seen)).map(|code| (*code).to_owned())
    }
}

/// True for that share of all drawn numbers.
#[expect(clippy::cast_precision_loss, reason = "53 bits are what an f64 holds exactly")]
fn is_met(drawn: u64, rate: f64) -> bool {
    ((drawn >> 11) as f64 / (1_u64 << 53) as f64) < rate
}

fn one_of<T>(all: &[T], drawn: u64) -> Option<&T> {
    let number = u64::try_from(all.len()).ok().filter(|number| *number > 0)?;
    all.get(usize::try_from(drawn % number).ok()?)
}

impl Injection {
    /// How the answer reaches the client.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        match &self.0 {
            Kind::RequestLost | Kind::AnswerLost => Delivery::Lost,
            Kind::Slow(milliseconds) => Delivery::Late(*milliseconds),
            Kind::Throttled
            | Kind::ErrorBefore
            | Kind::ErrorAfter
            | Kind::Denied
            | Kind::Refused(_)
            | Kind::Expired
            // Never met by a call; see [`Faults::failure`].
            | Kind::FailsLater(_) => Delivery::Prompt,
        }
    }

    /// The error to answer before or after the deed.
    #[must_use]
    pub fn fault(&self, deed: Deed, service: Service, caller: &Caller, action: &str) -> Option<Fault> {
        match (&self.0, deed) {
            (Kind::Throttled, Deed::Undone) => Some(service.throttled()),
            (Kind::Denied, Deed::Undone) => Some(service.denied(&caller.arn, action)),
            (Kind::Refused(code), Deed::Undone) => Some(Fault::new(code, "This error was asked for.")),
            (Kind::Expired, Deed::Undone) if caller.assumed => Some(service.expired_credentials()),
            // A lost request gets no answer at all: this error only keeps it from being carried out.
            (Kind::ErrorBefore | Kind::RequestLost, Deed::Undone) | (Kind::ErrorAfter, Deed::Done) => {
                Some(service.internal_error())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::twin::front::Twin;
    use crate::twin::testing::Client;

    fn rule(kind: Kind) -> Rule {
        Rule { kind, account: None, action: Some("CreateOrganization".to_owned()), from: 1, times: 1, seen: 0 }
    }

    /// What the first CreateOrganization answers under a fault, and what a second one does.
    fn twice(kind: Kind) -> [Result<(), String>; 2] {
        let mut client = Client::management(&Twin::new(1));
        client.twin.with_world(|world| world.faults.rules.push(rule(kind)));
        let mut create = || client.wait(2).organizations("CreateOrganization", &json!({})).map(|_| ());
        [create(), create()]
    }

    #[test]
    fn what_a_fault_leaves_behind_shows_in_the_next_call() {
        let (again, undone) = (Err("AlreadyInOrganizationException".to_owned()), Ok(()));
        let error = |code: &str| Err(code.to_owned());
        assert_eq!(twice(Kind::Throttled), [error("TooManyRequestsException"), undone.clone()]);
        assert_eq!(twice(Kind::Denied), [error("AccessDeniedException"), undone.clone()]);
        let code = "ConcurrentModificationException";
        assert_eq!(twice(Kind::Refused(code.to_owned())), [error(code), undone.clone()]);
        assert_eq!(twice(Kind::ErrorBefore), [error("ServiceException"), undone.clone()]);
        assert_eq!(twice(Kind::ErrorAfter), [error("ServiceException"), again.clone()]);
        // Of these two the client only sees that the connection breaks.
        assert_eq!(twice(Kind::RequestLost)[1], undone);
        assert_eq!(twice(Kind::AnswerLost)[1], again);
    }

    #[test]
    fn random_faults_come_at_their_rate_and_the_same_way_again() {
        let faults = |seed| {
            let mut random = Random { seed, rate: 0.2, kinds: vec![Kind::Throttled, Kind::AnswerLost], seen: 0 };
            (0..1000).map(|_| random.next()).collect::<Vec<_>>()
        };
        let met = faults(1).into_iter().flatten().count();
        assert!((150..250).contains(&met), "{met} of 1000");
        assert_eq!(faults(1), faults(1));
        assert_ne!(faults(1), faults(2));
    }
}
