//! `invariants.toml`: statements about paths, a table each.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::diagnostic::Origin;
use super::egress_table::{PROTOCOLS, ProtocolWord, read_port};
use super::read::{Entry, Findings, Sourced, Table, label_key};
use super::zone_file::duplicates;
use crate::reach::prove::{BUILT_IN, BuiltIn};
use crate::values::{Cidr, DomainName, InvalidValue, Label, PortRange};
use crate::zone::{NetworkName, PathClaim, PathTraffic, Waypoint};

/// A statement as far as it could be read, before its places are looked up.
pub(super) struct InvariantSpec {
    pub(super) name: Option<Label>,
    pub(super) from: Option<Sourced<PlaceSpec>>,
    pub(super) to: Option<Sourced<PlaceSpec>>,
    pub(super) claim: Option<PathClaim>,
    pub(super) traffic: Option<PathTraffic>,
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
pub(super) fn read(root: Table<'_>, findings: &Findings) -> Vec<InvariantSpec> {
    let entries = root.into_entries("[nobody-speaks-smtp]").into_iter();
    entries.filter_map(|(key, entry)| Some(read_invariant(&key, entry.table()?, findings))).collect()
}

fn read_invariant(key: &Sourced<String>, mut table: Table<'_>, findings: &Findings) -> InvariantSpec {
    let name = label_key(key, findings);
    if BuiltIn::named(&key.value).is_some() {
        findings.add(key.origin.error(
            format!("`{}` is the name of what lz proves of every zone", key.value),
            format!("choose another name; lz's own are {}", BUILT_IN.map(|one| one.name).join(", ")),
        ));
    }
    let from = table.required("from", r#"from = "workloads""#).and_then(Entry::parsed);
    let to = table.required("to", r#"to = "internet""#).and_then(Entry::parsed);
    let claim = read_claim(&mut table, &key.origin, findings);
    let traffic = read_traffic(&mut table, to.as_ref(), findings);
    table.finish();
    check_direction(from.as_ref(), to.as_ref(), findings);
    InvariantSpec { name, from, to, claim, traffic }
}

/// At least one end is of the zone, and packets start where there are hosts.
fn check_direction(from: Option<&Sourced<PlaceSpec>>, to: Option<&Sourced<PlaceSpec>>, findings: &Findings) {
    let Some(from) = from else { return };
    if let PlaceSpec::Domain(domain) = &from.value {
        findings.add(from.origin.error(
            format!("`{domain}` is a name that clients ask for: packets go there, and none come from there"),
            "write the domain into `to`, or `internet` here",
        ));
    }
    if let (PlaceSpec::Internet, Some(to)) = (&from.value, to)
        && matches!(to.value, PlaceSpec::Internet | PlaceSpec::Domain(_))
    {
        findings.add(to.origin.error(
            "packets from the internet to the internet are never in the zone's networks",
            "let one end be of the zone, such as `workloads`",
        ));
    }
}

fn read_claim(table: &mut Table<'_>, name: &Origin, findings: &Findings) -> Option<PathClaim> {
    let reach = [("reach", ())];
    let ways = [
        ("firewall", Waypoint::Firewall),
        ("nat", Waypoint::NatGateway),
        ("transit-gateway", Waypoint::TransitGateway),
    ];
    // With the place of each, for a message about two that contradict each other.
    let must = table.optional("must", r#"must = "reach""#).map(|entry| entry.word(&reach));
    let must_not =
        table.optional("must_not", r#"must_not = "reach""#).map(|entry| (entry.origin(), entry.word(&reach)));
    let through = table.optional("through", r#"through = "firewall""#).map(|entry| (entry.origin(), entry.word(&ways)));
    match (must, must_not, through) {
        (None, None, None) => {
            findings.add(name.error(
                "this says nothing of the packets",
                "add `must = \"reach\"`, `must_not = \"reach\"`, or `through = \"firewall\"` alone: whatever arrives passes it",
            ));
            None
        }
        (Some(_), Some((origin, _)), _) => {
            findings.add(
                origin
                    .error("packets cannot be meant both to arrive and not to", "remove `must`, or remove `must_not`"),
            );
            None
        }
        (None, Some(_), Some((origin, _))) => {
            findings.add(origin.error(
                "packets that never arrive pass nothing on their way",
                "remove `through`; or remove `must_not`, if what arrives is to pass it: `through` alone says that",
            ));
            None
        }
        (None, Some((_, must_not)), None) => must_not.map(|_| PathClaim::NeverReaches),
        (Some(must), None, None) => must.map(|_| PathClaim::Reaches { through: None }),
        (Some(must), None, Some((_, through))) => {
            must.zip(through).map(|(_, through)| PathClaim::Reaches { through: Some(through.value) })
        }
        (None, None, Some((_, through))) => through.map(|through| PathClaim::Passes(through.value)),
    }
}

/// What `ports` lists; no list where it could not be read.
type Ports = Sourced<Option<Vec<Sourced<PortRange>>>>;

/// The packets that a statement is about. What `protocol` and `ports` mean hangs on `to`: nothing is judged where that could
/// not be read.
fn read_traffic(table: &mut Table<'_>, to: Option<&Sourced<PlaceSpec>>, findings: &Findings) -> Option<PathTraffic> {
    let protocol = table.optional("protocol", r#"protocol = "tcp""#).map(|entry| entry.word(&PROTOCOLS));
    let ports = table.optional("ports", r#"ports = [443, "8000-8100"]"#).map(|entry| read_ports(entry, findings));
    if protocol.as_ref().is_some_and(Option::is_none) {
        return None;
    }
    match &to?.value {
        PlaceSpec::Domain(_) => traffic_to_domain(protocol.flatten(), ports, findings),
        _ => traffic(protocol.flatten().map(|word| word.value), ports, findings),
    }
}

fn read_ports(entry: Entry<'_>, findings: &Findings) -> Ports {
    let origin = entry.origin();
    let entries = entry.list();
    if entries.as_ref().is_some_and(Vec::is_empty) {
        findings.add(origin.error("this names no port", "name one, or remove `ports`: then all are meant"));
        return Sourced { value: None, origin };
    }
    let ports: Option<Vec<_>> = entries.and_then(|entries| {
        let read: Vec<_> = entries.into_iter().map(|entry| read_port(entry, findings)).collect();
        read.into_iter().collect()
    });
    duplicates(ports.as_deref().unwrap_or_default(), "port", findings);
    Sourced { value: ports, origin }
}

fn traffic(protocol: Option<ProtocolWord>, ports: Option<Ports>, findings: &Findings) -> Option<PathTraffic> {
    match (protocol, ports) {
        (None, None) => Some(PathTraffic::All),
        (Some(ProtocolWord::Icmp), None) => Some(PathTraffic::Icmp),
        (Some(ProtocolWord::Tcp), ports) => Some(PathTraffic::Tcp(all_of(ports)?)),
        (Some(ProtocolWord::Udp), ports) => Some(PathTraffic::Udp(all_of(ports)?)),
        (Some(ProtocolWord::Icmp), Some(ports)) => {
            findings.add(ports.origin.error("ICMP has no ports", "remove `ports`"));
            None
        }
        (None, Some(ports)) => {
            findings.add(ports.origin.error(
                "ports are TCP's or UDP's, and no `protocol` is given",
                "add `protocol = \"tcp\"` or `protocol = \"udp\"`",
            ));
            None
        }
    }
}

/// The ports of a list; an empty set, which means all, where there is no list.
fn all_of(ports: Option<Ports>) -> Option<BTreeSet<PortRange>> {
    ports.map_or_else(|| Some(Vec::new()), |ports| ports.value).map(|ports| values(ports).collect())
}

fn values(ports: Vec<Sourced<PortRange>>) -> impl Iterator<Item = PortRange> {
    ports.into_iter().map(|port| port.value)
}

/// Where a firewall finds the name that a client asks for: in TLS on port 443, in HTTP on port 80.
const PORTS_OF_DOMAINS: [u16; 2] = [443, 80];

fn traffic_to_domain(
    protocol: Option<Sourced<ProtocolWord>>,
    ports: Option<Ports>,
    findings: &Findings,
) -> Option<PathTraffic> {
    let why = "a client names the domain that it wants in TLS on port 443, and in HTTP on port 80, both over TCP";
    if let Some(protocol) = protocol.filter(|word| !matches!(word.value, ProtocolWord::Tcp)) {
        findings.add(protocol.origin.error(
            "no name is asked for by this protocol, so a statement of it cannot be about a domain",
            format!("{why}: write `protocol = \"tcp\"`, or a CIDR block or `internet` into `to`"),
        ));
        return None;
    }
    let Some(ports) = ports else { return PortRange::parse("443").ok().map(|port| PathTraffic::Tcp([port].into())) };
    let ports = ports.value?;
    let known = |port: &PortRange| port.first() == port.last() && PORTS_OF_DOMAINS.contains(&port.first());
    for port in ports.iter().filter(|port| !known(&port.value)) {
        findings.add(port.origin.error(
            format!("no name is asked for on port {}, so a statement of it cannot be about a domain", port.value),
            format!("{why}: write 443 or 80, or a CIDR block or `internet` into `to`"),
        ));
    }
    ports.iter().all(|port| known(&port.value)).then(|| PathTraffic::Tcp(values(ports).collect()))
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
