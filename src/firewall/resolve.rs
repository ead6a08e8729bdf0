//! A rule with its variables looked up: which packets it is for, as sets.

use std::collections::{BTreeMap, BTreeSet};

use super::flow::{FlowBox, FlowProtocol};
use super::{
    Action, AddressMatch, Condition, DomainPlace, Policy, PortMatch, Rule, RuleGroup, RuleOrder, RuleProtocol,
};
use crate::values::{AddressSet, Cidr, PortSet};

/// Address variables by name.
pub(super) type Variables = BTreeMap<String, AddressSet>;

/// A packet's place in a flow: rules are asked at each, in this order, until one decides.
///
/// A flow of UDP or ICMP has the same places: Suricata calls it established once both sides have sent. It opens nothing
/// before it speaks, so that its first packet says already what is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// The first packet: a TCP handshake's SYN.
    Open,
    /// The first answer: its SYN and ACK.
    OpenAnswer,
    /// What the client sends then: the first packet that says what is spoken.
    Data,
    /// What the server sends then.
    DataAnswer,
}

impl Step {
    pub(super) const ALL: [Self; 4] = [Self::Open, Self::OpenAnswer, Self::Data, Self::DataAnswer];

    pub(super) fn is_answer(self) -> bool {
        matches!(self, Self::OpenAnswer | Self::DataAnswer)
    }

    pub(super) fn is_established(self) -> bool {
        matches!(self, Self::Data | Self::DataAnswer)
    }
}

/// A rule with sets for its addresses and ports.
#[derive(Debug)]
pub(super) struct ResolvedRule<'policy> {
    pub group: &'policy str,
    pub rule: &'policy Rule,
    /// At each step, the flows whose packets it may be for, seen from who opens them.
    by_step: [Vec<FlowBox>; Step::ALL.len()],
    /// False where an address or a port stands for what lz doesn't know; then the sets hold every one there.
    known: bool,
}

/// Whether a rule is for the packets of some flows at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    /// For all of them.
    Certain,
    /// Perhaps.
    Possible,
}

impl<'policy> ResolvedRule<'policy> {
    pub(super) fn new(group: &'policy str, rule: &'policy Rule, variables: &Variables) -> Self {
        let sets = (
            addresses(&rule.source, variables),
            addresses(&rule.destination, variables),
            ports(&rule.source_ports),
            ports(&rule.destination_ports),
        );
        let known = matches!(sets, (Some(_), Some(_), Some(_), Some(_)));
        let (sources, destinations, source_ports, ports) = (
            sets.0.unwrap_or_else(AddressSet::everything),
            sets.1.unwrap_or_else(AddressSet::everything),
            sets.2.unwrap_or_else(PortSet::everything),
            sets.3.unwrap_or_else(PortSet::everything),
        );
        let any_port = source_ports == PortSet::everything() && ports == PortSet::everything();
        let mut packets = Vec::new();
        for &protocol in transports(&rule.protocol) {
            // A rule with ports is not for packets that have none.
            if protocol == FlowProtocol::Icmp && !any_port {
                continue;
            }
            let header = FlowBox {
                protocol,
                sources: sources.clone(),
                destinations: destinations.clone(),
                source_ports: source_ports.clone(),
                ports: ports.clone(),
            };
            if rule.both_directions {
                packets.push(header.reversed());
            }
            packets.push(header);
        }
        packets.retain(|one| !one.is_empty());
        let at = |step: Step| {
            let matching = packets.iter().filter(|one| may_match_at(rule, one.protocol, step));
            matching.map(|one| if step.is_answer() { one.reversed() } else { one.clone() }).collect()
        };
        Self { group, rule, by_step: Step::ALL.map(at), known }
    }

    /// True where lz knows all addresses and ports that the rule names.
    pub(super) fn is_known(&self) -> bool {
        self.known
    }

    /// The flows whose packets at a step the rule may be for, seen from who opens them.
    pub(super) fn flows(&self, step: Step) -> &[FlowBox] {
        &self.by_step[step as usize]
    }

    /// The flows that the rule may be for at one step or another, as boxes that cut flows into equals.
    pub(super) fn headers(&self) -> impl Iterator<Item = &FlowBox> {
        // The same boxes may stand at several steps; cutting by them once is enough.
        let new = |place: usize, one: &FlowBox| !self.by_step[..place].iter().flatten().any(|known| known == one);
        self.by_step.iter().enumerate().flat_map(move |(place, all)| all.iter().filter(move |one| new(place, one)))
    }

