//! The invariants that are about packets: what the reference architecture promises.

use std::collections::BTreeMap;

use super::super::ObjectId;
use super::claims::{ROUTES, Traffic, broken, check, examine};
use super::flood::End;
use super::intent::{
    Claim, Component, Destination, Intent, Invariant, Isolation, Reach, Rules, Source, Tier, Workload,
};
use super::places::{Places, Start};
use super::violation::Violation;
use super::{EGRESS, INTERNET, ISOLATION, PATHS};
use crate::firewall::FlowProtocol;
use crate::values::{AddressSet, PortSet};

/// Every path from a workload to the internet passes a firewall endpoint of its zone, and its answer passes the same one.
pub(super) fn egress(places: &Places<'_>, intent: &Intent) -> Vec<Violation> {
    let mut violations = Vec::new();
    if !intent.inspected {
        return violations;
    }
    let network = places.map.network;
    for workload in &intent.workloads {
        let starts = places.starts(&Source::Vpc(workload.vpc.clone()));
        let claims = [Claim::Passes(Component::Firewall), Claim::KeepsItsZone];
        let found = examine(places, EGRESS, &starts, places.outside(), &Traffic::all(), ROUTES, |start, path| {
            let there = matches!(path.end, End::Internet { .. });
            let what = claims.iter().find_map(|claim| broken(network, claim, start, path, there))?;
            Some(format!("what {} sends to the internet {what}", workload.name))
        });
        violations.extend(found);
    }
    violations
}

/// Nothing on the internet reaches a workload except through the edge.
pub(super) fn internet(places: &Places<'_>, intent: &Intent) -> Vec<Violation> {
    let owners = owners(intent);
    let network = places.map.network;
    let starts = places.starts(&Source::Internet);
    let everywhere = AddressSet::everything();
    examine(places, INTERNET, &starts, &everywhere, &Traffic::all(), ROUTES, |start, path| {
        let workload = workload_at(places, &owners, &path.end)?;
        broken(network, &Claim::NeverReaches, start, path, true)
            .map(|what| format!("what the internet sends to {} {what}", workload.name))
    })
}

/// Workloads that are to be isolated can't reach each other, by routes alone.
pub(super) fn isolation(places: &Places<'_>, intent: &Intent) -> Vec<Violation> {
    let apart = |one: &Workload, other: &Workload| match intent.isolation {
        Isolation::None => false,
        Isolation::BetweenSegments => one.segment != other.segment,
        Isolation::BetweenWorkloads => one.vpc != other.vpc,
    };
    if intent.isolation == Isolation::None {
        return Vec::new();
    }
    let owners = owners(intent);
    let network = places.map.network;
    let everyone = addresses(places, intent.workloads.iter());
    let mut by_segment: BTreeMap<&str, AddressSet> = BTreeMap::new();
    let mut violations = Vec::new();
    for workload in &intent.workloads {
        let own = match intent.isolation {
            Isolation::BetweenSegments => by_segment.entry(&workload.segment).or_insert_with(|| {
                addresses(places, intent.workloads.iter().filter(|other| other.segment == workload.segment))
            }),
            _ => &mut addresses(places, [workload]),
        };
        let others = everyone.difference(own);
        let starts = places.starts(&Source::Vpc(workload.vpc.clone()));
        violations.extend(examine(places, ISOLATION, &starts, &others, &Traffic::all(), ROUTES, |start, path| {
            let other = workload_at(places, &owners, &path.end);
            let unknown = matches!(path.end, End::Unknown(_));
            let there = other.is_some_and(|other| apart(workload, other));
            if !there && !unknown {
                return None;
            }
            let name = other.map_or("another workload", |other| other.name.as_str());
            broken(network, &Claim::NeverReaches, start, path, there)
                .map(|what| format!("what {} sends to {name} {what}", workload.name))
        }));
    }
    violations
}

/// What the files ask for is there: hosts reach what their tier is to reach, packets pass what their table's routes name,
/// and what is to be dropped is dropped.
pub(super) fn paths(places: &Places<'_>, intent: &Intent) -> Vec<Violation> {
    let mut violations = Vec::new();
    for workload in &intent.workloads {
        for tier in &workload.tiers {
            violations.extend(of_tier(places, intent, &workload.name, tier));
        }
        violations.extend(dropped(places, intent, workload));
    }
    for hub in &intent.hub {
        for tier in &hub.tiers {
            violations.extend(of_tier(places, intent, &hub.name, tier));
        }
    }
    violations
}

