//! What follows from a change of the zone, in which order: the firewall comes and goes.

use std::collections::{BTreeMap, BTreeSet};

use super::super::order::{self, Part, Step};
use super::super::{Action, Authority, Evidence, Intent, Plan, Selection, Strangers, plan};
use crate::blueprint::expand;
use crate::discover::{Live, LiveResource};
use crate::graph::{Address, AnyRef};
use crate::kinds::{Desired, Observed, Owner, Scope, Spec, State, TAG_ADDRESS, TAG_ZONE, Tagging, account_address};
use crate::values::{AccountId, Label};
use crate::zone::sample::{Topology, sample, uninspected};
use crate::zone::{Egress, Zone};

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}

/// AWS when it holds exactly what is wanted. An id is the address with a mark before it.
fn live(zone: &Zone, desired: &Desired) -> Live {
    let resources = desired.iter().map(|(address, resource)| {
        let spec = resource.spec.map_references(&mut |reference| match reference {
            AnyRef::Address(address) => Some(AnyRef::Id(format!("id:{address}"))),
            AnyRef::Id(_) => None,
        });
        let kind = resource.spec.kind();
        let mut tags = BTreeMap::new();
        if kind.tagging() != Tagging::None {
            tags.extend(zone.tags.clone());
            tags.insert(TAG_ZONE.to_owned(), zone.name.to_string());
            tags.insert(TAG_ADDRESS.to_owned(), address.to_string());
        }
        let (id, aliases, state) = (format!("id:{address}"), Vec::new(), State::Ready);
        let observed = Observed { id, aliases, tags, state, spec };
        LiveResource { owner: resource.owner.clone(), observed }
    });
    let accounts = zone.accounts.keys().zip(1_u64..);
    Live {
        organization: None,
        accounts: accounts.map(|(name, id)| (name.clone(), AccountId::parse(&format!("{id:012}")).unwrap())).collect(),
        resources: resources.collect(),
        unreadable: BTreeMap::new(),
        ..Live::default()
    }
}

/// The plan from one zone to another.
fn from_to(before: &Zone, after: &Zone) -> Plan {
    planned(before, after, Strangers::Kept)
}

/// The same, where what is costly to lose may go.
fn from_to_with_removals(before: &Zone, after: &Zone) -> Plan {
    planned(before, after, Strangers::Removed)
}

fn planned(before: &Zone, after: &Zone, strangers: Strangers) -> Plan {
    let desired = expand(after).unwrap();
    let built = expand(before).unwrap();
    let pinned = built.keys().map(|address| (address.clone(), format!("id:{address}"))).collect();
    let networking = label("networking");
    let intent = Intent {
        zone: &after.name,
        networking: &networking,
        tags: &after.tags,
        desired: &desired,
        strangers,
        evidence: &Evidence { pinned, ..Evidence::default() },
        authority: Authority::Files,
    };
    plan(&intent, &live(before, &built)).unwrap()
}

fn build(text: &str) -> Step {
    Step::build(&address(text))
}

fn waits_for(plan: &Plan, step: &Step) -> BTreeSet<Step> {
    let is_replaced = plan.changes[&step.address].action() == Action::Replace;
    let own = (is_replaced && step.part == Part::Build).then(|| Step::delete(&step.address));
    plan.order.before(step).cloned().chain(own).collect()
}

/// The steps of a plan that can be done while one is held back for ever; all, where none is.
fn possible_without(plan: &Plan, held: Option<&Step>) -> BTreeSet<Step> {
    let steps = plan.changes.values().flat_map(order::steps);
    let mut open: Vec<Step> = steps.filter(|step| Some(step) != held).collect();
    let mut done = BTreeSet::new();
    loop {
        let (ready, left): (Vec<Step>, Vec<Step>) =
            open.into_iter().partition(|step| waits_for(plan, step).is_subset(&done));
        if ready.is_empty() {
            return done;
        }
        done.extend(ready);
        open = left;
    }
}

/// Asserts that a plan can be done to its end, and that `later` never comes before `earlier`.
fn check_order(plan: &Plan, earlier: &Step, later: &[Step]) {
    let without = possible_without(plan, Some(earlier));
    for step in later {
        assert!(plan.changes.contains_key(&step.address), "{} does not change", step.address);
        assert!(!without.contains(step), "{step} does not wait for {earlier}");
    }
}

fn check_complete(plan: &Plan) {
    let steps = plan.changes.values().flat_map(order::steps).count();
    assert_eq!(possible_without(plan, None).len(), steps, "changes wait for each other");
}

fn deletions(plan: &Plan) -> Vec<Step> {
    let deleted = plan.changes.values().filter(|change| change.action() == Action::Delete);
    deleted.map(|change| Step::delete(&change.address)).collect()
}

/// The id that a live route to a firewall's endpoint names.
fn action(plan: &Plan, text: &str) -> Action {
    plan.changes[&address(text)].action()
}

