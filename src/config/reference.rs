//! What documents and editors know of the files, made of the declarations: the tables of keys in `docs/zone-files.md`, and
//! JSON Schemas. Tests hold both against what is there.

use serde_json::{Value as Json, json};

use super::declaration::{Declared, Keys, described};
use super::keys::{self, account, firewall, invariants, suppressions, transit_gateway, vpc, zone};
use super::shape::{Describe, Inside};

/// The document that lists all keys.
pub const DOCUMENT: &str = "docs/zone-files.md";

/// A part of the documentation that lists keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name, which the document's markers have.
    pub name: &'static str,
    /// The keys with the names of the tables that they are in, such as `organization.role`.
    pub keys: Vec<String>,
    /// The table, as Markdown.
    pub table: String,
}

/// The parts of the documentation that list keys.
#[must_use]
pub fn parts() -> Vec<Part> {
    let parts = [
        ("lz.toml", &zone::ZONE),
        ("account", &account::ACCOUNT),
        ("vpc", &vpc::VPC),
        ("firewall", &firewall::FIREWALL),
        ("transit-gateway", &transit_gateway::TRANSIT_GATEWAY),
        ("invariants", &invariants::STATEMENT),
        ("suppressions", &suppressions::SUPPRESSED),
    ];
    let part = |(name, keys): (&'static str, &'static Keys)| {
        let mut rows = Vec::new();
        add_rows(keys, "", &mut rows);
        let cell = |text: &String| if text.is_empty() { " |".to_owned() } else { format!(" {text} |") };
        let cells = |row: &Row| [&row.written, &row.words, &row.default, &row.rule].map(cell).concat();
        let line = |row: &Row| format!("|{}\n", cells(row));
        let table = "| key | type | default | rule |\n| --- | --- | --- | --- |\n".to_owned();
        let table = rows.iter().fold(table, |table, row| table + &line(row));
        Part { name, keys: rows.into_iter().map(|row| row.key).collect(), table }
    };
    parts.into_iter().map(part).collect()
}

/// A document with its tables of keys made anew: each stands between `<!-- keys: NAME -->` and `<!-- /keys -->`.
#[must_use]
pub fn with_tables(document: &str) -> String {
    let mut document = document.to_owned();
    for part in parts() {
        let begin = format!("<!-- keys: {} -->\n", part.name);
        let Some((before, rest)) = document.split_once(&begin) else { continue };
        let Some((_, after)) = rest.split_once("<!-- /keys -->") else { continue };
        document = format!("{before}{begin}\n{}\n<!-- /keys -->{after}", part.table);
    }
    document
}

/// A row of a table of keys.
struct Row {
    key: String,
    written: String,
    words: String,
    default: String,
    rule: String,
}

fn row(key: &dyn Declared, path: String, is_table: bool) -> Row {
    let written = if is_table { format!("`[{path}]`") } else { format!("`{path}`") };
    Row {
        written,
        words: key.shape().words(),
        default: key.presence().words(),
        rule: described(key).replace('|', "\\|"),
        key: path,
    }
}

fn add_rows(keys: &Keys, before: &str, rows: &mut Vec<Row>) {
    for &key in keys.own {
        let path = format!("{before}{}", key.name());
        match key.shape().inside() {
            Inside::Nothing | Inside::Apart(_) => {
                // What has an example like a table is one.
                rows.push(row(key, path, key.example().starts_with('[')));
            }
            Inside::Keys(inside) => {
                rows.push(row(key, path.clone(), true));
                add_rows(inside, &format!("{path}."), rows);
            }
            Inside::Named(placeholder, all) => {
                let path = format!("{path}.{placeholder}");
                rows.push(row(key, path.clone(), true));
                for inside in all {
                    add_rows(inside, &format!("{path}."), rows);
                }
            }
        }
    }
    // Variants of a table share keys.
    let mut seen = std::collections::BTreeSet::new();
    rows.retain(|row| seen.insert(row.key.clone()));
    if keys.over.is_some() {
        rows.push(Row {
            key: format!("{before}…"),
            written: format!("`{before}…`"),
            words: String::new(),
            default: "the blueprint's".to_owned(),
            rule: "any other key of the blueprint".to_owned(),
        });
    }
}

