//! Networks by hand, for tests: a builder, and the reference architecture made with it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::network::{
    AclRule, AttachedResource, Attachment, AttachmentState, Direction, EndpointKind, Firewall, InterfaceKind,
    InternetGateway, NatGateway, NetworkAcl, NetworkInterface, PeeringConnection, Ports, PrefixList, ProtocolMatch,
    Route, RouteDestination, RouteOrigin, RouteTable, RouteTarget, SecurityGroup, SecurityGroupPeer, SecurityGroupRule,
    Subnet, TransitGateway, TransitGatewayRoute, TransitGatewayRouteTable, TransitGatewayTarget, VirtualPrivateGateway,
    Vpc, VpcEndpoint, VpcRouteOrigin,
};
use super::{Network, ObjectId};
use crate::firewall::{Action, AddressMatch, DefaultAction, Policy, PortMatch, Rule, RuleGroup, RuleProtocol};
use crate::values::{Cidr, ZoneId};

/// An id.
pub(crate) fn id(text: &str) -> ObjectId {
    ObjectId::from(text)
}

/// A range.
pub(crate) fn cidr(text: &str) -> Cidr {
    Cidr::parse(text).unwrap()
}

/// An address.
pub(crate) fn address(text: &str) -> Ipv4Addr {
    text.parse().unwrap()
}

/// A zone, `euw1-az1` and so on.
pub(crate) fn zone(number: u8) -> ZoneId {
    ZoneId::parse(&format!("euw1-az{number}")).unwrap()
}

/// A route's target: what the id begins with says which kind.
pub(crate) fn target(text: &str) -> RouteTarget {
    let (kind, _) = text.split_once('-').unwrap_or((text, ""));
    match kind {
        "local" => RouteTarget::Local,
        "igw" => RouteTarget::InternetGateway(id(text)),
        "nat" => RouteTarget::NatGateway(id(text)),
        "tgw" => RouteTarget::TransitGateway(id(text)),
        "vpce" => RouteTarget::VpcEndpoint(id(text)),
        "eni" => RouteTarget::NetworkInterface(id(text)),
        "pcx" => RouteTarget::PeeringConnection(id(text)),
        "vgw" => RouteTarget::VirtualPrivateGateway(id(text)),
        _ => RouteTarget::Other(text.to_owned()),
    }
}

/// A policy in strict order that drops what no rule passes, and passes flows from some sources.
pub(crate) fn policy_that_passes(sources: &[&str]) -> Policy {
    let rule = |(place, source): (usize, &&str)| Rule {
        action: Action::Pass,
        protocol: RuleProtocol::Ip,
        source: AddressMatch::Range(cidr(source)),
        source_ports: PortMatch::Any,
        both_directions: false,
        destination: AddressMatch::Any,
        destination_ports: PortMatch::Any,
        sid: u32::try_from(place).unwrap() + 1,
        message: None,
        metadata: Vec::new(),
        conditions: Vec::new(),
        line: place + 1,
    };
    let rules = sources.iter().enumerate().map(rule).collect();
    Policy {
        groups: vec![RuleGroup { name: "workloads".into(), rules, address_variables: BTreeMap::new() }],
        defaults: BTreeSet::from([DefaultAction::DropEstablished]),
        ..Policy::default()
    }
}

/// Makes a network piece by piece. Every subnet has a table of its own, `rtb-` and the subnet's id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Builder {
    /// What is made so far.
    pub(crate) network: Network,
}

impl Builder {
    /// A VPC.
    pub(crate) fn vpc(&mut self, name: &str, ranges: &[&str]) -> &mut Self {
        let ranges = ranges.iter().map(|range| cidr(range)).collect();
        self.network.vpcs.insert(id(name), Vpc { id: id(name), account: name.to_owned(), ranges });
        self
    }

    /// A subnet, and its table with the local routes.
    pub(crate) fn subnet(&mut self, name: &str, vpc: &str, range: &str, zone: ZoneId) -> &mut Self {
        let table = id(&format!("rtb-{name}"));
        let local = |range: &Cidr| Route {
            destination: RouteDestination::Range(*range),
            target: RouteTarget::Local,
            origin: VpcRouteOrigin::Local,
            blackhole: false,
        };
        let routes = self.network.vpcs[&id(vpc)].ranges.iter().map(local).collect();
        self.network
            .route_tables
            .insert(table.clone(), RouteTable { id: table.clone(), vpc: id(vpc), routes, edge_of: None });
        let (route_table, network_acl) = (Some(table), None);
        let subnet = Subnet { id: id(name), vpc: id(vpc), range: cidr(range), zone, route_table, network_acl };
        self.network.subnets.insert(id(name), subnet);
        self
    }

