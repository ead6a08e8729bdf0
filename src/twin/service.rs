//! The services that the twin has, and how each of them names actions and refuses.

use super::wire::fault::{Answer, Fault};
use super::wire::{Form, Protocol, Request, protocol};
use super::{ec2, organizations, ram, sts};

/// A service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Amazon EC2.
    Ec2,
    /// AWS Organizations.
    Organizations,
    /// AWS Resource Access Manager.
    Ram,
    /// AWS Security Token Service.
    Sts,
}

/// What a request asks for, with what answers it.
#[derive(Debug)]
pub struct Operation {
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
    /// Organizations' way.
    Organizations(organizations::Handler),
    /// RAM's way.
    Ram(ram::Handler),
    /// STS's way.
    Sts(sts::Handler, Form),
}

impl Service {
    /// The service that signs its requests with this name.
    #[must_use]
    pub fn of_signing_name(name: &str) -> Option<Self> {
        [Self::Ec2, Self::Organizations, Self::Ram, Self::Sts].into_iter().find(|service| service.name() == name)
    }

    /// The name that the service's requests are signed for.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ec2 => "ec2",
            Self::Organizations => "organizations",
            Self::Ram => "ram",
            Self::Sts => "sts",
        }
    }

    /// The protocol it speaks.
    #[must_use]
    pub fn protocol(self) -> Protocol {
        match self {
            Self::Ec2 => Protocol::Ec2,
            Self::Organizations => Protocol::Json,
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
            Self::Organizations => {
                let target = request.header("x-amz-target").unwrap_or_default();
                let action = target.strip_prefix("AWSOrganizationsV20161128.").unwrap_or_default();
                let handler = organizations::handler(action).ok_or_else(|| unknown_operation(target))?;
                (action.to_owned(), Handling::Organizations(handler))
            }
            Self::Ram => {
                let (action, handler) = ram::handler(&request.method, &request.path)
                    .ok_or_else(|| unknown_operation(&request.path).with_status(404))?;
                (action.to_owned(), Handling::Ram(handler))
            }
        };
        Ok(Operation { action, handling })
    }

    /// The refusal of credentials that nobody has.
    #[must_use]
    pub fn unknown_credentials(self) -> Fault {
        let invalid = "The security token included in the request is invalid.";
        match self {
            Self::Ec2 => Fault::new("AuthFailure", "AWS was not able to validate the provided access credentials")
                .with_status(401),
            Self::Sts => Fault::new("InvalidClientTokenId", invalid).with_status(403),
            Self::Organizations => Fault::new("UnrecognizedClientException", invalid),
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
            Self::Organizations => Fault::new("ExpiredTokenException", expired),
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
            Self::Ram => Fault::new("ThrottlingException", "Rate exceeded").with_status(429),
        }
    }

    /// The refusal of what the caller's policies do not allow.
    #[must_use]
    pub fn denied(self, caller: &str, action: &str) -> Fault {
        let message = format!("User: {caller} is not authorized to perform: {}:{action}", self.name());
        match self {
            Self::Ec2 => Fault::new(
                "UnauthorizedOperation",
                format!("You are not authorized to perform this operation. {message}"),
            )
            .with_status(403),
            Self::Sts => Fault::new("AccessDenied", message).with_status(403),
            Self::Organizations => Fault::new("AccessDeniedException", message),
            Self::Ram => Fault::new("AccessDeniedException", message).with_status(403),
        }
    }

    /// An internal error, which tells nothing about whether the request was carried out.
    #[must_use]
    pub fn internal_error(self) -> Fault {
        let code = match self {
            Self::Ec2 => "InternalError",
            Self::Sts => "InternalFailure",
            Self::Organizations => "ServiceException",
            Self::Ram => "ServerInternalException",
        };
        Fault::new(code, "An internal error has occurred").with_status(500)
    }
}

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
