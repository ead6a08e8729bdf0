//! Pages of the documentation that say what lz knows of kinds and invariants. A test holds them against `docs/`.

use std::collections::{BTreeMap, BTreeSet};

use crate::kinds::descriptor::About;
use crate::kinds::{Field, Identity, KindName, Realm, Tagging};
use crate::reach::prove::BUILT_IN;
use crate::values::Controls;

/// How a page is made anew.
const COMMAND: &str = "LZ_UPDATE_DOCS=1 cargo test --test it reference";

/// The pages, each with its path from the repository's root.
#[must_use]
pub fn pages() -> Vec<(&'static str, String)> {
    vec![("docs/kinds.md", kinds()), ("docs/permissions.md", permissions()), ("docs/invariants.md", invariants())]
}

fn page(title: &str, introduction: &str) -> String {
    format!("# {title}\n\n<!-- Made by lz from its own code: `{COMMAND}` makes it anew. -->\n\n{introduction}\n")
}

/// A table with its head. A bar would end a cell.
fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: Vec<String>| {
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let mut text = line(head.iter().map(|one| (*one).to_owned()).collect());
    text += &line(head.iter().map(|_| "---".to_owned()).collect());
    rows.into_iter().for_each(|row| text += &line(row));
    text
}

fn code(text: impl AsRef<str>) -> String {
    format!("`{}`", text.as_ref())
}

fn codes<'a>(all: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<String> = all.into_iter().map(code).collect();
    if all.is_empty() { "–".to_owned() } else { all.join(", ") }
}

/// A kind's documentation, with names for links into the code.
fn what_it_is(kind: KindName) -> String {
    let mut text = String::new();
    let mut rest = kind.doc();
    while let Some((before, (name, after))) =
        rest.split_once("[`").and_then(|(before, link)| Some((before, link.split_once("`]")?)))
    {
        text += &format!("{before}{}", code(name));
        rest = after.strip_prefix('(').and_then(|target| Some(target.split_once(')')?.1)).unwrap_or(after);
    }
    text + rest
}

fn made() -> impl Iterator<Item = KindName> {
    KindName::ALL.iter().copied().filter(|kind| kind.made())
}

fn added() -> impl Iterator<Item = KindName> {
    KindName::ALL.iter().copied().filter(|kind| !kind.made())
}

fn kinds() -> String {
    let mut text = page(
        "Kinds of resources",
        "What lz makes, what people may add to it, and which differences protect less. What a field means stands in \
         `src/kinds/`, one file a kind.\n\n## What lz makes",
    );
    let row = |kind: KindName| {
        vec![code(kind.as_str()), what_it_is(kind), place(kind.realm()).to_owned(), known_by(kind), unchangeable(kind)]
    };
    text += "\n";
    text += &table(&["Kind", "What it is", "Where", "Known by", "AWS can't change"], made().map(row));
    text += "\n## What people add\n\nlz never makes one. It finds them inside what it manages, tells them, and removes them \
             where `--allow-removals` is given.\n\n";
    text += &table(&["Kind", "What it is"], added().map(|kind| vec![code(kind.as_str()), what_it_is(kind)]));
    text += "\n## Findings that are not usual\n\nUsually what is missing, changed or unmanaged is of medium severity and \
             breaks NIST SP 800-53's CM-2.\n\n";
    let rules = KindName::ALL.iter().flat_map(|kind| kind.findings().into_iter().map(move |rule| (kind, rule)));
    let rows = rules.map(|(kind, rule)| {
        let (class, what) = match &rule.about {
            About::Missing => ("missing", "it is not there".to_owned()),
            About::Gone => ("weakened", "it is not there".to_owned()),
            About::Unmanaged => ("unmanaged", "nobody asked for it".to_owned()),
            About::Weakened(field, when) => ("weakened", format!("{} {}", code(field.name()), when.as_str())),
        };
        vec![code(kind.as_str()), what, class.to_owned(), rule.severity.as_str().to_owned(), controls(rule.controls)]
    });
    text + &table(&["Kind", "Where", "Class", "Severity", "Controls"], rows)
}

