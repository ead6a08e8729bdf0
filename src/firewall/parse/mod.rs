//! Suricata's rule language, as far as Network Firewall takes it and lz reads it (Suricata user guide, "Rules Format";
//! Network Firewall guide, "Limitations and caveats for stateful rules").

mod header;
mod options;

use super::Rule;

/// The longest rule that Network Firewall takes, in characters (Network Firewall guide, "Quotas").
const LONGEST_RULE: usize = 8192;

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct RuleFault {
    /// The line that the rule begins on, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What to do, where that is not plain.
    pub hint: Option<String>,
}

/// What is wrong with a part of a rule, before its line is known.
struct Problem {
    message: String,
    hint: Option<String>,
}

impl Problem {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    fn hinted(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: Some(hint.into()) }
    }
}

/// Reads a text of rules: one rule a line, a backslash at a line's end goes on with the next, `#` begins a line of comment.
///
/// # Errors
/// Every rule that can't be read, or that Network Firewall would refuse in a policy in strict order.
pub fn parse(text: &str) -> Result<Vec<Rule>, Vec<RuleFault>> {
    let mut rules = Vec::new();
    let mut faults = Vec::new();
    for (line, rule) in rule_lines(text) {
        match read_rule(line, &rule) {
            Ok(rule) => rules.push(rule),
            Err(problem) => faults.push(RuleFault { line, message: problem.message, hint: problem.hint }),
        }
    }
    if faults.is_empty() { Ok(rules) } else { Err(faults) }
}

/// The rules of a text as written, one a line, without comments, blank lines and continued lines.
#[must_use]
pub fn normalise(text: &str) -> String {
    rule_lines(text).into_iter().map(|(_, rule)| rule + "\n").collect()
}

/// Each rule with the number of the line that it begins on.
fn rule_lines(text: &str) -> Vec<(usize, String)> {
    let mut rules = Vec::new();
    let mut begun: Option<(usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if begun.is_none() && (line.is_empty() || line.starts_with('#')) {
            continue;
        }
        let (number, mut rule) = begun.take().unwrap_or((index + 1, String::new()));
        match line.strip_suffix('\\') {
            Some(part) => {
                rule.push_str(part.trim_end());
                rule.push(' ');
                begun = Some((number, rule));
            }
            None => {
                rule.push_str(line);
                rules.push((number, rule));
            }
        }
    }
    rules.extend(begun.map(|(number, rule)| (number, rule.trim_end().to_owned())));
    rules
}

fn read_rule(line: usize, text: &str) -> Result<Rule, Problem> {
    if text.len() > LONGEST_RULE {
        return Err(Problem::new(format!("the rule has {} characters; {LONGEST_RULE} are allowed", text.len())));
    }
    let form = "a rule looks like: pass tcp $HOME_NET any -> 192.0.2.7 443 (sid:1;)";
    let (head, rest) =
        text.split_once('(').ok_or_else(|| Problem::hinted("the rule has no options in parentheses", form))?;
    let body = rest.strip_suffix(')').ok_or_else(|| Problem::hinted("the rule doesn't end in `)`", form))?;
    let header = header::read(head)?;
    let options = options::read(body)?;
    Ok(Rule {
        action: header.action,
        protocol: header.protocol,
        source: header.source,
        source_ports: header.source_ports,
        both_directions: header.both_directions,
        destination: header.destination,
        destination_ports: header.destination_ports,
        sid: options.sid,
        message: options.message,
        metadata: options.metadata,
        conditions: options.conditions,
        line,
    })
}
