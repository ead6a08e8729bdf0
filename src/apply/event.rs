//! What a run tells while it goes on.

use std::time::Duration;

use crate::graph::Address;
use crate::kinds::{KindName, Scope};
use crate::plan::Action;

/// Something that happened in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A change was begun.
    Started {
        /// The resource.
        address: Address,
        /// Its kind.
        kind: KindName,
        /// Whose it is.
        scope: Scope,
        /// What happens to it.
        action: Action,
    },
    /// AWS is at work on it.
    Waiting {
        /// The resource.
        address: Address,
        /// Whose it is.
        scope: Scope,
        /// AWS's word for the state it is in.
        state: String,
    },
    /// AWS gave up on what a change has made; what is left of it is taken away, and another one is made.
    Recreated {
        /// The resource.
        address: Address,
        /// Whose it is.
        scope: Scope,
        /// AWS's own message.
        message: String,
    },
    /// A change is done: AWS shows what was wanted.
    Done {
        /// The resource.
        address: Address,
        /// Whose it is.
        scope: Scope,
        /// What happened to it.
        action: Action,
        /// How long it took, as AWS counts.
        took: Duration,
    },
    /// A change failed.
    Failed {
        /// The resource.
        address: Address,
        /// Whose it is.
        scope: Scope,
        /// Why.
        error: String,
    },
    /// Scopes that failed are given back their state from before.
    RollingBack {
        /// The scopes.
        scopes: Vec<Scope>,
    },
    /// Everything was done, and is looked at again.
    Verifying,
    /// Nothing of a scope is left to do.
    ScopeEnded {
        /// The scope.
        scope: Scope,
        /// True where all of it was done.
        complete: bool,
    },
}
