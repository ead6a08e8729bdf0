//! Why a use case did not come to its end.

use std::path::PathBuf;

use crate::cloud::ConnectError;
use crate::discover::DiscoverError;
use crate::graph::{Address, Cycle};
use crate::journal::housekeeping::HousekeepingError;
use crate::journal::repair::RepairError;
use crate::journal::store::StoreError;
use crate::journal::{JournalError, LeaseError, ReadError};
use crate::plan::PlanError;
use crate::plan::file::{Difference, PlanFileError};
use crate::reach::EndpointError;
use crate::reach::recorded::UnusableAnswer;
use crate::reconcile::OtherZoneError;
use crate::zone::lock::{ReadError as LockReadError, WriteError};

/// Why a use case did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum OperateError {
    /// Another process of this machine changes the zone.
    #[error("another run holds this zone{}", .since.as_deref().map(|since| format!(": {since}")).unwrap_or_default())]
    Locked {
        /// Who, and since when.
        since: Option<String>,
    },
    /// A file can't be read or written.
    #[error("{file}: {source}")]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The lock can't be written.
    #[error(transparent)]
    Lock(#[from] WriteError),
    /// The lock can't be read.
    #[error(transparent)]
    ReadLock(#[from] LockReadError),
    /// AWS can't be reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// AWS refused a call without which nothing can be said.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// What is there is not the zone that the lock pins, or it can't be told.
    #[error(transparent)]
    OtherZone(#[from] OtherZoneError),
    /// There is no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A kept plan can't be applied.
    #[error(transparent)]
    KeptPlan(#[from] PlanFileError),
    /// The journal can't be read.
    #[error(transparent)]
    ReadJournal(#[from] ReadError),
    /// The journal can't be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The journal can't be made smaller.
    #[error(transparent)]
    Housekeeping(#[from] HousekeepingError),
    /// The journal can't be repaired.
    #[error(transparent)]
    RepairJournal(#[from] RepairError),
    /// The journal can't be looked at.
    #[error("the journal can't be read: {0}")]
    JournalStore(#[from] StoreError),
    /// The lease can't be had.
    #[error(transparent)]
    Lease(#[from] LeaseError),
    /// A recording holds what can't be.
    #[error(transparent)]
    RecordedAnswer(#[from] UnusableAnswer),
    /// An end of a trace is not one.
    #[error(transparent)]
    TraceEnd(#[from] EndpointError),
    /// An end of a trace is one of the zone's networks, and not in what was read.
    #[error("`{end}` is not in the network that was read")]
    NotInNetwork {
        /// The end, as it was named.
        end: String,
    },
    /// No account of the zone is there, or none can be read.
    #[error("none of the zone's accounts could be read")]
    NothingToTrace,
    /// Changes wait for each other: a defect of lz.
    #[error(transparent)]
    Cycle(#[from] Cycle),
    /// A question is to be answered, and there is nobody.
    #[error("there is nobody to ask whether the journal may be repaired")]
    NobodyToAsk,
    /// Somebody could not be asked.
    #[error("standard input or output: {0}")]
    Ask(#[from] std::io::Error),
    /// What a command's scopes need is not there, or not as the files say.
    #[error(transparent)]
    NeedsFirst(#[from] Missing),
    /// The plan was shown, and is another one now.
    #[error("what is in AWS has changed since the plan was shown, first at {difference}; nothing was changed")]
    ChangedMeanwhile {
        /// What differs.
        difference: Difference,
    },
    /// The journal has no such run that has left something unfinished.
    #[error("there is no run {name} that has left something unfinished")]
    NoSuchRun {
        /// The run, as it was named.
        name: String,
    },
    /// The journal has no run.
    #[error("no run has changed this zone from here")]
    NoRun,
    /// There is nothing to undo.
    #[error("run {run} has left nothing unfinished")]
    NothingUnfinished {
        /// The run.
        run: String,
    },
    /// Somebody said no, or asked to stop, before anything was changed.
    #[error("nothing was changed")]
    Declined,
    /// Somebody asked to stop at once, and something may have been changed.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// What scopes need outside of themselves.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("what this needs is {}: {first}{}", if *.is_there { "not as the files say" } else { "not there" }, others(*.more))]
pub struct Missing {
    /// False where it is not there; true where it is, and decides otherwise than the files.
    pub is_there: bool,
    /// The first of what is needed.
    pub first: Address,
    /// How many more there are.
    pub more: usize,
}

fn others(count: usize) -> String {
    if count > 0 { format!(" and {count} more") } else { String::new() }
}

/// Where a use case was when somebody asked to stop at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// It took the lease.
    #[error("stopped while the zone was taken; if it was, it is free in two minutes")]
    Taking,
    /// It changed something.
    #[error("stopped at once; what was under way may still be done, and the next run goes on with it")]
    AtWork,
    /// It had repaired something, and was about to look at it.
    #[error("stopped before AWS was looked at again; `lz history` tells what was mended")]
    LookingAgain,
}
