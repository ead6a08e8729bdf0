//! The table `[firewall]` of a VPC's blueprint.

use super::diagnostic::Origin;
use super::read::{Entry, Findings, Sourced, Table};
use super::vpc_blueprint::Destination;
use crate::zone::StreamExceptions;

/// A firewall's settings, each its default where it is not given; none where it could not be read.
pub(super) struct FirewallSpec {
    pub(super) origin: Origin,
    /// Names of files in `blueprints/`, the first to decide first.
    pub(super) rules: Option<Vec<Sourced<String>>>,
    pub(super) rule_capacity: Option<Sourced<u32>>,
    pub(super) workload_capacity: Option<Sourced<u32>>,
    pub(super) home_net: Option<Vec<Destination>>,
    pub(super) stream_exceptions: Option<StreamExceptions>,
    /// Days; 0 is for ever.
    pub(super) log_retention_days: Option<u16>,
    pub(super) delete_protection: Option<bool>,
    pub(super) subnet_change_protection: Option<bool>,
    pub(super) policy_change_protection: Option<bool>,
}

/// How many rules one group may have room for: a policy holds no more in all (Network Firewall guide, "Quotas").
pub(super) const POLICY_CAPACITY: u32 = 30_000;

/// The days that CloudWatch Logs keeps events (CloudWatch Logs API reference, PutRetentionPolicy).
const RETENTION_DAYS: [u16; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// Reads the table.
pub(super) fn read(mut table: Table<'_>, findings: &Findings) -> FirewallSpec {
    let origin = table.origin();
    let rules = table.required("rules", r#"rules = ["baseline.rules"]"#).and_then(read_names);
    let mut capacity = |key, example, usual| match table.optional(key, example) {
        Some(entry) => entry.integer(1..=POLICY_CAPACITY, "the capacity of a rule group"),
        None => Some(Sourced { value: usual, origin: origin.clone() }),
    };
    let rule_capacity = capacity("rule_capacity", "rule_capacity = 500", 500);
    let workload_capacity = capacity("workload_capacity", "workload_capacity = 2000", 2_000);
    let home_net = match table.optional("home_net", r#"home_net = ["workloads"]"#) {
        Some(entry) => read_home_net(entry, findings),
        None => Some(vec![Destination::Workloads]),
    };
    let words = [
        ("drop", StreamExceptions::Drop),
        ("continue", StreamExceptions::Continue),
        ("reject", StreamExceptions::Reject),
    ];
    let stream_exceptions = match table.optional("stream_exceptions", r#"stream_exceptions = "drop""#) {
        Some(entry) => entry.word(&words).map(|word| word.value),
        None => Some(StreamExceptions::Drop),
    };
    let log_retention_days = match table.optional("log_retention_days", "log_retention_days = 90") {
        Some(entry) => read_retention(entry, findings),
        None => Some(90),
    };
    let mut protection = |key, example| match table.optional(key, example) {
        Some(entry) => entry.boolean().map(|truth| truth.value),
        None => Some(true),
    };
    let delete_protection = protection("delete_protection", "delete_protection = true");
    let subnet_change_protection = protection("subnet_change_protection", "subnet_change_protection = true");
    let policy_change_protection = protection("policy_change_protection", "policy_change_protection = true");
    table.finish();
    FirewallSpec {
        origin,
        rules,
        rule_capacity,
        workload_capacity,
        home_net,
        stream_exceptions,
        log_retention_days,
        delete_protection,
        subnet_change_protection,
        policy_change_protection,
    }
}

/// Names of files; whether there are such files is judged where they are known.
fn read_names(entry: Entry<'_>) -> Option<Vec<Sourced<String>>> {
    entry.list()?.into_iter().map(Entry::text).collect()
}

fn read_home_net(entry: Entry<'_>, findings: &Findings) -> Option<Vec<Destination>> {
    let origin = entry.origin();
    let ranges = entry.list_of::<Destination>()?;
    if ranges.is_empty() {
        findings.add(origin.error(
            "without a range AWS takes the firewall's own VPC for HOME_NET, and no rule about it would match a workload",
            "write `home_net = [\"workloads\"]`, or leave it out",
        ));
        return None;
    }
    Some(ranges.into_iter().map(|range| range.value).collect())
}

fn read_retention(entry: Entry<'_>, findings: &Findings) -> Option<u16> {
    let days = entry.integer(0..=3653, "the number of days")?;
    let known = u16::try_from(days.value).ok().filter(|days| *days == 0 || RETENTION_DAYS.contains(days));
    if known.is_none() {
        let list: Vec<String> = RETENTION_DAYS.iter().map(u16::to_string).collect();
        let way_out = format!("it is one of {}; or 0, to keep them for ever", list.join(", "));
        findings.add(days.origin.error(format!("CloudWatch Logs cannot keep logs for {} days", days.value), way_out));
    }
    known
}
