//! The pages of `docs/` that lz makes from its own code are as it would make them now.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use lz::config::reference::{DOCUMENT, schemas, with_tables};
use lz::config::starter_zone;
use lz::report::DocumentName;
use lz::report::reference::pages;
use serde_json::Value as Json;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Holds a file against what the code says; writes it where somebody asks for that.
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests asks for new pages by it")]
fn assert_made(path: &str, wanted: &str) {
    let file = root().join(path);
    if std::env::var_os("LZ_UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        std::fs::write(&file, wanted).expect("written");
    }
    let there = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(there == wanted, "{path} is stale; `LZ_UPDATE_DOCS=1 cargo test --test it reference` makes it anew");
}

#[test]
fn pages_are_as_the_code_says() {
    pages().iter().for_each(|(path, page)| assert_made(path, page));
}

#[test]
fn tables_of_keys_are_as_declared() {
    let document = std::fs::read_to_string(root().join(DOCUMENT)).expect("a document");
    assert_eq!(document.matches("<!-- keys: ").count(), lz::config::reference::parts().len());
    assert_made(DOCUMENT, &with_tables(&document));
}

#[test]
fn schemas_are_as_declared() {
    for (path, schema) in schemas() {
        assert_made(path, &(serde_json::to_string_pretty(&schema).expect("JSON") + "\n"));
    }
}

#[test]
fn schemas_of_documents_are_as_the_code_says() {
    for name in DocumentName::ALL {
        let schema = serde_json::to_string_pretty(&name.schema()).expect("JSON") + "\n";
        assert_made(&format!("docs/schemas/output/{}.json", name.as_str()), &schema);
    }
}

/// What a schema says against a TOML text.
fn problems(schema: &str, text: &str) -> Vec<String> {
    let (_, schema) = schemas().into_iter().find(|(path, _)| path.ends_with(schema)).expect("a schema");
    let validator = jsonschema::draft202012::new(&schema).expect("a sound schema");
    let table: toml::Table = text.parse().expect("TOML");
    validator.iter_errors(&as_json(toml::Value::Table(table))).map(|one| one.to_string()).collect()
}

/// TOML as editors hold it against schemas: days are texts.
fn as_json(value: toml::Value) -> Json {
    match value {
        toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, as_json(value))).collect(),
        toml::Value::Array(list) => list.into_iter().map(as_json).collect(),
        toml::Value::Datetime(day) => Json::from(day.to_string()),
        toml::Value::String(text) => Json::from(text),
        toml::Value::Integer(number) => Json::from(number),
        toml::Value::Float(number) => Json::from(number),
        toml::Value::Boolean(truth) => Json::from(truth),
    }
}

/// The schema of a zone's file.
fn schema_of(path: &str) -> Option<&'static str> {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    match (folder.rsplit('/').next().unwrap_or_default(), file) {
        (_, "lz.toml") => Some("lz.toml.json"),
        (_, "invariants.toml") => Some("invariants.json"),
        (_, "suppressions.toml") => Some("suppressions.json"),
        ("accounts", _) => Some("account.json"),
        ("blueprints", file) if file.ends_with(".toml") => Some("blueprint.json"),
        _ => None,
    }
}

#[test]
fn schemas_take_the_sample_zone() {
    let mut checked = 0;
    for (path, text) in starter_zone() {
        let Some(schema) = schema_of(path) else { continue };
        assert_eq!(problems(schema, text), Vec::<String>::new(), "{path}");
        checked += 1;
    }
    assert_eq!(checked, starter_zone().iter().filter(|(path, _)| path.ends_with(".toml")).count());
}

/// The TOML files below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

#[test]
fn schemas_take_every_valid_zone() {
    let mut found = Vec::new();
    files(&root().join("tests/configs/valid"), &mut found);
    let mut checked = 0;
    for path in found {
        let Some(schema) = path.to_str().and_then(schema_of) else { continue };
        let text = std::fs::read_to_string(&path).expect("a file");
        assert_eq!(problems(schema, &text), Vec::<String>::new(), "{}", path.display());
        checked += 1;
    }
    assert!(checked > 10, "{checked}");
}

