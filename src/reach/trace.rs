//! A packet and its answer, from end to end.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

use super::network::{Network, Protocol};
use super::resolve::{Meaning, Side, meaning, sources, target};
use super::walk::{Arrival, End, Hop, Origin, Packet, Position, Reason, Walker, private_address_of, public_address_of};
use super::{Effect, Endpoint, EndpointError, Explanation, ObjectId, Party};
use crate::values::ZoneId;

/// The source port of packets that are traced: the first that IANA sets aside for clients (RFC 6335), which Linux, Windows
/// and NAT gateways use as well.
const CLIENT_PORT: u16 = 49152;

/// What becomes of a packet and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The packet arrives, and its answer comes back through the same stateful hops.
    Delivered,
    /// Nothing that lz can judge stops it; something that lz can't judge decides.
    Inspected,
    /// The answer misses the stateful hop that let the packet through, which drops what it has half seen.
    Asymmetric,
    /// The packet, or its answer, goes round for ever.
    Loop,
    /// The packet, or its answer, is stopped.
    Dropped,
}

impl Verdict {
    /// Its word in documents, such as `delivered`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Inspected => "inspected",
            Self::Asymmetric => "asymmetric",
            Self::Loop => "loop",
            Self::Dropped => "dropped",
        }
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A packet's way and its answer's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The Availability Zone that the packet starts in; none where it starts outside.
    pub zone: Option<ZoneId>,
    /// The packet, as it starts.
    pub packet: Packet,
    /// What becomes of it.
    pub verdict: Verdict,
    /// What it meets.
    pub forward: Vec<Hop>,
    /// What its answer meets; empty where the packet does not arrive.
    pub answer: Vec<Hop>,
    /// All that is in the way, or may be.
    pub reasons: Vec<Reason>,
    /// What the network holds that lz can't model, or could not read; and what should not be relied on.
    pub caveats: BTreeSet<String>,
}

/// The worst of several verdicts; delivered where there is none.
#[must_use]
pub fn worst_verdict(traces: &[Trace]) -> Verdict {
    traces.iter().map(|trace| trace.verdict).max().unwrap_or(Verdict::Delivered)
}

/// Traces a packet and its answer: from every Availability Zone of a VPC, once from anything else.
///
/// A packet to a domain asks for that name; one to an AWS service's name goes to the VPC's endpoint for it where there is one.
///
/// # Errors
/// Where an end is not in the network, has no address, or is not one thing; or where both are outside.
pub fn trace(
    network: &Network,
    from: &Endpoint,
    to: &Endpoint,
    protocol: Protocol,
    port: u16,
) -> Result<Vec<Trace>, EndpointError> {
    sources(network, from, to)?
        .into_iter()
        .map(|source| {
            let target = target(network, to, &source)?;
            let domain = if let Endpoint::Domain(domain) = to { Some(domain.as_str()) } else { None };
            trace_between(network, &source, &target, domain, (protocol, port))
        })
        .collect()
}

fn trace_between(
    network: &Network,
    source: &Side,
    target: &Side,
    domain: Option<&str>,
    (protocol, port): (Protocol, u16),
) -> Result<Trace, EndpointError> {
    let source_port = if protocol == Protocol::Icmp { 0 } else { CLIENT_PORT };
    let port = if protocol == Protocol::Icmp { 0 } else { port };
    let meant = Packet { source: source.address(), destination: target.address(), protocol, source_port, port };
    let parties: Vec<Party> = [source, target].into_iter().filter_map(party_of).collect();
    let mut forward = Walker::forward(network, &parties, domain, meant);
    let start = start(network, source, target, &mut forward)?;
    let packet = forward.packet;
    let end = match start {
        Some(position) => forward.walk(position),
        None => End::Blocked,
    };
    let mut trace = Trace {
        zone: source.zone(network),
        packet,
        verdict: Verdict::Dropped,
        forward: Vec::new(),
        answer: Vec::new(),
        reasons: Vec::new(),
        caveats: network.caveats.clone(),
    };
    let mut ends = vec![end.clone()];
    if let End::Arrived(arrival) = &end
        && arrives(&mut forward, arrival, target)
    {
        let mut answer = forward.answer();
        let answer_end = answer.walk(answer_start(arrival));
        if let End::Arrived(arrival) = &answer_end {
            comes_back(&mut answer, arrival, source, packet);
            answer.check_endpoints_met();
        }
        ends.push(answer_end);
        trace.answer = answer.hops;
        trace.reasons = answer.reasons;
        trace.caveats.extend(answer.caveats);
    }
    trace.forward = forward.hops;
    trace.caveats.extend(forward.caveats);
    trace.reasons = forward.reasons.into_iter().chain(trace.reasons).collect();
    trace.verdict = verdict(&ends, &trace.reasons);
    Ok(trace)
}

fn party_of(side: &Side) -> Option<Party> {
    match side {
        Side::Party(party) => Some(party.clone()),
        _ => None,
    }
}

