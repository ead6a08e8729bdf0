//! The services that the twin has, and how each of them names actions and refuses.

use serde_json::Value;

use super::wire::fault::{Answer, Fault};
use super::wire::{Form, Protocol, Request, protocol};
use super::world::Call;
use super::{cloudcontrol, cloudtrail, ec2, logs, networkfirewall, organizations, ram, sts, tagging};

/// A service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// AWS Cloud Control API.
    CloudControl,
    /// AWS CloudTrail.
    CloudTrail,
    /// Amazon EC2.
    Ec2,
    /// Amazon CloudWatch Logs.
    Logs,
    /// AWS Network Firewall.
    NetworkFirewall,
    /// AWS Organizations.
    Organizations,
    /// AWS Resource Access Manager.
    Ram,
    /// AWS Security Token Service.
    Sts,
    /// AWS Resource Groups Tagging API.
    Tagging,
}

/// What answers an action of a service that speaks JSON: reads the request's members, changes the world, and gives the
/// answer's.
pub type JsonHandler = fn(&mut Call<'_>, Value) -> Answer<Value>;

/// What a request asks for, with what answers it.
#[derive(Debug)]
pub struct Operation {
    /// The service.
    pub service: Service,
    /// The action's name.
    pub action: String,
    /// What answers it.
    pub handling: Handling,
}

/// What answers an action, by how its service takes requests.
#[derive(Debug)]
pub enum Handling {
    /// EC2's way.
    Ec2(ec2::Handler, Form),
    /// The way of Cloud Control, CloudTrail, Logs, Network Firewall, Organizations and the tagging API.
    Json(JsonHandler, Protocol),
    /// RAM's way.
    Ram(ram::Handler),
    /// STS's way.
    Sts(sts::Handler, Form),
}

impl Service {
    /// The service that signs its requests with this name.
    #[must_use]
    pub fn of_signing_name(name: &str) -> Option<Self> {
        let json = [Self::CloudTrail, Self::Logs, Self::NetworkFirewall, Self::Organizations];
        let generic = [Self::CloudControl, Self::Tagging];
        let all = json.into_iter().chain(generic).chain([Self::Ec2, Self::Ram, Self::Sts]);
        all.into_iter().find(|service| service.name() == name)
    }

    /// The name that the service's requests are signed for.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CloudControl => "cloudcontrolapi",
            Self::CloudTrail => "cloudtrail",
            Self::Ec2 => "ec2",
            Self::Logs => "logs",
            Self::NetworkFirewall => "network-firewall",
            Self::Organizations => "organizations",
            Self::Ram => "ram",
            Self::Sts => "sts",
            Self::Tagging => "tagging",
        }
    }

    /// The protocol it speaks.
    #[must_use]
    pub fn protocol(self) -> Protocol {
        match self {
            Self::Ec2 => Protocol::Ec2,
            Self::CloudControl => Protocol::CloudControl,
            Self::NetworkFirewall => Protocol::Json10,
            Self::CloudTrail | Self::Logs | Self::Organizations | Self::Tagging => Protocol::Json11,
            Self::Ram => Protocol::RestJson,
            Self::Sts => Protocol::Query,
        }
    }

    /// What a request asks for.
    ///
    /// # Errors
    /// `InvalidAction`, `UnknownOperationException`: the service has no such action, or the twin does not know it.
    pub fn operation(self, request: &Request) -> Answer<Operation> {
        let (action, handling) = match self {
            Self::Ec2 => {
                let form = Form::parse(&request.body);
                let action = form_action(&form, protocol::EC2_VERSION)?.to_owned();
                let handler = ec2::handler(&action).ok_or_else(|| invalid_action(&action))?;
                (action, Handling::Ec2(handler, form))
            }
            Self::Sts => {
                let form = Form::parse(&request.body);
                let action = form_action(&form, protocol::STS_VERSION)?.to_owned();
                let handler = sts::handler(&action).ok_or_else(|| invalid_action(&action))?;
                (action, Handling::Sts(handler, form))
            }
            Self::CloudControl => self.json_operation(request, "CloudApiService.", cloudcontrol::handler)?,
            Self::CloudTrail => self.json_operation(request, "CloudTrail_20131101.", cloudtrail::handler)?,
            Self::Tagging => self.json_operation(request, "ResourceGroupsTaggingAPI_20170126.", tagging::handler)?,
            Self::Logs => self.json_operation(request, "Logs_20140328.", logs::handler)?,
            Self::NetworkFirewall => {
                self.json_operation(request, "NetworkFirewall_20201112.", networkfirewall::handler)?
            }
            Self::Organizations => {
                self.json_operation(request, "AWSOrganizationsV20161128.", organizations::handler)?
            }
            Self::Ram => {
                let (action, handler) = ram::handler(&request.method, &request.path)
                    .ok_or_else(|| unknown_operation(&request.path).with_status(404))?;
                (action.to_owned(), Handling::Ram(handler))
            }
        };
        Ok(Operation { service: self, action, handling })
    }

    fn json_operation(
        self,
        request: &Request,
        prefix: &str,
        handler: fn(&str) -> Option<JsonHandler>,
    ) -> Answer<(String, Handling)> {
        let target = request.header("x-amz-target").unwrap_or_default();
        let short = target.strip_prefix(CLOUDTRAIL_PACKAGE).unwrap_or(target);
        let action = short.strip_prefix(prefix).unwrap_or_default();
        let handler = handler(action).ok_or_else(|| unknown_operation(target))?;
        Ok((action.to_owned(), Handling::Json(handler, self.protocol())))
    }

    /// The refusal of credentials that nobody has.
    #[must_use]
    pub fn unknown_credentials(self) -> Fault {
        let invalid = "The security token included in the request is invalid.";
        match self {
            Self::Ec2 => Fault::new("AuthFailure", "AWS was not able to validate the provided access credentials")
                .with_status(401),
            Self::Sts => Fault::new("InvalidClientTokenId", invalid).with_status(403),
            Self::CloudControl
            | Self::CloudTrail
            | Self::Logs
            | Self::NetworkFirewall
            | Self::Organizations
            | Self::Tagging => Fault::new("UnrecognizedClientException", invalid),
            Self::Ram => Fault::new("UnrecognizedClientException", invalid).with_status(403),
        }
    }

    /// The refusal of credentials that have expired.
    #[must_use]
    pub fn expired_credentials(self) -> Fault {
        let expired = "The security token included in the request is expired";
        match self {
            Self::Ec2 => Fault::new("RequestExpired", "Request has expired."),
            Self::Sts => Fault::new("ExpiredToken", expired).with_status(403),
            Self::CloudControl
            | Self::CloudTrail
            | Self::Logs
            | Self::NetworkFirewall
            | Self::Organizations
            | Self::Tagging => Fault::new("ExpiredTokenException", expired),
            Self::Ram => Fault::new("ExpiredTokenException", expired).with_status(403),
        }
    }

    /// The refusal of a request beyond the rate limits.
    #[must_use]
    pub fn throttled(self) -> Fault {
        match self {
            Self::Ec2 => Fault::new("RequestLimitExceeded", "Request limit exceeded.").with_status(503),
            Self::Sts => Fault::new("Throttling", "Rate exceeded"),
            Self::Organizations => Fault::new("TooManyRequestsException", "Rate exceeded"),
            Self::CloudControl | Self::CloudTrail | Self::Logs | Self::NetworkFirewall | Self::Tagging => {
                Fault::new("ThrottlingException", "Rate exceeded")
            }
            Self::Ram => Fault::new("ThrottlingException", "Rate exceeded").with_status(429),
        }
    }

    /// The refusal of what the caller's policies do not allow.
    #[must_use]
    pub fn denied(self, caller: &str, action: &str) -> Fault {
        // Cloud Control's permissions are CloudFormation's.
        let namespace = if self == Self::CloudControl { "cloudformation" } else { self.name() };
        let message = format!("User: {caller} is not authorized to perform: {namespace}:{action}");
        match self {
            Self::Ec2 => Fault::new(
                "UnauthorizedOperation",
                format!("You are not authorized to perform this operation. {message}"),
            )
            .with_status(403),
            Self::Sts => Fault::new("AccessDenied", message).with_status(403),
            Self::CloudControl
            | Self::CloudTrail
            | Self::Logs
            | Self::NetworkFirewall
            | Self::Organizations
            | Self::Tagging => Fault::new("AccessDeniedException", message),
            Self::Ram => Fault::new("AccessDeniedException", message).with_status(403),
        }
    }

    /// An error's code as CloudTrail logs it: EC2's say whose fault it is.
    #[must_use]
    pub fn logged_code(self, fault: &Fault) -> String {
        match self {
            Self::Ec2 if fault.status < 500 => format!("Client.{}", fault.code),
            Self::Ec2 => format!("Server.{}", fault.code),
            _ => fault.code.clone(),
        }
    }

    /// An internal error, which tells nothing about whether the request was carried out.
    #[must_use]
    pub fn internal_error(self) -> Fault {
        let code = match self {
            Self::Ec2 => "InternalError",
            Self::CloudControl => "ServiceInternalErrorException",
            Self::CloudTrail | Self::Sts => "InternalFailure",
            Self::Tagging => "InternalServiceException",
            Self::Logs => "ServiceUnavailableException",
            Self::NetworkFirewall => "InternalServerError",
            Self::Organizations => "ServiceException",
            Self::Ram => "ServerInternalException",
        };
        Fault::new(code, "An internal error has occurred").with_status(500)
    }
}

/// What some of AWS's clients put before the name that others send: CloudTrail takes both.
const CLOUDTRAIL_PACKAGE: &str = "com.amazonaws.cloudtrail.v20131101.";

fn form_action<'a>(form: &'a Form, version: &str) -> Answer<&'a str> {
    let action = form
        .optional("Action")
        .ok_or_else(|| Fault::new("MissingAction", "The request is missing an action or a required parameter."))?;
    match form.optional("Version") {
        Some(given) if given == version => Ok(action),
        given => Err(Fault::new(
            "InvalidAction",
            format!("The action {action} is not valid for version {}.", given.unwrap_or("(none)")),
        )),
    }
}

fn invalid_action(action: &str) -> Fault {
    Fault::new("InvalidAction", format!("The action {action} is not valid for this web service."))
}

fn unknown_operation(name: &str) -> Fault {
    Fault::new("UnknownOperationException", format!("The operation {name} is not known."))
}
