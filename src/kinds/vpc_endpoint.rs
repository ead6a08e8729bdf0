//! VPC endpoints.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{ResourceType, VpcEndpointType};
use serde::{Deserialize, Serialize};

use super::answer::{Answer, gone, references, state};
use super::fields::{variants, with_fields};
use super::flow_log::successful;
use super::tag::{specification, tags_of};
use super::{
    Calls, ConsolePage, Failure, FindingRule, Identity, Kind, Observed, RouteTable, SecurityGroup, SecurityHubType,
    Specification, Subnet, Tagging, Task, Timing, View, Vpc, When,
};
use crate::cloud::{CallError, Class, Operation, Service};
use crate::graph::Ref;
use crate::values::Severity;

with_fields! {
    /// A VPC endpoint for an AWS service.
    pub struct VpcEndpoint with VpcEndpointField {
        /// The VPC.
        #[immutable]
        pub vpc: Ref<Vpc>,
        /// The service's full name, such as `com.amazonaws.eu-west-1.s3`; the ARN of what VPC Lattice's endpoints lead to.
        #[immutable]
        pub service: String,
        /// How the service is reached.
        #[serde(rename = "type")]
        #[immutable]
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
}

impl Specification for VpcEndpoint {
    const NAME: &'static str = "vpc-endpoint";
    const IDENTITY: Identity = Identity::Tag;
    const TIMING: Timing = Timing::seconds(60, 30, 60);
    const TAGGING: Tagging = Tagging::Ec2;
    const CALLS: Calls = Calls::new(&["CreateVpcEndpoint"], &["ModifyVpcEndpoint"], &["DeleteVpcEndpoints"]);
    const OPERATIONS: &'static [Operation] = &[DESCRIBE, CREATE, MODIFY, DELETE];
    const ALSO_NEEDS: &'static [&'static str] = &["route53:AssociateVPCWithHostedZone"];
    const SECURITY_HUB: SecurityHubType = SecurityHubType::OTHER.in_ec2("vpc-endpoint");
    const FINDINGS: &'static [FindingRule<VpcEndpointField>] = &[
        FindingRule::weakened(VpcEndpointField::security_groups, When::Differs, Severity::Medium)
            .nist(&["AC-4", "SC-7"]),
        FindingRule::weakened(VpcEndpointField::private_dns, When::TurnedOff, Severity::Medium).nist(&["SC-7"]),
    ];
    const CARRIES_TRAFFIC: bool = true;

    fn console(&self, id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::vpc("EndpointDetails:vpcEndpointId", id))
    }

    fn excludes(&self, other: &Self) -> bool {
        let is_same_service =
            (&self.vpc, &self.service, self.endpoint_type) == (&other.vpc, &other.service, other.endpoint_type);
        let answer_both = self.private_dns && other.private_dns;
        is_same_service && (answer_both || !self.route_tables.is_disjoint(&other.route_tables))
    }

    // AWS keeps it unique: a service in a VPC.
    fn is_only(&self, _wanted: &Self) -> bool {
        true
    }
}

const DESCRIBE: Operation = Service::Ec2.read("DescribeVpcEndpoints");
const CREATE: Operation = Service::Ec2.idempotent("CreateVpcEndpoint");
// It adds and removes: sent twice, the second may be refused.
const MODIFY: Operation = Service::Ec2.create("ModifyVpcEndpoint");
const DELETE: Operation = Service::Ec2.delete("DeleteVpcEndpoints");

impl Kind for VpcEndpoint {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(DESCRIBE);
        let endpoints = view.vpc_endpoints().await?.iter().filter(|endpoint| !is_of_firewall(endpoint));
        endpoints.filter_map(|endpoint| observed(answer, endpoint).transpose()).collect()
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let vpc = task.id(CREATE, &self.vpc)?;
        let route_tables = task.ids(CREATE, &self.route_tables)?;
        let subnets = task.ids(CREATE, &self.subnets)?;
        let groups = task.ids(CREATE, &self.security_groups)?;
        let by_interface = self.endpoint_type == EndpointType::Interface;
        let send = || {
            let request = task.cloud.ec2().create_vpc_endpoint().vpc_id(vpc).service_name(&self.service);
            request
                .vpc_endpoint_type(self.endpoint_type.to_aws())
                .set_route_table_ids(listed(&route_tables))
                .set_subnet_ids(listed(&subnets))
                .set_security_group_ids(listed(&groups))
                .set_private_dns_enabled(by_interface.then_some(self.private_dns))
                .client_token(task.token)
                .tag_specifications(specification(ResourceType::VpcEndpoint, task.tags))
                .send()
        };
        let made = task.cloud.call(CREATE, send).await.map_err(in_the_way)?;
        Ok(made.vpc_endpoint.and_then(|endpoint| endpoint.vpc_endpoint_id))
    }

    async fn update(&self, live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let there = &live.spec;
        let change = Change {
            add_route_tables: task.ids(MODIFY, self.route_tables.difference(&there.route_tables))?,
            remove_route_tables: task.ids(MODIFY, there.route_tables.difference(&self.route_tables))?,
            add_subnets: task.ids(MODIFY, self.subnets.difference(&there.subnets))?,
            remove_subnets: task.ids(MODIFY, there.subnets.difference(&self.subnets))?,
            add_groups: task.ids(MODIFY, self.security_groups.difference(&there.security_groups))?,
            remove_groups: task.ids(MODIFY, there.security_groups.difference(&self.security_groups))?,
            private_dns: (self.private_dns != there.private_dns).then_some(self.private_dns),
        };
        if change == Change::default() {
            return Ok(());
        }
        let send = || {
            let request = task.cloud.ec2().modify_vpc_endpoint().vpc_endpoint_id(&live.id);
            request
                .set_add_route_table_ids(listed(&change.add_route_tables))
                .set_remove_route_table_ids(listed(&change.remove_route_tables))
                .set_add_subnet_ids(listed(&change.add_subnets))
                .set_remove_subnet_ids(listed(&change.remove_subnets))
                .set_add_security_group_ids(listed(&change.add_groups))
                .set_remove_security_group_ids(listed(&change.remove_groups))
                .set_private_dns_enabled(change.private_dns)
                .send()
        };
        task.cloud.call(MODIFY, send).await.map(drop)
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let send = || task.cloud.ec2().delete_vpc_endpoints().vpc_endpoint_ids(&live.id).send();
        let answer = task.cloud.call(DELETE, send).await;
        gone(answer.and_then(|answer| successful(task.answer(DELETE), answer.unsuccessful.as_ref())))
    }
}

