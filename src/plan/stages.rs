//! What AWS does not turn in one step is turned zone after zone. Pure.
//!
//! An attachment, an interface endpoint and a firewall hold one subnet of an Availability Zone each. AWS takes no second one
//! of a zone, deletes none that is held, and lets nothing be without any. So where a subnet is cut anew, or another one
//! takes its place, the holder lets go of the old one, waits until it is gone, and takes the new one: a stage each. The
//! next zone's turn comes when all that hangs on the zone before works again.
//!
//! A route to a firewall's endpoint in a zone that is worked on leads to the endpoint of another zone meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Action, Change, Transition};
use super::matching::Identified;
use super::order::{Order, Part, Step, earlier};
use crate::graph::{Address, Ref};
use crate::kinds::route::RouteTarget;
use crate::kinds::{FirewallEndpoint, Owner, Resource, Spec, Subnet, Vpc};
use crate::values::ZoneId;

/// One exchange: a holder lets go of subnets and takes others.
#[derive(Debug)]
struct Exchange {
    holder: Address,
    /// The VPC that it is in.
    place: (Owner, Ref<Vpc>),
    /// The zone of what it takes.
    zone: ZoneId,
    /// The step that lets go.
    lets_go: Step,
    /// The step that takes.
    takes: Step,
    /// The ids that it lets go of.
    old: BTreeSet<String>,
    /// The addresses that it takes.
    new: BTreeSet<Address>,
}

/// The exchanges of a VPC by what zone they take.
type ByZone<'a> = BTreeMap<&'a ZoneId, Vec<&'a Exchange>>;

/// What a holder lets go of at last, with nothing in its place.
#[derive(Debug)]
struct Release {
    holder: Address,
    old: BTreeSet<String>,
}

/// How a plan's updates are staged.
#[derive(Debug, Default)]
pub(super) struct Stages {
    exchanges: Vec<Exchange>,
    releases: Vec<Release>,
    /// Steps, each with one that comes first.
    edges: Vec<(Step, Step)>,
    /// Holders that can't be turned: they would have no subnet for a while.
    pub impossible: BTreeSet<Address>,
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
        let mut found = Self {
            wanted: BTreeMap::new(),
            there: BTreeMap::new(),
            addresses: BTreeMap::new(),
            going: BTreeMap::new(),
        };
        for (address, there) in &identified.by_address {
            if let Spec::Subnet(subnet) = &there.observed.spec {
                found.wanted.insert(address, subnet);
                found.addresses.insert(&there.observed.id, address);
            }
        }
        let healed = identified.healed();
        for there in identified.by_address.values().copied().chain(identified.loose()).chain(healed) {
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
    exchanges: Vec<Exchange>,
    release: Release,
    edges: Vec<(Step, Step)>,
}

/// What is known of firewalls' endpoints.
struct Endpoints<'a> {
    /// Those that are there, by id.
    there: BTreeMap<&'a str, &'a FirewallEndpoint>,
    /// The addresses of their deletions, by id.
    going: BTreeMap<String, Address>,
    /// Those that come, by the subnet that they are in.
    coming: BTreeMap<Address, Address>,
}

impl<'a> Endpoints<'a> {
    fn of(changes: &BTreeMap<Address, Change>, identified: &'a Identified<'_>) -> Self {
        let mut found = Self { there: BTreeMap::new(), going: BTreeMap::new(), coming: BTreeMap::new() };
        for there in identified.by_address.values().copied().chain(identified.loose()) {
            if let Spec::FirewallEndpoint(endpoint) = &there.observed.spec {
                found.there.insert(&there.observed.id, endpoint);
            }
        }
        for (address, change) in changes {
            if let (true, Some(id)) = (change.action().deletes(), change.id()) {
                found.going.insert(id.to_owned(), address.clone());
            }
            if let (true, Some(Spec::FirewallEndpoint(endpoint))) =
                (change.action().builds(), change.wanted().map(|wanted| &wanted.spec))
                && let Some(subnet) = endpoint.subnet.as_address()
            {
                found.coming.insert(subnet.clone(), address.clone());
            }
        }
        found
    }
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
    let mut turn = Turn { stages: Vec::new(), exchanges: Vec::new(), release: release(&leaving), edges: Vec::new() };
    // The endpoints of a firewall go by themselves, and it keeps one at least: it takes what comes before they do.
    let is_firewall = matches!(spec, Spec::Firewall(_)) && !leaving.is_empty() && !coming.is_empty();
    if coming.iter().all(|address| in_the_way(address).is_empty()) && !is_firewall {
        return Ok((!leaving.is_empty()).then_some(turn));
    }
    let mut now = held.clone();
    // What is in a zone of its own comes first: nothing has to go for it.
    let (free, mut exchanged): (Vec<&Address>, Vec<&Address>) =
        coming.into_iter().partition(|address| in_the_way(address).is_empty());
    if !free.is_empty() {
        now.extend(free.iter().map(|address| Ref::to(address)));
        let step = Step::stage(&change.address, turn.stages.len());
        turn.edges.extend(free.iter().map(|address| (step.clone(), Step::build(address))));
        turn.stages.push(with_subnets(spec, now.clone()));
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
            Ok(Some(Turn { stages, exchanges, release, edges })) => {
                found.exchanges.extend(exchanges);
                found.releases.push(release);
                found.edges.extend(edges);
                staged.push((change.address.clone(), stages));
            }
            Err(holder) => drop(found.impossible.insert(holder)),
        }
    }
    found.refuse_across_zones(&known);
    for (address, all) in staged {
        if let Some(Change { transition: Transition::Update { stages, .. }, .. }) = changes.get_mut(&address) {
            *stages = all;
        }
    }
    found.lead_round(changes, identified);
    found
}

