//! Where firewalls write their logs.

use serde::{Deserialize, Serialize};

use super::{Firewall, Identity, LogGroup, Specification, Tagging, Timing};
use crate::graph::Ref;

/// That a firewall writes logs to CloudWatch Logs. What it writes elsewhere is named as a reference that is no log group's,
/// so that it is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirewallLogging {
    /// The firewall.
    pub firewall: Ref<Firewall>,
    /// Where it tells of flows that rules alert about or drop.
    pub alert: Option<Ref<LogGroup>>,
    /// Where it tells of every flow.
    pub flow: Option<Ref<LogGroup>>,
}

impl Specification for FirewallLogging {
    const NAME: &'static str = "firewall-logging";
    const IDENTITY: Identity = Identity::Attributes(&["firewall"]);
    const IMMUTABLE: &'static [&'static str] = &["firewall"];
    const TIMING: Timing = Timing::seconds(2, 2, 2);
    const TAGGING: Tagging = Tagging::None;
}
