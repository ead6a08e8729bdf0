//! What forwards packets inside a VPC: firewall endpoints, NAT gateways, appliances; and gateway endpoints.

use super::super::super::ObjectId;
use super::super::super::network::{Direction, EndpointKind, Firewall, NatGateway, Subnet, VpcEndpoint};
use super::super::intent::Rules;
use super::state::Translation;
use super::{Cause, End, Flood, Heading, Position, State, Why};
use crate::firewall::{FlowBox, FlowProtocol};
use crate::values::AddressSet;

impl<'network> Flood<'_, 'network, '_> {
    /// Hands packets to a VPC endpoint that a route leads to.
    pub(super) fn enter_endpoint(
        &mut self,
        id: &'network ObjectId,
        vpc: &'network ObjectId,
        from: Option<&'network Subnet>,
        heading: Heading,
        flows: FlowBox,
        mut state: State<'network>,
    ) {
        let network = self.map.network;
        let Some(endpoint) = network.vpc_endpoints.get(id).filter(|endpoint| endpoint.vpc == *vpc) else {
            return self.block(id, Why::TargetGone, flows, state);
        };
        match &endpoint.kind {
            EndpointKind::Gateway => self.enter_gateway_endpoint(endpoint, from, heading, flows, state),
            EndpointKind::Interface { .. } => self.block(id, Why::TargetGone, flows, state),
            EndpointKind::GatewayLoadBalancer { subnet } => {
                let Some(subnet) = network.subnets.get(subnet) else {
                    return self.unknown(id, Why::Unreadable, flows, state);
                };
                for flows in self.cross(from, subnet, flows, &mut state) {
                    self.pass_middlebox(&endpoint.id, subnet, heading, flows, state.clone());
                }
            }
        }
    }

    fn pass_middlebox(
        &mut self,
        endpoint: &'network ObjectId,
        subnet: &'network Subnet,
        heading: Heading,
        flows: FlowBox,
        mut state: State<'network>,
    ) {
        state.visited.push(endpoint);
        match self.map.firewalls.get(endpoint) {
            Some(firewall) if !state.answer => self.judge(firewall, (endpoint, subnet), heading, flows, state),
            Some(_) => {
                // An endpoint that never saw the packet drops its answer (Network Firewall guide, "Avoiding asymmetric
                // routing").
                match state.expected_endpoints.iter().rposition(|one| *one == endpoint) {
                    Some(place) => drop(state.expected_endpoints.remove(place)),
                    None => {
                        state.expected_endpoints.pop();
                        let cause = Cause { at: endpoint, why: Why::AnswerAtForeignEndpoint };
                        state.asymmetric.get_or_insert(cause);
                    }
                }
                self.go_on(subnet, heading, flows, state);
            }
            None => {
                state.doubt(endpoint, Why::Appliance);
                self.go_on(subnet, heading, flows, state);
            }
        }
    }

    fn judge(
        &mut self,
        firewall: &'network Firewall,
        (endpoint, subnet): (&'network ObjectId, &'network Subnet),
        heading: Heading,
        flows: FlowBox,
        mut state: State<'network>,
    ) {
        state.expected_endpoints.push(endpoint);
        let judge = match self.question.rules {
            Rules::Ignored => None,
            Rules::Asked => self.map.judges.get(&firewall.id),
        };
        let Some(judge) = judge else { return self.go_on(subnet, heading, flows, state) };
        let partition = judge.partition_with(&flows, self.question.domain);
        for flows in partition.dropped.boxes() {
            self.block(endpoint, Why::FirewallDrops, flows.clone(), state.clone());
        }
        for flows in partition.passed.boxes() {
            self.go_on(subnet, heading, flows.clone(), state.clone());
        }
        state.doubt(endpoint, Why::FirewallUnsure);
        for flows in partition.inspected.boxes() {
            self.go_on(subnet, heading, flows.clone(), state.clone());
        }
    }

