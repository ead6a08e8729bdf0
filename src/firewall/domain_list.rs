//! Rules that AWS makes of other forms of rule groups: lists of domains, and rules given as five fields.

use std::collections::BTreeSet;

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

impl DomainList {
    /// The rules that AWS makes of the list, numbered from 1 (Network Firewall guide, "Examples of stateful rules", domain
    /// list rules).
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
        for (number, rule) in (1..).zip(&mut rules) {
            rule.sid = number;
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
    let lines: Vec<String> = rules.iter().map(StatefulRule::text).collect();
    parse(&lines.join("\n"))
}

impl StatefulRule {
    fn text(&self) -> String {
        let direction = if self.direction.eq_ignore_ascii_case("ANY") { "<>" } else { "->" };
        let options = self.options.iter().map(|(keyword, settings)| match settings.as_slice() {
            [] => format!("{keyword};"),
            settings => format!("{keyword}:{};", settings.join(",")),
        });
        format!(
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
