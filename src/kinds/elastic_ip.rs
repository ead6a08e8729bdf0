//! Elastic IP addresses.

use serde::{Deserialize, Serialize};

use super::{Identity, Specification, Tagging, Timing};

/// An Elastic IP address of Amazon's pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElasticIp {}

impl Specification for ElasticIp {
    const NAME: &'static str = "elastic-ip";
    const IDENTITY: Identity = Identity::Tag;
    const IMMUTABLE: &'static [&'static str] = &[];
    const TIMING: Timing = Timing::seconds(1, 0, 1);
    const TAGGING: Tagging = Tagging::Ec2;
}