    /// A route of a subnet's table: to a range, or to a prefix list (`pl-…`).
    pub(crate) fn route(&mut self, subnet: &str, to: &str, via: &str) -> &mut Self {
        self.route_of(&format!("rtb-{subnet}"), to, via, VpcRouteOrigin::Static)
    }

    /// A route of any table.
    pub(crate) fn route_of(&mut self, table: &str, to: &str, via: &str, origin: VpcRouteOrigin) -> &mut Self {
        let destination = destination(to);
        let route = Route { destination, target: target(via), origin, blackhole: false };
        self.network.route_tables.get_mut(&id(table)).unwrap().routes.push(route);
        self
    }

    /// Takes a route out of a subnet's table.
    pub(crate) fn without_route(&mut self, subnet: &str, to: &str) -> &mut Self {
        let table = self.network.route_tables.get_mut(&id(&format!("rtb-{subnet}"))).unwrap();
        let before = table.routes.len();
        table.routes.retain(|route| route.destination != destination(to));
        assert!(table.routes.len() < before, "{subnet} has no route to {to}");
        self
    }

    /// An edge table of a gateway, with the local routes of its VPC.
    pub(crate) fn edge_table(&mut self, name: &str, vpc: &str, gateway: &str) -> &mut Self {
        let table = RouteTable { id: id(name), vpc: id(vpc), routes: Vec::new(), edge_of: Some(id(gateway)) };
        self.network.route_tables.insert(id(name), table);
        for range in self.network.vpcs[&id(vpc)].ranges.clone() {
            self.route_of(name, &range.to_string(), "local", VpcRouteOrigin::Local);
        }
        self
    }

    /// An internet gateway.
    pub(crate) fn internet_gateway(&mut self, name: &str, vpc: &str) -> &mut Self {
        let gateway = InternetGateway { id: id(name), vpc: Some(id(vpc)) };
        self.network.internet_gateways.insert(id(name), gateway);
        self
    }

    /// A virtual private gateway.
    pub(crate) fn virtual_private_gateway(&mut self, name: &str, vpc: &str) -> &mut Self {
        let gateway = VirtualPrivateGateway { id: id(name), vpc: Some(id(vpc)) };
        self.network.virtual_private_gateways.insert(id(name), gateway);
        self
    }

    /// A public NAT gateway that is only planned.
    pub(crate) fn nat_gateway(&mut self, name: &str, subnet: &str) -> &mut Self {
        let nat =
            NatGateway { id: id(name), subnet: id(subnet), private_address: None, public: true, public_address: None };
        self.network.nat_gateways.insert(id(name), nat);
        self
    }

    /// A network firewall: its endpoints by the subnets that they are in.
    pub(crate) fn firewall(&mut self, name: &str, endpoints: &[(&str, &str)], policy: Policy) -> &mut Self {
        let mut by_zone = BTreeMap::new();
        let mut vpc = None;
        for (endpoint, subnet) in endpoints {
            let subnet = self.network.subnets[&id(subnet)].clone();
            by_zone.insert(subnet.zone, id(endpoint));
            let kind = EndpointKind::GatewayLoadBalancer { subnet: subnet.id };
            self.endpoint(endpoint, subnet.vpc.as_str(), "com.amazonaws.vpce.eu-west-1.vpce-svc-0", kind);
            vpc = Some(subnet.vpc);
        }
        let firewall = Firewall { id: id(name), vpc: vpc.unwrap(), endpoints: by_zone, policy };
        self.network.firewalls.insert(id(name), firewall);
        self
    }

    /// A VPC endpoint.
    pub(crate) fn endpoint(&mut self, name: &str, vpc: &str, service: &str, kind: EndpointKind) -> &mut Self {
        let endpoint = VpcEndpoint { id: id(name), vpc: id(vpc), service: service.to_owned(), kind };
        self.network.vpc_endpoints.insert(id(name), endpoint);
        self
    }

    /// A prefix list.
    pub(crate) fn prefix_list(&mut self, list: &str, name: &str, ranges: &[&str]) -> &mut Self {
        let ranges = ranges.iter().map(|range| cidr(range)).collect();
        self.network.prefix_lists.insert(id(list), PrefixList { id: id(list), name: name.to_owned(), ranges });
        self
    }

