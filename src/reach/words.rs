//! A firewall policy's actions and orders, from the words that AWS has for them.

use std::collections::{BTreeMap, BTreeSet};

use crate::firewall::{DefaultAction, Policy, RuleGroup, RuleOrder, StatelessDefault};
use crate::values::Cidr;

/// A policy in AWS's words (Network Firewall API reference, "FirewallPolicy").
pub(super) struct PolicyWords<'a> {
    /// `StatelessDefaultActions`
    pub stateless: BTreeSet<&'a str>,
    /// `StatelessFragmentDefaultActions`
    pub fragments: BTreeSet<&'a str>,
    /// True where stateless rule groups stand before the defaults.
    pub has_stateless_groups: bool,
    /// `StatefulDefaultActions`
    pub stateful: BTreeSet<&'a str>,
    /// `RuleOrder`
    pub order: &'a str,
}

impl PolicyWords<'_> {
    /// The policy with its groups and variables. `HOME_NET` is the firewall's VPC where no variable says otherwise. A word
    /// that lz does not know makes the policy one that can't be judged.
    pub(super) fn policy(
        &self,
        groups: Vec<RuleGroup>,
        mut address_variables: BTreeMap<String, BTreeSet<Cidr>>,
        vpc: &[Cidr],
    ) -> Policy {
        address_variables.entry("HOME_NET".to_owned()).or_insert_with(|| vpc.iter().copied().collect());
        let mut unknown: Vec<String> = Vec::new();
        let mut defaults = BTreeSet::new();
        for word in &self.stateful {
            match *word {
                "aws:drop_strict" => defaults.insert(DefaultAction::DropStrict),
                "aws:drop_established" => defaults.insert(DefaultAction::DropEstablished),
                "aws:alert_strict" => defaults.insert(DefaultAction::AlertStrict),
                "aws:alert_established" => defaults.insert(DefaultAction::AlertEstablished),
                other => {
                    unknown.push(format!("the default action {other} is not modelled"));
                    false
                }
            };
        }
        let order = match self.order {
            "STRICT_ORDER" => RuleOrder::Strict,
            "DEFAULT_ACTION_ORDER" | "" => RuleOrder::DefaultAction,
            other => {
                unknown.push(format!("the rule order {other} is not modelled"));
                RuleOrder::Strict
            }
        };
        let stateless = match (unknown.is_empty(), self.stateless()) {
            (true, stateless) => stateless,
            (false, _) => StatelessDefault::Unsupported(unknown.join("; ")),
        };
        Policy { stateless, order, groups, defaults, address_variables }
    }

    fn stateless(&self) -> StatelessDefault {
        let unsupported = |problem: &str| StatelessDefault::Unsupported(problem.to_owned());
        if self.has_stateless_groups {
            return unsupported("stateless rule groups are not modelled");
        }
        if self.stateless != self.fragments {
            return unsupported("fragments have a default action of their own, which is not modelled");
        }
        let words: Vec<&str> = self.stateless.iter().copied().collect();
        match words.as_slice() {
            ["aws:forward_to_sfe"] => StatelessDefault::Forward,
            ["aws:pass"] => StatelessDefault::Pass,
            ["aws:drop"] => StatelessDefault::Drop,
            _ => unsupported("custom stateless actions are not modelled"),
        }
    }
}
