//! Out of a VPC and into one, other than by a transit gateway.

use std::net::Ipv4Addr;

use super::super::super::ObjectId;
use super::super::super::network::{Direction, Network, PublicAccessBlock, Route, RouteTarget, Subnet};
use super::super::table::TablePartition;
use super::{End, Flood, Heading, Position, State, Why};
use crate::firewall::FlowBox;
use crate::values::{AddressSet, Cidr};

/// What the internet does not route: private addresses (RFC 1918) and shared ones (RFC 6598).
pub(in super::super) fn unrouted() -> AddressSet {
    let blocks = [([10, 0, 0, 0], 8), ([172, 16, 0, 0], 12), ([192, 168, 0, 0], 16), ([100, 64, 0, 0], 10)];
    blocks.into_iter().filter_map(|(first, length)| Cidr::holding(Ipv4Addr::from(first), length).ok()).collect()
}

impl<'network> Flood<'_, 'network, '_> {
    /// Leaves to the internet, each source in the public address that goes with it.
    pub(super) fn leave_by_internet_gateway(
        &mut self,
        id: &'network ObjectId,
        subnet: &'network Subnet,
        flows: FlowBox,
        mut state: State<'network>,
    ) {
        let attached = self.map.network.internet_gateways.get(id).and_then(|gateway| gateway.vpc.as_ref());
        for flows in self.pass_acl(subnet, Direction::Egress, vec![flows], &mut state) {
            if attached != Some(&subnet.vpc) {
                self.block(id, Why::TargetGone, flows, state.clone());
                continue;
            }
            let kept = self.kept_from_internet(subnet, &flows.sources);
            self.block(id, Why::PublicAccessBlocked, flows.with_sources(kept.clone()), state.clone());
            let flows = flows.with_sources(flows.sources.difference(&kept));
            let refused = unrouted().union(&self.map.holds(&subnet.vpc));
            let private = flows.destinations.intersection(&refused);
            self.block(id, Why::PrivateDestination, flows.with_destinations(private), state.clone());
            let flows = flows.with_destinations(flows.destinations.difference(&refused));
            if !flows.is_empty() {
                self.translate_to_public(id, subnet, flows, state.clone());
            }
        }
    }

    /// Those of a subnet's addresses that VPC Block Public Access keeps from internet gateways, both ways.
    fn kept_from_internet(&self, subnet: &Subnet, addresses: &AddressSet) -> AddressSet {
        match self.map.network.public_access_block(subnet) {
            PublicAccessBlock::Off => AddressSet::empty(),
            PublicAccessBlock::Ingress => addresses.difference(&self.map.nat_addresses(&subnet.id)),
            PublicAccessBlock::Bidirectional => addresses.clone(),
        }
    }

    fn translate_to_public(
        &mut self,
        id: &'network ObjectId,
        subnet: &'network Subnet,
        flows: FlowBox,
        mut state: State<'network>,
    ) {
        let map = self.map;
        state.visited.push(id);
        let mut without = flows.sources.clone();
        for (private, public) in map.public.get(&subnet.vpc).into_iter().flatten() {
            if !without.contains(*private) {
                continue;
            }
            without = without.difference(&AddressSet::one(*private));
            let inside = flows.with_sources(AddressSet::one(*private));
            if let Some(edge) = self.redirected(id, subnet, *private) {
                self.block(edge, Why::EdgeRedirected, inside, state.clone());
                continue;
            }
            let outside = inside.with_sources(AddressSet::one(*public));
            let mut state = state.clone();
            state.translate_source(&inside.sources, &outside.sources);
            self.onto_internet((id, &subnet.vpc), outside, state);
        }
        self.block(id, Why::NoPublicAddress, flows.with_sources(without), state);
    }

