//! Flow logs.

use serde::{Deserialize, Serialize};

use super::Actions;

/// The family's state in one account and region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {}

/// The family's actions.
pub const ACTIONS: Actions = &[];
