//! Whom a use case asks, and tells what goes on.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;

use super::error::OperateError;
use crate::apply::Event;
use crate::journal::record::RunStarted;
use crate::journal::repair::Survey;
use crate::kinds::{Desired, Owner, Scope};
use crate::plan::Plan;
use crate::values::{AccountId, Region};

/// Whoever a use case works for.
#[async_trait(?Send)]
pub trait Audience {
    /// Whether something may be done. Other things go on meanwhile.
    ///
    /// # Errors
    /// Nobody can be asked.
    async fn confirms(&self, what: Confirmation<'_>) -> Result<bool, OperateError>;

    /// A part of a plan is about to be applied, or a run to be undone: events follow.
    fn begins(&self, part: &Plan);

    /// Something has happened.
    fn hears(&self, event: &Event);

    /// No more events follow.
    fn ends(&self);

    /// Something that whoever waits should know.
    fn notes(&self, notice: &Notice);
}

/// What somebody is asked to agree to.
pub enum Confirmation<'a> {
    /// A part of a plan is to be applied.
    Apply {
        /// The part.
        part: &'a Plan,
        /// The zone's region.
        region: &'a Region,
        /// The ids of the accounts that exist.
        accounts: &'a BTreeMap<Owner, AccountId>,
        /// The resources that the files ask for.
        desired: &'a Desired,
    },
    /// What a run has done is to be undone.
    Undo {
        /// The run's name.
        run: &'a str,
        /// The scopes that it has left unfinished.
        scopes: &'a [Scope],
    },
    /// A damaged journal is to be gone on with.
    RepairJournal(&'a Survey),
}

/// What whoever waits should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// An earlier run was interrupted or killed, and this one waits a minute until AWS shows all that it has done.
    GoesOn {
        /// How the earlier run was started.
        run: Box<RunStarted>,
        /// True where it was interrupted; false where it did not end.
        interrupted: bool,
        /// How many of its calls have no known end.
        open_calls: usize,
    },
    /// Somebody asked to stop: what is under way ends first.
    Stopping,
    /// Old records could not be put away; the next run tries again.
    NotTidied {
        /// Why.
        error: String,
    },
    /// Another run has taken the zone over meanwhile.
    TakenOver,
    /// The lease could not be given back.
    NotGivenBack {
        /// Why.
        error: String,
        /// When it expires at the latest.
        term: Duration,
    },
}