    /// Whether the rule is for flows that its header is for; none where it is not. `spoken` is what the client speaks.
    pub(super) fn certainty(&self, spoken: &Spoken<'_>) -> Option<Certainty> {
        let speaks = match &self.rule.protocol {
            RuleProtocol::Ip | RuleProtocol::Tcp | RuleProtocol::Udp | RuleProtocol::Icmp => Some(Certainty::Certain),
            RuleProtocol::Http => spoken.speaks(DomainPlace::HttpHost),
            RuleProtocol::Tls => spoken.speaks(DomainPlace::TlsServerName),
            RuleProtocol::Other(_) => Some(Certainty::Possible),
        }?;
        let known = if self.known { Certainty::Certain } else { Certainty::Possible };
        let mut least = weaker(speaks, known);
        for condition in &self.rule.conditions {
            let holds = match condition {
                Condition::Domain { place, pattern } => spoken.asks(*place, |name| pattern.matches(name))?,
                Condition::TlsClientHello => spoken.speaks(DomainPlace::TlsServerName)?,
                Condition::Flow(words) if words.iter().any(|word| STREAM_WORDS.contains(&word.as_str())) => {
                    Certainty::Possible
                }
                Condition::Flow(_) => Certainty::Certain,
                Condition::Other(_) => Certainty::Possible,
            };
            least = weaker(least, holds);
        }
        Some(least)
    }

    /// True where what the rule passes is one packet, not its flow: AWS's own example lets TCP's handshake through so, for
    /// a rule on a domain to decide afterwards (Network Firewall guide, "Examples of stateful rules", strict order).
    pub(super) fn passes_packets_only(&self) -> bool {
        let not_established =
            |condition: &Condition| matches!(condition, Condition::Flow(words) if words.contains("not_established"));
        self.rule.action == Action::Pass && self.rule.conditions.iter().any(not_established)
    }
}

/// True where a rule can decide about flows of a protocol at a step at all.
fn may_match_at(rule: &Rule, protocol: FlowProtocol, step: Step) -> bool {
    let direction = rule.conditions.iter().all(|condition| match condition {
        Condition::Flow(words) => {
            let has = |word: &str| words.contains(word);
            !(has("established") && !step.is_established()
                || has("not_established") && step.is_established()
                || (has("to_server") || has("from_client")) && step.is_answer()
                || (has("to_client") || has("from_server")) && !step.is_answer())
        }
        // The client says what it wants, and a record of TLS's hello is its own.
        Condition::Domain { .. } | Condition::TlsClientHello => !step.is_answer(),
        Condition::Other(_) => true,
    });
    let shows = match protocol {
        FlowProtocol::Tcp => step.is_established(),
        // Suricata looks for an application protocol in each datagram before it asks the rules, and finds DNS, QUIC or NTP
        // in the first.
        FlowProtocol::Udp => true,
        FlowProtocol::Icmp => false,
    };
    direction && (shows || !needs_application(rule))
}

/// True where a rule looks at what is spoken: on TCP that shows once the connection is open, on ICMP never.
fn needs_application(rule: &Rule) -> bool {
    let spoken = match &rule.protocol {
        RuleProtocol::Ip | RuleProtocol::Tcp | RuleProtocol::Udp | RuleProtocol::Icmp => false,
        RuleProtocol::Http | RuleProtocol::Tls => true,
        RuleProtocol::Other(name) => !LOW_LEVEL.contains(&name.as_str()),
    };
    let named = |condition: &Condition| matches!(condition, Condition::Domain { .. } | Condition::TlsClientHello);
    spoken || rule.conditions.iter().any(named)
}

/// Words of `flow` that ask how packets are put together, which no configuration tells.
pub(super) const STREAM_WORDS: &[&str] = &["no_frag", "no_stream", "only_frag", "only_stream", "stateless"];

/// Names of protocols that lz can't judge, and that show with the first packet.
const LOW_LEVEL: &[&str] = &["icmpv4", "icmpv6", "ip4", "ip6", "ipv4", "ipv6", "pkthdr", "tcp-pkt", "tcp-stream"];

/// Application protocols that Suricata 7 looks for in TCP alone. Any other may be in UDP, or in both.
const OVER_TCP: &[&str] = &[
    "dnp3",
    "ftp",
    "http1",
    "http2",
    "imap",
    "modbus",
    "mqtt",
    "msn",
    "pgsql",
    "rdp",
    "rfb",
    "smb",
    "smtp",
    "ssh",
    "tcp-pkt",
    "tcp-stream",
    "telnet",
];

fn weaker(one: Certainty, other: Certainty) -> Certainty {
    if one == Certainty::Certain { other } else { one }
}

/// What the client of some flows speaks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Spoken<'domain> {
    /// Anything: nobody said.
    Unknown,
    /// TLS or HTTP, with this host.
    Host(&'domain str),
    /// This, with this host.
    Known(DomainPlace, &'domain str),
}

impl Spoken<'_> {
    fn speaks(&self, wanted: DomainPlace) -> Option<Certainty> {
        match self {
            Self::Unknown | Self::Host(_) => Some(Certainty::Possible),
            Self::Known(place, _) => (*place == wanted).then_some(Certainty::Certain),
        }
    }

    fn asks(&self, wanted: DomainPlace, matches: impl Fn(&str) -> bool) -> Option<Certainty> {
        let named = match self {
            Self::Unknown => true,
            Self::Host(name) | Self::Known(_, name) => matches(name),
        };
        if named { self.speaks(wanted) } else { None }
    }
}

