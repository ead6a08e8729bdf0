//! The rules of Network Firewall: read from Suricata's language as far as lz supports it, checked before anything is
//! called, and asked what becomes of a flow.
//!
//! Pure. What lz can't judge is said to be inspected, never to be allowed.

mod policy;
mod rule;

pub use policy::{DefaultAction, Policy, RuleGroup, RuleOrder, StatelessDefault};
pub use rule::{Action, AddressMatch, Condition, DomainPattern, DomainPlace, PortMatch, Rule, RuleProtocol};