const DEFAULT: &str = "networking/egress/transit/az1/routes/0.0.0.0-0";
const RETURN: &str = "networking/egress/public/az1/routes/10.32.0.0-11";

#[test]
fn what_is_there_already_is_no_change() {
    let zone = sample(Topology::Segmented, 2, 3);
    let plan = from_to(&zone, &zone);
    assert_eq!(plan.changes, BTreeMap::new());
    assert!(plan.unmanaged.is_empty() && plan.problems.is_empty());
}

#[test]
fn a_firewall_that_comes_is_whole_before_the_default_route_turns_to_it() {
    let inspected = sample(Topology::Segmented, 2, 2);
    let plan = from_to(&uninspected(inspected.clone()), &inspected);
    check_complete(&plan);
    assert_eq!((action(&plan, DEFAULT), action(&plan, RETURN)), (Action::Update, Action::Update));
    for before in [
        "networking/egress/firewall/endpoints/az1",
        "networking/egress/firewall/logging",
        "networking/egress/firewall/az1/route-table-association",
        "networking/egress/firewall/az1/routes/10.32.0.0-11",
    ] {
        check_order(&plan, &build(before), &[build(DEFAULT)]);
    }
    check_order(&plan, &build("networking/egress/firewall/endpoints/az1"), &[build(RETURN)]);
    check_order(&plan, &build("networking/egress/firewall/az1/routes/0.0.0.0-0"), &[build(DEFAULT)]);
    check_order(&plan, &build(RETURN), &[build(DEFAULT)]);
}

#[test]
fn a_firewall_that_goes_is_left_by_the_default_route_then_by_the_return_route_then_deleted() {
    let inspected = sample(Topology::Segmented, 2, 2);
    let plan = from_to_with_removals(&inspected, &uninspected(inspected.clone()));
    check_complete(&plan);
    assert_eq!((action(&plan, DEFAULT), action(&plan, RETURN)), (Action::Update, Action::Update));
    check_order(&plan, &build(DEFAULT), &[build(RETURN)]);
    let of_hub: Vec<Step> =
        deletions(&plan).into_iter().filter(|step| plan.changes[&step.address].scope == Scope::Hub).collect();
    for gone in ["firewall/self", "firewall/policy", "firewall/az1/route-table", "firewall/az1/subnet"] {
        assert!(of_hub.contains(&Step::delete(&address(&format!("networking/egress/{gone}")))), "{gone} stays");
    }
    check_order(&plan, &build(DEFAULT), &of_hub);
    check_order(&plan, &build(RETURN), &of_hub);
    // With the hub alone nothing is kept for the workloads' sake.
    let hub = plan.only(&Selection::Scopes([Scope::Hub].into()));
    assert!(hub.changes.contains_key(&address("networking/egress/firewall/self")));
}

#[test]
fn a_group_of_another_capacity_takes_its_place_before_the_old_one_goes() {
    let before = sample(Topology::Segmented, 2, 2);
    let mut after = before.clone();
    let egress = after.networks.values_mut().find_map(|network| network.firewall.as_mut()).unwrap();
    egress.workload_capacity = 3000;
    let plan = from_to(&before, &after);
    check_complete(&plan);
    let groups = "networking/egress/firewall/groups/workloads/prod";
    let policy = "networking/egress/firewall/policy";
    assert_eq!(action(&plan, policy), Action::Update);
    check_order(&plan, &build(&format!("{groups}/3000")), &[build(policy)]);
    check_order(&plan, &build(policy), &deletions(&plan));
    assert!(deletions(&plan).contains(&Step::delete(&address(&format!("{groups}/2000")))));
}

#[test]
fn rules_that_an_account_no_longer_lists_go_and_those_of_one_without_a_file_stay() {
    let before = sample(Topology::Segmented, 2, 2);
    let mut silent = before.clone();
    silent.accounts.get_mut(&label("payments-prod")).unwrap().egress = Egress::default();
    let changes = from_to(&before, &silent).changes;
    let [change] = changes.values().collect::<Vec<_>>()[..] else { panic!("{changes:#?}") };
    assert_eq!((change.action(), &change.scope), (Action::Delete, &Scope::Workload(label("payments-prod"))));
    assert!(matches!(&change.live().unwrap().spec, Spec::FirewallWorkloadRules(_)));
    assert_eq!(change.owner, Owner::Account(label("networking")));

    let mut gone = before.clone();
    gone.accounts.remove(&label("payments-prod"));
    gone.networks.retain(|name, _| name.account != label("payments-prod"));
    for table in gone.transit_gateway.route_tables.values_mut() {
        table.associated.retain(|name| name.account != label("payments-prod"));
        table.propagated.retain(|name| name.account != label("payments-prod"));
    }
    let plan = from_to(&before, &gone);
    let deleted = |change: &super::super::Change| change.kind().as_str() == "firewall-workload-rules";
    assert!(!plan.changes.values().any(deleted));
    assert!(!plan.changes.contains_key(&account_address(&label("payments-prod"))));
}
