//! The landing zone as a value: accounts, units, networks, tiers, segments, and the address plan.
//!
//! A [`Zone`] is what the files say once every name is resolved and every range allocated. It is complete: whoever reads
//! it has nothing left to decide or to look up, and nothing in it can contradict the files' rules.

#[cfg(test)]
pub(crate) mod sample;

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use serde::Serialize;

use crate::values::{AccountId, Cidr, DomainName, Email, InvalidValue, Label, Region, ZoneId};

pub mod allocate;
pub mod firewall;
pub mod identity;
pub mod invariant;
pub mod lock;
pub mod rebuilt;
pub mod stack;

pub use firewall::{Egress, EgressAddress, EgressProtocol, Firewall, RuleFile, StreamExceptions};
pub use identity::{OtherZone, ZoneIdentity};
pub use invariant::{Invariant, PathClaim, PathTraffic, Place, Waypoint};
pub use stack::{Stack, StackDeletion, StackMember, StackName, StackTarget};

/// A landing zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Zone {
    /// Its name: the value of the tag `lz:zone` on everything that belongs to it.
    pub name: Label,
    /// The region it is built in.
    pub region: Region,
    /// Its Availability Zones, at least two, in the order of the file.
    pub availability_zones: Vec<AvailabilityZone>,
    /// Tags that everything carries, beside lz's own.
    pub tags: BTreeMap<String, String>,
    /// One account, or an organization of many.
    pub layout: Layout,
    /// The accounts besides the management account, by name. In a single-account zone they are names only: everything is
    /// in the account that calls.
    pub accounts: BTreeMap<Label, Account>,
    /// Its VPCs.
    pub networks: BTreeMap<NetworkName, Network>,
    /// Its stacks.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub stacks: BTreeMap<StackName, Stack>,
    /// The transit gateway and its route tables.
    pub transit_gateway: TransitGateway,
    /// Where ranges come from.
    pub addresses: AddressPlan,
    /// Where VPC flow logs go, if anywhere.
    pub flow_logs: Option<FlowLogs>,
    /// What people have written about paths, by name.
    pub invariants: BTreeMap<Label, Invariant>,
}

/// An Availability Zone of the landing zone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct AvailabilityZone {
    /// `az1`, `az2` …: its name in addresses, by its place in the file.
    pub label: Label,
    /// Its id, the same in every account.
    pub id: ZoneId,
}

/// Whether accounts are AWS accounts of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Layout {
    /// Every account of the files is an AWS account in one organization.
    Organization(Organization),
    /// Every VPC lives in the one account whose credentials call; no organization, no sharing.
    SingleAccount,
}

/// The organization's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Organization {
    /// Organizational units: paths of names below the root, each parent listed too.
    pub units: BTreeSet<UnitPath>,
    /// With whom the transit gateway is shared.
    pub share_with: ShareWith,
    /// The role that lz assumes in every account; a vended account is created with it.
    pub role: String,
    /// The external id that the role asks for, if any.
    pub external_id: Option<String>,
}

/// An organizational unit's path below the root, such as `Workloads/Prod`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct UnitPath(Vec<String>);

impl UnitPath {
    /// The unit of these names, outermost first.
    #[must_use]
    pub fn new(names: Vec<String>) -> Option<Self> {
        if names.is_empty() { None } else { Some(Self(names)) }
    }

    /// Parses names joined by slashes, such as `Workloads/Prod`.
    ///
    /// # Errors
    /// Where a name is empty or over 128 characters, or there are more than five levels below the root (Organizations user
    /// guide, "Quotas for AWS Organizations").
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let invalid = |problem: &str| Err(InvalidValue { text: text.to_owned(), problem: problem.to_owned() });
        let names: Vec<String> = text.split('/').map(str::to_owned).collect();
        if names.iter().any(|name| name.trim() != name || !(1..=128).contains(&name.chars().count())) {
            return invalid(
                "is not an organizational unit's path; one looks like Workloads/Prod, each name 1 to 128 characters",
            );
        }
        if names.len() > 5 {
            return invalid("lies too deep; AWS nests organizational units five levels below the root");
        }
        Ok(Self(names))
    }

    /// The names, outermost first.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// The unit's own name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }

    /// The unit above, unless that is the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.0.split_last().and_then(|(_, above)| Self::new(above.to_vec()))
    }
}

