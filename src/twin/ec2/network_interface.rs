//! The network interfaces that AWS services own in an account's subnets: of NAT gateways, transit gateway attachments and
//! VPC endpoints. They hold addresses, and while one is there its subnet, its VPC and its security groups cannot go.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::describe::Describe;
use super::kind::Kind;
use super::page::USUAL;
use super::{Actions, subnet, tag};
use crate::twin::time::Moment;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// The family's actions.
pub const ACTIONS: Actions = &[("DescribeNetworkInterfaces", describe_network_interfaces)];

/// Network interfaces.
pub const KIND: Kind = Kind {
    prefix: "eni-",
    resource_type: "network-interface",
    not_found: "InvalidNetworkInterfaceID.NotFound",
    not_found_message: "The networkInterface ID '{}' does not exist",
    malformed: "InvalidNetworkInterfaceId.Malformed",
    exists: |state, id, now| state.network_interfaces.get(id, now).is_some(),
};

/// The network interfaces in one account and region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    interfaces: BTreeMap<String, NetworkInterface>,
}

/// A network interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkInterface {
    /// Its subnet.
    pub subnet_id: String,
    /// The subnet's VPC.
    pub vpc_id: String,
    /// What it is for.
    pub interface_type: InterfaceType,
    /// What its owner says about it, such as `Interface for NAT Gateway nat-…`.
    pub description: String,
    /// Its security groups.
    pub groups: Vec<String>,
    /// Its address in the subnet.
    pub private_ip: Ipv4Addr,
    /// Its hardware address.
    pub mac_address: String,
    /// When it will be, or was, gone; none while its owner keeps it.
    pub gone: Option<Moment>,
}

/// What a network interface is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum InterfaceType {
    /// A NAT gateway's.
    NatGateway,
    /// A transit gateway attachment's.
    TransitGateway,
    /// An interface endpoint's.
    VpcEndpoint,
    /// A Gateway Load Balancer endpoint's.
    GatewayLoadBalancerEndpoint,
}

impl InterfaceType {
    /// As DescribeNetworkInterfaces writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NatGateway => "natGateway",
            Self::TransitGateway => "transit_gateway",
            Self::VpcEndpoint => "vpc_endpoint",
            Self::GatewayLoadBalancerEndpoint => "gateway_load_balancer_endpoint",
        }
    }
}

/// What a network interface is made from.
#[derive(Debug, Clone)]
pub struct Specification<'a> {
    /// The subnet; it must be there.
    pub subnet_id: &'a str,
    /// What it is for.
    pub interface_type: InterfaceType,
    /// What its owner says about it.
    pub description: String,
    /// Its security groups.
    pub groups: Vec<String>,
}

/// Makes a network interface in a subnet of the caller's account, with the lowest address that is free.
///
/// # Errors
/// `InvalidSubnetID.NotFound`, `InsufficientFreeAddressesInSubnet`.
pub fn create(call: &mut Call<'_>, specification: &Specification<'_>) -> Answer<String> {
    let (now, subnet_id) = (call.now, specification.subnet_id);
    let state = call.ec2();
    state.network_interfaces.interfaces.retain(|_, interface| interface.is_there(now));
    let subnet = state.subnets.get(subnet_id).ok_or_else(|| subnet::KIND.unknown(subnet_id))?;
    let vpc_id = subnet.vpc_id.clone();
    let taken: BTreeSet<Ipv4Addr> =
        state.network_interfaces.in_subnet(subnet_id, now).map(|(_, interface)| interface.private_ip).collect();
    let private_ip = subnet.assignable().find(|address| !taken.contains(address)).ok_or_else(|| {
        let text = format!("There are not enough free addresses in subnet '{subnet_id}' to satisfy the request.");
        Fault::new("InsufficientFreeAddressesInSubnet", text)
    })?;
    let id = call.new_id("eni");
    let [a, b, c, d, e, ..] = call.world.draw("mac").to_be_bytes();
    let interface = NetworkInterface {
        subnet_id: subnet_id.to_owned(),
        vpc_id,
        interface_type: specification.interface_type,
        description: specification.description.clone(),
        groups: specification.groups.clone(),
        private_ip,
        mac_address: format!("02:{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}"),
        gone: None,
    };
    call.ec2().network_interfaces.interfaces.insert(id.clone(), interface);
    Ok(id)
}

