//! What leads through an Availability Zone that is worked on leads through another one meanwhile. Pure.
//!
//! Where a firewall's endpoint is exchanged, the routes to it lead to that of another zone, in both directions: a flow
//! passes the same endpoint both ways. Where a NAT gateway is made anew, only what enters the zone's way out is led round,
//! at its head: the endpoint and the gateway of the other zone then see the whole of each flow.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Action, Change, There, Transition, Wanted};
use super::matching::Identified;
use super::order::{Order, Step, steps};
use super::reason::Reason;
use super::stages::{Exchange, Stages};
use crate::discover::LiveResource;
use crate::graph::{Address, Ref};
use crate::kinds::route::{Destination, RouteTarget};
use crate::kinds::{FirewallEndpoint, KindName, NatGateway, Resource, Route, Spec, State};

/// Steps, each with one that comes first.
type Edges = Vec<(Step, Step)>;

/// What is known of firewalls' endpoints.
#[derive(Default)]
struct Endpoints<'a> {
    /// Those that are there, by id.
    there: BTreeMap<&'a str, &'a FirewallEndpoint>,
    /// The ids of those that are being deleted.
    leaving: BTreeSet<&'a str>,
    /// The addresses of their deletions, by id.
    going: BTreeMap<String, Address>,
    /// The addresses of the deletions of associations with route tables, by the subnet's id.
    associations: BTreeMap<String, Address>,
    /// The addresses of those that are there and stay.
    staying: BTreeSet<&'a Address>,
    /// Those that come, by the subnet that they are in.
    coming: BTreeMap<Address, Address>,
}

