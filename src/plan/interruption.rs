//! Whom a plan interrupts: what goes, for how long, and who is behind it. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::change::{Action, Change, Plan};
use crate::graph::Address;
use crate::kinds::{Desired, KindName, Scope};

/// Something that carries traffic and goes, for good or for a while; or that lets go of its subnets, one Availability Zone
/// after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interruption {
    /// What goes.
    pub address: Address,
    /// Its kind.
    pub kind: KindName,
    /// How long AWS usually takes until its successor works; none where there is none. Where subnets are exchanged, the time
    /// for one Availability Zone.
    pub gap: Option<Duration>,
    /// True where it stays, and one Availability Zone after the other is without it.
    pub is_by_zone: bool,
    /// The scopes whose traffic it carries.
    pub scopes: BTreeSet<Scope>,
}

/// True for what lets go of a subnet before it takes another one of the same Availability Zone. What leads to a firewall
/// leads through another zone meanwhile.
fn exchanges_subnets(change: &Change) -> bool {
    let is_held = matches!(change.kind(), KindName::TransitGatewayAttachment | KindName::VpcEndpoint);
    is_held && !change.stages().is_empty()
}

impl Plan {
    /// What of the changes interrupts whom, as far as references tell: the scopes of all that refers to what goes, and of a
    /// way that all workloads share, all workloads. Duplicates and what nobody asked for are no ways that anybody wants.
    #[must_use]
    pub fn interruptions(&self, desired: &Desired) -> Vec<Interruption> {
        let goes = |change: &&Change| {
            let is_empty = change.finds_it_leaving() || self.led_round.contains(&change.address);
            let is_way = change.duplicate_of().is_none() && !is_empty && change.kind().carries_traffic();
            change.action().deletes() && is_way || exchanges_subnets(change)
        };
        let changes: Vec<&Change> = self.changes.values().filter(goes).collect();
        if changes.is_empty() {
            return Vec::new();
        }
        let mut users: BTreeMap<Address, BTreeSet<&Scope>> = BTreeMap::new();
        let mut workloads = BTreeSet::new();
        for resource in desired.values() {
            for address in resource.spec.addresses() {
                users.entry(address).or_default().insert(&resource.scope);
            }
            if matches!(resource.scope, Scope::Workload(_)) {
                workloads.insert(&resource.scope);
            }
        }
        let interruption = |change: &&Change| {
            let is_of_all = change.scope == Scope::Hub && change.kind() != KindName::TransitGatewayRouteTable;
            let all = workloads.iter().copied().filter(|_| is_of_all);
            let referring = users.get(&change.address).into_iter().flatten().copied();
            let (timing, subnet) = (change.kind().timing(), KindName::Subnet.timing());
            let is_by_zone = exchanges_subnets(change);
            let gap = match change.action() {
                Action::Update => Some(timing.update * 2 + subnet.delete + subnet.create),
                Action::Replace => Some(timing.delete + timing.create),
                Action::Create | Action::Delete => None,
            };
            Interruption {
                address: change.address.clone(),
                kind: change.kind(),
                gap,
                is_by_zone,
                scopes: all.chain(referring).chain([&change.scope]).cloned().collect(),
            }
        };
        changes.iter().map(interruption).collect()
    }
}