/// A policy's rules in the order in which they are asked.
pub(super) fn resolve(policy: &Policy) -> Vec<ResolvedRule<'_>> {
    let mut rules: Vec<ResolvedRule<'_>> =
        policy.groups.iter().flat_map(|group| resolve_group(policy, group)).collect();
    if policy.order == RuleOrder::DefaultAction {
        rules.sort_by_key(|resolved| resolved.rule.action);
    }
    rules
}

fn resolve_group<'policy>(policy: &Policy, group: &'policy RuleGroup) -> Vec<ResolvedRule<'policy>> {
    let mut variables = variables(&policy.address_variables);
    variables.extend(sets(&group.address_variables));
    group.rules.iter().map(|rule| ResolvedRule::new(&group.name, rule, &variables)).collect()
}

fn sets(ranges: &BTreeMap<String, BTreeSet<Cidr>>) -> impl Iterator<Item = (String, AddressSet)> {
    ranges.iter().map(|(name, ranges)| (name.clone(), ranges.iter().copied().collect()))
}

/// A policy's variables. `EXTERNAL_NET` is what its `HOME_NET` is not, where nobody says otherwise; a group's own `HOME_NET`
/// doesn't change that (Network Firewall guide, "Limitations and caveats for stateful rules").
pub(super) fn variables(ranges: &BTreeMap<String, BTreeSet<Cidr>>) -> Variables {
    let mut variables: Variables = sets(ranges).collect();
    if let Some(home) = variables.get("HOME_NET").filter(|_| !ranges.contains_key("EXTERNAL_NET")) {
        variables.insert("EXTERNAL_NET".to_owned(), home.complement());
    }
    variables
}

/// What carries a rule's protocol. Application protocols are looked for in TCP and UDP.
fn transports(protocol: &RuleProtocol) -> &'static [FlowProtocol] {
    match protocol {
        RuleProtocol::Other(name) if OVER_TCP.contains(&name.as_str()) => &[FlowProtocol::Tcp],
        RuleProtocol::Other(name) if !LOW_LEVEL.contains(&name.as_str()) => &[FlowProtocol::Tcp, FlowProtocol::Udp],
        RuleProtocol::Ip | RuleProtocol::Other(_) => &FlowProtocol::ALL,
        RuleProtocol::Tcp | RuleProtocol::Http | RuleProtocol::Tls => &[FlowProtocol::Tcp],
        RuleProtocol::Udp => &[FlowProtocol::Udp],
        RuleProtocol::Icmp => &[FlowProtocol::Icmp],
    }
}

/// The addresses that are meant; none where a variable in them is unknown.
fn addresses(wanted: &AddressMatch, variables: &Variables) -> Option<AddressSet> {
    match wanted {
        AddressMatch::Any => Some(AddressSet::everything()),
        AddressMatch::Range(range) => Some((*range).into()),
        AddressMatch::Variable(name) => variables.get(name).cloned(),
        AddressMatch::Not(negated) => addresses(negated, variables).map(|set| set.complement()),
        AddressMatch::Group(members) => {
            let mut positive: Option<AddressSet> = None;
            let mut negative = AddressSet::empty();
            for member in members {
                match member {
                    AddressMatch::Not(negated) => negative = negative.union(&addresses(negated, variables)?),
                    member => {
                        let set = addresses(member, variables)?;
                        positive = Some(positive.map_or_else(|| set.clone(), |sum| sum.union(&set)));
                    }
                }
            }
            Some(positive.unwrap_or_else(AddressSet::everything).difference(&negative))
        }
    }
}

/// The ports that are meant; none where a variable is among them.
fn ports(wanted: &PortMatch) -> Option<PortSet> {
    match wanted {
        PortMatch::Any => Some(PortSet::everything()),
        PortMatch::Range(range) => Some([range.clone()].into_iter().collect()),
        PortMatch::Variable(_) => None,
        PortMatch::Not(negated) => ports(negated).map(|set| set.complement()),
        PortMatch::Group(members) => {
            let mut positive: Option<PortSet> = None;
            let mut negative = PortSet::empty();
            for member in members {
                match member {
                    PortMatch::Not(negated) => negative = negative.union(&ports(negated)?),
                    member => {
                        let set = ports(member)?;
                        positive = Some(positive.map_or_else(|| set.clone(), |sum| sum.union(&set)));
                    }
                }
            }
            Some(positive.unwrap_or_else(PortSet::everything).difference(&negative))
        }
    }
}
