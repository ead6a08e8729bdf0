//! `lz.lock` as text and as a document.

use serde_json::{Value, json};

use super::palette::Palette;
use crate::text::{Text, escape, text};
use crate::zone::lock::Lock;
use crate::zone::rebuilt::{PinChange, Rebuilt};

/// What a lock pins, by sort. What is not pinned is left out.
#[must_use]
pub fn lock_text(lock: &Lock, palette: Palette) -> Text {
    let mut sections = Vec::new();
    let mut section = |heading: &str, rows: Vec<(String, String)>| {
        if rows.is_empty() {
            return;
        }
        let lines = aligned(rows.into_iter().map(|(name, value)| [name, value]).collect());
        let lines = lines.into_iter().map(|line| text!("  {}\n", line));
        sections.push(text!("{}\n{}", palette.heading(heading), lines.collect::<Text>()));
    };
    let zone = lock.zone.iter().flat_map(|zone| {
        let accounts = [("management account", &zone.management_account), ("account", &zone.account)];
        let accounts = accounts.map(|(name, id)| (name, id.as_ref().map(ToString::to_string)));
        let known = [
            ("name", Some(zone.name.to_string())),
            ("region", Some(zone.region.to_string())),
            ("organization", zone.organization.clone()),
        ];
        let all = known.into_iter().chain(accounts);
        all.filter_map(|(name, value)| Some((name.to_owned(), value?)))
    });
    section("Zone", zone.collect());
    let zones = lock.availability_zones.iter().map(|(label, id)| (label.to_string(), id.to_string()));
    section("Availability Zones", zones.collect());
    section("Accounts", lock.accounts.iter().map(|(name, id)| (name.to_string(), id.to_string())).collect());
    let networks = lock.networks.iter().map(|(name, network)| (name.to_string(), network.cidr.to_string()));
    section("Ranges of VPCs", networks.collect());
    let resources = lock.resources.iter().map(|(address, id)| (address.to_string(), id.clone()));
    section("Resources", resources.collect());
    if sections.is_empty() {
        return Text::own("Nothing is pinned yet.\n");
    }
    Text::joined(sections, "\n")
}

/// What a lock pins, for programs: its tables.
///
/// # Errors
/// None is known; the serializer could have one.
pub fn lock_document(lock: &Lock) -> serde_json::Result<Value> {
    let resources: serde_json::Map<String, Value> =
        lock.resources.iter().map(|(address, id)| (address.to_string(), id.clone().into())).collect();
    let networks: serde_json::Map<String, Value> = lock
        .networks
        .iter()
        .map(|(name, network)| Ok((name.to_string(), serde_json::to_value(network)?)))
        .collect::<serde_json::Result<_>>()?;
    let texts = |pairs: Vec<(String, String)>| -> serde_json::Map<String, Value> {
        pairs.into_iter().map(|(name, value)| (name, value.into())).collect()
    };
    let zones = lock.availability_zones.iter().map(|(label, id)| (label.to_string(), id.to_string()));
    let accounts = lock.accounts.iter().map(|(name, id)| (name.to_string(), id.to_string()));
    Ok(json!({
        "zone": serde_json::to_value(&lock.zone)?,
        "availability_zones": texts(zones.collect()),
        "accounts": texts(accounts.collect()),
        "networks": networks,
        "resources": resources,
    }))
}

/// What would be pinned that is not, or not so.
#[must_use]
pub fn rebuilt_text(rebuilt: &Rebuilt, palette: Palette) -> Text {
    let Rebuilt { changes, unchanged, .. } = rebuilt;
    let count = |is_one: fn(&PinChange) -> bool| changes.iter().filter(|one| is_one(one)).count();
    let added = count(|one| one.from.is_none());
    let gone = count(|one| one.to.is_none());
    let changed = changes.len() - added - gone;
    if changes.is_empty() {
        return text!("lz.lock holds what is there: {} pins.\n", unchanged);
    }
    let rows = changes.iter().map(|PinChange { table, name, from, to, evidence }| {
        let ids = match (from, to) {
            (Some(from), Some(to)) => format!("{from} → {to}"),
            (from, to) => from.iter().chain(to).cloned().collect(),
        };
        [(*table).to_owned(), name.clone(), ids, evidence.clone()]
    });
    let marks = changes.iter().map(|one| match (&one.from, &one.to) {
        (None, _) => palette.good("+"),
        (_, None) => palette.bad("-"),
        _ => palette.attention("~"),
    });
    let lines = marks.zip(aligned(rows.collect())).map(|(mark, line)| text!("{} {}\n", mark, line));
    let lines: Text = lines.collect();
    text!("{}\n{} added, {} changed, {} gone; {} pins as they are.\n", lines, added, changed, gone, unchanged)
}

/// Lines of columns, two spaces apart, of values that are visible.
fn aligned<const COLUMNS: usize>(rows: Vec<[String; COLUMNS]>) -> Vec<String> {
    let rows: Vec<[String; COLUMNS]> = rows.into_iter().map(|row| row.map(|cell| escape(&cell).into_owned())).collect();
    let length = |text: &String| text.chars().count();
    let widths: Vec<usize> =
        (0..COLUMNS).map(|column| rows.iter().map(|row| length(&row[column])).max().unwrap_or_default()).collect();
    let line = |row: [String; COLUMNS]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.into_iter().map(line).collect()
}
