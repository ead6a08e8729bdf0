//! The order of changes that turn away from what goes: make before break. Pure.
//!
//! Of two changes of which one waits for the other, the other is made first: what a route needs is there before the route
//! leads to it. When both *leave* what this plan deletes, that is upside down: as long as the first still leads there it
//! needs what the second leads to. So a departure comes before the departures that it would otherwise wait for, as
//! deletions come in the reverse of the order of creations. And nothing is deleted before all that leaves has left.
//!
//! A firewall that is taken out of a running network shows why: the default route turns back to the NAT gateway first, then
//! the route by which answers come back; then the firewall's own routes, its endpoints and the firewall go.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Action, Change};
use super::destruction::is_relation;
use super::matching::Identified;
use super::order::{Order, Step};
use super::parts::whole_of;
use crate::graph::{Address, AnyRef};
use crate::kinds::route::Destination;
use crate::kinds::{KindName, Route, Scope, Spec};
use crate::values::Cidr;

/// The changes that leave something, each with what it leaves.
type Departures = BTreeMap<Address, BTreeSet<Address>>;

/// Puts departures before those that they would wait for, and deletions after departures. A wish that would make changes
/// wait for each other is left out.
pub(super) fn order_departures(changes: &BTreeMap<Address, Change>, order: &mut Order, identified: &Identified<'_>) {
    let departures = departures(changes, identified);
    turn_round(changes, order, &departures);
    for (leaving, left) in &departures {
        release(changes, order, leaving, left);
    }
    order_routes(changes, order, identified);
    order_rules(changes, order);
}

/// A workload's rules in one of the firewall's groups go when those in another one are there.
fn order_rules(changes: &BTreeMap<Address, Change>, order: &mut Order) {
    let workload = |spec: &Spec| match spec {
        Spec::FirewallWorkloadRules(rules) => Some(rules.workload.clone()),
        _ => None,
    };
    let coming: BTreeMap<String, &Address> = changes
        .values()
        .filter(|change| change.action().builds())
        .filter_map(|change| Some((workload(&change.wanted()?.spec)?, &change.address)))
        .collect();
    for change in changes.values().filter(|change| change.action() == Action::Delete) {
        let successor = change.live().and_then(|live| coming.get(&workload(&live.spec)?));
        let Some(successor) = successor else { continue };
        order.wait_if_possible(changes, Step::delete(&change.address), Step::build(successor));
    }
}

/// A route that goes for good waits for those to the same packets that come into its table: one to a wider or a narrower
/// range takes its place.
fn order_routes(changes: &BTreeMap<Address, Change>, order: &mut Order, identified: &Identified<'_>) {
    let going = changes.values().filter(|change| change.action() == Action::Delete);
    let going = going.filter_map(|change| Some((change, RoutedPackets::of(&change.live()?.spec, identified)?)));
    let going: Vec<(&Change, RoutedPackets)> = going.collect();
    let coming = changes.values().filter(|change| change.action().builds() && !going.is_empty());
    for change in coming {
        let packets = change.wanted().and_then(|wanted| RoutedPackets::of(&wanted.spec, identified));
        let Some(packets) = packets else { continue };
        for (other, _) in going.iter().filter(|(_, others)| others.overlap(&packets)) {
            order.wait_if_possible(changes, Step::delete(&other.address), Step::build(&change.address));
        }
    }
}

/// The packets that a route is for: a table, and a range.
struct RoutedPackets {
    table: AnyRef,
    range: Cidr,
}

impl RoutedPackets {
    fn of(spec: &Spec, identified: &Identified<'_>) -> Option<Self> {
        let (table, range) = match spec {
            Spec::Route(Route { route_table, destination: Destination::Cidr(range), .. }) => {
                (route_table.any(), *range)
            }
            Spec::TransitGatewayRoute(route) => (route.route_table.any(), route.destination),
            _ => return None,
        };
        let known = match table {
            AnyRef::Id(id) => identified.addresses.get(id).cloned().map(AnyRef::Address),
            AnyRef::Address(_) => None,
        };
        Some(Self { table: known.unwrap_or_else(|| table.clone()), range })
    }

