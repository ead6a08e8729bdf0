//! Conditions and rules: what a template decides by its parameters.

use std::collections::{BTreeMap, BTreeSet};

use super::evaluate::Evaluation;
use super::fault::Position;
use super::node::Node;
use crate::schema::check::nearest;

/// The conditions that are decided, by name; none where a fault keeps one from being decided.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    decided: BTreeMap<String, Option<bool>>,
    /// Those that are being decided.
    open: BTreeSet<String>,
}

impl<A: Clone> Evaluation<'_, A> {
    /// Decides all conditions, and holds the parameters against the rules.
    pub(super) fn decide(&mut self) {
        let names: Vec<(String, Position)> =
            self.template.conditions.iter().map(|(name, node)| (name.clone(), node.at)).collect();
        for name in &names {
            self.holds(Some(name));
        }
        for (name, rule) in self.template.rules.clone() {
            self.rule(&name, &rule);
        }
    }

    /// True where a condition holds; true without one. None where it can't be decided.
    pub(super) fn holds(&mut self, condition: Option<&(String, Position)>) -> Option<bool> {
        let Some((name, at)) = condition else { return Some(true) };
        if let Some(decided) = self.conditions.decided.get(name) {
            return *decided;
        }
        let Some(node) = self.template.conditions.get(name).cloned() else {
            let known: Vec<&str> = self.template.conditions.keys().map(String::as_str).collect();
            let hint = match nearest(name, &known) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "write it under `Conditions`".to_owned(),
            };
            self.faults.add(*at, format!("there is no condition `{name}`"), hint);
            return None;
        };
        if !self.conditions.open.insert(name.clone()) {
            self.faults.add(node.at, format!("the condition `{name}` waits for itself"), "decide it by parameters");
            return None;
        }
        let decided = self.decision(&node);
        self.conditions.open.remove(name);
        self.conditions.decided.insert(name.clone(), decided);
        decided
    }

    fn decision(&mut self, node: &Node) -> Option<bool> {
        let function = match node.map() {
            Some([(key, argument)]) => Some((key.name.clone(), argument.clone())),
            _ => None,
        };
        let Some((name, argument)) = function else {
            let text = self.known(node)?;
            return match text.as_str() {
                "true" => Some(true),
                "false" => Some(false),
                _ => self.undecidable(node),
            };
        };
        let parts = argument.list().map(<[Node]>::to_vec).unwrap_or_default();
        match (name.as_str(), parts.as_slice()) {
            ("Condition", _) => self.holds(Some(&(argument.text()?.to_owned(), argument.at))),
            ("Fn::Equals", [one, other]) => {
                let (one, other) = (self.known(one), self.known(other));
                Some(one? == other?)
            }
            ("Fn::Not", [one]) => self.decision(one).map(|holds| !holds),
            ("Fn::And", all) if !all.is_empty() => self.all(all).map(|all| all.into_iter().all(|holds| holds)),
            ("Fn::Or", all) if !all.is_empty() => self.all(all).map(|all| all.into_iter().any(|holds| holds)),
            ("Fn::Contains", [list, text]) => {
                let (items, text) = (self.texts(list), self.known(text));
                Some(items?.contains(&text?))
            }
            ("Fn::EachMemberIn", [some, all]) => {
                let (some, all) = (self.texts(some), self.texts(all));
                let all = all?;
                Some(some?.iter().all(|one| all.contains(one)))
            }
            ("Fn::EachMemberEquals", [list, text]) => {
                let (items, text) = (self.texts(list), self.known(text));
                let text = text?;
                Some(items?.iter().all(|one| *one == text))
            }
            _ => self.undecidable(node),
        }
    }

    fn all(&mut self, nodes: &[Node]) -> Option<Vec<bool>> {
        let all: Vec<Option<bool>> = nodes.iter().map(|node| self.decision(node)).collect();
        all.into_iter().collect()
    }

    fn texts(&mut self, node: &Node) -> Option<Vec<String>> {
        match node.list() {
            Some(items) => items.iter().map(|item| self.known(item)).collect(),
            None => {
                let text = self.known(node)?;
                let parsed: Option<Vec<String>> = serde_json::from_str(&text).ok();
                Some(parsed.unwrap_or_else(|| text.split(',').map(|part| part.trim().to_owned()).collect()))
            }
        }
    }

    fn undecidable(&mut self, node: &Node) -> Option<bool> {
        let hint = "write `Fn::Equals`, `Fn::And`, `Fn::Or`, `Fn::Not` or `Condition`";
        self.faults.add(node.at, "this decides nothing", hint);
        None
    }

    fn rule(&mut self, name: &str, rule: &Node) {
        if let Some(condition) = rule.get("RuleCondition")
            && self.decision(condition) != Some(true)
        {
            return;
        }
        for assertion in rule.get("Assertions").and_then(Node::list).unwrap_or_default() {
            let Some(assert) = assertion.get("Assert") else {
                self.faults.add(
                    assertion.at,
                    format!("an assertion of the rule `{name}` asserts nothing"),
                    "add `Assert`",
                );
                continue;
            };
            if self.decision(assert) == Some(false) {
                let told = assertion.get("AssertDescription").and_then(Node::text).unwrap_or("its assertion is false");
                self.faults.add(assertion.at, format!("the rule `{name}` is broken: {told}"), "give other parameters");
            }
        }
    }
}
