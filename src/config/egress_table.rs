//! The table `[egress]` of an account's file: what its workloads may reach through the firewall.

use super::diagnostic::Origin;
use super::findings::{Findings, Read};
use super::keys::account as keys;
use super::read::{Sourced, Table};
use super::zone_file::{PRIVATE, duplicates};
use crate::values::{Cidr, DomainName, PortRange};
use crate::zone::{Egress, EgressAddress, EgressProtocol};

/// What an account's file lists.
pub(super) struct EgressSpec {
    pub(super) origin: Origin,
    pub(super) egress: Read<Egress>,
}

/// Reads the table.
pub(super) fn read(table: Table<'_>, findings: &Findings) -> EgressSpec {
    let origin = table.origin();
    let domains = table.defaulted(&keys::DOMAINS).map(|domains| domains.value);
    let addresses = table.defaulted(&keys::ADDRESSES).map(|tables| {
        // All are read, so that the faults of each are told.
        let read = |table: Read<Table<'_>>| table.and_then(|table| read_address(table, findings));
        tables.value.into_iter().map(read).collect::<Vec<_>>()
    });
    table.finish();
    duplicates(domains.as_deref().unwrap_or_default(), "domain", findings);
    EgressSpec { origin, egress: egress(domains, addresses) }
}

fn egress(domains: Read<Vec<Sourced<DomainName>>>, addresses: Read<Vec<Read<EgressAddress>>>) -> Read<Egress> {
    let domains = domains?.into_iter().map(|domain| domain.value).collect();
    Ok(Egress { domains, addresses: addresses?.into_iter().collect::<Read<_>>()? })
}

/// What `protocol` says.
#[derive(Debug, Clone, Copy)]
pub(super) enum ProtocolWord {
    Tcp,
    Udp,
    Icmp,
}

/// The protocols' words.
pub(super) const PROTOCOLS: [(&str, ProtocolWord); 3] =
    [("tcp", ProtocolWord::Tcp), ("udp", ProtocolWord::Udp), ("icmp", ProtocolWord::Icmp)];

fn read_address(table: Table<'_>, findings: &Findings) -> Read<EgressAddress> {
    let (to, protocol) = (table.required(&keys::TO), table.required(&keys::PROTOCOL));
    let given = table.has(&keys::PORT) || table.has(&keys::PORTS);
    let ports = read_ports(&table, findings);
    let origin = table.origin();
    table.finish();
    let to = to.and_then(|to| outside(to, findings))?;
    let protocol = match protocol?.value {
        ProtocolWord::Icmp if given => {
            return Err(findings.refuse(origin.error("ICMP has no ports", "remove `port` or `ports`")));
        }
        ProtocolWord::Icmp => EgressProtocol::Icmp,
        _ if !given => {
            return Err(findings.refuse(origin.error(
                "this says no port, and would let everything through",
                "add `port = 443`, or `ports = [443, \"8000-8100\"]`; \"1-65535\" means all",
            )));
        }
        ProtocolWord::Tcp => EgressProtocol::Tcp(ports?.into_iter().collect()),
        ProtocolWord::Udp => EgressProtocol::Udp(ports?.into_iter().collect()),
    };
    Ok(EgressAddress { to: to.value, protocol })
}

/// The ports that `port` and `ports` name together.
fn read_ports(table: &Table<'_>, findings: &Findings) -> Read<Vec<PortRange>> {
    let (one, more) = (table.optional(&keys::PORT), table.optional(&keys::PORTS));
    let more = more.and_then(|more| match more {
        Some(ports) if ports.value.is_empty() => {
            Err(findings.refuse(ports.origin.error("this names no port", "name one, or remove the address")))
        }
        more => Ok(more.map(|ports| ports.value).unwrap_or_default()),
    });
    Ok(one?.into_iter().chain(more?).map(|port| port.value).collect())
}

/// A rule to a private address would open a way to another workload or to the hub wherever routes allow it; and what is
/// reached through a NAT gateway is not private.
fn outside(to: Sourced<Cidr>, findings: &Findings) -> Read<Sourced<Cidr>> {
    let private = PRIVATE.iter().find(|private| Cidr::parse(private).is_ok_and(|private| private.overlaps(to.value)));
    let Some(private) = private else { return Ok(to) };
    Err(findings.refuse(to.origin.error(
        format!(
            "`{}` shares addresses with {private}, which is private: a workload would reach others by it",
            to.value
        ),
        "name ranges of the internet alone; what a workload reaches inside the zone is the topology's to say",
    )))
}
