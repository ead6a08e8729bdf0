//! Findings as SARIF, which code scanning shows beside the code (OASIS, "Static Analysis Results Interchange Format
//! Version 2.1.0").

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{all, details, requirement, rfc3339, rule, sentence, subject, to_do};
use crate::kinds::Scope;
use crate::sweep::{Class, Finding, Severity, Sweep};
use crate::text::{escape, json as json_text};

/// A sweep as a SARIF log of one run.
#[must_use]
pub fn sarif(sweep: &Sweep) -> String {
    let mut worst: BTreeMap<String, &Finding> = BTreeMap::new();
    for (finding, _) in all(sweep) {
        let known = worst.entry(rule(finding)).or_insert(finding);
        if finding.severity > known.severity {
            *known = finding;
        }
    }
    let results: Vec<Value> = all(sweep).map(|(finding, reason)| result(sweep, finding, reason, &worst)).collect();
    let rules: Vec<Value> = worst.iter().map(|(id, finding)| descriptor(id, finding)).collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "lz",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            // Results of the same zone follow each other; the part after the last slash would tell single runs apart.
            "automationDetails": { "id": format!("lz-sweep/{}/", sweep.zone) },
            "invocations": [{
                "executionSuccessful": true,
                "startTimeUtc": rfc3339(sweep.at),
                "toolExecutionNotifications": sweep.caveats.iter()
                    .map(|caveat| json!({ "level": "note", "message": { "text": without_links(&escape(caveat)) } }))
                    .collect::<Vec<Value>>(),
            }],
            "results": results,
        }],
    });
    json_text(&document) + "\n"
}

/// A message in which nothing is a link (3.11.6, "Messages with embedded links").
fn without_links(text: &str) -> String {
    text.replace("](", "\\](")
}

fn descriptor(id: &str, worst: &Finding) -> Value {
    json!({
        "id": id,
        "shortDescription": { "text": class_in_words(worst.class) },
        "defaultConfiguration": { "level": level(worst.severity) },
        "properties": {
            "security-severity": score(worst.severity),
            "tags": ["security", worst.class.as_str()],
        },
    })
}

fn class_in_words(class: Class) -> &'static str {
    match class {
        Class::Missing => "What was asked for is not there, or has failed.",
        Class::Changed => "A resource has other attributes than were asked for.",
        Class::Weakened => "A resource has other attributes than were asked for, and protects less.",
        Class::Unmanaged => "Nobody asked for what is there.",
        Class::Violated => "Packets can take a path that they must not, or can't take one that they must.",
        Class::Unreachable => "An account could not be read: what is in it is not known.",
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Informational => "note",
    }
}

/// A score in the middle of what GitHub calls by the same word (GitHub Docs, "SARIF support for code scanning",
/// `security-severity`: over 9.0 critical, from 7.0 high, from 4.0 medium, from 0.1 low).
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Informational => "0.0",
    }
}

fn result(sweep: &Sweep, finding: &Finding, reason: Option<&str>, rules: &BTreeMap<String, &Finding>) -> Value {
    let id = rule(finding);
    let index = rules.keys().position(|known| *known == id);
    let text = format!("{}\n{}", sentence(finding), details(finding).join("\n"));
    let mut result = json!({
        "ruleId": id,
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": { "text": without_links(&text) },
        "partialFingerprints": { "lzFinding/v1": finding.id },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": file(finding) },
                "region": { "startLine": 1 },
            },
            "logicalLocations": [{ "fullyQualifiedName": subject(finding), "kind": "resource" }],
        }],
        // Where one result has them, all must (3.27.23).
        "suppressions": reason.map(|reason| json!({ "kind": "external", "justification": escape(reason) })).into_iter()
            .collect::<Vec<Value>>(),
        "properties": {
            "class": finding.class,
            "severity": finding.severity,
            "account": finding.owner.to_string(),
            "accountId": finding.account,
            "region": sweep.region,
            "address": finding.address,
            "awsId": finding.aws_id,
            "toDo": to_do(&finding.remedy),
            "controls": finding.controls.iter().map(requirement).collect::<Vec<String>>(),
        },
    });
    if let Some(console) = &finding.console {
        result["hostedViewerUri"] = json!(console);
    }
    result
}

/// The file that asks for what the finding is about, from the zone's folder: code scanning shows no result without one.
fn file(finding: &Finding) -> String {
    match &finding.scope {
        Some(Scope::Workload(account)) => format!("accounts/{account}.toml"),
        Some(Scope::Organization | Scope::Hub) | None => "lz.toml".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, clean, forged, sweep};
    use super::*;

    #[test]
    fn every_class_is_a_result_with_its_rule() {
        let mut log: Value = serde_json::from_str(&sarif(&sweep())).unwrap();
        let driver = &mut log["runs"][0]["tool"]["driver"];
        for version in ["version", "semanticVersion"] {
            assert_eq!(driver[version], json!(env!("CARGO_PKG_VERSION")));
            driver[version] = json!("0.0.0");
        }
        insta::assert_json_snapshot!(log);
    }

    #[test]
    fn what_a_tag_says_is_no_line_and_no_link() {
        let text = sarif(&forged());
        check(&text);
        let log: Value = serde_json::from_str(&text).unwrap();
        let message = log["runs"][0]["results"][0]["message"]["text"].as_str().unwrap();
        check(message);
        assert!(!message.contains("[a](") && message.contains("\\u{1b}[2K"), "{message}");
        assert_eq!(message.lines().next().unwrap().matches("forged").count(), 1, "it is one line: {message}");
    }

    #[test]
    fn nothing_found_is_a_run_without_results() {
        let log: Value = serde_json::from_str(&sarif(&clean())).unwrap();
        assert_eq!(log["runs"][0]["results"], json!([]));
        assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], json!(true));
    }
}