    /// A peering connection.
    pub(crate) fn peering(&mut self, name: &str, requester: &str, accepter: &str) -> &mut Self {
        let peering = PeeringConnection { id: id(name), requester: id(requester), accepter: id(accepter) };
        self.network.peering_connections.insert(id(name), peering);
        self
    }

    /// A transit gateway with its route tables.
    pub(crate) fn transit_gateway(&mut self, name: &str, tables: &[&str]) -> &mut Self {
        let gateway = TransitGateway { id: id(name), account: "networking".into() };
        self.network.transit_gateways.insert(id(name), gateway);
        for table in tables {
            let (routes, propagations) = (Vec::new(), BTreeSet::new());
            let table = TransitGatewayRouteTable {
                id: id(table),
                transit_gateway: id(name),
                routes,
                propagations,
                known: true,
            };
            self.network.transit_gateway_route_tables.insert(table.id.clone(), table);
        }
        self
    }

    /// An attachment of the VPC that some subnets are in, associated with a table.
    pub(crate) fn attach(&mut self, name: &str, gateway: &str, subnets: &[&str], table: &str) -> &mut Self {
        let vpc = self.network.subnets[&id(subnets[0])].vpc.clone();
        let subnets = subnets.iter().map(|subnet| id(subnet)).collect();
        self.attachment(name, gateway, AttachedResource::Vpc { vpc, subnets, appliance_mode: false }, table)
    }

    /// An attachment.
    pub(crate) fn attachment(&mut self, name: &str, gateway: &str, of: AttachedResource, table: &str) -> &mut Self {
        let attachment = Attachment {
            id: id(name),
            transit_gateway: id(gateway),
            resource: of,
            state: AttachmentState::Available,
            association: Some(id(table)),
        };
        self.network.attachments.insert(id(name), attachment);
        self
    }

    /// Appliance mode of a VPC's attachment.
    pub(crate) fn appliance_mode(&mut self, attachment: &str, on: bool) -> &mut Self {
        match &mut self.network.attachments.get_mut(&id(attachment)).unwrap().resource {
            AttachedResource::Vpc { appliance_mode, .. } => *appliance_mode = on,
            AttachedResource::Other { .. } => panic!("{attachment} is of no VPC"),
        }
        self
    }

    /// Lets a VPC's attachment propagate into a table: a route per range, but for those that are there already.
    pub(crate) fn propagate(&mut self, attachment: &str, table: &str) -> &mut Self {
        let AttachedResource::Vpc { vpc, .. } = &self.network.attachments[&id(attachment)].resource else {
            panic!("{attachment} is of no VPC");
        };
        let ranges = self.network.vpcs[vpc].ranges.clone();
        let table = self.network.transit_gateway_route_tables.get_mut(&id(table)).unwrap();
        table.propagations.insert(id(attachment));
        for range in ranges {
            let destination = RouteDestination::Range(range);
            if table.routes.iter().all(|route| route.destination != destination || route.origin != RouteOrigin::Vpc) {
                let target = TransitGatewayTarget::Attachment(id(attachment));
                table.routes.push(TransitGatewayRoute { destination, target, origin: RouteOrigin::Vpc });
            }
        }
        self
    }

    /// A static route of a transit gateway's table: to an attachment, or a `blackhole`.
    pub(crate) fn transit_route(&mut self, table: &str, to: &str, via: &str) -> &mut Self {
        let target = match via {
            "blackhole" => TransitGatewayTarget::Blackhole,
            attachment => TransitGatewayTarget::Attachment(id(attachment)),
        };
        let route = TransitGatewayRoute { destination: destination(to), target, origin: RouteOrigin::Static };
        self.network.transit_gateway_route_tables.get_mut(&id(table)).unwrap().routes.push(route);
        self
    }

    /// Takes a route out of a transit gateway's table.
    pub(crate) fn without_transit_route(&mut self, table: &str, to: &str) -> &mut Self {
        let table = self.network.transit_gateway_route_tables.get_mut(&id(table)).unwrap();
        let before = table.routes.len();
        table.routes.retain(|route| route.destination != destination(to));
        assert!(table.routes.len() < before, "no route to {to}");
        self
    }

