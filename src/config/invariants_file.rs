//! `invariants.toml`: statements about paths, a table each.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::diagnostic::Origin;
use super::document::Document;
use super::egress_table::ProtocolWord;
use super::findings::{Findings, Read};
use super::keys::invariants as keys;
use super::read::{Sourced, Table, label_key, named_root};
use super::zone_file::duplicates;
use crate::reach::prove::{BUILT_IN, BuiltIn};
use crate::values::{Cidr, DomainName, InvalidValue, Label, PortRange};
use crate::zone::{NetworkName, PathClaim, PathTraffic};

/// A statement as far as it could be read, before its places are looked up.
pub(super) struct InvariantSpec {
    pub(super) name: Read<Label>,
    pub(super) from: Read<Sourced<PlaceSpec>>,
    pub(super) to: Read<Sourced<PlaceSpec>>,
    pub(super) claim: Read<PathClaim>,
    pub(super) traffic: Read<PathTraffic>,
}

/// A place as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PlaceSpec {
    /// `workloads`.
    Workloads,
    /// `hub`.
    Hub,
    /// `internet`.
    Internet,
    /// `segment:NAME`.
    Segment(Label),
    /// An account, which stands for its only VPC.
    Account(Label),
    /// `ACCOUNT/NETWORK`.
    Network(NetworkName),
    /// `ACCOUNT/NETWORK/TIER`.
    Tier(NetworkName, Label),
    /// A block or an address.
    Range(Cidr),
    /// A domain's name.
    Domain(DomainName),
}

/// The words that are places by themselves.
pub(super) const WORDS: [&str; 3] = ["workloads", "hub", "internet"];

/// What a place may be.
pub(super) const PLACES: &str = "it is `workloads`, `hub`, `internet`, `segment:NAME`, an account that has one VPC, \
                                 `ACCOUNT/NETWORK`, `ACCOUNT/NETWORK/TIER`, a CIDR block or an address; in `to` also a \
                                 domain's name";

impl std::str::FromStr for PlaceSpec {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |problem: String| InvalidValue { text: text.to_owned(), problem };
        match text {
            "workloads" => return Ok(Self::Workloads),
            "hub" => return Ok(Self::Hub),
            "internet" => return Ok(Self::Internet),
            _ => {}
        }
        if let Some(segment) = text.strip_prefix("segment:") {
            return Label::parse(segment).map(Self::Segment);
        }
        if text.contains(|one: char| one == ':' || one.is_whitespace()) || text.is_empty() {
            return Err(invalid(format!("is not a place; {PLACES}")));
        }
        // Names begin with a letter, and a domain's last part is no number.
        if text.bytes().all(|byte| byte.is_ascii_digit() || b"./".contains(&byte)) {
            return match text.parse::<Ipv4Addr>() {
                Ok(address) => Cidr::holding(address, 32).map(Self::Range),
                Err(_) => Cidr::parse(text).map(Self::Range),
            };
        }
        match text.split('/').collect::<Vec<_>>().as_slice() {
            [name] if name.starts_with(['.', '*']) => Err(invalid(
                "means many names, and a statement is about one that a client asks for; name a host, such as \
                 api.example.com, or write a statement for each"
                    .to_owned(),
            )),
            [name] if name.contains('.') => DomainName::parse(name).map(Self::Domain),
            [account] => Label::parse(account).map(Self::Account),
            [_, _] => NetworkName::parse(text).map(Self::Network),
            [account, network, tier] => {
                let network = NetworkName { account: Label::parse(account)?, network: Label::parse(network)? };
                Ok(Self::Tier(network, Label::parse(tier)?))
            }
            _ => Err(invalid(format!("is not a place; {PLACES}"))),
        }
    }
}

/// Reads the file's document.
pub(super) fn read(document: &Document<'_>, findings: &Findings) -> Vec<InvariantSpec> {
    let statements = named_root(document, findings, &keys::INVARIANTS);
    let entries = statements.into_iter().flat_map(|statements| statements.entries);
    entries.filter_map(|(key, table)| Some(read_invariant(&key, table.ok()?, findings))).collect()
}