fn place(realm: Realm) -> &'static str {
    match realm {
        Realm::Organization => "management account",
        Realm::Region => "any account",
        Realm::Hub => "networking account",
    }
}

fn known_by(kind: KindName) -> String {
    let key: Vec<Field> = kind.fields().into_iter().filter(Field::is_key).collect();
    let known = match kind.identity() {
        Identity::Tag => "its tags".to_owned(),
        Identity::Key if key.is_empty() => "being the only one".to_owned(),
        Identity::Key => codes(key.iter().map(Field::name)),
    };
    if kind.pinned() { format!("{known}, its id in `lz.lock`") } else { known }
}

fn unchangeable(kind: KindName) -> String {
    let fields: Vec<Field> = kind.fields().into_iter().filter(Field::is_immutable).collect();
    codes(fields.iter().map(Field::name))
}

fn controls(controls: Controls) -> String {
    let all: Vec<String> = controls.all().iter().map(|one| format!("{} {}", one.standard.as_str(), one.id)).collect();
    if all.is_empty() { "–".to_owned() } else { all.join("; ") }
}

fn permissions() -> String {
    let mut text = page(
        "IAM actions",
        "What lz asks AWS for, by the account that it asks in. Where everything is in one account, that account needs \
         all of it.\n",
    );
    let sections: [(&str, &str, Realm, &[&str]); 3] = [
        (
            "Management account",
            "The credentials that lz starts with.",
            Realm::Organization,
            &["sts:AssumeRole", "sts:GetCallerIdentity"],
        ),
        (
            "Every account of the zone",
            "The role that lz assumes in the networking account and in those of workloads.",
            Realm::Region,
            &["ec2:DescribeAvailabilityZones", "ec2:DescribeNetworkInterfaces", "sts:GetCallerIdentity"],
        ),
        ("Networking account", "The role there needs these besides.", Realm::Hub, &[]),
    ];
    for (title, introduction, realm, general) in sections {
        text += &format!("## {title}\n\n{introduction}\n\n{}\n", actions(realm, general));
    }
    text += "## What single commands need besides\n\n";
    let commands: [(&str, &[&str]); 2] = [
        ("`lz sweep --cloudtrail`, in every account", &["cloudtrail:LookupEvents"]),
        (
            "`lz snapshot`, in every account",
            &[
                "ec2:DescribeInstances",
                "ec2:DescribeManagedPrefixLists",
                "ec2:DescribeVpcBlockPublicAccessOptions",
                "ec2:GetManagedPrefixListEntries",
            ],
        ),
    ];
    let rows = commands.map(|(command, all)| vec![command.to_owned(), codes(all.iter().copied())]);
    text + &table(&["Command", "Actions"], rows)
}

/// The actions of all kinds of a realm, by what they are for.
fn actions(realm: Realm, general: &[&str]) -> String {
    let mut users: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for action in general {
        users.entry((*action).to_owned()).or_default().insert("every look");
    }
    for kind in KindName::ALL.iter().copied().filter(|kind| kind.realm() == realm) {
        let tags = if kind.made() { kind.tagging() } else { Tagging::None };
        let operations = kind.operations().iter().chain(tags.operations()).map(|operation| operation.to_string());
        for action in operations.chain(kind.also_needs().iter().map(|action| (*action).to_owned())) {
            users.entry(action).or_default().insert(kind.as_str());
        }
    }
    let rows = users.into_iter().map(|(action, users)| {
        let users: Vec<&str> = users.into_iter().collect();
        vec![code(action), users.join(", ")]
    });
    table(&["Action", "For"], rows)
}

fn invariants() -> String {
    let text = page(
        "Built-in invariants",
        "What lz proves of a network before it builds it and in every sweep, for all packets. People write more of them \
         in `invariants.toml`; those are of high severity and break NIST SP 800-53's SC-7.\n",
    );
    let rows = BUILT_IN.map(|one| {
        let (name, severity) = (code(one.name), one.severity.as_str().to_owned());
        vec![name, format!("{}.", one.sentence), severity, controls(one.controls)]
    });
    text + &table(&["Invariant", "What it says", "Severity", "Controls"], rows)
}
