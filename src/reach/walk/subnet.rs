//! Out of a subnet, by its route table; and into one.

use super::super::network::{
    Direction, Network, NetworkAcl, Route, RouteDestination, RouteTarget, Subnet, VpcRouteOrigin,
};
use super::super::{ObjectId, Party, party_at};
use super::addresses::nat_gateway_at;
use super::filter::{self, PeerGroups};
use super::route::{Choice, vpc_route};
use super::{Arrival, Effect, End, Explanation, HopKind, Next, Origin, Walker, Way};

impl<'network> Walker<'network> {
    /// Leaves the host that the packet starts at.
    pub(in super::super) fn leave_party(&mut self, party: &Party) {
        let (kind, id) = party.shown();
        self.hop(kind, id, format!("sends {}", filter::packet_text(&self.packet)));
        self.pass_security_groups(party, Direction::Egress);
    }

    /// Asks the table of the subnet that the packet leaves.
    pub(super) fn leave_subnet(&mut self, id: &ObjectId, origin: Origin) -> Next {
        let network = self.network;
        let Some(subnet) = network.subnets.get(id) else {
            return self.unknown(Explanation::UnknownDestination, id, "lz could not read this subnet");
        };
        let Some(table) = subnet.route_table.as_ref().and_then(|table| network.route_tables.get(table)) else {
            return self.unknown(Explanation::UnknownDestination, id, "lz could not read the subnet's route table");
        };
        let Some(choice) = vpc_route(network, table, self.packet.destination) else {
            let by = format!("no route to {}", self.packet.destination);
            return self.blocked(Explanation::NoRouteToDestination, &table.id, by);
        };
        self.take_route(&table.id, &choice);
        if !is_legal_inside(network, subnet, choice.route) {
            let by =
                format!("{} lies within the VPC, and is not what AWS accepts there", route_text(network, choice.route));
            return self.blocked(Explanation::VpcLocalRouteCidrRestriction, &table.id, by);
        }
        if choice.route.blackhole {
            return self.blackhole(&table.id, &choice);
        }
        match &choice.route.target {
            RouteTarget::Local => self.deliver(&subnet.vpc, Some(subnet)),
            RouteTarget::InternetGateway(gateway) => self.leave_by_internet_gateway(gateway, subnet),
            RouteTarget::NatGateway(nat) => self.enter_nat_gateway(nat, subnet, origin),
            RouteTarget::TransitGateway(gateway) => self.enter_transit_gateway(gateway, subnet),
            RouteTarget::VpcEndpoint(endpoint) => self.enter_endpoint(endpoint, &subnet.vpc, Some(subnet), origin),
            RouteTarget::NetworkInterface(interface) => {
                self.enter_interface(interface, &subnet.vpc, Some(subnet), origin)
            }
            RouteTarget::PeeringConnection(peering) => self.leave_by_peering(peering, subnet),
            RouteTarget::VirtualPrivateGateway(gateway) => self.leave_by_virtual_private_gateway(gateway, subnet),
            RouteTarget::Other(target) => {
                let by = format!("{target} is a target that lz does not follow");
                self.unknown(Explanation::UnknownDestination, &table.id, by)
            }
        }
    }

    /// Notes the route that takes the packet, and the one that may take it as well.
    pub(super) fn take_route(&mut self, table: &ObjectId, choice: &Choice<'network, Route>) {
        let text = route_text(self.network, choice.route);
        self.hop(HopKind::RouteTable, table, text.clone());
        if let Some(rival) = choice.rival {
            let by = format!(
                "{text} and {}: of prefix lists that overlap, AWS takes one at random",
                route_text(self.network, rival)
            );
            self.reason(Explanation::UndefinedRouteOrder, Effect::Doubt, table, by);
        }
    }

    /// The route's target is gone; routes that would lead on are named, since they lose to it.
    pub(super) fn blackhole(&mut self, table: &ObjectId, choice: &Choice<'network, Route>) -> Next {
        let text = route_text(self.network, choice.route);
        for (other, range) in choice.others.iter().filter(|(other, _)| !other.blackhole) {
            let longer = range.prefix_length() < choice.range.prefix_length();
            let code = if longer { Explanation::MoreSpecificRoute } else { Explanation::HigherPriorityRoute };
            let by = format!("{} loses to {text}", route_text(self.network, other));
            self.reason(code, Effect::Blocks, table, by);
        }
        self.blocked(Explanation::BadStateRoute, table, format!("{text} is a blackhole: its target is gone"))
    }

