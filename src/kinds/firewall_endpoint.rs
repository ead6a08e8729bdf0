//! A firewall's endpoints.

use serde::{Deserialize, Serialize};

use super::{Firewall, Identity, Specification, Subnet, Tagging, Timing};
use crate::graph::Ref;

/// The endpoint of a firewall in one of its subnets, which routes lead to. AWS makes and deletes it with the firewall's
/// association with the subnet; its id is `vpce-…`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirewallEndpoint {
    /// The firewall.
    pub firewall: Ref<Firewall>,
    /// The subnet.
    pub subnet: Ref<Subnet>,
}

impl Specification for FirewallEndpoint {
    const NAME: &'static str = "firewall-endpoint";
    const IDENTITY: Identity = Identity::Attributes(&["firewall", "subnet"]);
    const IMMUTABLE: &'static [&'static str] = &["firewall", "subnet"];
    const PART_OF: Option<&'static str> = Some("firewall");
    const TIMING: Timing = Timing::seconds(2, 0, 120);
    const TAGGING: Tagging = Tagging::None;
}