    fn enter_gateway_endpoint(
        &mut self,
        endpoint: &'network VpcEndpoint,
        from: Option<&'network Subnet>,
        heading: Heading,
        flows: FlowBox,
        mut state: State<'network>,
    ) {
        let id = &endpoint.id;
        let flows = match from {
            Some(from) => self.pass_acl(from, Direction::Egress, vec![flows], &mut state),
            None => vec![flows],
        };
        state.visited.push(id);
        let own = self.map.holds(&endpoint.vpc);
        for flows in flows {
            if flows.protocol == FlowProtocol::Udp {
                self.block(id, Why::EndpointProtocol, flows, state.clone());
            } else if heading != Heading::Inside {
                self.block(id, Why::EndpointServesItsVpc, flows, state.clone());
            } else {
                let foreign = flows.sources.difference(&own);
                self.block(id, Why::NotInVpc, flows.with_sources(foreign), state.clone());
                let end = End::Service { endpoint: id, vpc: &endpoint.vpc };
                self.end(end, flows.with_sources(flows.sources.intersection(&own)), state.clone());
            }
        }
    }

    /// Hands packets to a NAT gateway, which sends them on in its own name.
    pub(super) fn enter_nat_gateway(
        &mut self,
        id: &'network ObjectId,
        from: &'network Subnet,
        heading: Heading,
        flows: FlowBox,
        mut state: State<'network>,
    ) {
        let network = self.map.network;
        let known = network.nat_gateways.get(id).and_then(|nat| Some((nat, network.subnets.get(&nat.subnet)?)));
        let Some((nat, subnet)) = known.filter(|(_, subnet)| subnet.vpc == from.vpc) else {
            return self.block(id, Why::TargetGone, flows, state);
        };
        let addresses = self.map.nat_gateways.get(&subnet.id).into_iter().flatten();
        let address = addresses.clone().find(|(_, one)| one.id == nat.id).map(|(address, _)| *address);
        for flows in self.cross(Some(from), subnet, flows, &mut state) {
            let mut state = state.clone();
            state.visited.push(&nat.id);
            if heading == Heading::Edge {
                self.block(id, Why::NatGatewayServesOthers, flows, state);
            } else if state.answer {
                self.block(id, Why::AnswerAtForeignNatGateway, flows, state);
            } else if let Some(after) = address {
                let before = flows.sources.clone();
                let flows = flows.with_sources(AddressSet::one(after));
                state.translate_source(&before, &flows.sources);
                state.translations.push(Translation { nat_gateway: &nat.id, before, after });
                self.go_on(subnet, Heading::Inside, flows, state);
            } else {
                self.unknown(id, Why::Unreadable, flows, state);
            }
        }
    }

    /// Comes to a NAT gateway's own address.
    pub(super) fn back_through_nat_gateway(
        &mut self,
        nat: &'network NatGateway,
        flows: FlowBox,
        mut state: State<'network>,
    ) {
        let ours = state
            .translations
            .iter()
            .rposition(|one| one.nat_gateway == &nat.id && state.answer && flows.destinations.contains(one.after));
        let Some(place) = ours else { return self.block(&nat.id, Why::NotAnswerOfNatGateway, flows, state) };
        let translation = state.translations.remove(place);
        state.visited.push(&nat.id);
        state.translate_destination(&flows.destinations, &translation.before);
        let flows = flows.with_destinations(translation.before);
        self.go(Position::Subnet { subnet: &nat.subnet, heading: Heading::Inside }, flows, state);
    }

    /// Hands packets to a network interface that a route leads to.
    pub(super) fn enter_interface(
        &mut self,
        id: &'network ObjectId,
        vpc: &'network ObjectId,
        from: Option<&'network Subnet>,
        heading: Heading,
        flows: FlowBox,
        mut state: State<'network>,
    ) {
        let network = self.map.network;
        let known = network.interfaces.get(id).and_then(|one| Some((one, network.subnets.get(&one.subnet)?)));
        let Some((interface, subnet)) = known.filter(|(_, subnet)| subnet.vpc == *vpc) else {
            return self.block(id, Why::TargetGone, flows, state);
        };
        let own: AddressSet = interface.addresses.iter().map(|(address, _)| *address..=*address).collect();
        for flows in self.cross(from, subnet, flows, &mut state) {
            let arriving = flows.with_destinations(flows.destinations.intersection(&own));
            if !arriving.is_empty() {
                self.arrive(subnet, arriving, state.clone());
            }
            let passing = flows.with_destinations(flows.destinations.difference(&own));
            if interface.source_dest_check {
                self.block(id, Why::SourceDestCheck, passing, state.clone());
            } else {
                let mut state = state.clone();
                state.visited.push(id);
                state.doubt(id, Why::Appliance);
                self.go_on(subnet, heading, passing, state);
            }
        }
    }
}