impl std::fmt::Display for UnitPath {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(&self.0.join("/"))
    }
}

impl std::str::FromStr for UnitPath {
    type Err = InvalidValue;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// With whom the transit gateway is shared. Never with anybody outside the organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum ShareWith {
    /// Every account of the organization.
    Organization,
    /// The accounts below these units.
    Units(BTreeSet<UnitPath>),
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Its name: the file's name.
    pub name: Label,
    /// The root user's e-mail address; none in a single-account zone.
    pub email: Option<Email>,
    /// The unit it belongs to; none is the root.
    pub unit: Option<UnitPath>,
    /// What it is for.
    pub purpose: Purpose,
    /// Its id, once it is known and pinned.
    pub id: Option<AccountId>,
    /// What its workloads may reach through the firewall. It binds where the zone has a firewall.
    pub egress: Egress,
}

/// What an account is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Purpose {
    /// It owns the transit gateway and the hub's VPCs. A zone has exactly one.
    Networking,
    /// It runs containers.
    Workload {
        /// The segment that its VPCs belong to; none where it has no VPC.
        segment: Option<Label>,
    },
}

/// A VPC's name in the zone: `payments-prod/container`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NetworkName {
    /// The account that owns it.
    pub account: Label,
    /// Its name in that account.
    pub network: Label,
}

impl NetworkName {
    /// Parses `account/network`.
    ///
    /// # Errors
    /// Anything that is not two names with one slash between them.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let problem = || InvalidValue {
            text: text.to_owned(),
            problem: "is not a network's name; one looks like payments-prod/container".to_owned(),
        };
        let (account, network) = text.split_once('/').ok_or_else(problem)?;
        Ok(Self { account: Label::parse(account)?, network: Label::parse(network)? })
    }

    /// The name as one word, for where a slash divides other things: `payments-prod.container`. A label holds no `.`, so
    /// no two VPCs share it.
    #[must_use]
    pub fn joined(&self) -> String {
        format!("{}.{}", self.account, self.network)
    }
}

impl std::fmt::Display for NetworkName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.account, self.network)
    }
}

impl Serialize for NetworkName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A VPC: a blueprint with its names resolved and its ranges allocated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Network {
    /// Its name.
    pub name: NetworkName,
    /// The blueprint it follows.
    pub blueprint: Label,
    /// Its range.
    pub cidr: Cidr,
    /// Its tiers, by name.
    pub tiers: BTreeMap<Label, Tier>,
    /// Its VPC endpoints, by service, such as `ecr.api`.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// True where it has an internet gateway.
    pub internet_gateway: bool,
    /// How it is attached to the transit gateway, if it is.
    pub attachment: Option<Attachment>,
    /// Its firewall, if it has one. Exactly one of its tiers holds the endpoints then.
    pub firewall: Option<Firewall>,
    /// What its hosts learn with their addresses; none for what AWS tells them by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dhcp_options: Option<DhcpOptions>,
}

/// What hosts of a VPC learn with their addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DhcpOptions {
    /// The domain that completes unqualified names.
    pub domain_name: Option<DomainName>,
    /// Who resolves names.
    pub domain_name_servers: NameServers,
    /// The time servers; none for those that the hosts know.
    pub ntp_servers: Vec<Ipv4Addr>,
}

/// Who resolves the names that hosts of a VPC ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum NameServers {
    /// Amazon's own name servers, which know the private names of endpoints.
    Amazon,
    /// Others, the first one first.
    Others(Vec<Ipv4Addr>),
}