fn read_invariant(key: &Sourced<String>, table: Table<'_>, findings: &Findings) -> InvariantSpec {
    let name = label_key(key, findings);
    if BuiltIn::named(&key.value).is_some() {
        findings.refuse(key.origin.error(
            format!("`{}` is the name of what lz proves of every zone", key.value),
            format!("choose another name; lz's own are {}", BUILT_IN.map(|one| one.name).join(", ")),
        ));
    }
    let (from, to) = (table.required(&keys::FROM), table.required(&keys::TO));
    let claim = read_claim(&table, &key.origin, findings);
    let traffic = read_traffic(&table, to.as_ref().map_err(Into::into), findings);
    table.finish();
    check_direction(from.as_ref().ok(), to.as_ref().ok(), findings);
    InvariantSpec { name, from, to, claim, traffic }
}

/// At least one end is of the zone, and packets start where there are hosts.
fn check_direction(from: Option<&Sourced<PlaceSpec>>, to: Option<&Sourced<PlaceSpec>>, findings: &Findings) {
    let Some(from) = from else { return };
    if let PlaceSpec::Domain(domain) = &from.value {
        findings.refuse(from.origin.error(
            format!("`{domain}` is a name that clients ask for: packets go there, and none come from there"),
            "write the domain into `to`, or `internet` here",
        ));
    }
    if let (PlaceSpec::Internet, Some(to)) = (&from.value, to)
        && matches!(to.value, PlaceSpec::Internet | PlaceSpec::Domain(_))
    {
        findings.refuse(to.origin.error(
            "packets from the internet to the internet are never in the zone's networks",
            "let one end be of the zone, such as `workloads`",
        ));
    }
}

fn read_claim(table: &Table<'_>, name: &Origin, findings: &Findings) -> Read<PathClaim> {
    let must = table.optional(&keys::MUST).transpose();
    // With the place of each, for a message about two that contradict each other.
    let must_not = table.place_of(&keys::MUST_NOT).zip(table.optional(&keys::MUST_NOT).transpose());
    let through = table.place_of(&keys::THROUGH).zip(table.optional(&keys::THROUGH).transpose());
    match (must, must_not, through) {
        (None, None, None) => Err(findings.refuse(name.error(
            "this says nothing of the packets",
            "add `must = \"reach\"`, `must_not = \"reach\"`, or `through = \"firewall\"` alone: whatever arrives passes it",
        ))),
        (Some(_), Some((origin, _)), _) => Err(findings.refuse(
            origin.error("packets cannot be meant both to arrive and not to", "remove `must`, or remove `must_not`"),
        )),
        (None, Some(_), Some((origin, _))) => Err(findings.refuse(origin.error(
            "packets that never arrive pass nothing on their way",
            "remove `through`; or remove `must_not`, if what arrives is to pass it: `through` alone says that",
        ))),
        (None, Some((_, must_not)), None) => must_not.map(|_| PathClaim::NeverReaches),
        (Some(must), None, None) => must.map(|_| PathClaim::Reaches { through: None }),
        (Some(must), None, Some((_, through))) => {
            must?;
            Ok(PathClaim::Reaches { through: Some(through?.value) })
        }
        (None, None, Some((_, through))) => through.map(|through| PathClaim::Passes(through.value)),
    }
}

/// What `ports` lists.
type Ports = Sourced<Vec<Sourced<PortRange>>>;

/// The packets that a statement is about. What `protocol` and `ports` mean hangs on `to`: nothing is judged where that could
/// not be read.
fn read_traffic(table: &Table<'_>, to: Read<&Sourced<PlaceSpec>>, findings: &Findings) -> Read<PathTraffic> {
    let protocol = table.optional(&keys::PROTOCOL);
    let ports = table.optional(&keys::PORTS).and_then(|ports| check_ports(ports, findings));
    let place = table.place_of(&keys::PORTS);
    let protocol = protocol?;
    match &to?.value {
        PlaceSpec::Domain(_) => traffic_to_domain(protocol, ports, findings),
        _ => traffic(protocol.map(|word| word.value), place, ports, findings),
    }
}

fn check_ports(ports: Option<Ports>, findings: &Findings) -> Read<Option<Ports>> {
    if let Some(ports) = &ports {
        if ports.value.is_empty() {
            let hint = "name one, or remove `ports`: then all are meant";
            return Err(findings.refuse(ports.origin.error("this names no port", hint)));
        }
        duplicates(&ports.value, "port", findings);
    }
    Ok(ports)
}