    /// The edge table that leads what comes in for an address through a middlebox in another subnet than it leaves from.
    fn redirected(&self, gateway: &ObjectId, subnet: &Subnet, source: Ipv4Addr) -> Option<&'network ObjectId> {
        let (table, partition) = self.edge_table(gateway)?;
        let network = self.map.network;
        let routed = partition.look_up(&AddressSet::one(source));
        let choice = routed.iter().find_map(|routed| routed.choice)?;
        let elsewhere = choice.routes.iter().filter_map(|route| through(network, route)).any(|one| *one != subnet.id);
        elsewhere.then_some(table)
    }

    fn edge_table(&self, gateway: &ObjectId) -> Option<(&'network ObjectId, &TablePartition<'network, Route>)> {
        let table = *self.map.edge_tables.get(gateway)?;
        Some((table, self.map.tables.get(table)?))
    }

    /// Packets on the internet: those for a public address of the network come in again.
    fn onto_internet(
        &mut self,
        (gateway, vpc): (&'network ObjectId, &'network ObjectId),
        mut flows: FlowBox,
        state: State<'network>,
    ) {
        let map = self.map;
        for (owner, pairs) in &map.public {
            let Some(entry) = map.internet_gateways.get(owner) else { continue };
            let known: AddressSet = pairs.iter().map(|(_, public)| *public..=*public).collect();
            let own = flows.destinations.intersection(&known);
            if !own.is_empty() {
                flows.destinations = flows.destinations.difference(&known);
                let position = Position::Edge { gateway: entry, vpc: owner };
                self.go(position, flows.with_destinations(own), state.clone());
            }
        }
        self.end(End::Internet { gateway, vpc }, flows, state);
    }

    /// Comes to a gateway of a VPC from outside.
    pub(super) fn enter_vpc(
        &mut self,
        gateway: &'network ObjectId,
        vpc: &'network ObjectId,
        flows: FlowBox,
        state: State<'network>,
    ) {
        let map = self.map;
        let entered = Position::Entered { gateway, vpc };
        if map.network.internet_gateways.contains_key(gateway) {
            let mut without = flows.destinations.clone();
            for (private, public) in map.public.get(vpc).into_iter().flatten() {
                if without.contains(*public) {
                    let outside = AddressSet::one(*public);
                    without = without.difference(&outside);
                    let inside = flows.with_destinations(AddressSet::one(*private));
                    let mut state = state.clone();
                    state.entered = Some(gateway);
                    state.translate_destination(&outside, &inside.destinations);
                    self.go(entered, inside, state);
                }
            }
            self.block(gateway, Why::NoPublicAddress, flows.with_destinations(without), state);
        } else if map.network.virtual_private_gateways.contains_key(gateway) {
            let own = map.holds(vpc);
            let foreign = flows.destinations.difference(&own);
            self.block(gateway, Why::NotInVpc, flows.with_destinations(foreign), state.clone());
            let inside = flows.destinations.intersection(&own);
            self.go(entered, flows.with_destinations(inside), state);
        } else {
            self.go(entered, flows, state);
        }
    }

    /// Comes into a VPC, by the gateway's edge table where it has one.
    pub(super) fn pass_edge(
        &mut self,
        gateway: &'network ObjectId,
        vpc: &'network ObjectId,
        flows: FlowBox,
        mut state: State<'network>,
    ) {
        state.visited.push(gateway);
        let map = self.map;
        let by_internet = map.network.internet_gateways.contains_key(gateway);
        let flows = if by_internet { self.let_in(gateway, vpc, flows, &state) } else { flows };
        let table = map.edge_tables.get(gateway).and_then(|table| Some((*table, map.tables.get(*table)?)));
        let Some((table, partition)) = table else { return self.deliver(vpc, None, flows, state) };
        for routed in partition.look_up(&flows.destinations) {
            let flows = flows.with_destinations(routed.addresses);
            let Some(choice) = routed.choice else {
                self.block(table, Why::NoRoute, flows, state.clone());
                continue;
            };
            for route in &choice.routes {
                let (flows, state) = (flows.clone(), state.clone());
                match &route.target {
                    _ if route.blackhole => self.block(table, Why::Blackhole, flows, state),
                    RouteTarget::Local => self.deliver(vpc, None, flows, state),
                    RouteTarget::VpcEndpoint(endpoint) => {
                        self.enter_endpoint(endpoint, vpc, None, Heading::Edge, flows, state);
                    }
                    RouteTarget::NetworkInterface(interface) => {
                        let of = map.network.interfaces.get(interface);
                        let mut addresses = of.into_iter().flat_map(|one| &one.addresses);
                        if by_internet && addresses.all(|(_, public)| public.is_none()) {
                            self.block(table, Why::NoPublicAddress, flows, state);
                        } else {
                            self.enter_interface(interface, vpc, None, Heading::Edge, flows, state);
                        }
                    }
                    _ => self.block(table, Why::TargetGone, flows, state),
                }
            }
        }
    }

    /// Those packets from the internet that VPC Block Public Access lets into a VPC; the others end here.
    fn let_in(
        &mut self,
        gateway: &'network ObjectId,
        vpc: &'network ObjectId,
        mut flows: FlowBox,
        state: &State<'network>,
    ) -> FlowBox {
        let map = self.map;
        for subnet in map.subnets.get(vpc).into_iter().flatten() {
            let inside = flows.destinations.intersection(&subnet.range.into());
            let kept = self.kept_from_internet(subnet, &inside);
            flows.destinations = flows.destinations.difference(&kept);
            self.block(gateway, Why::PublicAccessBlocked, flows.with_destinations(kept), state.clone());
        }
        flows
    }

    /// Leaves by a virtual private gateway.
    pub(super) fn leave_by_virtual_private_gateway(
        &mut self,
        id: &'network ObjectId,
        subnet: &'network Subnet,
        flows: FlowBox,
        mut state: State<'network>,
    ) {
        let gateway = self.map.network.virtual_private_gateways.get(id);
        let attached = gateway.is_some_and(|gateway| gateway.vpc.as_ref() == Some(&subnet.vpc));
        let own = self.map.holds(&subnet.vpc);
        for flows in self.pass_acl(subnet, Direction::Egress, vec![flows], &mut state) {
            if !attached {
                self.block(id, Why::TargetGone, flows, state.clone());
                continue;
            }
            let foreign = flows.sources.difference(&own);
            self.block(id, Why::NotInVpc, flows.with_sources(foreign), state.clone());
            let end = End::VirtualPrivateGateway { gateway: id, vpc: &subnet.vpc };
            self.end(end, flows.with_sources(flows.sources.intersection(&own)), state.clone());
        }
    }

    /// Crosses to the peered VPC.
    pub(super) fn leave_by_peering(
        &mut self,
        id: &'network ObjectId,
        subnet: &'network Subnet,
        flows: FlowBox,
        mut state: State<'network>,
    ) {
        let map = self.map;
        let peering = map.network.peering_connections.get(id);
        for flows in self.pass_acl(subnet, Direction::Egress, vec![flows], &mut state) {
            let mut state = state.clone();
            let Some(peering) = peering else {
                self.block(id, Why::TargetGone, flows, state);
                continue;
            };
            let other = if peering.requester == subnet.vpc { &peering.accepter } else { &peering.requester };
            if !map.network.vpcs.contains_key(other) {
                self.unknown(id, Why::Unreadable, flows, state);
                continue;
            }
            let carried = FlowBox {
                sources: map.holds(&subnet.vpc),
                destinations: map.holds(other),
                ..FlowBox::all(flows.protocol)
            };
            for foreign in flows.difference(&carried) {
                self.block(id, Why::NotBetweenPeers, foreign, state.clone());
            }
            state.visited.push(id);
            if let Some(inside) = flows.intersection(&carried) {
                self.deliver(other, None, inside, state);
            }
        }
    }
}

/// The subnet of the middlebox that an edge table's route leads through.
fn through<'network>(network: &'network Network, route: &'network Route) -> Option<&'network ObjectId> {
    match &route.target {
        RouteTarget::VpcEndpoint(id) => network.subnet_of_endpoint(id),
        RouteTarget::NetworkInterface(id) => network.interfaces.get(id).map(|interface| &interface.subnet),
        _ => None,
    }
}
