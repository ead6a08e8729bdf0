//! The table `[firewall]` of a VPC's blueprint.

use super::diagnostic::Origin;
use super::findings::{Findings, Read};
use super::keys::firewall as keys;
use super::read::{Sourced, Table};
use super::vpc_blueprint::Destination;
use crate::zone::StreamExceptions;

/// A firewall's settings, as far as they could be read.
pub(super) struct FirewallSpec {
    pub(super) origin: Origin,
    /// Names of files in `blueprints/`, the first to decide first. Whether there are such files is judged where they are known.
    pub(super) rules: Read<Vec<Sourced<String>>>,
    pub(super) rule_capacity: Read<Sourced<u32>>,
    pub(super) workload_capacity: Read<Sourced<u32>>,
    pub(super) home_net: Read<Vec<Destination>>,
    pub(super) stream_exceptions: Read<Sourced<StreamExceptions>>,
    /// Days; 0 is for ever.
    pub(super) log_retention_days: Read<Sourced<u16>>,
    pub(super) delete_protection: Read<Sourced<bool>>,
    pub(super) subnet_change_protection: Read<Sourced<bool>>,
    pub(super) policy_change_protection: Read<Sourced<bool>>,
}

/// How many rules one group may have room for: a policy holds no more in all (Network Firewall guide, "Quotas").
pub(super) const POLICY_CAPACITY: u32 = 30_000;

/// Reads the table.
pub(super) fn read(table: Table<'_>, findings: &Findings) -> FirewallSpec {
    let spec = FirewallSpec {
        origin: table.origin(),
        rules: table.required(&keys::RULES).map(|rules| rules.value),
        rule_capacity: table.defaulted(&keys::RULE_CAPACITY),
        workload_capacity: table.defaulted(&keys::WORKLOAD_CAPACITY),
        home_net: table.defaulted(&keys::HOME_NET).and_then(|ranges| home_net(ranges, findings)),
        stream_exceptions: table.defaulted(&keys::STREAM_EXCEPTIONS),
        log_retention_days: table.defaulted(&keys::LOG_RETENTION_DAYS),
        delete_protection: table.defaulted(&keys::DELETE_PROTECTION),
        subnet_change_protection: table.defaulted(&keys::SUBNET_CHANGE_PROTECTION),
        policy_change_protection: table.defaulted(&keys::POLICY_CHANGE_PROTECTION),
    };
    table.finish();
    spec
}

fn home_net(ranges: Sourced<Vec<Sourced<Destination>>>, findings: &Findings) -> Read<Vec<Destination>> {
    if ranges.value.is_empty() {
        return Err(findings.refuse(ranges.origin.error(
            "without a range AWS takes the firewall's own VPC for HOME_NET, and no rule about it would match a workload",
            "write `home_net = [\"workloads\"]`, or leave it out",
        )));
    }
    Ok(ranges.value.into_iter().map(|range| range.value).collect())
}