    /// Hands a packet to the subnet of a VPC that has its destination; from a subnet of it, or from its edge.
    pub(super) fn deliver(&mut self, vpc: &ObjectId, from: Option<&Subnet>) -> Next {
        let network = self.network;
        let destination = self.packet.destination;
        let mut subnets = network.subnets.values().filter(|subnet| subnet.vpc == *vpc);
        let Some(subnet) = subnets.find(|subnet| subnet.range.contains_address(destination)) else {
            let by = format!("{} has no subnet that holds {destination}", self.name(vpc));
            return self.blocked(Explanation::UnknownDestination, vpc, by);
        };
        self.cross(from, subnet);
        self.arrive(subnet)
    }

    /// Passes the network ACLs between two subnets; inside one there are none (VPC user guide, "Network ACL basics").
    pub(super) fn cross(&mut self, from: Option<&Subnet>, to: &Subnet) {
        if from.is_some_and(|from| from.id == to.id) {
            return;
        }
        if let Some(from) = from {
            self.pass_acl(from, Direction::Egress);
        }
        self.pass_acl(to, Direction::Ingress);
    }

    /// Passes a subnet's network ACL.
    pub(super) fn pass_acl(&mut self, subnet: &Subnet, direction: Direction) {
        let Some(id) = &subnet.network_acl else { return };
        let Some(acl) = self.network.network_acls.get(id) else {
            self.reason(Explanation::SubnetAclRestriction, Effect::Doubt, id, "lz could not read this network ACL");
            return;
        };
        let (by, allowed) = acl_text(acl, direction, &self.packet);
        self.hop(HopKind::NetworkAcl, id, by.clone());
        if !allowed {
            self.reason(Explanation::SubnetAclRestriction, Effect::Blocks, id, by);
        }
    }

    /// Arrives at what has the destination's address in a subnet.
    pub(super) fn arrive(&mut self, subnet: &Subnet) -> Next {
        let network = self.network;
        let address = self.packet.destination;
        if let Some(nat) = nat_gateway_at(network, subnet, address) {
            return self.back_through_nat_gateway(nat);
        }
        let party = party_at(network, self.parties, subnet, address);
        self.pass_security_groups(&party, Direction::Ingress);
        let (kind, id) = party.shown();
        self.hop(kind, id, format!("has {address}"));
        Next::End(End::Arrived(Arrival::Subnet { subnet: subnet.id.clone(), address }))
    }

    /// Passes an interface's security groups. They are stateful: the answer to what they let through passes them.
    pub(super) fn pass_security_groups(&mut self, party: &Party, direction: Direction) {
        let Some(groups) = party.groups.as_ref().filter(|_| self.way == Way::Forward) else { return };
        let other = self.peer_of(party, direction);
        let peer = self.peer_groups(party, other.as_ref(), direction);
        let side = if direction == Direction::Ingress { "ingress" } else { "egress" };
        match filter::security_groups(self.network, groups, direction, &self.packet, peer) {
            filter::Verdict::Allowed(group, rule) => {
                self.hop(HopKind::SecurityGroup, group, filter::rule_text(self.network, rule));
            }
            filter::Verdict::Denied(code) => {
                let (_, id) = party.shown();
                let names: Vec<String> = groups.iter().map(|group| self.name(group)).collect();
                let by =
                    format!("no {side} rule of {} matches {}", names.join(", "), filter::packet_text(&self.packet));
                let id = groups.first().unwrap_or(id);
                self.hop(HopKind::SecurityGroup, id, by.clone());
                self.reason(code, Effect::Blocks, id, by);
            }
            filter::Verdict::Unsure(group, rule) => {
                let by = format!(
                    "{}: whether the transit gateway keeps references to security groups, lz does not know",
                    filter::rule_text(self.network, rule)
                );
                self.reason(Explanation::SecurityGroupReferencingSupport, Effect::Doubt, group, by);
            }
            filter::Verdict::Unknown(group) => {
                let by = "lz could not read this security group";
                self.reason(Explanation::EniSecurityGroupRulesMismatch, Effect::Doubt, &group, by);
            }
        }
    }