    /// A network ACL of some subnets. Each rule: direction, number, `allow`, the other side, and what it matches.
    pub(crate) fn acl(
        &mut self,
        name: &str,
        subnets: &[&str],
        rules: &[(Direction, u16, bool, &str, ProtocolMatch, Ports)],
    ) -> &mut Self {
        let rule = |(direction, number, allow, range, protocol, ports): &(_, _, _, &str, _, Ports)| AclRule {
            number: *number,
            direction: *direction,
            allow: *allow,
            protocol: *protocol,
            range: cidr(range),
            ports: ports.clone(),
        };
        let vpc = self.network.subnets[&id(subnets[0])].vpc.clone();
        let acl = NetworkAcl { id: id(name), vpc, rules: rules.iter().map(rule).collect() };
        self.network.network_acls.insert(id(name), acl);
        for subnet in subnets {
            self.network.subnets.get_mut(&id(subnet)).unwrap().network_acl = Some(id(name));
        }
        self
    }

    /// A security group.
    pub(crate) fn security_group(
        &mut self,
        name: &str,
        vpc: &str,
        rules: &[(Direction, ProtocolMatch, Ports, SecurityGroupPeer)],
    ) -> &mut Self {
        let rules = rules.iter().map(|(direction, protocol, ports, peer)| SecurityGroupRule {
            id: None,
            direction: *direction,
            protocol: *protocol,
            ports: ports.clone(),
            peer: peer.clone(),
        });
        let group = SecurityGroup { id: id(name), vpc: id(vpc), rules: rules.collect() };
        self.network.security_groups.insert(id(name), group);
        self
    }

    /// The network interface of a host.
    pub(crate) fn interface(&mut self, name: &str, subnet: &str, private: &str, public: Option<&str>) -> &mut Self {
        let interface = NetworkInterface {
            id: id(name),
            subnet: id(subnet),
            addresses: vec![(address(private), public.map(address))],
            groups: BTreeSet::new(),
            source_dest_check: true,
            kind: InterfaceKind::Host { instance: None },
        };
        self.network.interfaces.insert(id(name), interface);
        self
    }

    /// Puts an interface into a security group.
    pub(crate) fn in_group(&mut self, interface: &str, group: &str) -> &mut Self {
        self.network.interfaces.get_mut(&id(interface)).unwrap().groups.insert(id(group));
        self
    }
}

fn destination(text: &str) -> RouteDestination {
    if text.starts_with("pl-") { RouteDestination::PrefixList(id(text)) } else { RouteDestination::Range(cidr(text)) }
}

/// Ranges that a spoke's table drops, so that spokes don't reach each other through the egress VPC.
pub(crate) const BLACKHOLES: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

/// The workloads' supernet of the reference architecture.
pub(crate) const WORKLOADS: &str = "10.32.0.0/11";

/// The reference architecture in two zones: the workloads `payments` and `orders` in the segment `prod`, `sandbox` in `dev`;
/// the VPCs `ingress` and `egress`, with a firewall that passes the policy's.
///
/// Subnets are `VPC-TIER-ZONE` (`payments-private-1`), attachments `attach-VPC`, tables of the transit gateway
/// `tgw-rtb-prod`, `-dev`, `-egress`, `-ingress`; `nat-1`, `vpce-1` and so on are of their zones.
pub(crate) fn reference(policy: Policy) -> Builder {
    let mut builder = Builder::default();
    builder.transit_gateway("tgw-1", &["tgw-rtb-prod", "tgw-rtb-dev", "tgw-rtb-egress", "tgw-rtb-ingress"]);
    for (name, range, segment) in [("payments", 0, "prod"), ("orders", 1, "prod"), ("sandbox", 2, "dev")] {
        workload(&mut builder, name, range, segment);
    }
    ingress(&mut builder);
    egress(&mut builder, policy);
    for segment in ["prod", "dev"] {
        let table = format!("tgw-rtb-{segment}");
        builder.propagate("attach-ingress", &table).transit_route(&table, "0.0.0.0/0", "attach-egress");
        for range in BLACKHOLES {
            builder.transit_route(&table, range, "blackhole");
        }
    }
    builder
}

fn workload(builder: &mut Builder, name: &str, place: u8, segment: &str) {
    builder.vpc(name, &[&format!("10.32.{place}.0/24")]);
    for number in [1, 2] {
        let base = (number - 1) * 128;
        let tiers = [("private", base, 26), ("data", base + 64, 27), ("transit", base + 112, 28)];
        for (tier, first, length) in tiers {
            let range = format!("10.32.{place}.{first}/{length}");
            builder.subnet(&format!("{name}-{tier}-{number}"), name, &range, zone(number));
        }
        builder.route(&format!("{name}-private-{number}"), "0.0.0.0/0", "tgw-1");
        for range in [WORKLOADS, "10.0.0.0/16"] {
            builder.route(&format!("{name}-data-{number}"), range, "tgw-1");
        }
    }
    let subnets = [format!("{name}-transit-1"), format!("{name}-transit-2")];
    let attachment = format!("attach-{name}");
    builder.attach(&attachment, "tgw-1", &[&subnets[0], &subnets[1]], &format!("tgw-rtb-{segment}"));
    builder.propagate(&attachment, "tgw-rtb-egress").propagate(&attachment, "tgw-rtb-ingress");
}

