//! All packets of a set at once: where each goes, and where its answer goes.
//!
//! What a single packet does at each component, the packet walk says too, one packet at a time and in words; this says it
//! of sets, and the two are held against each other in tests. A set is split wherever its packets part: by routes, network
//! ACLs, a firewall's rules, subnets. Hosts' security groups are left out: a proof is about the network, whatever the hosts
//! in it allow.

mod filter;
mod gateway;
mod map;
mod middlebox;
mod state;
mod subnet;
mod transit_gateway;

pub(super) use filter::flow_protocol;
pub(super) use gateway::unrouted;
pub(super) use map::Map;
pub(super) use state::{Cause, End, Position, State, Why};
use state::{Heading, Leaf};

use super::super::ObjectId;
use super::super::trace::Verdict;
use super::intent::Rules;
use crate::firewall::FlowBox;

/// How a flood asks firewalls.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'domain> {
    /// Whether their rules count.
    pub(super) rules: Rules,
    /// The name that clients ask for, where they ask for one.
    pub(super) domain: Option<&'domain str>,
}

/// What becomes of some packets, all the same.
#[derive(Debug, Clone)]
pub(super) struct Path<'network> {
    /// The packets, as they start.
    pub(super) flows: FlowBox,
    /// What becomes of them and their answers.
    pub(super) verdict: Verdict,
    /// Why, where they are not delivered.
    pub(super) cause: Option<Cause<'network>>,
    /// Why nobody knows whether the packets get to their end; what becomes of their answers is left out.
    pub(super) doubt: Option<Cause<'network>>,
    /// Where the packets end.
    pub(super) end: End<'network>,
    /// What they meet on their way.
    pub(super) visited: Vec<&'network ObjectId>,
    /// What their answers meet; empty where they don't arrive.
    pub(super) visited_by_answer: Vec<&'network ObjectId>,
}

