//! A landing zone to test with: the reference architecture.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::{
    Account, AddressPlan, Attachment, AvailabilityZone, Egress, EgressAddress, EgressProtocol, Endpoint, Firewall,
    FlowLogs, Layout, Network, NetworkName, NextHop, Organization, Purpose, RuleFile, ShareWith, StreamExceptions,
    Subnet, Tier, Traffic, TransitGateway, TransitGatewayNextHop, TransitGatewayRouteTable, UnitPath, Zone,
};
use crate::values::{Cidr, DomainName, Email, Label, Region, ZoneId};

/// The route tables of the sample's transit gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topology {
    /// A table per segment, and one for each of the hub's VPCs.
    Segmented,
    /// One table for all.
    Flat,
}

/// The first workloads, by name, segment and unit; further ones are in the segment prod.
const WORKLOADS: [(&str, &str, &str); 3] =
    [("payments-prod", "prod", "Prod"), ("orders-prod", "prod", "Prod"), ("payments-dev", "dev", "NonProd")];

/// An organization with a hub and workloads over 2 to 4 Availability Zones. The workloads are `payments-prod`,
/// `orders-prod`, `payments-dev`, `workload-4` and so on; shared attachments are accepted by AWS.
pub(crate) fn sample(topology: Topology, availability_zones: usize, workloads: usize) -> Zone {
    assert!((2..=4).contains(&availability_zones), "the sample's tiers are cut for 2 to 4 Availability Zones");
    let zones: Vec<_> = (1..=availability_zones)
        .map(|number| AvailabilityZone {
            label: label(&format!("az{number}")),
            id: ZoneId::parse(&format!("use1-az{number}")).unwrap(),
        })
        .collect();
    let accounts: BTreeMap<_, _> = std::iter::once(networking())
        .chain((0..workloads).map(workload))
        .map(|account| (account.name.clone(), account))
        .collect();
    let containers = (0..workloads).map(|index| container(index, &zones));
    let networks: BTreeMap<_, _> =
        [ingress(&zones), egress(&zones)].into_iter().chain(containers).map(|each| (each.name.clone(), each)).collect();
    let route_tables = match topology {
        Topology::Segmented => segmented(&accounts, &networks),
        Topology::Flat => flat(&networks),
    };
    Zone {
        name: label("sample"),
        region: Region::parse("us-east-1").unwrap(),
        availability_zones: zones,
        tags: BTreeMap::from([("team".to_owned(), "network".to_owned())]),
        layout: Layout::Organization(organization()),
        accounts,
        networks,
        stacks: BTreeMap::new(),
        transit_gateway: TransitGateway {
            account: label("networking"),
            topology: label(if topology == Topology::Segmented { "segmented" } else { "flat" }),
            isolates_segments: topology == Topology::Segmented,
            amazon_side_asn: 64512,
            auto_accept_shared_attachments: true,
            route_tables,
        },
        addresses: AddressPlan { workloads: cidr("10.32.0.0/11"), hub: cidr("10.0.0.0/16") },
        flow_logs: Some(FlowLogs { bucket_arn: "arn:aws:s3:::sample-flow-logs".to_owned(), traffic: Traffic::All }),
        invariants: BTreeMap::new(),
    }
}

/// The same zone without its firewall: packets go from the transit gateway to the NAT gateways and back.
pub(crate) fn uninspected(mut zone: Zone) -> Zone {
    let egress = zone.networks.get_mut(&network_name("networking", "egress")).unwrap();
    egress.firewall = None;
    egress.tiers.remove(&label("firewall"));
    let mut turn = |tier: &str, destination: &str, next_hop| {
        egress.tiers.get_mut(&label(tier)).unwrap().routes.insert(cidr(destination), next_hop);
    };
    turn("transit", "0.0.0.0/0", NextHop::NatGateway);
    turn("public", "10.32.0.0/11", NextHop::TransitGateway);
    zone
}

