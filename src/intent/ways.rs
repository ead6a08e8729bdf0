//! Where a zone's routes lead: through one VPC after another, to a VPC or to the internet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::vpc;
use crate::reach::ObjectId;
use crate::values::{Cidr, Label};
use crate::zone::{Network, NetworkName, NextHop, Tier, TransitGatewayNextHop, TransitGatewayRouteTable, Zone};

/// Where packets go that a VPC hands to the transit gateway.
#[derive(Debug)]
pub(super) struct Ways<'zone> {
    zone: &'zone Zone,
    /// The table that each VPC is associated with.
    tables: BTreeMap<&'zone NetworkName, (&'zone Label, &'zone TransitGatewayRouteTable)>,
    /// The VPCs that each table leads to, for whole ranges.
    reached: BTreeMap<&'zone Label, BTreeMap<Cidr, &'zone NetworkName>>,
}

/// What leads out of a tier, to one end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// By the transit gateway.
    TransitGateway,
    /// By the VPC's own internet gateway, with or without a NAT gateway.
    Internet,
    /// Directly by the internet gateway: hosts need public addresses.
    PublicAddress,
}

impl<'zone> Ways<'zone> {
    pub(super) fn of(zone: &'zone Zone) -> Self {
        let all = &zone.transit_gateway.route_tables;
        let tables = all.iter().flat_map(|(name, table)| table.associated.iter().map(move |one| (one, (name, table))));
        let mut ways = Self { zone, tables: tables.collect(), reached: BTreeMap::new() };
        let reached = all.iter().map(|(name, table)| (name, ways.reached_from(table))).collect();
        ways.reached = reached;
        ways
    }

