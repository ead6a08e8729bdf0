//! What has to change: the wanted resources against those in AWS. Pure.
//!
//! `matching` finds which live resource is which wanted one, by the `evidence` that there is; `duplicates` which of two that
//! carry one address is kept, `untagged` which one has wrong tags. `knowledge` says of what nothing can be said. `wanted`
//! finds what differs, by `compare`; `build` what follows from that for others, `order` and `departure` what comes before what, `deduplicate` what becomes of duplicates; `destruction` says what may not go, `obstruction` what is in the way, `interruption` whom it cuts off;
//! [`estimate`] tells how long AWS will take, and [`mod@file`] keeps a plan as data. [`rollback`] plans the way back, and
//! `foundation` says what stays then since others are built on it.

mod build;
mod change;
mod compare;
mod deduplicate;
mod departure;
mod destruction;
mod detour;
mod duplicates;
pub mod estimate;
mod evidence;
pub mod file;
mod foundation;
mod interruption;
mod knowledge;
mod matching;
mod obstruction;
pub mod order;
mod parts;
mod reason;
pub mod rollback;
mod stages;
mod tables;
mod untagged;
mod wanted;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use build::{Intent, Strangers, plan, stranger_address};
pub use change::{
    Action, Attribute, AttributeChange, Change, Plan, Problem, Selection, Summary, There, Transition, Undecided,
    Unmanaged, Wanted,
};
pub use compare::differences;
pub use destruction::{Barrier, Blocked};
pub use duplicates::{Duplicate, Grounds, Obstacle};
pub use evidence::{Authority, Evidence, Source};
pub use interruption::Interruption;
pub use matching::{Identified, identify};
pub use reason::Reason;

use crate::graph::Cycle;

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// What is wanted contradicts itself.
    #[error(transparent)]
    Cycle(#[from] Cycle),
}
