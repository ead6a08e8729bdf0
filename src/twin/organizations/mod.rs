//! organizations

use serde::{Deserialize, Serialize};

/// The service's state.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {}
