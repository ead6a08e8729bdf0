//! Network ACLs, for sets of packets.

use super::super::super::network::{AclRule, Direction, NetworkAcl, Protocol, ProtocolMatch, Subnet};
use super::{Flood, State, Why};
use crate::firewall::{FlowBox, FlowProtocol, FlowSet};
use crate::values::PortSet;

/// The types of ICMP's messages: what asks for an echo, and what answers it (RFC 792).
const ECHO_REQUEST: u16 = 8;
const ECHO_REPLY: u16 = 0;

impl<'network> Flood<'_, 'network, '_> {
    /// Those of some packets that a subnet's network ACL lets through; the others end here.
    pub(super) fn pass_acl(
        &mut self,
        subnet: &'network Subnet,
        direction: Direction,
        flows: Vec<FlowBox>,
        state: &mut State<'network>,
    ) -> Vec<FlowBox> {
        let Some(id) = &subnet.network_acl else { return flows };
        let Some(acl) = self.map.network.network_acls.get(id) else {
            state.doubt(id, Why::Unreadable);
            return flows;
        };
        let mut allowed = Vec::new();
        for flows in flows {
            let (passed, denied) = judge(acl, direction, flows, state.answer);
            allowed.extend(passed);
            denied.into_iter().for_each(|flows| self.block(id, Why::NetworkAcl, flows, state.clone()));
        }
        allowed
    }

    /// Passes the network ACLs between two subnets; inside one there are none.
    pub(super) fn cross(
        &mut self,
        from: Option<&'network Subnet>,
        to: &'network Subnet,
        flows: FlowBox,
        state: &mut State<'network>,
    ) -> Vec<FlowBox> {
        let mut flows = vec![flows];
        if from.is_some_and(|from| from.id == to.id) {
            return flows;
        }
        if let Some(from) = from {
            flows = self.pass_acl(from, Direction::Egress, flows, state);
        }
        self.pass_acl(to, Direction::Ingress, flows, state)
    }
}

/// What a network ACL allows of some packets, or answers, and what it denies: the matching rule with the lowest number
/// decides.
fn judge(acl: &NetworkAcl, direction: Direction, flows: FlowBox, answer: bool) -> (Vec<FlowBox>, Vec<FlowBox>) {
    let mut rules: Vec<&AclRule> = acl.rules.iter().filter(|rule| rule.direction == direction).collect();
    rules.sort_by_key(|rule| rule.number);
    let (mut allowed, mut denied) = (Vec::new(), Vec::new());
    let mut left = FlowSet::from(flows);
    for rule in rules {
        for matched in boxes(rule, direction, answer) {
            let decided = left.intersection(&matched);
            left.remove(&matched);
            if rule.allow { &mut allowed } else { &mut denied }.extend(decided.boxes().cloned());
        }
    }
    denied.extend(left.boxes().cloned());
    (allowed, denied)
}

fn boxes(rule: &AclRule, direction: Direction, answer: bool) -> impl Iterator<Item = FlowBox> {
    FlowProtocol::ALL.into_iter().filter_map(move |protocol| {
        let all = FlowBox::all(protocol);
        let ports = match rule.protocol {
            ProtocolMatch::All => PortSet::everything(),
            ProtocolMatch::One(one) if flow_protocol(one) == protocol => ports(rule, protocol, answer),
            ProtocolMatch::One(_) | ProtocolMatch::Other(_) => return None,
        };
        Some(match direction {
            Direction::Ingress => FlowBox { sources: rule.range.into(), ports, ..all },
            Direction::Egress => FlowBox { destinations: rule.range.into(), ports, ..all },
        })
    })
}

/// The destination ports that a rule for one protocol matches. Sets of ICMP have no ports: a rule for the type of their
/// messages matches all of them, one for another type none.
fn ports(rule: &AclRule, protocol: FlowProtocol, answer: bool) -> PortSet {
    let message = if answer { ECHO_REPLY } else { ECHO_REQUEST };
    match protocol {
        FlowProtocol::Tcp | FlowProtocol::Udp => [rule.ports.0.clone()].into_iter().collect(),
        FlowProtocol::Icmp if rule.ports.contains(message) => PortSet::everything(),
        FlowProtocol::Icmp => PortSet::empty(),
    }
}

/// A protocol as firewalls know it.
pub(in super::super) fn flow_protocol(protocol: Protocol) -> FlowProtocol {
    match protocol {
        Protocol::Tcp => FlowProtocol::Tcp,
        Protocol::Udp => FlowProtocol::Udp,
        Protocol::Icmp => FlowProtocol::Icmp,
    }
}
