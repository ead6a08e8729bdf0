//! Which route of a table takes a packet.

use std::cmp::Reverse;
use std::net::Ipv4Addr;

use super::super::network::{Network, Route, RouteDestination, RouteTable, TransitGatewayRoute, VpcRouteOrigin};
use crate::values::Cidr;

/// What a table says of a destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Choice<'network, Route> {
    /// The route that takes the packet.
    pub(in super::super) route: &'network Route,
    /// The range of it that holds the destination.
    pub(super) range: Cidr,
    /// The other routes that hold it, the next best first.
    pub(super) others: Vec<(&'network Route, Cidr)>,
    /// A route to another target that AWS may as well take: it says of overlapping prefix lists that it chooses at random
    /// (VPC user guide, "Route priority").
    pub(super) rival: Option<&'network Route>,
}

/// The longest range of a destination that holds an address.
fn range_holding(network: &Network, destination: &RouteDestination, address: Ipv4Addr) -> Option<Cidr> {
    match destination {
        RouteDestination::Range(range) => range.contains_address(address).then_some(*range),
        RouteDestination::PrefixList(list) => network
            .prefix_lists
            .get(list)?
            .ranges
            .iter()
            .filter(|range| range.contains_address(address))
            .max_by_key(|range| range.prefix_length())
            .copied(),
    }
}

/// Routes that hold an address, the one that takes the packet first: the longest prefix, then what `priority` puts first,
/// then what stands first in the table.
fn candidates<'network, Route, Priority: Ord>(
    network: &Network,
    routes: &'network [Route],
    address: Ipv4Addr,
    destination: fn(&Route) -> &RouteDestination,
    priority: fn(&Route) -> Priority,
) -> Vec<(&'network Route, Cidr)> {
    let mut holding: Vec<(&Route, Cidr)> =
        routes.iter().filter_map(|route| Some((route, range_holding(network, destination(route), address)?))).collect();
    holding.sort_by_key(|(route, range)| (Reverse(range.prefix_length()), priority(route)));
    holding
}

/// The route of a VPC's table that takes packets to an address: the longest prefix; between equals, the local one, a range,
/// a prefix list, a propagated one (VPC user guide, "Route priority").
pub(in super::super) fn vpc_route<'network>(
    network: &Network,
    table: &'network RouteTable,
    address: Ipv4Addr,
) -> Option<Choice<'network, Route>> {
    let priority = |route: &Route| match (route.origin, &route.destination) {
        (VpcRouteOrigin::Local, _) => 0,
        (VpcRouteOrigin::Static, RouteDestination::Range(_)) => 1,
        (VpcRouteOrigin::Static, RouteDestination::PrefixList(_)) => 2,
        (VpcRouteOrigin::Propagated, _) => 3,
    };
    let mut holding = candidates(network, &table.routes, address, |route| &route.destination, priority).into_iter();
    let (route, range) = holding.next()?;
    let others: Vec<_> = holding.collect();
    let is_list = |route: &Route| matches!(route.destination, RouteDestination::PrefixList(_));
    let rivals = |other: &&Route| is_list(route) && is_list(other) && other.target != route.target;
    let rival = others.iter().map(|(other, _)| *other).find(rivals);
    Some(Choice { route, range, others, rival })
}

/// The route of a transit gateway's table that takes packets to an address: the longest prefix; between equals, by origin
/// (Transit Gateways guide, "Route evaluation order"). Of VPCs that propagate one range, the first attached has the route.
pub(super) fn transit_gateway_route<'network>(
    network: &Network,
    routes: &'network [TransitGatewayRoute],
    address: Ipv4Addr,
) -> Option<Choice<'network, TransitGatewayRoute>> {
    let mut holding =
        candidates(network, routes, address, |route| &route.destination, |route| route.origin).into_iter();
    let (route, range) = holding.next()?;
    Some(Choice { route, range, others: holding.collect(), rival: None })
}
