//! A network from specifications: of resources that are wanted, or of resources as AWS shows them.
//!
//! Ids are whatever the references in the specifications name: lz's addresses where it knows the resource, AWS's ids
//! otherwise. What AWS adds by itself is added here: local routes, main tables, the routes that propagation brings. What
//! specifications do not tell (the ranges of AWS's prefix lists, the addresses of network interfaces) is not there; what
//! they tell and the network has no place for is a caveat.

mod addition;
mod attachment;
mod firewall;
mod security_group;
mod subnet;
mod transit_gateway;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Display;

use super::network::{
    EndpointKind, InternetGateway, NatGateway, Network, ObjectId, PrefixList, Route, RouteDestination, RouteTable,
    RouteTarget, Subnet, Vpc, VpcEndpoint, VpcRouteOrigin,
};
use crate::graph::{AnyRef, Ref};
use crate::kinds::vpc_endpoint::EndpointType;
use crate::kinds::{self, Spec, State, route};

/// A resource, wanted or there.
#[derive(Debug, Clone)]
pub struct Specified<'a> {
    /// What references to it name.
    pub id: ObjectId,
    /// The account that it is in, by any name.
    pub account: String,
    /// What AWS is doing with it; what is wanted is taken to be ready.
    pub state: State,
    /// What it is.
    pub spec: Cow<'a, Spec>,
}

impl Specified<'_> {
    /// True where packets can meet it: what has failed or goes is no longer part of the network.
    fn is_there(&self) -> bool {
        !matches!(self.state, State::Failed(_) | State::Deleting)
    }
}

