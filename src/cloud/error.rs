//! What a failed call means.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::operation::{Operation, Service};

/// What a failed call means, which decides everything that may be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// AWS did nothing: too many calls. Wait and send again.
    Throttled,
    /// AWS did nothing: the credentials have expired. Renew them and send again.
    Expired,
    /// AWS did nothing: what the call refers to isn't visible yet, or isn't there. Wait, for a while.
    NotFound,
    /// AWS did nothing: what the call refers to is not in the state it has to be in. Wait, for a while.
    NotReady,
    /// AWS did nothing: something still depends on what should go. Wait, for a while.
    InUse,
    /// AWS did nothing: what should be made is there already.
    Exists,
    /// AWS did nothing: what the call would replace has changed since it was read. Read it again.
    Stale,
    /// The answer was lost, or says nothing: AWS may have done it.
    Unknown,
    /// AWS did nothing and never will for this call: denied, invalid, over a quota.
    Final,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 9] = [
        Self::Throttled,
        Self::Expired,
        Self::NotFound,
        Self::NotReady,
        Self::InUse,
        Self::Exists,
        Self::Stale,
        Self::Unknown,
        Self::Final,
    ];

    /// Its name in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Expired => "expired",
            Self::NotFound => "not-found",
            Self::NotReady => "not-ready",
            Self::InUse => "in-use",
            Self::Exists => "exists",
            Self::Stale => "stale",
            Self::Unknown => "unknown",
            Self::Final => "final",
        }
    }
}

/// A call that failed, after all the retries that its class allows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation} in account {account}: {}{message}", code.as_deref().map(|code| format!("{code}: ")).unwrap_or_default())]
pub struct CallError {
    /// The operation.
    pub operation: Operation,
    /// The account it was called in, by id or by name.
    pub account: String,
    /// AWS's error code; none where no answer came.
    pub code: Option<String>,
    /// AWS's message, or what went wrong on the way.
    pub message: String,
    /// What it means.
    pub class: Class,
}

impl CallError {
    /// From what the SDK gives.
    pub(super) fn from_sdk<E>(operation: Operation, account: &str, error: &SdkError<E, Response>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let (code, message, status) = match error {
            SdkError::ServiceError(answer) => (
                answer.err().code().map(str::to_owned),
                answer.err().message().map_or_else(|| chain(answer.err()), str::to_owned),
                Some(answer.raw().status().as_u16()),
            ),
            SdkError::ResponseError(answer) => (None, chain(error), Some(answer.raw().status().as_u16())),
            _ => (None, chain(error), None),
        };
        let class = match error {
            // Nothing was sent: the request could not be built or signed, or no credentials were to be had.
            SdkError::ConstructionFailure(_) => Class::Final,
            // A connection that was never made carried nothing; any other failure may have come after the deed.
            SdkError::DispatchFailure(failure) if failure.is_user() => Class::Final,
            _ => classify(operation.service, code.as_deref(), &message, status),
        };
        Self { operation, account: account.to_owned(), code, message, class }
    }

    /// A failure that AWS tells by a state or in a list instead of by an error.
    #[must_use]
    pub fn told(operation: Operation, account: &str, code: Option<String>, message: impl Into<String>) -> Self {
        let message = message.into();
        let known = |code| classify(operation.service, Some(code), &message, Some(400));
        let class = code.as_deref().map_or(Class::Final, known);
        Self { operation, account: account.to_owned(), code, message, class }
    }

    /// True where AWS's error code is this one.
    #[must_use]
    pub fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// True where the caller lacks the permission (EC2's code is the first; IAM user guide, "Troubleshoot access denied error
    /// messages").
    #[must_use]
    pub fn is_denied(&self) -> bool {
        ["UnauthorizedOperation", "AccessDenied", "AccessDeniedException"].iter().any(|code| self.is(code))
    }
}

