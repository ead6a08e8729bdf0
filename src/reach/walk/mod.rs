//! A packet walks a network: from where it is, each component says where it is next.
//!
//! What filters without deciding the way (network ACLs, security groups, a firewall's rules) is noted and the walk goes on,
//! so that all that is in the way is found at once; what ends the way ends the walk. A walk ends in any network: where it is
//! and what the packet is, are finitely many, and the second time at the same is a loop.
//!
//! `subnet` is the step out of a subnet and into one, `transit_gateway` the step through a transit gateway, `gateway` the
//! ways out of a VPC and into it, `middlebox` what forwards packets inside one. `filter` and `route` judge, and know nothing
//! of walks.

mod addresses;
mod explanation;
mod filter;
mod gateway;
mod hop;
mod middlebox;
mod route;
mod subnet;
mod transit_gateway;

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

pub(super) use addresses::{
    INTERNET, host_address, nat_private_address, private_address_of, public_address_of, public_addresses,
};
pub use explanation::Explanation;
pub use hop::{Effect, Hop, HopKind, Reason, Way};
pub(super) use route::vpc_route;

use super::network::{Network, Protocol};
use super::{ObjectId, Party};
use crate::values::ZoneId;

/// A packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Packet {
    /// Where it comes from.
    pub source: Ipv4Addr,
    /// Where it goes.
    pub destination: Ipv4Addr,
    /// Its protocol.
    pub protocol: Protocol,
    /// Its source port; of ICMP, the type of the message that answers it.
    pub source_port: u16,
    /// Its destination port; of ICMP, the message's type.
    pub port: u16,
}

impl Packet {
    /// The types of an ICMP echo and of its answer, in the places of ports (RFC 792).
    pub(super) const ECHO: (u16, u16) = (0, 8);

    /// The answer to it.
    #[must_use]
    pub fn answer(self) -> Self {
        Self {
            source: self.destination,
            destination: self.source,
            protocol: self.protocol,
            source_port: self.port,
            port: self.source_port,
        }
    }
}

/// How a packet has come into the VPC that it is in: some gateways serve only what starts there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// It starts there.
    Inside,
    /// By a transit gateway.
    TransitGateway,
    /// By an internet gateway or a virtual private gateway.
    Edge,
}

/// Where a packet is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Position {
    /// It leaves an interface in a subnet, whose table says where it goes.
    Subnet { subnet: ObjectId, origin: Origin },
    /// It comes into a VPC by a gateway, or as the answer of a service.
    Edge { gateway: ObjectId, vpc: ObjectId },
    /// It comes into a transit gateway by an attachment, from an Availability Zone where the attachment has zones.
    TransitGateway { attachment: ObjectId, zone: Option<ZoneId> },
}

/// Where a packet arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Arrival {
    /// At an address of a subnet.
    Subnet { subnet: ObjectId, address: Ipv4Addr },
    /// On the internet, by an internet gateway.
    Internet { gateway: ObjectId, vpc: ObjectId },
    /// At a service, by a gateway endpoint.
    Service { endpoint: ObjectId, vpc: ObjectId },
    /// At a virtual private gateway, beyond which lz does not see.
    VirtualPrivateGateway { gateway: ObjectId, vpc: ObjectId },
    /// At an attachment of something that is no VPC, beyond which lz does not see.
    Attachment(ObjectId),
}

/// How a walk ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// The packet arrives.
    Arrived(Arrival),
    /// It does not: the reasons say why.
    Blocked,
    /// It goes round for ever.
    Loop,
    /// What comes next is not known.
    Unknown,
}

/// What a step leads to.
pub(super) enum Next {
    /// The packet is somewhere else.
    At(Position),
    /// The walk is over.
    End(End),
}

/// What a NAT gateway remembers of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Translation {
    nat_gateway: ObjectId,
    /// The source before it.
    before: Ipv4Addr,
    /// The source behind it: the NAT gateway's own address.
    after: Ipv4Addr,
}