/// The schemas for editors, each with its path from the repository's root.
#[must_use]
pub fn schemas() -> Vec<(&'static str, Json)> {
    let table = |keys: &Keys| keys.schema(false);
    [
        ("docs/schemas/lz.toml.json", "A landing zone: lz.toml", table(&zone::ZONE)),
        ("docs/schemas/account.json", "An account of a landing zone: accounts/NAME.toml", table(&account::ACCOUNT)),
        (
            "docs/schemas/blueprint.json",
            "A blueprint of a landing zone: blueprints/NAME.toml",
            keys::BLUEPRINT.schema(false),
        ),
        (
            "docs/schemas/invariants.json",
            "Statements about paths: invariants.toml",
            invariants::INVARIANTS.schema(false),
        ),
        (
            "docs/schemas/suppressions.json",
            "Findings that are lived with: suppressions.toml",
            table(&suppressions::SUPPRESSIONS),
        ),
    ]
    .into_iter()
    .map(|(path, title, schema)| {
        let mut whole = json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "title": title });
        if let (Some(whole), Json::Object(schema)) = (whole.as_object_mut(), schema) {
            whole.extend(schema);
        }
        (path, whole)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::config::files::Layers;
    use crate::config::findings::Findings;
    use crate::config::resolve::{Pins, resolve};
    use crate::config::{Files, resolve_files, starter_zone, suppressions_file};
    use crate::zone::lock::Lock;

    /// All keys below a table, each with the names of the tables that it is in.
    fn all(keys: &'static Keys, before: &str, found: &mut Vec<(String, &'static dyn Declared)>) {
        for &key in keys.own {
            let path = format!("{before}{}", key.name());
            found.push((path.clone(), key));
            match key.shape().inside() {
                Inside::Nothing => {}
                Inside::Keys(inside) | Inside::Apart(inside) => all(inside, &format!("{path}."), found),
                Inside::Named(name, inside) => {
                    inside.iter().for_each(|keys| all(keys, &format!("{path}.{name}."), found))
                }
            }
        }
    }

    fn everything() -> Vec<(String, &'static dyn Declared)> {
        let kind: &'static dyn Declared = &keys::KIND;
        let mut found = vec![("kind".to_owned(), kind)];
        let files = [&zone::ZONE, &account::ACCOUNT, &vpc::VPC, &transit_gateway::TRANSIT_GATEWAY];
        files.into_iter().for_each(|keys| all(keys, "", &mut found));
        all(&invariants::STATEMENT, "", &mut found);
        all(&suppressions::SUPPRESSIONS, "", &mut found);
        found
    }

    #[test]
    fn every_key_is_documented_in_one_line() {
        for (path, key) in everything() {
            let (line, rule) = (key.line(), key.rule());
            assert!(!line.is_empty() && !line.ends_with('.'), "{path}: {line}");
            assert!(!line.contains('\n') && !rule.ends_with('.'), "{path}");
            assert!(!rule.starts_with(|first: char| first.is_lowercase()) || rule.starts_with("lz "), "{path}: {rule}");
        }
    }

    #[test]
    fn every_declared_key_is_read() {
        let mut files = Files::from_texts(starter_zone().iter().copied());
        let suppressed = "[[suppression]]\nclass = \"missing\"\nreason = \"why\"\nuntil = 2027-03-31\n";
        files.suppressions = Some(suppressed.to_owned());
        let account = files.accounts.get_mut("payments-prod").unwrap();
        assert!(account.contains("[egress]") && account.contains("addresses"));
        files.zone.as_mut().unwrap().push_str("\n[flow_logs]\nbucket_arn = \"arn:aws:s3:::acme-flow-logs\"\n");
        files.accounts.get_mut("payments-dev").unwrap().push_str("\n[networks.container]\nprefix_length = 22\n");
        let stack = "\n[stacks.logs]\ntemplate = \"logs\"\nparameters = { Days = 14 }\n";
        files.accounts.get_mut("orders-prod").unwrap().push_str(stack);
        let template = "Parameters: { Days: { Type: Number } }\nResources:\n  Logs:\n    Type: AWS::Logs::LogGroup\n    \
                        Properties: { RetentionInDays: !Ref Days }\n";
        files.templates.insert("logs.yaml".to_owned(), template.to_owned());
        let options = "\n[dhcp_options]\ndomain_name = \"corp.example.com\"\n";
        files.blueprints.get_mut("container").unwrap().push_str(options);
        let findings = Findings::default();
        let layers = Layers::new(&files, &BTreeMap::new(), &[], &findings);
        resolve(&layers, &Pins { lock: &Lock::default(), text: None }, &findings);
        suppressions_file::read(&layers, &findings);
        let asked = findings.asked();
        let unread: Vec<String> = everything()
            .into_iter()
            .filter(|(_, key)| !asked.contains(&key.identity()))
            .map(|(path, _)| path)
            .collect();
        assert_eq!((unread, findings.sorted()), (Vec::new(), Vec::new()));
    }

    /// What a key's example says, as JSON.
    fn example(key: &dyn Declared) -> Json {
        let table: toml::Table = key.example().parse().unwrap();
        let mut value = serde_json::to_value(&table[key.name()]).unwrap();
        if key.name() == "until" {
            value = json!("2027-03-31");
        }
        value
    }

    #[test]
    fn every_example_is_as_its_schema_says() {
        for (path, key) in everything() {
            // A table's example says its head alone.
            if key.example().starts_with('[') {
                let head: toml::Table = key.example().parse().unwrap();
                assert!(head.contains_key(key.name()), "{path}");
                continue;
            }
            let schema = key.shape().schema(false);
            let problems: Vec<String> = jsonschema::validator_for(&schema)
                .unwrap()
                .iter_errors(&example(key))
                .map(|one| one.to_string())
                .collect();
            assert_eq!(problems, Vec::<String>::new(), "{path}");
        }
    }

    #[test]
    fn a_zone_that_says_every_default_is_the_zone_that_says_none() {
        let text = include_str!("../../lz.toml");
        let mut declared = Vec::new();
        all(&zone::ZONE, "", &mut declared);
        let default =
            |(path, key): (String, &'static dyn Declared)| Some((path, key.presence().fallback()?.written()?));
        let defaults: Vec<(String, String)> = declared.into_iter().filter_map(default).collect();
        let named: BTreeSet<&str> = defaults.iter().map(|(path, _)| path.as_str()).collect();
        assert!(named.contains("organization.role") && named.contains("transit_gateway.amazon_side_asn"), "{named:?}");
        // Without the tables that only say defaults, and without the units, no account can be in one.
        let head = text.split("[organization]").next().unwrap().replace("layout = \"organization\"\n", "");
        let mut files = Files::from_texts(starter_zone().iter().copied());
        files.zone = Some(head.clone());
        for account in files.accounts.values_mut() {
            *account = account
                .lines()
                .filter(|line| !line.starts_with("unit ="))
                .fold(String::new(), |all, line| all + line + "\n");
        }
        let silent = resolve_files(&files, &BTreeMap::new(), &[]).unwrap();
        let mut document: toml_edit::DocumentMut = head.parse().unwrap();
        for (path, value) in &defaults {
            let value: toml_edit::Value = value.parse().unwrap();
            match path.split_once('.') {
                Some(("flow_logs", _)) => {}
                Some((table, key)) => document[table][key] = toml_edit::value(value),
                None => document[path] = toml_edit::value(value),
            }
        }
        files.zone = Some(document.to_string());
        let outspoken = resolve_files(&files, &BTreeMap::new(), &[]).unwrap();
        assert_eq!((&outspoken.zone, &outspoken.digest), (&silent.zone, &silent.digest));
    }
}
