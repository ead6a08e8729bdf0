//! Blueprints of the kind `vpc`: tiers, routes, endpoints, a firewall, DHCP options, and how the VPC is attached.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::diagnostic::Origin;
use super::firewall_table::{self, FirewallSpec};
use super::read::{Entry, Findings, Sourced, Table, label_key};
use crate::values::{Cidr, DomainName, InvalidValue, Label};
use crate::zone::{DhcpOptions, NameServers};

/// A VPC's settings, the blueprint's with the account's laid over them, as far as they could be read.
pub(super) struct VpcSpec {
    pub(super) origin: Origin,
    pub(super) prefix_length: Option<Sourced<u8>>,
    pub(super) internet_gateway: Option<Sourced<bool>>,
    pub(super) tiers: BTreeMap<Label, TierSpec>,
    pub(super) attachment: Option<AttachmentSpec>,
    pub(super) endpoints: BTreeMap<String, EndpointSpec>,
    pub(super) firewall: Option<FirewallSpec>,
    pub(super) dhcp_options: Option<DhcpOptions>,
}

/// A tier's settings.
pub(super) struct TierSpec {
    pub(super) origin: Origin,
    pub(super) prefix_length: Option<Sourced<u8>>,
    pub(super) nat_gateway: Option<Sourced<bool>>,
    pub(super) firewall: Option<Sourced<bool>>,
    pub(super) routes: Vec<RouteSpec>,
}

/// A route: both ends, where they could be read.
pub(super) struct RouteSpec {
    pub(super) to: Sourced<Destination>,
    pub(super) via: Sourced<Via>,
}

/// Where a route's packets go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Destination {
    /// The supernet of all workloads.
    Workloads,
    /// The supernet of the hub.
    Hub,
    /// The VPC's own range.
    Vpc,
    /// A block.
    Block(Cidr),
}

impl std::str::FromStr for Destination {
    type Err = InvalidValue;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "workloads" => Ok(Self::Workloads),
            "hub" => Ok(Self::Hub),
            "vpc" => Ok(Self::Vpc),
            _ if text.starts_with(|first: char| first.is_ascii_digit()) => Cidr::parse(text).map(Self::Block),
            _ => Err(InvalidValue {
                text: text.to_owned(),
                problem: "is not a destination; it is `workloads`, `hub`, `vpc`, or a CIDR block such as 0.0.0.0/0"
                    .to_owned(),
            }),
        }
    }
}

/// The symbolic next hop of a VPC's route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Via {
    TransitGateway,
    Nat,
    InternetGateway,
    Firewall,
    Local,
}

/// How the VPC is attached.
pub(super) struct AttachmentSpec {
    pub(super) tier: Option<Sourced<Label>>,
    pub(super) appliance_mode: bool,
}

/// An endpoint.
pub(super) enum EndpointSpec {
    Gateway { origin: Origin, tiers: Vec<Sourced<Label>> },
    Interface { origin: Origin, tier: Sourced<Label>, private_dns: bool },
}

/// A VPC's or subnet's prefix length (VPC user guide, "VPC CIDR blocks": `/16` to `/28`).
pub(super) fn prefix_length(entry: Entry<'_>) -> Option<Sourced<u8>> {
    let length = entry.integer(16..=28, "the prefix length of a VPC or a subnet in AWS")?;
    Some(Sourced { value: u8::try_from(length.value).ok()?, origin: length.origin })
}

