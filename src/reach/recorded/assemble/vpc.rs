//! VPCs, subnets, route tables, and what is in subnets.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::super::documents;
use super::{Assembly, ById, UnusableAnswer, ids};
use crate::reach::network::{
    InterfaceKind, NetworkInterface, ObjectId, PublicAccessBlock, Route, RouteDestination, RouteTable, RouteTarget,
    Subnet, Vpc, VpcRouteOrigin,
};

impl Assembly<'_> {
    pub(super) fn vpcs(&mut self) -> Result<(), UnusableAnswer> {
        let place = self.place;
        let vpcs: documents::Vpcs = place.answer("describe-vpcs")?.unwrap_or_default();
        let of_account: documents::VpcBlockPublicAccess =
            place.answer("describe-vpc-block-public-access-options")?.unwrap_or_default();
        let of_account = of_account.vpc_block_public_access_options.and_then(|one| one.internet_gateway_block_mode);
        for vpc in &vpcs.vpcs {
            let mut ranges = Vec::new();
            let associated = vpc.cidr_block_association_set.iter();
            let in_use = associated
                .filter(|one| one.cidr_block_state.as_ref().is_none_or(|in_use| in_use.state == "associated"));
            let all: BTreeSet<&str> =
                in_use.map(|one| one.cidr_block.as_str()).chain(vpc.cidr_block.as_deref()).collect();
            for range in all {
                ranges.push(self.value("describe-vpcs", range)?);
            }
            let id = ObjectId::from(vpc.vpc_id.as_str());
            let account = vpc.owner_id.clone().unwrap_or_else(|| place.account.to_string());
            let own =
                vpc.block_public_access_states.as_ref().and_then(|one| one.internet_gateway_block_mode.as_deref());
            self.public_access(&id, own.or(of_account.as_deref()));
            self.name(&vpc.vpc_id, &vpc.tags);
            self.network.vpcs.insert(id.clone(), Vpc { id, account, ranges });
        }
        self.subnets()?;
        self.route_tables()?;
        self.interfaces()
    }

    fn subnets(&mut self) -> Result<(), UnusableAnswer> {
        const COMMAND: &str = "describe-subnets";
        let subnets: documents::Subnets = self.place.answer(COMMAND)?.unwrap_or_default();
        for subnet in &subnets.subnets {
            // A subnet of IPv6 alone has no other range.
            let Some(range) = subnet.cidr_block.as_deref().filter(|range| !range.is_empty()) else { continue };
            let id = ObjectId::from(subnet.subnet_id.as_str());
            let Ok(zone) = subnet.availability_zone_id.parse() else {
                let caveat = format!(
                    "the subnet {id} is in `{}`, which is no Availability Zone of a region: it is not modelled",
                    subnet.availability_zone_id
                );
                self.network.caveats.insert(caveat);
                continue;
            };
            let read = Subnet {
                id: id.clone(),
                vpc: subnet.vpc_id.as_str().into(),
                range: self.value(COMMAND, range)?,
                zone,
                route_table: None,
                network_acl: None,
            };
            let own = subnet.block_public_access_states.as_ref();
            self.public_access(&id, own.and_then(|one| one.internet_gateway_block_mode.as_deref()));
            self.name(&subnet.subnet_id, &subnet.tags);
            self.network.subnets.insert(id, read);
        }
        Ok(())
    }

    /// Keeps how VPC Block Public Access restricts a VPC or subnet, where AWS says it.
    fn public_access(&mut self, id: &ObjectId, mode: Option<&str>) {
        let block = match mode {
            None => return,
            Some("off") => PublicAccessBlock::Off,
            Some("block-ingress") => PublicAccessBlock::Ingress,
            Some("block-bidirectional") => PublicAccessBlock::Bidirectional,
            Some(other) => {
                self.network.caveats.insert(format!("VPC Block Public Access is {other} for {id}: it is not modelled"));
                return;
            }
        };
        self.network.public_access_blocks.insert(id.clone(), block);
    }

    fn route_tables(&mut self) -> Result<(), UnusableAnswer> {
        const COMMAND: &str = "describe-route-tables";
        let tables: documents::RouteTables = self.place.answer(COMMAND)?.unwrap_or_default();
        let mut main: ById<ObjectId> = ById::new();
        for table in &tables.route_tables {
            let id = ObjectId::from(table.route_table_id.as_str());
            let mut routes = Vec::new();
            for route in &table.routes {
                routes.extend(self.route(COMMAND, route)?);
            }
            let is_there = |one: &&documents::RouteTableAssociation| {
                one.association_state.as_ref().is_none_or(|state| state.state == "associated")
            };
            let mut edge_of = None;
            for association in table.associations.iter().filter(is_there) {
                if association.main {
                    main.insert(table.vpc_id.as_str().into(), id.clone());
                }
                if let Some(subnet) =
                    association.subnet_id.as_deref().and_then(|one| self.network.subnets.get_mut(&one.into()))
                {
                    subnet.route_table = Some(id.clone());
                }
                edge_of = association.gateway_id.as_deref().map(ObjectId::from).or(edge_of);
            }
            self.name(&table.route_table_id, &table.tags);
            let vpc = table.vpc_id.as_str().into();
            self.network.route_tables.insert(id.clone(), RouteTable { id, vpc, routes, edge_of });
        }
        for subnet in self.network.subnets.values_mut().filter(|subnet| subnet.route_table.is_none()) {
            subnet.route_table = main.get(&subnet.vpc).cloned();
        }
        Ok(())
    }

    /// A route of the IPv4 world.
    fn route(&self, command: &str, route: &documents::Route) -> Result<Option<Route>, UnusableAnswer> {
        let destination = match (&route.destination_cidr_block, &route.destination_prefix_list_id) {
            (Some(range), _) => RouteDestination::Range(self.value(command, range)?),
            (None, Some(list)) => RouteDestination::PrefixList(list.as_str().into()),
            (None, None) => return Ok(None),
        };
        let Some(target) = target(route) else { return Ok(None) };
        let origin = match route.origin.as_deref() {
            Some("CreateRouteTable") => VpcRouteOrigin::Local,
            Some("EnableVgwRoutePropagation") => VpcRouteOrigin::Propagated,
            _ if target == RouteTarget::Local => VpcRouteOrigin::Local,
            _ => VpcRouteOrigin::Static,
        };
        let blackhole = route.state.as_deref() == Some("blackhole");
        Ok(Some(Route { destination, target, origin, blackhole }))
    }

    fn interfaces(&mut self) -> Result<(), UnusableAnswer> {
        const COMMAND: &str = "describe-network-interfaces";
        let interfaces: documents::NetworkInterfaces = self.place.answer(COMMAND)?.unwrap_or_default();
        for interface in &interfaces.network_interfaces {
            let id = ObjectId::from(interface.network_interface_id.as_str());
            let read = NetworkInterface {
                id: id.clone(),
                subnet: interface.subnet_id.as_str().into(),
                addresses: self.addresses(COMMAND, interface)?,
                groups: ids(interface.groups.iter().map(|group| &group.group_id)),
                source_dest_check: interface.source_dest_check.unwrap_or(true),
                kind: kind(interface),
            };
            self.name(&interface.network_interface_id, &interface.tag_set);
            self.network.interfaces.insert(id, read);
        }
        let instances: documents::Instances = self.place.answer("describe-instances")?.unwrap_or_default();
        let instances = instances.reservations.iter().flat_map(|reservation| &reservation.instances);
        for instance in instances.filter(|one| one.state.as_ref().is_none_or(|state| state.name != "terminated")) {
            let mut attached: Vec<&documents::InstanceInterface> = instance.network_interfaces.iter().collect();
            attached.sort_by_key(|one| one.attachment.as_ref().and_then(|one| one.device_index).unwrap_or(i32::MAX));
            let attached = attached.iter().map(|one| one.network_interface_id.as_str().into()).collect();
            self.name(&instance.instance_id, &instance.tags);
            self.network.instances.insert(instance.instance_id.as_str().into(), attached);
        }
        Ok(())
    }

    /// The private addresses, the primary first, with their public ones.
    fn addresses(
        &self,
        command: &str,
        interface: &documents::NetworkInterface,
    ) -> Result<Vec<(Ipv4Addr, Option<Ipv4Addr>)>, UnusableAnswer> {
        let public = |association: &Option<documents::PublicAddress>| {
            let text = association.as_ref().and_then(|one| one.public_ip.as_deref());
            text.map(|text| self.value(command, text)).transpose()
        };
        let mut listed: Vec<&documents::PrivateIpAddress> = interface.private_ip_addresses.iter().collect();
        listed.sort_by_key(|one| one.primary != Some(true));
        let mut all = Vec::new();
        for one in listed {
            all.push((self.value(command, &one.private_ip_address)?, public(&one.association)?));
        }
        if let (true, Some(only)) = (all.is_empty(), &interface.private_ip_address) {
            all.push((self.value(command, only)?, public(&interface.association)?));
        }
        Ok(all)
    }
}

