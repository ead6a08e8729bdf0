//! Parts of what goes: they end with it.

use super::build::{Planning, stranger_address};
use super::matching::Identified;
use crate::discover::LiveResource;
use crate::graph::{Address, AnyRef};

/// The address of what a live resource is a part of.
pub(super) fn whole_of(identified: &Identified<'_>, there: &LiveResource) -> Option<Address> {
    match there.observed.spec.whole()? {
        AnyRef::Id(id) => identified.addresses.get(&id).cloned(),
        AnyRef::Address(address) => Some(address),
    }
}

impl Planning<'_> {
    /// True where it is a part of something that goes.
    pub(super) fn ends_with_whole(&self, there: &LiveResource) -> bool {
        let whole = whole_of(self.identified, there);
        let change = whole.and_then(|whole| self.plan.changes.get(&whole));
        change.is_some_and(|change| change.action().deletes())
    }

    /// Takes the deletions of parts out of the plan whose whole goes: they would only be in its way. A part of something
    /// that is replaced is there anew with the new one.
    pub(super) fn leave_parts(&mut self) {
        for there in &self.identified.strangers {
            if self.ends_with_whole(there) {
                self.plan.changes.remove(&stranger_address(there));
            }
        }
        for (address, there) in &self.identified.by_address {
            let Some(change) = self.plan.changes.get(address).filter(|change| change.action().deletes()) else {
                continue;
            };
            if !self.ends_with_whole(there) {
                continue;
            }
            let reason = change.reason.clone();
            match self.intent.desired.get(address) {
                Some(resource) => self.create(address, resource, reason),
                None => drop(self.plan.changes.remove(address)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::super::build::{Intent, Strangers, plan};
    use super::super::change::{Action, Plan};
    use super::super::evidence::{Authority, Evidence};
    use super::super::order::Step;
    use super::*;
    use crate::discover::Live;
    use crate::graph::{AnyRef, Ref};
    use crate::kinds::firewall::FirewallField;
    use crate::kinds::firewall_policy::STRICT_ORDER;
    use crate::kinds::route::{Destination, RouteTarget};
    use crate::kinds::{
        Desired, Firewall, FirewallEndpoint, FirewallPolicy, FirewallRuleGroup, FirewallWorkloadRules, Observed, Owner,
        Resource, Route, RouteTable, Scope, Spec, State, Subnet, TAG_ADDRESS, TAG_ZONE, Vpc,
    };
    use crate::values::{Cidr, Label, ZoneId};

    fn address(name: &str) -> Address {
        Address::parse(&format!("networking/{name}")).unwrap()
    }

    fn to<K>(name: &str) -> Ref<K> {
        Ref::to(&address(name))
    }

    /// A firewall of a name with one endpoint, a route to it, and a group of a capacity with a workload's rules.
    fn wanted(firewall: &str, capacity: u32) -> Desired {
        let group = format!("groups/{capacity}");
        let (none, vpc) = (BTreeSet::new, || to("vpc"));
        let all: [(&str, Spec); 9] = [
            ("vpc", Vpc { cidr: Cidr::EVERYWHERE, dns_support: true, dns_hostnames: true }.into()),
            ("subnet", subnet().into()),
            ("table", RouteTable { vpc: vpc() }.into()),
            (&group, FirewallRuleGroup { name: group.clone(), capacity, rules: String::new() }.into()),
            ("rules", FirewallWorkloadRules { group: to(&group), workload: "w.c".into(), rules: Vec::new() }.into()),
            ("policy", policy(&[&group]).into()),
            (
                "firewall",
                Firewall {
                    name: firewall.to_owned(),
                    policy: to("policy"),
                    vpc: vpc(),
                    subnets: BTreeSet::from([to("subnet")]),
                    delete_protection: true,
                    subnet_change_protection: false,
                    policy_change_protection: false,
                }
                .into(),
            ),
            ("endpoint", FirewallEndpoint { firewall: to("firewall"), subnet: to("subnet") }.into()),
            (
                "route",
                Route {
                    route_table: to("table"),
                    destination: Destination::Cidr(Cidr::EVERYWHERE),
                    target: RouteTarget::VpcEndpoint(to("endpoint")),
                }
                .into(),
            ),
        ];
        let resource = |spec| Resource { owner: Owner::Management, scope: Scope::Hub, spec, after: none() };
        all.into_iter().map(|(name, spec)| (address(name), resource(spec))).collect()
    }

    fn subnet() -> Subnet {
        let availability_zone = ZoneId::parse("euw1-az1").unwrap();
        Subnet { vpc: to("vpc"), cidr: Cidr::EVERYWHERE, availability_zone, map_public_ip_on_launch: false }
    }

    fn policy(groups: &[&str]) -> FirewallPolicy {
        FirewallPolicy {
            name: "policy".to_owned(),
            rule_groups: groups.iter().map(|group| to(group)).collect(),
            home_net: BTreeSet::new(),
            stateless_default_actions: BTreeSet::new(),
            stateless_fragment_default_actions: BTreeSet::new(),
            stateful_default_actions: BTreeSet::new(),
            stream_exception_policy: "DROP".to_owned(),
            rule_order: STRICT_ORDER.to_owned(),
        }
    }

    /// AWS when it holds what is wanted.
    fn live(desired: &Desired) -> Live {
        let resources = desired.iter().map(|(address, resource)| {
            let spec = resource.spec.map_references(&mut |reference| match reference {
                AnyRef::Address(address) => Some(AnyRef::Id(format!("id:{address}"))),
                AnyRef::Id(_) => None,
            });
            let pairs = [(TAG_ZONE, "demo".to_owned()), (TAG_ADDRESS, address.to_string())];
            let observed = Observed {
                id: format!("id:{address}"),
                aliases: Vec::new(),
                // What carries no tags is found by its key before tags are looked at.
                tags: match resource.spec.kind().tagging() {
                    crate::kinds::Tagging::None => BTreeMap::new(),
                    _ => pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
                },
                state: State::Ready,
                spec,
            };
            LiveResource { owner: resource.owner.clone(), observed }
        });
        let resources = resources.collect();
        Live { resources, ..Live::default() }
    }

    fn planned(desired: &Desired, live: &Live) -> Plan {
        let (zone, networking) = (Label::parse("demo").unwrap(), Label::parse("networking").unwrap());
        let tags = BTreeMap::new();
        let pin = |one: &LiveResource| {
            Some((Address::parse(one.observed.id.strip_prefix("id:")?).ok()?, one.observed.id.clone()))
        };
        let evidence = &Evidence { pinned: live.resources.iter().filter_map(pin).collect(), ..Evidence::default() };
        let (strangers, authority) = (Strangers::Removed, Authority::Files);
        let intent =
            Intent { zone: &zone, networking: &networking, tags: &tags, desired, strangers, evidence, authority };
        plan(&intent, live).unwrap()
    }

    fn actions(plan: &Plan) -> BTreeMap<String, Action> {
        plan.changes.iter().map(|(address, change)| (address.to_string(), change.action())).collect()
    }

    fn expected(all: &[(&str, Action)]) -> BTreeMap<String, Action> {
        all.iter().map(|(name, action)| (format!("networking/{name}"), *action)).collect()
    }

    #[test]
    fn an_endpoint_ends_with_its_firewall_and_the_route_to_it_goes_first() {
        let plan = planned(&wanted("new", 500), &live(&wanted("old", 500)));
        let all = [("firewall", Action::Replace), ("endpoint", Action::Create), ("route", Action::Replace)];
        assert_eq!(actions(&plan), expected(&all));
        let mut before = plan.order.before(&Step::build(&address("route")));
        assert!(before.any(|step| *step == Step::build(&address("endpoint"))));
        let lifted = plan.changes[&address("firewall")].attributes();
        assert!(
            lifted.iter().any(|one| one.attribute == FirewallField::delete_protection.into() && one.to == false),
            "{lifted:#?}"
        );
    }

    #[test]
    fn a_workloads_rules_stay_in_a_group_until_it_goes() {
        let plan = planned(&wanted("same", 600), &live(&wanted("same", 500)));
        let all = [
            ("groups/500", Action::Delete),
            ("groups/600", Action::Create),
            ("policy", Action::Update),
            ("rules", Action::Create),
        ];
        assert_eq!(actions(&plan), expected(&all));
        assert_eq!(plan.unmanaged, Vec::new());
    }

    #[test]
    fn the_order_of_a_policys_groups_is_a_difference() {
        let with = |groups: &[&str]| {
            let mut desired = wanted("same", 500);
            let other = FirewallRuleGroup { name: "other".to_owned(), capacity: 1, rules: String::new() };
            let template = desired[&address("policy")].clone();
            desired.insert(address("other"), Resource { spec: other.into(), ..template.clone() });
            desired.insert(address("policy"), Resource { spec: policy(groups).into(), ..template });
            desired
        };
        let live = live(&with(&["groups/500", "other"]));
        assert_eq!(actions(&planned(&with(&["groups/500", "other"]), &live)), expected(&[]));
        let turned = planned(&with(&["other", "groups/500"]), &live);
        assert_eq!(actions(&turned), expected(&[("policy", Action::Update)]));
    }
}