/// Reads a VPC's settings from a blueprint's document, or from that of an account's network over its blueprint.
pub(super) fn read(mut root: Table<'_>, findings: &Findings) -> VpcSpec {
    let origin = root.origin();
    // The kind was judged where the blueprint was looked up; blueprint and range are read with the account's file.
    root.optional("kind", "");
    if root.is_network() {
        root.optional("blueprint", "");
        root.optional("cidr", "");
    }
    let prefix_length = root.required("prefix_length", "prefix_length = 22").and_then(prefix_length);
    let internet_gateway = root.optional("internet_gateway", "internet_gateway = true").and_then(Entry::boolean);
    let tiers = root.required("tiers", "[tiers.private]").and_then(Entry::table);
    let attachment = root.optional("attachment", "[attachment]").and_then(Entry::table);
    let endpoints = root.optional("endpoints", "[endpoints.s3]").and_then(Entry::table);
    let firewall = root.optional("firewall", "[firewall]").and_then(Entry::table);
    let dhcp_options = root.optional("dhcp_options", "[dhcp_options]").and_then(Entry::table);
    let spec = VpcSpec {
        origin,
        prefix_length,
        internet_gateway,
        tiers: tiers.map(|table| read_tiers(table, findings)).unwrap_or_default(),
        attachment: attachment.map(read_attachment),
        endpoints: endpoints.map(|table| read_endpoints(table, findings)).unwrap_or_default(),
        firewall: firewall.map(|table| firewall_table::read(table, findings)),
        dhcp_options: dhcp_options.and_then(|table| read_dhcp_options(table, findings)),
    };
    root.finish();
    spec
}

