//! A network, made ready for floods: what is looked up often is found at once.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::super::super::ObjectId;
use super::super::super::network::{
    AttachedResource, Attachment, Firewall, NatGateway, Network, Route, Subnet, TransitGatewayRoute,
};
use super::super::super::walk::{nat_private_address, public_addresses};
use super::super::table::TablePartition;
use crate::firewall::Judge;
use crate::values::AddressSet;

/// A network made ready.
#[derive(Debug)]
pub(in super::super) struct Map<'network> {
    pub(in super::super) network: &'network Network,
    /// The tables of VPCs.
    pub(super) tables: BTreeMap<&'network ObjectId, TablePartition<'network, Route>>,
    /// The tables of transit gateways.
    pub(super) transit_tables: BTreeMap<&'network ObjectId, TablePartition<'network, TransitGatewayRoute>>,
    /// The edge table of each gateway that has one.
    pub(super) edge_tables: BTreeMap<&'network ObjectId, &'network ObjectId>,
    /// Each VPC's subnets.
    pub(in super::super) subnets: BTreeMap<&'network ObjectId, Vec<&'network Subnet>>,
    /// Each VPC's ranges.
    pub(in super::super) ranges: BTreeMap<&'network ObjectId, AddressSet>,
    /// The NAT gateways in each subnet, with their private addresses.
    pub(super) nat_gateways: BTreeMap<&'network ObjectId, Vec<(Ipv4Addr, &'network NatGateway)>>,
    /// Pairs of private and public address in each VPC that has an internet gateway.
    pub(super) public: BTreeMap<&'network ObjectId, Vec<(Ipv4Addr, Ipv4Addr)>>,
    /// The internet gateway of each VPC that has one.
    pub(in super::super) internet_gateways: BTreeMap<&'network ObjectId, &'network ObjectId>,
    /// The firewall of each endpoint of one.
    pub(in super::super) firewalls: BTreeMap<&'network ObjectId, &'network Firewall>,
    /// Each firewall's policy.
    pub(super) judges: BTreeMap<&'network ObjectId, Judge<'network>>,
    /// Attachments of VPCs, by gateway and VPC.
    pub(super) attachments: BTreeMap<(&'network ObjectId, &'network ObjectId), &'network Attachment>,
}

impl<'network> Map<'network> {
    /// Makes a network ready.
    pub(in super::super) fn new(network: &'network Network) -> Self {
        let mut subnets: BTreeMap<&ObjectId, Vec<&Subnet>> = BTreeMap::new();
        for subnet in network.subnets.values() {
            subnets.entry(&subnet.vpc).or_default().push(subnet);
        }
        let mut nat_gateways: BTreeMap<&ObjectId, Vec<(Ipv4Addr, &NatGateway)>> = BTreeMap::new();
        for nat in network.nat_gateways.values() {
            if let Some(address) = nat_private_address(network, nat) {
                nat_gateways.entry(&nat.subnet).or_default().push((address, nat));
            }
        }
        let gateways = network.internet_gateways.values().filter_map(|one| Some((one.vpc.as_ref()?, &one.id)));
        let internet_gateways: BTreeMap<&ObjectId, &ObjectId> = gateways.rev().collect();
        let edges = network.route_tables.values().filter_map(|table| Some((table.edge_of.as_ref()?, &table.id)));
        let attachments = network.attachments.values().rev().filter_map(|one| match &one.resource {
            AttachedResource::Vpc { vpc, .. } => Some(((&one.transit_gateway, vpc), one)),
            AttachedResource::Other { .. } => None,
        });
        let endpoints = network.firewalls.values().rev();
        Self {
            network,
            tables: network.route_tables.values().map(|one| (&one.id, TablePartition::of_vpc(network, one))).collect(),
            transit_tables: network
                .transit_gateway_route_tables
                .values()
                .filter(|table| table.known)
                .map(|table| (&table.id, TablePartition::of_transit_gateway(network, &table.routes)))
                .collect(),
            edge_tables: edges.rev().collect(),
            subnets,
            ranges: network.vpcs.values().map(|vpc| (&vpc.id, vpc.ranges.iter().copied().collect())).collect(),
            nat_gateways,
            public: internet_gateways.keys().map(|vpc| (*vpc, public_addresses(network, vpc).collect())).collect(),
            internet_gateways,
            firewalls: endpoints.flat_map(|one| one.endpoints.values().map(move |endpoint| (endpoint, one))).collect(),
            judges: network.firewalls.values().map(|one| (&one.id, Judge::new(&one.policy))).collect(),
            attachments: attachments.collect(),
        }
    }

    pub(super) fn holds(&self, vpc: &ObjectId) -> AddressSet {
        self.ranges.get(vpc).cloned().unwrap_or_else(AddressSet::empty)
    }

    /// The private addresses of the NAT gateways in a subnet.
    pub(in super::super) fn nat_addresses(&self, subnet: &ObjectId) -> AddressSet {
        self.nat_gateways.get(subnet).into_iter().flatten().map(|(address, _)| *address..=*address).collect()
    }

    /// The public address that goes with a private one of a VPC.
    pub(in super::super) fn public_address(&self, vpc: &ObjectId, private: Ipv4Addr) -> Option<Ipv4Addr> {
        let pairs = self.public.get(vpc)?;
        pairs.iter().find(|(one, _)| *one == private).map(|(_, public)| *public)
    }

    /// Every public address of the network, as a set.
    pub(in super::super) fn public_addresses(&self) -> AddressSet {
        self.public.values().flatten().map(|(_, public)| *public..=*public).collect()
    }
}