    fn reached_from(&self, table: &'zone TransitGatewayRouteTable) -> BTreeMap<Cidr, &'zone NetworkName> {
        let attached = self.zone.networks.values().filter(|network| network.attachment.is_some());
        let led_to = |network: &&Network| self.end(table, network.cidr) == Some(&network.name);
        attached.filter(led_to).map(|network| (network.cidr, &network.name)).collect()
    }

    /// The VPC that a table leads a whole range to at last. One on the way hands it back to the transit gateway, as one does
    /// that inspects what others send.
    fn end(&self, table: &'zone TransitGatewayRouteTable, range: Cidr) -> Option<&'zone NetworkName> {
        let mut passed = BTreeSet::new();
        let mut table = table;
        loop {
            let name = next(self.zone, table, range)?;
            let network = self.zone.networks.get(name)?;
            if network.cidr.contains(range) {
                return Some(name);
            }
            if !passed.insert(name) || !hands_on(network, range) {
                return None;
            }
            (_, table) = *self.tables.get(name)?;
        }
    }

    /// The VPCs that hosts of a tier are led to by the transit gateway; one set for all tiers that are led everywhere that
    /// their table leads.
    pub(super) fn vpcs(&self, network: &Network, tier: &Tier) -> Arc<BTreeSet<ObjectId>> {
        let Some(reached) = self.tables.get(&network.name).and_then(|(name, _)| self.reached.get(name)) else {
            return Arc::default();
        };
        let led = |range: &Cidr| exit(network, tier, *range) == Some(Exit::TransitGateway);
        let others = reached.iter().filter(|(_, name)| **name != &network.name);
        Arc::new(others.filter(|(range, _)| led(range)).map(|(_, name)| vpc(name)).collect())
    }

    /// True where hosts of a tier are meant to reach the internet, with an address of another's.
    ///
    /// A route to everywhere asks for that, and what it asks for must not hang on the rest of the way: where that is broken,
    /// the proof is to find it.
    pub(super) fn internet(&self, network: &Network, tier: &Tier) -> bool {
        if !tier.routes.contains_key(&Cidr::EVERYWHERE) {
            return false;
        }
        match exit(network, tier, Cidr::EVERYWHERE) {
            Some(Exit::Internet) => true,
            Some(Exit::TransitGateway) => self.leads_out(network),
            Some(Exit::PublicAddress) => false,
            // To the VPC's own firewall or NAT gateway, and not on from there.
            None => network.internet_gateway || self.leads_out(network),
        }
    }

    /// True where the transit gateway is meant to lead what a VPC sends everywhere to the internet: its tables lead it from
    /// VPC to VPC until one has an internet gateway, whether or not each hands it on. Where they end before, a VPC that
    /// hands on what others send everywhere still asks for it, if the zone has a way out for others at all.
    ///
    /// A table without such a route keeps those in that are associated with it, and so does one that drops it.
    fn leads_out(&self, network: &Network) -> bool {
        let mut passed: Vec<&'zone Network> = Vec::new();
        let mut from = &network.name;
        while let Some((_, table)) = self.tables.get(from) {
            let next = match table.routes.get(&Cidr::EVERYWHERE) {
                Some(TransitGatewayNextHop::Network(name)) => self.zone.networks.get(name),
                Some(TransitGatewayNextHop::Blackhole) => return false,
                None => None,
            };
            let Some(next) = next.filter(|next| passed.iter().all(|known| known.name != next.name)) else { break };
            if next.internet_gateway {
                return true;
            }
            passed.push(next);
            from = &next.name;
        }
        passed.last().is_some_and(|last| hands_on(last, Cidr::EVERYWHERE)) && self.has_way_out()
    }

    /// True where a VPC takes what the transit gateway brings to the internet.
    fn has_way_out(&self) -> bool {
        let leads = |network: &Network| exit_of_attachment(network, Cidr::EVERYWHERE) == Some(Exit::Internet);
        self.zone.networks.values().any(leads)
    }
}

/// True where a VPC hands what the transit gateway brings for a range back to it.
fn hands_on(network: &Network, range: Cidr) -> bool {
    exit_of_attachment(network, range) == Some(Exit::TransitGateway)
}

/// How packets for a range leave a VPC that the transit gateway brings into it.
fn exit_of_attachment(network: &Network, range: Cidr) -> Option<Exit> {
    let attachment = network.attachment.as_ref()?;
    exit(network, network.tiers.get(&attachment.tier)?, range)
}

/// The VPC that a table sends a whole range to: by the longest prefix that holds it, a static route before a propagated one
/// (Transit Gateways guide, "Route evaluation order").
fn next<'zone>(zone: &'zone Zone, table: &'zone TransitGatewayRouteTable, range: Cidr) -> Option<&'zone NetworkName> {
    let propagated = table.propagated.iter().filter_map(|name| {
        let network = zone.networks.get(name).filter(|network| network.cidr.contains(range))?;
        Some((network.cidr.prefix_length(), false, Some(name)))
    });
    let statics = table.routes.iter().filter(|(to, _)| to.contains(range)).map(|(to, hop)| match hop {
        TransitGatewayNextHop::Network(name) => (to.prefix_length(), true, Some(name)),
        TransitGatewayNextHop::Blackhole => (to.prefix_length(), true, None),
    });
    propagated.chain(statics).max().and_then(|(_, _, network)| network)
}

/// How packets for a range leave a tier; none where they stay or get nowhere.
pub(super) fn exit(network: &Network, tier: &Tier, range: Cidr) -> Option<Exit> {
    let hop = |tier: &Tier| {
        let holding = tier.routes.iter().filter(|(to, _)| to.contains(range));
        holding.max_by_key(|(to, _)| to.prefix_length()).map(|(_, hop)| *hop)
    };
    // A packet passes the VPC's firewall and its NAT gateway once each at most.
    let mut next = hop(tier)?;
    if next == NextHop::Firewall {
        next = hop(network.tiers.values().find(|tier| tier.firewall)?)?;
    }
    match next {
        NextHop::TransitGateway => Some(Exit::TransitGateway),
        NextHop::InternetGateway => Some(Exit::PublicAddress),
        NextHop::NatGateway => network.internet_gateway.then_some(Exit::Internet),
        NextHop::Firewall => None,
    }
}

/// The ranges that a table drops.
pub(super) fn blackholes(table: &TransitGatewayRouteTable) -> impl Iterator<Item = Cidr> + '_ {
    table.routes.iter().filter(|(_, hop)| **hop == TransitGatewayNextHop::Blackhole).map(|(range, _)| *range)
}
