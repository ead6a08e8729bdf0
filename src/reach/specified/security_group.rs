//! Security groups.

use super::named;
use crate::kinds;
use crate::kinds::security_group::SecurityGroupRule as Wanted;
use crate::reach::network::{
    Direction, Network, ObjectId, Ports, Protocol, ProtocolMatch, SecurityGroup, SecurityGroupPeer, SecurityGroupRule,
};
use crate::values::Cidr;

pub(super) fn add(network: &mut Network, id: ObjectId, group: &kinds::SecurityGroup) {
    let rules = |wanted: &std::collections::BTreeSet<Wanted>, direction| {
        wanted.iter().filter_map(move |each| rule(each, direction)).collect::<Vec<_>>()
    };
    let mut all = rules(&group.ingress, Direction::Ingress);
    all.extend(rules(&group.egress, Direction::Egress));
    let vpc = named(&group.vpc);
    network.security_groups.insert(id.clone(), SecurityGroup { id, vpc, rules: all });
}

/// A rule for IPv4.
fn rule(wanted: &Wanted, direction: Direction) -> Option<SecurityGroupRule> {
    let protocol = match wanted.protocol.as_str() {
        "-1" => ProtocolMatch::All,
        "tcp" | "6" => ProtocolMatch::One(Protocol::Tcp),
        "udp" | "17" => ProtocolMatch::One(Protocol::Udp),
        "icmp" | "1" => ProtocolMatch::One(Protocol::Icmp),
        other => ProtocolMatch::Other(other.parse().ok()?),
    };
    let port = |port: Option<i32>| port.and_then(|port| u16::try_from(port).ok());
    let ports = match (protocol, port(wanted.from_port), port(wanted.to_port)) {
        (ProtocolMatch::One(Protocol::Tcp | Protocol::Udp), Some(from), Some(to)) => Ports(from..=to),
        // Of ICMP the two numbers are type and code, and -1, which is no port, is all.
        (ProtocolMatch::One(Protocol::Icmp), Some(kind), _) => Ports(kind..=kind),
        _ => Ports::ALL,
    };
    Some(SecurityGroupRule { id: None, direction, protocol, ports, peer: peer(&wanted.peer)? })
}

fn peer(text: &str) -> Option<SecurityGroupPeer> {
    if let Ok(range) = Cidr::parse(text) {
        return Some(SecurityGroupPeer::Range(range));
    }
    if text.contains(':') {
        return None;
    }
    // Another account's group has the account's id before its own.
    let id = text.rsplit('/').next().unwrap_or(text);
    Some(if id.starts_with("pl-") {
        SecurityGroupPeer::PrefixList(id.into())
    } else {
        SecurityGroupPeer::Group(id.into())
    })
}