fn of_tier(places: &Places<'_>, intent: &Intent, owner: &str, tier: &Tier) -> Vec<Violation> {
    let mut violations = Vec::new();
    for reach in &tier.reaches {
        let found = match reach {
            Reach::Internet => check(places, &route(tier, Destination::Internet, Claim::Reaches)),
            Reach::Hub(vpc) => check(places, &route(tier, Destination::Vpc(vpc.clone()), Claim::Reaches)),
            Reach::GatewayEndpoint(id) => {
                let to = Destination::GatewayEndpoint(id.clone());
                let protocols = [super::super::network::Protocol::Tcp].into();
                check(places, &Invariant { protocols, ..route(tier, to, Claim::Reaches) })
            }
            Reach::Workloads => to_workloads(places, intent, tier),
        };
        let what = match reach {
            Reach::Internet => "the internet".to_owned(),
            Reach::Hub(id) | Reach::GatewayEndpoint(id) => places.map.network.label(id),
            Reach::Workloads => "a workload".to_owned(),
        };
        violations.extend(found.into_iter().map(|one| told(one, owner, tier, &what)));
    }
    for (to, component) in &tier.hands_over {
        let found = check(places, &route(tier, to.clone(), Claim::Visits(component.clone())));
        violations.extend(found.into_iter().map(|one| told(one, owner, tier, "others")));
    }
    violations
}

fn told(violation: Violation, owner: &str, tier: &Tier, to: &str) -> Violation {
    let sentence = format!("what {owner}'s {} tier sends to {to} {}", tier.name, violation.sentence);
    Violation { sentence, ..violation }
}

/// A statement about what a tier's hosts send, by routes alone.
fn route(tier: &Tier, to: Destination, claim: Claim) -> Invariant {
    Invariant {
        name: PATHS.to_owned(),
        from: Source::Subnets(tier.subnets.clone()),
        to,
        protocols: std::collections::BTreeSet::new(),
        ports: PortSet::everything(),
        claim,
        rules: Rules::Ignored,
    }
}

/// A tier reaches every host of every workload: all of them at once, since a hub has a thousand.
fn to_workloads(places: &Places<'_>, intent: &Intent, tier: &Tier) -> Vec<Violation> {
    let owners = owners(intent);
    let network = places.map.network;
    let hosts: AddressSet = intent
        .workloads
        .iter()
        .map(|workload| places.addresses(&Destination::Vpc(workload.vpc.clone()), true))
        .flat_map(|set| set.intervals().map(|(first, last)| first..=last).collect::<Vec<_>>())
        .collect();
    let starts = places.starts(&Source::Subnets(tier.subnets.clone()));
    examine(places, PATHS, &starts, &hosts, &Traffic::of_clients(), ROUTES, |start, path| {
        let there = workload_at(places, &owners, &path.end).is_some();
        broken(network, &Claim::Reaches, start, path, there)
    })
}

/// What a workload sends to ranges that the transit gateway drops does not come out of it, but for what is the hub's.
fn dropped(places: &Places<'_>, intent: &Intent, workload: &Workload) -> Vec<Violation> {
    let network = places.map.network;
    let hub: Vec<&ObjectId> = intent.hub.iter().map(|hub| &hub.vpc).collect();
    let reached = workload.tiers.iter().flat_map(|tier| &tier.reaches);
    let wanted = reached.filter_map(|reach| match reach {
        Reach::Hub(vpc) if hub.contains(&vpc) => places.map.ranges.get(vpc),
        _ => None,
    });
    let served: AddressSet = wanted.flat_map(|set| set.intervals()).map(|(first, last)| first..=last).collect();
    let ranges: AddressSet = intent.dropped.iter().copied().collect();
    let own = places.map.ranges.get(&workload.vpc).cloned().unwrap_or_else(AddressSet::empty);
    let ranges = ranges.difference(&served).difference(&own);
    let starts: Vec<Start<'_>> = places.starts(&Source::Vpc(workload.vpc.clone()));
    let traffic = Traffic { protocols: vec![FlowProtocol::Tcp], ..Traffic::all() };
    examine(places, PATHS, &starts, &ranges, &traffic, ROUTES, |start, path| {
        broken(network, &Claim::StaysBeforeTransitGateway, start, path, false)
            .map(|what| format!("what {} sends to a range that is to be dropped {what}", workload.name))
    })
}

fn addresses<'intent>(places: &Places<'_>, workloads: impl IntoIterator<Item = &'intent Workload>) -> AddressSet {
    let ranges = workloads.into_iter().filter_map(|workload| places.map.ranges.get(&workload.vpc));
    ranges.flat_map(|set| set.intervals()).map(|(first, last)| first..=last).collect()
}

fn owners(intent: &Intent) -> BTreeMap<&ObjectId, &Workload> {
    intent.workloads.iter().map(|workload| (&workload.vpc, workload)).collect()
}

fn workload_at<'intent>(
    places: &Places<'_>,
    owners: &BTreeMap<&ObjectId, &'intent Workload>,
    end: &End<'_>,
) -> Option<&'intent Workload> {
    let End::Host(subnet) = end else { return None };
    owners.get(&places.map.network.subnets.get(*subnet)?.vpc).copied()
}
