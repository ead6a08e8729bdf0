//! Routes of VPC route tables.

use std::collections::BTreeMap;
use std::fmt;

use aws_sdk_ec2::types::{RouteOrigin, RouteState};
use serde::{Deserialize, Serialize};

use super::answer::{Answer, gone};
use super::fields::{KeyPart, KeyValue, variants, with_fields};
use super::{
    Calls, ConsolePage, FirewallEndpoint, Identity, InternetGateway, Kind, NatGateway, Observed, RouteTable,
    Specification, State, Tagging, Task, Timing, TransitGateway, View,
};
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::values::Cidr;

with_fields! {
    /// A route that somebody added to a VPC's route table. Local routes, routes that a virtual private gateway propagates and
    /// routes that a gateway endpoint adds are no resources of their own.
    pub struct Route with RouteField {
        /// The table.
        #[key]
        #[immutable]
        pub route_table: Ref<RouteTable>,
        /// Where packets go: an IPv4 range, or what AWS calls the destination otherwise (an IPv6 range, a prefix list).
        #[key]
        #[immutable]
        pub destination: Destination,
        /// What they are handed to.
        pub target: RouteTarget,
    }
}

impl Specification for Route {
    const NAME: &'static str = "route";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(1, 1, 1);
    const TAGGING: Tagging = Tagging::None;
    const STALLS: bool = true;
    const CALLS: Calls =
        Calls::new(&["CreateRoute", "ReplaceRoute"], &["CreateRoute", "ReplaceRoute", "DeleteRoute"], &["DeleteRoute"]);
    const OPERATIONS: &'static [Operation] = &[DESCRIBE, CREATE, REPLACE, DELETE];
    const MENDED_FIRST: bool = true;

    // It has no page of its own.
    fn console(&self, _id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::vpc("RouteTableDetails:RouteTableId", &self.route_table))
    }
}

const DESCRIBE: Operation = Service::Ec2.read("DescribeRouteTables");
const CREATE: Operation = Service::Ec2.create("CreateRoute");
const REPLACE: Operation = Service::Ec2.idempotent("ReplaceRoute");
const DELETE: Operation = Service::Ec2.delete("DeleteRoute");

/// Sets a route's destination and target on a request; those that create and those that replace a route have the same
/// parameters, and no type in common.
macro_rules! with_route {
    ($request:expr, $route:expr, $target:expr) => {{
        let request = match &$route.destination {
            Destination::Cidr(range) => $request.destination_cidr_block(range.to_string()),
            Destination::Ipv6(range) => $request.destination_ipv6_cidr_block(range),
            Destination::PrefixList(list) => $request.destination_prefix_list_id(list),
        };
        let (parameter, id) = $target;
        match parameter {
            Parameter::Gateway => request.gateway_id(id),
            Parameter::NatGateway => request.nat_gateway_id(id),
            Parameter::TransitGateway => request.transit_gateway_id(id),
            Parameter::VpcEndpoint => request.vpc_endpoint_id(id),
            Parameter::NetworkInterface => request.network_interface_id(id),
            Parameter::Instance => request.instance_id(id),
            Parameter::PeeringConnection => request.vpc_peering_connection_id(id),
            Parameter::EgressOnlyInternetGateway => request.egress_only_internet_gateway_id(id),
            Parameter::CarrierGateway => request.carrier_gateway_id(id),
            Parameter::LocalGateway => request.local_gateway_id(id),
            Parameter::CoreNetwork => request.core_network_arn(id),
            Parameter::OdbNetwork => request.odb_network_arn(id),
        }
    }};
}

/// Routes of main tables are seen too: a subnet without a table of its own uses them.
impl Kind for Route {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(DESCRIBE);
        let mut all = Vec::new();
        for table in view.route_tables().await? {
            let id = answer.part(table.route_table_id(), "routeTableId")?;
            for route in table.routes() {
                all.extend(observed(answer, id, route)?);
            }
        }
        Ok(all)
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let table = task.id(CREATE, &self.route_table)?;
        let target = self.target.parameter(CREATE, task)?;
        let send = || with_route!(task.cloud.ec2().create_route().route_table_id(table), self, target).send();
        task.cloud.call(CREATE, send).await?;
        Ok(Some(route_id(table, &self.destination)))
    }

    async fn update(&self, live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        if self.target == live.spec.target {
            return Ok(());
        }
        let table = task.id(REPLACE, &self.route_table)?;
        let target = self.target.parameter(REPLACE, task)?;
        let send = || with_route!(task.cloud.ec2().replace_route().route_table_id(table), self, target).send();
        task.cloud.call(REPLACE, send).await.map(drop)
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let table = task.id(DELETE, &live.spec.route_table)?;
        let send = || {
            let request = task.cloud.ec2().delete_route().route_table_id(table);
            let request = match &live.spec.destination {
                Destination::Cidr(range) => request.destination_cidr_block(range.to_string()),
                Destination::Ipv6(range) => request.destination_ipv6_cidr_block(range),
                Destination::PrefixList(list) => request.destination_prefix_list_id(list),
            };
            request.send()
        };
        gone(task.cloud.call(DELETE, send).await)
    }
}

