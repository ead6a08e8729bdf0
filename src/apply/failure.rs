//! What went wrong in a scope, as data. Its `Display` is the sentence that people read.

use std::fmt;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::step::StepError;
use crate::cloud::{CallError, Class};
use crate::graph::Address;
use crate::kinds::{Cause, KindName};
use crate::plan::{Action, Change};
use crate::values::Label;

/// Something that went wrong in a scope, or that a repair has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeFailure {
    /// The resource; none where it is about the whole scope.
    pub address: Option<Address>,
    /// Its kind.
    pub kind: Option<KindName>,
    /// What was to be done to it.
    pub action: Option<Action>,
    /// What went wrong.
    pub cause: FailureCause,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailureCause {
    /// AWS refused a call, or its answer was lost.
    Call(Box<CallError>),
    /// AWS gave up on a resource, as often as it was made.
    GaveUp {
        /// AWS's own message, the last time.
        message: String,
        /// How often it was made.
        times: u32,
        /// What can be done about it.
        hint: Option<String>,
    },
    /// Somebody else deletes it.
    BeingDeleted,
    /// AWS took longer than it ever should.
    TooLong {
        /// The state that it is in.
        state: String,
        /// How long lz waited, as AWS counts.
        seconds: u64,
    },
    /// AWS took every call, and attributes still differ.
    NotConverging {
        /// The attributes.
        attributes: String,
    },
    /// The journal can't be written.
    Journal {
        /// Why.
        message: String,
    },
    /// Somebody asked to stop.
    Interrupted,
    /// An account that is needed is not there.
    NoAccount {
        /// The account.
        account: Label,
    },
    /// A resource that is referred to is not there.
    NoReference {
        /// The resource.
        needed: Address,
    },
    /// Something that it needs failed.
    NeedFailed {
        /// What failed.
        needed: Address,
    },
    /// It waits for a scope of which nothing is begun.
    NotBegun,
    /// The plan has a problem.
    Problem {
        /// The problem.
        message: String,
    },
    /// A repair may not do what is needed.
    Barred {
        /// Why the change is needed, and what stands in the way.
        message: String,
    },
    /// Nothing is known of it.
    Unread {
        /// Why.
        message: String,
    },
    /// It was done, and AWS shows something else since.
    ChangedSince {
        /// What is seen.
        message: String,
    },
    /// The run that did it is undone.
    Undone {
        /// The run.
        run: String,
    },
}

impl ScopeFailure {
    /// Of a whole scope.
    #[must_use]
    pub fn of_scope(cause: FailureCause) -> Self {
        Self { address: None, kind: None, action: None, cause }
    }

    /// Of a change.
    #[must_use]
    pub fn of_change(change: &Change, cause: FailureCause) -> Self {
        Self { address: Some(change.address.clone()), kind: Some(change.kind()), action: Some(change.action()), cause }
    }

    /// Of a resource of which nothing else is told.
    #[must_use]
    pub fn of_resource(address: Option<Address>, cause: FailureCause) -> Self {
        Self { address, kind: None, action: None, cause }
    }

    /// The same with the message alone, for where its resource is named already.
    #[must_use]
    pub fn reason(&self) -> String {
        self.cause.to_string()
    }
}

impl From<&StepError> for FailureCause {
    fn from(error: &StepError) -> Self {
        match error {
            StepError::Call(error) => Self::Call(Box::new(error.clone())),
            StepError::GaveUp { failure, times } => Self::GaveUp {
                message: failure.message.clone(),
                times: *times,
                hint: match &failure.cause {
                    Cause::Lasting(hint) => Some(hint.clone()),
                    _ => None,
                },
            },
            StepError::BeingDeleted => Self::BeingDeleted,
            StepError::TooLong { state, waited } => Self::TooLong { state: state.clone(), seconds: waited.as_secs() },
            StepError::NotConverging(attributes) => Self::NotConverging { attributes: attributes.clone() },
            StepError::Journal(error) => Self::Journal { message: error.to_string() },
            StepError::Interrupted => Self::Interrupted,
            StepError::NoAccount(account) => Self::NoAccount { account: account.clone() },
            StepError::NoReference(needed) => Self::NoReference { needed: needed.clone() },
        }
    }
}

impl fmt::Display for ScopeFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.address, &self.cause) {
            (Some(address), FailureCause::NotBegun | FailureCause::NeedFailed { .. }) => {
                write!(formatter, "{address} {}", self.cause)
            }
            (Some(address), cause) => write!(formatter, "{address}: {cause}"),
            (None, cause) => write!(formatter, "{cause}"),
        }
    }
}

