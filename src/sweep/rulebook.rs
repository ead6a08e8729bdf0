//! How bad findings are and which controls they break: `controls.toml`, read.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::finding::{Class, Control, Severity, Standard};
use crate::kinds::KindName;
use crate::plan::AttributeChange;

/// The rules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rulebook {
    severity: BTreeMap<Class, Severity>,
    #[serde(rename = "rule")]
    rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Rule {
    class: Class,
    kind: Option<KindName>,
    attribute: Option<String>,
    when: Option<When>,
    invariant: Option<String>,
    severity: Option<Severity>,
    #[serde(default)]
    aws_fsbp: BTreeSet<String>,
    #[serde(default)]
    cis_aws: BTreeSet<String>,
    #[serde(default)]
    nist_800_53: BTreeSet<String>,
}

/// Which difference protects less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum When {
    TurnedOn,
    TurnedOff,
    Widened,
    Narrowed,
    Lowered,
    Differs,
    Missing,
}

/// What the rules say of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judgement {
    pub(super) class: Class,
    pub(super) severity: Severity,
    pub(super) controls: BTreeSet<Control>,
}

impl Rulebook {
    /// lz's own.
    ///
    /// # Errors
    /// Where the file that lz was built with is no rulebook: a defect of lz.
    pub(super) fn built_in() -> Result<Self, toml::de::Error> {
        toml::from_str(include_str!("controls.toml"))
    }

    /// Of a resource that is not there.
    pub(super) fn missing(&self, kind: KindName) -> Judgement {
        let weakens = |rule: &&Rule| rule.when == Some(When::Missing) && rule.kind == Some(kind);
        match self.rules.iter().find(weakens) {
            Some(rule) => self.judged(Class::Weakened, [Some(rule)]),
            None => self.judged(Class::Missing, [self.best(Class::Missing, Some(kind), None)]),
        }
    }

    /// Of a resource that is there with other attributes.
    pub(super) fn changed(&self, kind: KindName, attributes: &[AttributeChange]) -> Judgement {
        let weakening: Vec<Option<&Rule>> =
            attributes.iter().filter_map(|change| self.weakening(kind, change)).map(Some).collect();
        if !weakening.is_empty() {
            return self.judged(Class::Weakened, weakening);
        }
        let names = attributes.iter().map(|change| change.attribute.name());
        self.judged(Class::Changed, names.map(|name| self.best(Class::Changed, Some(kind), Some(name))))
    }

    /// Of a resource that nobody asked for.
    pub(super) fn unexpected(&self, kind: KindName) -> Judgement {
        self.judged(Class::Unexpected, [self.best(Class::Unexpected, Some(kind), None)])
    }

    /// Of a broken invariant.
    pub(super) fn violated(&self, invariant: &str) -> Judgement {
        let of_class = || self.rules.iter().filter(|rule| rule.class == Class::Violated);
        let exact = of_class().find(|rule| rule.invariant.as_deref() == Some(invariant));
        self.judged(Class::Violated, [exact.or_else(|| of_class().find(|rule| rule.invariant.is_none()))])
    }

    /// Of something that could not be looked at.
    pub(super) fn unreachable(&self) -> Judgement {
        self.judged(Class::Unreachable, [])
    }

    fn weakening(&self, kind: KindName, change: &AttributeChange) -> Option<&Rule> {
        let about = |rule: &&Rule| {
            rule.class == Class::Weakened
                && rule.kind == Some(kind)
                && rule.attribute.as_deref() == Some(change.attribute.name())
                && rule.when.is_some_and(|when| when.holds(&change.from, &change.to))
        };
        self.rules.iter().find(about)
    }

    /// The rule that says most: about the kind's attribute, the attribute, the kind, the class.
    fn best(&self, class: Class, kind: Option<KindName>, attribute: Option<&str>) -> Option<&Rule> {
        let fits = |rule: &&Rule| {
            rule.class == class
                && (rule.kind.is_none() || rule.kind == kind)
                && (rule.attribute.is_none() || rule.attribute.as_deref() == attribute)
        };
        self.rules.iter().filter(fits).max_by_key(|rule| (rule.attribute.is_some(), rule.kind.is_some()))
    }

    fn judged<'a>(&self, class: Class, rules: impl IntoIterator<Item = Option<&'a Rule>>) -> Judgement {
        let usual = self.severity.get(&class).copied().unwrap_or(Severity::High);
        let mut worst = None;
        let mut controls = BTreeSet::new();
        for rule in rules {
            worst = worst.max(Some(rule.and_then(|rule| rule.severity).unwrap_or(usual)));
            controls.extend(rule.into_iter().flat_map(Rule::controls));
        }
        Judgement { class, severity: worst.unwrap_or(usual), controls }
    }
}

