//! Which call is meant, and what happens in AWS when it is sent twice.

use std::fmt;

/// An AWS service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Amazon EC2.
    Ec2,
    /// AWS Organizations.
    Organizations,
    /// AWS Resource Access Manager.
    Ram,
    /// AWS Security Token Service.
    Sts,
    /// AWS Network Firewall.
    NetworkFirewall,
    /// Amazon CloudWatch Logs.
    Logs,
    /// AWS CloudTrail.
    CloudTrail,
    /// AWS Cloud Control API.
    CloudControl,
    /// Resource Groups Tagging API.
    Tagging,
}

impl Service {
    /// All that lz calls.
    pub const ALL: [Self; 9] = [
        Self::Ec2,
        Self::Organizations,
        Self::Ram,
        Self::Sts,
        Self::NetworkFirewall,
        Self::Logs,
        Self::CloudTrail,
        Self::CloudControl,
        Self::Tagging,
    ];

    /// The name by which an endpoint of its own is configured, as in `AWS_ENDPOINT_URL_NETWORK_FIREWALL` (AWS SDKs and
    /// tools reference guide, "Identifiers for service-specific endpoints").
    #[must_use]
    pub fn endpoint_key(self) -> &'static str {
        match self {
            Self::Ec2 => "EC2",
            Self::Organizations => "Organizations",
            Self::Ram => "RAM",
            Self::Sts => "STS",
            Self::NetworkFirewall => "Network Firewall",
            Self::Logs => "CloudWatch Logs",
            Self::CloudTrail => "CloudTrail",
            Self::CloudControl => "CloudControl",
            Self::Tagging => "Resource Groups Tagging API",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Ec2 => "ec2",
            Self::Organizations => "organizations",
            Self::Ram => "ram",
            Self::Sts => "sts",
            Self::NetworkFirewall => "network-firewall",
            Self::Logs => "logs",
            Self::CloudTrail => "cloudtrail",
            // IAM has Cloud Control's actions in the namespace of CloudFormation (Cloud Control API user guide, "Security").
            Self::CloudControl => "cloudformation",
            Self::Tagging => "tag",
        })
    }
}

/// What sending a call does, which decides what may be done when its answer is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It changes nothing.
    Read,
    /// It changes nothing, and is sent before anything is known to work: what doesn't answer soon isn't there.
    FirstContact,
    /// Sent twice it does what it does once: it carries a client token, or sets a value.
    Idempotent,
    /// It removes something; that it is gone already is as good.
    Delete,
    /// Sent twice it may make two: after a lost answer somebody has to look before it is sent again.
    Create,
}

/// One of AWS's API operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// The service.
    pub service: Service,
    /// The operation's name, such as `CreateVpc`.
    pub name: &'static str,
    /// What sending it does.
    pub effect: Effect,
}

impl Service {
    /// An operation that changes nothing.
    #[must_use]
    pub const fn read(self, name: &'static str) -> Operation {
        Operation { service: self, name, effect: Effect::Read }
    }

    /// An operation that changes nothing, sent to learn whether AWS answers at all.
    #[must_use]
    pub const fn first_contact(self, name: &'static str) -> Operation {
        Operation { service: self, name, effect: Effect::FirstContact }
    }

    /// An operation that may be sent twice.
    #[must_use]
    pub const fn idempotent(self, name: &'static str) -> Operation {
        Operation { service: self, name, effect: Effect::Idempotent }
    }

    /// An operation that removes something.
    #[must_use]
    pub const fn delete(self, name: &'static str) -> Operation {
        Operation { service: self, name, effect: Effect::Delete }
    }

    /// An operation that makes something, without a client token.
    #[must_use]
    pub const fn create(self, name: &'static str) -> Operation {
        Operation { service: self, name, effect: Effect::Create }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.service, self.name)
    }
}
