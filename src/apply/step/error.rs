//! Why a step failed.

use std::time::Duration;

use crate::cloud::CallError;
use crate::graph::Address;
use crate::journal::JournalError;
use crate::kinds::Failure;
use crate::values::Label;

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// AWS refused a call.
    #[error(transparent)]
    Call(#[from] CallError),
    /// AWS gave up on a resource, as often as it was made.
    #[error("AWS gave up{}: {failure}", if *.times > 1 { format!(" {times} times, at last") } else { String::new() })]
    GaveUp {
        /// Why, the last time.
        failure: Failure,
        /// How often it was made.
        times: u32,
    },
    /// Somebody else deletes it.
    #[error("somebody is deleting it")]
    BeingDeleted,
    /// AWS took longer than it ever should.
    #[error("still {state} after {} minutes", .waited.as_secs() / 60)]
    TooLong {
        /// The state that it is in.
        state: String,
        /// How long lz waited, as AWS counts.
        waited: Duration,
    },
    /// AWS took every call, and the resource still is not what is wanted.
    #[error("AWS accepted every change, but {0} still differs")]
    NotConverging(String),
    /// The journal can't be written: nothing more may be asked of AWS.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Somebody asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// An account that is needed is not there.
    #[error("account {0} does not exist")]
    NoAccount(Label),
    /// A resource that is referred to is not there.
    #[error("{0} does not exist")]
    NoReference(Address),
}
