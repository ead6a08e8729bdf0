//! The keys of a zone's files, as their documentation lists them.

use std::collections::BTreeSet;

use super::edits;

const DOCUMENT: &str = include_str!("../../../../docs/zone-files.md");

/// The parts of the document that list keys, and what comes before the keys of each.
const PARTS: [(&str, &str); 6] = [
    ("## `lz.toml`", ""),
    ("## `accounts/NAME.toml`", "accounts."),
    ("## Blueprints of a VPC", "vpc."),
    ("## The firewall", "vpc.firewall."),
    ("## Blueprints of the transit gateway's tables", "topology."),
    ("## `invariants.toml`", "invariants."),
];

/// Keys that no edit changes, and why.
const LEFT_OUT: [(&str, &str); 11] = [
    ("name", "another name is another zone, refused by the lock"),
    ("region", "another region is another zone, refused by the lock"),
    ("layout", "another layout is another zone, refused by the lock"),
    ("organization.role", "it is how lz gets into accounts, and nothing that lz makes of those that are there"),
    ("organization.external_id", "as the role"),
    ("accounts.email", "an account is itself by its address where no lock pins it"),
    ("accounts.purpose", "another account for the hub is another zone"),
    ("vpc.kind", "it says which keys a blueprint has"),
    ("topology.kind", "as the kind of a VPC's blueprint"),
    ("accounts.networks.NAME.…", "any key of the blueprint: the edits of prefix lengths and endpoints lay some over"),
    ("accounts.unit", "the edit of units moves accounts"),
];

/// All keys of the document.
pub fn documented() -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let mut before = None;
    for line in DOCUMENT.lines() {
        if line.starts_with("## ") {
            before = PARTS.iter().find(|(heading, _)| line == *heading).map(|(_, before)| *before);
        }
        let (Some(before), Some(row)) = (before, line.strip_prefix("| `")) else { continue };
        // Other tables of these parts are about words, which no column of types follows.
        let Some((cell, _)) = row.split_once(" |") else { continue };
        if row.matches(" |").count() < 4 {
            continue;
        }
        let names = cell.split('`').filter(|name| !name.is_empty() && *name != ", ");
        keys.extend(names.map(|name| format!("{before}{}", name.trim_matches(['[', ']']))));
    }
    keys
}

#[test]
fn every_key_is_edited_or_left_out_for_a_reason() {
    let edited: BTreeSet<String> = edits::all().flat_map(|edit| edit.keys).map(|key| (*key).to_owned()).collect();
    let left_out: BTreeSet<String> = LEFT_OUT.iter().map(|(key, _)| (*key).to_owned()).collect();
    let documented = documented();
    assert!(documented.len() > 60, "{documented:#?}");
    let forgotten: Vec<&String> =
        documented.iter().filter(|key| !edited.contains(*key) && !left_out.contains(*key)).collect();
    let unknown: Vec<&String> = edited.union(&left_out).filter(|key| !documented.contains(*key)).collect();
    assert_eq!((forgotten, unknown), (Vec::new(), Vec::new()));
}