/// The private names of an endpoint that was just deleted stay taken for minutes, and AWS's code for that says nothing.
fn in_the_way(error: CallError) -> CallError {
    let taken = error.is("InvalidParameter") && error.message.contains("conflicting DNS domain");
    if taken { CallError { class: Class::Exists, ..error } } else { error }
}

/// What one call changes of an endpoint.
#[derive(Debug, Default, PartialEq, Eq)]
struct Change {
    add_route_tables: Vec<String>,
    remove_route_tables: Vec<String>,
    add_subnets: Vec<String>,
    remove_subnets: Vec<String>,
    add_groups: Vec<String>,
    remove_groups: Vec<String>,
    private_dns: Option<bool>,
}

/// A list as a parameter: AWS refuses some parameters with some types of endpoint, so that an empty one isn't sent.
fn listed(ids: &[String]) -> Option<Vec<String>> {
    (!ids.is_empty()).then(|| ids.to_vec())
}

/// True for an endpoint that AWS manages for somebody's firewall: a part of the firewall, which nobody else may delete.
fn is_of_firewall(endpoint: &aws_sdk_ec2::types::VpcEndpoint) -> bool {
    endpoint.requester_managed() == Some(true)
        && endpoint.vpc_endpoint_type() == Some(&VpcEndpointType::GatewayLoadBalancer)
}

fn observed(
    answer: Answer<'_>,
    endpoint: &aws_sdk_ec2::types::VpcEndpoint,
) -> Result<Option<Observed<VpcEndpoint>>, CallError> {
    let told = endpoint.last_error();
    let message = told.and_then(|error| error.message()).or(endpoint.failure_reason());
    let failure = Failure::of_code(told.and_then(|error| error.code()), message);
    let word = answer.part(endpoint.state(), "state")?.as_str();
    let Some(state) = state(word, Some(failure)) else { return Ok(None) };
    let id = answer.part(endpoint.vpc_endpoint_id.clone(), "vpcEndpointId")?;
    let aws_type = answer.part(endpoint.vpc_endpoint_type(), "vpcEndpointType")?;
    let Some(endpoint_type) = EndpointType::of_aws(aws_type) else {
        let message = format!("{id} is a VPC endpoint of the type {aws_type}, which lz does not know");
        return Err(answer.error(None, message));
    };
    let leads_to = endpoint.service_name().or(endpoint.resource_configuration_arn()).or(endpoint.service_network_arn());
    Ok(Some(Observed {
        id,
        aliases: Vec::new(),
        tags: tags_of(endpoint.tags.as_ref()),
        state,
        spec: VpcEndpoint {
            vpc: Ref::id(answer.part(endpoint.vpc_id(), "vpcId")?),
            service: answer.part(leads_to, "serviceName")?.to_owned(),
            endpoint_type,
            route_tables: references(endpoint.route_table_ids.as_ref()),
            subnets: references(endpoint.subnet_ids.as_ref()),
            security_groups: endpoint.groups().iter().filter_map(|group| group.group_id()).map(Ref::id).collect(),
            private_dns: endpoint.private_dns_enabled.unwrap_or(false),
        },
    }))
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
    /// To a resource of VPC Lattice. lz makes none.
    Resource,
    /// To a service network of VPC Lattice. lz makes none.
    ServiceNetwork,
    /// To a tunnel. lz makes none.
    Tunnel,
}

variants! {
    EndpointType {
        Gateway = "gateway",
        Interface = "interface",
        GatewayLoadBalancer = "gateway-load-balancer",
        Resource = "resource",
        ServiceNetwork = "service-network",
        Tunnel = "tunnel",
    }
}

impl EndpointType {
    fn to_aws(self) -> VpcEndpointType {
        match self {
            Self::Gateway => VpcEndpointType::Gateway,
            Self::Interface => VpcEndpointType::Interface,
            Self::GatewayLoadBalancer => VpcEndpointType::GatewayLoadBalancer,
            Self::Resource => VpcEndpointType::Resource,
            Self::ServiceNetwork => VpcEndpointType::ServiceNetwork,
            Self::Tunnel => VpcEndpointType::Tunnel,
        }
    }

    fn of_aws(aws: &VpcEndpointType) -> Option<Self> {
        match aws {
            VpcEndpointType::Gateway => Some(Self::Gateway),
            VpcEndpointType::Interface => Some(Self::Interface),
            VpcEndpointType::GatewayLoadBalancer => Some(Self::GatewayLoadBalancer),
            VpcEndpointType::Resource => Some(Self::Resource),
            VpcEndpointType::ServiceNetwork => Some(Self::ServiceNetwork),
            VpcEndpointType::Tunnel => Some(Self::Tunnel),
            _ => None,
        }
    }
}
