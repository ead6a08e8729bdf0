//! RAM's sharing within the organization.

use serde::{Deserialize, Serialize};

use super::{Identity, Realm, Specification, Tagging, Timing};

/// Sharing through AWS RAM within the organization, which needs no invitation. It is enabled by RAM's own call, since
/// enabling the service principal in Organizations alone leaves RAM without its service-linked role (RAM user guide,
/// "Enable resource sharing within AWS Organizations").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RamOrganizationSharing {}

impl Specification for RamOrganizationSharing {
    const NAME: &'static str = "ram-organization-sharing";
    const IDENTITY: Identity = Identity::Attributes(&[]);
    const IMMUTABLE: &'static [&'static str] = &[];
    const TIMING: Timing = Timing::seconds(2, 0, 0);
    const TAGGING: Tagging = Tagging::None;
    const REALM: Realm = Realm::Organization;
    const DELETABLE: bool = false;
}
