//! What AWS is doing with a resource, and why it may have given up on it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What AWS is doing with a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It can be used.
    Ready,
    /// AWS is still at work on it: AWS's own word for the state.
    Pending(String),
    /// AWS gave up. It will never be ready.
    Failed(Failure),
    /// It is being deleted, and still in the way of what depends on that.
    Deleting,
}

/// Why AWS gave up on a resource, with AWS's own message, and whether another one may fare better.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// AWS's own code and message.
    pub message: String,
    /// Whether another one may fare better.
    pub cause: Cause,
}

/// Whether another resource, asked for the same way, may come to something where one has failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// AWS's own trouble, or something that AWS did not see yet: it may.
    Passing,
    /// It would fail as well, until somebody does this.
    Lasting(String),
}

impl Failure {
    /// A failure after which another one may come to something.
    #[must_use]
    pub fn passing(message: impl Into<String>) -> Self {
        Self { message: message.into(), cause: Cause::Passing }
    }

    /// A failure that every other one would meet too, until somebody goes this way out.
    #[must_use]
    pub fn lasting(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), cause: Cause::Lasting(hint.into()) }
    }

    /// A failure that AWS tells with a code as EC2's are. Only a subnet without free addresses needs somebody: what a code
    /// says isn't there, or isn't attached, lz has made before, and AWS did not see it yet.
    #[must_use]
    pub fn of_code(code: Option<&str>, message: Option<&str>) -> Self {
        let told = match (code, message) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(text), None) | (None, Some(text)) => text.to_owned(),
            (None, None) => return Self::untold(),
        };
        match code {
            Some("InsufficientFreeAddressesInSubnet") => {
                Self::lasting(told, "free addresses in the subnet, or give it a larger range")
            }
            _ => Self::passing(told),
        }
    }

    /// A failure of which AWS tells no more than that.
    #[must_use]
    pub fn untold() -> Self {
        Self::passing("AWS doesn't say why")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Passing => formatter.write_str(&self.message),
            Cause::Lasting(hint) => write!(formatter, "{}; {hint}", self.message),
        }
    }
}
