//! Where packets are, what is remembered of them, and how their way ends.

use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv4Addr;

use super::super::super::ObjectId;
use crate::firewall::FlowBox;
use crate::values::{AddressSet, ZoneId};

/// Where packets are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Position<'network> {
    /// They leave an interface in a subnet.
    Subnet { subnet: &'network ObjectId, heading: Heading },
    /// They come to a gateway of a VPC from outside, or from the service behind an endpoint.
    Edge { gateway: &'network ObjectId, vpc: &'network ObjectId },
    /// They have come in by a gateway, and have a private address of the VPC as destination.
    Entered { gateway: &'network ObjectId, vpc: &'network ObjectId },
    /// They come into a transit gateway by an attachment.
    TransitGateway { attachment: &'network ObjectId, zone: Option<&'network ZoneId> },
}

impl<'network> Position<'network> {
    pub(super) fn place(self) -> &'network ObjectId {
        match self {
            Self::Subnet { subnet: place, .. }
            | Self::Edge { gateway: place, .. }
            | Self::Entered { gateway: place, .. }
            | Self::TransitGateway { attachment: place, .. } => place,
        }
    }

    /// A subnet whose hosts send.
    pub(in super::super) fn host(subnet: &'network ObjectId) -> Self {
        Self::Subnet { subnet, heading: Heading::inside() }
    }
}

/// How packets have come into the VPC that they are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Heading {
    /// They start there.
    Inside,
    /// By a transit gateway.
    TransitGateway,
    /// By a gateway of the VPC.
    Edge,
}

impl Heading {
    pub(super) fn inside() -> Self {
        Self::Inside
    }
}

/// Where packets' way ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum End<'network> {
    /// At hosts of a subnet.
    Host(&'network ObjectId),
    /// On the internet.
    Internet { gateway: &'network ObjectId, vpc: &'network ObjectId },
    /// At a service, by a gateway endpoint.
    Service { endpoint: &'network ObjectId, vpc: &'network ObjectId },
    /// At a virtual private gateway.
    VirtualPrivateGateway { gateway: &'network ObjectId, vpc: &'network ObjectId },
    /// At an attachment of something that is no VPC.
    Attachment(&'network ObjectId),
    /// Stopped.
    Blocked(Cause<'network>),
    /// Round for ever.
    Loop(Cause<'network>),
    /// Nobody knows.
    Unknown(Cause<'network>),
}

impl<'network> End<'network> {
    pub(in super::super) fn place(&self) -> &'network ObjectId {
        match self {
            Self::Host(place) | Self::Attachment(place) => place,
            Self::Internet { gateway, .. } | Self::VirtualPrivateGateway { gateway, .. } => gateway,
            Self::Service { endpoint, .. } => endpoint,
            Self::Blocked(cause) | Self::Loop(cause) | Self::Unknown(cause) => cause.at,
        }
    }
}

/// Why packets don't arrive, or may not: where, and what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Cause<'network> {
    pub(in super::super) at: &'network ObjectId,
    pub(in super::super) why: Why,
}

/// What is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Why {
    NoRoute,
    Blackhole,
    IllegalRoute,
    TargetGone,
    NotFollowed,
    Unreadable,
    NoSubnet,
    NetworkAcl,
    NotAnswerOfNatGateway,
    AnswerAtForeignNatGateway,
    NatGatewayServesOthers,
    PrivateDestination,
    NoPublicAddress,
    PublicAccessBlocked,
    EdgeRedirected,
    NotInVpc,
    NotBetweenPeers,
    EndpointServesItsVpc,
    EndpointProtocol,
    SourceDestCheck,
    Appliance,
    NotAttached,
    AttachmentNotAvailable,
    ZoneNotAttached,
    NoAssociation,
    FirewallDrops,
    FirewallUnsure,
    AnswerAtForeignEndpoint,
    AnswerMissesEndpoint,
    AnswerEndsElsewhere,
    UndefinedRouteOrder,
    Loop,
}

impl fmt::Display for Why {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NoRoute => "has no route for it",
            Self::Blackhole => "drops it: its route leads nowhere",
            Self::IllegalRoute => "has a route inside the VPC that AWS does not accept",
            Self::TargetGone => "is the target of a route, and gone or not in that VPC",
            Self::NotFollowed => "has a route to a target that lz does not follow",
            Self::Unreadable => "could not be read",
            Self::NoSubnet => "has no subnet for it",
            Self::NetworkAcl => "denies it",
            Self::NotAnswerOfNatGateway => "takes answers to what it has sent, nothing else",
            Self::AnswerAtForeignNatGateway => "gets the answer to a packet that it never saw",
            Self::NatGatewayServesOthers => "serves its VPC and what a transit gateway brings, nothing else",
            Self::PrivateDestination => "does not take private destinations to the internet",
            Self::NoPublicAddress => "finds no public address for it",
            Self::PublicAccessBlocked => "is kept from it by VPC Block Public Access",
            Self::EdgeRedirected => "is bypassed on the way out, and its edge table leads what comes in elsewhere",
            Self::NotInVpc => "takes what comes from its VPC, and brings what goes there, nothing else",
            Self::NotBetweenPeers => "carries packets between its two VPCs only",
            Self::EndpointServesItsVpc => "serves its own VPC only",
            Self::EndpointProtocol => "takes TCP and ICMP echo only",
            Self::SourceDestCheck => "takes packets for itself only",
            Self::Appliance => "is an appliance, and what it does nobody knows",
            Self::NotAttached => "is not attached to that VPC",
            Self::AttachmentNotAvailable => "is not available",
            Self::ZoneNotAttached => "has no subnet in the Availability Zone that it comes from",
            Self::NoAssociation => "is associated with no route table",
            Self::FirewallDrops => "drops it by its rules",
            Self::FirewallUnsure => "decides by a rule that lz can't judge, or by the name that the client asks for",
            Self::AnswerAtForeignEndpoint => "gets the answer to a packet that it never saw",
            Self::AnswerMissesEndpoint => "never sees the answer to a packet that it let through",
            Self::AnswerEndsElsewhere => "is where the answer ends, and not at who asked",
            Self::UndefinedRouteOrder => "has equal routes of which AWS may take any",
            Self::Loop => "sees it again and again",
        })
    }
}

