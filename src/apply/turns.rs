//! What a repair starts first, and what it never works on at once. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::Address;
use crate::kinds::{Desired, Owner, Spec};
use crate::plan::order::{self, Step};
use crate::plan::{Action, Attribute, Change, Plan};
use crate::values::ZoneId;

/// What comes first of what is ready.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// It restores traffic, closes a hole, or something that does waits for it.
    Way,
    /// Anything else.
    #[default]
    Other,
    /// Names and tags only.
    Label,
}

/// What comes first in a repair, by address.
pub(super) fn ranks(plan: &Plan) -> BTreeMap<Address, Rank> {
    let mut ranks: BTreeMap<Address, Rank> =
        plan.changes.values().map(|change| (change.address.clone(), rank(change))).collect();
    let mut next: Vec<&Change> = plan.changes.values().filter(|change| rank(change) == Rank::Way).collect();
    while let Some(change) = next.pop() {
        for Step { address, .. } in plan.order.before_any(&change.address) {
            if ranks.insert(address.clone(), Rank::Way) != Some(Rank::Way) {
                next.extend(plan.changes.get(address));
            }
        }
    }
    ranks
}

fn rank(change: &Change) -> Rank {
    let is_label =
        change.action() == Action::Update && change.attributes().iter().all(|one| one.attribute == Attribute::Tags);
    match change.kind() {
        _ if is_label => Rank::Label,
        kind if kind.mended_first() => Rank::Way,
        _ => Rank::Other,
    }
}

/// Whose turn it is among what carries an account's traffic zone by zone: NAT gateways and interface endpoints. Those of one
/// Availability Zone go together, and the next zone's wait until they have ended, whatever came of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Turns {
    /// Where an address is in its account's line.
    places: BTreeMap<Address, (Owner, usize)>,
    /// The steps that have not ended, by account and place.
    left: BTreeMap<Owner, BTreeMap<usize, BTreeSet<Step>>>,
}

/// The Availability Zones of a thing; what spans several has a turn of its own.
type Place = (BTreeSet<ZoneId>, Option<Address>);

impl Turns {
    pub fn new(plan: &Plan, desired: &Desired) -> Self {
        let mut lines: BTreeMap<&Owner, BTreeMap<Place, Vec<&Change>>> = BTreeMap::new();
        for change in plan.changes.values() {
            if let Some(place) = place(change, desired) {
                lines.entry(&change.owner).or_default().entry(place).or_default().push(change);
            }
        }
        let mut turns = Self::default();
        for (owner, line) in lines {
            for (number, (_, changes)) in line.into_iter().enumerate() {
                for change in changes {
                    turns.places.insert(change.address.clone(), (owner.clone(), number));
                    let steps = turns.left.entry(owner.clone()).or_default().entry(number).or_default();
                    steps.extend(order::steps(change));
                }
            }
        }
        turns
    }

    /// True where nothing that goes before a step is left.
    pub fn is_next(&self, step: &Step) -> bool {
        let Some((owner, place)) = self.places.get(&step.address) else { return true };
        let first = self.left.get(owner).and_then(|line| line.keys().next());
        first.is_none_or(|first| first >= place)
    }

    /// Notes that a step has ended, or never starts.
    pub fn ended(&mut self, step: &Step) {
        let Some((owner, place)) = self.places.get(&step.address) else { return };
        let Some(line) = self.left.get_mut(owner) else { return };
        if let Some(steps) = line.get_mut(place) {
            steps.remove(step);
            if steps.is_empty() {
                line.remove(place);
            }
        }
    }
}

fn place(change: &Change, desired: &Desired) -> Option<Place> {
    if change.action() == Action::Update {
        return None;
    }
    let spec = change.wanted().map(|wanted| &wanted.spec)?;
    let subnets: BTreeSet<Address> = match spec {
        Spec::NatGateway(_) => spec.addresses(),
        Spec::VpcEndpoint(endpoint) if !endpoint.subnets.is_empty() => spec.addresses(),
        _ => return None,
    };
    let zone_of = |address: &Address| match &desired.get(address)?.spec {
        Spec::Subnet(subnet) => Some(subnet.availability_zone.clone()),
        _ => None,
    };
    let zones: BTreeSet<ZoneId> = subnets.iter().filter_map(zone_of).collect();
    let own = (zones.len() != 1).then(|| change.address.clone());
    Some((zones, own))
}

#[cfg(test)]
mod tests {
    use super::super::schedule::Schedule;
    use super::*;
    use crate::graph::Ref;
    use crate::kinds::route::{Destination, RouteTarget};
    use crate::kinds::{NatGateway, Resource, Route, RouteTable, Scope, Subnet, Vpc};
    use crate::plan::{AttributeChange, testing};
    use crate::values::{Cidr, Label};

