//! How bad findings are and which controls they break: by what kinds and invariants say of themselves, and what is usual.

use std::collections::BTreeSet;

use super::finding::Class;
use crate::kinds::descriptor::About;
use crate::kinds::{Field, FindingRule, KindName};
use crate::plan::{Attribute, AttributeChange};
use crate::reach::prove::BuiltIn;
use crate::values::{Control, Controls, Severity};

/// What breaks where something is otherwise than it was asked for: the configuration's baseline.
const BASELINE: Controls = Controls::nist(&["CM-2"]);
/// What breaks where packets go where they must not: the protection of boundaries.
const BOUNDARY: Controls = Controls::nist(&["SC-7"]);

/// What the rules say of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judgement {
    pub(super) class: Class,
    pub(super) severity: Severity,
    pub(super) controls: BTreeSet<Control>,
}

impl Judgement {
    /// The worst of all counts, and all controls do.
    fn of(class: Class, all: impl IntoIterator<Item = (Severity, Controls)>) -> Self {
        let mut judgement = Self { class, severity: Severity::Informational, controls: BTreeSet::new() };
        for (severity, controls) in all {
            judgement.severity = judgement.severity.max(severity);
            judgement.controls.extend(controls.all());
        }
        judgement
    }
}

fn rule(kind: KindName, about: &About<Field>) -> Option<(Severity, Controls)> {
    let rules = kind.findings().into_iter();
    rules.filter(|rule| rule.about == *about).map(|rule| (rule.severity, rule.controls)).next()
}

/// Of a resource that is not there.
pub(super) fn missing(kind: KindName) -> Judgement {
    match rule(kind, &About::Gone) {
        Some(rule) => Judgement::of(Class::Weakened, [rule]),
        None => Judgement::of(Class::Missing, [rule(kind, &About::Missing).unwrap_or((Severity::Medium, BASELINE))]),
    }
}

/// Of a resource that is there with other attributes.
pub(super) fn changed(kind: KindName, attributes: &[AttributeChange]) -> Judgement {
    let rules = kind.findings();
    let weakens = |rule: &&FindingRule<Field>, change: &AttributeChange| match &rule.about {
        About::Weakened(field, when) => change.attribute.field() == Some(field) && when.holds(&change.from, &change.to),
        About::Missing | About::Gone | About::Unmanaged => false,
    };
    let weakening: Vec<(Severity, Controls)> = attributes
        .iter()
        .filter_map(|change| rules.iter().find(|rule| weakens(rule, change)))
        .map(|rule| (rule.severity, rule.controls))
        .collect();
    if !weakening.is_empty() {
        return Judgement::of(Class::Weakened, weakening);
    }
    let usual = |change: &AttributeChange| match change.attribute {
        Attribute::Tags => (Severity::Low, BASELINE),
        // AWS is still at work on it.
        Attribute::State => (Severity::Low, Controls::NONE),
        Attribute::Field(_) => (Severity::Medium, BASELINE),
    };
    match attributes {
        [] => Judgement { class: Class::Changed, severity: Severity::Medium, controls: BTreeSet::new() },
        _ => Judgement::of(Class::Changed, attributes.iter().map(usual)),
    }
}

/// Of a resource that nobody asked for.
pub(super) fn unmanaged(kind: KindName) -> Judgement {
    let rule = rule(kind, &About::Unmanaged).unwrap_or((Severity::Medium, BASELINE));
    Judgement::of(Class::Unmanaged, [rule])
}

/// Of a broken invariant: a built-in one, or one that people have written.
pub(super) fn violated(invariant: &str) -> Judgement {
    let built_in = BuiltIn::named(invariant).map(|one| (one.severity, one.controls));
    Judgement::of(Class::Violated, [built_in.unwrap_or((Severity::High, BOUNDARY))])
}

/// Of something that could not be looked at.
pub(super) fn unreachable() -> Judgement {
    Judgement::of(Class::Unreachable, [(Severity::High, Controls::NONE)])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::kinds::vpc::VpcField;

    fn change(attribute: impl Into<Attribute>, from: Value, to: Value) -> AttributeChange {
        AttributeChange { attribute: attribute.into(), from, to }
    }

    #[test]
    fn what_protects_less_is_weakened_and_the_other_way_is_changed() {
        let class =
            |kind: KindName, name: &str, from, to| changed(kind, &[change(kind.field(name).unwrap(), from, to)]).class;
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
        assert_eq!(missing(KindName::FlowLog).class, Class::Weakened);
        assert_eq!(missing(KindName::Route).class, Class::Missing);
    }

    #[test]
    fn the_worst_attribute_counts_and_tags_alone_are_low() {
        let tags = change(Attribute::Tags, json!({}), json!({"owner": "x"}));
        let hostnames = change(VpcField::dns_hostnames, json!(false), json!(true));
        assert_eq!(changed(KindName::Vpc, std::slice::from_ref(&tags)).severity, Severity::Low);
        assert_eq!(changed(KindName::Vpc, &[tags, hostnames]).severity, Severity::Medium);
    }
}
