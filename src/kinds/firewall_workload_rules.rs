//! A workload's rules in a rule group that it shares with others.

use serde::{Deserialize, Serialize};

use super::{FirewallRuleGroup, Identity, Specification, Tagging, Timing};
use crate::graph::Ref;

/// The rules of one workload in a rule group. Each of them carries `metadata:lz NAME`, by which it is told from the others':
/// AWS may lose comments, and never metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirewallWorkloadRules {
    /// The group.
    pub group: Ref<FirewallRuleGroup>,
    /// The name in the rules' metadata.
    pub workload: String,
    /// The rules, the first one first.
    pub rules: Vec<String>,
}

impl Specification for FirewallWorkloadRules {
    const NAME: &'static str = "firewall-workload-rules";
    const IDENTITY: Identity = Identity::Attributes(&["group", "workload"]);
    const IMMUTABLE: &'static [&'static str] = &["group", "workload"];
    const ORDERED: &'static [&'static str] = &["rules"];
    const PART_OF: Option<&'static str> = Some("group");
    const TIMING: Timing = Timing::seconds(90, 90, 5);
    const TAGGING: Tagging = Tagging::None;
}
