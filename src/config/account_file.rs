//! `accounts/NAME.toml`: an account and the VPCs it holds.

use std::collections::BTreeMap;

use super::diagnostic::Origin;
use super::egress_table::{self, EgressSpec};
use super::read::{Entry, Findings, Sourced, Table, label_key};
use super::vpc_blueprint;
use crate::values::{Cidr, Email, Label};
use crate::zone::UnitPath;

/// An account's file as far as it could be read.
pub(super) struct AccountSpec {
    pub(super) origin: Origin,
    pub(super) email: Option<Sourced<Email>>,
    /// True where an address is given, be it one that could not be read.
    pub(super) email_given: bool,
    pub(super) unit: Option<Sourced<UnitPath>>,
    pub(super) purpose: Option<Sourced<PurposeWord>>,
    pub(super) segment: Option<Sourced<Label>>,
    pub(super) networks: BTreeMap<Label, NetworkSpec>,
    pub(super) egress: Option<EgressSpec>,
}

/// What `purpose` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PurposeWord {
    Networking,
    Workload,
}

/// What an account's file says of a VPC besides overriding its blueprint's keys.
pub(super) struct NetworkSpec {
    pub(super) origin: Origin,
    pub(super) blueprint: Option<Sourced<Label>>,
    pub(super) cidr: Option<Sourced<Cidr>>,
    /// The size asked for in this file, beside or instead of the blueprint's.
    pub(super) prefix_length: Option<Sourced<u8>>,
}

