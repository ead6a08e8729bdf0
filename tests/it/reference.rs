//! The pages of `docs/` that lz makes from its own code are as it would make them now.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use lz::report::reference::pages;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests asks for new pages by it")]
fn pages_are_as_the_code_says() {
    for (path, page) in pages() {
        let file = root().join(path);
        if std::env::var_os("LZ_UPDATE_DOCS").is_some() {
            std::fs::write(&file, &page).expect("written");
        }
        let there = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(there == page, "{path} is stale; `LZ_UPDATE_DOCS=1 cargo test --test it reference` makes it anew");
    }
}

/// What stands in the source as `Service::Ec2.read("DescribeVpcs")`: service and operation.
fn operations(folder: PathBuf, found: &mut BTreeSet<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            operations(path, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a file");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (_, rest) in code.match_indices("Service::").map(|(place, word)| code.split_at(place + word.len())) {
            let (service, rest) = rest.split_once('.').unwrap_or_default();
            let operation = rest
                .split_once("(\"")
                .filter(|(effect, _)| effect.bytes().all(|one| one.is_ascii_lowercase() || one == b'_'));
            if let Some(name) = operation.and_then(|(_, rest)| Some(rest.split_once('"')?.0)) {
                found.insert((service.to_owned(), name.to_owned()));
            }
        }
    }
}

#[test]
fn every_operation_is_among_the_permissions() {
    let mut found = BTreeSet::new();
    ["kinds", "cloud", "trail", "snapshot"].iter().for_each(|one| operations(root().join("src").join(one), &mut found));
    assert!(found.len() > 100, "{found:?}");
    let pages = pages();
    let (_, page) = pages.iter().find(|(path, _)| path.ends_with("permissions.md")).expect("a page");
    let prefix = |service: &str| match service {
        "NetworkFirewall" => "network-firewall".to_owned(),
        other => other.to_ascii_lowercase(),
    };
    let missing: Vec<String> = found
        .iter()
        .map(|(service, name)| format!("{}:{name}", prefix(service)))
        .filter(|action| !page.contains(&format!("`{action}`")))
        .collect();
    assert!(missing.is_empty(), "no kind's OPERATIONS name these: {missing:#?}");
}