/// An error and what it comes from, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// What an error code of a service means, with its message where a code has several meanings. An answer without a code that
/// AWS documents is `Unknown` when its status is 5xx and `Final` otherwise.
#[must_use]
pub fn classify(service: Service, code: Option<&str>, message: &str, status: Option<u16>) -> Class {
    let Some(code) = code else {
        return match status {
            Some(400..=499) => Class::Final,
            _ => Class::Unknown,
        };
    };
    match service {
        Service::Ec2 => classify_ec2(code, status),
        Service::Organizations => classify_organizations(code, status),
        Service::Ram => classify_ram(code, status),
        Service::Sts | Service::CloudTrail => classify_common(code, status),
        Service::NetworkFirewall => classify_network_firewall(code, message, status),
        Service::Logs => classify_logs(code, status),
        Service::CloudControl => classify_cloud_control(code, message, status),
        Service::Tagging => classify_common(code, status),
    }
}

/// EC2 API reference, "Error codes for the Amazon EC2 API".
fn classify_ec2(code: &str, status: Option<u16>) -> Class {
    match code {
        "RequestLimitExceeded" | "EC2ThrottledException" => Class::Throttled,
        "RequestExpired" => Class::Expired,
        "IncorrectState" | "IncorrectInstanceState" | "ConcurrentTagAccess" => Class::NotReady,
        // ReleaseAddress's, right after the address's NAT gateway is gone: the address still names its interface.
        "InvalidNetworkInterfaceID.NotFound" => Class::InUse,
        "DependencyViolation" | "InvalidIPAddress.InUse" | "InvalidGroup.InUse" => Class::InUse,
        "OptInRequired" | "PendingVerification" | "SubscriptionRequiredException" => Class::NotReady,
        "Resource.AlreadyAssociated"
        | "RouteAlreadyExists"
        | "DuplicateTransitGatewayAttachment"
        | "TransitGatewayRouteTablePropagation.Duplicate"
        | "InvalidPermission.Duplicate"
        | "InvalidGroup.Duplicate"
        | "InvalidSubnet.Conflict"
        | "FlowLogAlreadyExists" => Class::Exists,
        // The second is DetachInternetGateway's.
        "NatGatewayNotFound" | "Gateway.NotAttached" => Class::NotFound,
        _ if code.ends_with(".NotFound") => Class::NotFound,
        _ => classify_common(code, status),
    }
}

/// Organizations API reference, the errors of each operation.
fn classify_organizations(code: &str, status: Option<u16>) -> Class {
    match code {
        "TooManyRequestsException" => Class::Throttled,
        "ConcurrentModificationException" | "FinalizingOrganizationException" | "PolicyChangesInProgressException" => {
            Class::NotReady
        }
        "AlreadyInOrganizationException"
        | "DuplicateOrganizationalUnitException"
        | "DuplicateAccountException"
        | "AccountAlreadyRegisteredException" => Class::Exists,
        "ParentNotFoundException"
        | "ChildNotFoundException"
        | "AccountNotFoundException"
        | "OrganizationalUnitNotFoundException"
        | "SourceParentNotFoundException"
        | "DestinationParentNotFoundException"
        | "CreateAccountStatusNotFoundException"
        | "TargetNotFoundException" => Class::NotFound,
        _ => classify_common(code, status),
    }
}

/// RAM API reference, the errors of each operation.
fn classify_ram(code: &str, status: Option<u16>) -> Class {
    match code {
        "UnknownResourceException" | "ResourceArnNotFoundException" => Class::NotFound,
        "InvalidStateTransitionException" => Class::NotReady,
        _ => classify_common(code, status),
    }
}

