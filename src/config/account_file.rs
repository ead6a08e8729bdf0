//! `accounts/NAME.toml`: an account and the VPCs it holds.

use std::collections::BTreeMap;

use super::declaration::{Key, Optional, Sometimes};
use super::diagnostic::Origin;
use super::egress_table::{self, EgressSpec};
use super::findings::{Findings, Read};
use super::keys::account as keys;
use super::read::{Sourced, Table, label_key};
use super::shape::{Names, Number, Parsed};
use super::stacks_table::{self, StackSpec};
use crate::values::{Cidr, Email, Label};
use crate::zone::UnitPath;

/// An account's file as far as it could be read.
pub(super) struct AccountSpec {
    pub(super) origin: Origin,
    pub(super) email: Read<Option<Sourced<Email>>>,
    pub(super) unit: Read<Option<Sourced<UnitPath>>>,
    pub(super) purpose: Read<Sourced<PurposeWord>>,
    /// None for the networking account.
    pub(super) segment: Read<Option<Sourced<Label>>>,
    pub(super) networks: BTreeMap<Label, NetworkSpec>,
    pub(super) egress: Read<Option<EgressSpec>>,
    pub(super) stacks: BTreeMap<Label, StackSpec>,
}

impl AccountSpec {
    /// The e-mail address, if it is given and could be read.
    pub(super) fn email(&self) -> Option<&Sourced<Email>> {
        self.email.as_ref().ok()?.as_ref()
    }

    /// The segment, if it is given and could be read.
    pub(super) fn segment(&self) -> Option<&Sourced<Label>> {
        self.segment.as_ref().ok()?.as_ref()
    }

    /// The list of what may be reached, if it is given.
    pub(super) fn egress(&self) -> Option<&EgressSpec> {
        self.egress.as_ref().ok()?.as_ref()
    }
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
    pub(super) blueprint: Read<Option<Sourced<Label>>>,
    pub(super) cidr: Read<Option<Sourced<Cidr>>>,
    /// The size asked for in this file, beside or instead of the blueprint's.
    pub(super) prefix_length: Read<Option<Sourced<u8>>>,
}

impl NetworkSpec {
    /// The blueprint, if it is given and could be read.
    pub(super) fn blueprint(&self) -> Option<&Sourced<Label>> {
        self.blueprint.as_ref().ok()?.as_ref()
    }

    /// The range, if it is given and could be read.
    pub(super) fn cidr(&self) -> Option<&Sourced<Cidr>> {
        self.cidr.as_ref().ok()?.as_ref()
    }

    /// The size, if it is given and could be read.
    pub(super) fn prefix_length(&self) -> Option<&Sourced<u8>> {
        self.prefix_length.as_ref().ok()?.as_ref()
    }
}

/// The keys of a network, which stand at the top of the file or in a table.
pub(super) struct NetworkKeys {
    pub(super) blueprint: &'static Key<Sometimes, Parsed<Label>>,
    pub(super) cidr: &'static Key<Optional, Parsed<Cidr>>,
    pub(super) prefix_length: &'static Key<Optional, Number<u8>>,
}

/// Reads an account's settings from its document.
pub(super) fn read(root: Table<'_>, findings: &Findings) -> AccountSpec {
    let origin = root.origin();
    let purpose = root.defaulted(&keys::PURPOSE);
    let word = purpose.as_ref().map(|purpose| purpose.value).map_err(Into::into);
    let short = read_short_form(&root, findings);
    let networks = read_networks(root.optional(&keys::NETWORKS).ok().flatten(), short, findings);
    let has_network = !networks.is_empty() || root.has(&keys::BLUEPRINT) || root.has(&keys::NETWORKS);
    if !has_network && word == Ok(PurposeWord::Networking) {
        findings.refuse(origin.error(
            "the networking account has no network",
            "add a table `[networks.NAME]` with a `blueprint` for each VPC of the hub",
        ));
    }
    let spec = AccountSpec {
        email: root.optional(&keys::EMAIL),
        unit: root.optional(&keys::UNIT_OF_ACCOUNT),
        segment: read_segment(&root, word, has_network, findings),
        egress: read_egress(&root, word, has_network, findings),
        stacks: stacks_table::read(&root, findings),
        origin,
        purpose,
        networks,
    };
    root.finish();
    spec
}

fn read_segment(
    root: &Table<'_>,
    purpose: Read<PurposeWord>,
    has_network: bool,
    findings: &Findings,
) -> Read<Option<Sourced<Label>>> {
    if purpose? == PurposeWord::Workload {
        return match has_network {
            true => root.required(&keys::SEGMENT).map(Some),
            false => root.optional(&keys::SEGMENT),
        };
    }
    match root.place_of(&keys::SEGMENT) {
        Some(place) => {
            let hint = "remove `segment`; only workloads have one";
            Err(findings.refuse(place.error("a networking account belongs to no segment", hint)))
        }
        None => Ok(None),
    }
}

