//! Rules as text.

use std::fmt;

use super::{Action, AddressMatch, Condition, DomainPattern, DomainPlace, PortMatch, Rule, RuleProtocol};

/// As a line of a rules file, which reads back as the same rule.
impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = if self.both_directions { "<>" } else { "->" };
        write!(
            formatter,
            "{} {} {} {} {direction} {} {} (",
            self.action, self.protocol, self.source, self.source_ports, self.destination, self.destination_ports
        )?;
        if let Some(message) = &self.message {
            write!(formatter, "msg:\"{}\"; ", Escaped(message))?;
        }
        for condition in &self.conditions {
            write!(formatter, "{condition}; ")?;
        }
        if !self.metadata.is_empty() {
            write!(formatter, "metadata:{}; ", self.metadata.join(", "))?;
        }
        write!(formatter, "sid:{};)", self.sid)
    }
}

/// A text for between quotes.
struct Escaped<'text>(&'text str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if matches!(character, '\\' | '"' | ';') {
                formatter.write_str("\\")?;
            }
            write!(formatter, "{character}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Pass => "pass",
            Self::Drop => "drop",
            Self::Reject => "reject",
            Self::Alert => "alert",
        })
    }
}

impl fmt::Display for RuleProtocol {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Ip => "ip",
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Icmp => "icmp",
            Self::Http => "http",
            Self::Tls => "tls",
            Self::Other(name) => name,
        })
    }
}

impl fmt::Display for AddressMatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => formatter.write_str("any"),
            Self::Range(range) if range.prefix_length() == 32 => write!(formatter, "{}", range.first()),
            Self::Range(range) => write!(formatter, "{range}"),
            Self::Variable(reference) if reference.starts_with('@') => formatter.write_str(reference),
            Self::Variable(name) => write!(formatter, "${name}"),
            Self::Not(negated) => write!(formatter, "!{negated}"),
            Self::Group(members) => write_group(formatter, members),
        }
    }
}

impl fmt::Display for PortMatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => formatter.write_str("any"),
            Self::Range(ports) if ports.start() == ports.end() => write!(formatter, "{}", ports.start()),
            Self::Range(ports) => write!(formatter, "{}:{}", ports.start(), ports.end()),
            Self::Variable(name) => write!(formatter, "${name}"),
            Self::Not(negated) => write!(formatter, "!{negated}"),
            Self::Group(members) => write_group(formatter, members),
        }
    }
}

fn write_group(formatter: &mut fmt::Formatter<'_>, members: &[impl fmt::Display]) -> fmt::Result {
    formatter.write_str("[")?;
    for (index, member) in members.iter().enumerate() {
        write!(formatter, "{}{member}", if index == 0 { "" } else { "," })?;
    }
    formatter.write_str("]")
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Domain { place, pattern } => write_domain(formatter, *place, pattern),
            Self::Flow(words) => {
                write!(formatter, "flow:{}", words.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
            }
            Self::TlsClientHello => formatter.write_str("ssl_state:client_hello"),
            Self::Other(text) => formatter.write_str(text),
        }
    }
}

fn write_domain(formatter: &mut fmt::Formatter<'_>, place: DomainPlace, pattern: &DomainPattern) -> fmt::Result {
    // Suricata writes `http.host` in lower case by itself, and warns of `nocase` there.
    let (buffer, case) = match place {
        DomainPlace::TlsServerName => ("tls.sni", " nocase;"),
        DomainPlace::HttpHost => ("http.host", ""),
    };
    match pattern {
        DomainPattern::Exact(name) => write!(formatter, "{buffer}; content:\"{name}\"; startswith;{case} endswith"),
        DomainPattern::Suffix(name) => write!(formatter, "{buffer}; dotprefix; content:\".{name}\";{case} endswith"),
        DomainPattern::Ending(ending) => write!(formatter, "{buffer}; content:\"{ending}\";{case} endswith"),
    }
}
