//! A rule group's text: whose each of its rules is.

use std::collections::BTreeMap;

use crate::firewall::normalise;

/// The rules of a group: its own, and those of each workload that shares it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RuleText {
    /// The rules without a workload's name in their metadata.
    pub own: Vec<String>,
    /// The others, by that name.
    pub workloads: BTreeMap<String, Vec<String>>,
}

impl RuleText {
    pub(super) fn parse(text: &str) -> Self {
        let mut parsed = Self::default();
        for rule in rules(text) {
            match workload_of(&rule).map(str::to_owned) {
                Some(workload) => parsed.workloads.entry(workload).or_default().push(rule),
                None => parsed.own.push(rule),
            }
        }
        parsed
    }

    /// The whole, one rule a line: the group's own rules first, as strict order asks them first, then the workloads'.
    pub(super) fn joined(&self) -> String {
        let all = self.own.iter().chain(self.workloads.values().flatten());
        all.map(String::as_str).collect::<Vec<_>>().join("\n")
    }

    /// Sets a workload's rules; none take it out.
    pub(super) fn set(&mut self, workload: &str, rules: &[String]) {
        if rules.is_empty() {
            self.workloads.remove(workload);
        } else {
            self.workloads.insert(workload.to_owned(), rules.to_vec());
        }
    }
}

/// The rules of a text, each on one line, in the form that lz sends them in.
pub(super) fn rules(text: &str) -> Vec<String> {
    normalise(text).lines().map(str::to_owned).collect()
}

/// The workload in a rule's metadata: `… metadata:lz NAME; …`, alone or among other entries.
fn workload_of(rule: &str) -> Option<&str> {
    let options = rule.split_once('(')?.1;
    let entries = options_of(options).into_iter().filter_map(|option| option.trim().strip_prefix("metadata:"));
    entries.flat_map(|entries| entries.split(',')).find_map(|entry| {
        let (key, name) = entry.trim().split_once(char::is_whitespace)?;
        (key == "lz").then(|| name.trim())
    })
}

/// A rule's options: what semicolons divide, but for those in quotes and those after a backslash.
fn options_of(options: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (at, character) in options.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ';' if !quoted => {
                found.extend(options.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = r#"alert ip 192.0.2.0/24 any -> any any (msg:"never"; sid:1;)"#;
    const PAYMENTS: &str = r#"pass tls 10.1.0.0/24 any -> any 443 (tls.sni; content:"a.example"; msg:"x; metadata:lz ops"; metadata:lz payments-prod.container, since 2026; sid:1000000000;)"#;
    const ORDERS: &str =
        "pass tcp 10.1.1.0/24 any -> 203.0.113.1 443 (metadata: lz orders-prod.container; sid:1000000016;)";

    #[test]
    fn each_rule_is_the_groups_or_a_workloads() {
        let text = format!("# a comment\n\n{PAYMENTS}\n  {OWN}  \n{ORDERS}\n");
        let parsed = RuleText::parse(&text);
        assert_eq!(parsed.own, [OWN]);
        let names: Vec<&str> = parsed.workloads.keys().map(String::as_str).collect();
        assert_eq!(names, ["orders-prod.container", "payments-prod.container"]);
        assert_eq!(parsed.joined(), format!("{OWN}\n{ORDERS}\n{PAYMENTS}"));
        assert_eq!(RuleText::parse(&parsed.joined()), parsed);
    }

    #[test]
    fn a_workloads_rules_are_set_and_taken_out_alone() {
        let mut text = RuleText::parse(&format!("{OWN}\n{ORDERS}\n{PAYMENTS}"));
        text.set("orders-prod.container", &[]);
        text.set(
            "ops-prod.container",
            &["pass ip any any -> any any (metadata:lz ops-prod.container; sid:5;)".to_owned()],
        );
        assert_eq!(text.joined().lines().count(), 3);
        assert_eq!(text.workloads["payments-prod.container"], [PAYMENTS]);
        assert!(!text.workloads.contains_key("orders-prod.container"));
    }

    #[test]
    fn a_rule_may_be_continued_on_the_next_line() {
        let text = "pass tcp any any -> any 80 \\\n  (msg:\"#1\"; \\\n   sid:1;)\n# drop \\\ndrop tcp any any -> any any (sid:2;)";
        assert_eq!(
            rules(text),
            ["pass tcp any any -> any 80 (msg:\"#1\"; sid:1;)", "drop tcp any any -> any any (sid:2;)"]
        );
    }
}
