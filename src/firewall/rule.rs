//! A rule.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use crate::values::Cidr;

/// A stateful rule, as far as lz understands it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What it does with what it matches.
    pub action: Action,
    /// The protocol that it matches.
    pub protocol: RuleProtocol,
    /// Where flows come from.
    pub source: AddressMatch,
    /// Their source ports.
    pub source_ports: PortMatch,
    /// True for `<>`: flows of both directions.
    pub both_directions: bool,
    /// Where flows go.
    pub destination: AddressMatch,
    /// Their destination ports.
    pub destination_ports: PortMatch,
    /// Its signature id.
    pub sid: u32,
    /// Its message, if it has one.
    pub message: Option<String>,
    /// Its metadata, `key value` pairs as written, without the commas between them.
    pub metadata: Vec<String>,
    /// What a flow must fulfil besides, all of it.
    pub conditions: Vec<Condition>,
    /// The line that it stands on, from 1.
    pub line: usize,
}

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Lets the flow pass, and asks no further rule.
    Pass,
    /// Drops it silently.
    Drop,
    /// Drops it and tells the sender.
    Reject,
    /// Writes a log line, and asks the next rule.
    Alert,
}

/// The protocol that a rule matches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleProtocol {
    /// Any.
    Ip,
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP.
    Icmp,
    /// HTTP, over TCP.
    Http,
    /// TLS, over TCP.
    Tls,
    /// Another one of Suricata's: whether a flow speaks it, lz can't tell.
    Other(String),
}

/// Addresses, with variables as they are written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum AddressMatch {
    /// `any`
    Any,
    /// A range, or one address.
    Range(Cidr),
    /// A variable, without its dollar sign: `HOME_NET`. A reference to an IP set (`@NAME`, a prefix list) is one whose name
    /// keeps its `@`: what is in the list, lz can't tell.
    Variable(String),
    /// `!…`
    Not(Box<AddressMatch>),
    /// `[…]`: what is in it, without what is negated in it.
    Group(Vec<AddressMatch>),
}

/// Ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortMatch {
    /// `any`
    Any,
    /// A port, or a range of them.
    Range(RangeInclusive<u16>),
    /// A variable, which lz can't judge, without its dollar sign: `HTTP_PORTS`.
    Variable(String),
    /// `!…`
    Not(Box<PortMatch>),
    /// `[…]`
    Group(Vec<PortMatch>),
}

/// What a flow must fulfil besides its addresses and ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// The name that the client asks for.
    Domain {
        /// Where the name stands.
        place: DomainPlace,
        /// Which names.
        pattern: DomainPattern,
    },
    /// The direction or state of the flow (`flow:…`), each word as written.
    Flow(BTreeSet<String>),
    /// TLS's first message, which every TLS connection begins with: `ssl_state:client_hello`.
    TlsClientHello,
    /// Anything that lz can't judge: the keyword and its value.
    Other(String),
}

/// Where a client names the host that it wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DomainPlace {
    /// TLS's server name indication: `tls.sni`.
    TlsServerName,
    /// HTTP's host header: `http.host`.
    HttpHost,
}

/// Which names of hosts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum DomainPattern {
    /// This one alone.
    Exact(String),
    /// This one and all below it, without a leading dot: `.example.com` in AWS's domain lists, `dotprefix` and `endswith`
    /// in Suricata's language.
    Suffix(String),
    /// Every name that ends in these characters, wherever its labels end: `endswith` alone.
    Ending(String),
}

impl DomainPattern {
    /// True where a name matches. Names are compared in lower case and without a final dot.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        match self {
            Self::Exact(wanted) => name == *wanted,
            Self::Suffix(suffix) => {
                name.strip_suffix(suffix.as_str()).is_some_and(|before| before.is_empty() || before.ends_with('.'))
            }
            Self::Ending(ending) => name.ends_with(ending.as_str()),
        }
    }

    /// True where every name that matches `other` matches this too.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Exact(name)) => self.matches(name),
            // What ends in the suffix's name ends in it with a dot before it too.
            (Self::Suffix(_), Self::Suffix(suffix)) => self.matches(suffix),
            (Self::Ending(ending), Self::Suffix(suffix) | Self::Ending(suffix)) => suffix.ends_with(ending.as_str()),
            (Self::Suffix(suffix), Self::Ending(ending)) => ending.ends_with(&format!(".{suffix}")),
            (Self::Exact(_), Self::Suffix(_) | Self::Ending(_)) => false,
        }
    }
}
