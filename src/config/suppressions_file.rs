//! `suppressions.toml`: findings of the sweep that somebody has decided to live with, a table each.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::document::Document;
use super::files::Layers;
use super::read::{Entry, Findings, Sourced, Table};
use crate::kinds::KindName;
use crate::sweep::{Class, FindingId, Pattern, Suppression};
use crate::values::Label;

/// The key below which the file stands in the whole.
pub(super) const ROOT: &str = "suppressions";

/// The account that is no file's.
const MANAGEMENT: &str = "management";

/// Reads the file's document; none where any of it is at fault.
pub(super) fn read(layers: &Layers, findings: &Findings) -> Vec<Suppression> {
    let document = Document::new(&layers.all, &[&[ROOT]]);
    let mut root = Table::root(&document, findings);
    let tables = root.optional("suppression", "[[suppression]]").and_then(Entry::list).unwrap_or_default();
    root.finish();
    let tables = tables.into_iter().filter_map(Entry::table);
    tables.filter_map(|table| read_suppression(table, &layers.accounts, findings)).collect()
}

fn read_suppression(
    mut table: Table<'_>,
    accounts: &BTreeMap<Label, bool>,
    findings: &Findings,
) -> Option<Suppression> {
    let origin = table.origin();
    let pattern = read_pattern(&mut table, accounts, findings);
    let is_said = |text: &str| !text.trim().is_empty();
    let way_out = "say why this is to be lived with, for whoever reads it next year";
    let reason = table
        .required("reason", r#"reason = "until the vendor's VPN is replaced""#)
        .and_then(|entry| entry.text_that(is_said, "says nothing", way_out));
    let until = table.required("until", "until = 2027-03-31").and_then(|entry| read_date(entry, findings));
    table.finish();
    Some(Suppression { pattern: pattern?, reason: reason?.value, until: until?, place: origin.short() })
}

fn read_pattern(table: &mut Table<'_>, accounts: &BTreeMap<Label, bool>, findings: &Findings) -> Option<Pattern> {
    let finding = table.has("finding");
    let parts = ["class", "kind", "account", "address"];
    let given: Vec<&str> = parts.into_iter().filter(|key| table.has(key)).collect();
    if finding && !given.is_empty() {
        let problem = format!("this is about one finding, and `{}` says about which ones", given.join("`, `"));
        findings.add(table.origin().error(problem, "write `finding` alone, or the others without it"));
    }
    if !finding && given.is_empty() {
        findings.add(table.origin().error(
            "this does not say which findings it is about",
            "write `finding = \"lz-…\"`, or some of `class`, `kind`, `account` and `address`",
        ));
        return None;
    }
    let id = table.optional("finding", r#"finding = "lz-0123456789ab""#).map(Entry::parsed::<FindingId>);
    let classes: Vec<(&str, Class)> = Class::ALL.iter().map(|class| (class.as_str(), *class)).collect();
    let class = table.optional("class", r#"class = "unexpected""#).map(|entry| entry.word(&classes));
    let kinds: Vec<(&str, KindName)> = KindName::ALL.iter().map(|kind| (kind.as_str(), *kind)).collect();
    let kind = table.optional("kind", r#"kind = "security-group""#).map(|entry| entry.word(&kinds));
    let known = |name: &str| name == MANAGEMENT || accounts.keys().any(|account| account.as_str() == name);
    let account = table.optional("account", r#"account = "payments-prod""#).map(|entry| {
        entry.text_that(
            known,
            "is no account of the zone",
            "name a file of accounts/, without `.toml`, or `management`",
        )
    });
    let address = table.optional("address", r#"address = "payments-prod/*""#).map(Entry::text);
    if let Some(id) = id {
        return Some(Pattern::Finding(id?.value));
    }
    Some(Pattern::All {
        class: given_value(class)?,
        kind: given_value(kind)?,
        account: given_value(account)?,
        address: given_value(address)?,
    })
}

/// A value that may be absent; none where it is there and at fault.
fn given_value<T>(read: Option<Option<Sourced<T>>>) -> Option<Option<T>> {
    match read {
        None => Some(None),
        Some(Some(value)) => Some(Some(value.value)),
        Some(None) => None,
    }
}

fn read_date(entry: Entry<'_>, findings: &Findings) -> Option<Date> {
    let text = entry.text()?;
    match text.value.parse::<Date>() {
        Ok(date) if text.value.len() == "2027-03-31".len() => Some(date),
        _ => {
            let problem = format!("`{}` is not a day", text.value);
            findings
                .add(text.origin.error(problem, "write the day from which on it is told again: until = 2027-03-31"));
            None
        }
    }
}