/// The network that all these resources make.
#[must_use]
pub fn network(resources: &[Specified<'_>]) -> Network {
    // The same resources make the same network, in whatever order they come.
    let mut resources: Vec<&Specified<'_>> = resources.iter().filter(|one| one.is_there()).collect();
    resources.sort_by(|one, other| one.id.cmp(&other.id));
    let mut network = Network::default();
    for resource in &resources {
        object(&mut network, resource);
    }
    addition::objects(&mut network, &resources);
    attachment::add_unknown(&mut network, &resources);
    attachment::hold_unaccepted(&mut network, &resources);
    // What refers to something waits until all there is is known.
    for resource in &resources {
        relation(&mut network, resource);
    }
    addition::relations(&mut network, &resources);
    subnet::use_main_tables(&mut network);
    transit_gateway::propagate(&mut network);
    firewall::add(&mut network, &resources);
    network
}

/// A network's caveats but for those about attachments whose account nobody meant to read.
pub fn caveats_of_what_was_read(network: &Network) -> impl Iterator<Item = &String> {
    let unread: BTreeSet<String> = network.attachments.values().map(attachment::caveat).collect();
    network.caveats.iter().filter(move |caveat| !unread.contains(*caveat))
}

/// The id of what a reference names.
fn named<K>(reference: &Ref<K>) -> ObjectId {
    match reference.any() {
        AnyRef::Address(address) => ObjectId(address.to_string()),
        AnyRef::Id(id) => ObjectId(id.clone()),
    }
}

/// The ids of what references name.
fn all_named<'a, K: 'a, C: FromIterator<ObjectId>>(references: impl IntoIterator<Item = &'a Ref<K>>) -> C {
    references.into_iter().map(named).collect()
}

/// Adds what stands by itself.
fn object(network: &mut Network, resource: &Specified<'_>) {
    let (id, account) = (resource.id.clone(), resource.account.as_str());
    match resource.spec.as_ref() {
        Spec::Vpc(vpc) => {
            let vpc = Vpc { id: id.clone(), account: account.to_owned(), ranges: vec![vpc.cidr] };
            network.vpcs.insert(id, vpc);
        }
        Spec::Subnet(subnet) => {
            let vpc = named(&subnet.vpc);
            let (range, zone) = (subnet.cidr, subnet.availability_zone.clone());
            let subnet = Subnet { id: id.clone(), vpc, range, zone, route_table: None, network_acl: None };
            network.subnets.insert(id, subnet);
        }
        Spec::InternetGateway(gateway) => {
            let vpc = gateway.vpc.as_ref().map(named);
            network.internet_gateways.insert(id.clone(), InternetGateway { id, vpc });
        }
        // Packets pass one that works only.
        Spec::NatGateway(gateway) if resource.state == State::Ready => {
            let subnet = named(&gateway.subnet);
            let gateway =
                NatGateway { id: id.clone(), subnet, private_address: None, public: true, public_address: None };
            network.nat_gateways.insert(id, gateway);
        }
        Spec::RouteTable(table) => {
            let table = RouteTable { id: id.clone(), vpc: named(&table.vpc), routes: Vec::new(), edge_of: None };
            network.route_tables.insert(id, table);
        }
        Spec::VpcEndpoint(endpoint) => vpc_endpoint(network, id, endpoint),
        Spec::SecurityGroup(group) => security_group::add(network, id, group),
        Spec::TransitGateway(_) => transit_gateway::gateway(network, id, account),
        Spec::TransitGatewayRouteTable(table) => transit_gateway::route_table(network, id, table),
        Spec::TransitGatewayAttachment(spec) => attachment::add(network, id, spec, &resource.state),
        _ => {}
    }
}

/// Adds what connects.
fn relation(network: &mut Network, resource: &Specified<'_>) {
    let is_ready = resource.state == State::Ready;
    match resource.spec.as_ref() {
        Spec::RouteTable(table) => local_routes(network, &resource.id, &named(&table.vpc)),
        Spec::RouteTableAssociation(association) => subnet::associate(network, association),
        Spec::Route(route) => add_route(network, route, !is_ready),
        Spec::VpcEndpoint(endpoint) if endpoint.endpoint_type == EndpointType::Gateway => {
            gateway_endpoint_routes(network, &resource.id, endpoint);
        }
        Spec::TransitGatewayAssociation(association) if is_ready => transit_gateway::associate(network, association),
        Spec::TransitGatewayPropagation(propagation) if is_ready => transit_gateway::enable(network, propagation),
        Spec::TransitGatewayRoute(route) => transit_gateway::route(network, route, &resource.state),
        _ => {}
    }
}

fn local_routes(network: &mut Network, table: &ObjectId, vpc: &ObjectId) {
    let ranges = network.vpcs.get(vpc).map(|vpc| vpc.ranges.clone()).unwrap_or_default();
    let local = |range| Route {
        destination: RouteDestination::Range(range),
        target: RouteTarget::Local,
        origin: VpcRouteOrigin::Local,
        blackhole: false,
    };
    if let Some(table) = network.route_tables.get_mut(table) {
        table.routes.extend(ranges.into_iter().map(local));
    }
}

/// A route of a main table, which is no resource of lz's, has no place: which VPC's it is is not told.
fn add_route(network: &mut Network, route: &kinds::Route, blackhole: bool) {
    let table = named(&route.route_table);
    let destination = match &route.destination {
        route::Destination::Cidr(range) => RouteDestination::Range(*range),
        route::Destination::PrefixList(list) => RouteDestination::PrefixList(list.as_str().into()),
        // Only IPv4 is modelled.
        route::Destination::Ipv6(_) => return,
    };
    let mut caveats = Vec::new();
    let target = match &route.target {
        route::RouteTarget::InternetGateway(gateway) => RouteTarget::InternetGateway(named(gateway)),
        route::RouteTarget::NatGateway(gateway) => RouteTarget::NatGateway(named(gateway)),
        route::RouteTarget::TransitGateway(gateway) => RouteTarget::TransitGateway(named(gateway)),
        route::RouteTarget::VpcEndpoint(endpoint) => RouteTarget::VpcEndpoint(named(endpoint)),
        route::RouteTarget::Other(id) => {
            caveats.push(format!("what is behind {id}, where {table} sends {}, is not modelled", route.destination));
            RouteTarget::Other(id.clone())
        }
    };
    if let RouteDestination::PrefixList(list) = &destination {
        caveats.push(format!("the ranges of the prefix list {list}, which {table} routes, are not known"));
    }
    match network.route_tables.get_mut(&table) {
        Some(table) => table.routes.push(Route { destination, target, origin: VpcRouteOrigin::Static, blackhole }),
        None => {
            caveats.push(format!("the route to {} in the main route table {table} is not modelled", route.destination));
        }
    }
    network.caveats.extend(caveats);
}

fn vpc_endpoint(network: &mut Network, id: ObjectId, endpoint: &kinds::VpcEndpoint) {
    let kind = match endpoint.endpoint_type {
        EndpointType::Gateway => EndpointKind::Gateway,
        EndpointType::Interface => EndpointKind::Interface {
            subnets: all_named(&endpoint.subnets),
            groups: all_named(&endpoint.security_groups),
            private_dns: endpoint.private_dns,
        },
        EndpointType::GatewayLoadBalancer
        | EndpointType::Resource
        | EndpointType::ServiceNetwork
        | EndpointType::Tunnel => {
            network
                .caveats
                .insert(format!("the VPC endpoint {id}, to {}, is of a type that is not modelled", endpoint.service));
            return;
        }
    };
    let (vpc, service) = (named(&endpoint.vpc), endpoint.service.clone());
    network.vpc_endpoints.insert(id.clone(), VpcEndpoint { id, vpc, service, kind });
}

/// A gateway endpoint adds a route to its service's prefix list to each of its tables (VPC user guide, "Gateway endpoints").
/// The list's ranges are AWS's to tell: the planned list is empty, and named like its service.
fn gateway_endpoint_routes(network: &mut Network, id: &ObjectId, endpoint: &kinds::VpcEndpoint) {
    let list = prefix_list(network, &endpoint.service);
    for table in &endpoint.route_tables {
        if let Some(table) = network.route_tables.get_mut(&named(table)) {
            table.routes.push(Route {
                destination: RouteDestination::PrefixList(list.clone()),
                target: RouteTarget::VpcEndpoint(id.clone()),
                origin: VpcRouteOrigin::Static,
                blackhole: false,
            });
        }
    }
}

fn prefix_list(network: &mut Network, name: impl Display) -> ObjectId {
    let name = name.to_string();
    let id = ObjectId(name.clone());
    let list = PrefixList { id: id.clone(), name, ranges: BTreeSet::new() };
    network.prefix_lists.entry(id.clone()).or_insert(list);
    id
}
