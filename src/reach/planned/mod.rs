//! A network from resources that are wanted: what AWS would hold once a plan is applied.
//!
//! Ids are lz's addresses. What AWS adds by itself is added here: local routes, the routes that propagation brings. What only
//! AWS knows (the ranges of its prefix lists, the addresses of network interfaces) is not there.

mod firewall;
mod security_group;
mod transit_gateway;

use std::fmt::Display;

use super::network::{
    EndpointKind, InternetGateway, NatGateway, Network, ObjectId, Route, RouteDestination, RouteTable, RouteTarget,
    Subnet, Vpc, VpcEndpoint, VpcRouteOrigin,
};
use crate::graph::{Address, AnyRef, Ref};
use crate::kinds::vpc_endpoint::EndpointType;
use crate::kinds::{self, Desired, Spec, route};

/// The network that all these resources make.
#[must_use]
pub fn network(desired: &Desired) -> Network {
    let mut network = Network::default();
    for (address, resource) in desired {
        let owner = resource.owner.to_string();
        object(&mut network, address, &owner, &resource.spec);
    }
    // What refers to something waits until all there is is known.
    for (address, resource) in desired {
        relation(&mut network, address, &resource.spec);
    }
    transit_gateway::propagate(&mut network);
    firewall::add(&mut network, desired);
    network
}

/// The id of something wanted.
fn planned(address: &Address) -> ObjectId {
    ObjectId(address.to_string())
}

/// The id of what a reference names.
fn named<K>(reference: &Ref<K>) -> ObjectId {
    match reference.any() {
        AnyRef::Address(address) => planned(address),
        AnyRef::Id(id) => ObjectId(id.clone()),
    }
}

/// The ids of what references name.
fn all_named<'a, K: 'a, C: FromIterator<ObjectId>>(references: impl IntoIterator<Item = &'a Ref<K>>) -> C {
    references.into_iter().map(named).collect()
}

/// Adds what stands by itself.
fn object(network: &mut Network, address: &Address, owner: &str, spec: &Spec) {
    let id = planned(address);
    match spec {
        Spec::Vpc(vpc) => {
            let vpc = Vpc { id: id.clone(), account: owner.to_owned(), ranges: vec![vpc.cidr] };
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
        Spec::NatGateway(gateway) => {
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
        Spec::TransitGateway(_) => transit_gateway::gateway(network, id, owner),
        Spec::TransitGatewayRouteTable(table) => transit_gateway::route_table(network, id, table),
        Spec::TransitGatewayAttachment(attachment) => transit_gateway::attachment(network, id, attachment),
        _ => {}
    }
}

/// Adds what connects.
fn relation(network: &mut Network, address: &Address, spec: &Spec) {
    match spec {
        Spec::RouteTable(table) => local_routes(network, &planned(address), &named(&table.vpc)),
        Spec::RouteTableAssociation(association) => {
            if let Some(subnet) = network.subnets.get_mut(&named(&association.subnet)) {
                subnet.route_table = Some(named(&association.route_table));
            }
        }
        Spec::Route(route) => add_route(network, route),
        Spec::VpcEndpoint(endpoint) if endpoint.endpoint_type == EndpointType::Gateway => {
            gateway_endpoint_routes(network, &planned(address), endpoint);
        }
        Spec::TransitGatewayAssociation(association) => transit_gateway::associate(network, association),
        Spec::TransitGatewayPropagation(propagation) => transit_gateway::enable(network, propagation),
        Spec::TransitGatewayRoute(route) => transit_gateway::route(network, route),
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

fn add_route(network: &mut Network, route: &kinds::Route) {
    let destination = match &route.destination {
        route::Destination::Cidr(range) => RouteDestination::Range(*range),
        route::Destination::PrefixList(list) => RouteDestination::PrefixList(list.as_str().into()),
        // Only IPv4 is modelled, and lz makes no other routes.
        route::Destination::Ipv6(_) => return,
    };
    let target = match &route.target {
        route::RouteTarget::InternetGateway(gateway) => RouteTarget::InternetGateway(named(gateway)),
        route::RouteTarget::NatGateway(gateway) => RouteTarget::NatGateway(named(gateway)),
        route::RouteTarget::TransitGateway(gateway) => RouteTarget::TransitGateway(named(gateway)),
        route::RouteTarget::VpcEndpoint(endpoint) => RouteTarget::VpcEndpoint(named(endpoint)),
        route::RouteTarget::Other(id) => RouteTarget::Other(id.clone()),
    };
    if let Some(table) = network.route_tables.get_mut(&named(&route.route_table)) {
        table.routes.push(Route { destination, target, origin: VpcRouteOrigin::Static, blackhole: false });
    }
}

fn vpc_endpoint(network: &mut Network, id: ObjectId, endpoint: &kinds::VpcEndpoint) {
    let kind = match endpoint.endpoint_type {
        EndpointType::Gateway => EndpointKind::Gateway,
        EndpointType::Interface => EndpointKind::Interface {
            subnets: all_named(&endpoint.subnets),
            groups: all_named(&endpoint.security_groups),
            private_dns: endpoint.private_dns,
        },
        // lz makes no others.
        _ => return,
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
    let list = super::network::PrefixList { id: id.clone(), name, ranges: std::collections::BTreeSet::new() };
    network.prefix_lists.entry(id.clone()).or_insert(list);
    id
}
