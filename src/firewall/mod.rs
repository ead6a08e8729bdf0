//! The rules of Network Firewall: read from Suricata's language as far as lz supports it, checked before anything is
//! called, and asked what becomes of a flow.
//!
//! Pure. What lz can't judge is said to be inspected, never to be allowed.

mod display;
mod domain_list;
mod flow;
mod index;
mod judge;
mod lint;
mod parse;
mod policy;
mod resolve;
mod rule;
#[cfg(test)]
mod tests;

pub use domain_list::{DomainList, DomainListKind, StatefulRule, UnknownWord, stateful_rules};
pub use flow::{Flow, FlowBox, FlowProtocol, FlowSet};
pub use judge::{Decider, Decision, Judge, Judgement, Partition};
pub use lint::{LintContext, LintFault, RuleFile, lint};
pub use parse::{RuleFault, normalise, parse};
pub use policy::{DefaultAction, Policy, RuleGroup, RuleOrder, StatelessDefault};
pub use rule::{Action, AddressMatch, Condition, DomainPattern, DomainPlace, PortMatch, Rule, RuleProtocol};