    fn overlap(&self, other: &Self) -> bool {
        self.table == other.table && self.range.overlaps(other.range)
    }
}

fn departures(changes: &BTreeMap<Address, Change>, identified: &Identified<'_>) -> Departures {
    let going = going(changes, identified);
    let mut found = Departures::new();
    for (address, change) in changes.iter().filter(|(_, change)| change.action() == Action::Update) {
        let (Some(live), Some(desired)) = (change.live(), change.wanted()) else { continue };
        let wanted = desired.spec.addresses();
        let ids = live.spec.ids();
        let left = ids.iter().filter_map(|id| going.get(id));
        let left: BTreeSet<Address> = left.filter(|target| !wanted.contains(*target)).cloned().collect();
        if !left.is_empty() {
            found.insert(address.clone(), left);
        }
    }
    found
}

/// By AWS's id, what is deleted: the address of its deletion, or of that of what it ends with.
fn going(changes: &BTreeMap<Address, Change>, identified: &Identified<'_>) -> BTreeMap<String, Address> {
    let mut going = BTreeMap::new();
    for there in identified.by_address.values().chain(&identified.strangers) {
        let whole = whole_of(identified, there);
        if let Some(whole) = whole.filter(|whole| changes.get(whole).is_some_and(|change| change.action().deletes())) {
            going.insert(there.observed.id.clone(), whole);
        }
    }
    for (address, change) in changes.iter().filter(|(_, change)| change.action().deletes()) {
        if let Some(live) = change.live() {
            going.extend(std::iter::once(&live.id).chain(&live.aliases).map(|id| (id.clone(), address.clone())));
        }
    }
    going
}

fn turn_round(changes: &BTreeMap<Address, Change>, order: &mut Order, departures: &Departures) {
    for later in departures.keys().map(Step::build) {
        let waits_for: Vec<Step> = order.before(&later).cloned().collect();
        for earlier in waits_for.iter().filter(|step| departures.contains_key(&step.address)) {
            order.release(&later, earlier);
            if order.reach(changes, later.clone()).contains(earlier) {
                order.wait(later.clone(), earlier.clone());
            } else {
                order.wait(earlier.clone(), later.clone());
            }
        }
    }
}

/// Has what a departure leaves wait for it, and all that goes for good in its account and scope: what is beside the thing
/// that is left, such as the route behind a firewall's endpoint, serves it without being referred to.
fn release(changes: &BTreeMap<Address, Change>, order: &mut Order, leaving: &Address, left: &BTreeSet<Address>) {
    let needed = order.reach(changes, Step::build(leaving));
    let Some(Change { owner, scope, .. }) = changes.get(leaving) else { return };
    for (address, change) in changes.iter().filter(|(_, change)| change.action().deletes()) {
        let beside = change.action() == Action::Delete && change.owner == *owner && change.scope == *scope;
        let going = Step::delete(address);
        if (beside || left.contains(address)) && !needed.contains(&going) {
            order.wait(going, Step::build(leaving));
        }
    }
}

/// Has what is taken off and put back, as AWS wants it, done one after the other: of all that hangs between resources of a
/// kind only one of a scope is off at a time. Scopes do not wait for each other.
pub(super) fn put_back_one_by_one(changes: &BTreeMap<Address, Change>, order: &mut Order) {
    let mut by_kind: BTreeMap<(&Scope, KindName), Vec<&Address>> = BTreeMap::new();
    let taken_off = changes.values().filter(|change| change.action() == Action::Replace && is_relation(change.kind()));
    for change in taken_off {
        by_kind.entry((&change.scope, change.kind())).or_default().push(&change.address);
    }
    for addresses in by_kind.into_values() {
        for (first, second) in addresses.iter().zip(addresses.iter().skip(1)) {
            order.wait_if_possible(changes, Step::delete(second), Step::build(first));
        }
    }
}
