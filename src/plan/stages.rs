//! What AWS does not turn in one step is turned zone after zone. Pure.
//!
//! An attachment, an interface endpoint and a firewall hold one subnet of an Availability Zone each. AWS takes no second one
//! of a zone, deletes none that is held, and lets nothing be without any. So where a subnet is cut anew, or another one
//! takes its place, the holder lets go of the old one, waits until it is gone, and takes the new one: a stage each. The
//! next zone's turn comes when all that hangs on the zone before works again.
//!
//! What leads through a zone that is worked on leads through another one meanwhile: see [`detour`](super::detour).

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Action, Change, Transition};
use super::matching::Identified;
use super::order::{Order, Part, Step, earlier};
use crate::graph::{Address, Ref};
use crate::kinds::{Owner, Resource, Spec, Subnet, Vpc};
use crate::values::ZoneId;

/// One exchange: a holder lets go of subnets and takes others.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) holder: Address,
    /// The VPC that it is in.
    pub(super) place: (Owner, Ref<Vpc>),
    /// The zone of what it takes.
    pub(super) zone: ZoneId,
    /// The step that lets go.
    pub(super) lets_go: Step,
    /// The step that takes.
    pub(super) takes: Step,
    /// The ids that it lets go of.
    pub(super) old: BTreeSet<String>,
    /// The addresses that it takes.
    pub(super) new: BTreeSet<Address>,
}

/// The exchanges of a VPC by what zone they take.
type ByZone<'a> = BTreeMap<&'a ZoneId, Vec<&'a Exchange>>;

/// What a holder takes in a zone of its own: nothing has to go for it. Or what it has taken already.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) holder: Address,
    /// The step that takes; none where that is done.
    pub(super) takes: Option<Step>,
    /// The addresses that it takes.
    pub(super) new: BTreeSet<Address>,
}

/// What a holder lets go of at last, with nothing in its place.
#[derive(Debug)]
struct Release {
    holder: Address,
    old: BTreeSet<String>,
}

/// How a plan's updates are staged.
#[derive(Debug, Default)]
pub(super) struct Stages {
    pub(super) exchanges: Vec<Exchange>,
    pub(super) arrivals: Vec<Arrival>,
    releases: Vec<Release>,
    /// Steps, each with one that comes first.
    pub(super) edges: Vec<(Step, Step)>,
    /// Holders that can't be turned: they would have no subnet for a while.
    pub impossible: BTreeSet<Address>,
    /// What goes while all that leads through it leads through another zone.
    pub led_round: BTreeSet<Address>,
}

/// The subnets that something holds, one of a zone; none where it is nothing that does.
fn subnets(spec: &Spec) -> Option<(&Ref<Vpc>, &BTreeSet<Ref<Subnet>>)> {
    match spec {
        Spec::TransitGatewayAttachment(one) => Some((&one.vpc, &one.subnets)),
        Spec::VpcEndpoint(one) => Some((&one.vpc, &one.subnets)),
        Spec::Firewall(one) => Some((&one.vpc, &one.subnets)),
        _ => None,
    }
}

fn with_subnets(spec: &Spec, subnets: BTreeSet<Ref<Subnet>>) -> Spec {
    let mut spec = spec.clone();
    match &mut spec {
        Spec::TransitGatewayAttachment(one) => one.subnets = subnets,
        Spec::VpcEndpoint(one) => one.subnets = subnets,
        Spec::Firewall(one) => one.subnets = subnets,
        _ => {}
    }
    spec
}

/// What is known of subnets.
#[derive(Default)]
struct Subnets<'a> {
    /// Those that are wanted, by address; of what stays, as it is there.
    wanted: BTreeMap<&'a Address, &'a Subnet>,
    /// Those that are there, by id.
    there: BTreeMap<&'a str, &'a Subnet>,
    /// The addresses of those that are there, by id.
    addresses: BTreeMap<&'a str, &'a Address>,
    /// The addresses of their deletions, by id.
    going: BTreeMap<String, Address>,
}

