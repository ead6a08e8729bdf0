//! Statements about all packets from some places to others, held against what becomes of them.

use std::collections::BTreeSet;

use super::super::network::Protocol;
use super::super::trace::Verdict;
use super::super::{Network, ObjectId};
use super::flood::{Cause, End, Path, Question, flow_protocol};
use super::intent::{Claim, Component, Destination, Invariant, Rules};
use super::places::{Places, Start};
use super::violation::{Violation, Witness, reason, tables, way};
use crate::firewall::{FlowBox, FlowProtocol};
use crate::values::{AddressSet, PortSet};

/// The first port of those that clients take (RFC 6056): a network ACL that lets answers through lets these through.
const FIRST_CLIENT_PORT: u16 = 1024;

/// Which packets a statement is about.
#[derive(Debug, Clone)]
pub(super) struct Traffic {
    pub(super) protocols: Vec<FlowProtocol>,
    pub(super) source_ports: PortSet,
    pub(super) ports: PortSet,
}

impl Traffic {
    /// Everything.
    pub(super) fn all() -> Self {
        Self { protocols: FlowProtocol::ALL.into(), source_ports: PortSet::everything(), ports: PortSet::everything() }
    }

    fn flows(&self, sources: &AddressSet, destinations: &AddressSet) -> Vec<FlowBox> {
        let flows = |protocol: &FlowProtocol| {
            let all = FlowBox::all(*protocol);
            let with_ports = *protocol != FlowProtocol::Icmp;
            FlowBox {
                sources: sources.clone(),
                destinations: destinations.clone(),
                source_ports: if with_ports { self.source_ports.clone() } else { all.source_ports },
                ports: if with_ports { self.ports.clone() } else { all.ports },
                protocol: *protocol,
            }
        };
        self.protocols.iter().map(flows).filter(|flows| !flows.is_empty()).collect()
    }
}

fn client_ports() -> PortSet {
    [FIRST_CLIENT_PORT..=u16::MAX].into_iter().collect()
}

/// Finds packets that break a statement: at most one for each VPC that they start in. `broken` says of packets that fare
/// alike what is wrong with them, if anything.
pub(super) fn examine<'network>(
    places: &Places<'network>,
    name: &str,
    starts: &[Start<'network>],
    destinations: &AddressSet,
    traffic: &Traffic,
    question: Question<'_>,
    broken: impl Fn(&Start<'network>, &Path<'network>) -> Option<String>,
) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut told: BTreeSet<Option<&ObjectId>> = BTreeSet::new();
    for start in starts {
        if told.contains(&start.vpc()) {
            continue;
        }
        let destinations = match &start.destinations {
            Some(possible) => destinations.intersection(possible),
            None => destinations.difference(&start.sources),
        };
        let mut paths = traffic
            .flows(&start.sources, &destinations)
            .into_iter()
            .flat_map(|flows| places.map.paths(start.position, flows, question));
        let found = paths.find_map(|path| broken(start, &path).map(|what| (what, path)));
        if let Some((sentence, path)) = found {
            told.insert(start.vpc());
            let witness = Witness::of(&path.flows, start.subnet.map(|subnet| &subnet.id), question.domain);
            violations.push(Violation {
                invariant: name.to_owned(),
                sentence,
                at: Some(path.cause.map_or(path.end.place(), |cause| cause.at).clone()),
                tables: tables(places.map.network, &path),
                witness: witness.map(|witness| Witness {
                    destination: start.asks_for(&places.map, witness.destination),
                    ..witness
                }),
            });
        }
    }
    violations
}

/// What breaks an invariant.
pub(super) fn check(places: &Places<'_>, invariant: &Invariant) -> Vec<Violation> {
    let hosts_only = !matches!(invariant.claim, Claim::NeverReaches);
    let destinations = places.addresses(&invariant.to, hosts_only);
    let all: BTreeSet<Protocol> = [Protocol::Tcp, Protocol::Udp, Protocol::Icmp].into();
    let protocols = if invariant.protocols.is_empty() { &all } else { &invariant.protocols };
    let traffic = Traffic {
        protocols: protocols.iter().map(|protocol| flow_protocol(*protocol)).collect(),
        source_ports: if hosts_only { client_ports() } else { PortSet::everything() },
        ports: invariant.ports.clone(),
    };
    let domain = if let Destination::Domain(name) = &invariant.to { Some(name.as_str()) } else { None };
    let question = Question { rules: invariant.rules, domain };
    let network = places.map.network;
    examine(
        places,
        &invariant.name,
        &places.starts(&invariant.from),
        &destinations,
        &traffic,
        question,
        |start, path| {
            let there = places.is_at(&path.end, &invariant.to);
            broken(network, &invariant.claim, start, path, there)
        },
    )
}