/// The same zone with its firewall in a VPC of its own: the transit gateway brings what leaves there first, and from there to
/// the NAT gateways of the egress VPC. Answers come back the same way.
pub(crate) fn inspected_apart(zone: Zone) -> Zone {
    let mut zone = uninspected(zone);
    let (inspection, egress) = (network_name("networking", "inspection"), network_name("networking", "egress"));
    let attachment = zone.networks.get_mut(&egress).and_then(|network| network.attachment.as_mut());
    attachment.unwrap().appliance_mode = false;
    let draft = Draft { first: Ipv4Addr::new(10, 0, 32, 0), zones: &zone.availability_zones };
    let out = draft.tier("firewall", 1024, 28, &[("0.0.0.0/0", NextHop::TransitGateway)]);
    let transit = draft.tier("transit", 3072, 28, &[("0.0.0.0/0", NextHop::Firewall)]);
    let network = Network {
        attachment: Some(Attachment { tier: label("transit"), appliance_mode: true }),
        firewall: Some(firewall()),
        ..draft.network(inspection.clone(), "inspection", vec![Tier { firewall: true, ..out }, transit])
    };
    zone.networks.insert(inspection.clone(), network);
    let workloads = zone.networks.keys().filter(|name| name.account != label("networking")).cloned().collect();
    let tables = &mut zone.transit_gateway.route_tables;
    for table in tables.values_mut().filter(|table| table.routes.contains_key(&Cidr::EVERYWHERE)) {
        table.routes.insert(Cidr::EVERYWHERE, TransitGatewayNextHop::Network(inspection.clone()));
    }
    let routes =
        |to: &str, via: &NetworkName| BTreeMap::from([(cidr(to), TransitGatewayNextHop::Network(via.clone()))]);
    let outward = TransitGatewayRouteTable {
        associated: BTreeSet::from([inspection.clone()]),
        propagated: workloads,
        routes: routes("0.0.0.0/0", &egress),
    };
    tables.insert(label("inspection"), outward);
    let inward = TransitGatewayRouteTable {
        associated: BTreeSet::from([egress]),
        propagated: BTreeSet::new(),
        routes: routes("10.32.0.0/11", &inspection),
    };
    tables.insert(label("egress"), inward);
    zone
}

/// The same zone whose accounts list nothing that they may reach.
pub(crate) fn listing_nothing(mut zone: Zone) -> Zone {
    zone.accounts.values_mut().for_each(|account| account.egress = Egress::default());
    zone
}

/// The same zone with every VPC in one account.
pub(crate) fn in_one_account(mut zone: Zone) -> Zone {
    zone.layout = Layout::SingleAccount;
    for account in zone.accounts.values_mut() {
        account.email = None;
        account.unit = None;
    }
    zone
}

/// The name of the VPC `network` of `account`.
pub(crate) fn network_name(account: &str, network: &str) -> NetworkName {
    NetworkName { account: label(account), network: label(network) }
}

/// The unit of these names, outermost first.
pub(crate) fn unit(names: &[&str]) -> UnitPath {
    UnitPath::new(names.iter().map(|name| (*name).to_owned()).collect()).unwrap()
}

fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}

fn cidr(text: &str) -> Cidr {
    Cidr::parse(text).unwrap()
}

fn organization() -> Organization {
    Organization {
        units: BTreeSet::from([
            unit(&["Infrastructure"]),
            unit(&["Security"]),
            unit(&["Workloads"]),
            unit(&["Workloads", "Prod"]),
            unit(&["Workloads", "NonProd"]),
            unit(&["Suspended"]),
        ]),
        share_with: ShareWith::Organization,
        role: "OrganizationAccountAccessRole".to_owned(),
        external_id: None,
    }
}

fn networking() -> Account {
    account("networking", unit(&["Infrastructure"]), Purpose::Networking)
}

