//! `suppressions.toml`: findings of the sweep that somebody has decided to live with, a table each.

use std::collections::BTreeMap;

use super::document::Document;
use super::files::Layers;
use super::findings::{Findings, Read};
use super::keys::suppressions as keys;
use super::read::{Sourced, Table};
use crate::sweep::{Pattern, Suppression};
use crate::values::Label;

/// The key below which the file stands in the whole.
pub(super) const ROOT: &str = "suppressions";

/// The account that is no file's.
const MANAGEMENT: &str = "management";

/// Reads the file's document; what could be read where some of it is at fault.
pub(super) fn read(layers: &Layers, findings: &Findings) -> Vec<Suppression> {
    let document = Document::new(&layers.all, &[&[ROOT]]);
    let root = Table::root(&document, findings, &keys::SUPPRESSIONS);
    let tables = root.optional(&keys::SUPPRESSION);
    root.finish();
    let tables = tables.ok().flatten().into_iter().flat_map(|tables| tables.value);
    tables.filter_map(|table| read_suppression(table.ok()?, &layers.accounts, findings).ok()).collect()
}

fn read_suppression(table: Table<'_>, accounts: &BTreeMap<Label, bool>, findings: &Findings) -> Read<Suppression> {
    let pattern = read_pattern(&table, accounts, findings);
    let (reason, until) = (table.required(&keys::REASON), table.required(&keys::UNTIL));
    let place = table.origin().short();
    table.finish();
    Ok(Suppression { pattern: pattern?, reason: reason?.value, until: until?, place })
}

fn read_pattern(table: &Table<'_>, accounts: &BTreeMap<Label, bool>, findings: &Findings) -> Read<Pattern> {
    let parts = [
        (keys::CLASS.name, table.has(&keys::CLASS)),
        (keys::KIND.name, table.has(&keys::KIND)),
        (keys::ACCOUNT.name, table.has(&keys::ACCOUNT)),
        (keys::ADDRESS.name, table.has(&keys::ADDRESS)),
    ];
    let given: Vec<&str> = parts.into_iter().filter_map(|(name, given)| given.then_some(name)).collect();
    match (table.has(&keys::FINDING), given.is_empty()) {
        (true, false) => {
            let problem = format!("this is about one finding, and `{}` says about which ones", given.join("`, `"));
            findings.refuse(table.origin().error(problem, "write `finding` alone, or the others without it"));
        }
        (false, true) => {
            return Err(findings.refuse(table.origin().error(
                "this does not say which findings it is about",
                "write `finding = \"lz-…\"`, or some of `class`, `kind`, `account` and `address`",
            )));
        }
        (true, true) | (false, false) => {}
    }
    let id = table.optional(&keys::FINDING);
    let (class, kind) = (table.optional(&keys::CLASS), table.optional(&keys::KIND));
    let account = table.optional(&keys::ACCOUNT).and_then(|account| known_account(account, accounts, findings));
    let address = table.optional(&keys::ADDRESS);
    if let Some(id) = id? {
        return Ok(Pattern::Finding(id.value));
    }
    Ok(Pattern::All { class: value(class?), kind: value(kind?), account: value(account?), address: value(address?) })
}

fn value<T>(given: Option<Sourced<T>>) -> Option<T> {
    given.map(|given| given.value)
}

fn known_account(
    account: Option<Sourced<String>>,
    accounts: &BTreeMap<Label, bool>,
    findings: &Findings,
) -> Read<Option<Sourced<String>>> {
    let known = |name: &str| name == MANAGEMENT || accounts.keys().any(|account| account.as_str() == name);
    match account {
        Some(account) if !known(&account.value) => Err(findings.refuse(account.origin.error(
            format!("`{}` is no account of the zone", account.value),
            "name a file of accounts/, without `.toml`, or `management`",
        ))),
        account => Ok(account),
    }
}
