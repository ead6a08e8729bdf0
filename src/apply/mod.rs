//! Doing what a plan says.
//!
//! Dataflow, not waves: a step starts the moment its own dependencies are done (`schedule`). Looking is shared: one
//! describe call per tick covers all resources of a kind in an account (`look`). A step that fails stops its own scope
//! and what depends on it, and nothing else (`engine`); in a repair it stops only what depends on it.

mod along;
mod context;
mod engine;
mod event;
mod failure;
mod look;
mod record;
mod report;
mod schedule;
mod step;
mod turns;

pub use context::Run;
pub use engine::{apply, undo};
pub use event::Event;
pub use failure::{CAUSES, FailureCause, ScopeFailure, call_classes};
pub use record::Recorder;
pub use report::{Deduplicated, Outcome, Pins, Recreated, Report, ScopeOutcome, ScopeReport};
pub use step::StepError;