impl Stages {
    /// Refuses what would have to take a subnet whose range somebody else's subnet of another Availability Zone has: that
    /// zone's turn comes later.
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

    /// Leads routes to the endpoints of an exchange through another zone meanwhile.
    fn lead_round(&mut self, changes: &mut BTreeMap<Address, Change>, identified: &Identified<'_>) {
        let endpoints = Endpoints::of(changes, identified);
        let mut round = Vec::new();
        for change in changes.values() {
            let (Transition::Replace { there, wanted, attributes }
            | Transition::Update { there, wanted, attributes, .. }) = &change.transition
            else {
                continue;
            };
            let (Spec::Route(route), Spec::Route(wished)) = (&there.observed.spec, &wanted.resource.spec) else {
                continue;
            };
            if let Some((detour, edges)) = self.detour(&change.address, &route.target, &wished.target, &endpoints) {
                let mut spec = route.clone();
                spec.target = detour;
                let transition = Transition::Update {
                    there: there.clone(),
                    wanted: wanted.clone(),
                    attributes: attributes.clone(),
                    stages: vec![spec.into()],
                };
                round.push((change.address.clone(), transition, edges));
            }
        }
        for (address, transition, edges) in round {
            if let Some(change) = changes.get_mut(&address) {
                change.transition = transition;
                self.edges.extend(edges);
            }
        }
    }

    /// Where a route to an endpoint that is exchanged leads meanwhile, and what has to come first.
    fn detour(
        &self,
        route: &Address,
        from: &RouteTarget,
        to: &RouteTarget,
        endpoints: &Endpoints<'_>,
    ) -> Option<(RouteTarget, Vec<(Step, Step)>)> {
        let (RouteTarget::VpcEndpoint(from), RouteTarget::VpcEndpoint(_)) = (from, to) else { return None };
        let (gone, this) = endpoints.there.get_key_value(from.as_id()?)?;
        let place = |one: &FirewallEndpoint| {
            let id = one.subnet.as_id()?;
            self.exchanges.iter().position(|exchange| exchange.old.contains(id))
        };
        let own = place(this)?;
        let others = endpoints.there.iter().filter(|(id, other)| *id != gone && other.firewall == this.firewall);
        let others = others.map(|(id, other)| (place(other), *id));
        let others = others.filter(|(place, id)| place.is_some() || !endpoints.going.contains_key(*id));
        // One that stays is best; then one whose turn comes later, then one whose turn is over.
        let rank = |(place, _): &(Option<usize>, &str)| match place {
            None => 0,
            Some(place) if *place > own => 1,
            Some(_) => 2,
        };
        let (place, id) = others.min_by_key(rank)?;
        let stage = Step::stage(route, 0);
        let turned_back = Step::build(route);
        let lets_go = self.exchanges.get(own).map(|exchange| (exchange.lets_go.clone(), stage.clone()));
        let deletion = |id: &str| endpoints.going.get(id).map(Step::delete);
        let mut edges: Vec<(Step, Step)> = lets_go.into_iter().collect();
        edges.extend(deletion(gone).map(|deletion| (deletion, stage.clone())));
        let target = match place.and_then(|place| Some((place, self.exchanges.get(place)?))) {
            Some((place, exchange)) if place < own => {
                let new = exchange.new.iter().find_map(|subnet| endpoints.coming.get(subnet))?;
                edges.push((stage, Step::build(new)));
                RouteTarget::VpcEndpoint(Ref::to(new))
            }
            Some((_, exchange)) => {
                edges.push((exchange.lets_go.clone(), turned_back.clone()));
                edges.extend(deletion(id).map(|deletion| (deletion, turned_back)));
                RouteTarget::VpcEndpoint(Ref::id(id))
            }
            None => RouteTarget::VpcEndpoint(Ref::id(id)),
        };
        Some((target, edges))
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
            exchange.order_parts(changes, order);
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

impl Exchange {
    fn order_parts(&self, changes: &BTreeMap<Address, Change>, order: &mut Order) {
        let holder = Step::build(&self.holder);
        order_deletions_of_parts(changes, order, &self.lets_go, &self.old);
        for change in changes.values() {
            if let Some(Resource { spec: Spec::FirewallEndpoint(endpoint), .. }) = change.wanted()
                && endpoint.subnet.as_address().is_some_and(|subnet| self.new.contains(subnet))
            {
                // It is there as soon as the firewall is in its subnet, whatever the other zones are waiting for.
                let own = Step::build(&change.address);
                order.release(&own, &holder);
                order.wait(own, self.takes.clone());
            }
        }
    }
}
