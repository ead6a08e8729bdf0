//! NAT gateways.

use serde::{Deserialize, Serialize};

use super::{Identity, Specification, Tagging, Timing};
use super::{ElasticIp, Subnet};
use crate::graph::Ref;

/// A public, zonal NAT gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NatGateway {
    /// The subnet it is in, whose route table leads to an internet gateway.
    pub subnet: Ref<Subnet>,
    /// Its public address.
    pub elastic_ip: Ref<ElasticIp>,
}

impl Specification for NatGateway {
    const NAME: &'static str = "nat-gateway";
    const IDENTITY: Identity = Identity::Tag;
    const IMMUTABLE: &'static [&'static str] = &["subnet", "elastic_ip"];
    const TIMING: Timing = Timing::seconds(107, 0, 50);
    const TAGGING: Tagging = Tagging::Ec2;
}