/// Network Firewall API reference, the errors of each operation. A quota is `LimitExceededException`, which other services
/// use for throttling.
fn classify_network_firewall(code: &str, message: &str, status: Option<u16>) -> Class {
    match code {
        "InvalidTokenException" => Class::Stale,
        "ResourceNotFoundException" => Class::NotFound,
        // What is protected, still used, or being changed.
        "InvalidOperationException" => Class::InUse,
        // DeleteFirewall's, while something leads to it or it writes logs; and the only word for a name that is taken.
        "InvalidRequestException" => match message {
            _ if message.contains("still exist in route table") => Class::InUse,
            _ if message.contains("with a logging configuration") => Class::InUse,
            _ if message.contains("already exists") => Class::Exists,
            _ => Class::Final,
        },
        // AWS has no room for an endpoint in a zone, at the moment.
        "InsufficientCapacityException" => Class::NotReady,
        "OptInRequired" | "PendingVerification" | "SubscriptionRequiredException" => Class::NotReady,
        _ => classify_common(code, status),
    }
}

/// CloudWatch Logs API reference, the errors of each operation.
fn classify_logs(code: &str, status: Option<u16>) -> Class {
    match code {
        "ResourceAlreadyExistsException" => Class::Exists,
        "ResourceNotFoundException" => Class::NotFound,
        // Several changes of one log group at once.
        "OperationAbortedException" => Class::NotReady,
        "OptInRequired" | "PendingVerification" | "SubscriptionRequiredException" => Class::NotReady,
        _ => classify_common(code, status),
    }
}

/// Cloud Control API reference, the errors of each operation; and a handler's error codes, by which a request tells why it
/// failed (CloudFormation CLI user guide, "Handler error codes"). Where services speak through a handler, their own words
/// are in its message.
fn classify_cloud_control(code: &str, message: &str, status: Option<u16>) -> Class {
    match code.strip_suffix("Exception").unwrap_or(code) {
        "Throttling" => Class::Throttled,
        "ResourceNotFound" | "NotFound" | "RequestTokenNotFound" => Class::NotFound,
        "AlreadyExists" => Class::Exists,
        "ConcurrentOperation" | "ConcurrentModification" | "ResourceConflict" => Class::NotReady,
        // Log groups tell it so.
        "InvalidRequest" if message.contains("cannot be found") => Class::NotFound,
        // The load balancer's listener is not there yet.
        "InvalidRequest" if message.contains("does not have an associated load balancer") => Class::NotReady,
        "GeneralService" if message.contains("Rate exceeded") => Class::Throttled,
        "GeneralService" if message.contains("ConcurrentModification") => Class::NotReady,
        // A role that was made a moment ago.
        "GeneralService" | "InvalidRequest" if message.contains("cannot be assumed") => Class::NotReady,
        "ServiceInternalError"
        | "NetworkFailure"
        | "ServiceTimeout"
        | "HandlerInternalFailure"
        | "InternalFailure"
        | "HandlerFailure" => Class::Unknown,
        _ => classify_common(code, status),
    }
}

fn classify_common(code: &str, status: Option<u16>) -> Class {
    match code {
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "TooManyRequestsException"
        | "SlowDown" => Class::Throttled,
        "ExpiredToken" | "ExpiredTokenException" => Class::Expired,
        _ => match status {
            Some(400..=499) => Class::Final,
            _ => Class::Unknown,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_network_firewall_says_with_one_code_means_several_things() {
        let class = |code, message| classify(Service::NetworkFirewall, Some(code), message, Some(400));
        let routes = "Unable to fulfill request because the following related VPC endpoint(s) still exist in route table(s): \
                      [vpce-1]";
        assert_eq!(class("InvalidRequestException", routes), Class::InUse);
        assert_eq!(
            class("InvalidRequestException", "Cannot delete firewall with a logging configuration"),
            Class::InUse
        );
        assert_eq!(
            class("InvalidRequestException", "A resource with the specified name already exists"),
            Class::Exists
        );
        assert_eq!(class("InvalidRequestException", "stateful rule is invalid"), Class::Final);
        assert_eq!(class("LimitExceededException", "you may have 5 firewalls"), Class::Final);
        assert_eq!(class("InvalidTokenException", "the token is stale"), Class::Stale);
    }
}