/// Where the packet starts; none where it can't, and a reason says why.
fn start(
    network: &Network,
    source: &Side,
    target: &Side,
    walker: &mut Walker<'_>,
) -> Result<Option<Position>, EndpointError> {
    match source {
        Side::Party(party) => {
            walker.leave_party(party);
            Ok(Some(Position::Subnet { subnet: party.subnet.clone(), origin: Origin::Inside }))
        }
        Side::Internet(_) => from_internet(network, target, walker),
        Side::VirtualPrivateGateway { gateway, vpc, .. } => {
            Ok(Some(Position::Edge { gateway: gateway.clone(), vpc: vpc.clone() }))
        }
        Side::Attachment { attachment, .. } => {
            Ok(Some(Position::TransitGateway { attachment: attachment.clone(), zone: None }))
        }
        Side::Address(_) | Side::Service { .. } => Err(EndpointError::BothOutside),
    }
}

/// A packet of the internet is for a public address, and comes in by the internet gateway of the VPC that has it.
fn from_internet(network: &Network, target: &Side, walker: &mut Walker<'_>) -> Result<Option<Position>, EndpointError> {
    walker.leave_internet();
    let gateway_of = |vpc: &ObjectId| network.internet_gateways.values().find(|one| one.vpc.as_ref() == Some(vpc));
    match target {
        Side::Party(party) => {
            let Some(subnet) = network.subnets.get(&party.subnet) else {
                return Err(EndpointError::Absent(party.subnet.clone()));
            };
            let Some(gateway) = gateway_of(&subnet.vpc) else {
                let by = format!("{} has no internet gateway", network.label(&subnet.vpc));
                walker.reason(Explanation::NoPath, Effect::Blocks, &subnet.vpc, by);
                return Ok(None);
            };
            let Some(public) = public_address_of(network, &subnet.vpc, party.address) else {
                let by = format!("{} has no public address", party.address);
                walker.reason(Explanation::IgwPrivateIpAssociationForIngress, Effect::Blocks, &gateway.id, by);
                return Ok(None);
            };
            walker.packet.destination = public;
            Ok(Some(Position::Edge { gateway: gateway.id.clone(), vpc: subnet.vpc.clone() }))
        }
        Side::Address(address) => {
            let owner = network.vpcs.keys().find(|vpc| private_address_of(network, vpc, *address).is_some());
            if let Some((vpc, gateway)) = owner.and_then(|vpc| Some((vpc, gateway_of(vpc)?))) {
                return Ok(Some(Position::Edge { gateway: gateway.id.clone(), vpc: vpc.clone() }));
            }
            let by = format!("no network interface has {address} as its public address");
            walker.reason(Explanation::UnknownDestination, Effect::Blocks, &ObjectId::from("internet"), by);
            Ok(None)
        }
        _ => Err(EndpointError::BothOutside),
    }
}

/// True where the packet has arrived where it was meant to; otherwise a reason says where it is.
fn arrives(walker: &mut Walker<'_>, arrival: &Arrival, target: &Side) -> bool {
    match meaning(arrival, target) {
        Meaning::There => true,
        Meaning::Perhaps(place) => {
            let by = "it leaves the network here; whether that leads there, lz can't see";
            walker.reason(Explanation::UnknownDestination, Effect::Doubt, &place, by);
            true
        }
        Meaning::Elsewhere(place) => {
            let by = format!(
                "a packet to {} arrives here, which is not where it was meant for: another range holds the address",
                walker.packet.destination
            );
            walker.reason(Explanation::NoPath, Effect::Blocks, &place, by);
            false
        }
    }
}

fn answer_start(arrival: &Arrival) -> Position {
    match arrival {
        Arrival::Subnet { subnet, .. } => Position::Subnet { subnet: subnet.clone(), origin: Origin::Inside },
        Arrival::Internet { gateway, vpc } | Arrival::VirtualPrivateGateway { gateway, vpc } => {
            Position::Edge { gateway: gateway.clone(), vpc: vpc.clone() }
        }
        Arrival::Service { endpoint, vpc } => Position::Edge { gateway: endpoint.clone(), vpc: vpc.clone() },
        Arrival::Attachment(attachment) => Position::TransitGateway { attachment: attachment.clone(), zone: None },
    }
}

/// Notes where the answer has come to, unless it is back at the one who asked, from the address that was asked.
fn comes_back(walker: &mut Walker<'_>, arrival: &Arrival, source: &Side, asked: Packet) {
    let place = match meaning(arrival, source) {
        Meaning::There if matches!(source, Side::Internet(_)) && walker.packet.source != asked.destination => {
            let by = format!("the answer leaves as {}, and {} was asked", walker.packet.source, asked.destination);
            let (Arrival::Internet { gateway: place, .. } | Arrival::Service { endpoint: place, .. }) = arrival else {
                return;
            };
            return walker.reason(Explanation::AsymmetricPath, Effect::Asymmetric, place, by);
        }
        Meaning::There => return,
        Meaning::Perhaps(place) | Meaning::Elsewhere(place) => place,
    };
    let by = format!("the answer to {} ends here, and not at who asked", walker.packet.destination);
    walker.reason(Explanation::NoPath, Effect::Blocks, &place, by);
}

fn verdict(ends: &[End], reasons: &[Reason]) -> Verdict {
    let with = |effect: Effect| reasons.iter().any(|reason| reason.effect == effect);
    if ends.contains(&End::Loop) {
        Verdict::Loop
    } else if with(Effect::Blocks) {
        Verdict::Dropped
    } else if with(Effect::Asymmetric) {
        Verdict::Asymmetric
    } else if with(Effect::Doubt) {
        Verdict::Inspected
    } else {
        Verdict::Delivered
    }
}