/// Each workload may reach a domain of its own, and an address that they all share.
fn workload(index: usize) -> Account {
    let (_, segment, below) = WORKLOADS.get(index).copied().unwrap_or(("", "prod", "Prod"));
    let name = workload_name(index);
    let address = EgressAddress { to: cidr("203.0.113.10/32"), protocol: EgressProtocol::Icmp };
    let egress = Egress {
        domains: BTreeSet::from([DomainName::parse(&format!("{name}.example.com")).unwrap()]),
        addresses: BTreeSet::from([address]),
    };
    let purpose = Purpose::Workload { segment: Some(label(segment)) };
    Account { egress, ..account(&name, unit(&["Workloads", below]), purpose) }
}

fn workload_name(index: usize) -> String {
    WORKLOADS.get(index).map_or_else(|| format!("workload-{}", index + 1), |(name, ..)| (*name).to_owned())
}

fn account(name: &str, unit: UnitPath, purpose: Purpose) -> Account {
    let email = Email::parse(&format!("aws+{name}@example.com")).unwrap();
    Account { name: label(name), email: Some(email), unit: Some(unit), purpose, id: None, egress: Egress::default() }
}

/// A VPC of 4096 addresses, cut into tiers by hand.
struct Draft<'zones> {
    first: Ipv4Addr,
    zones: &'zones [AvailabilityZone],
}

impl Draft<'_> {
    /// A tier whose subnets lie one after the other from `offset`.
    fn tier(&self, name: &str, offset: u32, prefix_length: u8, routes: &[(&str, NextHop)]) -> Tier {
        let subnets = self.zones.iter().zip(0_u32..).map(|(zone, index)| {
            let first = u32::from(self.first) + offset + index * (1 << (32 - prefix_length));
            Subnet { availability_zone: zone.clone(), cidr: Cidr::holding(first.into(), prefix_length).unwrap() }
        });
        Tier {
            name: label(name),
            subnets: subnets.collect(),
            routes: routes.iter().map(|(destination, next_hop)| (cidr(destination), *next_hop)).collect(),
            nat_gateway: false,
            firewall: false,
        }
    }

    fn network(&self, name: NetworkName, blueprint: &str, tiers: Vec<Tier>) -> Network {
        Network {
            tiers: tiers.into_iter().map(|tier| (tier.name.clone(), tier)).collect(),
            attachment: Some(Attachment { tier: label("transit"), appliance_mode: false }),
            ..Network::bare(name, label(blueprint), Cidr::holding(self.first, 20).unwrap())
        }
    }
}

fn ingress(zones: &[AvailabilityZone]) -> Network {
    let draft = Draft { first: Ipv4Addr::new(10, 0, 0, 0), zones };
    let private = draft.tier("private", 0, 24, &[("10.32.0.0/11", NextHop::TransitGateway)]);
    draft.network(network_name("networking", "ingress"), "ingress", vec![private, draft.tier("transit", 3072, 28, &[])])
}

fn egress(zones: &[AvailabilityZone]) -> Network {
    let draft = Draft { first: Ipv4Addr::new(10, 0, 16, 0), zones };
    let tier =
        |name: &str, offset, out, back| draft.tier(name, offset, 28, &[("0.0.0.0/0", out), ("10.32.0.0/11", back)]);
    let public = Tier { nat_gateway: true, ..tier("public", 0, NextHop::InternetGateway, NextHop::Firewall) };
    let inspected = Tier { firewall: true, ..tier("firewall", 1024, NextHop::NatGateway, NextHop::TransitGateway) };
    let transit = draft.tier("transit", 3072, 28, &[("0.0.0.0/0", NextHop::Firewall)]);
    Network {
        internet_gateway: true,
        attachment: Some(Attachment { tier: label("transit"), appliance_mode: true }),
        firewall: Some(firewall()),
        ..draft.network(network_name("networking", "egress"), "egress", vec![public, inspected, transit])
    }
}

