//! The invariants that are about packets: what the reference architecture promises.

use std::collections::{BTreeMap, BTreeSet};

use super::super::network::Protocol;
use super::super::{Network, ObjectId};
use super::claims::{ROUTES, Traffic, broken, check, examine};
use super::flood::{End, Path};
use super::intent::{
    Claim, Component, Destination, Intent, Invariant, Isolation, Reach, Rules, Source, Tier, Workload,
};
use super::places::{Places, Start, ranges};
use super::violation::{Violation, reason};
use super::{BuiltIn, structure};
use crate::firewall::FlowProtocol;
use crate::values::{AddressSet, Controls, PortSet, Severity};

/// The firewall sees all that workloads send to the internet, and the answers.
pub const EGRESS: BuiltIn = BuiltIn {
    name: "egress-is-inspected",
    sentence: "Every path from a workload to the internet passes a firewall endpoint of its zone, and its answer passes the same one",
    severity: Severity::Critical,
    controls: Controls::nist(&["AC-4", "SC-7"]),
    check: |places, intent| {
        let mut violations = egress(places, intent);
        violations.extend(structure::appliance_mode(places.map.network, intent));
        violations
    },
};

fn egress(places: &Places<'_>, intent: &Intent) -> Vec<Violation> {
    let mut violations = Vec::new();
    if !intent.inspected {
        return violations;
    }
    let network = places.map.network;
    for workload in &intent.workloads {
        let starts = places.starts(&Source::Vpc(workload.vpc.clone()));
        let claims = [Claim::Passes(Component::Firewall), Claim::KeepsItsZone];
        let found = examine(places, EGRESS.name, &starts, places.outside(), &Traffic::all(), ROUTES, |start, path| {
            let there = matches!(path.end, End::Internet { .. });
            let what = claims.iter().find_map(|claim| broken(network, claim, start, path, there));
            let what = what.or_else(|| lost_before_firewall(network, path))?;
            Some(format!("what {} sends to the internet {what}", workload.name))
        });
        violations.extend(found);
    }
    violations
}

/// What packets do of which nobody knows where they go, and which have passed no firewall.
fn lost_before_firewall(network: &Network, path: &Path<'_>) -> Option<String> {
    let passed = path.visited.iter().any(|id| network.firewall_of(id).is_some());
    let lost = matches!(path.end, End::Unknown(_)) && !passed;
    lost.then(|| format!("may get there without a firewall: {}", reason(network, path)))
}

/// The edge is the only way in.
pub const INTERNET: BuiltIn = BuiltIn {
    name: "internet-stays-out",
    sentence: "Nothing on the internet reaches a workload except through the edge",
    severity: Severity::Critical,
    controls: Controls::nist(&["AC-4", "SC-7"]),
    check: internet,
};

fn internet(places: &Places<'_>, intent: &Intent) -> Vec<Violation> {
    let owners = owners(intent);
    let network = places.map.network;
    let starts = places.starts(&Source::Internet);
    let everywhere = AddressSet::everything();
    examine(places, INTERNET.name, &starts, &everywhere, &Traffic::all(), ROUTES, |start, path| {
        let workload = workload_at(places, &owners, &path.end);
        let name = workload.map_or("workloads", |workload| workload.name.as_str());
        broken(network, &Claim::NeverReaches, start, path, workload.is_some())
            .map(|what| format!("what the internet sends to {name} {what}"))
    })
}

/// Workloads that are to be isolated can't reach each other.
pub const ISOLATION: BuiltIn = BuiltIn {
    name: "segments-are-isolated",
    sentence: "Workloads of different segments cannot reach each other, by routes alone",
    severity: Severity::Critical,
    controls: Controls::nist(&["AC-4", "SC-7"]),
    check: isolation,
};