/// What is wrong with packets that fare alike, by a claim.
pub(super) fn broken(
    network: &Network,
    claim: &Claim,
    start: &Start<'_>,
    path: &Path<'_>,
    there: bool,
) -> Option<String> {
    let why = || reason(network, path);
    match claim {
        Claim::Reaches => {
            let fine = there && matches!(path.verdict, Verdict::Delivered | Verdict::Inspected);
            (!fine).then(|| format!("does not get there and back: {}", why()))
        }
        Claim::NeverReaches => {
            let unknown = matches!(path.end, End::Unknown(_));
            (there || unknown).then(|| match path.doubt {
                _ if unknown => format!("nobody knows whether it gets there: {}", why()),
                Some(Cause { at, why }) => {
                    format!("may get there: {}, and {} {why}", way(network, path), network.label(at))
                }
                None => format!("gets there: {}", way(network, path)),
            })
        }
        Claim::Passes(component) => {
            let passed = !there || passes(network, component, path);
            (!passed).then(|| {
                format!(
                    "gets there without {}, or its answer comes back without it: {}",
                    name(network, component),
                    why()
                )
            })
        }
        Claim::Visits(object) => {
            let visits = path.visited.contains(&object) || stays_inside(network, start, path);
            (!visits).then(|| format!("does not pass {}: {}", network.label(object), why()))
        }
        Claim::StaysBeforeTransitGateway => {
            let mut visited =
                path.visited.iter().skip_while(|id| !network.transit_gateway_route_tables.contains_key(**id));
            let out = visited.find(|id| network.attachments.contains_key(**id))?;
            Some(format!("comes out by {}: {}", network.label(out), way(network, path)))
        }
        Claim::KeepsItsZone => {
            let zone = start.zone().filter(|_| there)?;
            let all = path.visited.iter().chain(&path.visited_by_answer);
            let foreign = all.copied().find(|id| component_zone(network, id).is_some_and(|other| other != zone))?;
            Some(format!(
                "starts in {zone} and passes {}, which is in another Availability Zone",
                network.label(foreign)
            ))
        }
    }
}

fn name(network: &Network, component: &Component) -> String {
    match component {
        Component::Firewall => "a firewall".to_owned(),
        Component::NatGateway => "a NAT gateway".to_owned(),
        Component::Object(id) => network.label(id),
    }
}

fn passes(network: &Network, component: &Component, path: &Path<'_>) -> bool {
    let met = |visited: &[&ObjectId]| match component {
        Component::Firewall => visited.iter().any(|id| network.firewall_of(id).is_some()),
        Component::NatGateway => visited.iter().any(|id| network.nat_gateways.contains_key(*id)),
        Component::Object(object) => visited.contains(&object),
    };
    let answered = !matches!(path.verdict, Verdict::Dropped | Verdict::Loop);
    met(&path.visited) && path.verdict != Verdict::Asymmetric && (!answered || met(&path.visited_by_answer))
}

/// The Availability Zone of a firewall's endpoint, or of a NAT gateway.
fn component_zone<'network>(network: &'network Network, id: &ObjectId) -> Option<&'network crate::values::ZoneId> {
    let endpoint = network.subnet_of_endpoint(id);
    let nat = network.nat_gateways.get(id).map(|nat| &nat.subnet);
    network.subnets.get(endpoint.or(nat)?).map(|subnet| &subnet.zone)
}

/// True where packets are for the VPC that they start in, which its local routes keep.
fn stays_inside(network: &Network, start: &Start<'_>, path: &Path<'_>) -> bool {
    let ranges =
        start.vpc().and_then(|vpc| network.vpcs.get(vpc)).into_iter().flat_map(|vpc| vpc.ranges.iter().copied());
    path.flows.destinations.is_subset(&ranges.collect())
}

/// How statements about routes alone are asked.
pub(super) const ROUTES: Question<'static> = Question { rules: Rules::Ignored, domain: None };
