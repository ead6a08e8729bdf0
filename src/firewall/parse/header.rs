//! What stands before the parentheses: action, protocol, addresses and ports.

use std::net::Ipv4Addr;

use super::Problem;
use crate::firewall::{Action, AddressMatch, PortMatch, RuleProtocol};
use crate::values::Cidr;

/// Protocols besides those that lz knows: what Suricata 7 calls them, and Network Firewall takes.
const OTHER_PROTOCOLS: &[&str] = &[
    "bittorrent-dht",
    "dcerpc",
    "dhcp",
    "dnp3",
    "dns",
    "ftp",
    "http1",
    "http2",
    "icmpv4",
    "icmpv6",
    "ike",
    "imap",
    "ip4",
    "ip6",
    "ipv4",
    "ipv6",
    "krb5",
    "modbus",
    "mqtt",
    "msn",
    "nfs",
    "ntp",
    "pgsql",
    "pkthdr",
    "quic",
    "rdp",
    "rfb",
    "sip",
    "smb",
    "smtp",
    "snmp",
    "ssh",
    "tcp-pkt",
    "tcp-stream",
    "telnet",
    "tftp",
];

/// What AWS's guide lists as not supported.
const REFUSED_PROTOCOLS: &[&str] = &["enip", "ftp-data", "ikev2", "ipip", "sctp"];

const REFUSED_ACTIONS: &[&str] = &["config", "rejectboth", "rejectdst", "rejectsrc"];

pub(super) struct Header {
    pub action: Action,
    pub protocol: RuleProtocol,
    pub source: AddressMatch,
    pub source_ports: PortMatch,
    pub both_directions: bool,
    pub destination: AddressMatch,
    pub destination_ports: PortMatch,
}

pub(super) fn read(text: &str) -> Result<Header, Problem> {
    let words = words(text)?;
    let [action, protocol, source, source_ports, direction, destination, destination_ports] = words.as_slice() else {
        return Err(Problem::hinted(
            format!("the rule has {} words before its options, seven are needed", words.len()),
            "action, protocol, source, source port, -> or <>, destination, destination port",
        ));
    };
    let both_directions = match direction.as_str() {
        "->" => false,
        "<>" => true,
        other => return Err(Problem::hinted(format!("`{other}` is not a direction"), "write -> or <>")),
    };
    Ok(Header {
        action: read_action(action)?,
        protocol: read_protocol(protocol)?,
        source: read_addresses(source)?,
        source_ports: read_ports(source_ports)?,
        both_directions,
        destination: read_addresses(destination)?,
        destination_ports: read_ports(destination_ports)?,
    })
}

/// The words of a header; what is in brackets is one word, without its white space.
fn words(text: &str) -> Result<Vec<String>, Problem> {
    let mut words = vec![String::new()];
    let mut depth = 0_usize;
    for character in text.chars() {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.checked_sub(1).ok_or_else(|| Problem::new("a `]` has no `[` before it"))?,
            _ => {}
        }
        match words.last_mut() {
            _ if character.is_whitespace() && depth == 0 => words.push(String::new()),
            Some(word) if !character.is_whitespace() => word.push(character),
            _ => {}
        }
    }
    if depth > 0 {
        return Err(Problem::new("a `[` is not closed before the options"));
    }
    words.retain(|word| !word.is_empty());
    Ok(words)
}

fn read_action(word: &str) -> Result<Action, Problem> {
    match word {
        "pass" => Ok(Action::Pass),
        "drop" => Ok(Action::Drop),
        "reject" => Ok(Action::Reject),
        "alert" => Ok(Action::Alert),
        refused if REFUSED_ACTIONS.contains(&refused) => Err(Problem::hinted(
            format!("Network Firewall doesn't take the action `{refused}`"),
            "it takes pass, drop, reject and alert",
        )),
        other => Err(Problem::hinted(format!("`{other}` is not an action"), "write pass, drop, reject or alert")),
    }
}