impl<'a> Subnets<'a> {
    fn of(changes: &'a BTreeMap<Address, Change>, identified: &'a Identified<'_>) -> Self {
        let mut found = Self::default();
        for (address, there) in &identified.by_address {
            if let Spec::Subnet(subnet) = &there.observed.spec {
                found.wanted.insert(address, subnet);
                found.addresses.insert(&there.observed.id, address);
            }
        }
        let deduplicated = identified.deduplicated();
        for there in identified.by_address.values().copied().chain(identified.loose()).chain(deduplicated) {
            if let Spec::Subnet(subnet) = &there.observed.spec {
                found.there.insert(&there.observed.id, subnet);
            }
        }
        for (address, change) in changes {
            if let Some(Resource { spec: Spec::Subnet(subnet), .. }) = change.wanted() {
                found.wanted.insert(address, subnet);
            }
            if let (true, Some(id)) = (change.action().deletes(), change.id()) {
                found.going.insert(id.to_owned(), address.clone());
            }
        }
        found
    }

    /// True where the wanted one is there already and stays.
    fn stays(&self, id: &str, wanted: &BTreeSet<&Address>) -> bool {
        !self.going.contains_key(id) && self.addresses.get(id).is_some_and(|address| wanted.contains(address))
    }
}

/// The stages of one holder: none where AWS takes it there in one step.
struct Turn {
    stages: Vec<Spec>,
    arrivals: Vec<Arrival>,
    exchanges: Vec<Exchange>,
    release: Release,
    edges: Vec<(Step, Step)>,
}

/// How a holder gets from the subnets that it has to those that it shall have; none where it keeps what it has.
///
/// # Errors
/// Where it would have no subnet for a while: its address.
fn turn(change: &Change, known: &Subnets<'_>) -> Result<Option<Turn>, Address> {
    let Transition::Update { there, wanted, .. } = &change.transition else { return Ok(None) };
    let spec = &there.observed.spec;
    let (Some((vpc, held)), Some((_, wished))) = (subnets(spec), subnets(&wanted.resource.spec)) else {
        return Ok(None);
    };
    let wished: BTreeSet<&Address> = wished.iter().filter_map(Ref::as_address).collect();
    let ids: BTreeSet<&str> = held.iter().filter_map(Ref::as_id).collect();
    let leaving: BTreeSet<&str> = ids.iter().copied().filter(|id| !known.stays(id, &wished)).collect();
    let has = |address: &Address| ids.iter().any(|id| known.stays(id, &BTreeSet::from([address])));
    let coming: Vec<&Address> = wished.iter().copied().filter(|address| !has(address)).collect();
    let in_the_way = |address: &Address| -> BTreeSet<&str> {
        let Some(wanted) = known.wanted.get(address) else { return BTreeSet::new() };
        let is_in_the_way = |id: &&str| {
            let there = known.there.get(*id);
            known.addresses.get(*id).is_some_and(|other| *other == address)
                || there.is_some_and(|one| one.availability_zone == wanted.availability_zone)
                || there.is_some_and(|one| known.going.contains_key(*id) && one.cidr.overlaps(wanted.cidr))
        };
        leaving.iter().copied().filter(is_in_the_way).collect()
    };
    let release = |left: &BTreeSet<&str>| Release {
        holder: change.address.clone(),
        old: left.iter().map(|id| (*id).to_owned()).collect(),
    };
    let mut turn = Turn {
        stages: Vec::new(),
        arrivals: Vec::new(),
        exchanges: Vec::new(),
        release: release(&leaving),
        edges: Vec::new(),
    };
    // The endpoints of a firewall go by themselves, and it keeps one at least: it takes what comes before they do.
    let is_firewall = matches!(spec, Spec::Firewall(_)) && !leaving.is_empty() && !coming.is_empty();
    if coming.iter().all(|address| in_the_way(address).is_empty()) && !is_firewall {
        return Ok((!leaving.is_empty()).then_some(turn));
    }
    let taken: BTreeSet<Address> = wished.iter().copied().filter(|address| has(address)).cloned().collect();
    turn.arrivals.push(Arrival { holder: change.address.clone(), takes: None, new: taken });
    let mut now = held.clone();
    // What is in a zone of its own comes first: nothing has to go for it.
    let (free, mut exchanged): (Vec<&Address>, Vec<&Address>) =
        coming.into_iter().partition(|address| in_the_way(address).is_empty());
    if !free.is_empty() {
        now.extend(free.iter().map(|address| Ref::to(address)));
        let step = Step::stage(&change.address, turn.stages.len());
        turn.edges.extend(free.iter().map(|address| (step.clone(), Step::build(address))));
        turn.stages.push(with_subnets(spec, now.clone()));
        let new = free.into_iter().cloned().collect();
        turn.arrivals.push(Arrival { holder: change.address.clone(), takes: Some(step), new });
    }
    exchanged.sort_by_key(|address| known.wanted.get(*address).map(|one| &one.availability_zone));
    for address in exchanged {
        let Some(zone) = known.wanted.get(address).map(|one| &one.availability_zone) else { continue };
        let old: BTreeSet<&str> = in_the_way(address).into_iter().filter(|id| now.contains(&Ref::id(*id))).collect();
        let lets_go = Step::stage(&change.address, turn.stages.len());
        if !old.is_empty() {
            now.retain(|one| !one.as_id().is_some_and(|id| old.contains(id)));
            if now.is_empty() {
                return Err(change.address.clone());
            }
            turn.stages.push(with_subnets(spec, now.clone()));
        }
        now.insert(Ref::to(address));
        let takes = Step::stage(&change.address, turn.stages.len());
        turn.stages.push(with_subnets(spec, now.clone()));
        turn.edges.push((takes.clone(), Step::build(address)));
        for id in &old {
            turn.edges.extend(known.going.get(*id).map(|going| (Step::delete(going), lets_go.clone())));
        }
        turn.exchanges.push(Exchange {
            holder: change.address.clone(),
            place: (change.owner.clone(), vpc.clone()),
            zone: zone.clone(),
            lets_go,
            takes,
            old: old.into_iter().map(str::to_owned).collect(),
            new: BTreeSet::from([address.clone()]),
        });
    }
    let left: BTreeSet<&str> = leaving.into_iter().filter(|id| now.contains(&Ref::id(*id))).collect();
    turn.release = release(&left);
    Ok(Some(turn))
}

