//! Paths that people have written down: in a file of their own, and in each account's list of what it may reach.

use std::collections::{BTreeMap, BTreeSet};

use super::{segment, tiers, vpc, ways::Ways};
use crate::blueprint::addresses::TransitGatewayAddresses;
use crate::reach::prove::{Claim, Component, Destination, Invariant, LISTED, Rules, Source};
use crate::reach::{ObjectId, Protocol};
use crate::values::{Cidr, Label, PortRange, PortSet};
use crate::zone::{self, Account, EgressProtocol, Network, NetworkName, PathClaim, PathTraffic, Place, Waypoint, Zone};

/// The statements of the zone's file of them. One that is about many VPCs becomes one for each that packets start in, so that
/// what breaks it is told for each.
pub(super) fn of_files(zone: &Zone) -> Vec<Invariant> {
    zone.invariants.values().flat_map(|statement| of_statement(zone, statement)).collect()
}

fn of_statement(zone: &Zone, statement: &zone::Invariant) -> Vec<Invariant> {
    let (protocols, ports) = traffic(&statement.traffic);
    let claims = claims(zone, &statement.claim);
    let mut all = Vec::new();
    for (source, own) in sources(zone, &statement.from) {
        let Some(to) = destination(zone, &statement.to, own, statement.claim == PathClaim::NeverReaches) else {
            continue;
        };
        all.extend(claims.iter().map(|claim| Invariant {
            name: statement.name.to_string(),
            from: source.clone(),
            to: to.clone(),
            protocols: protocols.clone(),
            ports: ports.clone(),
            claim: claim.clone(),
            rules: Rules::Asked,
        }));
    }
    all
}

fn claims(zone: &Zone, claim: &PathClaim) -> Vec<Claim> {
    let passes = |waypoint: &Waypoint| {
        Claim::Passes(match waypoint {
            Waypoint::Firewall => Component::Firewall,
            Waypoint::NatGateway => Component::NatGateway,
            Waypoint::TransitGateway => {
                let gateway = TransitGatewayAddresses::of(&zone.transit_gateway.account).gateway();
                Component::Object(ObjectId(gateway.to_string()))
            }
        })
    };
    match claim {
        PathClaim::Reaches { through } => [Claim::Reaches].into_iter().chain(through.iter().map(passes)).collect(),
        PathClaim::NeverReaches => vec![Claim::NeverReaches],
        PathClaim::Passes(waypoint) => vec![passes(waypoint)],
    }
}

fn traffic(traffic: &PathTraffic) -> (BTreeSet<Protocol>, PortSet) {
    match traffic {
        PathTraffic::All => (BTreeSet::new(), PortSet::everything()),
        PathTraffic::Tcp(ranges) => ([Protocol::Tcp].into(), ports(ranges)),
        PathTraffic::Udp(ranges) => ([Protocol::Udp].into(), ports(ranges)),
        PathTraffic::Icmp => ([Protocol::Icmp].into(), PortSet::everything()),
    }
}

fn ports(ranges: &BTreeSet<PortRange>) -> PortSet {
    if ranges.is_empty() {
        return PortSet::everything();
    }
    ranges.iter().map(|range| range.first()..=range.last()).collect()
}

/// The VPCs that a place stands for; none where it stands for something else.
fn networks<'zone>(zone: &'zone Zone, place: &Place) -> Vec<&'zone Network> {
    let of_place = |name: &NetworkName| match place {
        Place::Workloads => segment(zone, name).is_some(),
        Place::Segment(wanted) => segment(zone, name) == Some(wanted),
        Place::Hub => segment(zone, name).is_none(),
        Place::Network(wanted) => name == wanted,
        Place::Tier(..) | Place::Range(_) | Place::Internet | Place::Domain(_) => false,
    };
    zone.networks.values().filter(|network| of_place(&network.name)).collect()
}

fn tier_subnets(zone: &Zone, network: &NetworkName, tier: &Label) -> BTreeSet<ObjectId> {
    let found = zone.networks.get(network).and_then(|network| Some((network, network.tiers.get(tier)?)));
    found.map(|(network, tier)| tiers::subnets(network, tier)).unwrap_or_default()
}

