//! VPC endpoints.

use serde::{Deserialize, Serialize};

use super::{Identity, Specification, Tagging, Timing};
use std::collections::BTreeSet;

use super::{RouteTable, SecurityGroup, Subnet, Vpc};
use crate::graph::Ref;

/// A VPC endpoint for an AWS service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VpcEndpoint {
    /// The VPC.
    pub vpc: Ref<Vpc>,
    /// The service's full name, such as `com.amazonaws.eu-west-1.s3`.
    pub service: String,
    /// How the service is reached.
    #[serde(rename = "type")]
    pub endpoint_type: EndpointType,
    /// The route tables that a gateway endpoint adds its routes to; none for an interface endpoint.
    pub route_tables: BTreeSet<Ref<RouteTable>>,
    /// The subnets that an interface endpoint has an interface in; none for a gateway endpoint.
    pub subnets: BTreeSet<Ref<Subnet>>,
    /// The security groups of an interface endpoint's interfaces.
    pub security_groups: BTreeSet<Ref<SecurityGroup>>,
    /// True where the service's own name resolves to the endpoint inside the VPC.
    pub private_dns: bool,
}

impl Specification for VpcEndpoint {
    const NAME: &'static str = "vpc-endpoint";
    const IDENTITY: Identity = Identity::Tag;
    const IMMUTABLE: &'static [&'static str] = &["vpc", "service", "type"];
    const TIMING: Timing = Timing::seconds(60, 30, 60);
    const TAGGING: Tagging = Tagging::Ec2;
}

/// How a VPC endpoint reaches its service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndpointType {
    /// By routes.
    Gateway,
    /// By network interfaces.
    Interface,
    /// By a Gateway Load Balancer; a firewall's endpoint is one. lz makes none itself.
    GatewayLoadBalancer,
}
