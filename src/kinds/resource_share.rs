//! RAM resource shares.

use serde::{Deserialize, Serialize};

use super::{Identity, Specification, Tagging, Timing};
use std::collections::BTreeSet;

use super::{Organization, OrganizationalUnit, TransitGateway};
use crate::graph::Ref;

/// A resource share of AWS RAM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceShare {
    /// Its name; names may repeat.
    pub name: String,
    /// True where principals outside the organization may be added. lz wants it false.
    pub allow_external_principals: bool,
    /// The transit gateways that are shared.
    pub transit_gateways: BTreeSet<Ref<TransitGateway>>,
    /// With whom.
    pub principals: BTreeSet<Principal>,
}

impl Specification for ResourceShare {
    const NAME: &'static str = "resource-share";
    const IDENTITY: Identity = Identity::Tag;
    const IMMUTABLE: &'static [&'static str] = &[];
    const TIMING: Timing = Timing::seconds(15, 10, 10);
    const TAGGING: Tagging = Tagging::Ram;
}

/// With whom something is shared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Principal {
    /// Every account of the organization.
    Organization(Ref<Organization>),
    /// Every account below a unit.
    OrganizationalUnit(Ref<OrganizationalUnit>),
    /// Anybody else: an account id or an ARN. lz makes none, and must see those that others make.
    Other(String),
}