impl<'network> Map<'network> {
    /// What becomes of all packets of a set that start somewhere, and of their answers.
    pub(super) fn paths(
        &self,
        start: Position<'network>,
        flows: FlowBox,
        question: Question<'_>,
    ) -> Vec<Path<'network>> {
        let forward = self.flood(start, flows, State::default(), question);
        forward.into_iter().flat_map(|leaf| self.answered(start, leaf, question)).collect()
    }

    fn answered(&self, start: Position<'network>, leaf: Leaf<'network>, question: Question<'_>) -> Vec<Path<'network>> {
        let back = match &leaf.end {
            End::Blocked(_) | End::Loop(_) | End::Unknown(_) => return vec![ended(leaf)],
            End::Host(subnet) => Position::Subnet { subnet, heading: Heading::inside() },
            End::Internet { gateway, vpc } | End::VirtualPrivateGateway { gateway, vpc } => {
                Position::Edge { gateway, vpc }
            }
            End::Service { endpoint, vpc } => Position::Edge { gateway: endpoint, vpc },
            End::Attachment(attachment) => Position::TransitGateway { attachment, zone: None },
        };
        let answers = self.flood(back, leaf.flows.reversed(), leaf.state.for_answer(), question);
        answers.into_iter().map(|answer| self.path(start, &leaf, answer)).collect()
    }

    fn path(&self, start: Position<'network>, leaf: &Leaf<'network>, answer: Leaf<'network>) -> Path<'network> {
        let mut state = answer.state;
        let home = match (&answer.end, start) {
            (End::Host(subnet), Position::Subnet { subnet: from, .. }) => *subnet == from,
            (End::Internet { .. } | End::Service { .. }, Position::Entered { .. }) => true,
            _ => false,
        };
        let verdict_of_end = match &answer.end {
            End::Loop(cause) => Some((Verdict::Loop, *cause)),
            // A NAT gateway that never saw the packet ends the way of its answer, and is no other fault than that.
            End::Blocked(cause) if cause.why == Why::AnswerAtForeignNatGateway => Some((Verdict::Asymmetric, *cause)),
            End::Blocked(cause) => Some((Verdict::Dropped, *cause)),
            End::Unknown(cause) => Some((Verdict::Inspected, *cause)),
            _ if home => None,
            end => Some((Verdict::Dropped, Cause { at: end.place(), why: Why::AnswerEndsElsewhere })),
        };
        if verdict_of_end.is_none()
            && let Some(endpoint) = state.expected_endpoints.last()
        {
            let cause = Cause { at: endpoint, why: Why::AnswerMissesEndpoint };
            state.asymmetric.get_or_insert(cause);
        }
        let asymmetric = state.asymmetric.map(|cause| (Verdict::Asymmetric, cause));
        let doubt = state.doubt.map(|cause| (Verdict::Inspected, cause));
        let worst = [verdict_of_end, asymmetric, doubt].into_iter().flatten().max_by_key(|(verdict, _)| *verdict);
        Path {
            flows: state.original(&answer.flows.reversed()),
            verdict: worst.map_or(Verdict::Delivered, |(verdict, _)| verdict),
            cause: worst.map(|(_, cause)| cause),
            doubt: leaf.state.doubt,
            end: leaf.end.clone(),
            visited: leaf.state.visited.clone(),
            visited_by_answer: state.visited,
        }
    }

    /// Floods one direction to its ends.
    fn flood(
        &self,
        start: Position<'network>,
        flows: FlowBox,
        state: State<'network>,
        question: Question<'_>,
    ) -> Vec<Leaf<'network>> {
        let mut flood = Flood { map: self, question, waiting: Vec::new(), leaves: Vec::new() };
        flood.go(start, flows, state);
        while let Some((position, flows, mut state)) = flood.waiting.pop() {
            if state.comes_again(position) {
                flood.end(End::Loop(Cause { at: position.place(), why: Why::Loop }), flows, state);
                continue;
            }
            match position {
                Position::Subnet { subnet, heading } => flood.leave_subnet(subnet, heading, flows, state),
                Position::Edge { gateway, vpc } => flood.enter_vpc(gateway, vpc, flows, state),
                Position::Entered { gateway, vpc } => flood.pass_edge(gateway, vpc, flows, state),
                Position::TransitGateway { attachment, zone } => {
                    flood.cross_transit_gateway(attachment, zone, flows, state);
                }
            }
        }
        flood.leaves
    }
}

/// Packets on their way, one direction.
struct Flood<'map, 'network, 'domain> {
    map: &'map Map<'network>,
    question: Question<'domain>,
    waiting: Vec<(Position<'network>, FlowBox, State<'network>)>,
    leaves: Vec<Leaf<'network>>,
}

impl<'network> Flood<'_, 'network, '_> {
    /// Some packets are somewhere else.
    fn go(&mut self, position: Position<'network>, flows: FlowBox, state: State<'network>) {
        if !flows.is_empty() {
            self.waiting.push((position, flows, state));
        }
    }

    /// Some packets' way is over.
    fn end(&mut self, end: End<'network>, flows: FlowBox, state: State<'network>) {
        if !flows.is_empty() {
            self.leaves.push(Leaf { flows, state, end });
        }
    }

    fn block(&mut self, at: &'network ObjectId, why: Why, flows: FlowBox, state: State<'network>) {
        self.end(End::Blocked(Cause { at, why }), flows, state);
    }

    fn unknown(&mut self, at: &'network ObjectId, why: Why, flows: FlowBox, state: State<'network>) {
        self.end(End::Unknown(Cause { at, why }), flows, state);
    }
}

fn ended(leaf: Leaf<'_>) -> Path<'_> {
    let (verdict, cause) = match &leaf.end {
        End::Loop(cause) => (Verdict::Loop, Some(*cause)),
        End::Unknown(cause) => (Verdict::Inspected, Some(*cause)),
        End::Blocked(cause) => (Verdict::Dropped, Some(*cause)),
        _ => (Verdict::Dropped, None),
    };
    Path {
        flows: leaf.state.original(&leaf.flows),
        verdict,
        cause,
        doubt: leaf.state.doubt,
        end: leaf.end,
        visited: leaf.state.visited,
        visited_by_answer: Vec::new(),
    }
}