/// A route has no id of AWS's.
fn route_id(table: &str, destination: &Destination) -> String {
    format!("{table}|{destination}")
}

/// A route whose target is gone, or not there yet, is a `blackhole`: it waits for the target.
fn observed(
    answer: Answer<'_>,
    table: &str,
    route: &aws_sdk_ec2::types::Route,
) -> Result<Option<Observed<Route>>, CallError> {
    let destination = Destination::of(answer, route)?;
    let target = RouteTarget::of(route);
    if is_made_by_aws(route, &destination, target.as_ref()) {
        return Ok(None);
    }
    let state = match answer.part(route.state(), "state")? {
        RouteState::Active => State::Ready,
        other => State::Pending(other.as_str().to_owned()),
    };
    Ok(Some(Observed {
        id: route_id(table, &destination),
        aliases: Vec::new(),
        tags: BTreeMap::new(),
        state,
        spec: Route {
            route_table: Ref::id(table),
            target: answer.part(target, &format!("target of the route to {destination} in {table}"))?,
            destination,
        },
    }))
}

/// True for a local route, one that a virtual private gateway or a route server brings, and one that a gateway endpoint
/// has added.
fn is_made_by_aws(route: &aws_sdk_ec2::types::Route, destination: &Destination, target: Option<&RouteTarget>) -> bool {
    let is_local = route.gateway_id() == Some("local");
    let is_learned =
        matches!(route.origin(), Some(RouteOrigin::EnableVgwRoutePropagation | RouteOrigin::Advertisement));
    let is_gateway_endpoint =
        matches!((destination, target), (Destination::PrefixList(_), Some(RouteTarget::VpcEndpoint(_))));
    is_local || is_learned || is_gateway_endpoint
}

/// Where a route's packets go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Destination {
    /// An IPv4 range.
    Cidr(Cidr),
    /// An IPv6 range, as AWS writes it. lz makes none, and must see those that others make.
    Ipv6(String),
    /// A managed prefix list's id.
    PrefixList(String),
}

/// What a route hands packets to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RouteTarget {
    /// An internet gateway.
    InternetGateway(Ref<InternetGateway>),
    /// A NAT gateway.
    NatGateway(Ref<NatGateway>),
    /// A transit gateway.
    TransitGateway(Ref<TransitGateway>),
    /// A firewall's endpoint, or another Gateway Load Balancer endpoint.
    VpcEndpoint(Ref<FirewallEndpoint>),
    /// Anything else, by AWS's id. lz makes none, and must see those that others make.
    Other(String),
}

variants! {
    Destination {
        Cidr(range) = "cidr",
        Ipv6(range) = "ipv6",
        PrefixList(list) = "prefix-list",
    }
}

variants! {
    RouteTarget {
        InternetGateway(gateway) = "internet-gateway",
        NatGateway(gateway) = "nat-gateway",
        TransitGateway(gateway) = "transit-gateway",
        VpcEndpoint(endpoint) = "vpc-endpoint",
        Other(id) = "other",
    }
}

impl KeyValue for Destination {
    fn part(&self) -> KeyPart {
        KeyPart::Text(self.to_string())
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cidr(range) => range.fmt(formatter),
            Self::Ipv6(range) => formatter.pad(range),
            Self::PrefixList(list) => formatter.pad(list),
        }
    }
}

impl Destination {
    fn of(answer: Answer<'_>, route: &aws_sdk_ec2::types::Route) -> Result<Self, CallError> {
        if let Some(list) = route.destination_prefix_list_id() {
            return Ok(Self::PrefixList(list.to_owned()));
        }
        if let Some(range) = route.destination_ipv6_cidr_block() {
            return Ok(Self::Ipv6(range.to_owned()));
        }
        answer.value(route.destination_cidr_block(), "destinationCidrBlock").map(Self::Cidr)
    }
}

/// Which parameter of a request names a route's target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parameter {
    Gateway,
    NatGateway,
    TransitGateway,
    VpcEndpoint,
    NetworkInterface,
    Instance,
    PeeringConnection,
    EgressOnlyInternetGateway,
    CarrierGateway,
    LocalGateway,
    CoreNetwork,
    OdbNetwork,
}

impl Parameter {
    /// The parameter for a target that lz has no name for.
    fn of_id(id: &str) -> Option<Self> {
        let prefix = id.split(['-', ':']).next();
        match prefix? {
            "vgw" => Some(Self::Gateway),
            "eni" => Some(Self::NetworkInterface),
            "i" => Some(Self::Instance),
            "pcx" => Some(Self::PeeringConnection),
            "eigw" => Some(Self::EgressOnlyInternetGateway),
            "cagw" => Some(Self::CarrierGateway),
            "lgw" => Some(Self::LocalGateway),
            "arn" if id.contains(":networkmanager:") => Some(Self::CoreNetwork),
            "arn" if id.contains(":odb:") => Some(Self::OdbNetwork),
            _ => None,
        }
    }
}

