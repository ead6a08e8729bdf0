//! Firewalls that are wanted, with their policies and rules.

use std::collections::{BTreeMap, BTreeSet};

use super::{named, planned};
use crate::firewall::{RuleGroup, parse};
use crate::kinds::{self, Desired, Spec};
use crate::reach::network::{EndpointKind, Firewall, Network, ObjectId, VpcEndpoint};
use crate::reach::words::PolicyWords;

/// The service of a firewall's endpoint, in words: which of AWS's services stands behind it is not told before it exists.
const SERVICE: &str = "network-firewall";

/// Adds all firewalls.
pub(super) fn add(network: &mut Network, desired: &Desired) {
    for (address, resource) in desired {
        if let Spec::Firewall(firewall) = &resource.spec {
            add_one(network, planned(address), firewall, desired);
        }
    }
}

fn add_one(network: &mut Network, id: ObjectId, firewall: &kinds::Firewall, desired: &Desired) {
    let policy = desired.iter().find_map(|(address, resource)| match &resource.spec {
        Spec::FirewallPolicy(policy) if planned(address) == named(&firewall.policy) => Some(policy),
        _ => None,
    });
    let Some(policy) = policy else {
        network
            .caveats
            .insert(format!("the policy {} of the firewall {id} is not among the resources", firewall.policy));
        return;
    };
    let vpc = named(&firewall.vpc);
    let ranges = network.vpcs.get(&vpc).map(|vpc| vpc.ranges.clone()).unwrap_or_default();
    let groups = policy.rule_groups.iter().map(|group| rule_group(network, &named(group), desired)).collect();
    let home_net = (!policy.home_net.is_empty()).then(|| ("HOME_NET".to_owned(), policy.home_net.clone()));
    let words = PolicyWords {
        stateless: words(&policy.stateless_default_actions),
        fragments: words(&policy.stateless_fragment_default_actions),
        has_stateless_groups: false,
        stateful: words(&policy.stateful_default_actions),
        order: &policy.rule_order,
    };
    let policy = words.policy(groups, home_net.into_iter().collect(), &ranges);
    let endpoints = endpoints(network, &id, &vpc, desired);
    network.firewalls.insert(id.clone(), Firewall { id, vpc, endpoints, policy });
}

fn words(words: &BTreeSet<String>) -> BTreeSet<&str> {
    words.iter().map(String::as_str).collect()
}

/// Its endpoints, by zone; each is a VPC endpoint too.
fn endpoints(
    network: &mut Network,
    firewall: &ObjectId,
    vpc: &ObjectId,
    desired: &Desired,
) -> BTreeMap<crate::values::ZoneId, ObjectId> {
    let mut by_zone = BTreeMap::new();
    for (address, resource) in desired {
        let Spec::FirewallEndpoint(endpoint) = &resource.spec else { continue };
        if named(&endpoint.firewall) != *firewall {
            continue;
        }
        let (id, subnet) = (planned(address), named(&endpoint.subnet));
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
fn rule_group(network: &mut Network, id: &ObjectId, desired: &Desired) -> RuleGroup {
    let mut text = String::new();
    let specifications = || desired.iter().map(|(address, resource)| (address, &resource.spec));
    for (address, spec) in specifications() {
        match spec {
            Spec::FirewallRuleGroup(group) if planned(address) == *id => {
                text.insert_str(0, &format!("{}\n", group.rules))
            }
            Spec::FirewallWorkloadRules(rules) if named(&rules.group) == *id => {
                text.extend(rules.rules.iter().flat_map(|rule| [rule.as_str(), "\n"]));
            }
            _ => {}
        }
    }
    let rules = parse(&text).unwrap_or_else(|faults| {
        network
            .caveats
            .extend(faults.iter().map(|fault| format!("the rule group {id}, line {}: {}", fault.line, fault.message)));
        Vec::new()
    });
    RuleGroup { name: id.to_string(), rules, address_variables: BTreeMap::new() }
}
