//! The table `[egress]` of an account's file: what its workloads may reach through the firewall.

use super::diagnostic::Origin;
use super::read::{Entry, Findings, Sourced, Table};
use super::zone_file::{PRIVATE, duplicates};
use crate::values::{Cidr, DomainName, PortRange};
use crate::zone::{Egress, EgressAddress, EgressProtocol};

/// What an account's file lists.
pub(super) struct EgressSpec {
    pub(super) origin: Origin,
    /// None where it could not be read.
    pub(super) egress: Option<Egress>,
}

/// Reads the table.
pub(super) fn read(mut table: Table<'_>, findings: &Findings) -> EgressSpec {
    let origin = table.origin();
    let domains = match table.optional("domains", r#"domains = ["api.example.com"]"#) {
        Some(entry) => entry.list_of::<DomainName>(),
        None => Some(Vec::new()),
    };
    let example = r#"addresses = [{ to = "203.0.113.10/32", protocol = "tcp", port = 443 }]"#;
    let addresses = match table.optional("addresses", example) {
        Some(entry) => read_addresses(entry, findings),
        None => Some(Vec::new()),
    };
    table.finish();
    duplicates(domains.as_deref().unwrap_or_default(), "domain", findings);
    let egress = domains.zip(addresses).map(|(domains, addresses)| Egress {
        domains: domains.into_iter().map(|domain| domain.value).collect(),
        addresses: addresses.into_iter().collect(),
    });
    EgressSpec { origin, egress }
}

fn read_addresses(entry: Entry<'_>, findings: &Findings) -> Option<Vec<EgressAddress>> {
    let read: Vec<_> = entry.list()?.into_iter().map(|entry| read_address(entry, findings)).collect();
    read.into_iter().collect()
}

/// What `protocol` says.
#[derive(Clone, Copy)]
pub(super) enum ProtocolWord {
    Tcp,
    Udp,
    Icmp,
}

/// The protocols' words.
pub(super) const PROTOCOLS: [(&str, ProtocolWord); 3] =
    [("tcp", ProtocolWord::Tcp), ("udp", ProtocolWord::Udp), ("icmp", ProtocolWord::Icmp)];

fn read_address(entry: Entry<'_>, findings: &Findings) -> Option<EgressAddress> {
    let mut table = entry.table()?;
    let to = table.required("to", r#"to = "203.0.113.10/32""#).and_then(Entry::parsed);
    let protocol = table.required("protocol", r#"protocol = "tcp""#).and_then(|entry| entry.word(&PROTOCOLS));
    let given = table.has("port") || table.has("ports");
    let ports = read_ports(&mut table, findings);
    let origin = table.origin();
    table.finish();
    let to = to.filter(|to| is_outside(to, findings))?;
    let protocol = match protocol?.value {
        ProtocolWord::Icmp if given => {
            findings.add(origin.error("ICMP has no ports", "remove `port` or `ports`"));
            return None;
        }
        ProtocolWord::Icmp => EgressProtocol::Icmp,
        _ if !given => {
            findings.add(origin.error(
                "this says no port, and would let everything through",
                "add `port = 443`, or `ports = [443, \"8000-8100\"]`; \"1-65535\" means all",
            ));
            return None;
        }
        ProtocolWord::Tcp => EgressProtocol::Tcp(ports?.into_iter().collect()),
        ProtocolWord::Udp => EgressProtocol::Udp(ports?.into_iter().collect()),
    };
    Some(EgressAddress { to: to.value, protocol })
}

/// The ports that `port` and `ports` name together; none where either can't be read, or names none.
fn read_ports(table: &mut Table<'_>, findings: &Findings) -> Option<Vec<PortRange>> {
    let port = |entry, findings| Some(read_port(entry, findings)?.value);
    let one = table.optional("port", "port = 443").map(|entry| port(entry, findings));
    let more = table.optional("ports", r#"ports = [443, "8000-8100"]"#).map(|entry| {
        let origin = entry.origin();
        let ports: Vec<_> = entry.list()?.into_iter().map(|entry| port(entry, findings)).collect();
        if ports.is_empty() {
            findings.add(origin.error("this names no port", "name one, or remove the address"));
        }
        ports.into_iter().collect::<Option<Vec<_>>>().filter(|ports| !ports.is_empty())
    });
    let mut ports: Vec<PortRange> = one.map_or(Some(Vec::new()), |one| one.map(|port| vec![port]))?;
    ports.extend(more.unwrap_or_else(|| Some(Vec::new()))?);
    Some(ports)
}

/// A port as a number, or ports as a text.
pub(super) fn read_port(entry: Entry<'_>, findings: &Findings) -> Option<Sourced<PortRange>> {
    let text = match entry.is_text() {
        true => entry.text()?,
        false => {
            let number = entry.integer(1..=65_535, "a port")?;
            Sourced { value: number.value.to_string(), origin: number.origin }
        }
    };
    match PortRange::parse(&text.value) {
        Ok(port) => Some(Sourced { value: port, origin: text.origin }),
        Err(invalid) => {
            findings.add(super::read::invalid_value(&text.origin, &invalid));
            None
        }
    }
}

/// A rule to a private address would open a way to another workload or to the hub wherever routes allow it; and what is
/// reached through a NAT gateway is not private.
fn is_outside(to: &Sourced<Cidr>, findings: &Findings) -> bool {
    let private = PRIVATE.iter().find(|private| Cidr::parse(private).is_ok_and(|private| private.overlaps(to.value)));
    if let Some(private) = private {
        findings.add(to.origin.error(
            format!(
                "`{}` shares addresses with {private}, which is private: a workload would reach others by it",
                to.value
            ),
            "name ranges of the internet alone; what a workload reaches inside the zone is the topology's to say",
        ));
    }
    private.is_none()
}