fn read_egress(
    root: &Table<'_>,
    purpose: Read<PurposeWord>,
    has_network: bool,
    findings: &Findings,
) -> Read<Option<EgressSpec>> {
    let Some(table) = root.optional(&keys::EGRESS)? else { return Ok(None) };
    if purpose == Ok(PurposeWord::Workload) && !has_network {
        let hint = "remove the table, or give the account a network";
        findings.refuse(table.origin().error("an account without a network sends nothing to the firewall", hint));
    }
    if purpose == Ok(PurposeWord::Networking) {
        let hint = "remove the table; only workloads have one";
        findings.refuse(table.origin().error("nothing of the networking account passes the firewall", hint));
    }
    Ok(Some(egress_table::read(table, findings)))
}

/// The short form: `blueprint`, `cidr` and `prefix_length` at the top of the file make one VPC named like its blueprint.
fn read_short_form(root: &Table<'_>, findings: &Findings) -> Option<NetworkSpec> {
    let given = root.has(&keys::BLUEPRINT);
    let spec = read_network(root, &keys::SHORT_FORM, false);
    if !given {
        let strays = [spec.cidr().map(|cidr| &cidr.origin), spec.prefix_length().map(|length| &length.origin)];
        for origin in strays.into_iter().flatten() {
            findings.refuse(origin.error(
                "this belongs to a network, and the account names no `blueprint` beside it",
                "move it into the `[networks.NAME]` table that it is meant for",
            ));
        }
        return None;
    }
    Some(spec)
}

fn read_network(table: &Table<'_>, keys: &'static NetworkKeys, needs_blueprint: bool) -> NetworkSpec {
    let blueprint = match needs_blueprint {
        true => table.required(keys.blueprint).map(Some),
        false => table.optional(keys.blueprint),
    };
    let (cidr, prefix_length) = (table.optional(keys.cidr), table.optional(keys.prefix_length));
    NetworkSpec { origin: table.origin(), blueprint, cidr, prefix_length }
}

fn read_networks(
    tables: Option<Names<Table<'_>>>,
    short: Option<NetworkSpec>,
    findings: &Findings,
) -> BTreeMap<Label, NetworkSpec> {
    let short_name = short.as_ref().and_then(NetworkSpec::blueprint).map(|blueprint| blueprint.value.clone());
    let mut networks: BTreeMap<Label, NetworkSpec> = short_name.clone().into_iter().zip(short).collect();
    for (key, table) in tables.into_iter().flat_map(|tables| tables.entries) {
        let Ok(name) = label_key(&key, findings) else { continue };
        if RESERVED_NETWORKS.contains(&name.as_str()) {
            findings.refuse(key.origin.error(
                format!("`{name}` has a meaning of its own and cannot name a network"),
                format!("choose another name; reserved are {}", RESERVED_NETWORKS.join(", ")),
            ));
        }
        let Ok(table) = table else { continue };
        let refines_short = short_name.as_ref() == Some(&name);
        // The blueprint's own keys are read, and unknown ones reported, in the document that lays this table over it.
        let long = read_network(&table, &keys::LONG_FORM, !refines_short);
        match networks.get_mut(&name) {
            Some(short) => merge(short, long, findings),
            None => {
                networks.insert(name, long);
            }
        }
    }
    networks
}

/// Words that a topology uses beside networks' names, and the places of the transit gateway and of stacks in addresses.
const RESERVED_NETWORKS: [&str; 6] = ["all", "segment", "workloads", "hub", "transit-gateway", "stacks"];

/// Joins what the top of the file and the table of the same network say.
fn merge(short: &mut NetworkSpec, long: NetworkSpec, findings: &Findings) {
    let twice = |origin: &Origin, first: &Origin| {
        let problem = format!("this is given twice for the same network, first at {}", first.short());
        findings.refuse(origin.error(problem, "remove one of them"));
    };
    if let (Some(first), Some(second)) = (short.blueprint(), long.blueprint()) {
        twice(&second.origin, &first.origin);
    }
    match (short.cidr(), long.cidr()) {
        (Some(first), Some(second)) => twice(&second.origin, &first.origin),
        (None, Some(_)) => short.cidr = long.cidr,
        (_, None) => {}
    }
    match (short.prefix_length(), long.prefix_length.as_ref().ok().and_then(Option::as_ref)) {
        (Some(first), Some(second)) => twice(&second.origin, &first.origin),
        (None, Some(_)) => short.prefix_length = long.prefix_length,
        (_, None) => {}
    }
    short.origin = long.origin;
}
