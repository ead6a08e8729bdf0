//! A VPC: its gateways, and each tier's subnets, route tables, routes and NAT gateways.

use std::collections::BTreeSet;

use super::addresses::NetworkAddresses;
use super::expansion::{Expansion, Placement, scope_of};
use super::{ExpandError, endpoints, firewall, transit_gateway};
use crate::graph::{Address, Ref};
use crate::kinds;
use crate::kinds::route::{Destination, RouteTarget};
use crate::values::Label;
use crate::zone::{AvailabilityZone, DhcpOptions, NameServers, Network, NextHop, Subnet, Tier, Traffic, Zone};

/// A VPC with what every part of it needs to know.
pub(super) struct NetworkContext<'zone> {
    pub(super) network: &'zone Network,
    pub(super) addresses: NetworkAddresses,
    pub(super) placement: Placement,
}

impl<'zone> NetworkContext<'zone> {
    pub(super) fn new(zone: &'zone Zone, network: &'zone Network) -> Result<Self, ExpandError> {
        let scope = scope_of(zone, &network.name)?;
        Ok(Self {
            network,
            addresses: NetworkAddresses::of(&network.name),
            placement: Placement::account(zone, &network.name.account, scope),
        })
    }

    pub(super) fn vpc(&self) -> Ref<kinds::Vpc> {
        Ref::to(&self.addresses.vpc())
    }

    /// A tier that something refers to.
    pub(super) fn tier(&self, tier: &Label, wanted_by: impl FnOnce() -> String) -> Result<&'zone Tier, ExpandError> {
        self.network.tiers.get(tier).ok_or_else(|| ExpandError::UnknownTier {
            network: self.network.name.clone(),
            wanted_by: wanted_by(),
            tier: tier.clone(),
        })
    }

    /// All subnets of a tier.
    pub(super) fn subnets(&self, tier: &Tier) -> BTreeSet<Ref<kinds::Subnet>> {
        tier.subnets.iter().map(|each| Ref::to(&self.addresses.subnet(&tier.name, &each.availability_zone))).collect()
    }
}

/// Adds a VPC and everything in its own account but its attachment.
pub(super) fn expand(expansion: &mut Expansion<'_>, network: &Network) -> Result<(), ExpandError> {
    let context = NetworkContext::new(expansion.zone, network)?;
    vpc(expansion, &context)?;
    for tier in network.tiers.values() {
        for subnet in &tier.subnets {
            Place { context: &context, tier, subnet }.expand(expansion)?;
        }
    }
    firewall::expand(expansion, &context)?;
    endpoints::expand(expansion, &context)
}

fn vpc(expansion: &mut Expansion<'_>, context: &NetworkContext<'_>) -> Result<(), ExpandError> {
    let NetworkContext { network, addresses, placement } = context;
    let vpc = kinds::Vpc { cidr: network.cidr, dns_support: true, dns_hostnames: true };
    expansion.add(placement, addresses.vpc(), vpc, [])?;
    let emptied = kinds::DefaultSecurityGroup { vpc: context.vpc(), ingress: BTreeSet::new(), egress: BTreeSet::new() };
    expansion.add(placement, addresses.default_security_group(), emptied, [])?;
    if network.internet_gateway {
        let gateway = kinds::InternetGateway { vpc: Some(context.vpc()) };
        expansion.add(placement, addresses.internet_gateway(), gateway, [])?;
    }
    if let Some(options) = &network.dhcp_options {
        dhcp_options(expansion, context, options)?;
    }
    if let Some(logs) = &expansion.zone.flow_logs {
        let traffic = match logs.traffic {
            Traffic::Accept => "ACCEPT",
            Traffic::Reject => "REJECT",
            Traffic::All => "ALL",
        };
        let flow_log =
            kinds::FlowLog { vpc: context.vpc(), bucket_arn: logs.bucket_arn.clone(), traffic: traffic.to_owned() };
        expansion.add(placement, addresses.flow_log(), flow_log, [])?;
    }
    Ok(())
}