#[test]
fn schemas_refuse_what_the_readers_refuse() {
    let (_, zone) = starter_zone().iter().find(|(path, _)| *path == "lz.toml").expect("a zone");
    let vpc = "kind = \"vpc\"\nprefix_length = 22\n[tiers.private]\nprefix_length = 24\n";
    let suppression = "[[suppression]]\nclass = \"missing\"\nreason = \"why\"\nuntil = 2027-03-31\n";
    let statement = "[stays]\nfrom = \"workloads\"\nto = \"internet\"\nmust_not = \"reach\"\n";
    let account = "email = \"a@example.com\"\nsegment = \"prod\"\nblueprint = \"container\"\n";
    for (schema, sound) in [
        ("blueprint.json", vpc),
        ("suppressions.json", suppression),
        ("invariants.json", statement),
        ("account.json", account),
        ("account.json", "[networks.container.tiers.data]\nprefix_length = 27\n"),
        ("account.json", "[networks.container.endpoints.\"ecr.api\"]\nprivate_dns = false\n"),
    ] {
        assert_eq!(problems(schema, sound), Vec::<String>::new(), "{sound}");
    }
    let refused = [
        ("lz.toml.json", zone.replace("region = ", "regions = ")),
        ("lz.toml.json", zone.replace("region = \"eu-west-1\"", "")),
        ("lz.toml.json", zone.replace("region = \"eu-west-1\"", "region = \"eu-west-9\"")),
        ("lz.toml.json", zone.replace("amazon_side_asn = 64512", "amazon_side_asn = \"64512\"")),
        ("lz.toml.json", zone.replace("amazon_side_asn = 64512", "amazon_side_asn = 1")),
        ("lz.toml.json", zone.replace("share_with = \"organization\"", "share_with = \"nobody\"")),
        ("account.json", account.replace("segment", "segmant")),
        ("account.json", account.replace("\"prod\"", "7")),
        ("account.json", format!("{account}[networks.container.tiers.data]\nprefix_lenght = 27\n")),
        ("account.json", format!("{account}[egress]\naddresses = [{{ to = \"1.2.3.4/32\" }}]\n")),
        ("blueprint.json", vpc.replace("22", "8")),
        ("blueprint.json", vpc.replace("\"vpc\"", "\"transit-gateway\"")),
        ("blueprint.json", vpc.replace("kind = \"vpc\"\n", "")),
        ("blueprint.json", format!("{vpc}[endpoints.s3]\ntype = \"gateway\"\ntier = \"private\"\n")),
        ("blueprint.json", format!("{vpc}[firewall]\nrules = []\nlog_retention_days = 2\n")),
        ("blueprint.json", format!("{vpc}routes = [{{ to = \"0.0.0.0/0\", via = \"blackhole\" }}]\n")),
        ("invariants.json", statement.replace("must_not", "mustnot")),
        ("invariants.json", statement.replace("\"reach\"", "true")),
        ("suppressions.json", suppression.replace("missing", "lost")),
        ("suppressions.json", suppression.replace("reason", "reasons")),
    ];
    for (schema, text) in &refused {
        assert!(!problems(schema, text).is_empty(), "{schema} takes: {text}");
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
        "CloudControl" => "cloudformation".to_owned(),
        "Tagging" => "tag".to_owned(),
        other => other.to_ascii_lowercase(),
    };
    let missing: Vec<String> = found
        .iter()
        .map(|(service, name)| format!("{}:{name}", prefix(service)))
        .filter(|action| !page.contains(&format!("`{action}`")))
        .collect();
    assert!(missing.is_empty(), "no kind's OPERATIONS name these: {missing:#?}");
}