impl fmt::Display for FailureCause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(error) => write!(formatter, "{error}"),
            Self::GaveUp { message, times, hint } => {
                formatter.write_str("AWS gave up")?;
                if *times > 1 {
                    write!(formatter, " {times} times, at last")?;
                }
                write!(formatter, ": {message}")?;
                hint.as_ref().map_or(Ok(()), |hint| write!(formatter, "; {hint}"))
            }
            Self::BeingDeleted => formatter.write_str("somebody is deleting it"),
            Self::TooLong { state, seconds } => write!(formatter, "still {state} after {} minutes", seconds / 60),
            Self::NotConverging { attributes } => {
                write!(formatter, "AWS accepted every change, but {attributes} still differs")
            }
            Self::Journal { message }
            | Self::Problem { message }
            | Self::Barred { message }
            | Self::ChangedSince { message } => formatter.write_str(message),
            Self::Interrupted => formatter.write_str("interrupted"),
            Self::NoAccount { account } => write!(formatter, "account {account} does not exist"),
            Self::NoReference { needed } => write!(formatter, "{needed} does not exist"),
            Self::NeedFailed { needed } => write!(formatter, "needs {needed}, which failed"),
            Self::NotBegun => formatter.write_str("waits for what is not begun"),
            Self::Unread { message } => write!(formatter, "nothing is known of it: {message}"),
            Self::Undone { run } => write!(formatter, "run {run} is undone"),
        }
    }
}

impl FailureCause {
    /// Its name in documents.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Call(_) => "call",
            Self::GaveUp { .. } => "gave-up",
            Self::BeingDeleted => "being-deleted",
            Self::TooLong { .. } => "too-long",
            Self::NotConverging { .. } => "not-converging",
            Self::Journal { .. } => "journal",
            Self::Interrupted => "interrupted",
            Self::NoAccount { .. } => "no-account",
            Self::NoReference { .. } => "no-reference",
            Self::NeedFailed { .. } => "need-failed",
            Self::NotBegun => "not-begun",
            Self::Problem { .. } => "problem",
            Self::Barred { .. } => "barred",
            Self::Unread { .. } => "unread",
            Self::ChangedSince { .. } => "changed-since",
            Self::Undone { .. } => "undone",
        }
    }
}

/// The names of all causes.
pub const CAUSES: [&str; 16] = [
    "call",
    "gave-up",
    "being-deleted",
    "too-long",
    "not-converging",
    "journal",
    "interrupted",
    "no-account",
    "no-reference",
    "need-failed",
    "not-begun",
    "problem",
    "barred",
    "unread",
    "changed-since",
    "undone",
];

/// The names of what a failed call may mean.
#[must_use]
pub fn call_classes() -> [&'static str; 9] {
    Class::ALL.map(Class::as_str)
}

/// What is known of it, and the sentence.
impl Serialize for ScopeFailure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("cause", self.cause.name())?;
        if let Some(address) = &self.address {
            map.serialize_entry("address", address)?;
        }
        if let Some(kind) = self.kind {
            map.serialize_entry("kind", &kind)?;
        }
        if let Some(action) = self.action {
            map.serialize_entry("action", action.as_str())?;
        }
        match &self.cause {
            FailureCause::Call(error) => {
                map.serialize_entry("service", &error.operation.service.to_string())?;
                map.serialize_entry("operation", error.operation.name)?;
                map.serialize_entry("account", &error.account)?;
                map.serialize_entry("code", &error.code)?;
                map.serialize_entry("aws_message", &error.message)?;
                map.serialize_entry("class", error.class.as_str())?;
            }
            FailureCause::GaveUp { message, times, hint } => {
                map.serialize_entry("aws_message", message)?;
                map.serialize_entry("times", times)?;
                map.serialize_entry("hint", hint)?;
            }
            FailureCause::TooLong { state, seconds } => {
                map.serialize_entry("state", state)?;
                map.serialize_entry("seconds", seconds)?;
            }
            FailureCause::NoAccount { account } => map.serialize_entry("account", account)?,
            FailureCause::NoReference { needed } | FailureCause::NeedFailed { needed } => {
                map.serialize_entry("needed", needed)?;
            }
            FailureCause::Undone { run } => map.serialize_entry("run", run)?,
            FailureCause::NotConverging { .. }
            | FailureCause::BeingDeleted
            | FailureCause::Journal { .. }
            | FailureCause::Interrupted
            | FailureCause::NotBegun
            | FailureCause::Problem { .. }
            | FailureCause::Barred { .. }
            | FailureCause::Unread { .. }
            | FailureCause::ChangedSince { .. } => {}
        }
        map.serialize_entry("message", &self.to_string())?;
        map.end()
    }
}
