//! Organizational units.

use serde::{Deserialize, Serialize};

use super::{Identity, Realm, Specification, Tagging, Timing};
use crate::graph::Ref;

/// An organizational unit. Its name is unique among its parent's units (Organizations API reference,
/// CreateOrganizationalUnit).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganizationalUnit {
    /// Its name.
    pub name: String,
    /// The unit it is in; none is the root.
    pub parent: Option<Ref<OrganizationalUnit>>,
}

impl Specification for OrganizationalUnit {
    const NAME: &'static str = "organizational-unit";
    const IDENTITY: Identity = Identity::Attributes(&["parent", "name"]);
    const IMMUTABLE: &'static [&'static str] = &["parent"];
    const TIMING: Timing = Timing::seconds(2, 2, 2);
    const TAGGING: Tagging = Tagging::Organizations;
    const REALM: Realm = Realm::Organization;
    const DELETABLE: bool = false;
}