impl<'a> Endpoints<'a> {
    fn of(changes: &BTreeMap<Address, Change>, identified: &'a Identified<'_>) -> Self {
        let mut found = Self::default();
        for (address, there) in &identified.by_address {
            let stays = changes.get(address).is_none_or(|change| change.action() == Action::Update);
            if stays && matches!(there.observed.spec, Spec::FirewallEndpoint(_)) {
                found.staying.insert(address);
            }
        }
        for there in identified.by_address.values().copied().chain(identified.loose()) {
            if let Spec::FirewallEndpoint(endpoint) = &there.observed.spec {
                found.there.insert(&there.observed.id, endpoint);
                found.leaving.extend((there.observed.state == State::Deleting).then_some(there.observed.id.as_str()));
            }
        }
        for (address, change) in changes {
            if let (true, Some(id)) = (change.action().deletes(), change.id()) {
                found.going.insert(id.to_owned(), address.clone());
                if let Some(Spec::RouteTableAssociation(one)) = change.live().map(|live| &live.spec) {
                    found.associations.extend(one.subnet.as_id().map(|subnet| (subnet.to_owned(), address.clone())));
                }
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

impl Stages {
    /// Leads what passes firewalls' endpoints and NAT gateways that are worked on through another zone meanwhile.
    pub(super) fn lead_round(&mut self, changes: &mut BTreeMap<Address, Change>, identified: &Identified<'_>) {
        let endpoints = Endpoints::of(changes, identified);
        self.lead_round_endpoints(changes, &endpoints);
        let ways = Ways::of(identified, &endpoints);
        self.lead_round_gateways(changes, identified, &ways);
        self.note_subnets(changes, &ways);
    }

    /// Leads routes to the endpoints of an exchange through another zone meanwhile.
    fn lead_round_endpoints(&mut self, changes: &mut BTreeMap<Address, Change>, endpoints: &Endpoints<'_>) {
        let mut round = Vec::new();
        let mut missed = BTreeSet::new();
        for change in changes.values() {
            let Some((there, route)) = change.live().and_then(|live| Some((live, route_of(&live.spec)?))) else {
                continue;
            };
            let wished = change.wanted().and_then(|wanted| route_of(&wanted.spec));
            let found =
                wished.and_then(|wished| self.detour(&change.address, &route.target, &wished.target, endpoints));
            match (found, &route.target) {
                (Some((detour, edges)), _) => {
                    let stage = detour.map(|target| Route { target, ..route.clone() });
                    round.push((change.address.clone(), stage.and_then(|stage| staged(change, stage)), edges));
                }
                (None, RouteTarget::VpcEndpoint(endpoint)) if there.state != State::Deleting => {
                    missed.extend(endpoint.as_id().map(str::to_owned));
                }
                (None, _) => {}
            }
        }
        for (address, transition, edges) in round {
            self.edges.extend(edges);
            if let (Some(transition), Some(change)) = (transition, changes.get_mut(&address)) {
                change.transition = transition;
            }
        }
        let is_exchanged = |one: &FirewallEndpoint| {
            one.subnet.as_id().is_some_and(|id| self.exchanges.iter().any(|exchange| exchange.old.contains(id)))
        };
        let led = endpoints.there.iter().filter(|(id, one)| is_exchanged(one) && !missed.contains(**id));
        let led: Vec<Address> = led.filter_map(|(id, _)| endpoints.going.get(*id).cloned()).collect();
        self.led_round.extend(led);
    }

    /// A subnet in which nothing is but what is led round carries nothing when it goes; neither does its route table.
    fn note_subnets(&mut self, changes: &BTreeMap<Address, Change>, ways: &Ways<'_>) {
        let goes = |change: &&Change| change.action().deletes() && change.kind() == KindName::Subnet;
        let is_firewall = |holder: &Address| changes.get(holder).is_some_and(|one| one.kind() == KindName::Firewall);
        let mut empty = Vec::new();
        for change in changes.values().filter(goes) {
            let Some(id) = change.id() else { continue };
            let endpoints = ways.endpoints.there.iter().filter(|(_, one)| one.subnet.as_id() == Some(id));
            let endpoints = endpoints.map(|(endpoint, _)| ways.endpoints.going.get(*endpoint));
            let gateways = ways.gateways.values().filter(|(_, one)| one.subnet.as_id() == Some(id));
            let inside: Vec<Option<&Address>> = endpoints.chain(gateways.map(|(address, _)| Some(*address))).collect();
            let is_led_round = |one: &Option<&Address>| one.is_some_and(|address| self.led_round.contains(address));
            let is_held = self.exchanges.iter().any(|one| one.old.contains(id) && !is_firewall(&one.holder));
            if !inside.is_empty() && inside.iter().all(is_led_round) && !is_held {
                empty.push(change.address.clone());
            }
        }
        let subnets = |table: &str| {
            let all = ways.tables.iter().filter(|(_, one)| **one == table).map(|(subnet, _)| *subnet);
            all.collect::<Vec<&str>>()
        };
        let is_empty = |id: &&str| empty.iter().any(|one| changes.get(one).and_then(Change::id) == Some(*id));
        let tables = changes.values().filter(|one| one.action().deletes() && one.kind() == KindName::RouteTable);
        let tables = tables.filter(|change| {
            let used = change.id().map(subnets).unwrap_or_default();
            !used.is_empty() && used.iter().all(is_empty)
        });
        let tables: Vec<Address> = tables.map(|change| change.address.clone()).collect();
        self.led_round.extend(empty.into_iter().chain(tables));
    }

    /// What has to come first where a route leads to an endpoint that is exchanged, and where the route leads meanwhile; none
    /// where the endpoint that it shall lead to is there in time.
    fn detour(
        &self,
        route: &Address,
        from: &RouteTarget,
        to: &RouteTarget,
        endpoints: &Endpoints<'_>,
    ) -> Option<(Option<RouteTarget>, Edges)> {
        let (RouteTarget::VpcEndpoint(from), RouteTarget::VpcEndpoint(to)) = (from, to) else { return None };
        let (gone, this) = endpoints.there.get_key_value(from.as_id()?)?;
        let place = |one: &FirewallEndpoint| {
            let id = one.subnet.as_id()?;
            self.exchanges.iter().position(|exchange| exchange.old.contains(id))
        };
        let (index, own) = place(this).and_then(|index| Some((index, self.exchanges.get(index)?)))?;
        let deletion = |id: &str| endpoints.going.get(id).map(Step::delete);
        let leaves_by = |step: &Step| -> Edges {
            let association = this.subnet.as_id().and_then(|id| endpoints.associations.get(id)).map(Step::delete);
            let then = deletion(gone).into_iter().chain(association).chain([own.lets_go.clone()]);
            then.map(|then| (then, step.clone())).collect()
        };
        // What the firewall has taken by then.
        let of_firewall = |holder: &Address| *holder == own.holder;
        let former = self.exchanges.iter().take(index).filter(|one| of_firewall(&one.holder)).map(|one| &one.new);
        let arrived = self.arrivals.iter().filter(|one| of_firewall(&one.holder)).map(|one| &one.new);
        let taken: Vec<&Address> =
            arrived.chain(former).flatten().filter_map(|subnet| endpoints.coming.get(subnet)).collect();
        let turned_back = Step::build(route);
        if to.as_address().is_some_and(|to| taken.contains(&to) || endpoints.staying.contains(to)) {
            return Some((None, leaves_by(&turned_back)));
        }
        let stage = Step::stage(route, 0);
        let mut edges = leaves_by(&stage);
        let is_another = |id: &str, other: &FirewallEndpoint| {
            id != *gone && other.firewall == this.firewall && !endpoints.leaving.contains(id)
        };
        let others = || endpoints.there.iter().filter(|(id, other)| is_another(id, other));
        // One that stays is best; then one whose turn comes later, then one whose turn is over.
        let stays = others().find(|(id, other)| place(other).is_none() && !endpoints.going.contains_key(**id));
        let later = || {
            let places = others().filter_map(|(id, other)| Some((place(other).filter(|place| *place > index)?, *id)));
            places.min().and_then(|(place, id)| Some((self.exchanges.get(place)?, id)))
        };
        let target = if let Some((id, _)) = stays {
            RouteTarget::VpcEndpoint(Ref::id(*id))
        } else if let Some((exchange, id)) = later() {
            edges.push((exchange.lets_go.clone(), turned_back.clone()));
            edges.extend(deletion(id).map(|deletion| (deletion, turned_back)));
            RouteTarget::VpcEndpoint(Ref::id(id))
        } else {
            let new = *taken.first()?;
            edges.push((stage, Step::build(new)));
            RouteTarget::VpcEndpoint(Ref::to(new))
        };
        Some((Some(target), edges))
    }
}

/// How routes of a network lead out through its NAT gateways, as they are in AWS.
struct Ways<'a> {
    /// Firewalls' endpoints.
    endpoints: &'a Endpoints<'a>,
    /// Routes, each with its address, by their table's id.
    routes: BTreeMap<&'a str, Vec<(&'a Address, &'a Route)>>,
    /// The ids of route tables by those of the subnets that use them.
    tables: BTreeMap<&'a str, &'a str>,
    /// NAT gateways that work, by id, with their addresses.
    gateways: BTreeMap<&'a str, (&'a Address, &'a NatGateway)>,
    /// The ids of VPCs by those of their subnets.
    vpcs: BTreeMap<&'a str, &'a str>,
}

impl<'a> Ways<'a> {
    fn of(identified: &'a Identified<'_>, endpoints: &'a Endpoints<'a>) -> Self {
        let mut found = Self {
            endpoints,
            routes: BTreeMap::new(),
            tables: BTreeMap::new(),
            gateways: BTreeMap::new(),
            vpcs: BTreeMap::new(),
        };
        for (address, there) in &identified.by_address {
            let id = there.observed.id.as_str();
            match &there.observed.spec {
                Spec::Route(route) => {
                    if let Some(table) = route.route_table.as_id() {
                        found.routes.entry(table).or_default().push((address, route));
                    }
                }
                Spec::NatGateway(gateway) if there.observed.state == State::Ready => {
                    found.gateways.insert(id, (address, gateway));
                }
                Spec::Subnet(subnet) => {
                    found.vpcs.extend(subnet.vpc.as_id().map(|vpc| (id, vpc)));
                }
                _ => {}
            }
        }
        for there in identified.by_address.values().copied().chain(identified.loose()) {
            if let Spec::RouteTableAssociation(one) = &there.observed.spec
                && let (Some(subnet), Some(table)) = (one.subnet.as_id(), one.route_table.as_id())
            {
                found.tables.insert(subnet, table);
            }
        }
        found
    }

    /// The route that packets to a destination take behind a firewall's endpoint.
    fn behind(&self, endpoint: &FirewallEndpoint, destination: &Destination) -> Option<(&'a Address, &'a Route)> {
        let table = self.tables.get(endpoint.subnet.as_id()?)?;
        self.routes.get(table)?.iter().find(|(_, route)| route.destination == *destination).copied()
    }

    /// The NAT gateway that a route leads to by itself, or through a firewall's endpoint: its id, and the address of the route
    /// behind the endpoint.
    fn out<'t>(&self, target: &'t RouteTarget, destination: &Destination) -> Option<(&'t str, Option<&'a Address>)>
    where
        'a: 't,
    {
        match target {
            RouteTarget::NatGateway(gateway) => Some((gateway.as_id()?, None)),
            RouteTarget::VpcEndpoint(endpoint) => {
                let (address, behind) = self.behind(self.endpoints.there.get(endpoint.as_id()?)?, destination)?;
                match &behind.target {
                    RouteTarget::NatGateway(gateway) => Some((gateway.as_id()?, Some(address))),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The VPC of a NAT gateway.
    fn vpc(&self, gateway: &NatGateway) -> Option<&'a str> {
        self.vpcs.get(gateway.subnet.as_id()?).copied()
    }

    /// True for a route behind a firewall's endpoint: what enters there is led round before.
    fn is_behind(&self, route: &Route) -> bool {
        let tables = self.endpoints.there.values().filter_map(|one| self.tables.get(one.subnet.as_id()?));
        route.route_table.as_id().is_some_and(|own| tables.into_iter().any(|table| *table == own))
    }
}

/// A way out by which another zone's NAT gateway is reached.
struct Other<'a> {
    /// What a route leads to for it.
    target: RouteTarget,
    /// The NAT gateway's address.
    gateway: Address,
    /// The route behind the firewall's endpoint.
    behind: Option<&'a Address>,
}

/// A route by which packets enter a way out whose NAT gateway is made anew.
struct Head<'a> {
    address: &'a Address,
    there: &'a LiveResource,
    route: &'a Route,
    /// The NAT gateway, and its address.
    gateway: (&'a Address, &'a NatGateway),
    /// The route behind the firewall's endpoint.
    behind: Option<&'a Address>,
}

impl<'a> Head<'a> {
    /// The ways out through the NAT gateways of other zones.
    fn others(&self, ways: &Ways<'a>, changes: &BTreeMap<Address, Change>) -> Vec<Other<'a>> {
        let own = ways.vpc(self.gateway.1);
        match &self.route.target {
            RouteTarget::NatGateway(_) => {
                let all = ways.gateways.iter().filter(|(_, (_, gateway))| ways.vpc(gateway) == own);
                let others = all.filter(|(_, (address, _))| *address != self.gateway.0);
                let target = |id: &str| RouteTarget::NatGateway(Ref::id(id));
                let other = |(id, (gateway, _)): (&&str, &(&Address, &NatGateway))| Other {
                    target: target(id),
                    gateway: (*gateway).clone(),
                    behind: None,
                };
                others.map(other).collect()
            }
            RouteTarget::VpcEndpoint(endpoint) => {
                let Some(this) = endpoint.as_id().and_then(|id| ways.endpoints.there.get(id)) else {
                    return Vec::new();
                };
                let all = ways.endpoints.there.iter().filter(|(id, one)| {
                    let stays = !ways.endpoints.leaving.contains(*id) && !ways.endpoints.going.contains_key(**id);
                    one.firewall == this.firewall && stays
                });
                all.filter_map(|(id, _)| {
                    let target = RouteTarget::VpcEndpoint(Ref::id(*id));
                    let out = ways.out(&target, &self.route.destination);
                    let (gateway, behind) = match out.and_then(|(gateway, _)| ways.gateways.get(gateway)) {
                        Some((gateway, _)) => ((*gateway).clone(), out.and_then(|(_, behind)| behind)),
                        // The one that it led to is gone, and another one is made.
                        None => {
                            let (behind, _) = ways.behind(ways.endpoints.there.get(id)?, &self.route.destination)?;
                            let wanted = route_of(&changes.get(behind)?.wanted()?.spec)?;
                            let RouteTarget::NatGateway(gateway) = &wanted.target else { return None };
                            (gateway.as_address()?.clone(), Some(behind))
                        }
                    };
                    (gateway != *self.gateway.0).then_some(Other { target, gateway, behind })
                })
                .collect()
            }
            _ => Vec::new(),
        }
    }

    /// True where the route shall lead where it leads, but for what is made anew.
    fn keeps_its_way(&self, change: &Change, renewal: &Exchange, identified: &Identified<'_>) -> bool {
        let wished = change.wanted().and_then(|wanted| route_of(&wanted.spec));
        let Some(wished) = wished.filter(|_| change.live().is_some()) else { return false };
        match (&self.route.target, &wished.target) {
            (RouteTarget::NatGateway(_), RouteTarget::NatGateway(to)) => {
                to.as_address() == Some(&renewal.takes.address)
            }
            (RouteTarget::VpcEndpoint(from), RouteTarget::VpcEndpoint(to)) => {
                to.as_address() == from.as_id().and_then(|id| identified.addresses.get(id))
            }
            _ => false,
        }
    }
}

impl Stages {
    /// The exchange of a NAT gateway.
    fn renewal(&self, gateway: &Address) -> Option<&Exchange> {
        self.exchanges.iter().find(|one| one.holder == *gateway && one.lets_go == Step::delete(gateway))
    }

    /// Leads what enters a way out through a NAT gateway that is made anew through another zone's meanwhile.
    fn lead_round_gateways(
        &mut self,
        changes: &mut BTreeMap<Address, Change>,
        identified: &Identified<'_>,
        ways: &Ways<'_>,
    ) {
        let mut round = Vec::new();
        let mut missed = BTreeSet::new();
        for (address, there) in &identified.by_address {
            let Spec::Route(route) = &there.observed.spec else { continue };
            let Some((id, behind)) = ways.out(&route.target, &route.destination) else { continue };
            let Some(&gateway) = ways.gateways.get(id) else { continue };
            let Some(renewal) = self.renewal(gateway.0).filter(|_| !ways.is_behind(route)) else { continue };
            let head = Head { address, there, route, gateway, behind };
            match self.lead_round_at(&head, renewal, changes, identified, ways) {
                Some((change, edges)) => round.push((gateway.0.clone(), change, edges)),
                None => drop(missed.insert(gateway.0.clone())),
            }
        }
        for (gateway, change, edges) in round {
            self.edges.extend(edges);
            if let Some(change) = change {
                changes.insert(change.address.clone(), change);
            }
            if !missed.contains(&gateway) {
                self.led_round.insert(gateway);
            }
        }
    }

    /// The change of a route that enters a way out whose NAT gateway is made anew, and what has to come first; no change where
    /// the route is led round already, since its endpoint is exchanged.
    fn lead_round_at(
        &self,
        head: &Head<'_>,
        renewal: &Exchange,
        changes: &BTreeMap<Address, Change>,
        identified: &Identified<'_>,
        ways: &Ways<'_>,
    ) -> Option<(Option<Change>, Edges)> {
        let (stage, turned_back) = (Step::stage(head.address, 0), Step::build(head.address));
        let mut edges = vec![(renewal.lets_go.clone(), stage.clone()), (turned_back.clone(), renewal.takes.clone())];
        edges.extend(head.behind.map(|behind| (turned_back.clone(), Step::build(behind))));
        // Its subnet leads to the internet as long as anything leads to it.
        let association = head.gateway.1.subnet.as_id().and_then(|id| ways.endpoints.associations.get(id));
        edges.extend(association.map(|association| (Step::delete(association), stage.clone())));
        let change = changes.get(head.address);
        if let Some(Spec::Route(led)) = change.and_then(|change| change.stages().first()) {
            // It leads to an endpoint of another zone: that zone's NAT gateway is there as long.
            let other = ways.out(&led.target, &head.route.destination).and_then(|(id, _)| ways.gateways.get(id));
            let others = self.exchanges.iter().filter(|one| one.place == renewal.place && one.holder != renewal.holder);
            let others = others.filter(|one| self.renewal(&one.holder).is_some());
            let is_used = |one: &&Exchange| other.is_none_or(|(address, _)| **address == one.holder);
            for one in others.filter(is_used) {
                edges.push(if one.zone > renewal.zone {
                    (one.lets_go.clone(), turned_back.clone())
                } else {
                    (stage.clone(), one.takes.clone())
                });
            }
            return Some((None, edges));
        }
        if change.is_some_and(|change| !head.keeps_its_way(change, renewal, identified)) {
            return None;
        }
        // One that stays is best; then one whose turn comes later, then one whose turn is over.
        let is_made = |gateway: &Address| changes.get(gateway).is_some_and(|one| one.action() == Action::Create);
        let rank = |other: &Other<'_>| match self.renewal(&other.gateway) {
            None if changes.get(&other.gateway).is_some_and(|change| change.action().deletes()) => None,
            None if is_made(&other.gateway) => Some(2),
            None => Some(0),
            Some(one) if one.zone > renewal.zone => Some(1),
            Some(one) if one.zone < renewal.zone => Some(2),
            Some(_) => None,
        };
        let others = head.others(ways, changes).into_iter().filter_map(|other| Some((rank(&other)?, other)));
        let (_, mut other) = others.min_by_key(|(rank, _)| *rank)?;
        match self.renewal(&other.gateway) {
            Some(one) if one.zone < renewal.zone => {
                edges.push((stage.clone(), one.takes.clone()));
                edges.extend(other.behind.map(|behind| (stage.clone(), Step::build(behind))));
                if matches!(other.target, RouteTarget::NatGateway(_)) {
                    other.target = RouteTarget::NatGateway(Ref::to(&one.takes.address));
                }
            }
            Some(one) => edges.push((one.lets_go.clone(), turned_back)),
            None if is_made(&other.gateway) => {
                edges.push((stage.clone(), Step::build(&other.gateway)));
                edges.extend(other.behind.map(|behind| (stage.clone(), Step::build(behind))));
            }
            None => {}
        }
        let led = Route { target: other.target, ..head.route.clone() };
        let scope = changes.get(head.gateway.0).map(|gateway| gateway.scope.clone())?;
        let change = match change {
            Some(change) => Change { transition: staged(change, led)?, ..change.clone() },
            None => Change {
                address: head.address.clone(),
                owner: head.there.owner.clone(),
                scope: scope.clone(),
                reason: Reason::LedRound { gateway: head.gateway.0.clone() },
                transition: Transition::Update {
                    there: There {
                        observed: head.there.observed.clone(),
                        identified_by: identified.sources.get(head.address).copied(),
                    },
                    wanted: Wanted::from(Resource {
                        owner: head.there.owner.clone(),
                        scope,
                        spec: by_address(head.route, identified).into(),
                        after: BTreeSet::new(),
                    }),
                    attributes: Vec::new(),
                    stages: vec![led.into()],
                },
            },
        };
        Some((Some(change), edges))
    }
}

fn route_of(spec: &Spec) -> Option<&Route> {
    match spec {
        Spec::Route(route) => Some(route),
        _ => None,
    }
}

/// A change that turns a route in two steps.
fn staged(change: &Change, stage: Route) -> Option<Transition> {
    let (Transition::Replace { there, wanted, attributes } | Transition::Update { there, wanted, attributes, .. }) =
        &change.transition
    else {
        return None;
    };
    Some(Transition::Update {
        there: there.clone(),
        wanted: wanted.clone(),
        attributes: attributes.clone(),
        stages: vec![stage.into()],
    })
}

/// A route that is there, with addresses for the ids.
fn by_address(route: &Route, identified: &Identified<'_>) -> Route {
    fn known<K>(reference: &Ref<K>, identified: &Identified<'_>) -> Ref<K> {
        let address = reference.as_id().and_then(|id| identified.addresses.get(id));
        address.map_or_else(|| reference.clone(), Ref::to)
    }
    let target = match &route.target {
        RouteTarget::NatGateway(gateway) => RouteTarget::NatGateway(known(gateway, identified)),
        RouteTarget::VpcEndpoint(endpoint) => RouteTarget::VpcEndpoint(known(endpoint, identified)),
        other => other.clone(),
    };
    Route { route_table: known(&route.route_table, identified), target, ..route.clone() }
}

/// Turns the routes of both directions from one firewall's endpoint to another at once: between the two, flows pass the one
/// on their way and the other on their way back, and are dropped. Each waits for all that the others wait for, and none for
/// the others.
pub(super) fn turn_together(changes: &BTreeMap<Address, Change>, order: &mut Order) {
    let mut turns: Vec<((&RouteTarget, &RouteTarget), Vec<Step>)> = Vec::new();
    for change in changes.values().filter(|change| change.action() == Action::Update) {
        let live = change.live().and_then(|live| route_of(&live.spec));
        let wanted = change.wanted().and_then(|wanted| route_of(&wanted.spec));
        let (Some(live), Some(wanted)) = (live, wanted) else { continue };
        let stages = change.stages().iter().filter_map(route_of);
        let targets: Vec<&RouteTarget> =
            [live].into_iter().chain(stages).chain([wanted]).map(|one| &one.target).collect();
        let steps = steps(change);
        for ((from, to), step) in targets.iter().zip(targets.iter().skip(1)).zip(steps) {
            let is_between_endpoints = [from, to].iter().all(|one| matches!(one, RouteTarget::VpcEndpoint(_)));
            if !is_between_endpoints || from == to {
                continue;
            }
            match turns.iter_mut().find(|(turn, _)| *turn == (*from, *to)) {
                Some((_, together)) => together.push(step),
                None => turns.push(((*from, *to), vec![step])),
            }
        }
    }
    for (_, together) in turns.iter().filter(|(_, together)| together.len() > 1) {
        for step in together {
            together.iter().for_each(|other| order.release(step, other));
        }
        let first: BTreeSet<Step> = together.iter().flat_map(|step| order.before(step)).cloned().collect();
        for step in together {
            for one in &first {
                order.wait_if_possible(changes, step.clone(), one.clone());
            }
        }
    }
}