fn read_protocol(word: &str) -> Result<RuleProtocol, Problem> {
    match word.to_ascii_lowercase().as_str() {
        "ip" | "any" => Ok(RuleProtocol::Ip),
        "tcp" => Ok(RuleProtocol::Tcp),
        "udp" => Ok(RuleProtocol::Udp),
        "icmp" => Ok(RuleProtocol::Icmp),
        "http" => Ok(RuleProtocol::Http),
        "tls" | "ssl" => Ok(RuleProtocol::Tls),
        refused if REFUSED_PROTOCOLS.contains(&refused) => {
            Err(Problem::new(format!("Network Firewall doesn't take the protocol `{refused}`")))
        }
        other if OTHER_PROTOCOLS.contains(&other) => Ok(RuleProtocol::Other(other.to_owned())),
        _ => Err(Problem::hinted(
            format!("`{word}` is not a protocol that lz knows"),
            "such as ip, tcp, udp, icmp, tls, http, dns, ssh",
        )),
    }
}

fn read_addresses(word: &str) -> Result<AddressMatch, Problem> {
    if let Some(negated) = word.strip_prefix('!') {
        return match read_addresses(negated)? {
            AddressMatch::Any => Err(Problem::new("`!any` matches no address")),
            addresses => Ok(AddressMatch::Not(Box::new(addresses))),
        };
    }
    if let Some(members) = group(word) {
        return members?.iter().map(|member| read_addresses(member)).collect::<Result<_, _>>().map(AddressMatch::Group);
    }
    if word.eq_ignore_ascii_case("any") {
        return Ok(AddressMatch::Any);
    }
    if let Some(name) = word.strip_prefix('$') {
        return variable_name(name).map(AddressMatch::Variable);
    }
    if let Some(name) = word.strip_prefix('@') {
        return variable_name(name).map(|name| AddressMatch::Variable(format!("@{name}")));
    }
    if word.contains(':') {
        return Err(Problem::new(format!("`{word}`: IPv6 is not supported by lz")));
    }
    let range = match word.parse::<Ipv4Addr>() {
        Ok(address) => Cidr::holding(address, 32),
        Err(_) => Cidr::parse(word),
    };
    range.map(AddressMatch::Range).map_err(|error| Problem::new(error.to_string()))
}

fn read_ports(word: &str) -> Result<PortMatch, Problem> {
    if let Some(negated) = word.strip_prefix('!') {
        return match read_ports(negated)? {
            PortMatch::Any => Err(Problem::new("`!any` matches no port")),
            ports => Ok(PortMatch::Not(Box::new(ports))),
        };
    }
    if let Some(members) = group(word) {
        return members?.iter().map(|member| read_ports(member)).collect::<Result<_, _>>().map(PortMatch::Group);
    }
    if word.eq_ignore_ascii_case("any") {
        return Ok(PortMatch::Any);
    }
    if let Some(name) = word.strip_prefix('$') {
        return variable_name(name).map(PortMatch::Variable);
    }
    let invalid =
        || Problem::hinted(format!("`{word}` is not a port"), "such as 443, 1024:, 8000:8100, [80,443] or any");
    let port = |text: &str, open: u16| if text.is_empty() { Ok(open) } else { text.parse().map_err(|_| invalid()) };
    let (first, last) = match word.split_once(':') {
        Some(("", "")) => return Err(invalid()),
        Some((first, last)) => (port(first, 0)?, port(last, u16::MAX)?),
        None => word.parse().map(|port: u16| (port, port)).map_err(|_| invalid())?,
    };
    if first > last {
        return Err(Problem::new(format!("`{word}` ends before it begins")));
    }
    Ok(PortMatch::Range(first..=last))
}

fn variable_name(name: &str) -> Result<String, Problem> {
    let valid = !name.is_empty() && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    if valid { Ok(name.to_owned()) } else { Err(Problem::new(format!("`{name}` is not the name of a variable"))) }
}

/// The members of a word in brackets; none where the word is not in brackets.
fn group(word: &str) -> Option<Result<Vec<&str>, Problem>> {
    let inside = word.strip_prefix('[')?;
    let Some(inside) = inside.strip_suffix(']') else {
        return Some(Err(Problem::new(format!("`{word}` doesn't end in `]`"))));
    };
    let mut depth = 0_i32;
    let members: Vec<&str> = inside
        .split(|character| {
            depth += i32::from(character == '[') - i32::from(character == ']');
            character == ',' && depth == 0
        })
        .collect();
    if members.iter().any(|member| member.is_empty()) {
        return Some(Err(Problem::new(format!("`{word}` has an empty member"))));
    }
    Some(Ok(members))
}
