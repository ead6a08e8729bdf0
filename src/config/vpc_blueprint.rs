//! Blueprints of the kind `vpc`: tiers, routes, endpoints, a firewall, DHCP options, and how the VPC is attached.

use std::collections::BTreeMap;

use super::dhcp_options_table;
use super::diagnostic::Origin;
use super::findings::{Findings, Read};
use super::firewall_table::{self, FirewallSpec};
use super::keys::{account, vpc as keys};
use super::read::{Sourced, Table, label_key};
use super::shape::Names;
use crate::values::{Cidr, InvalidValue, Label};
use crate::zone::DhcpOptions;

/// A VPC's settings, the blueprint's with the account's laid over them, as far as they could be read.
pub(super) struct VpcSpec {
    pub(super) origin: Origin,
    pub(super) prefix_length: Read<Sourced<u8>>,
    pub(super) internet_gateway: Read<Sourced<bool>>,
    pub(super) tiers: Read<BTreeMap<Label, TierSpec>>,
    pub(super) attachment: Read<Option<AttachmentSpec>>,
    pub(super) endpoints: BTreeMap<String, EndpointSpec>,
    pub(super) firewall: Read<Option<FirewallSpec>>,
    pub(super) dhcp_options: Read<Option<DhcpOptions>>,
}

impl VpcSpec {
    /// The tiers that could be read, by name.
    pub(super) fn tiers(&self) -> impl Iterator<Item = (&Label, &TierSpec)> {
        self.tiers.iter().flatten()
    }

    /// The attachment, if the VPC has one that could be read.
    pub(super) fn attachment(&self) -> Option<&AttachmentSpec> {
        self.attachment.as_ref().ok()?.as_ref()
    }

    /// The firewall, if the VPC has one that could be read.
    pub(super) fn firewall(&self) -> Option<&FirewallSpec> {
        self.firewall.as_ref().ok()?.as_ref()
    }
}

/// A tier's settings.
pub(super) struct TierSpec {
    pub(super) origin: Origin,
    pub(super) prefix_length: Read<Sourced<u8>>,
    pub(super) nat_gateway: Read<Sourced<bool>>,
    pub(super) firewall: Read<Sourced<bool>>,
    pub(super) routes: Vec<Read<RouteSpec>>,
}

impl TierSpec {
    /// The routes that could be read.
    pub(super) fn routes(&self) -> impl Iterator<Item = &RouteSpec> {
        self.routes.iter().flatten()
    }
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
    pub(super) tier: Read<Sourced<Label>>,
    pub(super) appliance_mode: Read<Sourced<bool>>,
}

/// An endpoint.
pub(super) enum EndpointSpec {
    Gateway { origin: Origin, tiers: Vec<Sourced<Label>> },
    Interface { origin: Origin, tier: Sourced<Label>, private_dns: bool },
}

/// What `type` of an endpoint says.
#[derive(Debug, Clone, Copy)]
pub(super) enum EndpointWord {
    Gateway,
    Interface,
}

/// Reads a VPC's settings from a blueprint's document, or from that of an account's network over its blueprint.
pub(super) fn read(root: Table<'_>, findings: &Findings) -> VpcSpec {
    // The kind was judged where the blueprint was looked up; blueprint and range are read with the account's file.
    root.has(&keys::KIND);
    if root.is_network() {
        root.has(&account::BLUEPRINT_OF_NETWORK);
        root.has(&account::CIDR_OF_NETWORK);
    }
    let endpoints = root.optional(&keys::ENDPOINTS).ok().flatten();
    let spec = VpcSpec {
        origin: root.origin(),
        prefix_length: root.required(&keys::PREFIX_LENGTH_OF_VPC),
        internet_gateway: root.defaulted(&keys::INTERNET_GATEWAY),
        tiers: root.required(&keys::TIERS).map(|tables| read_tiers(tables, findings)),
        attachment: root.optional(&keys::ATTACHMENT).map(|table| table.map(read_attachment)),
        endpoints: endpoints.map(|tables| read_endpoints(tables, findings)).unwrap_or_default(),
        firewall: root.optional(&keys::FIREWALL).map(|table| table.map(|table| firewall_table::read(table, findings))),
        dhcp_options: root
            .optional(&keys::DHCP_OPTIONS)
            .and_then(|table| table.map(|table| dhcp_options_table::read(table, findings)).transpose()),
    };
    root.finish();
    spec
}