impl NetworkInterface {
    /// True unless it is gone at this moment.
    #[must_use]
    pub fn is_there(&self, now: Moment) -> bool {
        self.gone.is_none_or(|gone| now < gone)
    }
}

impl State {
    /// A network interface that is there at this moment.
    #[must_use]
    pub fn get(&self, id: &str, now: Moment) -> Option<&NetworkInterface> {
        self.interfaces.get(id).filter(|interface| interface.is_there(now))
    }

    /// Lets a network interface be gone at a moment: now, or later where it lingers after its owner.
    pub fn release(&mut self, id: &str, gone: Moment) {
        if let Some(interface) = self.interfaces.get_mut(id) {
            interface.gone = Some(gone);
        }
    }

    /// Gives a network interface other security groups.
    pub fn set_groups(&mut self, id: &str, groups: &[String]) {
        if let Some(interface) = self.interfaces.get_mut(id) {
            interface.groups = groups.to_vec();
        }
    }

    /// Those that are there at this moment.
    pub fn all(&self, now: Moment) -> impl Iterator<Item = (&String, &NetworkInterface)> {
        self.interfaces.iter().filter(move |(_, interface)| interface.is_there(now))
    }

    /// Those in a subnet.
    pub fn in_subnet(&self, subnet_id: &str, now: Moment) -> impl Iterator<Item = (&String, &NetworkInterface)> {
        self.all(now).filter(move |(_, interface)| interface.subnet_id == subnet_id)
    }

    /// Those that have a security group.
    pub fn in_group(&self, group_id: &str, now: Moment) -> impl Iterator<Item = (&String, &NetworkInterface)> {
        self.all(now).filter(move |(_, interface)| interface.groups.iter().any(|group| group == group_id))
    }
}

const FILTERS: &[&str] = &[
    "addresses.private-ip-address",
    "availability-zone",
    "availability-zone-id",
    "description",
    "group-id",
    "interface-type",
    "mac-address",
    "network-interface-id",
    "owner-id",
    "private-ip-address",
    "requester-managed",
    "status",
    "subnet-id",
    "tag",
    "vpc-id",
];

fn describe_network_interfaces(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let describe = Describe::read(form, &KIND, "NetworkInterfaceId", FILTERS, Some(USUAL))?;
    let (owner, now) = (call.caller.account.clone(), call.now);
    let state = call.ec2();
    let zone = |interface: &NetworkInterface| state.subnets.get(&interface.subnet_id).map(|subnet| &subnet.zone);
    let all = state.network_interfaces.all(now);
    let selection = describe.select(state, now, all, |id, interface, name| {
        vec![match name {
            "addresses.private-ip-address" | "private-ip-address" => interface.private_ip.to_string(),
            "availability-zone" => zone(interface).map(|zone| zone.name.clone()).unwrap_or_default(),
            "availability-zone-id" => zone(interface).map(|zone| zone.id.clone()).unwrap_or_default(),
            "description" => interface.description.clone(),
            "group-id" => return interface.groups.clone(),
            "interface-type" => interface.interface_type.as_str().to_owned(),
            "mac-address" => interface.mac_address.clone(),
            "network-interface-id" => id.to_owned(),
            "owner-id" => owner.clone(),
            "requester-managed" => String::from("true"),
            "status" => String::from("in-use"),
            "subnet-id" => interface.subnet_id.clone(),
            "vpc-id" => interface.vpc_id.clone(),
            _ => return Vec::new(),
        }]
    })?;
    selection.write(xml, "networkInterfaceSet", |xml, id, interface| {
        xml.text("networkInterfaceId", id).text("subnetId", &interface.subnet_id).text("vpcId", &interface.vpc_id);
        xml.optional("availabilityZone", zone(interface).map(|zone| &zone.name));
        xml.optional("availabilityZoneId", zone(interface).map(|zone| &zone.id));
        xml.text("description", &interface.description).text("ownerId", &owner);
        xml.text("requesterManaged", true).text("status", "in-use").text("macAddress", &interface.mac_address);
        xml.text("privateIpAddress", interface.private_ip);
        xml.text("sourceDestCheck", false).text("interfaceType", interface.interface_type.as_str());
        xml.list("groupSet", &interface.groups, |item, group| {
            item.text("groupId", group);
        });
        xml.list("privateIpAddressesSet", [interface], |item, interface| {
            item.text("privateIpAddress", interface.private_ip).text("primary", true);
        });
        tag::write(xml, state.tags.of(id));
    });
    Ok(())
}
