//! Firewalls, with their policies and rules.

use std::collections::{BTreeMap, BTreeSet};

use super::{Specified, named};
use crate::firewall::{Policy, RuleFault, RuleGroup, StatelessDefault, parse};
use crate::kinds::{self, Spec, State};
use crate::reach::network::{EndpointKind, Firewall, Network, ObjectId, VpcEndpoint};
use crate::reach::words::PolicyWords;
use crate::values::{Cidr, ZoneId};

/// The service of a firewall's endpoint, in words: which of AWS's services stands behind it is not told before it exists.
const SERVICE: &str = "network-firewall";

/// Adds all firewalls.
pub(super) fn add(network: &mut Network, resources: &[&Specified<'_>]) {
    for resource in resources {
        if let Spec::Firewall(firewall) = resource.spec.as_ref() {
            add_one(network, resource.id.clone(), firewall, resources);
        }
    }
}

fn add_one(network: &mut Network, id: ObjectId, firewall: &kinds::Firewall, resources: &[&Specified<'_>]) {
    let wanted = named(&firewall.policy);
    let policy = resources.iter().find_map(|resource| match resource.spec.as_ref() {
        Spec::FirewallPolicy(policy) if resource.id == wanted => Some(policy),
        _ => None,
    });
    let vpc = named(&firewall.vpc);
    let ranges = network.vpcs.get(&vpc).map(|vpc| vpc.ranges.clone()).unwrap_or_default();
    let mut problems = Vec::new();
    let mut policy = match policy {
        Some(policy) => policy_of(policy, &ranges, resources, &mut problems),
        None => {
            problems.push(format!("the policy {} of the firewall {id} is not among the resources", firewall.policy));
            Policy::default()
        }
    };
    // A firewall with rules that can't be read is one that can't be judged, and never one without these rules.
    if !problems.is_empty() {
        policy.stateless = StatelessDefault::Unsupported(problems.join("; "));
        network.caveats.extend(problems);
    }
    let endpoints = endpoints(network, &id, &vpc, resources);
    network.firewalls.insert(id.clone(), Firewall { id, vpc, endpoints, policy });
}

fn policy_of(
    policy: &kinds::FirewallPolicy,
    vpc: &[Cidr],
    resources: &[&Specified<'_>],
    problems: &mut Vec<String>,
) -> Policy {
    let groups = policy.rule_groups.iter().map(|group| rule_group(&named(group), resources, problems)).collect();
    let home_net = (!policy.home_net.is_empty()).then(|| ("HOME_NET".to_owned(), policy.home_net.clone()));
    let words = PolicyWords {
        stateless: words(&policy.stateless_default_actions),
        fragments: words(&policy.stateless_fragment_default_actions),
        has_stateless_groups: false,
        stateful: words(&policy.stateful_default_actions),
        order: &policy.rule_order,
    };
    words.policy(groups, home_net.into_iter().collect(), vpc)
}

fn words(words: &BTreeSet<String>) -> BTreeSet<&str> {
    words.iter().map(String::as_str).collect()
}

/// Its endpoints, by zone; each is a VPC endpoint too. One that AWS is still at work on passes no packets.
fn endpoints(
    network: &mut Network,
    firewall: &ObjectId,
    vpc: &ObjectId,
    resources: &[&Specified<'_>],
) -> BTreeMap<ZoneId, ObjectId> {
    let mut by_zone = BTreeMap::new();
    for resource in resources.iter().filter(|resource| resource.state == State::Ready) {
        let Spec::FirewallEndpoint(endpoint) = resource.spec.as_ref() else { continue };
        if named(&endpoint.firewall) != *firewall {
            continue;
        }
        let (id, subnet) = (resource.id.clone(), named(&endpoint.subnet));
        if let Some(zone) = network.subnets.get(&subnet).map(|subnet| subnet.zone.clone()) {
            by_zone.insert(zone, id.clone());
        }
        let kind = EndpointKind::GatewayLoadBalancer { subnet };
        let endpoint = VpcEndpoint { id: id.clone(), vpc: vpc.clone(), service: SERVICE.to_owned(), kind };
        network.vpc_endpoints.insert(id, endpoint);
    }
    by_zone
}

/// A group with its own rules and those of the workloads in it.
fn rule_group(id: &ObjectId, resources: &[&Specified<'_>], problems: &mut Vec<String>) -> RuleGroup {
    let mut own = None;
    let mut of_workloads = String::new();
    for resource in resources {
        match resource.spec.as_ref() {
            Spec::FirewallRuleGroup(group) if resource.id == *id => own = Some(group.rules.as_str()),
            Spec::FirewallWorkloadRules(rules) if named(&rules.group) == *id => {
                of_workloads.extend(rules.rules.iter().flat_map(|rule| [rule.as_str(), "\n"]));
            }
            _ => {}
        }
    }
    if own.is_none() {
        problems.push(format!("the rule group {id} is not among the resources"));
    }
    let own = own.unwrap_or_default();
    // The settings that a group holds besides rules are told as comments; lz writes none.
    let settings = own.lines().filter(|line| line.starts_with('#'));
    problems.extend(settings.map(|line| format!("the rule group {id} has settings that are not modelled: {line}")));
    let rules = parse(&format!("{own}\n{of_workloads}")).unwrap_or_else(|faults| {
        let told = |fault: RuleFault| format!("the rule group {id}, line {}: {}", fault.line, fault.message);
        problems.extend(faults.into_iter().map(told));
        Vec::new()
    });
    RuleGroup { name: id.to_string(), rules, address_variables: BTreeMap::new() }
}