/// Where packets start, each with the VPC that it is in where there is one.
fn sources<'zone>(zone: &'zone Zone, place: &'zone Place) -> Vec<(Source, Option<&'zone NetworkName>)> {
    match place {
        Place::Workloads | Place::Segment(_) | Place::Hub | Place::Network(_) => {
            let all = networks(zone, place).into_iter();
            all.map(|network| (Source::Vpc(vpc(&network.name)), Some(&network.name))).collect()
        }
        Place::Tier(network, tier) => vec![(Source::Subnets(tier_subnets(zone, network, tier)), Some(network))],
        Place::Range(range) => vec![(Source::Ranges([*range].into()), None)],
        // No packet is known by the name of the host that it comes from.
        Place::Internet | Place::Domain(_) => vec![(Source::Internet, None)],
    }
}

/// Where packets go: of what a place stands for, all but the VPC that they start in. Whole ranges where none may arrive, hosts
/// otherwise.
fn destination(zone: &Zone, place: &Place, own: Option<&NetworkName>, whole: bool) -> Option<Destination> {
    Some(match place {
        Place::Workloads | Place::Segment(_) | Place::Hub | Place::Network(_) => {
            let others: Vec<&Network> =
                networks(zone, place).into_iter().filter(|network| Some(&network.name) != own).collect();
            match others.as_slice() {
                [] => return None,
                [only] => Destination::Vpc(vpc(&only.name)),
                all if whole => Destination::Ranges(all.iter().map(|network| network.cidr).collect::<BTreeSet<Cidr>>()),
                all => Destination::Subnets(
                    all.iter()
                        .flat_map(|network| tiers::of_hosts(network))
                        .flat_map(|(network, tier)| tiers::subnets(network, tier))
                        .collect(),
                ),
            }
        }
        Place::Tier(network, tier) => Destination::Subnets(tier_subnets(zone, network, tier)),
        Place::Range(range) => Destination::Ranges([*range].into()),
        Place::Internet => Destination::Internet,
        Place::Domain(domain) => Destination::Domain(domain.name().to_owned()),
    })
}

/// What accounts list passes the zone's firewall. Where none of an account's tiers is led out, none of its list is reached.
pub(super) fn of_accounts(zone: &Zone, ways: &Ways<'_>) -> Vec<Invariant> {
    if zone.networks.values().all(|network| network.firewall.is_none()) {
        return Vec::new();
    }
    let mut attached: BTreeMap<&Label, Vec<&Network>> = BTreeMap::new();
    for network in zone.networks.values().filter(|one| one.attachment.is_some() && segment(zone, &one.name).is_some()) {
        attached.entry(&network.name.account).or_default().push(network);
    }
    let accounts = attached.iter().filter_map(|(name, networks)| Some((zone.accounts.get(*name)?, networks)));
    accounts.flat_map(|(account, networks)| of_account(ways, account, networks)).collect()
}

fn of_account(ways: &Ways<'_>, account: &Account, networks: &[&Network]) -> Vec<Invariant> {
    let tiers: Vec<(&Network, &zone::Tier)> = networks.iter().flat_map(|network| tiers::of_hosts(network)).collect();
    let leads_out = |network: &Network, tier: &zone::Tier| !ways.internet(network, tier).is_empty();
    let is_led_out = tiers.iter().any(|(network, tier)| leads_out(network, tier));
    let mut senders: BTreeMap<&NetworkName, BTreeSet<ObjectId>> = BTreeMap::new();
    for (network, tier) in tiers.into_iter().filter(|(network, tier)| !is_led_out || leads_out(network, tier)) {
        senders.entry(&network.name).or_default().extend(tiers::subnets(network, tier));
    }
    senders.into_values().flat_map(|from| listed(account, &from)).collect()
}

/// That an account's list is reached from some subnets.
fn listed(account: &Account, from: &BTreeSet<ObjectId>) -> Vec<Invariant> {
    let passes = |to: Destination, protocol: Protocol, ports: PortSet| Invariant {
        name: LISTED.name.to_owned(),
        from: Source::Subnets(from.clone()),
        to,
        protocols: [protocol].into(),
        ports,
        claim: Claim::Reaches,
        rules: Rules::Asked,
    };
    let domains = account.egress.domains.iter().map(|domain| {
        let web = PortSet::one(80).union(&PortSet::one(443));
        passes(Destination::Domain(domain.name().to_owned()), Protocol::Tcp, web)
    });
    let addresses = account.egress.addresses.iter().map(|address| {
        let (protocol, ports) = match &address.protocol {
            EgressProtocol::Tcp(ranges) => (Protocol::Tcp, ports(ranges)),
            EgressProtocol::Udp(ranges) => (Protocol::Udp, ports(ranges)),
            EgressProtocol::Icmp => (Protocol::Icmp, PortSet::everything()),
        };
        passes(Destination::Ranges([address.to].into()), protocol, ports)
    });
    domains.chain(addresses).collect()
}