fn isolation(places: &Places<'_>, intent: &Intent) -> Vec<Violation> {
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
        violations.extend(examine(places, ISOLATION.name, &starts, &others, &Traffic::all(), ROUTES, |start, path| {
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

/// What the files ask for can be reached.
pub const PATHS: BuiltIn = BuiltIn {
    name: "paths-exist",
    sentence: "Every path that the files ask for exists, there and back",
    severity: Severity::High,
    controls: Controls::NONE,
    check: paths,
};

/// What the files ask for is there: hosts reach what their tier is to reach, packets pass what their table's routes name,
/// and what is to be dropped is dropped.
fn paths(places: &Places<'_>, intent: &Intent) -> Vec<Violation> {
    // What workloads send to the internet through a firewall is held to its zone with what it passes.
    let side = |name, tiers, in_zone| Side { name, tiers, in_zone };
    let workloads = intent.workloads.iter().map(|one| (&one.vpc, side(&one.name, &one.tiers, !intent.inspected)));
    let hub = intent.hub.iter().map(|one| (&one.vpc, side(&one.name, &one.tiers, true)));
    let sides: BTreeMap<&ObjectId, Side<'_>> = workloads.chain(hub).collect();
    let mut violations = Vec::new();
    for (vpc, side) in &sides {
        for tier in side.tiers {
            violations.extend(of_tier(places, &sides, (vpc, side), tier));
        }
    }
    for workload in &intent.workloads {
        violations.extend(dropped(places, workload));
    }
    violations
}

/// What workloads list as their ways out is let through.
pub const LISTED: BuiltIn = BuiltIn {
    name: "listed-egress-passes",
    sentence: "What a workload's own file lets it reach passes the firewall, there and back",
    severity: Severity::Medium,
    controls: Controls::NONE,
    check: |places, intent| statements(places, intent, |one| one.name == LISTED.name),
};

/// What people have written holds.
pub(super) fn written(places: &Places<'_>, intent: &Intent) -> Vec<Violation> {
    statements(places, intent, |one| one.name != LISTED.name)
}

fn statements(places: &Places<'_>, intent: &Intent, is_meant: fn(&Invariant) -> bool) -> Vec<Violation> {
    let network = places.map.network;
    let workloads = intent.workloads.iter().map(|one| (&one.vpc, one.name.as_str()));
    let names: BTreeMap<&ObjectId, &str> =
        workloads.chain(intent.hub.iter().map(|one| (&one.vpc, one.name.as_str()))).collect();
    let sender = |violation: &Violation| {
        let subnet = violation.witness.as_ref()?.subnet.as_ref()?;
        names.get(&network.subnets.get(subnet)?.vpc).copied()
    };
    let told = |invariant: &Invariant, violation: Violation| {
        let sender = sender(&violation).unwrap_or("the internet");
        let sentence = format!("what {sender} sends to {} {}", place_text(network, &invariant.to), violation.sentence);
        Violation { sentence, ..violation }
    };
    let all = intent.invariants.iter().filter(|one| is_meant(one));
    all.flat_map(|one| check(places, one).into_iter().map(move |violation| told(one, violation))).collect()
}

fn place_text(network: &Network, place: &Destination) -> String {
    let list = |names: Vec<String>| match names.as_slice() {
        [first, _, _, _, ..] => format!("{first} and {} others", names.len() - 1),
        _ => names.join(", "),
    };
    match place {
        Destination::Vpc(id) | Destination::GatewayEndpoint(id) => network.label(id),
        Destination::Subnets(subnets) => list(subnets.iter().map(|id| network.label(id)).collect()),
        Destination::Ranges(ranges) | Destination::PartOfInternet(ranges) => {
            list(ranges.iter().map(ToString::to_string).collect())
        }
        Destination::Internet => "the internet".to_owned(),
        Destination::Domain(name) => name.clone(),
    }
}

/// A VPC that is one end of paths.
struct Side<'intent> {
    name: &'intent str,
    tiers: &'intent [Tier],
    /// True where what it sends to the internet is to be shown to keep its Availability Zone.
    in_zone: bool,
}

fn of_tier(
    places: &Places<'_>,
    sides: &BTreeMap<&ObjectId, Side<'_>>,
    (vpc, side): (&ObjectId, &Side<'_>),
    tier: &Tier,
) -> Vec<Violation> {
    let label = |id: &ObjectId| places.map.network.label(id);
    let mut violations = Vec::new();
    for reach in &tier.reaches {
        let (to, what) = match reach {
            Reach::Internet => (Destination::Internet, "the internet".to_owned()),
            Reach::PartOfInternet(ranges) => {
                let to = Destination::PartOfInternet(ranges.clone());
                let what = place_text(places.map.network, &to);
                (to, what)
            }
            Reach::GatewayEndpoint(id) => (Destination::GatewayEndpoint(id.clone()), label(id)),
            Reach::Vpcs(vpcs) => {
                let what = match vpcs.first() {
                    Some(only) if vpcs.len() == 1 => label(only),
                    _ => "other VPCs".to_owned(),
                };
                (Destination::Subnets(counterparts(sides, vpc, vpcs)), what)
            }
        };
        let statement = route(tier, to.clone(), Claim::Reaches);
        let found = match reach {
            Reach::GatewayEndpoint(_) => check(places, &Invariant { protocols: [Protocol::Tcp].into(), ..statement }),
            Reach::Internet | Reach::PartOfInternet(_) if side.in_zone => {
                let in_zone = route(tier, to, Claim::KeepsItsZone);
                [check(places, &statement), check(places, &in_zone)].concat()
            }
            Reach::Internet | Reach::PartOfInternet(_) | Reach::Vpcs(_) => check(places, &statement),
        };
        violations.extend(found.into_iter().map(|one| told(one, side.name, tier, &what)));
    }
    for (to, component) in &tier.hands_over {
        let found = check(places, &route(tier, to.clone(), Claim::Visits(component.clone())));
        violations.extend(found.into_iter().map(|one| told(one, side.name, tier, "others")));
    }
    violations
}

/// The subnets of some VPCs whose hosts are to reach a VPC: those that its hosts get answers from.
fn counterparts(
    sides: &BTreeMap<&ObjectId, Side<'_>>,
    vpc: &ObjectId,
    vpcs: &BTreeSet<ObjectId>,
) -> BTreeSet<ObjectId> {
    let back = |tier: &&Tier| tier.reaches.iter().any(|reach| matches!(reach, Reach::Vpcs(to) if to.contains(vpc)));
    let others = vpcs.iter().filter(|other| *other != vpc).filter_map(|other| sides.get(other));
    others.flat_map(|side| side.tiers.iter().filter(back)).flat_map(|tier| tier.subnets.iter().cloned()).collect()
}

fn told(violation: Violation, owner: &str, tier: &Tier, to: &str) -> Violation {
    let sentence = format!("what {owner}'s {} tier sends to {to} {}", tier.name, violation.sentence);
    Violation { sentence, ..violation }
}

/// A statement about what a tier's hosts send, by routes alone.
fn route(tier: &Tier, to: Destination, claim: Claim) -> Invariant {
    Invariant {
        name: PATHS.name.to_owned(),
        from: Source::Subnets(tier.subnets.clone()),
        to,
        protocols: BTreeSet::new(),
        ports: PortSet::everything(),
        claim,
        rules: Rules::Ignored,
    }
}

/// What a workload sends to ranges that the transit gateway drops does not come out of it, but for what the workload is to
/// reach.
fn dropped(places: &Places<'_>, workload: &Workload) -> Vec<Violation> {
    let network = places.map.network;
    let wanted = workload.tiers.iter().flat_map(|tier| &tier.reaches).flat_map(|reach| match reach {
        Reach::Vpcs(vpcs) => vpcs.iter().collect::<Vec<_>>(),
        Reach::Internet | Reach::PartOfInternet(_) | Reach::GatewayEndpoint(_) => Vec::new(),
    });
    let ranges_of = |vpc: &ObjectId| places.map.ranges.get(vpc).cloned().unwrap_or_else(AddressSet::empty);
    let wanted: BTreeSet<&ObjectId> = wanted.chain([&workload.vpc]).collect();
    let served: AddressSet = wanted.into_iter().flat_map(|vpc| ranges(&ranges_of(vpc))).collect();
    let destinations = workload.dropped.iter().copied().collect::<AddressSet>().difference(&served);
    let starts: Vec<Start<'_>> = places.starts(&Source::Vpc(workload.vpc.clone()));
    let traffic = Traffic { protocols: vec![FlowProtocol::Tcp], ..Traffic::all() };
    examine(places, PATHS.name, &starts, &destinations, &traffic, ROUTES, |start, path| {
        broken(network, &Claim::StaysBeforeTransitGateway, start, path, false)
            .map(|what| format!("what {} sends to a range that is to be dropped {what}", workload.name))
    })
}

fn addresses<'intent>(places: &Places<'_>, workloads: impl IntoIterator<Item = &'intent Workload>) -> AddressSet {
    let held = workloads.into_iter().filter_map(|workload| places.map.ranges.get(&workload.vpc));
    held.flat_map(ranges).collect()
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
