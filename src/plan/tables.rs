//! The order of changes to what the transit gateway's route tables hold: make before break. Pure.
//!
//! A VPC is associated with one table. Where it moves to another one, AWS takes the association off first, and its packets
//! are dropped until the new one is there. That gap is no longer than it has to be where
//!
//! - the new table holds its routes and propagations before the old association goes;
//! - the old table keeps them until the new association is there.
//!
//! Nobody waits for a workload that is not attached, and no workload for another one.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Action, Change};
use super::matching::Identified;
use super::order::{Order, Step};
use crate::graph::{Address, Ref};
use crate::kinds::{KindName, Scope, Spec, TransitGatewayAttachment, TransitGatewayRouteTable};

/// A route or a propagation of a table.
struct Content<'a> {
    change: &'a Change,
    table: &'a Ref<TransitGatewayRouteTable>,
    attachment: Option<&'a Ref<TransitGatewayAttachment>>,
}

impl<'a> Content<'a> {
    fn of(change: &'a Change, spec: &'a Spec) -> Option<Self> {
        match spec {
            Spec::TransitGatewayRoute(route) => Some(Self { change, table: &route.route_table, attachment: None }),
            Spec::TransitGatewayPropagation(one) => {
                Some(Self { change, table: &one.route_table, attachment: Some(&one.attachment) })
            }
            _ => None,
        }
    }

    /// True where an association of a scope waits until it is there.
    fn is_awaited_by(&self, scope: &Scope, changes: &BTreeMap<Address, Change>, identified: &Identified<'_>) -> bool {
        let is_attached = |attachment: &Ref<TransitGatewayAttachment>| {
            attachment.as_address().is_some_and(|address| {
                let goes = changes.get(address).is_some_and(|change| change.action().deletes());
                identified.by_address.contains_key(address) && !goes
            })
        };
        match scope {
            Scope::Workload(_) => self.change.scope == *scope || self.change.scope == Scope::Hub,
            _ => self.attachment.is_none_or(is_attached),
        }
    }
}

/// An association that moves, or goes for good.
struct Departure<'a> {
    change: &'a Change,
    from: &'a Ref<TransitGatewayRouteTable>,
    to: Option<&'a Address>,
}

impl<'a> Departure<'a> {
    fn of(change: &'a Change) -> Option<Self> {
        let Some(Spec::TransitGatewayAssociation(live)) = change.live().map(|live| &live.spec) else { return None };
        let to = match change.wanted().map(|wanted| &wanted.spec) {
            Some(Spec::TransitGatewayAssociation(wanted)) => wanted.route_table.as_address(),
            _ => None,
        };
        change.action().deletes().then_some(Self { change, from: &live.route_table, to })
    }
}

/// Steps, each after another one, as long as that makes none wait for itself.
struct Wishes<'a> {
    changes: &'a BTreeMap<Address, Change>,
    /// What steps reach that were asked about, before anything was wished.
    reached: BTreeMap<Step, BTreeSet<Step>>,
    /// The steps that wishes are about: what reaches none of these can't come to wait for itself by a wish.
    wished: BTreeSet<Step>,
}

impl Wishes<'_> {
    /// Has a step wait for another one; false where that one waits for it.
    fn wait(&mut self, order: &mut Order, step: &Step, first: &Step) -> bool {
        let reached = self.reached.entry(first.clone()).or_insert_with(|| order.reach(self.changes, first.clone()));
        if first == step || !reached.is_disjoint(&self.wished) {
            return order.wait_if_possible(self.changes, step.clone(), first.clone());
        }
        order.wait(step.clone(), first.clone());
        true
    }
}

/// Orders what tables hold around the associations that move.
pub(super) fn order_tables(changes: &BTreeMap<Address, Change>, order: &mut Order, identified: &Identified<'_>) {
    let departures: Vec<Departure<'_>> = changes.values().filter_map(Departure::of).collect();
    if departures.is_empty() {
        return;
    }
    let coming = changes.values().filter(|change| change.action().builds());
    let coming = coming.filter_map(|change| Content::of(change, &change.wanted()?.spec));
    let mut into: BTreeMap<&Address, Vec<Content<'_>>> = BTreeMap::new();
    for content in coming {
        if let Some(table) = content.table.as_address() {
            into.entry(table).or_default().push(content);
        }
    }
    let going = changes.values().filter(|change| change.action() == Action::Delete);
    let going = going.filter_map(|change| Content::of(change, &change.live()?.spec));
    let mut out_of: BTreeMap<&Ref<TransitGatewayRouteTable>, Vec<Content<'_>>> = BTreeMap::new();
    for content in going {
        out_of.entry(content.table).or_default().push(content);
    }
    let moves = departures.iter().flat_map(|one| [Step::delete(&one.change.address), Step::build(&one.change.address)]);
    let leaving = out_of.values().flatten().map(|content| Step::delete(&content.change.address));
    let mut wishes = Wishes { changes, reached: BTreeMap::new(), wished: moves.chain(leaving).collect() };
    for departure in &departures {
        let address = &departure.change.address;
        let to = departure.to.filter(|_| moves_alone(departure.change, changes));
        for content in to.and_then(|table| into.get(table)).into_iter().flatten() {
            if content.is_awaited_by(&departure.change.scope, changes, identified) {
                wishes.wait(order, &Step::delete(address), &Step::build(&content.change.address));
            }
        }
    }
    for departure in &departures {
        let address = &departure.change.address;
        for content in out_of.get(departure.from).into_iter().flatten() {
            let going = Step::delete(&content.change.address);
            let is_after = departure.to.is_some() && wishes.wait(order, &going, &Step::build(address));
            if !is_after {
                wishes.wait(order, &going, &Step::delete(address));
            }
        }
    }
}

/// True for an association that moves while its attachment stays.
fn moves_alone(change: &Change, changes: &BTreeMap<Address, Change>) -> bool {
    let Some(Spec::TransitGatewayAssociation(live)) = change.live().map(|live| &live.spec) else { return false };
    let goes = |other: &Change| {
        let is_attachment = other.kind() == KindName::TransitGatewayAttachment && other.action().deletes();
        is_attachment && other.id() == live.attachment.as_id()
    };
    !changes.values().any(goes)
}

/// True for what can be put off until what others still use of it, or what it waits for, is done: a deletion, and the move
/// of an attachment to another table.
pub(super) fn can_be_put_off(change: &Change, changes: &BTreeMap<Address, Change>) -> bool {
    match change.action() {
        Action::Delete => true,
        Action::Replace => moves_alone(change, changes),
        Action::Create | Action::Update => false,
    }
}