#[cfg(test)]
impl Network {
    /// One with nothing in it.
    pub(crate) fn bare(name: NetworkName, blueprint: Label, cidr: Cidr) -> Self {
        Self {
            name,
            blueprint,
            cidr,
            tiers: BTreeMap::new(),
            endpoints: BTreeMap::new(),
            internet_gateway: false,
            attachment: None,
            firewall: None,
            dhcp_options: None,
        }
    }
}

/// Subnets of one purpose, one per Availability Zone, each with a route table of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tier {
    /// Its name.
    pub name: Label,
    /// Its subnets, in the order of the zone's Availability Zones.
    pub subnets: Vec<Subnet>,
    /// The routes of each of its route tables, by destination, besides `local`.
    pub routes: BTreeMap<Cidr, NextHop>,
    /// True where each of its subnets holds a NAT gateway.
    pub nat_gateway: bool,
    /// True where each of its subnets holds an endpoint of the VPC's firewall.
    pub firewall: bool,
}

/// A subnet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subnet {
    /// The Availability Zone it is in.
    pub availability_zone: AvailabilityZone,
    /// Its range.
    pub cidr: Cidr,
}

/// Where a route leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum NextHop {
    /// The zone's transit gateway.
    TransitGateway,
    /// The NAT gateway of the same VPC in the same Availability Zone.
    NatGateway,
    /// The VPC's internet gateway.
    InternetGateway,
    /// The endpoint of the VPC's firewall in the same Availability Zone.
    Firewall,
}

/// A VPC endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Endpoint {
    /// Routes to the service in the route tables of these tiers.
    Gateway {
        /// The tiers.
        tiers: BTreeSet<Label>,
    },
    /// A network interface in each subnet of a tier.
    Interface {
        /// The tier.
        tier: Label,
        /// True where the service's own name resolves to it inside the VPC.
        private_dns: bool,
    },
}

/// How a VPC is attached to the transit gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// The tier whose subnets hold the attachment's interfaces.
    pub tier: Label,
    /// True where both directions of a flow must pass the same zone's interface.
    pub appliance_mode: bool,
}

/// The transit gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TransitGateway {
    /// The account that owns it: the networking account.
    pub account: Label,
    /// The blueprint of its route tables.
    pub topology: Label,
    /// True where the blueprint promises that workloads of different segments cannot reach each other.
    pub isolates_segments: bool,
    /// Its autonomous system number on Amazon's side.
    pub amazon_side_asn: u32,
    /// True where AWS accepts shared attachments by itself; false where lz accepts them.
    pub auto_accept_shared_attachments: bool,
    /// Its route tables, by name.
    pub route_tables: BTreeMap<Label, TransitGatewayRouteTable>,
}

/// A route table of the transit gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TransitGatewayRouteTable {
    /// The VPCs whose packets it routes. A VPC stands in one table's list at most.
    pub associated: BTreeSet<NetworkName>,
    /// The VPCs whose ranges it learns.
    pub propagated: BTreeSet<NetworkName>,
    /// Its static routes, by destination.
    pub routes: BTreeMap<Cidr, TransitGatewayNextHop>,
}

/// Where a static route of the transit gateway leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum TransitGatewayNextHop {
    /// A VPC's attachment.
    Network(NetworkName),
    /// Nowhere: packets are dropped.
    Blackhole,
}

/// Where ranges come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AddressPlan {
    /// The supernet of all workloads' VPCs: what `workloads` means in a route.
    pub workloads: Cidr,
    /// The supernet of the hub's VPCs: what `hub` means in a route.
    pub hub: Cidr,
}

/// Where VPC flow logs go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlowLogs {
    /// The ARN of an S3 bucket (or a folder in one).
    pub bucket_arn: String,
    /// Which traffic is logged.
    pub traffic: Traffic,
}

/// Which traffic a flow log records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Traffic {
    /// What was accepted.
    Accept,
    /// What was rejected.
    Reject,
    /// Both.
    All,
}