impl Rule {
    fn controls(&self) -> impl Iterator<Item = Control> {
        let of = |ids: &BTreeSet<String>, standard| {
            ids.iter().map(move |id| Control { standard, id: id.clone() }).collect::<Vec<_>>()
        };
        [
            of(&self.aws_fsbp, Standard::AwsFoundationalSecurityBestPractices),
            of(&self.cis_aws, Standard::CisAwsFoundations),
            of(&self.nist_800_53, Standard::Nist80053),
        ]
        .into_iter()
        .flatten()
    }
}

impl When {
    /// True where what is there protects less than what was asked for.
    fn holds(self, there: &Value, wanted: &Value) -> bool {
        let items = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let holds_more = |one: &Value, other: &Value| items(one).iter().any(|item| !items(other).contains(item));
        match self {
            Self::TurnedOn => there == &Value::Bool(true) && wanted == &Value::Bool(false),
            Self::TurnedOff => there == &Value::Bool(false) && wanted == &Value::Bool(true),
            Self::Widened => holds_more(there, wanted),
            Self::Narrowed => holds_more(wanted, there),
            // Where there is no number, there is no limit.
            Self::Lowered => match (there.as_u64(), wanted.as_u64()) {
                (Some(there), Some(wanted)) => there < wanted,
                (Some(_), None) => true,
                (None, _) => false,
            },
            Self::Differs => there != wanted,
            Self::Missing => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::blueprint::expand;
    use crate::kinds::Spec;
    use crate::kinds::vpc::VpcField;
    use crate::plan::Attribute;
    use crate::reach::prove::BUILT_IN;
    use crate::zone::sample::{Topology, sample};

    fn change(attribute: impl Into<Attribute>, from: Value, to: Value) -> AttributeChange {
        AttributeChange { attribute: attribute.into(), from, to }
    }

    #[test]
    fn every_kind_attribute_and_invariant_that_is_named_exists() {
        let rulebook = Rulebook::built_in().unwrap();
        assert_eq!(rulebook.severity.len(), Class::ALL.len());
        let wanted = expand(&sample(Topology::Segmented, 2, 3)).unwrap();
        let mut attributes: BTreeMap<KindName, BTreeSet<String>> = BTreeMap::new();
        for spec in wanted.into_values().map(|one| one.spec) {
            let names = spec.fields().into_iter().map(|field| field.name().to_owned());
            attributes.entry(Spec::kind(&spec)).or_default().extend(names);
        }
        for rule in &rulebook.rules {
            if let (Some(kind), Some(attribute)) = (rule.kind, &rule.attribute) {
                let known = attributes.get(&kind).unwrap_or_else(|| panic!("no zone of this test has a {kind:?}"));
                assert!(known.contains(attribute), "{} has no attribute {attribute}", kind.as_str());
            } else if let Some(attribute) = &rule.attribute {
                assert!(["tags", "state"].contains(&attribute.as_str()), "{attribute}");
            }
            if let Some(invariant) = &rule.invariant {
                assert!(BUILT_IN.contains(&invariant.as_str()), "{invariant}");
            }
            let says_when = rule.attribute.is_some() || rule.when == Some(When::Missing);
            assert!(rule.class != Class::Weakened || (rule.when.is_some() && says_when), "{rule:?}");
        }
    }

    #[test]
    fn what_protects_less_is_weakened_and_the_other_way_is_changed() {
        let rulebook = Rulebook::built_in().unwrap();
        let class = |kind: KindName, name: &str, from, to| {
            rulebook.changed(kind, &[change(kind.field(name).unwrap(), from, to)]).class
        };
        let attachment = KindName::TransitGatewayAttachment;
        assert_eq!(class(attachment, "appliance_mode", json!(false), json!(true)), Class::Weakened);
        assert_eq!(class(attachment, "appliance_mode", json!(true), json!(false)), Class::Changed);
        let group = KindName::SecurityGroup;
        assert_eq!(class(group, "ingress", json!(["a", "b"]), json!(["a"])), Class::Weakened);
        assert_eq!(class(group, "ingress", json!([]), json!(["a"])), Class::Changed);
        let logs = KindName::LogGroup;
        assert_eq!(class(logs, "retention_days", json!(1), json!(90)), Class::Weakened);
        assert_eq!(class(logs, "retention_days", json!(1), Value::Null), Class::Weakened);
        assert_eq!(class(logs, "retention_days", Value::Null, json!(90)), Class::Changed);
        assert_eq!(rulebook.missing(KindName::FlowLog).class, Class::Weakened);
        assert_eq!(rulebook.missing(KindName::Route).class, Class::Missing);
    }

    #[test]
    fn the_worst_attribute_counts_and_tags_alone_are_low() {
        let rulebook = Rulebook::built_in().unwrap();
        let tags = change(Attribute::Tags, json!({}), json!({"owner": "x"}));
        let hostnames = change(VpcField::dns_hostnames, json!(false), json!(true));
        assert_eq!(rulebook.changed(KindName::Vpc, std::slice::from_ref(&tags)).severity, Severity::Low);
        assert_eq!(rulebook.changed(KindName::Vpc, &[tags, hostnames]).severity, Severity::Medium);
    }
}