    /// The flow's other end, as long as the packet goes there.
    fn peer_of(&self, party: &Party, direction: Direction) -> Option<Party> {
        let other = self.parties.iter().find(|other| *other != party)?;
        let addressed = direction == Direction::Ingress || other.address == self.packet.destination;
        addressed.then(|| other.clone())
    }

    fn peer_groups<'party>(
        &self,
        party: &Party,
        other: Option<&'party Party>,
        direction: Direction,
    ) -> PeerGroups<'party> {
        let Some((other, groups)) = other.and_then(|other| Some((other, other.groups.as_ref()?))) else {
            return PeerGroups::None;
        };
        let vpc = |party: &Party| self.network.subnets.get(&party.subnet).map(|subnet| &subnet.vpc);
        let (Some(here), Some(there)) = (vpc(party), vpc(other)) else { return PeerGroups::None };
        let peered = self.network.peering_connections.values().any(|peering| {
            [&peering.requester, &peering.accepter] == [here, there]
                || [&peering.requester, &peering.accepter] == [there, here]
        });
        match direction {
            Direction::Ingress if self.memory.middlebox => PeerGroups::Lost(groups),
            Direction::Ingress if self.memory.crossed_transit_gateway => PeerGroups::Unsure(groups),
            Direction::Egress if here != there && !peered => PeerGroups::Unsure(groups),
            _ => PeerGroups::Kept(groups),
        }
    }
}

/// A route in words that name it: `0.0.0.0/0 → tgw-…`.
pub(super) fn route_text(network: &Network, route: &Route) -> String {
    let target = match &route.target {
        RouteTarget::Local => "local".to_owned(),
        RouteTarget::InternetGateway(id)
        | RouteTarget::NatGateway(id)
        | RouteTarget::TransitGateway(id)
        | RouteTarget::VpcEndpoint(id)
        | RouteTarget::NetworkInterface(id)
        | RouteTarget::PeeringConnection(id)
        | RouteTarget::VirtualPrivateGateway(id) => network.label(id),
        RouteTarget::Other(target) => target.clone(),
    };
    format!("{} → {target}", destination_text(network, &route.destination))
}

/// A route's destination: a range, or a prefix list by its name.
pub(super) fn destination_text(network: &Network, destination: &RouteDestination) -> String {
    match destination {
        RouteDestination::Range(range) => range.to_string(),
        RouteDestination::PrefixList(list) => {
            network.prefix_lists.get(list).map_or_else(|| list.to_string(), |list| list.name.clone())
        }
    }
}

/// True but for routes inside a VPC's own ranges that AWS refuses: those must be for a whole subnet or a whole range of the
/// VPC, and lead to a NAT gateway, an interface or an endpoint (VPC user guide, "Routing for a middlebox appliance").
fn is_legal_inside(network: &Network, subnet: &Subnet, route: &Route) -> bool {
    let (VpcRouteOrigin::Static, RouteDestination::Range(range)) = (route.origin, &route.destination) else {
        return true;
    };
    let ranges = network.vpcs.get(&subnet.vpc).map(|vpc| vpc.ranges.as_slice()).unwrap_or_default();
    if matches!(route.target, RouteTarget::Local) || !ranges.iter().any(|own| own.contains(*range)) {
        return true;
    }
    let whole =
        ranges.contains(range) || network.subnets.values().any(|one| one.vpc == subnet.vpc && one.range == *range);
    let to_middlebox = matches!(
        route.target,
        RouteTarget::NatGateway(_) | RouteTarget::NetworkInterface(_) | RouteTarget::VpcEndpoint(_)
    );
    whole && to_middlebox
}

fn acl_text(acl: &NetworkAcl, direction: Direction, packet: &super::Packet) -> (String, bool) {
    let side = if direction == Direction::Ingress { "ingress" } else { "egress" };
    match filter::acl_rule(acl, direction, packet) {
        Some(rule) => {
            let verb = if rule.allow { "allows" } else { "denies" };
            (format!("{side} rule {} ({}) {verb}", rule.number, rule.range), rule.allow)
        }
        None => (format!("no {side} rule matches {}, so it is denied", filter::packet_text(packet)), false),
    }
}