/// Finds the stages of all updates of a plan.
pub(super) fn stage(changes: &mut BTreeMap<Address, Change>, identified: &Identified<'_>) -> Stages {
    let mut found = Stages::default();
    let mut staged = Vec::new();
    let known = Subnets::of(changes, identified);
    for change in changes.values() {
        match turn(change, &known) {
            Ok(None) => {}
            Ok(Some(Turn { stages, arrivals, exchanges, release, edges })) => {
                found.arrivals.extend(arrivals);
                found.exchanges.extend(exchanges);
                found.releases.push(release);
                found.edges.extend(edges);
                staged.push((change.address.clone(), stages));
            }
            Err(holder) => drop(found.impossible.insert(holder)),
        }
    }
    found.refuse_across_zones(&known);
    found.turn_nat_gateways(changes, identified, &known);
    for (address, all) in staged {
        if let Some(Change { transition: Transition::Update { stages, .. }, .. }) = changes.get_mut(&address) {
            *stages = all;
        }
    }
    found.lead_round(changes, identified);
    found
}

impl Stages {
    /// NAT gateways that can't be there before those whose place they take are gone: one Availability Zone after the other.
    fn turn_nat_gateways(
        &mut self,
        changes: &BTreeMap<Address, Change>,
        identified: &Identified<'_>,
        known: &Subnets<'_>,
    ) {
        let coming: Vec<(&Change, &Subnet)> = changes
            .values()
            .filter_map(|change| match &change.wanted()?.spec {
                Spec::NatGateway(wanted) => Some((change, *known.wanted.get(wanted.subnet.as_address()?)?)),
                _ => None,
            })
            .collect();
        for change in changes.values().filter(|change| change.action().deletes()) {
            let Some(Spec::NatGateway(there)) = change.live().map(|live| &live.spec) else { continue };
            let Some(subnet) = there.subnet.as_id().and_then(|id| known.there.get(id)) else { continue };
            let Some(vpc) = subnet.vpc.as_id().filter(|vpc| !known.going.contains_key(*vpc)) else { continue };
            let vpc = identified.addresses.get(vpc);
            let takes_its_place = |(other, wanted): &&(&Change, &Subnet)| {
                let is_same = other.address == change.address;
                let is_near = wanted.vpc.as_address() == vpc && wanted.availability_zone == subnet.availability_zone;
                is_same || (is_near && wanted.cidr.overlaps(subnet.cidr))
            };
            let Some((successor, _)) = coming.iter().find(takes_its_place) else { continue };
            // Its subnet leads to the internet as long as it is there.
            let of_subnet = |one: &&Change| match one.live().map(|live| &live.spec) {
                Some(Spec::RouteTableAssociation(one)) => one.subnet == there.subnet,
                _ => false,
            };
            let associations = changes.values().filter(|one| one.action().deletes()).filter(of_subnet);
            let after = associations.map(|one| (Step::delete(&one.address), Step::delete(&change.address)));
            self.edges.extend(after);
            self.exchanges.push(Exchange {
                holder: change.address.clone(),
                place: (change.owner.clone(), subnet.vpc.clone()),
                zone: subnet.availability_zone.clone(),
                lets_go: Step::delete(&change.address),
                takes: Step::build(&successor.address),
                old: BTreeSet::new(),
                new: BTreeSet::new(),
            });
        }
    }

