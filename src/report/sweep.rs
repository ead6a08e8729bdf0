//! A sweep as text and as a document.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::palette::Palette;
use super::plan::short;
use super::proof::violation_document;
use crate::kinds::Owner;
use crate::plan::AttributeChange;
use crate::reach::Network;
use crate::sweep::{Class, Finding, Remedy, Severity, Sweep};
use crate::text::{Text, text};

/// Where what is said of a finding begins.
const INDENT: &str = "           ";

/// A sweep for people: by account, the one with the most severe finding first, what was found and what to do.
#[must_use]
pub fn sweep_text(sweep: &Sweep, palette: Palette) -> Text {
    let mut groups: Vec<(&Owner, Vec<&Finding>)> = Vec::new();
    for finding in &sweep.findings {
        match groups.iter_mut().find(|(owner, _)| **owner == finding.owner) {
            Some((_, findings)) => findings.push(finding),
            None => groups.push((&finding.owner, vec![finding])),
        }
    }
    let mut text = Text::default();
    for (owner, findings) in groups {
        let id = findings.iter().find_map(|one| one.account.as_ref()).map(|id| text!(" ({})", id)).unwrap_or_default();
        let heading = palette.heading(text!("{}{}, {}", owner, id, sweep.region));
        text.push(text!("{}: {}\n", heading, counts(&findings)));
        for finding in findings {
            text.push(lines(finding, palette));
        }
        text.push(Text::own("\n"));
    }
    for caveat in &sweep.caveats {
        text.push(text!("{} {}\n", palette.attention("not judged:"), caveat));
    }
    text.push(sum(sweep, palette));
    text
}

fn lines(finding: &Finding, palette: Palette) -> Text {
    let word = text!("{:<8}", finding.severity.as_str().to_uppercase());
    let word = match finding.severity {
        Severity::Critical | Severity::High => palette.bad(word),
        Severity::Medium => palette.attention(word),
        Severity::Low | Severity::Informational => palette.faint(word),
    };
    let mut text = text!("  {} {}: {}\n", word, finding.class.as_str(), finding.sentence);
    for AttributeChange { attribute, from, to } in &finding.attributes {
        text.push(text!("{}{}: {}, asked for {}\n", INDENT, attribute, short(from), short(to)));
    }
    if let Some(author) = &finding.by {
        text.push(text!("{}{}\n", INDENT, author));
    }
    let remedy = match &finding.remedy {
        Remedy::Command(command) => format!("mend it: {command}"),
        Remedy::Manual(step) => step.clone(),
    };
    text.push(text!("{}{} {}\n", INDENT, palette.faint(&finding.id), palette.hint(remedy)));
    text
}

/// `1 critical, 2 high`, the worst first.
fn counts(findings: &[&Finding]) -> String {
    let by_severity = Severity::ALL.iter().rev().filter_map(|severity| {
        let count = findings.iter().filter(|one| one.severity == *severity).count();
        (count > 0).then(|| format!("{count} {}", severity.as_str()))
    });
    by_severity.collect::<Vec<_>>().join(", ")
}

fn sum(sweep: &Sweep, palette: Palette) -> Text {
    let number = |count: usize, what: &str| if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") };
    let resources = number(sweep.conformant, "resource");
    let accounts = number(sweep.accounts.len(), "account");
    let suppressed = match sweep.suppressed.len() {
        0 => String::new(),
        count => format!("; {count} suppressed"),
    };
    if sweep.findings.is_empty() {
        // Who lives with an account that can't be read is not told that all is well in it.
        let unread = sweep.suppressed.iter().filter(|(finding, _)| finding.class == Class::Unreachable).count();
        let held = match (sweep.invariants, unread) {
            (0, _) => "no invariant was asked".to_owned(),
            (asked, 0) => format!("all {asked} invariants hold"),
            (asked, _) => format!("none of {asked} invariants is broken as far as could be seen"),
        };
        let conformant = palette.good("Conformant");
        return text!("{}: {} in {} as asked for, and {}{}.\n", conformant, resources, accounts, held, suppressed);
    }
    let all: Vec<&Finding> = sweep.findings.iter().collect();
    let found = number(all.len(), "finding");
    text!("{} ({}) in {}; {} as asked for{}.\n", found, counts(&all), accounts, resources, suppressed)
}

/// A sweep for programs. `network` is the one that it was made from: broken invariants come with the way of a packet.
#[must_use]
pub fn sweep_document(sweep: &Sweep, network: &Network) -> Value {
    let by_severity: BTreeMap<&str, usize> = Severity::ALL
        .iter()
        .map(|one| (one.as_str(), sweep.findings.iter().filter(|finding| finding.severity == *one).count()))
        .collect();
    let accounts: BTreeMap<String, &str> =
        sweep.accounts.iter().map(|(owner, id)| (owner.to_string(), id.as_str())).collect();
    let suppressed = sweep.suppressed.iter().map(|(finding, reason)| {
        let mut document = finding_document(finding, sweep, network);
        document["suppressed"] = json!(reason);
        document
    });
    json!({
        "zone": sweep.zone,
        "region": sweep.region,
        "at": jiff::Timestamp::try_from(sweep.at).ok().map(|at| at.to_string()),
        "accounts": accounts,
        "conformant": sweep.findings.is_empty(),
        "summary": {
            "findings": sweep.findings.len(),
            "severities": by_severity,
            "suppressed": sweep.suppressed.len(),
            "resources": sweep.conformant,
            "invariants": sweep.invariants,
        },
        "findings": sweep.findings.iter().map(|one| finding_document(one, sweep, network)).collect::<Vec<_>>(),
        "suppressed": suppressed.collect::<Vec<_>>(),
        "caveats": sweep.caveats,
    })
}

fn finding_document(finding: &Finding, sweep: &Sweep, network: &Network) -> Value {
    let attributes = finding.attributes.iter().map(
        |AttributeChange { attribute, from, to }| json!({ "attribute": attribute, "actual": from, "expected": to }),
    );
    json!({
        "id": finding.id,
        "class": finding.class,
        "severity": finding.severity,
        "account": finding.owner.to_string(),
        "account_id": finding.account,
        "region": sweep.region,
        "scope": finding.scope.as_ref().map(ToString::to_string),
        "address": finding.address,
        "kind": finding.kind,
        "aws_id": finding.aws_id,
        "console": finding.console,
        "sentence": finding.sentence,
        "attributes": attributes.collect::<Vec<_>>(),
        "violation": finding.violation.as_ref().map(|one| violation_document(one, network)),
        "by": finding.by,
        "remedy": finding.remedy,
        "controls": finding.controls,
    })
}