fn firewall() -> Firewall {
    let rules = "drop tcp $HOME_NET any -> $EXTERNAL_NET 445 (msg:\"SMB\"; sid:1;)\n".to_owned();
    Firewall {
        rule_files: vec![RuleFile { name: label("baseline"), rules }],
        rule_capacity: 500,
        segments: BTreeSet::from([label("prod"), label("dev")]),
        workload_capacity: 2000,
        home_net: BTreeSet::from([cidr("10.32.0.0/11")]),
        stream_exceptions: StreamExceptions::Drop,
        log_retention_days: Some(90),
        delete_protection: true,
        subnet_change_protection: true,
        policy_change_protection: true,
    }
}

fn container(index: usize, zones: &[AvailabilityZone]) -> Network {
    let first = u32::from(Ipv4Addr::new(10, 32, 0, 0)) + 4096 * u32::try_from(index).unwrap();
    let draft = Draft { first: first.into(), zones };
    let hub_and_workloads = [("10.0.0.0/16", NextHop::TransitGateway), ("10.32.0.0/11", NextHop::TransitGateway)];
    let tiers = vec![
        draft.tier("private", 0, 23, &[("0.0.0.0/0", NextHop::TransitGateway)]),
        draft.tier("data", 2048, 24, &hub_and_workloads),
        draft.tier("transit", 3072, 28, &[]),
    ];
    let interface =
        |service: &str| (service.to_owned(), Endpoint::Interface { tier: label("private"), private_dns: true });
    let s3 = Endpoint::Gateway { tiers: BTreeSet::from([label("private"), label("data")]) };
    Network {
        endpoints: ["ecr.api", "ecr.dkr", "ecs", "logs"]
            .map(interface)
            .into_iter()
            .chain([("s3".to_owned(), s3)])
            .collect(),
        ..draft.network(network_name(&workload_name(index), "container"), "container", tiers)
    }
}

fn segmented(
    accounts: &BTreeMap<Label, Account>,
    networks: &BTreeMap<NetworkName, Network>,
) -> BTreeMap<Label, TransitGatewayRouteTable> {
    let ingress = BTreeSet::from([network_name("networking", "ingress")]);
    let egress = network_name("networking", "egress");
    let workloads = || networks.keys().filter(|name| name.account != label("networking")).cloned();
    let in_segment = |segment: &str| {
        let purpose = Purpose::Workload { segment: Some(label(segment)) };
        workloads().filter(|name| accounts[&name.account].purpose == purpose).collect()
    };
    let spokes = |segment: &str| {
        let private = ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"];
        let mut routes: BTreeMap<_, _> =
            private.into_iter().map(|range| (cidr(range), TransitGatewayNextHop::Blackhole)).collect();
        routes.insert(Cidr::EVERYWHERE, TransitGatewayNextHop::Network(egress.clone()));
        let table = TransitGatewayRouteTable { associated: in_segment(segment), propagated: ingress.clone(), routes };
        (label(&format!("spokes-{segment}")), table)
    };
    let of_hub = |name: &str, associated| {
        let propagated = workloads().collect();
        (label(name), TransitGatewayRouteTable { associated, propagated, routes: BTreeMap::new() })
    };
    BTreeMap::from([
        spokes("prod"),
        spokes("dev"),
        of_hub("egress", BTreeSet::from([egress.clone()])),
        of_hub("ingress", ingress.clone()),
    ])
}

fn flat(networks: &BTreeMap<NetworkName, Network>) -> BTreeMap<Label, TransitGatewayRouteTable> {
    let all: BTreeSet<_> = networks.keys().cloned().collect();
    let egress = TransitGatewayNextHop::Network(network_name("networking", "egress"));
    let routes = BTreeMap::from([(Cidr::EVERYWHERE, egress)]);
    BTreeMap::from([(label("main"), TransitGatewayRouteTable { associated: all.clone(), propagated: all, routes })])
}
