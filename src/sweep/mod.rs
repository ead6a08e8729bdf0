//! The conformance sweep: what is in AWS, held against what was asked for.
//!
//! [`finding`] is what a sweep says. Pure: it reads a plan and a proof, and calls nothing.

pub mod figures;
pub mod finding;

pub use figures::{Effort, Figures, Tally};
pub use finding::{Class, Control, Finding, FindingId, Remedy, Severity, Standard, Sweep};
