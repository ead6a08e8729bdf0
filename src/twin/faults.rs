//! Faults on demand.

use serde::{Deserialize, Serialize};

/// The faults to be injected.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Faults {}
