//! The contents of a stateful rule group: Suricata's language, a list of domains, or plain rules.
//!
//! <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_RuleGroup.html>

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::input::invalid;
use super::suricata::{self, Context};
use crate::twin::wire::fault::Answer;

/// The most bytes that the rules may have.
const TEXT: usize = 2_000_000;

/// A rule group's contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct RuleGroupDocument {
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_variables: Option<RuleVariables>,
    rules_source: RulesSource,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stateful_rule_options: Option<StatefulRuleOptions>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleVariables {
    #[serde(rename = "IPSets", skip_serializing_if = "Option::is_none")]
    ip_sets: Option<BTreeMap<String, Definition>>,
    #[serde(rename = "PortSets", skip_serializing_if = "Option::is_none")]
    port_sets: Option<BTreeMap<String, Definition>>,
}

/// The values of a variable.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Definition {
    pub(super) definition: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RulesSource {
    #[serde(skip_serializing_if = "Option::is_none")]
    rules_string: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rules_source_list: Option<DomainList>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stateful_rules: Option<Vec<StatefulRule>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DomainList {
    targets: Vec<String>,
    target_types: BTreeSet<TargetType>,
    generated_rules_type: GeneratedRulesType,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum TargetType {
    HttpHost,
    TlsSni,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum GeneratedRulesType {
    Allowlist,
    Denylist,
    Rejectlist,
    Alertlist,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct StatefulRule {
    action: StatefulAction,
    header: Header,
    rule_options: Vec<RuleOption>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum StatefulAction {
    Pass,
    Drop,
    Alert,
    Reject,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Header {
    protocol: HeaderProtocol,
    source: String,
    source_port: String,
    direction: Direction,
    destination: String,
    destination_port: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum HeaderProtocol {
    Ip,
    Tcp,
    Udp,
    Icmp,
    Http,
    Ftp,
    Tls,
    Smb,
    Dns,
    Dcerpc,
    Ssh,
    Smtp,
    Imap,
    Msn,
    Krb5,
    Ikev2,
    Tftp,
    Ntp,
    Dhcp,
    Http2,
    Quic,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Direction {
    Forward,
    Any,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RuleOption {
    keyword: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<Vec<String>>,
}

/// How a group's rules are ordered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct StatefulRuleOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_order: Option<RuleOrder>,
}

/// How stateful rules are ordered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum RuleOrder {
    /// By their actions.
    #[default]
    DefaultActionOrder,
    /// As they are written.
    StrictOrder,
}

impl RuleOrder {
    /// As AWS writes it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::DefaultActionOrder => "DEFAULT_ACTION_ORDER",
            Self::StrictOrder => "STRICT_ORDER",
        }
    }
}

impl RuleGroupDocument {
    /// The group that a text of rules alone makes.
    pub(super) fn of_rules(rules: String) -> Self {
        let rules_source = RulesSource { rules_string: Some(rules), ..RulesSource::default() };
        Self { rule_variables: None, rules_source, stateful_rule_options: None }
    }

    /// How its rules are ordered.
    pub(super) fn order(&self) -> RuleOrder {
        self.stateful_rule_options.and_then(|options| options.rule_order).unwrap_or_default()
    }

    /// Refuses what AWS refuses, and writes the rules as AWS keeps them.
    ///
    /// # Errors
    /// `InvalidRequestException`.
    pub(super) fn check(mut self) -> Answer<Self> {
        let context = self.context()?;
        let RulesSource { rules_string, rules_source_list, stateful_rules } = &mut self.rules_source;
        let given = [rules_string.is_some(), rules_source_list.is_some(), stateful_rules.is_some()];
        if given.iter().filter(|one| **one).count() != 1 {
            return Err(invalid("RulesSource must have exactly one source of rules"));
        }
        if let Some(text) = rules_string {
            if text.len() > TEXT {
                return Err(invalid(format!("rules must have at most {TEXT} bytes")));
            }
            *text = suricata::read(text, &context)
                .map_err(|problem| invalid(format!("rules are invalid: {problem}")))?
                .join("\n");
        }
        rules_source_list.as_ref().map_or(Ok(()), DomainList::check)?;
        check_rules(stateful_rules.as_deref().unwrap_or_default(), &context)?;
        if self.rules() == 0 {
            return Err(invalid("a rule group must have at least one rule"));
        }
        Ok(self)
    }

    /// The variables that the rules may use: the group's own, and those that every policy has.
    fn context(&self) -> Answer<Context> {
        let variables = self.rule_variables.clone().unwrap_or_default();
        let (ip_sets, port_sets) = (variables.ip_sets.unwrap_or_default(), variables.port_sets.unwrap_or_default());
        let own = |sets: &BTreeMap<String, Definition>| sets.keys().cloned().collect::<BTreeSet<String>>();
        let mut addresses = own(&ip_sets);
        addresses.extend(["HOME_NET", "EXTERNAL_NET"].map(str::to_owned));
        let ports = own(&port_sets);
        for (name, set) in ip_sets.iter().chain(&port_sets) {
            check_variable_name(name)?;
            if set.definition.is_empty() {
                return Err(invalid(format!("a variable must have a value, parameter: [{name}]")));
            }
        }
        let wrong = |sets: &BTreeMap<String, Definition>, is_simple: fn(&str) -> bool| {
            let mut values = sets.values().flat_map(|set| &set.definition);
            values.find(|value| !is_simple(value.strip_prefix('!').unwrap_or(value))).cloned()
        };
        if let Some(value) = wrong(&ip_sets, suricata::is_address).or_else(|| wrong(&port_sets, suricata::is_port)) {
            return Err(invalid(format!("the value of a variable is invalid, parameter: [{value}]")));
        }
        Ok(Context { addresses, ports, strict: self.order() == RuleOrder::StrictOrder })
    }

    /// How many rules it holds, which is what counts against its capacity.
    ///
    /// What a list of domains is worth AWS does not publish: the twin counts a rule for each domain and type, and one more
    /// for each type that decides about all other domains.
    pub(super) fn rules(&self) -> usize {
        let RulesSource { rules_string, rules_source_list, stateful_rules } = &self.rules_source;
        rules_string.as_deref().map_or(0, |text| text.lines().count())
            + rules_source_list.as_ref().map_or(0, |list| (list.targets.len() + 1) * list.target_types.len())
            + stateful_rules.as_deref().map_or(0, <[StatefulRule]>::len)
    }
}

/// Refuses what cannot be a variable's name.
pub(super) fn check_variable_name(name: &str) -> Answer<()> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let starts = name.starts_with(|letter: char| letter.is_ascii_alphabetic());
    if starts && name.len() <= 32 && name.chars().all(allowed) {
        return Ok(());
    }
    Err(invalid(format!("variable name must match ^[A-Za-z][A-Za-z0-9_]{{0,31}}$, parameter: [{name}]")))
}

impl DomainList {
    fn check(&self) -> Answer<()> {
        if self.targets.is_empty() || self.target_types.is_empty() {
            return Err(invalid("a list of domains must have targets and target types"));
        }
        let is_label = |label: &str| {
            !label.is_empty()
                && label.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'))
        };
        let is_domain = |target: &str| target.strip_prefix('.').unwrap_or(target).split('.').all(is_label);
        match self.targets.iter().find(|target| !is_domain(target)) {
            Some(target) => Err(invalid(format!("domain is invalid, parameter: [{target}]"))),
            None => Ok(()),
        }
    }
}

fn check_rules(rules: &[StatefulRule], context: &Context) -> Answer<()> {
    let mut sids = BTreeSet::new();
    for rule in rules {
        let Header { source, source_port, destination, destination_port, .. } = &rule.header;
        let upper = [source, source_port, destination, destination_port].map(|one| match one.as_str() {
            // The API writes what Suricata writes in lower case.
            "ANY" => "any",
            other => other,
        });
        let keywords: Vec<(String, String)> = rule
            .rule_options
            .iter()
            .map(|option| (option.keyword.to_lowercase(), option.settings.clone().unwrap_or_default().join(",")))
            .collect();
        let sid = suricata::check_flow(upper, context).and_then(|()| suricata::sid(&keywords, context.strict));
        let sid = sid.map_err(|problem| invalid(format!("stateful rule is invalid: {problem}")))?;
        if !sids.insert(sid) {
            return Err(invalid(format!("stateful rule is invalid: duplicate sid {sid}")));
        }
    }
    Ok(())
}