/// What a route hands packets to.
fn target(route: &documents::Route) -> Option<RouteTarget> {
    if let Some(id) = &route.gateway_id {
        return Some(match id.split('-').next() {
            Some("local") => RouteTarget::Local,
            Some("igw") => RouteTarget::InternetGateway(id.as_str().into()),
            Some("vpce") => RouteTarget::VpcEndpoint(id.as_str().into()),
            Some("vgw") => RouteTarget::VirtualPrivateGateway(id.as_str().into()),
            _ => RouteTarget::Other(id.clone()),
        });
    }
    // An instance is shown with its network interface.
    let typed = [
        route.nat_gateway_id.as_deref().map(|id| RouteTarget::NatGateway(id.into())),
        route.transit_gateway_id.as_deref().map(|id| RouteTarget::TransitGateway(id.into())),
        route.network_interface_id.as_deref().map(|id| RouteTarget::NetworkInterface(id.into())),
        route.vpc_peering_connection_id.as_deref().map(|id| RouteTarget::PeeringConnection(id.into())),
    ];
    let other = [
        &route.instance_id,
        &route.egress_only_internet_gateway_id,
        &route.carrier_gateway_id,
        &route.local_gateway_id,
        &route.core_network_arn,
    ];
    let other = other.into_iter().flatten().next().map(|id| RouteTarget::Other(id.clone()));
    typed.into_iter().flatten().next().or(other)
}

/// What a network interface belongs to (EC2 API reference, NetworkInterface: `interfaceType`).
fn kind(interface: &documents::NetworkInterface) -> InterfaceKind {
    match interface.interface_type.as_deref() {
        Some("transit_gateway") => InterfaceKind::TransitGatewayAttachment,
        Some("nat_gateway" | "natGateway") => InterfaceKind::NatGateway,
        Some("vpc_endpoint" | "gateway_load_balancer_endpoint") => InterfaceKind::VpcEndpoint,
        _ => InterfaceKind::Host {
            instance: interface.attachment.as_ref().and_then(|one| one.instance_id.as_deref()).map(ObjectId::from),
        },
    }
}
