//! The firewall of a VPC, and what accounts may reach through it.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::values::{Cidr, DomainName, Label, PortRange};

/// A firewall: its endpoints are in the VPC's tier that says so. A zone has one at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Firewall {
    /// Files of rules, the first to decide first. They come before the workloads' rules.
    pub rule_files: Vec<RuleFile>,
    /// How many rules the group of each file has room for.
    pub rule_capacity: u32,
    /// The zone's segments. The workloads of each share a rule group.
    pub segments: BTreeSet<Label>,
    /// How many rules the group of each segment has room for.
    pub workload_capacity: u32,
    /// The ranges behind the firewall: what `$HOME_NET` means in rules.
    pub home_net: BTreeSet<Cidr>,
    /// What becomes of a flow whose beginning the firewall has not seen.
    pub stream_exceptions: StreamExceptions,
    /// How many days its logs are kept; none is for ever.
    pub log_retention_days: Option<u16>,
    /// True where AWS refuses to delete it by another hand than lz's.
    pub delete_protection: bool,
    /// True where AWS refuses to change its subnets by another hand than lz's.
    pub subnet_change_protection: bool,
    /// True where AWS refuses to give it another policy by another hand than lz's.
    pub policy_change_protection: bool,
}

/// A file of rules in Suricata's language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleFile {
    /// The file's name without `.rules`.
    pub name: Label,
    /// Its rules: one a line, no comments or blank lines.
    pub rules: String,
}

/// What becomes of a flow whose beginning a firewall has not seen (Network Firewall guide, "Stream exception policy").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum StreamExceptions {
    /// It is dropped.
    Drop,
    /// The rules judge it as well as they can.
    Continue,
    /// It is dropped, and a TCP client is told to connect anew.
    Reject,
}

/// What an account's workloads may reach through the firewall, and nothing else.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Egress {
    /// Domains, by TLS on port 443 and by HTTP on port 80.
    pub domains: BTreeSet<DomainName>,
    /// Addresses outside the zone.
    pub addresses: BTreeSet<EgressAddress>,
}

impl Egress {
    /// How many firewall rules this takes: each domain one for TLS and one for HTTP, each address one.
    #[must_use]
    pub fn rules(&self) -> usize {
        2 * self.domains.len() + self.addresses.len()
    }
}

/// A range of addresses, and what may be spoken with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct EgressAddress {
    /// The range.
    pub to: Cidr,
    /// What may be spoken.
    pub protocol: EgressProtocol,
}

/// What may be spoken with an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum EgressProtocol {
    /// TCP, to these ports.
    Tcp(BTreeSet<PortRange>),
    /// UDP, to these ports.
    Udp(BTreeSet<PortRange>),
    /// ICMP.
    Icmp,
}

/// The first signature id of workloads' rules; all from here on are lz's, and those of files lie below.
pub const FIRST_WORKLOAD_SID: u32 = 1_000_000_000;

/// How many signature ids a /28 has, the smallest VPC. Ranges do not overlap, so no two VPCs share one.
const SIDS_PER_BLOCK: u32 = 16;

/// The first signature id of the rules of a VPC, by the place of its range in the workloads' supernet.
#[must_use]
pub fn first_sid(range: Cidr, supernet: Cidr) -> u32 {
    let offset = u32::from(range.first()).saturating_sub(u32::from(supernet.first()));
    // Private supernets have 2^24 addresses at most, so that this stays far below 2^32.
    FIRST_WORKLOAD_SID + (offset >> 4) * SIDS_PER_BLOCK
}

/// How many signature ids a VPC's range has: as many as it has addresses.
#[must_use]
pub fn sids(range: Cidr) -> u64 {
    (range.size() >> 4) * u64::from(SIDS_PER_BLOCK)
}