/// What a NAT gateway has done.
#[derive(Debug, Clone)]
pub(super) struct Translation<'network> {
    pub(super) nat_gateway: &'network ObjectId,
    pub(super) before: AddressSet,
    pub(super) after: Ipv4Addr,
}

/// What is remembered of packets on their way.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct State<'network> {
    /// True for answers.
    pub(super) answer: bool,
    /// What they have met.
    pub(super) visited: Vec<&'network ObjectId>,
    /// The firewall endpoints that they have passed; of an answer, those that it has still to meet.
    pub(super) expected_endpoints: Vec<&'network ObjectId>,
    /// What NAT gateways have done and the answer has still to undo.
    pub(super) translations: Vec<Translation<'network>>,
    /// Who opened the flow, as long as another address stands for them.
    opener: Option<AddressSet>,
    /// Whom it asks, as long as another address stands for them.
    asked: Option<AddressSet>,
    /// By attachment in appliance mode: the zone that the flow keeps to.
    pub(super) appliance_zones: BTreeMap<&'network ObjectId, &'network ZoneId>,
    /// Why their answer is lost at a stateful component.
    pub(super) asymmetric: Option<Cause<'network>>,
    /// Why they may not pass.
    pub(super) doubt: Option<Cause<'network>>,
    /// The internet gateway that has last given them another destination.
    pub(super) entered: Option<&'network ObjectId>,
    /// Where they have been, each with what had last made other packets of them.
    seen: Vec<(Position<'network>, [Option<&'network ObjectId>; 2])>,
}

/// Packets at the end of their way.
pub(super) struct Leaf<'network> {
    pub(super) flows: FlowBox,
    pub(super) state: State<'network>,
    pub(super) end: End<'network>,
}

impl<'network> State<'network> {
    /// What the answers to packets that have arrived begin with.
    pub(super) fn for_answer(&self) -> Self {
        Self { answer: true, visited: Vec::new(), seen: Vec::new(), ..self.clone() }
    }

    /// Notes where the packets are; true where they have been there before as the same packets: they never arrive. What
    /// makes other packets of them is a translation (a NAT gateway makes the same packets of any), or an internet gateway.
    pub(super) fn comes_again(&mut self, position: Position<'network>) -> bool {
        let translated = self.translations.last().map(|translation| translation.nat_gateway);
        let now = (position, [translated, self.entered]);
        if self.seen.contains(&now) {
            return true;
        }
        self.seen.push(now);
        false
    }

    pub(super) fn doubt(&mut self, at: &'network ObjectId, why: Why) {
        self.doubt.get_or_insert(Cause { at, why });
    }

    /// Notes that packets get another source.
    pub(super) fn translate_source(&mut self, before: &AddressSet, after: &AddressSet) {
        let end = if self.answer { &mut self.asked } else { &mut self.opener };
        translate(end, before, after);
    }

    /// Notes that packets get another destination.
    pub(super) fn translate_destination(&mut self, before: &AddressSet, after: &AddressSet) {
        let end = if self.answer { &mut self.opener } else { &mut self.asked };
        translate(end, before, after);
    }

    /// The packets as they started, of which these have become what they are.
    pub(super) fn original(&self, flows: &FlowBox) -> FlowBox {
        let sources = self.opener.as_ref().unwrap_or(&flows.sources);
        let destinations = self.asked.as_ref().unwrap_or(&flows.destinations);
        flows.with_sources(sources.clone()).with_destinations(destinations.clone())
    }
}

/// What an end of the flow was at first is kept until it is that again: only then may what splits the packets split it too.
fn translate(original: &mut Option<AddressSet>, before: &AddressSet, after: &AddressSet) {
    match original {
        None => *original = Some(before.clone()),
        Some(first) if first == after => *original = None,
        Some(_) => {}
    }
}