/// What stateful components remember of a flow, from its first packet to the answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    /// The firewall endpoints that let it through, in order; the answer takes them off again.
    firewall_endpoints: Vec<ObjectId>,
    /// What NAT gateways have translated, in order.
    translations: Vec<Translation>,
    /// By attachment in appliance mode: the Availability Zone whose interface the flow has.
    appliance_zones: BTreeMap<ObjectId, ZoneId>,
    /// What has taken the sender's security groups off the packet.
    middlebox: bool,
    /// The packet has crossed a transit gateway.
    crossed_transit_gateway: bool,
}

/// A packet on its way, one direction.
pub(super) struct Walker<'network> {
    network: &'network Network,
    /// The flow's ends, which may be hosts that no interface shows.
    parties: &'network [Party],
    /// The name that the client asks for.
    domain: Option<&'network str>,
    way: Way,
    pub(super) packet: Packet,
    pub(super) memory: Memory,
    pub(super) hops: Vec<Hop>,
    pub(super) reasons: Vec<Reason>,
    pub(super) caveats: BTreeSet<String>,
}

impl<'network> Walker<'network> {
    /// A packet of a new flow.
    pub(super) fn forward(
        network: &'network Network,
        parties: &'network [Party],
        domain: Option<&'network str>,
        packet: Packet,
    ) -> Self {
        Self {
            network,
            parties,
            domain,
            way: Way::Forward,
            packet,
            memory: Memory::default(),
            hops: Vec::new(),
            reasons: Vec::new(),
            caveats: BTreeSet::new(),
        }
    }

    /// The answer to the packet of a walk that has arrived.
    pub(super) fn answer(&self) -> Self {
        Self {
            way: Way::Return,
            packet: self.packet.answer(),
            memory: self.memory.clone(),
            hops: Vec::new(),
            reasons: Vec::new(),
            caveats: BTreeSet::new(),
            ..*self
        }
    }

    /// Walks to the end.
    pub(super) fn walk(&mut self, start: Position) -> End {
        let mut seen = BTreeSet::new();
        let mut position = start;
        loop {
            if !seen.insert((position.clone(), self.packet)) {
                let (Position::Subnet { subnet: id, .. }
                | Position::Edge { gateway: id, .. }
                | Position::TransitGateway { attachment: id, .. }) = &position;
                let by = format!("the packet to {} comes by here again, and again", self.packet.destination);
                self.reason(Explanation::NoPath, Effect::Blocks, id, by);
                return End::Loop;
            }
            let next = match &position {
                Position::Subnet { subnet, origin } => self.leave_subnet(subnet, *origin),
                Position::Edge { gateway, vpc } => self.enter_vpc(gateway, vpc),
                Position::TransitGateway { attachment, zone } => self.cross_transit_gateway(attachment, zone.as_ref()),
            };
            match next {
                Next::At(next) => position = next,
                Next::End(end) => return end,
            }
        }
    }

    fn hop(&mut self, kind: HopKind, id: &ObjectId, by: impl Into<String>) {
        self.hops.push(Hop { kind, id: id.clone(), by: by.into() });
    }

    pub(super) fn reason(&mut self, code: Explanation, effect: Effect, id: &ObjectId, by: impl Into<String>) {
        self.reasons.push(Reason { code, effect, way: self.way, id: id.clone(), by: by.into() });
    }

    /// Notes what ends the way.
    fn blocked(&mut self, code: Explanation, id: &ObjectId, by: impl Into<String>) -> Next {
        self.reason(code, Effect::Blocks, id, by);
        Next::End(End::Blocked)
    }

    /// Notes what leads on, nobody knows where.
    fn unknown(&mut self, code: Explanation, id: &ObjectId, by: impl Into<String>) -> Next {
        self.reason(code, Effect::Doubt, id, by);
        Next::End(End::Unknown)
    }

    fn name(&self, id: &ObjectId) -> String {
        self.network.label(id)
    }
}
