//! AWS Resource Access Manager: resource shares within one organization.
//!
//! <https://docs.aws.amazon.com/ram/latest/userguide/getting-started-sharing.html>

mod state;

pub use state::{Association, Kind, Share, State, shared_with};
