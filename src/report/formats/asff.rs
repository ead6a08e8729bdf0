//! Findings in the AWS Security Finding Format, as Security Hub's `BatchImportFindings` takes them (AWS Security Hub user
//! guide, "AWS Security Finding Format").

use serde_json::{Value, json};

use super::{all, details, requirement, rfc3339, rule, sentence, subject, to_do};
use crate::kinds::SecurityHubType;
use crate::sweep::{Class, Finding, Severity, Sweep};
use crate::text::{escape, json as json_text};
use crate::values::AccountId;

// The longest texts that Security Hub takes, in characters (AWS Security Hub API reference, "AwsSecurityFinding",
// "Recommendation").
const LONGEST_TITLE: usize = 256;
const LONGEST_DESCRIPTION: usize = 1024;
const LONGEST_RECOMMENDATION: usize = 512;
/// How many requirements a finding may be related to.
const MOST_REQUIREMENTS: usize = 32;

/// A sweep as a list of findings, by account. A finding in an account whose id is not known is told in the caller's.
///
/// Security Hub takes a hundred in a call; and from an account its own only, where the product is the default one, as here.
#[must_use]
pub fn asff(sweep: &Sweep, caller: &AccountId) -> String {
    let mut findings: Vec<(&AccountId, Value)> = all(sweep)
        .map(|(finding, reason)| {
            let account = finding.account.as_ref().unwrap_or(caller);
            (account, document(sweep, finding, account, reason))
        })
        .collect();
    findings.sort_by_key(|(account, _)| *account);
    let findings: Vec<Value> = findings.into_iter().map(|(_, finding)| finding).collect();
    json_text(&Value::from(findings)) + "\n"
}

fn document(sweep: &Sweep, finding: &Finding, account: &AccountId, reason: Option<&str>) -> Value {
    let Sweep { zone, region, .. } = sweep;
    let at = rfc3339(sweep.at);
    let label = severity(finding.severity);
    let types = [finding_type(finding.class)];
    let description = format!("{}\n{}", sentence(finding), details(finding).join("\n"));
    let requirements: Vec<String> = finding.controls.iter().take(MOST_REQUIREMENTS).map(requirement).collect();
    let mut document = json!({
        "SchemaVersion": "2018-10-08",
        "Id": format!("lz/{region}/{zone}/{}", finding.id),
        "ProductArn": format!("arn:aws:securityhub:{region}:{account}:product/{account}/default"),
        "ProductName": "lz",
        "GeneratorId": format!("lz/{}", rule(finding)),
        "AwsAccountId": account,
        "Region": region,
        "Types": types,
        "CreatedAt": at,
        "UpdatedAt": at,
        "LastObservedAt": at,
        "Severity": { "Label": label },
        // Where Security Hub keeps what a provider says apart from what its users have changed.
        "FindingProviderFields": { "Severity": { "Label": label, "Original": finding.severity }, "Types": types },
        "Title": cut(&format!("lz: {}: {}", finding.class.as_str(), sentence(finding)), LONGEST_TITLE),
        "Description": cut(&description, LONGEST_DESCRIPTION),
        "Remediation": { "Recommendation": { "Text": cut(&to_do(&finding.remedy), LONGEST_RECOMMENDATION) } },
        "Resources": [resource(sweep, finding, account)],
        "Compliance": { "Status": "FAILED", "RelatedRequirements": requirements },
        "ProductFields": {
            "lz/finding": finding.id,
            "lz/class": finding.class,
            "lz/zone": zone,
            "lz/account": finding.owner.to_string(),
            "lz/subject": subject(finding),
        },
        "RecordState": "ACTIVE",
        "Workflow": { "Status": if reason.is_some() { "SUPPRESSED" } else { "NEW" } },
    });
    if let Some(console) = &finding.console {
        document["SourceUrl"] = json!(console);
    }
    if let Some(reason) = reason {
        document["Note"] =
            json!({ "Text": cut(&escape(reason), LONGEST_RECOMMENDATION), "UpdatedBy": "lz", "UpdatedAt": at });
    }
    document
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Informational => "INFORMATIONAL",
        Severity::Low => "LOW",
        Severity::Medium => "MEDIUM",
        Severity::High => "HIGH",
        Severity::Critical => "CRITICAL",
    }
}

/// Where a class belongs in Security Hub's taxonomy (AWS Security Hub user guide, "Types taxonomy for ASFF").
fn finding_type(class: Class) -> &'static str {
    match class {
        Class::Violated | Class::Unmanaged => {
            "Software and Configuration Checks/AWS Security Best Practices/Network Reachability"
        }
        Class::Missing | Class::Changed | Class::Weakened | Class::Unreachable => {
            "Software and Configuration Checks/AWS Security Best Practices"
        }
    }
}

/// What the finding is about: a resource, or the account where it is none.
fn resource(sweep: &Sweep, finding: &Finding, account: &AccountId) -> Value {
    let region = &sweep.region;
    let (kind, id) = match (finding.kind, &finding.aws_id) {
        (Some(kind), Some(id)) => {
            let SecurityHubType { name, in_ec2 } = kind.security_hub();
            match in_ec2 {
                Some(part) if !id.starts_with("arn:") => (name, format!("arn:aws:ec2:{region}:{account}:{part}/{id}")),
                _ => (name, id.clone()),
            }
        }
        // What is not there has no id: its address says which one is meant.
        (Some(kind), None) => (kind.security_hub().name, format!("lz/{}/{}", sweep.zone, subject(finding))),
        (None, Some(id)) => ("Other", id.clone()),
        (None, None) => ("AwsAccount", format!("AWS::::Account:{account}")),
    };
    json!({ "Type": kind, "Id": id, "Partition": "aws", "Region": region })
}

/// A text, or its beginning where it is longer than Security Hub takes.
fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, clean, forged, sweep};
    use super::*;

    fn caller() -> AccountId {
        AccountId::parse("111111111111").unwrap()
    }

    #[test]
    fn every_class_is_a_finding_of_its_account() {
        let findings: Value = serde_json::from_str(&asff(&sweep(), &caller())).unwrap();
        insta::assert_json_snapshot!(findings);
    }

    #[test]
    fn what_a_tag_says_is_no_line() {
        let text = asff(&forged(), &caller());
        check(&text);
        let findings: Value = serde_json::from_str(&text).unwrap();
        check(findings[0]["Description"].as_str().unwrap());
        check(findings[0]["Title"].as_str().unwrap());
    }

    #[test]
    fn texts_are_cut_to_what_security_hub_takes() {
        let mut sweep = sweep();
        sweep.findings.truncate(1);
        sweep.findings[0].sentence = "ü".repeat(2000);
        let findings: Value = serde_json::from_str(&asff(&sweep, &caller())).unwrap();
        let length = |key: &str| findings[0][key].as_str().unwrap().chars().count();
        assert_eq!((length("Title"), length("Description")), (256, 1024));
    }

    #[test]
    fn nothing_found_is_an_empty_list() {
        assert_eq!(asff(&clean(), &caller()), "[]\n");
    }
}
