//! Rules that AWS makes of other forms of rule groups: lists of domains, and rules given as five fields.

use std::collections::BTreeSet;
use std::fmt;

use super::parse::{RuleFault, parse};
use super::{Action, AddressMatch, Condition, DomainPattern, DomainPlace, PortMatch, Rule, RuleProtocol};

/// A list of domains: AWS's `RulesSourceList`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainList {
    /// The domains: a leading dot means the domain and all below it.
    pub targets: Vec<String>,
    /// Where they are looked for.
    pub places: BTreeSet<DomainPlace>,
    /// What is done with what asks for one of them.
    pub kind: DomainListKind,
}

/// What a list of domains is for: AWS's `GeneratedRulesType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DomainListKind {
    /// `ALLOWLIST`: these pass, and all others that speak the same are dropped.
    Allow,
    /// `DENYLIST`: these are dropped.
    Deny,
    /// `REJECTLIST`: these are rejected.
    Reject,
    /// `ALERTLIST`: these are logged.
    Alert,
}

/// A word of AWS's in a list of domains that lz does not know: what rules AWS makes of it, lz can't tell.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a domain list's {field} is `{word}`, and lz does not know what AWS makes of it")]
pub struct UnknownWord {
    /// The field: `TargetTypes` or `GeneratedRulesType`.
    pub field: &'static str,
    /// The word.
    pub word: String,
}

impl DomainList {
    /// A list in AWS's own words (Network Firewall API reference, `RulesSourceList`).
    ///
    /// # Errors
    /// Where one of the words is not known.
    pub fn of_words<'words>(
        targets: &[String],
        target_types: impl IntoIterator<Item = &'words str>,
        generated_rules_type: &str,
    ) -> Result<Self, UnknownWord> {
        let unknown = |field, word: &str| UnknownWord { field, word: word.to_owned() };
        let place = |word| match word {
            "TLS_SNI" => Ok(DomainPlace::TlsServerName),
            "HTTP_HOST" => Ok(DomainPlace::HttpHost),
            other => Err(unknown("TargetTypes", other)),
        };
        let kind = match generated_rules_type {
            "ALLOWLIST" => DomainListKind::Allow,
            "DENYLIST" => DomainListKind::Deny,
            "REJECTLIST" => DomainListKind::Reject,
            "ALERTLIST" => DomainListKind::Alert,
            other => return Err(unknown("GeneratedRulesType", other)),
        };
        let places = target_types.into_iter().map(place).collect::<Result<_, _>>()?;
        Ok(Self { targets: targets.to_vec(), places, kind })
    }

    /// The rules that AWS makes of the list, numbered from 1, each on the line of its number (Network Firewall guide,
    /// "Examples of stateful rules", domain list rules).
    #[must_use]
    pub fn rules(&self) -> Vec<Rule> {
        let mut rules = Vec::new();
        for &place in &self.places {
            for target in &self.targets {
                let pattern = match target.strip_prefix('.') {
                    Some(suffix) => DomainPattern::Suffix(suffix.to_ascii_lowercase()),
                    None => DomainPattern::Exact(target.to_ascii_lowercase()),
                };
                rules.push(domain_rule(self.kind.action(), place, Some(pattern)));
            }
        }
        if self.kind == DomainListKind::Allow {
            rules.extend(self.places.iter().map(|&place| domain_rule(Action::Drop, place, None)));
        }
        for ((number, line), rule) in (1..).zip(1..).zip(&mut rules) {
            (rule.sid, rule.line) = (number, line);
        }
        rules
    }
}

impl DomainListKind {
    fn action(self) -> Action {
        match self {
            Self::Allow => Action::Pass,
            Self::Deny => Action::Drop,
            Self::Reject => Action::Reject,
            Self::Alert => Action::Alert,
        }
    }
}

fn domain_rule(action: Action, place: DomainPlace, pattern: Option<DomainPattern>) -> Rule {
    let mut conditions = Vec::new();
    if place == DomainPlace::TlsServerName {
        conditions.push(Condition::TlsClientHello);
    }
    conditions.extend(pattern.map(|pattern| Condition::Domain { place, pattern }));
    conditions.push(Condition::Flow(["to_server", "established"].map(str::to_owned).into()));
    Rule {
        action,
        protocol: match place {
            DomainPlace::TlsServerName => RuleProtocol::Tls,
            DomainPlace::HttpHost => RuleProtocol::Http,
        },
        source: AddressMatch::Variable("HOME_NET".to_owned()),
        source_ports: PortMatch::Any,
        both_directions: false,
        destination: AddressMatch::Variable("EXTERNAL_NET".to_owned()),
        destination_ports: PortMatch::Any,
        sid: 1,
        message: None,
        metadata: Vec::new(),
        conditions,
        line: 1,
    }
}

/// A rule given as five fields and options: AWS's `StatefulRule`, each field in AWS's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatefulRule {
    /// `PASS`, `DROP`, `REJECT` or `ALERT`.
    pub action: String,
    /// Such as `TCP`, `TLS`, `IP`.
    pub protocol: String,
    /// An address, a range, a variable, or `ANY`.
    pub source: String,
    /// A port, a range of them, or `ANY`.
    pub source_port: String,
    /// `FORWARD`, or `ANY` for both directions.
    pub direction: String,
    /// As the source.
    pub destination: String,
    /// As the source's.
    pub destination_port: String,
    /// The options: keyword and settings.
    pub options: Vec<(String, Vec<String>)>,
}

/// The rules that AWS makes of rules given as five fields, each on the line of its place in the list, from 1.
///
/// # Errors
/// Every rule that lz can't read.
pub fn stateful_rules(rules: &[StatefulRule]) -> Result<Vec<Rule>, Vec<RuleFault>> {
    let lines: Vec<String> = rules.iter().map(StatefulRule::to_string).collect();
    parse(&lines.join("\n"))
}

/// As a line of a rules file.
impl fmt::Display for StatefulRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = if self.direction.eq_ignore_ascii_case("ANY") { "<>" } else { "->" };
        let options = self.options.iter().map(|(keyword, settings)| match settings.as_slice() {
            [] => format!("{keyword};"),
            settings => format!("{keyword}:{};", settings.join(",")),
        });
        write!(
            formatter,
            "{} {} {} {} {direction} {} {} ({})",
            self.action.to_ascii_lowercase(),
            self.protocol.to_ascii_lowercase(),
            self.source,
            self.source_port,
            self.destination,
            self.destination_port,
            options.collect::<Vec<_>>().join(" ")
        )
    }
}