    /// Refuses what would have to take a subnet whose range a subnet of another holder, in another Availability Zone, has:
    /// that zone's turn comes later.
    fn refuse_across_zones(&mut self, known: &Subnets<'_>) {
        let is_held_elsewhere = |exchange: &Exchange| {
            let wanted = exchange.new.iter().filter_map(|address| known.wanted.get(address));
            wanted.into_iter().any(|wanted| {
                known.there.iter().any(|(id, there)| {
                    known.going.contains_key(*id)
                        && !exchange.old.contains(*id)
                        && there.availability_zone != wanted.availability_zone
                        && there.vpc == exchange.place.1
                        && there.cidr.overlaps(wanted.cidr)
                })
            })
        };
        let refused = self.exchanges.iter().filter(|exchange| is_held_elsewhere(exchange));
        self.impossible.extend(refused.map(|exchange| exchange.holder.clone()));
    }

    /// Puts the stages in their order: what a holder lets go of goes after that, what it takes is there before; a part of it
    /// in a subnet goes before it lets go, and comes when it has taken; and one zone after the other.
    pub fn order(&self, changes: &BTreeMap<Address, Change>, order: &mut Order) {
        for (step, first) in &self.edges {
            if changes.contains_key(&step.address) && changes.contains_key(&first.address) {
                order.wait(step.clone(), first.clone());
            }
        }
        for exchange in &self.exchanges {
            order_deletions_of_parts(changes, order, &exchange.lets_go, &exchange.old);
            order_creations_of_parts(changes, order, &exchange.holder, Some(&exchange.takes), &exchange.new);
        }
        for arrival in &self.arrivals {
            order_creations_of_parts(changes, order, &arrival.holder, arrival.takes.as_ref(), &arrival.new);
        }
        for release in self.releases.iter().filter(|release| !release.old.is_empty()) {
            order_deletions_of_parts(changes, order, &Step::build(&release.holder), &release.old);
        }
        order_ranges(changes, order);
        self.one_zone_after_the_other(changes, order);
    }