/// Reads an account's settings from its document.
pub(super) fn read(mut root: Table<'_>, findings: &Findings) -> AccountSpec {
    let origin = root.origin();
    let email_given = root.has("email");
    let email = root.optional("email", r#"email = "aws+payments@example.com""#).and_then(Entry::parsed);
    let unit = root.optional("unit", r#"unit = "Workloads/Prod""#).and_then(Entry::parsed);
    let words = [("workload", PurposeWord::Workload), ("networking", PurposeWord::Networking)];
    let purpose = match root.optional("purpose", r#"purpose = "networking""#) {
        Some(entry) => entry.word(&words),
        None => Some(Sourced { value: PurposeWord::Workload, origin: origin.clone() }),
    };
    let segment = read_segment(&mut root, purpose.as_ref().map(|purpose| purpose.value), findings);
    let egress = read_egress(&mut root, purpose.as_ref().map(|purpose| purpose.value), findings);
    let short = read_short_form(&mut root, findings);
    let tables = root.optional("networks", "[networks.container]").and_then(Entry::table);
    let networks = read_networks(tables, short, findings);
    if networks.is_empty() && !root.has("blueprint") && !root.has("networks") {
        findings.add(origin.error(
            "this account has no network",
            "add a line such as `blueprint = \"container\"`, or a table `[networks.NAME]` with one",
        ));
    }
    root.finish();
    AccountSpec { origin, email, email_given, unit, purpose, segment, networks, egress }
}

fn read_segment(root: &mut Table<'_>, purpose: Option<PurposeWord>, findings: &Findings) -> Option<Sourced<Label>> {
    let example = r#"segment = "prod""#;
    match purpose {
        Some(PurposeWord::Workload) => root.required("segment", example).and_then(Entry::parsed),
        Some(PurposeWord::Networking) => {
            if let Some(entry) = root.optional("segment", example) {
                findings.add(
                    entry.origin().error(
                        "a networking account belongs to no segment",
                        "remove `segment`; only workloads have one",
                    ),
                );
            }
            None
        }
        None => {
            root.optional("segment", example);
            None
        }
    }
}

fn read_egress(root: &mut Table<'_>, purpose: Option<PurposeWord>, findings: &Findings) -> Option<EgressSpec> {
    let table = root.optional("egress", "[egress]").and_then(Entry::table)?;
    if purpose == Some(PurposeWord::Networking) {
        let way_out = "remove the table; only workloads have one";
        findings.add(table.origin().error("nothing of the networking account passes the firewall", way_out));
    }
    Some(egress_table::read(table, findings))
}

/// The short form: `blueprint`, `cidr` and `prefix_length` at the top of the file make one VPC named like its blueprint.
fn read_short_form(root: &mut Table<'_>, findings: &Findings) -> Option<NetworkSpec> {
    let given = root.has("blueprint");
    let spec = read_network(root, given);
    if !given {
        let strays = [spec.cidr.map(|cidr| cidr.origin), spec.prefix_length.map(|length| length.origin)];
        for origin in strays.into_iter().flatten() {
            findings.add(origin.error(
                "this belongs to a network, and the account names no `blueprint` beside it",
                "move it into the `[networks.NAME]` table that it is meant for",
            ));
        }
        return None;
    }
    Some(spec)
}

fn read_network(table: &mut Table<'_>, blueprint_required: bool) -> NetworkSpec {
    let origin = table.origin();
    let example = r#"blueprint = "container""#;
    let blueprint =
        if blueprint_required { table.required("blueprint", example) } else { table.optional("blueprint", example) };
    NetworkSpec {
        origin,
        blueprint: blueprint.and_then(Entry::parsed),
        cidr: table.optional("cidr", r#"cidr = "10.32.0.0/22""#).and_then(Entry::parsed),
        prefix_length: table.optional("prefix_length", "prefix_length = 22").and_then(vpc_blueprint::prefix_length),
    }
}

fn read_networks(
    tables: Option<Table<'_>>,
    short: Option<NetworkSpec>,
    findings: &Findings,
) -> BTreeMap<Label, NetworkSpec> {
    let short_name = short.as_ref().and_then(|short| short.blueprint.as_ref()).map(|blueprint| blueprint.value.clone());
    let mut networks: BTreeMap<Label, NetworkSpec> = short_name.clone().into_iter().zip(short).collect();
    let entries = tables.map(|table| table.into_entries("[networks.container]")).unwrap_or_default();
    for (key, entry) in entries {
        let Some(name) = label_key(&key, findings) else { continue };
        if RESERVED_NETWORKS.contains(&name.as_str()) {
            findings.add(key.origin.error(
                format!("`{name}` has a meaning of its own and cannot name a network"),
                format!("choose another name; reserved are {}", RESERVED_NETWORKS.join(", ")),
            ));
        }
        let Some(mut table) = entry.table() else { continue };
        let refines_short = short_name.as_ref() == Some(&name);
        // The blueprint's own keys are read, and unknown ones reported, in the document that lays this table over it.
        let long = read_network(&mut table, !refines_short);
        match networks.get_mut(&name) {
            Some(short) => merge(short, long, findings),
            None => {
                networks.insert(name, long);
            }
        }
    }
    networks
}

/// Words that a topology uses beside networks' names, and the transit gateway's place in addresses.
const RESERVED_NETWORKS: [&str; 5] = ["all", "segment", "workloads", "hub", "transit-gateway"];

/// Joins what the top of the file and the table of the same network say.
fn merge(short: &mut NetworkSpec, long: NetworkSpec, findings: &Findings) {
    let twice = |origin: &Origin, first: &Origin| {
        let problem = format!("this is given twice for the same network, first at {}", first.short());
        findings.add(origin.error(problem, "remove one of them"));
    };
    if let (Some(first), Some(second)) = (&short.blueprint, &long.blueprint) {
        twice(&second.origin, &first.origin);
    }
    match (&short.cidr, long.cidr) {
        (Some(first), Some(second)) => twice(&second.origin, &first.origin),
        (None, second) => short.cidr = second,
        (Some(_), None) => {}
    }
    match (&short.prefix_length, long.prefix_length) {
        (Some(first), Some(second)) => twice(&second.origin, &first.origin),
        (None, second) => short.prefix_length = second,
        (Some(_), None) => {}
    }
    short.origin = long.origin;
}
