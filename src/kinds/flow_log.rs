//! VPC flow logs.

use serde::{Deserialize, Serialize};

use super::{Identity, Specification, Tagging, Timing};
use super::Vpc;
use crate::graph::Ref;

/// A flow log of a VPC, delivered to S3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowLog {
    /// The VPC.
    pub vpc: Ref<Vpc>,
    /// The bucket's ARN.
    pub bucket_arn: String,
    /// Which traffic is logged: `ACCEPT`, `REJECT` or `ALL`.
    pub traffic: String,
}

impl Specification for FlowLog {
    const NAME: &'static str = "flow-log";
    const IDENTITY: Identity = Identity::Tag;
    const IMMUTABLE: &'static [&'static str] = &["vpc", "bucket_arn", "traffic"];
    const TIMING: Timing = Timing::seconds(5, 0, 2);
    const TAGGING: Tagging = Tagging::Ec2;
}
