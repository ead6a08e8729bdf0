//! A VPC's endpoints, and the security group of those that have interfaces.

use std::collections::BTreeSet;

use super::ExpandError;
use super::expansion::Expansion;
use super::network::NetworkContext;
use crate::graph::Ref;
use crate::kinds;
use crate::kinds::security_group::SecurityGroupRule;
use crate::kinds::vpc_endpoint::EndpointType;
use crate::values::{Label, Region};
use crate::zone::Endpoint;

/// HTTPS, which is all that AWS's interface endpoints speak.
const HTTPS_PORT: i32 = 443;

/// Adds a VPC's endpoints.
pub(super) fn expand(expansion: &mut Expansion<'_>, context: &NetworkContext<'_>) -> Result<(), ExpandError> {
    let endpoints = &context.network.endpoints;
    if endpoints.values().any(|endpoint| matches!(endpoint, Endpoint::Interface { .. })) {
        security_group(expansion, context)?;
    }
    for (service, endpoint) in endpoints {
        let spec = match endpoint {
            Endpoint::Gateway { tiers } => gateway(&expansion.zone.region, context, service, tiers)?,
            Endpoint::Interface { tier, private_dns } => {
                interface(&expansion.zone.region, context, service, tier, *private_dns)?
            }
        };
        // Private DNS needs the VPC's two DNS attributes (EC2 API reference, CreateVpcEndpoint). They are part of the
        // VPC, which every endpoint refers to.
        expansion.add(&context.placement, context.addresses.endpoint(service), spec, [])?;
    }
    Ok(())
}

fn gateway(
    region: &Region,
    context: &NetworkContext<'_>,
    service: &str,
    tiers: &BTreeSet<Label>,
) -> Result<kinds::VpcEndpoint, ExpandError> {
    let mut route_tables = BTreeSet::new();
    for tier in tiers {
        let tier = context.tier(tier, || format!("the endpoint `{service}`"))?;
        let tables = tier.subnets.iter().map(|each| context.addresses.route_table(&tier.name, &each.availability_zone));
        route_tables.extend(tables.map(|table| Ref::to(&table)));
    }
    Ok(kinds::VpcEndpoint {
        vpc: context.vpc(),
        service: full_name(region, service),
        endpoint_type: EndpointType::Gateway,
        route_tables,
        subnets: BTreeSet::new(),
        security_groups: BTreeSet::new(),
        private_dns: false,
    })
}

fn interface(
    region: &Region,
    context: &NetworkContext<'_>,
    service: &str,
    tier: &Label,
    private_dns: bool,
) -> Result<kinds::VpcEndpoint, ExpandError> {
    let tier = context.tier(tier, || format!("the endpoint `{service}`"))?;
    Ok(kinds::VpcEndpoint {
        vpc: context.vpc(),
        service: full_name(region, service),
        endpoint_type: EndpointType::Interface,
        route_tables: BTreeSet::new(),
        subnets: context.subnets(tier),
        security_groups: BTreeSet::from([Ref::to(&context.addresses.endpoint_security_group())]),
        private_dns,
    })
}

/// The group lets the VPC's own addresses in, and nothing out: an endpoint never opens a connection.
fn security_group(expansion: &mut Expansion<'_>, context: &NetworkContext<'_>) -> Result<(), ExpandError> {
    let https = SecurityGroupRule {
        protocol: "tcp".to_owned(),
        from_port: Some(HTTPS_PORT),
        to_port: Some(HTTPS_PORT),
        peer: context.network.cidr.to_string(),
    };
    let group = kinds::SecurityGroup {
        vpc: context.vpc(),
        name: "vpc-endpoints".to_owned(),
        description: "HTTPS from the VPC to its interface endpoints".to_owned(),
        ingress: BTreeSet::from([https]),
        egress: BTreeSet::new(),
    };
    expansion.add(&context.placement, context.addresses.endpoint_security_group(), group, [])
}

fn full_name(region: &Region, service: &str) -> String {
    format!("com.amazonaws.{region}.{service}")
}
