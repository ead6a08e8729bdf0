//! What filters packets without deciding their way: network ACLs and security groups.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::super::network::{
    AclRule, Direction, Network, NetworkAcl, Ports, Protocol, ProtocolMatch, SecurityGroupPeer, SecurityGroupRule,
};
use super::super::{ObjectId, Packet};
use super::Explanation;
use crate::values::Cidr;

fn matches(protocol: ProtocolMatch, ports: &Ports, packet: &Packet) -> bool {
    match protocol {
        ProtocolMatch::All => true,
        ProtocolMatch::Other(_) => false,
        ProtocolMatch::One(Protocol::Icmp) => packet.protocol == Protocol::Icmp,
        ProtocolMatch::One(one) => packet.protocol == one && ports.contains(packet.port),
    }
}

/// The rule of a network ACL that decides about a packet: the matching one with the lowest number, if any matches (VPC
/// user guide, "Network ACL rules").
pub(super) fn acl_rule<'network>(
    acl: &'network NetworkAcl,
    direction: Direction,
    packet: &Packet,
) -> Option<&'network AclRule> {
    let peer = peer_address(direction, packet);
    acl.rules
        .iter()
        .filter(|rule| rule.direction == direction && rule.range.contains_address(peer))
        .filter(|rule| matches(rule.protocol, &rule.ports, packet))
        .min_by_key(|rule| rule.number)
}

fn peer_address(direction: Direction, packet: &Packet) -> Ipv4Addr {
    match direction {
        Direction::Ingress => packet.source,
        Direction::Egress => packet.destination,
    }
}

/// True where a network ACL lets everything pass both ways, by the rule that is asked first.
pub(super) fn is_open(acl: &NetworkAcl) -> bool {
    [Direction::Ingress, Direction::Egress].into_iter().all(|direction| {
        let of_direction = acl.rules.iter().filter(|rule| rule.direction == direction);
        of_direction
            .min_by_key(|rule| rule.number)
            .is_some_and(|rule| rule.allow && rule.protocol == ProtocolMatch::All && rule.range == Cidr::EVERYWHERE)
    })
}

/// The security groups of the other side, and whether a rule may rely on them.
#[derive(Debug, Clone, Copy)]
pub(super) enum PeerGroups<'network> {
    /// It has none that could be named: it is outside, or any host of a subnet.
    None,
    /// The packet still carries them.
    Kept(&'network BTreeSet<ObjectId>),
    /// Something on the way has taken them off.
    Lost(&'network BTreeSet<ObjectId>),
    /// The packet has crossed a transit gateway: it carries them only where security group referencing is on at the
    /// gateway and both attachments, which lz does not model.
    Unsure(&'network BTreeSet<ObjectId>),
}

/// What security groups say of a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict<'network> {
    /// A rule allows it.
    Allowed(&'network ObjectId, &'network SecurityGroupRule),
    /// None does: why not.
    Denied(Explanation),
    /// Only a rule does that refers to a group, and whether the packet carries its groups is not sure.
    Unsure(&'network ObjectId, &'network SecurityGroupRule),
    /// A group is not known.
    Unknown(ObjectId),
}

/// What an interface's security groups say of a packet.
pub(super) fn security_groups<'network>(
    network: &'network Network,
    groups: &BTreeSet<ObjectId>,
    direction: Direction,
    packet: &Packet,
    peer: PeerGroups<'_>,
) -> Verdict<'network> {
    let address = peer_address(direction, packet);
    let mut fallback = None;
    let mut has_rules = false;
    let mut denied = None;
    for id in groups {
        let Some((id, group)) = network.security_groups.get_key_value(id) else {
            fallback = fallback.or(Some(Verdict::Unknown(id.clone())));
            continue;
        };
        for rule in group.rules.iter().filter(|rule| rule.direction == direction) {
            has_rules = true;
            if !matches(rule.protocol, &rule.ports, packet) {
                continue;
            }
            match peer_matches(network, &rule.peer, address, peer) {
                PeerMatch::Yes => return Verdict::Allowed(id, rule),
                PeerMatch::Unsure => fallback = Some(Verdict::Unsure(id, rule)),
                PeerMatch::Lost => denied = Some(Explanation::SecurityGroupReferencesNotPreserved),
                PeerMatch::UnknownGroup => {
                    denied = denied.or(Some(Explanation::UnknownPeeredSecurityGroups));
                }
                PeerMatch::No => {}
            }
        }
    }
    let mismatch =
        if has_rules { Explanation::EniSecurityGroupRulesMismatch } else { Explanation::SecurityGroupHasNoRules };
    fallback.unwrap_or(Verdict::Denied(denied.unwrap_or(mismatch)))
}

