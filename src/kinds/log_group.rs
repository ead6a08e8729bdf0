//! Log groups of CloudWatch Logs.

use serde::{Deserialize, Serialize};

use super::{Identity, Specification, Tagging, Timing};
use crate::values::Label;

/// A log group. lz never deletes one: it holds records, which somebody may be bound to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogGroup {
    /// Its name, which begins with [`LogGroup::prefix`].
    pub name: String,
    /// How long an event is kept; none is for ever.
    pub retention_days: Option<u16>,
}

impl Specification for LogGroup {
    const NAME: &'static str = "log-group";
    const IDENTITY: Identity = Identity::Attributes(&["name"]);
    const IMMUTABLE: &'static [&'static str] = &["name"];
    const TIMING: Timing = Timing::seconds(1, 1, 0);
    const TAGGING: Tagging = Tagging::Logs;
    const DELETABLE: bool = false;
}

impl LogGroup {
    /// What the names of a zone's log groups begin with. AWS lets services deliver to groups below `/aws/vendedlogs/`
    /// without an entry in the account's resource policy for each, which has a limit of size (CloudWatch Logs user guide,
    /// "Enable logging from AWS services").
    #[must_use]
    pub fn prefix(zone: &Label) -> String {
        format!("/aws/vendedlogs/lz/{zone}/")
    }
}