fn read_tiers(tables: Names<Table<'_>>, findings: &Findings) -> BTreeMap<Label, TierSpec> {
    let mut tiers = BTreeMap::new();
    for (key, table) in tables.entries {
        let (Ok(name), Ok(tier)) = (label_key(&key, findings), table) else { continue };
        let routes = match tier.defaulted(&keys::ROUTES) {
            Ok(routes) => routes.value.into_iter().map(|table| read_route(table?)).collect(),
            Err(reported) => vec![Err(reported)],
        };
        let spec = TierSpec {
            origin: tier.origin(),
            prefix_length: tier.required(&keys::PREFIX_LENGTH_OF_TIER),
            nat_gateway: tier.defaulted(&keys::NAT_GATEWAY),
            firewall: tier.defaulted(&keys::FIREWALL_OF_TIER),
            routes,
        };
        tier.finish();
        tiers.insert(name, spec);
    }
    tiers
}

fn read_route(table: Table<'_>) -> Read<RouteSpec> {
    let (to, via) = (table.required(&keys::TO), table.required(&keys::VIA));
    table.finish();
    Ok(RouteSpec { to: to?, via: via? })
}

fn read_attachment(table: Table<'_>) -> AttachmentSpec {
    let spec = AttachmentSpec {
        tier: table.required(&keys::TIER_OF_ATTACHMENT),
        appliance_mode: table.defaulted(&keys::APPLIANCE_MODE),
    };
    table.finish();
    spec
}

fn read_endpoints(tables: Names<Table<'_>>, findings: &Findings) -> BTreeMap<String, EndpointSpec> {
    let mut endpoints = BTreeMap::new();
    for (key, table) in tables.entries {
        let legal = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit() || ".-_".contains(one);
        if key.value.is_empty() || !key.value.chars().all(legal) {
            findings.refuse(key.origin.error(
                format!("`{}` is not a service's name", key.value),
                "give what follows the region in the endpoint service's name: `ecr.api` of com.amazonaws.eu-west-1.ecr.api",
            ));
            continue;
        }
        if let Ok(endpoint) = table.and_then(|table| read_endpoint(&key, table, findings)) {
            endpoints.insert(key.value, endpoint);
        }
    }
    endpoints
}

fn read_endpoint(service: &Sourced<String>, table: Table<'_>, findings: &Findings) -> Read<EndpointSpec> {
    if let Some(inner) = table.first_table().filter(|_| !table.has(&keys::TYPE)) {
        return Err(findings.refuse(service.origin.error(
            format!("`{}` and `{inner}` are two keys here; TOML divides a name at its dots", service.value),
            format!("quote the service's name: [endpoints.\"{}.{inner}\"]", service.value),
        )));
    }
    let origin = table.origin();
    let has_gateway = ["s3", "dynamodb"].contains(&service.value.as_str());
    match table.required(&keys::TYPE)?.value {
        EndpointWord::Gateway => {
            // The only services with gateway endpoints (AWS PrivateLink guide, "Gateway endpoints").
            if !has_gateway {
                let problem = format!("AWS has no gateway endpoint for `{}`", service.value);
                let hint = "only s3 and dynamodb have one; use `type = \"interface\"`";
                findings.refuse(service.origin.error(problem, hint));
            }
            let table = table.with(&keys::GATEWAY_ENDPOINT);
            let tiers = table.required(&keys::TIERS_OF_ENDPOINT);
            table.finish();
            Ok(EndpointSpec::Gateway { origin, tiers: tiers?.value })
        }
        EndpointWord::Interface => {
            // AWS has them, with rules of their own for private names, which lz does not know.
            if has_gateway {
                let problem = format!("lz makes no interface endpoint for `{}`", service.value);
                findings.refuse(service.origin.error(problem, "use `type = \"gateway\"`, which costs nothing"));
            }
            let table = table.with(&keys::INTERFACE_ENDPOINT);
            let (tier, private_dns) = (table.required(&keys::TIER_OF_ENDPOINT), table.defaulted(&keys::PRIVATE_DNS));
            table.finish();
            Ok(EndpointSpec::Interface { origin, tier: tier?, private_dns: private_dns?.value })
        }
    }
}
