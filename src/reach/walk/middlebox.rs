//! What forwards packets inside a VPC: firewall endpoints, NAT gateways, appliances; and gateway endpoints.

use super::super::ObjectId;
use super::super::network::{Direction, EndpointKind, Firewall, NatGateway, Protocol, Subnet, VpcEndpoint};
use super::super::party_at;
use super::addresses::nat_private_address;
use super::{Arrival, Effect, End, Explanation, HopKind, Next, Origin, Position, Translation, Walker, Way};
use crate::firewall::{Decider, Decision, DefaultAction, Flow, FlowProtocol, Judgement, Policy};

impl Walker<'_> {
    /// Hands a packet to a VPC endpoint that a route leads to.
    pub(super) fn enter_endpoint(
        &mut self,
        id: &ObjectId,
        vpc: &ObjectId,
        from: Option<&Subnet>,
        origin: Origin,
    ) -> Next {
        let network = self.network;
        let Some(endpoint) = network.vpc_endpoints.get(id).filter(|endpoint| endpoint.vpc == *vpc) else {
            let by = format!("the route's target is gone, or not in {}", self.name(vpc));
            return self.blocked(Explanation::BadStateRoute, id, by);
        };
        match &endpoint.kind {
            EndpointKind::Gateway => self.enter_gateway_endpoint(endpoint, from, origin),
            EndpointKind::Interface { .. } => {
                self.blocked(Explanation::BadStateRoute, id, "an interface endpoint is no target of a route")
            }
            EndpointKind::GatewayLoadBalancer { subnet } => {
                let Some(subnet) = network.subnets.get(subnet) else {
                    return self.unknown(
                        Explanation::UnknownDestination,
                        id,
                        "lz could not read the endpoint's subnet",
                    );
                };
                self.cross(from, subnet);
                self.pass_middlebox(id, subnet);
                Next::At(Position::Subnet { subnet: subnet.id.clone(), origin })
            }
        }
    }

    fn pass_middlebox(&mut self, endpoint: &ObjectId, subnet: &Subnet) {
        match self.network.firewall_of(endpoint) {
            Some(firewall) if self.way == Way::Forward => {
                self.judge(firewall, endpoint, subnet);
                self.memory.firewall_endpoints.push(endpoint.clone());
            }
            Some(firewall) => self.answer_through(firewall, endpoint, subnet),
            None => {
                let by = "what the appliances of the Gateway Load Balancer behind it do, lz can't see";
                self.hop(HopKind::VpcEndpoint, endpoint, by);
                self.reason(Explanation::PathThroughGatewayLoadBalancerNotChecked, Effect::Doubt, endpoint, by);
            }
        }
        self.memory.middlebox = true;
    }

    fn judge(&mut self, firewall: &Firewall, endpoint: &ObjectId, subnet: &Subnet) {
        let flow = Flow {
            source: self.packet.source,
            destination: self.packet.destination,
            protocol: match self.packet.protocol {
                Protocol::Tcp => FlowProtocol::Tcp,
                Protocol::Udp => FlowProtocol::Udp,
                Protocol::Icmp => FlowProtocol::Icmp,
            },
            source_port: self.packet.source_port,
            port: self.packet.port,
            domain: self.domain,
        };
        let judgement = firewall.policy.judge(&flow);
        let by =
            format!("{} in {}: {}", self.name(&firewall.id), subnet.zone, judgement_text(&firewall.policy, &judgement));
        self.hop(HopKind::FirewallEndpoint, endpoint, by.clone());
        match judgement.decision {
            Decision::Passed => {}
            Decision::Dropped => self.reason(Explanation::FirewallRulesRestriction, Effect::Blocks, endpoint, by),
            Decision::Inspected => {
                self.reason(Explanation::FirewallUnsupportedRuleOptions, Effect::Doubt, endpoint, by);
            }
        }
    }

    /// The answer must meet the endpoints that let the packet through: another one knows nothing of the flow, and drops it
    /// (Network Firewall guide, "Avoiding asymmetric routing").
    fn answer_through(&mut self, firewall: &Firewall, endpoint: &ObjectId, subnet: &Subnet) {
        let met = self.memory.firewall_endpoints.iter().rposition(|one| one == endpoint);
        if let Some(place) = met {
            self.memory.firewall_endpoints.remove(place);
            let by = format!("{} in {}: it knows the flow", self.name(&firewall.id), subnet.zone);
            self.hop(HopKind::FirewallEndpoint, endpoint, by);
            return;
        }
        let expected = self.memory.firewall_endpoints.pop();
        let met = format!("its answer comes to {} in {}, which knows nothing of it", self.name(endpoint), subnet.zone);
        let by = match &expected {
            Some(expected) => format!("the packet went through {}, {met}", self.name(expected)),
            None => format!("the packet went through no firewall endpoint, {met}"),
        };
        let same_firewall = expected.is_some_and(|expected| firewall.endpoints.values().any(|one| *one == expected));
        let code = if same_firewall { Explanation::AttachmentZoneRestriction } else { Explanation::AsymmetricPath };
        self.hop(HopKind::FirewallEndpoint, endpoint, by.clone());
        self.reason(code, Effect::Asymmetric, endpoint, by);
    }

    /// Notes the endpoints that let the packet through and that its answer has passed by.
    pub(in super::super) fn check_endpoints_met(&mut self) {
        while let Some(endpoint) = self.memory.firewall_endpoints.pop() {
            let by = format!(
                "the packet went through {}, its answer through no firewall endpoint: the firewall drops what it has half seen",
                self.name(&endpoint)
            );
            self.reason(Explanation::AsymmetricPath, Effect::Asymmetric, &endpoint, by);
        }
    }

    fn enter_gateway_endpoint(&mut self, endpoint: &VpcEndpoint, from: Option<&Subnet>, origin: Origin) -> Next {
        if let Some(from) = from {
            self.pass_acl(from, Direction::Egress);
        }
        if self.packet.protocol == Protocol::Udp {
            let by = "a gateway endpoint takes TCP and ICMP echo only";
            self.reason(Explanation::GatewayEndpointProtocolRestriction, Effect::Blocks, &endpoint.id, by);
        }
        if origin != Origin::Inside {
            let by = format!("it serves {} only, and the packet comes from elsewhere", self.name(&endpoint.vpc));
            return self.blocked(Explanation::EndpointIntraVpcTraffic, &endpoint.id, by);
        }
        if !self.network.holds(&endpoint.vpc, self.packet.source) {
            let by = format!("{} is not in {}", self.packet.source, self.name(&endpoint.vpc));
            return self.blocked(Explanation::GatewayEndpointSourceAddressRestriction, &endpoint.id, by);
        }
        self.hop(HopKind::VpcEndpoint, &endpoint.id, endpoint.service.clone());
        let (endpoint, vpc) = (endpoint.id.clone(), endpoint.vpc.clone());
        Next::End(End::Arrived(Arrival::Service { endpoint, vpc }))
    }

    /// Hands a packet to a NAT gateway, which sends it on in its own name.
    pub(super) fn enter_nat_gateway(&mut self, id: &ObjectId, from: &Subnet, origin: Origin) -> Next {
        let network = self.network;
        let known = network.nat_gateways.get(id).and_then(|nat| Some((nat, network.subnets.get(&nat.subnet)?)));
        let Some((nat, subnet)) = known.filter(|(_, subnet)| subnet.vpc == from.vpc) else {
            let by = format!("the route's target is gone, or not in {}", self.name(&from.vpc));
            return self.blocked(Explanation::BadStateRoute, id, by);
        };
        self.cross(Some(from), subnet);
        if origin == Origin::Edge {
            let by = format!("it serves {} and what a transit gateway brings", self.name(&from.vpc));
            return self.blocked(Explanation::NatGatewayRequiresSourceInVpc, id, by);
        }
        if self.way == Way::Return {
            let by = format!("the answer comes to {}, which never saw the packet", self.name(id));
            self.reason(Explanation::AsymmetricPath, Effect::Asymmetric, id, by);
            return Next::End(End::Blocked);
        }
        let Some(after) = nat_private_address(network, nat) else {
            return self.unknown(Explanation::UnknownDestination, id, "lz does not know its address");
        };
        self.hop(HopKind::NatGateway, id, format!("{} becomes {after}", self.packet.source));
        let before = std::mem::replace(&mut self.packet.source, after);
        self.memory.translations.push(Translation { nat_gateway: id.clone(), before, after });
        self.memory.middlebox = true;
        Next::At(Position::Subnet { subnet: subnet.id.clone(), origin: Origin::Inside })
    }

    /// Comes to a NAT gateway's own address: it takes answers to what it has sent, nothing else.
    pub(super) fn back_through_nat_gateway(&mut self, nat: &NatGateway) -> Next {
        let address = self.packet.destination;
        let ours = |one: &Translation| one.nat_gateway == nat.id && one.after == address;
        let place = self.memory.translations.iter().rposition(ours).filter(|_| self.way == Way::Return);
        let Some(translation) = place.map(|place| self.memory.translations.remove(place)) else {
            let by = "it takes answers to what it has sent, nothing else";
            return self.blocked(Explanation::NatGatewayDestinationAddressPreservation, &nat.id, by);
        };
        self.hop(HopKind::NatGateway, &nat.id, format!("{address} becomes {} again", translation.before));
        self.packet.destination = translation.before;
        Next::At(Position::Subnet { subnet: nat.subnet.clone(), origin: Origin::Inside })
    }

    /// Hands a packet to a network interface that a route leads to: an appliance, which does lz does not know what.
    pub(super) fn enter_interface(
        &mut self,
        id: &ObjectId,
        vpc: &ObjectId,
        from: Option<&Subnet>,
        origin: Origin,
    ) -> Next {
        let network = self.network;
        let known = network.interfaces.get(id).and_then(|one| Some((one, network.subnets.get(&one.subnet)?)));
        let Some((interface, subnet)) = known.filter(|(_, subnet)| subnet.vpc == *vpc) else {
            let by = format!("the route's target is gone, or not in {}", self.name(vpc));
            return self.blocked(Explanation::BadStateRoute, id, by);
        };
        self.cross(from, subnet);
        if interface.addresses.iter().any(|(address, _)| *address == self.packet.destination) {
            return self.arrive(subnet);
        }
        if interface.source_dest_check {
            let by = format!("it takes packets for itself only, and {} is another", self.packet.destination);
            return self.blocked(Explanation::EniSourceDestCheckRestriction, id, by);
        }
        if let Some((address, _)) = interface.addresses.first() {
            let party = party_at(network, self.parties, subnet, *address);
            self.pass_security_groups(&party, Direction::Ingress);
        }
        let by = "an appliance: lz takes it to forward what it gets, and can't see whether it does";
        self.hop(HopKind::NetworkInterface, id, by);
        self.reason(Explanation::UnknownDestination, Effect::Doubt, id, by);
        self.memory.middlebox = true;
        Next::At(Position::Subnet { subnet: subnet.id.clone(), origin })
    }
}

