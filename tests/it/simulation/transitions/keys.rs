//! The keys of a zone's files, as they are declared.

use std::collections::BTreeSet;

use lz::config::reference::parts;

use super::edits;

/// The parts of the files that edits change, and what comes before the keys of each.
const PARTS: [(&str, &str); 6] = [
    ("lz.toml", ""),
    ("account", "accounts."),
    ("vpc", "vpc."),
    ("firewall", "vpc.firewall."),
    ("transit-gateway", "topology."),
    ("invariants", "invariants."),
];

/// Keys that no edit changes, and why.
const LEFT_OUT: [(&str, &str); 15] = [
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
    ("accounts.stacks.NAME", "stacks have simulations of their own: the zones of the walks have none"),
    ("accounts.stacks.NAME.parameters", "as the stack"),
    ("accounts.stacks.NAME.template", "as the stack"),
    ("accounts.stacks.NAME.workload", "as the stack"),
];

/// All keys.
fn declared() -> BTreeSet<String> {
    let before = |name: &str| PARTS.iter().find(|(part, _)| *part == name).map(|(_, before)| *before);
    let parts = parts().into_iter().filter_map(|part| Some((before(part.name)?, part.keys)));
    parts.flat_map(|(before, keys)| keys.into_iter().map(move |key| format!("{before}{key}"))).collect()
}

#[test]
fn every_key_is_edited_or_left_out_for_a_reason() {
    let edited: BTreeSet<String> = edits::all().flat_map(|edit| edit.keys).map(|key| (*key).to_owned()).collect();
    let left_out: BTreeSet<String> = LEFT_OUT.iter().map(|(key, _)| (*key).to_owned()).collect();
    let declared = declared();
    assert!(declared.len() > 60, "{declared:#?}");
    let forgotten: Vec<&String> =
        declared.iter().filter(|key| !edited.contains(*key) && !left_out.contains(*key)).collect();
    let unknown: Vec<&String> = edited.union(&left_out).filter(|key| !declared.contains(*key)).collect();
    assert_eq!((forgotten, unknown), (Vec::new(), Vec::new()));
}
