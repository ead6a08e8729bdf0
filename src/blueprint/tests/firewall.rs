//! What a firewall consists of, and what it lets pass.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::{address, expand};
use crate::firewall::{Decision, DefaultAction, Flow, FlowProtocol, Policy, RuleGroup, parse};
use crate::graph::Ref;
use crate::kinds::{Desired, Spec};
use crate::values::{Cidr, DomainName, Label, PortRange};
use crate::zone::firewall::FIRST_WORKLOAD_SID;
use crate::zone::sample::{Topology, network_name, sample};
use crate::zone::{Egress, EgressAddress, EgressProtocol, Zone};

/// The sample zone with one workload that lists a bit of everything.
fn zone() -> Zone {
    let mut zone = sample(Topology::Segmented, 2, 3);
    let ports = ["445", "8443", "9000-9010"].map(|ports| PortRange::parse(ports).unwrap());
    let to = |range: &str, protocol| EgressAddress { to: Cidr::parse(range).unwrap(), protocol };
    zone.accounts.get_mut(&Label::parse("payments-prod").unwrap()).unwrap().egress = Egress {
        domains: ["api.binance.com", ".example.com"].map(|domain| DomainName::parse(domain).unwrap()).into(),
        addresses: [
            to("203.0.113.10/32", EgressProtocol::Tcp(ports.into())),
            to("203.0.113.0/24", EgressProtocol::Udp([PortRange::parse("123").unwrap()].into())),
            to("203.0.113.0/24", EgressProtocol::Icmp),
        ]
        .into(),
    };
    zone
}

/// The policy as the firewall judges by it, with the workloads' rules in their groups.
fn policy(desired: &Desired) -> Policy {
    let Spec::FirewallPolicy(policy) = &desired[&address("networking/egress/firewall/policy")].spec else { panic!() };
    let groups = policy.rule_groups.iter().map(|group| {
        let Spec::FirewallRuleGroup(own) = &desired[group.as_address().unwrap()].spec else { panic!("{group}") };
        let workloads = desired.values().filter_map(|resource| match &resource.spec {
            Spec::FirewallWorkloadRules(rules) if rules.group == *group => Some(rules.rules.join("\n")),
            _ => None,
        });
        let text: Vec<String> = std::iter::once(own.rules.clone()).chain(workloads).collect();
        RuleGroup {
            name: own.name.clone(),
            rules: parse(&text.join("\n")).unwrap(),
            address_variables: BTreeMap::new(),
        }
    });
    assert_eq!(policy.stateful_default_actions.len(), 2);
    Policy {
        groups: groups.collect(),
        defaults: BTreeSet::from([DefaultAction::DropEstablished, DefaultAction::AlertEstablished]),
        address_variables: BTreeMap::from([("HOME_NET".to_owned(), policy.home_net.clone())]),
        ..Policy::default()
    }
}

#[test]
fn a_workload_reaches_what_its_account_lists_and_nothing_else() {
    use Decision::{Dropped, Passed};
    use FlowProtocol::{Icmp, Tcp, Udp};
    let zone = zone();
    let policy = policy(&expand(&zone).unwrap());
    let source = |account: &str| {
        let first = zone.networks[&network_name(account, "container")].cidr.first();
        Ipv4Addr::from(u32::from(first) + 10)
    };
    let (listed, other) = (Ipv4Addr::new(203, 0, 113, 10), Ipv4Addr::new(198, 51, 100, 7));
    for (account, destination, protocol, port, domain, expected) in [
        ("payments-prod", other, Tcp, 443, Some("api.binance.com"), Passed),
        ("payments-prod", other, Tcp, 80, Some("api.binance.com"), Passed),
        ("payments-prod", other, Tcp, 443, Some("www.api.binance.com"), Dropped),
        ("payments-prod", other, Tcp, 443, Some("example.com"), Passed),
        ("payments-prod", other, Tcp, 443, Some("a.b.example.com"), Passed),
        ("payments-prod", other, Tcp, 443, Some("badexample.com"), Dropped),
        ("payments-prod", other, Tcp, 443, Some("example.org"), Dropped),
        ("payments-prod", listed, Tcp, 8443, None, Passed),
        ("payments-prod", listed, Tcp, 9005, None, Passed),
        ("payments-prod", listed, Tcp, 9011, None, Dropped),
        ("payments-prod", other, Tcp, 8443, None, Dropped),
        ("payments-prod", Ipv4Addr::new(203, 0, 113, 77), Udp, 123, None, Passed),
        ("payments-prod", other, Udp, 123, None, Dropped),
        ("payments-prod", listed, Icmp, 0, None, Passed),
        ("payments-prod", other, Icmp, 0, None, Dropped),
        // What the files forbid is forbidden, whatever an account lists: the sample's rule drops SMB.
        ("payments-prod", listed, Tcp, 445, None, Dropped),
        // Another workload of the same segment, in the same group.
        ("orders-prod", other, Tcp, 443, Some("api.binance.com"), Dropped),
        ("orders-prod", listed, Tcp, 8443, None, Dropped),
        ("orders-prod", other, Tcp, 443, Some("orders-prod.example.com"), Passed),
        ("payments-dev", listed, Tcp, 8443, None, Dropped),
    ] {
        let flow = Flow { source: source(account), destination, protocol, source_port: 40_000, port, domain };
        assert_eq!(policy.judge(&flow).decision, expected, "{account} to {destination} {port} {domain:?}");
    }
}

#[test]
fn every_rule_of_a_workload_says_whose_it_is_and_has_a_sid_of_its_own() {
    let zone = zone();
    let desired = expand(&zone).unwrap();
    let mut sids = BTreeSet::new();
    for (address, resource) in &desired {
        let Spec::FirewallWorkloadRules(rules) = &resource.spec else { continue };
        let name = address.as_str().rsplit('/').next().unwrap();
        assert_eq!(rules.workload, name);
        let parsed = parse(&rules.rules.join("\n")).unwrap();
        let range = zone.networks[&network_name(name.split_once('.').unwrap().0, "container")].cidr;
        for (rule, text) in parsed.iter().zip(&rules.rules) {
            assert_eq!(rule.metadata, [format!("lz {name}")]);
            assert_eq!(rule.source.to_string(), range.to_string());
            assert!(rule.sid >= FIRST_WORKLOAD_SID && sids.insert(rule.sid), "{text}");
        }
    }
    assert_eq!(sids.len(), 7 + 3 + 3);
}

#[test]
fn groups_are_in_order_and_none_is_empty() {
    let desired = expand(&zone()).unwrap();
    let Spec::FirewallPolicy(policy) = &desired[&address("networking/egress/firewall/policy")].spec else { panic!() };
    let groups = "networking/egress/firewall/groups";
    let expected = ["rules/baseline/500", "workloads/dev/2000", "workloads/prod/2000"];
    let order: Vec<String> = policy.rule_groups.iter().map(Ref::to_string).collect();
    assert_eq!(order, expected.map(|group| format!("{groups}/{group}")));
    for group in &policy.rule_groups {
        let Spec::FirewallRuleGroup(group) = &desired[group.as_address().unwrap()].spec else { panic!() };
        assert_eq!(parse(&group.rules).unwrap().len(), 1);
        assert!(group.name.ends_with(&format!("-{}", group.capacity)), "{}", group.name);
    }
}
