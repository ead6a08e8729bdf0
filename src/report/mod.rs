//! Results as text for people and as documents for programs.

mod estimate;
#[cfg(test)]
mod forged;
mod formats;
mod history;
mod journal;
mod lock;
mod palette;
mod plan;
mod proof;
pub mod reference;
mod repair;
mod run;
pub mod schema;
mod sweep;
mod table;
mod trace;
mod zone;

pub use estimate::{Estimate, duration};
pub use formats::{asff, junit, prometheus, sarif};
pub use history::{history_text, run_history_text};
pub use journal::{survey_document, survey_text};
pub use lock::{lock_document, lock_text, rebuilt_text};
pub use palette::Palette;
pub use plan::{Places, plan_document, plan_text, put_off_document, put_off_lines};
pub use proof::{violation_document, violations_text};
pub use repair::{repair_document, repair_text};
pub use run::report_text;
pub use schema::DocumentName;
pub use sweep::{sweep_document, sweep_text};
pub use trace::{trace_document, trace_text};
pub use zone::zone_summary;