enum PeerMatch {
    Yes,
    No,
    Lost,
    Unsure,
    UnknownGroup,
}

fn peer_matches(network: &Network, peer: &SecurityGroupPeer, address: Ipv4Addr, groups: PeerGroups<'_>) -> PeerMatch {
    let found = |holds: bool| if holds { PeerMatch::Yes } else { PeerMatch::No };
    match peer {
        SecurityGroupPeer::Range(range) => found(range.contains_address(address)),
        SecurityGroupPeer::PrefixList(list) => found(
            network
                .prefix_lists
                .get(list)
                .is_some_and(|list| list.ranges.iter().any(|range| range.contains_address(address))),
        ),
        SecurityGroupPeer::Group(group) => match groups {
            PeerGroups::Kept(carried) if carried.contains(group) => PeerMatch::Yes,
            PeerGroups::Lost(carried) if carried.contains(group) => PeerMatch::Lost,
            PeerGroups::Unsure(carried) if carried.contains(group) => PeerMatch::Unsure,
            _ if !network.security_groups.contains_key(group) => PeerMatch::UnknownGroup,
            _ => PeerMatch::No,
        },
    }
}

/// A packet in words: `tcp 10.0.0.4:49152 → 10.1.0.4:443`.
pub(super) fn packet_text(packet: &Packet) -> String {
    let Packet { source, destination, protocol, source_port, port } = packet;
    match protocol {
        Protocol::Tcp => format!("tcp {source}:{source_port} → {destination}:{port}"),
        Protocol::Udp => format!("udp {source}:{source_port} → {destination}:{port}"),
        Protocol::Icmp => format!("icmp {source} → {destination}"),
    }
}

/// A security group's rule in words: `sgr-… (egress tcp 443, 0.0.0.0/0)`.
pub(super) fn rule_text(network: &Network, rule: &SecurityGroupRule) -> String {
    let direction = if rule.direction == Direction::Ingress { "ingress" } else { "egress" };
    let protocol = match rule.protocol {
        ProtocolMatch::All => "all".to_owned(),
        ProtocolMatch::One(Protocol::Tcp) => format!("tcp {}", ports_text(&rule.ports)),
        ProtocolMatch::One(Protocol::Udp) => format!("udp {}", ports_text(&rule.ports)),
        ProtocolMatch::One(Protocol::Icmp) => "icmp".to_owned(),
        ProtocolMatch::Other(number) => format!("protocol {number}"),
    };
    let peer = match &rule.peer {
        SecurityGroupPeer::Range(range) => range.to_string(),
        SecurityGroupPeer::Group(id) => network.label(id),
        SecurityGroupPeer::PrefixList(id) => {
            network.prefix_lists.get(id).map_or_else(|| id.to_string(), |list| list.name.clone())
        }
    };
    let what = format!("{direction} {protocol}, {peer}");
    rule.id.as_ref().map_or(what.clone(), |id| format!("{id} ({what})"))
}

fn ports_text(ports: &Ports) -> String {
    let (first, last) = (ports.0.start(), ports.0.end());
    match (first, last) {
        (0, &u16::MAX) => "all ports".to_owned(),
        _ if first == last => first.to_string(),
        _ => format!("{first}-{last}"),
    }
}