impl RouteTarget {
    /// The target of a route. An instance is named by its network interface, as AWS names both. A firewall's endpoint comes
    /// back as a gateway.
    fn of(route: &aws_sdk_ec2::types::Route) -> Option<Self> {
        if let Some(id) = route.gateway_id() {
            return Some(match id.split('-').next() {
                Some("igw") => Self::InternetGateway(Ref::id(id)),
                Some("vpce") => Self::VpcEndpoint(Ref::id(id)),
                _ => Self::Other(id.to_owned()),
            });
        }
        if let Some(id) = route.nat_gateway_id() {
            return Some(Self::NatGateway(Ref::id(id)));
        }
        if let Some(id) = route.transit_gateway_id() {
            return Some(Self::TransitGateway(Ref::id(id)));
        }
        let other = route
            .network_interface_id()
            .or(route.instance_id())
            .or(route.vpc_peering_connection_id())
            .or(route.egress_only_internet_gateway_id())
            .or(route.carrier_gateway_id())
            .or(route.local_gateway_id())
            .or(route.core_network_arn())
            .or(route.odb_network_arn());
        other.map(|id| Self::Other(id.to_owned()))
    }

    /// The parameter that names the target, and AWS's id of it.
    fn parameter<'r>(&'r self, operation: Operation, task: &Task<'_>) -> Result<(Parameter, &'r str), CallError> {
        match self {
            Self::InternetGateway(gateway) => Ok((Parameter::Gateway, task.id(operation, gateway)?)),
            Self::NatGateway(gateway) => Ok((Parameter::NatGateway, task.id(operation, gateway)?)),
            Self::TransitGateway(gateway) => Ok((Parameter::TransitGateway, task.id(operation, gateway)?)),
            Self::VpcEndpoint(endpoint) => Ok((Parameter::VpcEndpoint, task.id(operation, endpoint)?)),
            Self::Other(id) => match Parameter::of_id(id) {
                Some(parameter) => Ok((parameter, id)),
                None => {
                    let message = format!("{id} is no route target that lz can set");
                    Err(task.answer(operation).error(None, message))
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::builders::RouteBuilder;

    use super::*;

    fn seen(route: RouteBuilder) -> Option<Observed<Route>> {
        let route = route.state(RouteState::Active).build();
        observed(Answer::new(DESCRIBE, "111111111111"), "rtb-1", &route).unwrap()
    }

    fn to(destination: &str) -> RouteBuilder {
        aws_sdk_ec2::types::Route::builder().destination_cidr_block(destination).origin(RouteOrigin::CreateRoute)
    }

    #[test]
    fn targets() {
        let target = |route: RouteBuilder| seen(route).map(|route| route.spec.target);
        let anywhere = || to("0.0.0.0/0");
        assert_eq!(target(anywhere().gateway_id("igw-1")), Some(RouteTarget::InternetGateway(Ref::id("igw-1"))));
        assert_eq!(target(anywhere().nat_gateway_id("nat-1")), Some(RouteTarget::NatGateway(Ref::id("nat-1"))));
        assert_eq!(target(anywhere().transit_gateway_id("tgw-1")), Some(RouteTarget::TransitGateway(Ref::id("tgw-1"))));
        // A firewall's endpoint.
        assert_eq!(target(anywhere().gateway_id("vpce-1")), Some(RouteTarget::VpcEndpoint(Ref::id("vpce-1"))));
        assert_eq!(
            target(anywhere().network_interface_id("eni-1").instance_id("i-1")),
            Some(RouteTarget::Other("eni-1".to_owned()))
        );
        assert_eq!(target(anywhere().vpc_peering_connection_id("pcx-1")), Some(RouteTarget::Other("pcx-1".to_owned())));
    }

    #[test]
    fn what_aws_adds_is_not_seen() {
        let local = aws_sdk_ec2::types::Route::builder()
            .destination_cidr_block("10.0.0.0/16")
            .gateway_id("local")
            .origin(RouteOrigin::CreateRouteTable);
        assert_eq!(seen(local), None);
        let endpoint = aws_sdk_ec2::types::Route::builder()
            .destination_prefix_list_id("pl-1")
            .gateway_id("vpce-1")
            .origin(RouteOrigin::CreateRoute);
        assert_eq!(seen(endpoint), None);
        let propagated = to("10.9.0.0/16").gateway_id("vgw-1").origin(RouteOrigin::EnableVgwRoutePropagation);
        assert_eq!(seen(propagated), None);
    }

    #[test]
    fn a_route_to_nowhere_is_not_ready() {
        let route = to("0.0.0.0/0").nat_gateway_id("nat-1").state(RouteState::Blackhole).build();
        let seen = observed(Answer::new(DESCRIBE, "111111111111"), "rtb-1", &route).unwrap().unwrap();
        assert_eq!(seen.state, State::Pending("blackhole".to_owned()));
        assert_eq!(seen.id, "rtb-1|0.0.0.0/0");
    }
}
