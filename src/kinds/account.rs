//! AWS accounts of the organization.

use serde::{Deserialize, Serialize};

use super::{Identity, Realm, Specification, Tagging, Timing};
use super::OrganizationalUnit;
use crate::graph::Ref;
use crate::values::Email;

/// An account that the organization vends. Its e-mail address is unique among all AWS accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Its name, which AWS shows and nobody can change from outside the account.
    pub name: String,
    /// The root user's e-mail address.
    pub email: Email,
    /// The unit it is in; none is the root.
    pub parent: Option<Ref<OrganizationalUnit>>,
}

impl Specification for Account {
    const NAME: &'static str = "account";
    const IDENTITY: Identity = Identity::Attributes(&["email"]);
    const IMMUTABLE: &'static [&'static str] = &["name", "email"];
    const TIMING: Timing = Timing::seconds(150, 5, 0);
    const TAGGING: Tagging = Tagging::Organizations;
    const REALM: Realm = Realm::Organization;
    const DELETABLE: bool = false;
}
