//! What lz does for its users: use cases, each a function over an opened zone.
//!
//! A use case takes what it is asked for as a value and gives what became of it as a value. It prints nothing and knows no
//! command line. What it needs of its surroundings it takes through [`Ports`]: stores, locks, the time of day and requests to
//! end from a [`Machine`]; answers to questions, and somebody who is told what goes on, from an [`Audience`]. The way to AWS
//! is a connection.
//!
//! The command line, the simulations and the benchmarks call these functions, and nobody else calls what they wrap.

mod apply;
mod audience;
mod declared;
mod error;
mod holding;
mod journal;
mod lock;
mod machine;
mod memory;
mod network;
mod plan;
mod proof;
mod repair;
mod rollback;
mod sweep;
mod zone;

pub use apply::{Applied, ApplyOptions, ApplyRequest, ChangeOptions, Consent, Ran, Unfinished, apply};
pub use audience::{Audience, Confirmation, Notice};
pub use declared::Declared;
pub use error::{Missing, OperateError, Stopped};
pub use holding::TERM;
pub use journal::{Freed, JournalSurvey, history, repair_journal, survey_journal, unlock};
pub use lock::{Relocked, keep_lock, rebuild_lock};
pub use machine::{Hold, Machine, Ports, Requests, hold};
pub use memory::MemoryMachine;
pub use network::{endpoint, record, recorded_network};
pub use plan::{Planned, plan};
pub use proof::{Proof, ProofError, Violated};
pub use repair::{Repaired, RepairedZone, repair};
pub use rollback::{RollbackRequest, RolledBack, rollback};
pub use sweep::{SweepRequest, sweep};
pub use zone::OpenZone;

pub use crate::reconcile::{OtherZoneError, timestamp};