/// `place` is where the ports are written, be they such as can be read or not.
fn traffic(
    protocol: Option<ProtocolWord>,
    place: Option<Origin>,
    ports: Read<Option<Ports>>,
    findings: &Findings,
) -> Read<PathTraffic> {
    match (protocol, place) {
        (None, None) => Ok(PathTraffic::All),
        (Some(ProtocolWord::Icmp), None) => Ok(PathTraffic::Icmp),
        (Some(ProtocolWord::Tcp), _) => Ok(PathTraffic::Tcp(all_of(ports?))),
        (Some(ProtocolWord::Udp), _) => Ok(PathTraffic::Udp(all_of(ports?))),
        (Some(ProtocolWord::Icmp), Some(place)) => {
            Err(findings.refuse(place.error("ICMP has no ports", "remove `ports`")))
        }
        (None, Some(place)) => Err(findings.refuse(place.error(
            "ports are TCP's or UDP's, and no `protocol` is given",
            "add `protocol = \"tcp\"` or `protocol = \"udp\"`",
        ))),
    }
}

/// The ports of a list; an empty set, which means all, where there is no list.
fn all_of(ports: Option<Ports>) -> BTreeSet<PortRange> {
    ports.into_iter().flat_map(|ports| values(ports.value)).collect()
}

fn values(ports: Vec<Sourced<PortRange>>) -> impl Iterator<Item = PortRange> {
    ports.into_iter().map(|port| port.value)
}

/// Where a firewall finds the name that a client asks for: in TLS on port 443, in HTTP on port 80.
const PORTS_OF_DOMAINS: [u16; 2] = [443, 80];

fn traffic_to_domain(
    protocol: Option<Sourced<ProtocolWord>>,
    ports: Read<Option<Ports>>,
    findings: &Findings,
) -> Read<PathTraffic> {
    let why = "a client names the domain that it wants in TLS on port 443, and in HTTP on port 80, both over TCP";
    if let Some(protocol) = protocol.filter(|word| !matches!(word.value, ProtocolWord::Tcp)) {
        return Err(findings.refuse(protocol.origin.error(
            "no name is asked for by this protocol, so a statement of it cannot be about a domain",
            format!("{why}: write `protocol = \"tcp\"`, or a CIDR block or `internet` into `to`"),
        )));
    }
    let Some(ports) = ports? else { return Ok(PathTraffic::Tcp([PortRange::HTTPS].into())) };
    let known = |port: &PortRange| port.first() == port.last() && PORTS_OF_DOMAINS.contains(&port.first());
    let refused = ports.value.iter().filter(|port| !known(&port.value)).map(|port| {
        findings.refuse(port.origin.error(
            format!("no name is asked for on port {}, so a statement of it cannot be about a domain", port.value),
            format!("{why}: write 443 or 80, or a CIDR block or `internet` into `to`"),
        ))
    });
    match refused.collect::<Vec<_>>().first() {
        Some(reported) => Err(*reported),
        None => Ok(PathTraffic::Tcp(values(ports.value).collect())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_by_its_form() {
        let label = |text: &str| Label::parse(text).unwrap();
        let network = NetworkName::parse("payments-prod/container").unwrap();
        let range = |text: &str| PlaceSpec::Range(Cidr::parse(text).unwrap());
        let places = [
            ("workloads", PlaceSpec::Workloads),
            ("internet", PlaceSpec::Internet),
            ("segment:prod", PlaceSpec::Segment(label("prod"))),
            ("payments-prod", PlaceSpec::Account(label("payments-prod"))),
            ("payments-prod/container", PlaceSpec::Network(network.clone())),
            ("payments-prod/container/private", PlaceSpec::Tier(network, label("private"))),
            ("10.32.0.1", range("10.32.0.1/32")),
            ("0.0.0.0/0", range("0.0.0.0/0")),
            ("1.example.com", PlaceSpec::Domain(DomainName::parse("1.example.com").unwrap())),
        ];
        for (text, place) in places {
            assert_eq!(text.parse(), Ok(place), "{text}");
        }
        for text in [
            "",
            " workloads",
            "Workloads",
            "segment:",
            "segment:a/b",
            "a/",
            "/a",
            "a/b/",
            "a/b/c/d",
            "10.32.0.0/33",
            "https://example.com",
        ] {
            assert!(text.parse::<PlaceSpec>().is_err(), "{text}");
        }
    }
}
