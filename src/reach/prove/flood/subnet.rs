//! Out of a subnet, by its table; and into one.

use super::super::super::ObjectId;
use super::super::super::network::{Route, RouteDestination, RouteTarget, Subnet, VpcRouteOrigin};
use super::{End, Flood, Heading, Position, State, Why};
use crate::firewall::FlowBox;
use crate::values::AddressSet;

impl<'network> Flood<'_, 'network, '_> {
    /// Asks the table of the subnet that packets leave.
    pub(super) fn leave_subnet(
        &mut self,
        id: &'network ObjectId,
        heading: Heading,
        flows: FlowBox,
        mut state: State<'network>,
    ) {
        state.visited.push(id);
        let map = self.map;
        let Some(subnet) = map.network.subnets.get(id) else {
            return self.unknown(id, Why::Unreadable, flows, state);
        };
        let table = subnet.route_table.as_ref().and_then(|table| Some((table, map.tables.get(table)?)));
        let Some((table, partition)) = table else { return self.unknown(id, Why::Unreadable, flows, state) };
        state.visited.push(table);
        for routed in partition.look_up(&flows.destinations) {
            let flows = flows.with_destinations(routed.addresses);
            let Some(choice) = routed.choice else {
                self.block(table, Why::NoRoute, flows, state.clone());
                continue;
            };
            let mut state = state.clone();
            if choice.routes.len() > 1 {
                state.doubt(table, Why::UndefinedRouteOrder);
            }
            for route in &choice.routes {
                if !self.is_legal(subnet, route) {
                    self.block(table, Why::IllegalRoute, flows.clone(), state.clone());
                } else if route.blackhole {
                    self.block(table, Why::Blackhole, flows.clone(), state.clone());
                } else {
                    self.follow(subnet, heading, (table, route), flows.clone(), state.clone());
                }
            }
        }
    }

    fn follow(
        &mut self,
        subnet: &'network Subnet,
        heading: Heading,
        (table, route): (&'network ObjectId, &'network Route),
        flows: FlowBox,
        state: State<'network>,
    ) {
        match &route.target {
            RouteTarget::Local => self.deliver(&subnet.vpc, Some(subnet), flows, state),
            RouteTarget::InternetGateway(gateway) => self.leave_by_internet_gateway(gateway, subnet, flows, state),
            RouteTarget::NatGateway(nat) => self.enter_nat_gateway(nat, subnet, heading, flows, state),
            RouteTarget::TransitGateway(gateway) => self.enter_transit_gateway(gateway, subnet, flows, state),
            RouteTarget::VpcEndpoint(endpoint) => {
                self.enter_endpoint(endpoint, &subnet.vpc, Some(subnet), heading, flows, state);
            }
            RouteTarget::NetworkInterface(interface) => {
                self.enter_interface(interface, &subnet.vpc, Some(subnet), heading, flows, state);
            }
            RouteTarget::PeeringConnection(peering) => self.leave_by_peering(peering, subnet, flows, state),
            RouteTarget::VirtualPrivateGateway(gateway) => {
                self.leave_by_virtual_private_gateway(gateway, subnet, flows, state);
            }
            RouteTarget::Other(_) => self.unknown(table, Why::NotFollowed, flows, state),
        }
    }

    /// True but for routes inside a VPC's own ranges that AWS refuses: those are for a whole subnet or a whole range of the
    /// VPC, and lead to a middlebox (VPC user guide, "Routing for a middlebox appliance").
    fn is_legal(&self, subnet: &Subnet, route: &Route) -> bool {
        let (VpcRouteOrigin::Static, RouteDestination::Range(range)) = (route.origin, &route.destination) else {
            return true;
        };
        let Some(vpc) = self.map.network.vpcs.get(&subnet.vpc) else { return true };
        if route.target == RouteTarget::Local || !vpc.ranges.iter().any(|own| own.contains(*range)) {
            return true;
        }
        let mut subnets = self.map.subnets.get(&subnet.vpc).into_iter().flatten();
        let whole = vpc.ranges.contains(range) || subnets.any(|one| one.range == *range);
        let middlebox = matches!(
            route.target,
            RouteTarget::NatGateway(_) | RouteTarget::NetworkInterface(_) | RouteTarget::VpcEndpoint(_)
        );
        whole && middlebox
    }

    /// Hands packets to the subnets of a VPC that have their destinations.
    pub(super) fn deliver(
        &mut self,
        vpc: &'network ObjectId,
        from: Option<&'network Subnet>,
        flows: FlowBox,
        state: State<'network>,
    ) {
        let map = self.map;
        let mut left = flows.destinations.clone();
        for subnet in map.subnets.get(vpc).into_iter().flatten() {
            let range = AddressSet::from(subnet.range);
            let destinations = left.intersection(&range);
            if destinations.is_empty() {
                continue;
            }
            left = left.difference(&range);
            let mut state = state.clone();
            for flows in self.cross(from, subnet, flows.with_destinations(destinations), &mut state) {
                self.arrive(subnet, flows, state.clone());
            }
        }
        self.block(vpc, Why::NoSubnet, flows.with_destinations(left), state);
    }

    /// Arrives at what has the destinations in a subnet: NAT gateways, and hosts.
    pub(super) fn arrive(&mut self, subnet: &'network Subnet, mut flows: FlowBox, mut state: State<'network>) {
        let map = self.map;
        for (address, nat) in map.nat_gateways.get(&subnet.id).into_iter().flatten() {
            let own = AddressSet::one(*address);
            if flows.destinations.contains(*address) {
                let back = flows.with_destinations(own.clone());
                self.back_through_nat_gateway(nat, back, state.clone());
                flows.destinations = flows.destinations.difference(&own);
            }
        }
        state.visited.push(&subnet.id);
        self.end(End::Host(&subnet.id), flows, state);
    }

    /// Sends packets on from a middlebox's subnet.
    pub(super) fn go_on(&mut self, subnet: &'network Subnet, heading: Heading, flows: FlowBox, state: State<'network>) {
        self.go(Position::Subnet { subnet: &subnet.id, heading }, flows, state);
    }
}