/// What AWS tells hosts by itself needs no set.
fn dhcp_options(
    expansion: &mut Expansion<'_>,
    context: &NetworkContext<'_>,
    options: &DhcpOptions,
) -> Result<(), ExpandError> {
    let NetworkContext { addresses, placement, .. } = context;
    let set = kinds::DhcpOptions {
        domain_name: options.domain_name.as_ref().map(ToString::to_string),
        domain_name_servers: match &options.domain_name_servers {
            NameServers::Amazon => vec![kinds::dhcp_options::AMAZON.to_owned()],
            NameServers::Others(servers) => servers.iter().map(ToString::to_string).collect(),
        },
        ntp_servers: options.ntp_servers.iter().map(ToString::to_string).collect(),
        other_options: BTreeSet::new(),
    };
    if set.is_awss_own(&expansion.zone.region) {
        return Ok(());
    }
    let address = addresses.dhcp_options(&set);
    let association = kinds::DhcpOptionsAssociation { vpc: context.vpc(), dhcp_options: Ref::to(&address) };
    expansion.add(placement, address, set, [])?;
    expansion.add(placement, addresses.dhcp_options_association(), association, [])
}

/// A tier in one Availability Zone: a subnet, and what is there for it alone.
struct Place<'context> {
    context: &'context NetworkContext<'context>,
    tier: &'context Tier,
    subnet: &'context Subnet,
}