fn ingress(builder: &mut Builder) {
    builder.vpc("ingress", &["10.0.0.0/24"]);
    for number in [1, 2] {
        let base = (number - 1) * 128;
        builder.subnet(&format!("ingress-private-{number}"), "ingress", &format!("10.0.0.{base}/26"), zone(number));
        let transit = format!("10.0.0.{}/28", base + 112);
        builder.subnet(&format!("ingress-transit-{number}"), "ingress", &transit, zone(number));
        builder.route(&format!("ingress-private-{number}"), WORKLOADS, "tgw-1");
    }
    builder.attach("attach-ingress", "tgw-1", &["ingress-transit-1", "ingress-transit-2"], "tgw-rtb-ingress");
}

fn egress(builder: &mut Builder, policy: Policy) {
    builder.vpc("egress", &["10.0.1.0/24"]).internet_gateway("igw-1", "egress");
    for number in [1, 2] {
        let base = (number - 1) * 128;
        for (tier, first) in [("public", base), ("firewall", base + 16), ("transit", base + 32)] {
            let range = format!("10.0.1.{first}/28");
            builder.subnet(&format!("egress-{tier}-{number}"), "egress", &range, zone(number));
        }
        let [public, firewall, transit] =
            ["public", "firewall", "transit"].map(|tier| format!("egress-{tier}-{number}"));
        builder.nat_gateway(&format!("nat-{number}"), &public);
        builder.route(&transit, "0.0.0.0/0", &format!("vpce-{number}"));
        builder.route(&firewall, "0.0.0.0/0", &format!("nat-{number}")).route(&firewall, WORKLOADS, "tgw-1");
        builder.route(&public, "0.0.0.0/0", "igw-1").route(&public, WORKLOADS, &format!("vpce-{number}"));
    }
    builder.firewall("firewall-1", &[("vpce-1", "egress-firewall-1"), ("vpce-2", "egress-firewall-2")], policy);
    builder.attach("attach-egress", "tgw-1", &["egress-transit-1", "egress-transit-2"], "tgw-rtb-egress");
    builder.appliance_mode("attach-egress", true);
}

/// The route tables of the transit gateway of [`three_vpcs`].
pub(crate) const TABLES: [&str; 2] = ["tgw-rtb-1", "tgw-rtb-2"];

/// Three VPCs of two subnets each, with one of everything, and no routes: what properties add routes to from anywhere to
/// anything. `associations` are places in [`TABLES`].
pub(crate) fn three_vpcs(associations: [usize; 3], appliance: [bool; 3], policy: Policy) -> Builder {
    let mut builder = Builder::default();
    builder.transit_gateway("tgw-1", &TABLES);
    for vpc in 0..3 {
        builder.vpc(&format!("vpc-{}", vpc + 1), &[&format!("10.{}.0.0/16", vpc + 1)]);
        for (place, number) in [1, 2].into_iter().enumerate() {
            let range = format!("10.{}.{place}.0/24", vpc + 1);
            builder.subnet(&subnet_of_three(vpc * 2 + place), &format!("vpc-{}", vpc + 1), &range, zone(number));
        }
    }
    builder
        .internet_gateway("igw-1", "vpc-1")
        .virtual_private_gateway("vgw-1", "vpc-2")
        .peering("pcx-1", "vpc-2", "vpc-3");
    builder.nat_gateway("nat-1", "subnet-1-0").nat_gateway("nat-2", "subnet-1-1");
    builder.firewall("firewall-1", &[("vpce-1", "subnet-1-0"), ("vpce-2", "subnet-1-1")], policy);
    for vpc in 0..3 {
        let subnets = [vpc * 2, vpc * 2 + 1].map(subnet_of_three);
        let attachment = format!("attach-{}", vpc + 1);
        builder.attach(&attachment, "tgw-1", &[&subnets[0], &subnets[1]], TABLES[associations[vpc]]);
        builder.appliance_mode(&attachment, appliance[vpc]);
    }
    builder
}

/// The name of a subnet of [`three_vpcs`], counted from 0.
pub(crate) fn subnet_of_three(place: usize) -> String {
    format!("subnet-{}-{}", place / 2 + 1, place % 2)
}
