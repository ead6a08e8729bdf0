//! Blueprints of the kind `vpc`: tiers, routes, endpoints, a firewall, and how the VPC is attached.

use std::collections::BTreeMap;

use super::diagnostic::Origin;
use super::firewall_table::{self, FirewallSpec};
use super::read::{Entry, Findings, Sourced, Table, label_key};
use crate::values::{Cidr, InvalidValue, Label};

/// A VPC's settings, the blueprint's with the account's laid over them, as far as they could be read.
pub(super) struct VpcSpec {
    pub(super) origin: Origin,
    pub(super) prefix_length: Option<Sourced<u8>>,
    pub(super) internet_gateway: Option<Sourced<bool>>,
    pub(super) tiers: BTreeMap<Label, TierSpec>,
    pub(super) attachment: Option<AttachmentSpec>,
    pub(super) endpoints: BTreeMap<String, EndpointSpec>,
    pub(super) firewall: Option<FirewallSpec>,
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
    let spec = VpcSpec {
        origin,
        prefix_length,
        internet_gateway,
        tiers: tiers.map(|table| read_tiers(table, findings)).unwrap_or_default(),
        attachment: attachment.map(read_attachment),
        endpoints: endpoints.map(|table| read_endpoints(table, findings)).unwrap_or_default(),
        firewall: firewall.map(|table| firewall_table::read(table, findings)),
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