fn read_tiers(table: Table<'_>, findings: &Findings) -> BTreeMap<Label, TierSpec> {
    let mut tiers = BTreeMap::new();
    for (key, entry) in table.into_entries("[tiers.private]") {
        let (Some(name), Some(mut tier)) = (label_key(&key, findings), entry.table()) else { continue };
        let spec = TierSpec {
            origin: tier.origin(),
            prefix_length: tier.required("prefix_length", "prefix_length = 24").and_then(prefix_length),
            nat_gateway: tier.optional("nat_gateway", "nat_gateway = true").and_then(Entry::boolean),
            firewall: tier.optional("firewall", "firewall = true").and_then(Entry::boolean),
            routes: tier
                .optional("routes", r#"routes = [{ to = "0.0.0.0/0", via = "transit-gateway" }]"#)
                .and_then(Entry::list)
                .unwrap_or_default()
                .into_iter()
                .filter_map(|entry| read_route(entry, findings))
                .collect(),
        };
        tier.finish();
        tiers.insert(name, spec);
    }
    tiers
}

fn read_route(entry: Entry<'_>, findings: &Findings) -> Option<RouteSpec> {
    let mut table = entry.table()?;
    let to = table.required("to", r#"to = "0.0.0.0/0""#).and_then(Entry::parsed);
    let via = table.required("via", r#"via = "transit-gateway""#).and_then(|entry| read_via(entry, findings));
    table.finish();
    Some(RouteSpec { to: to?, via: via? })
}

fn read_via(entry: Entry<'_>, findings: &Findings) -> Option<Sourced<Via>> {
    if entry.is_word("blackhole") {
        findings.add(entry.origin().error(
            "a VPC's route cannot be a blackhole: AWS has them in transit gateway route tables only",
            "leave the route out, or put a blackhole into a table of the transit gateway's blueprint",
        ));
        return None;
    }
    entry.word(&[
        ("transit-gateway", Via::TransitGateway),
        ("nat", Via::Nat),
        ("internet-gateway", Via::InternetGateway),
        ("firewall", Via::Firewall),
        ("local", Via::Local),
    ])
}

fn read_attachment(mut table: Table<'_>) -> AttachmentSpec {
    let tier = table.required("tier", r#"tier = "transit""#).and_then(Entry::parsed);
    let appliance_mode = table.optional("appliance_mode", "appliance_mode = true").and_then(Entry::boolean);
    table.finish();
    AttachmentSpec { tier, appliance_mode: appliance_mode.is_some_and(|mode| mode.value) }
}

#[derive(Clone, Copy)]
enum EndpointWord {
    Gateway,
    Interface,
}

fn read_endpoints(table: Table<'_>, findings: &Findings) -> BTreeMap<String, EndpointSpec> {
    let mut endpoints = BTreeMap::new();
    for (key, entry) in table.into_entries(r#"[endpoints."ecr.api"]"#) {
        let legal = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit() || ".-_".contains(one);
        if key.value.is_empty() || !key.value.chars().all(legal) {
            findings.add(key.origin.error(
                format!("`{}` is not a service's name", key.value),
                "give what follows the region in the endpoint service's name: `ecr.api` of com.amazonaws.eu-west-1.ecr.api",
            ));
            continue;
        }
        let Some(table) = entry.table() else { continue };
        if let Some(endpoint) = read_endpoint(&key, table, findings) {
            endpoints.insert(key.value, endpoint);
        }
    }
    endpoints
}

fn read_endpoint(service: &Sourced<String>, mut table: Table<'_>, findings: &Findings) -> Option<EndpointSpec> {
    if !table.has("type")
        && let Some(inner) = table.first_table()
    {
        findings.add(service.origin.error(
            format!("`{}` and `{inner}` are two keys here; TOML divides a name at its dots", service.value),
            format!("quote the service's name: [endpoints.\"{}.{inner}\"]", service.value),
        ));
        return None;
    }
    let origin = table.origin();
    let words = [("gateway", EndpointWord::Gateway), ("interface", EndpointWord::Interface)];
    let endpoint = match table.required("type", r#"type = "interface""#).and_then(|entry| entry.word(&words))?.value {
        EndpointWord::Gateway => {
            // The only services with gateway endpoints (AWS PrivateLink guide, "Gateway endpoints").
            if !["s3", "dynamodb"].contains(&service.value.as_str()) {
                let problem = format!("AWS has no gateway endpoint for `{}`", service.value);
                findings
                    .add(service.origin.error(problem, "only s3 and dynamodb have one; use `type = \"interface\"`"));
            }
            let tiers = table.required("tiers", r#"tiers = ["private"]"#).and_then(Entry::list_of);
            tiers.map(|tiers| EndpointSpec::Gateway { origin, tiers })
        }
        EndpointWord::Interface => {
            // AWS has them, with rules of their own for private names, which lz does not know.
            if ["s3", "dynamodb"].contains(&service.value.as_str()) {
                let problem = format!("lz makes no interface endpoint for `{}`", service.value);
                findings.add(service.origin.error(problem, "use `type = \"gateway\"`, which costs nothing"));
            }
            let tier = table.required("tier", r#"tier = "private""#).and_then(Entry::parsed);
            let private_dns = table.optional("private_dns", "private_dns = true").map(Entry::boolean);
            let private_dns = private_dns.map_or(Some(true), |given| given.map(|truth| truth.value));
            tier.zip(private_dns).map(|(tier, private_dns)| EndpointSpec::Interface { origin, tier, private_dns })
        }
    };
    table.finish();
    endpoint
}

/// A name server.
enum NameServer {
    Amazon,
    Other(Ipv4Addr),
}

impl std::str::FromStr for NameServer {
    type Err = InvalidValue;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            AMAZON => Ok(Self::Amazon),
            _ => text.parse().map(|Server(address)| Self::Other(address)),
        }
    }
}

/// The address of a server.
struct Server(Ipv4Addr);

impl std::str::FromStr for Server {
    type Err = InvalidValue;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| InvalidValue {
            text: text.to_owned(),
            problem: "is not the address of a server; one looks like 10.16.0.10".to_owned(),
        })
    }
}

/// The word for Amazon's own name servers.
const AMAZON: &str = "AmazonProvidedDNS";
/// The most servers of one sort (EC2 API reference, CreateDhcpOptions).
const SERVERS: usize = 4;

/// Reads what hosts learn with their addresses; none where it could not be read.
fn read_dhcp_options(mut table: Table<'_>, findings: &Findings) -> Option<DhcpOptions> {
    let origin = table.origin();
    let domain_name = match table.optional("domain_name", r#"domain_name = "corp.example.com""#) {
        Some(entry) => Some(entry.parsed::<DomainName>()?),
        None => None,
    };
    if let Some(below) = domain_name.as_ref().filter(|name| name.value.includes_subdomains()) {
        let name = below.value.name();
        findings.add(below.origin.error(format!("`.{name}` is not one domain"), format!("write `{name}`")));
        return None;
    }
    let name_servers = table.optional("domain_name_servers", r#"domain_name_servers = ["10.16.0.10", "10.16.1.10"]"#);
    let ntp_servers = table.optional("ntp_servers", r#"ntp_servers = ["169.254.169.123"]"#);
    table.finish();
    if domain_name.is_none() && name_servers.is_none() && ntp_servers.is_none() {
        findings.add(origin.error("this table sets no option", "set one, or remove the table"));
        return None;
    }
    let domain_name_servers = match name_servers {
        Some(entry) => read_name_servers(entry, findings)?,
        None => NameServers::Amazon,
    };
    let ntp_servers = match ntp_servers {
        Some(entry) => servers::<Server>(entry, findings)?.into_iter().map(|server| server.value.0).collect(),
        None => Vec::new(),
    };
    Some(DhcpOptions { domain_name: domain_name.map(|name| name.value), domain_name_servers, ntp_servers })
}

fn read_name_servers(entry: Entry<'_>, findings: &Findings) -> Option<NameServers> {
    let mut others = Vec::new();
    let mut amazon = None;
    for server in servers::<NameServer>(entry, findings)? {
        match server.value {
            NameServer::Amazon => amazon = Some(server.origin),
            NameServer::Other(address) => others.push(address),
        }
    }
    match amazon {
        None => Some(NameServers::Others(others)),
        Some(_) if others.is_empty() => Some(NameServers::Amazon),
        Some(origin) => {
            let problem = format!("`{AMAZON}` stands beside other name servers");
            findings.add(origin.error(problem, "give up to four addresses, or this word alone"));
            None
        }
    }
}

/// One to four servers.
fn servers<T: std::str::FromStr<Err = InvalidValue>>(entry: Entry<'_>, findings: &Findings) -> Option<Vec<Sourced<T>>> {
    let origin = entry.origin();
    let servers = entry.list_of::<T>()?;
    if (1..=SERVERS).contains(&servers.len()) {
        return Some(servers);
    }
    findings.add(origin.error(format!("{} servers are given", servers.len()), format!("AWS takes 1 to {SERVERS}")));
    None
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::config::{Files, resolve_files, starter_zone};
    use crate::values::Label;
    use crate::zone::{DhcpOptions, NameServers, NetworkName};

    const CONTAINER: &str = "blueprints.container.dhcp_options";

    /// What a workload's VPC of the starter zone comes to with these options, or what is wrong.
    fn read(options: &[(&str, &str)]) -> Result<Option<DhcpOptions>, String> {
        let files = Files::from_texts(starter_zone().iter().copied());
        let set: Vec<_> =
            options.iter().map(|(key, value)| (format!("{CONTAINER}.{key}"), (*value).to_owned())).collect();
        let loaded =
            resolve_files(&files, &BTreeMap::new(), &set).map_err(|invalid| invalid.diagnostics[0].problem.clone())?;
        let name = |text| Label::parse(text).unwrap();
        let network = NetworkName { account: name("payments-prod"), network: name("container") };
        Ok(loaded.zone.networks[&network].dhcp_options.clone())
    }

    #[test]
    fn a_vpc_without_the_table_says_nothing() {
        assert_eq!(read(&[]), Ok(None));
    }

    #[test]
    fn options_that_are_left_out_are_as_aws_has_them() {
        let options = read(&[("domain_name", "corp.example.com")]).unwrap().unwrap();
        assert_eq!(options.domain_name_servers, NameServers::Amazon);
        assert_eq!(options.ntp_servers, [] as [std::net::Ipv4Addr; 0]);
        let options = read(&[("domain_name_servers", "10.16.0.11,10.16.0.10")]).unwrap().unwrap();
        let servers = ["10.16.0.11", "10.16.0.10"].map(|one| one.parse().unwrap());
        assert_eq!(options.domain_name_servers, NameServers::Others(servers.to_vec()));
    }

    #[test]
    fn what_aws_would_refuse_is_refused() {
        for (options, problem) in [
            (&[("domain_name", ".example.com")], "`.example.com` is not one domain"),
            (
                &[("domain_name_servers", "AmazonProvidedDNS,10.16.0.10")],
                "`AmazonProvidedDNS` stands beside other name servers",
            ),
            (&[("domain_name_servers", "10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4,10.0.0.5")], "5 servers are given"),
            (&[("ntp_servers", "time.example.com")], "`time.example.com` is not the address of a server"),
            (&[("ntp_servers", "[]")], "0 servers are given"),
            (&[("name_servers", "10.0.0.1")], "unknown key `name_servers`"),
        ] {
            assert_eq!(read(options), Err(problem.to_owned()));
        }
    }
}
