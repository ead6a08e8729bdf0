//! Which VPCs a zone's routes lead to.

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
    /// The VPCs that each table leads to, for whole ranges.
    reached: BTreeMap<&'zone Label, BTreeMap<Cidr, &'zone NetworkName>>,
    tables: BTreeMap<&'zone NetworkName, (&'zone Label, &'zone TransitGatewayRouteTable)>,
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
        let mut tables = BTreeMap::new();
        let mut reached = BTreeMap::new();
        for (name, table) in &zone.transit_gateway.route_tables {
            tables.extend(table.associated.iter().map(|network| (network, (name, table))));
            let mut all = BTreeMap::new();
            for network in zone.networks.values().filter(|network| network.attachment.is_some()) {
                if next(zone, table, network.cidr) == Some(&network.name) {
                    all.insert(network.cidr, &network.name);
                }
            }
            reached.insert(name, all);
        }
        Self { zone, reached, tables }
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

    /// True where hosts of a tier are led to the internet, with an address of their own or another's.
    pub(super) fn internet(&self, network: &Network, tier: &Tier) -> bool {
        match exit(network, tier, Cidr::EVERYWHERE) {
            Some(Exit::Internet) => true,
            Some(Exit::TransitGateway) => self.central_exit(network).is_some_and(|exit| exit.internet_gateway),
            Some(Exit::PublicAddress) | None => false,
        }
    }

    /// The VPC that the transit gateway leads everything to that has no other way.
    pub(super) fn central_exit(&self, network: &Network) -> Option<&'zone Network> {
        let (_, table) = self.tables.get(&network.name)?;
        match table.routes.get(&Cidr::EVERYWHERE)? {
            TransitGatewayNextHop::Network(name) => self.zone.networks.get(name),
            TransitGatewayNextHop::Blackhole => None,
        }
    }
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
