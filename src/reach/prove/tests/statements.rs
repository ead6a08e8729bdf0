//! Statements that people write.

use std::collections::BTreeSet;

use super::super::super::Verdict;
use super::super::super::network::Protocol;
use super::super::super::testing::{Builder, cidr, id};
use super::super::{Claim, Component, Destination, Intent, Invariant, Rules, Source, Violation, prove};
use super::{intent, network};
use crate::firewall::{RuleGroup, parse};
use crate::values::PortSet;

/// A network whose firewall passes what some rules say.
fn with_rules(text: &str) -> Builder {
    let mut builder = network();
    let firewall = builder.network.firewalls.get_mut(&id("firewall-1")).unwrap();
    let rules = parse(text).unwrap();
    let address_variables = std::collections::BTreeMap::new();
    firewall.policy.groups = vec![RuleGroup { name: "rules".to_owned(), rules, address_variables }];
    builder
}

fn https(from: Source, to: Destination, claim: Claim) -> Invariant {
    Invariant {
        name: "mine".to_owned(),
        from,
        to,
        protocols: [Protocol::Tcp].into(),
        ports: PortSet::one(443),
        claim,
        rules: Rules::Asked,
    }
}

fn broken(builder: &Builder, invariant: Invariant) -> Vec<Violation> {
    prove(&builder.network, &Intent { invariants: vec![invariant], ..intent() })
}

const DOMAIN: &str = "pass tls 10.32.0.0/24 any -> any 443 (tls.sni; content:\"api.binance.com\"; startswith; nocase; endswith; flow:to_server, established; sid:1;)";

#[test]
fn a_domain_is_reached_by_whom_the_rules_let() {
    let builder = with_rules(DOMAIN);
    let private = |vpc: &str| Source::Subnets(super::subnets(vpc, "private"));
    let to = |name: &str| Destination::Domain(name.to_owned());
    let holds =
        |from: &str, name: &str, claim: Claim| broken(&builder, https(private(from), to(name), claim)).is_empty();
    assert!(holds("payments", "api.binance.com", Claim::Reaches));
    assert!(!holds("payments", "evil.example", Claim::Reaches));
    assert!(holds("payments", "evil.example", Claim::NeverReaches));
    assert!(!holds("orders", "api.binance.com", Claim::Reaches));
    assert!(holds("payments", "api.binance.com", Claim::Passes(Component::Firewall)));
    assert!(holds("payments", "api.binance.com", Claim::Passes(Component::NatGateway)));
    assert!(!holds("payments", "api.binance.com", Claim::Passes(Component::Object(id("vpce-1")))));
    // Nobody says which name: the rule may pass it, so that neither is proved.
    let internet = |claim| broken(&builder, https(private("payments"), Destination::Internet, claim)).is_empty();
    assert!(internet(Claim::Reaches));
    assert!(!internet(Claim::NeverReaches));

    let found = broken(&builder, https(private("orders"), to("api.binance.com"), Claim::Reaches));
    assert!(found[0].sentence.contains("vpce-1 drops it by its rules"), "{}", found[0]);
    assert_eq!(found[0].witness.as_ref().unwrap().domain.as_deref(), Some("api.binance.com"));
}

#[test]
fn a_statement_is_about_each_address_and_port_of_it() {
    let builder = with_rules("pass tcp 10.32.0.0/24 any -> 192.0.2.0/25 [443,8000:8100] (sid:1;)");
    let ranges = |text: &str| Destination::Ranges([cidr(text)].into());
    let invariant = |to, ports: &[(u16, u16)], claim| Invariant {
        ports: ports.iter().map(|(first, last)| *first..=*last).collect(),
        ..https(Source::Subnets(super::subnets("payments", "private")), to, claim)
    };
    let holds = |to, ports: &[(u16, u16)], claim| broken(&builder, invariant(ranges(to), ports, claim)).is_empty();
    assert!(holds("192.0.2.0/25", &[(443, 443), (8000, 8100)], Claim::Reaches));
    assert!(!holds("192.0.2.0/24", &[(443, 443)], Claim::Reaches));
    assert!(!holds("192.0.2.0/25", &[(8000, 8101)], Claim::Reaches));
    assert!(holds("192.0.2.128/25", &[(0, u16::MAX)], Claim::NeverReaches));
    let found = broken(&builder, invariant(ranges("192.0.2.0/24"), &[(0, u16::MAX)], Claim::NeverReaches));
    let witness = found[0].witness.as_ref().unwrap();
    assert!(cidr("192.0.2.0/25").contains_address(witness.destination) && witness.port == 443, "{witness}");
}

#[test]
fn a_rule_for_what_is_spoken_over_udp_may_pass_a_first_packet() {
    let from = || Source::Subnets(super::subnets("payments", "private"));
    let udp = |claim| Invariant {
        protocols: [Protocol::Udp].into(),
        ports: PortSet::everything(),
        ..https(from(), Destination::Internet, claim)
    };
    let nothing = with_rules("pass tls 10.32.0.0/24 any -> any 443 (sid:1;)");
    assert!(broken(&nothing, udp(Claim::NeverReaches)).is_empty());
    for (protocol, port) in [("dns", 53), ("quic", 443), ("ntp", 123)] {
        let builder = with_rules(&format!("pass {protocol} 10.32.0.0/24 any -> any {port} (sid:1;)"));
        let found = broken(&builder, udp(Claim::NeverReaches));
        assert_eq!(found.len(), 1, "{protocol}: {found:#?}");
        let witness = found[0].witness.as_ref().unwrap();
        assert_eq!((witness.protocol, witness.port), (Protocol::Udp, port));
        // The walk can't tell either, and says by which rule.
        let walked = witness.trace(&builder.network).unwrap();
        assert!(walked.iter().all(|one| one.verdict == Verdict::Inspected), "{walked:#?}");
        let rest = Invariant { ports: PortSet::one(port).complement(), ..udp(Claim::NeverReaches) };
        assert!(broken(&builder, rest).is_empty(), "{protocol}");
    }
    // A rule that may drop it leaves the same open.
    let builder = with_rules("drop dns any any -> any any (sid:1;)\npass udp 10.32.0.0/24 any -> any 53 (sid:2;)");
    assert_eq!(broken(&builder, udp(Claim::NeverReaches)).len(), 1);
}

#[test]
fn differences_and_names_of_intents_are_told() {
    let intent = Intent { differences: vec!["a route was added by hand".to_owned()], ..intent() };
    let found = prove(&network().network, &intent);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].to_string(), "nothing-differs: a route was added by hand");
    assert_eq!(
        super::super::BUILT_IN.into_iter().map(|one| one.name).collect::<BTreeSet<_>>().len(),
        super::super::BUILT_IN.len()
    );
}
