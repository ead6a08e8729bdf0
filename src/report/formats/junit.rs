//! Findings as JUnit XML, which CI servers show as tests.
//!
//! An account is a test suite. What was found is a failed test, what is suppressed a skipped one, and an account without a
//! finding has one test that passed. An account that could not be read is an error, not a failure: nothing is known of it.
//! There is no standard; this is what both the schema of Jenkins' xUnit plugin (junit-10.xsd) and that of Ant's reports
//! (JUnit.xsd) take.

use std::collections::BTreeMap;

use quick_xml::escape::escape;

use super::{all, details, rfc3339, rule, sentence, subject};
use crate::kinds::Owner;
use crate::sweep::{Class, Finding, Sweep};

/// A sweep as JUnit XML.
#[must_use]
pub fn junit(sweep: &Sweep) -> String {
    let mut suites: BTreeMap<&Owner, Vec<(&Finding, Option<&str>)>> =
        sweep.accounts.keys().map(|owner| (owner, Vec::new())).collect();
    for (finding, reason) in all(sweep) {
        suites.entry(&finding.owner).or_default().push((finding, reason));
    }
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    for (number, (owner, findings)) in suites.into_iter().enumerate() {
        text.push_str(&suite(sweep, number, owner, &findings));
    }
    text.push_str("</testsuites>\n");
    text
}

fn suite(sweep: &Sweep, number: usize, owner: &Owner, findings: &[(&Finding, Option<&str>)]) -> String {
    let skipped = findings.iter().filter(|(_, reason)| reason.is_some()).count();
    let is_error = |(finding, reason): &&(&Finding, Option<&str>)| reason.is_none() && is_unknown(finding);
    let errors = findings.iter().filter(is_error).count();
    let failures = findings.len() - skipped - errors;
    let passes = usize::from(failures + errors == 0);
    let class = format!("{}.{owner}", sweep.zone);
    let at = rfc3339(sweep.at);
    // Neither schema has a use for the host, one asks for it, and none of this depends on it.
    let mut text = format!(
        "  <testsuite id=\"{number}\" name=\"{}\" package=\"{}\" hostname=\"localhost\" timestamp=\"{}\" tests=\"{}\" \
         failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"0\">\n",
        value(&owner.to_string()),
        value(sweep.zone.as_str()),
        at.trim_end_matches('Z'),
        findings.len() + passes,
    );
    let account = sweep.accounts.get(owner).map(ToString::to_string);
    text.push_str("    <properties>\n");
    for (name, property) in [("account", account.as_deref()), ("region", Some(sweep.region.as_str()))] {
        if let Some(property) = property {
            text.push_str(&format!("      <property name=\"{name}\" value=\"{}\"/>\n", value(property)));
        }
    }
    text.push_str("    </properties>\n");
    for (finding, reason) in findings {
        text.push_str(&case(&class, finding, *reason));
    }
    if passes > 0 {
        text.push_str(&format!("    <testcase classname=\"{}\" name=\"conformant\" time=\"0\"/>\n", value(&class)));
    }
    text.push_str("    <system-out/>\n    <system-err/>\n  </testsuite>\n");
    text
}

/// True where nothing could be judged.
fn is_unknown(finding: &Finding) -> bool {
    finding.class == Class::Unreachable
}

fn case(class: &str, finding: &Finding, reason: Option<&str>) -> String {
    let name = format!("{} {} ({})", finding.class.as_str(), subject(finding), finding.id);
    let begin = format!("    <testcase classname=\"{}\" name=\"{}\" time=\"0\">\n", value(class), value(&name));
    let outcome = match reason {
        Some(reason) => format!("      <skipped message=\"{}\"/>\n", value(&crate::text::escape(reason))),
        None => {
            let element = if is_unknown(finding) { "error" } else { "failure" };
            let content = format!("severity: {}\n{}", finding.severity.as_str(), details(finding).join("\n"));
            format!(
                "      <{element} type=\"{}\" message=\"{}\">{}</{element}>\n",
                value(&rule(finding)),
                value(&sentence(finding)),
                escape(legal(&content)),
            )
        }
    };
    format!("{begin}{outcome}    </testcase>\n")
}

/// A text as the value of an attribute, where a line break that stands for itself would be read as a space.
fn value(text: &str) -> String {
    escape(legal(text)).replace('\n', "&#10;").replace('\t', "&#9;")
}

/// A text without the characters that XML 1.0 has no way to write ("Extensible Markup Language 1.0", production 2, "Char").
fn legal(text: &str) -> String {
    let is_legal = |character: char| matches!(character, '\n' | '\t' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|character| if is_legal(character) { character } else { '\u{fffd}' }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, clean, forged, sweep};
    use super::*;

    #[test]
    fn every_class_is_a_test_of_its_account() {
        insta::assert_snapshot!(junit(&sweep()));
    }

    #[test]
    fn what_a_tag_says_is_no_markup_and_no_line() {
        let text = junit(&forged());
        check(&text);
        assert!(!text.contains("<script>") && !text.contains("]]>"), "{text}");
        let mut reader = quick_xml::Reader::from_str(&text);
        while reader.read_event().expect("well-formed") != quick_xml::events::Event::Eof {}
    }

    #[test]
    fn what_conforms_passes() {
        let text = junit(&clean());
        assert_eq!(text.matches("name=\"conformant\"").count(), 3, "{text}");
        assert!(!text.contains("<failure") && !text.contains("<error"), "{text}");
    }
}