    fn one_zone_after_the_other(&self, changes: &BTreeMap<Address, Change>, order: &mut Order) {
        let mut places: BTreeMap<&(Owner, Ref<Vpc>), ByZone<'_>> = BTreeMap::new();
        for exchange in &self.exchanges {
            places.entry(&exchange.place).or_default().entry(&exchange.zone).or_default().push(exchange);
        }
        for zones in places.values() {
            for (earlier, later) in zones.values().zip(zones.values().skip(1)) {
                let owner = earlier.first().map(|one| &one.place.0);
                let built: Vec<Step> = changes
                    .values()
                    .filter(|change| Some(&change.owner) == owner && change.action().builds())
                    .map(|change| Step::build(&change.address))
                    .filter(|step| {
                        let reach = order.reach(changes, step.clone());
                        earlier.iter().any(|one| reach.contains(&one.takes))
                            && !later.iter().any(|one| reach.contains(&one.lets_go))
                    })
                    .chain(earlier.iter().map(|one| one.takes.clone()))
                    .collect();
                let is_first = |step: &Step| matches!(step.part, Part::Delete | Part::Stage(_));
                let taken_down: BTreeSet<Step> = later
                    .iter()
                    .flat_map(|one| order.reach(changes, one.lets_go.clone()).into_iter().chain([one.lets_go.clone()]))
                    .filter(is_first)
                    .filter(|step| !earlier.iter().any(|one| step.address == one.holder && *step != one.takes))
                    .collect();
                for down in &taken_down {
                    for up in &built {
                        order.wait_if_possible(changes, down.clone(), up.clone());
                    }
                }
            }
        }
    }
}

/// Has subnets wait for the deletion of those of their account that have a part of their range.
fn order_ranges(changes: &BTreeMap<Address, Change>, order: &mut Order) {
    let going: Vec<(&Change, &Subnet)> = changes
        .values()
        .filter(|change| change.action().deletes())
        .filter_map(|change| match change.live().map(|live| &live.spec) {
            Some(Spec::Subnet(subnet)) => Some((change, subnet)),
            _ => None,
        })
        .collect();
    for change in changes.values().filter(|_| !going.is_empty()) {
        let Some(Resource { spec: Spec::Subnet(subnet), .. }) = change.wanted() else { continue };
        let in_the_way = going.iter().filter(|(other, there)| {
            other.owner == change.owner && other.address != change.address && there.cidr.overlaps(subnet.cidr)
        });
        for (other, _) in in_the_way {
            if change.action() != Action::Update {
                order.wait_if_possible(changes, Step::build(&change.address), Step::delete(&other.address));
            }
        }
    }
}

/// The deletions of a firewall's endpoints in subnets of these ids.
fn deletions_of_parts(changes: &BTreeMap<Address, Change>, subnets: &BTreeSet<String>) -> Vec<Step> {
    let is_part = |change: &&Change| match change.live().map(|live| &live.spec) {
        Some(Spec::FirewallEndpoint(endpoint)) => {
            change.action().deletes() && endpoint.subnet.as_id().is_some_and(|id| subnets.contains(id))
        }
        _ => false,
    };
    changes.values().filter(is_part).map(|change| Step::delete(&change.address)).collect()
}

/// A firewall's endpoints in subnets go before it lets go of these, and after what it takes before that.
fn order_deletions_of_parts(
    changes: &BTreeMap<Address, Change>,
    order: &mut Order,
    lets_go: &Step,
    subnets: &BTreeSet<String>,
) {
    let former = changes.get(&lets_go.address).and_then(|holder| earlier(holder, lets_go));
    for step in deletions_of_parts(changes, subnets) {
        order.wait(lets_go.clone(), step.clone());
        if let Some(former) = &former {
            order.wait(step, former.clone());
        }
    }
}

/// A firewall's endpoint is there as soon as the firewall is in its subnet, whatever the other zones are waiting for.
fn order_creations_of_parts(
    changes: &BTreeMap<Address, Change>,
    order: &mut Order,
    holder: &Address,
    takes: Option<&Step>,
    subnets: &BTreeSet<Address>,
) {
    let holder = Step::build(holder);
    for change in changes.values() {
        if let Some(Resource { spec: Spec::FirewallEndpoint(endpoint), .. }) = change.wanted()
            && endpoint.subnet.as_address().is_some_and(|subnet| subnets.contains(subnet))
        {
            let own = Step::build(&change.address);
            order.release(&own, &holder);
            if let Some(takes) = takes {
                order.wait(own, takes.clone());
            }
        }
    }
}