impl Place<'_> {
    fn expand(&self, expansion: &mut Expansion<'_>) -> Result<(), ExpandError> {
        let NetworkContext { addresses, placement, .. } = self.context;
        let subnet_address = addresses.subnet(&self.tier.name, self.zone());
        let table_address = addresses.route_table(&self.tier.name, self.zone());
        let subnet = kinds::Subnet {
            vpc: self.context.vpc(),
            cidr: self.subnet.cidr,
            availability_zone: self.zone().id.clone(),
            map_public_ip_on_launch: false,
        };
        expansion.add(placement, subnet_address.clone(), subnet, [])?;
        let table = kinds::RouteTable { vpc: self.context.vpc() };
        expansion.add(placement, table_address.clone(), table, [])?;
        let association =
            kinds::RouteTableAssociation { subnet: Ref::to(&subnet_address), route_table: Ref::to(&table_address) };
        let association_address = addresses.route_table_association(&self.tier.name, self.zone());
        expansion.add(placement, association_address, association, [])?;
        self.routes(expansion, &table_address)?;
        if self.tier.nat_gateway { self.nat_gateway(expansion) } else { Ok(()) }
    }

    fn zone(&self) -> &AvailabilityZone {
        &self.subnet.availability_zone
    }

    fn routes(&self, expansion: &mut Expansion<'_>, table: &Address) -> Result<(), ExpandError> {
        let NetworkContext { addresses, placement, .. } = self.context;
        for (destination, next_hop) in &self.tier.routes {
            let (target, after) = self.target(expansion.zone, *next_hop)?;
            let route =
                kinds::Route { route_table: Ref::to(table), destination: Destination::Cidr(*destination), target };
            expansion.add(placement, addresses.route(&self.tier.name, self.zone(), *destination), route, after)?;
        }
        Ok(())
    }

    /// What a route hands packets to, and what must be there before it does.
    fn target(&self, zone: &Zone, next_hop: NextHop) -> Result<(RouteTarget, BTreeSet<Address>), ExpandError> {
        match next_hop {
            NextHop::InternetGateway => self.to_internet_gateway(),
            NextHop::NatGateway => self.to_nat_gateway(),
            NextHop::TransitGateway => self.to_transit_gateway(zone),
            NextHop::Firewall => self.to_firewall(),
        }
    }

    fn to_internet_gateway(&self) -> Result<(RouteTarget, BTreeSet<Address>), ExpandError> {
        let NetworkContext { network, addresses, .. } = self.context;
        if !network.internet_gateway {
            return Err(ExpandError::NoInternetGateway { network: network.name.clone(), tier: self.tier.name.clone() });
        }
        Ok((RouteTarget::InternetGateway(Ref::to(&addresses.internet_gateway())), BTreeSet::new()))
    }

    fn to_nat_gateway(&self) -> Result<(RouteTarget, BTreeSet<Address>), ExpandError> {
        let NetworkContext { network, addresses, .. } = self.context;
        let here = |tier: &&Tier| tier.subnets.iter().any(|subnet| subnet.availability_zone == *self.zone());
        let nat_tier = network.tiers.values().filter(|tier| tier.nat_gateway).find(here);
        let nat_tier = nat_tier.ok_or_else(|| ExpandError::NoNatGateway {
            network: network.name.clone(),
            tier: self.tier.name.clone(),
            availability_zone: self.zone().id.clone(),
        })?;
        // Answers come back through the NAT gateway's own table. Packets that go out before it leads back to the
        // transit gateway, or to the firewall in front of that, have answers that are lost, and a connection that hangs
        // is worse than one that is refused.
        let way_back = self
            .routes_of(nat_tier, NextHop::TransitGateway)
            .chain(self.routes_of(nat_tier, NextHop::Firewall))
            .collect();
        Ok((RouteTarget::NatGateway(Ref::to(&addresses.nat_gateway(&nat_tier.name, self.zone()))), way_back))
    }

    fn to_transit_gateway(&self, zone: &Zone) -> Result<(RouteTarget, BTreeSet<Address>), ExpandError> {
        let network = self.context.network;
        if network.attachment.is_none() {
            return Err(ExpandError::NotAttached {
                wanted_by: format!("a route of the tier `{}` to the transit gateway", self.tier.name),
                network: network.name.clone(),
            });
        }
        let gateway = transit_gateway::addresses(zone).gateway();
        // AWS refuses the route until the VPC is attached. That the gateway routes for the VPC and back to it is lz's
        // own wish: this route is the switch that connects the VPC, so it comes last, and goes first.
        let mut after = transit_gateway::connections(zone, network);
        after.extend(firewall::rules_of(zone, network));
        Ok((RouteTarget::TransitGateway(Ref::to(&gateway)), after))
    }

    fn to_firewall(&self) -> Result<(RouteTarget, BTreeSet<Address>), ExpandError> {
        let NetworkContext { network, addresses, .. } = self.context;
        let here = |tier: &&Tier| tier.subnets.iter().any(|subnet| subnet.availability_zone == *self.zone());
        let endpoints = firewall::endpoint_tier(network).ok().filter(here);
        let endpoints = endpoints.ok_or_else(|| ExpandError::NoFirewallEndpoint {
            network: network.name.clone(),
            tier: self.tier.name.clone(),
            availability_zone: self.zone().id.clone(),
        })?;
        // What the firewall lets pass must have somewhere to go, or it is lost behind it.
        let mut after: BTreeSet<Address> = self.routes_of(endpoints, NextHop::TransitGateway).collect();
        after.insert(addresses.route_table_association(&endpoints.name, self.zone()));
        if !self.tier.nat_gateway {
            // This way leads out. The way back is there before, on each leg of it: the firewall drops a flow of which it
            // sees one direction only. So are the logs, since the first packets are worth as much as any.
            after.extend(self.routes_of(endpoints, NextHop::NatGateway));
            let nat_tiers = network.tiers.values().filter(|tier| tier.nat_gateway);
            after.extend(nat_tiers.flat_map(|tier| self.routes_of(tier, NextHop::Firewall)));
            after.insert(addresses.firewall().logging());
        }
        Ok((RouteTarget::VpcEndpoint(Ref::to(&addresses.firewall().endpoint(self.zone()))), after))
    }

    fn nat_gateway(&self, expansion: &mut Expansion<'_>) -> Result<(), ExpandError> {
        let NetworkContext { network, addresses, placement } = self.context;
        let mut way_out: BTreeSet<Address> = self.routes_of(self.tier, NextHop::InternetGateway).collect();
        if way_out.is_empty() {
            return Err(ExpandError::NatGatewayNotPublic {
                network: network.name.clone(),
                tier: self.tier.name.clone(),
            });
        }
        // An internet gateway can't be detached from a VPC that holds a public address (EC2 API reference,
        // DetachInternetGateway), so the address goes first.
        let elastic_ip = addresses.nat_address(&self.tier.name, self.zone());
        expansion.add(placement, elastic_ip.clone(), kinds::ElasticIp {}, [addresses.internet_gateway()])?;
        // A NAT gateway in a VPC without internet gateway fails, minutes later (VPC user guide, "Troubleshoot NAT
        // gateways"); one whose subnet has no way out yet would be ready and drop everything.
        way_out.insert(addresses.internet_gateway());
        way_out.insert(addresses.route_table_association(&self.tier.name, self.zone()));
        let nat_gateway = kinds::NatGateway {
            subnet: Ref::to(&addresses.subnet(&self.tier.name, self.zone())),
            elastic_ip: Ref::to(&elastic_ip),
        };
        expansion.add(placement, addresses.nat_gateway(&self.tier.name, self.zone()), nat_gateway, way_out)
    }

    /// The routes to a next hop, of a tier of this VPC in this Availability Zone.
    fn routes_of(&self, tier: &Tier, next_hop: NextHop) -> impl Iterator<Item = Address> {
        tier.routes
            .iter()
            .filter(move |(_, hop)| **hop == next_hop)
            .map(|(destination, _)| self.context.addresses.route(&tier.name, self.zone(), *destination))
    }
}