    fn address(name: &str) -> Address {
        Address::parse(&format!("networking/{name}")).unwrap()
    }

    fn to<K>(name: &str) -> Ref<K> {
        Ref::to(&address(name))
    }

    fn subnet(zone: &str) -> Spec {
        let availability_zone = ZoneId::parse(zone).unwrap();
        let (vpc, cidr) = (to("vpc"), Cidr::EVERYWHERE);
        Subnet { vpc, cidr, availability_zone, map_public_ip_on_launch: false }.into()
    }

    fn gateway(subnet: &str) -> Spec {
        NatGateway { subnet: to(subnet), elastic_ip: to("address") }.into()
    }

    fn route(gateway: &str) -> Spec {
        let target = RouteTarget::NatGateway(to(gateway));
        Route { route_table: to("table"), destination: Destination::Cidr(Cidr::EVERYWHERE), target }.into()
    }

    fn wanted() -> Desired {
        let table: Spec = RouteTable { vpc: to("vpc") }.into();
        let vpc: Spec = Vpc { cidr: Cidr::EVERYWHERE, dns_support: true, dns_hostnames: true }.into();
        let all = [
            ("a1/subnet", subnet("euw1-az1")),
            ("a2/subnet", subnet("euw1-az2")),
            ("a1/nat", gateway("a1/subnet")),
            ("a1/nat2", gateway("a1/subnet")),
            ("a2/nat", gateway("a2/subnet")),
            ("route", route("a2/nat")),
            ("a-table", table),
            ("a-vpc", vpc),
        ];
        let owner = Owner::Account(Label::parse("networking").unwrap());
        let resource = |spec| Resource { owner: owner.clone(), scope: Scope::Hub, spec, after: BTreeSet::new() };
        all.into_iter().map(|(name, spec)| (address(name), resource(spec))).collect()
    }

    /// A plan that makes these, and changes the tags of those.
    fn plan(made: &[&str], tagged: &[&str]) -> Plan {
        let desired = wanted();
        let mut plan = Plan::empty(Label::parse("demo").unwrap());
        for (name, action) in
            made.iter().map(|one| (one, Action::Create)).chain(tagged.iter().map(|one| (one, Action::Update)))
        {
            let resource = &desired[&address(name)];
            let tags = AttributeChange { attribute: Attribute::Tags, from: "a".into(), to: "b".into() };
            for first in resource.spec.addresses() {
                if made.iter().any(|name| address(name) == first) {
                    plan.order.wait(Step::build(&address(name)), Step::build(&first));
                }
            }
            let change = testing::change(&address(name), resource, action, vec![tags]);
            plan.changes.insert(change.address.clone(), change);
        }
        plan
    }

    fn name(step: &Step) -> String {
        step.address.as_str().trim_start_matches("networking/").to_owned()
    }

    /// What may be under way at once, wave after wave.
    fn waves(plan: &Plan, fails: &[&str]) -> Vec<Vec<String>> {
        let mut schedule = Schedule::repairing(plan, &wanted());
        let mut waves = Vec::new();
        loop {
            let wave: Vec<Step> = std::iter::from_fn(|| schedule.next()).collect();
            if wave.is_empty() {
                return waves;
            }
            waves.push(wave.iter().map(name).collect());
            for step in wave {
                match fails.contains(&name(&step).as_str()) {
                    true => drop(schedule.drop_dependents(&step, |_| false)),
                    false => schedule.done(&step),
                }
            }
        }
    }

    #[test]
    fn gateways_of_two_zones_are_never_worked_on_at_once() {
        let plan = plan(&["a1/nat", "a1/nat2", "a2/nat", "route"], &[]);
        let expected = [vec!["a1/nat", "a1/nat2"], vec!["a2/nat"], vec!["route"]];
        assert_eq!(waves(&plan, &[]), expected);
        assert_eq!(waves(&plan, &["a1/nat"]), expected, "the next zone's turn comes even where one fails");
    }

    #[test]
    fn what_fails_takes_along_only_what_waits_for_it() {
        let plan = plan(&["a1/nat", "a2/nat", "route", "a-table"], &[]);
        assert_eq!(waves(&plan, &["a2/nat"]), [vec!["a-table", "a1/nat"], vec!["a2/nat"]]);
    }

    #[test]
    fn what_restores_traffic_is_started_before_names() {
        let plan = plan(&["a-table", "a2/nat", "route"], &["a-vpc"]);
        let mut schedule = Schedule::repairing(&plan, &wanted());
        let order: Vec<String> = std::iter::from_fn(|| schedule.next()).map(|step| name(&step)).collect();
        assert_eq!(order, ["a2/nat", "a-table", "a-vpc"], "the route waits for its gateway, which goes first for it");
    }
}