/// What decides, in words that name it. Where nothing passes a flow, every group is named that could.
fn judgement_text(policy: &Policy, judgement: &Judgement) -> String {
    let verb = match judgement.decision {
        Decision::Passed => "passed by",
        Decision::Dropped => "dropped by",
        Decision::Inspected => "depends on",
    };
    let groups: Vec<&str> = policy.groups.iter().map(|group| group.name.as_str()).collect();
    let deciders: Vec<String> = judgement.by.iter().map(|decider| decider_text(decider, &groups.join(", "))).collect();
    format!("{verb} {}", deciders.join("; "))
}

fn decider_text(decider: &Decider, groups: &str) -> String {
    let no_rule =
        if groups.is_empty() { "there is no rule group".to_owned() } else { format!("no rule decides in {groups}") };
    match decider {
        Decider::Rule { group, sid, line, text } => format!("rule {sid} of {group} (line {line}): {text}"),
        Decider::Default(action) => format!("the default action {}: {no_rule}", default_action_text(*action)),
        Decider::NoRule => format!("the end of the rules: {no_rule}, and no default action is for it"),
        Decider::Stateless(action) => format!("the stateless default action: {action}"),
    }
}

fn default_action_text(action: DefaultAction) -> &'static str {
    match action {
        DefaultAction::DropStrict => "aws:drop_strict",
        DefaultAction::DropEstablished => "aws:drop_established",
        DefaultAction::AlertStrict => "aws:alert_strict",
        DefaultAction::AlertEstablished => "aws:alert_established",
    }
}
