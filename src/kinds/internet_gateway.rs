//! Internet gateways.

use serde::{Deserialize, Serialize};

use super::{Identity, Specification, Tagging, Timing};
use super::Vpc;
use crate::graph::Ref;

/// An internet gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InternetGateway {
    /// The VPC it is attached to.
    pub vpc: Option<Ref<Vpc>>,
}

impl Specification for InternetGateway {
    const NAME: &'static str = "internet-gateway";
    const IDENTITY: Identity = Identity::Tag;
    const IMMUTABLE: &'static [&'static str] = &[];
    const TIMING: Timing = Timing::seconds(2, 1, 2);
    const TAGGING: Tagging = Tagging::Ec2;
}
