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
    /// The ranges of the internet that routes are written for.
    public: BTreeSet<Cidr>,
    /// Those of them that each table is meant to lead there.
    led_out: BTreeMap<&'zone Label, BTreeSet<Cidr>>,
}

/// Where a table of the transit gateway leads packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Led<'zone> {
    /// Nowhere: it drops them.
    Nowhere,
    /// To a VPC.
    To(&'zone NetworkName),
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
        let (tables, public) = (tables.collect(), public_destinations(zone));
        let mut ways = Self { zone, tables, reached: BTreeMap::new(), public, led_out: BTreeMap::new() };
        let reached = all.iter().map(|(name, table)| (name, ways.reached_from(table))).collect();
        let led_out = |table| ways.public.iter().copied().filter(|range| ways.leads_out(table, *range)).collect();
        let led_out = all.iter().map(|(name, table)| (name, led_out(table))).collect();
        ways.reached = reached;
        ways.led_out = led_out;
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
            let Led::To(name) = next(self.zone, table, range)? else { return None };
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

    /// The ranges of the internet that hosts of a tier are meant to reach, with an address of another's: everywhere, mostly.
    ///
    /// A route asks for that, and what it asks for must not hang on the rest of the way: where that is broken, the proof is
    /// to find it.
    pub(super) fn internet(&self, network: &Network, tier: &Tier) -> BTreeSet<Cidr> {
        let table = self.tables.get(&network.name).and_then(|(name, _)| self.led_out.get(name));
        let is_led_out = |range: Cidr| table.is_some_and(|led| led.contains(&range));
        let is_asked = |range: Cidr| match exit(network, tier, range) {
            Some(Exit::Internet) => true,
            Some(Exit::TransitGateway) => is_led_out(range),
            Some(Exit::PublicAddress) => false,
            // To the VPC's own firewall or NAT gateway, and not on from there.
            None => routed(tier, range).is_some() && (network.internet_gateway || is_led_out(range)),
        };
        let (asked, others): (BTreeSet<Cidr>, BTreeSet<Cidr>) = self.public.iter().partition(|range| is_asked(**range));
        let mut ranges = BTreeSet::new();
        for range in asked {
            // What a longer route keeps in is not asked for.
            let kept = others.iter().copied().filter(|other| *other != range && range.contains(*other));
            ranges.extend(range.without(kept));
        }
        let within = |range: &Cidr, other: &Cidr| other != range && other.contains(*range);
        ranges.iter().copied().filter(|range| !ranges.iter().any(|other| within(range, other))).collect()
    }

    /// True where a table is meant to lead packets for a range to the internet: it leads them from VPC to VPC until one has an
    /// internet gateway, whether or not each hands them on. Where that ends before, a VPC that hands on what others send
    /// there still asks for it, if the zone has a way out for others at all.
    ///
    /// A table without a route for them keeps those in that are associated with it, and so does one that drops them.
    fn leads_out(&self, table: &'zone TransitGatewayRouteTable, range: Cidr) -> bool {
        let mut passed: Vec<&'zone Network> = Vec::new();
        let mut table = Some(table);
        while let Some(led) = table.and_then(|table| next(self.zone, table, range)) {
            let Led::To(name) = led else { return false };
            let Some(network) = self.zone.networks.get(name) else { break };
            if network.internet_gateway {
                return true;
            }
            if passed.iter().any(|known| known.name == network.name) {
                break;
            }
            passed.push(network);
            table = self.tables.get(name).map(|(_, table)| *table);
        }
        passed.last().is_some_and(|last| hands_on(last, range)) && self.has_way_out(range)
    }

    /// True where a VPC takes what the transit gateway brings for a range to the internet.
    fn has_way_out(&self, range: Cidr) -> bool {
        self.zone.networks.values().any(|network| exit_of_attachment(network, range) == Some(Exit::Internet))
    }
}

/// Private addresses (RFC 1918) and shared ones (RFC 6598), which no route to the internet is for.
const PRIVATE: [([u8; 4], u8); 4] =
    [([10, 0, 0, 0], 8), ([172, 16, 0, 0], 12), ([192, 168, 0, 0], 16), ([100, 64, 0, 0], 10)];

/// True where a range holds addresses of the internet: it lies neither in private space nor in what the zone's VPCs have.
pub(super) fn is_public(zone: &Zone, range: Cidr) -> bool {
    let private = PRIVATE.into_iter().filter_map(|(first, length)| Cidr::holding(first.into(), length).ok());
    !private.chain([zone.addresses.workloads, zone.addresses.hub]).any(|inside| inside.contains(range))
}

/// The destinations of a zone's routes that hold addresses of the internet.
fn public_destinations(zone: &Zone) -> BTreeSet<Cidr> {
    let of_tiers =
        zone.networks.values().flat_map(|network| network.tiers.values()).flat_map(|tier| tier.routes.keys());
    let of_tables = zone.transit_gateway.route_tables.values().flat_map(|table| table.routes.keys());
    of_tiers.chain(of_tables).copied().filter(|range| is_public(zone, *range)).collect()
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

/// Where a table leads a whole range: by the longest prefix that holds it, a static route before a propagated one (Transit
/// Gateways guide, "Route evaluation order"). None where no route holds it.
fn next<'zone>(zone: &'zone Zone, table: &'zone TransitGatewayRouteTable, range: Cidr) -> Option<Led<'zone>> {
    let propagated = table.propagated.iter().filter_map(|name| {
        let network = zone.networks.get(name).filter(|network| network.cidr.contains(range))?;
        Some((network.cidr.prefix_length(), false, Led::To(name)))
    });
    let statics = table.routes.iter().filter(|(to, _)| to.contains(range)).map(|(to, hop)| match hop {
        TransitGatewayNextHop::Network(name) => (to.prefix_length(), true, Led::To(name)),
        TransitGatewayNextHop::Blackhole => (to.prefix_length(), true, Led::Nowhere),
    });
    propagated.chain(statics).max().map(|(_, _, led)| led)
}

/// The next hop of a tier's longest route that holds a range.
fn routed(tier: &Tier, range: Cidr) -> Option<NextHop> {
    let holding = tier.routes.iter().filter(|(to, _)| to.contains(range));
    holding.max_by_key(|(to, _)| to.prefix_length()).map(|(_, hop)| *hop)
}

/// How packets for a range leave a tier; none where they stay or get nowhere.
pub(super) fn exit(network: &Network, tier: &Tier, range: Cidr) -> Option<Exit> {
    // A packet passes the VPC's firewall and its NAT gateway once each at most.
    let mut next = routed(tier, range)?;
    if next == NextHop::Firewall {
        next = routed(network.tiers.values().find(|tier| tier.firewall)?, range)?;
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
