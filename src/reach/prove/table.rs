//! A route table as a partition of all addresses: the longest prefix is resolved once, for every packet that follows.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::super::network::{Network, Route, RouteDestination, RouteTable, TransitGatewayRoute, VpcRouteOrigin};
use crate::values::{AddressSet, Cidr};

/// Which route takes which addresses.
#[derive(Debug)]
pub(super) struct TablePartition<'network, Route> {
    choices: Vec<Choice<'network, Route>>,
    /// Stretches of addresses, in order, each with the place of its choice. What lies in none has no route.
    stretches: Vec<(Ipv4Addr, Ipv4Addr, usize)>,
}

/// The routes that take a range: one, but where AWS may take any of several.
#[derive(Debug)]
pub(super) struct Choice<'network, Route> {
    /// The route, and others that AWS may as well take.
    pub(super) routes: Vec<&'network Route>,
}

/// Routes for some of the addresses that were asked for.
pub(super) struct Routed<'table, 'network, Route> {
    /// The routes; none where the table has none.
    pub(super) choice: Option<&'table Choice<'network, Route>>,
    /// The addresses.
    pub(super) addresses: AddressSet,
}

impl<'network, Route> TablePartition<'network, Route> {
    /// `entries` are the table's routes by range, each with its priority between routes to one range: the lowest wins, and
    /// `undecided` says that routes of a priority don't have an order.
    fn new(
        entries: impl Iterator<Item = (Cidr, u8, &'network Route)>,
        undecided: impl Fn(u8) -> bool,
        same_target: impl Fn(&Route, &Route) -> bool,
    ) -> Self {
        let mut ranges: BTreeMap<(Ipv4Addr, u8), (u8, Choice<'network, Route>)> = BTreeMap::new();
        for (range, priority, route) in entries {
            let key = (range.first(), range.prefix_length());
            match ranges.get_mut(&key) {
                Some((best, choice)) if *best == priority => {
                    let new = choice.routes.iter().all(|known| !same_target(known, route));
                    if undecided(priority) && new {
                        choice.routes.push(route);
                    }
                }
                Some((best, _)) if *best < priority => {}
                _ => drop(ranges.insert(key, (priority, Choice { routes: vec![route] }))),
            }
        }
        let mut partition = Self { choices: Vec::with_capacity(ranges.len()), stretches: Vec::new() };
        let mut open: Vec<(u64, usize)> = Vec::new();
        let mut next = 0_u64;
        for ((first, length), (_, choice)) in ranges {
            let first = u64::from(first.to_bits());
            partition.close(&mut open, &mut next, first);
            if let Some((_, outer)) = open.last() {
                partition.stretch(next, first, *outer);
            }
            next = first;
            open.push((first + (1_u64 << (32 - u32::from(length))), partition.choices.len()));
            partition.choices.push(choice);
        }
        partition.close(&mut open, &mut next, 1 << 32);
        partition
    }

    /// Ends the ranges that end at or before an address.
    fn close(&mut self, open: &mut Vec<(u64, usize)>, next: &mut u64, at: u64) {
        while let Some((end, choice)) = open.pop_if(|(end, _)| *end <= at) {
            self.stretch(*next, end, choice);
            *next = (*next).max(end);
        }
    }

    /// Notes a stretch from an address up to, and without, another; nothing where that is empty.
    fn stretch(&mut self, from: u64, to: u64, choice: usize) {
        if let (true, Ok(first), Ok(last)) = (from < to, u32::try_from(from), u32::try_from(to.saturating_sub(1))) {
            self.stretches.push((first.into(), last.into(), choice));
        }
    }

    /// The routes that take some addresses, and which take which.
    pub(super) fn look_up(&self, addresses: &AddressSet) -> Vec<Routed<'_, 'network, Route>> {
        let mut by_choice: BTreeMap<usize, Vec<(Ipv4Addr, Ipv4Addr)>> = BTreeMap::new();
        for (first, last) in addresses.intervals() {
            let start = self.stretches.partition_point(|(_, end, _)| *end < first);
            for (from, to, choice) in self.stretches[start..].iter().take_while(|(from, ..)| *from <= last) {
                by_choice.entry(*choice).or_default().push(((*from).max(first), (*to).min(last)));
            }
        }
        let mut routed: Vec<Routed<'_, 'network, Route>> = Vec::with_capacity(by_choice.len() + 1);
        for (choice, stretches) in by_choice {
            let addresses = stretches.into_iter().map(|(first, last)| first..=last).collect();
            routed.push(Routed { choice: self.choices.get(choice), addresses });
        }
        let found: AddressSet = routed.iter().flat_map(|one| one.addresses.intervals()).map(|(a, b)| a..=b).collect();
        let rest = addresses.difference(&found);
        if !rest.is_empty() {
            routed.push(Routed { choice: None, addresses: rest });
        }
        routed
    }
}

impl<'network> TablePartition<'network, Route> {
    /// A VPC's table: between routes to one range the local one wins, then a range, a prefix list, a propagated route (VPC
    /// user guide, "Route priority"). Of prefix lists that overlap, AWS says that it takes any.
    pub(super) fn of_vpc(network: &Network, table: &'network RouteTable) -> Self {
        const PREFIX_LIST: u8 = 2;
        let priority = |route: &Route| match (route.origin, &route.destination) {
            (VpcRouteOrigin::Local, _) => 0,
            (VpcRouteOrigin::Static, RouteDestination::Range(_)) => 1,
            (VpcRouteOrigin::Static, RouteDestination::PrefixList(_)) => PREFIX_LIST,
            (VpcRouteOrigin::Propagated, _) => 3,
        };
        let entries = table.routes.iter().flat_map(|route| {
            ranges(network, &route.destination).into_iter().map(move |range| (range, priority(route), route))
        });
        Self::new(entries, |priority| priority == PREFIX_LIST, |one, other| one.target == other.target)
    }
}

impl<'network> TablePartition<'network, TransitGatewayRoute> {
    /// A transit gateway's table: between routes to one range by origin (Transit Gateways guide, "Route evaluation order").
    pub(super) fn of_transit_gateway(network: &Network, routes: &'network [TransitGatewayRoute]) -> Self {
        let entries = routes.iter().flat_map(|route| {
            let priority = route.origin as u8;
            ranges(network, &route.destination).into_iter().map(move |range| (range, priority, route))
        });
        Self::new(entries, |_| false, |one, other| one.target == other.target)
    }
}

fn ranges(network: &Network, destination: &RouteDestination) -> Vec<Cidr> {
    match destination {
        RouteDestination::Range(range) => vec![*range],
        RouteDestination::PrefixList(list) => {
            network.prefix_lists.get(list).into_iter().flat_map(|list| list.ranges.iter().copied()).collect()
        }
    }
}
