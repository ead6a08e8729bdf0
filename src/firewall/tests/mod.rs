//! What the language means: reading and writing, judgement, lint.

mod judging;
mod language;
mod linting;

use super::{DefaultAction, Policy, Rule, RuleGroup, parse};

fn rules(text: &str) -> Vec<Rule> {
    parse(text).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

/// A policy in strict order that drops what is not passed, with the workloads' supernet at home.
fn policy(text: &str) -> Policy {
    Policy {
        groups: vec![RuleGroup { name: "rules".to_owned(), rules: rules(text), ..group() }],
        defaults: [DefaultAction::DropEstablished, DefaultAction::AlertEstablished].into(),
        address_variables: [("HOME_NET".to_owned(), ["10.0.0.0/8".parse().unwrap()].into())].into(),
        ..Policy::default()
    }
}

fn group() -> RuleGroup {
    RuleGroup { name: String::new(), rules: Vec::new(), address_variables: std::collections::BTreeMap::new() }
}
