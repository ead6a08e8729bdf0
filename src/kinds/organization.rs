//! The organization.

use serde::{Deserialize, Serialize};

use super::{Identity, Realm, Specification, Tagging, Timing};

/// An organization with all features.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {}

impl Specification for Organization {
    const NAME: &'static str = "organization";
    const IDENTITY: Identity = Identity::Attributes(&[]);
    const IMMUTABLE: &'static [&'static str] = &[];
    const TIMING: Timing = Timing::seconds(60, 0, 0);
    const TAGGING: Tagging = Tagging::None;
    const REALM: Realm = Realm::Organization;
    const DELETABLE: bool = false;
}
