//! Network interfaces: those that AWS services own in an account's subnets, of NAT gateways, transit gateway attachments and
//! VPC endpoints, those of firewalls among them; and those that people make. They hold addresses, and while one is there its subnet, its VPC and its security groups cannot go.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::client_token;
use super::describe::Describe;
use super::kind::Kind;
use super::look::Look;
use super::page::USUAL;
use super::{Actions, security_group, subnet, tag};
use crate::twin::time::Moment;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// The family's actions.
pub const ACTIONS: Actions = &[
    ("CreateNetworkInterface", create_network_interface),
    ("DeleteNetworkInterface", delete_network_interface),
    ("DescribeNetworkInterfaces", describe_network_interfaces),
];

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
    /// One that a person has made, for an instance or for nothing yet.
    Interface,
    /// A Network Load Balancer's.
    NetworkLoadBalancer,
    /// Another that an AWS service owns: an Application Load Balancer's, a database's, a task's.
    Managed,
    /// A VPC link's.
    ApiGatewayManaged,
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
            Self::Interface | Self::Managed => "interface",
            Self::NetworkLoadBalancer => "network_load_balancer",
            Self::ApiGatewayManaged => "api_gateway_managed",
        }
    }

    /// True for one that an AWS service owns.
    fn is_requester_managed(self) -> bool {
        self != Self::Interface
    }

    fn status(self) -> &'static str {
        if self.is_requester_managed() { "in-use" } else { "available" }
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
    create_at(call, specification, None)
}

/// Makes a network interface in a subnet of the caller's account, with a certain address or with the lowest that is free.
///
/// # Errors
/// `InvalidSubnetID.NotFound`, `InsufficientFreeAddressesInSubnet`; the latter also where the address is taken.
pub fn create_at(call: &mut Call<'_>, specification: &Specification<'_>, address: Option<Ipv4Addr>) -> Answer<String> {
    let (now, subnet_id) = (call.now, specification.subnet_id);
    let state = call.ec2();
    state.network_interfaces.interfaces.retain(|_, interface| interface.is_there(now));
    let subnet = state.subnets.get(subnet_id).ok_or_else(|| subnet::KIND.unknown(subnet_id))?;
    let vpc_id = subnet.vpc_id.clone();
    let taken: BTreeSet<Ipv4Addr> =
        state.network_interfaces.in_subnet(subnet_id, now).map(|(_, interface)| interface.private_ip).collect();
    let is_meant = |free: &Ipv4Addr| !taken.contains(free) && address.is_none_or(|address| address == *free);
    let private_ip = subnet.assignable().find(is_meant).ok_or_else(|| {
        let text = format!("There are not enough free addresses in subnet '{subnet_id}' to satisfy the request.");
        Fault::new("InsufficientFreeAddressesInSubnet", text)
    })?;
    let id = call.new_id("eni");
    let [a, b, c, d, e, ..] = call.world.draw(&format!("mac/{}", call.caller.account)).to_be_bytes();
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
    /// True for one that an AWS service owns.
    #[must_use]
    pub fn is_requester_managed(&self) -> bool {
        self.interface_type.is_requester_managed()
    }

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
    "addresses.association.public-ip",
    "addresses.private-ip-address",
    "association.allocation-id",
    "association.association-id",
    "association.public-ip",
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

/// Without security groups AWS gives it the default one of the VPC.
fn create_network_interface(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let token = form.optional("ClientToken");
    let replay = client_token::read(call, form)?;
    let subnet_id = form.required("SubnetId")?;
    let description = form.optional("Description").unwrap_or_default().to_owned();
    let mut groups: Vec<String> = form.list("SecurityGroupId").into_iter().map(str::to_owned).collect();
    let tags = tag::specified(form, "TagSpecification", KIND.resource_type)?;
    form.finish()?;
    let id = replay.one(call, tags, |call| {
        let now = call.now;
        let state = call.ec2();
        let vpc_id = &subnet::find(state, subnet_id, now)?.vpc_id;
        for group in &groups {
            security_group::find(state, group, now)?;
        }
        if groups.is_empty() {
            let mut of_vpc = state.security_groups.in_vpc(vpc_id);
            groups.extend(of_vpc.find(|(_, group)| group.name == "default").map(|(id, _)| id.clone()));
        }
        let interface_type = InterfaceType::Interface;
        create(call, &Specification { subnet_id, interface_type, description, groups })
    })?;
    let look = Look::at(call);
    let interface = look.state.network_interfaces.get(&id, look.now).ok_or_else(|| KIND.unknown(&id))?;
    xml.optional("clientToken", token);
    xml.element("networkInterface", |xml| write(xml, look, &id, interface));
    Ok(())
}

fn delete_network_interface(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("NetworkInterfaceId")?;
    form.finish()?;
    let now = call.now;
    let state = call.ec2();
    if find(state, id, now)?.interface_type.is_requester_managed() {
        let text = format!("You are not allowed to manage '{id}' attachments.");
        return Err(Fault::new("OperationNotPermitted", text));
    }
    let address = state.addresses.of_interface(id, now).map(|(allocation_id, ..)| allocation_id.to_owned());
    state.network_interfaces.release(id, now);
    state.tags.forget(id);
    if let Some(address) = address {
        super::address::disassociate(call, &address, now);
    }
    xml.text("return", true);
    Ok(())
}

/// A network interface that a call at this moment sees.
///
/// # Errors
/// `InvalidNetworkInterfaceId.Malformed`, `InvalidNetworkInterfaceID.NotFound`.
pub fn find<'a>(state: &'a super::State, id: &str, now: Moment) -> Answer<&'a NetworkInterface> {
    KIND.find(state, id, now, |state| state.network_interfaces.get(id, now))
}

fn describe_network_interfaces(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let describe = Describe::read(form, &KIND, "NetworkInterfaceId", FILTERS, Some(USUAL))?;
    let look = Look::at(call);
    let all = look.state.network_interfaces.all(look.now);
    let selection =
        describe.select(look.state, look.now, all, |id, interface, name| attribute(look, id, interface, name))?;
    selection.write(xml, "networkInterfaceSet", |xml, id, interface| write(xml, look, id, interface));
    Ok(())
}

fn attribute(look: Look<'_>, id: &str, interface: &NetworkInterface, name: &str) -> Vec<String> {
    let zone = look.state.subnets.get(&interface.subnet_id).map(|subnet| &subnet.zone);
    let address = look.state.addresses.of_interface(id, look.now);
    let value = match name {
        "addresses.association.public-ip" | "association.public-ip" => {
            address.map(|(_, address, _)| address.public_ip.to_string())
        }
        "addresses.private-ip-address" | "private-ip-address" => Some(interface.private_ip.to_string()),
        "association.allocation-id" => address.map(|(allocation_id, ..)| allocation_id.to_owned()),
        "association.association-id" => address.map(|(_, _, association)| association.id.clone()),
        "availability-zone" => zone.map(|zone| zone.name.clone()),
        "availability-zone-id" => zone.map(|zone| zone.id.clone()),
        "description" => Some(interface.description.clone()),
        "group-id" => return interface.groups.clone(),
        "interface-type" => Some(interface.interface_type.as_str().to_owned()),
        "mac-address" => Some(interface.mac_address.clone()),
        "network-interface-id" => Some(id.to_owned()),
        "owner-id" => Some(look.account.to_owned()),
        "requester-managed" => Some(interface.interface_type.is_requester_managed().to_string()),
        "status" => Some(interface.interface_type.status().to_owned()),
        "subnet-id" => Some(interface.subnet_id.clone()),
        "vpc-id" => Some(interface.vpc_id.clone()),
        _ => None,
    };
    value.into_iter().collect()
}

fn write(xml: &mut Xml, look: Look<'_>, id: &str, interface: &NetworkInterface) {
    let zone = look.state.subnets.get(&interface.subnet_id).map(|subnet| &subnet.zone);
    xml.text("networkInterfaceId", id).text("subnetId", &interface.subnet_id).text("vpcId", &interface.vpc_id);
    xml.optional("availabilityZone", zone.map(|zone| &zone.name));
    xml.optional("availabilityZoneId", zone.map(|zone| &zone.id));
    xml.text("description", &interface.description).text("ownerId", look.account);
    let managed = interface.interface_type.is_requester_managed();
    xml.text("requesterManaged", managed).text("status", interface.interface_type.status());
    xml.text("macAddress", &interface.mac_address).text("privateIpAddress", interface.private_ip);
    xml.text("sourceDestCheck", !managed).text("interfaceType", interface.interface_type.as_str());
    xml.list("groupSet", &interface.groups, |item, group_id| {
        item.text("groupId", group_id);
        item.optional("groupName", look.state.security_groups.get(group_id).map(|group| &group.name));
    });
    write_association(xml, look, id);
    xml.list("privateIpAddressesSet", [interface], |item, interface| {
        item.text("privateIpAddress", interface.private_ip).text("primary", true);
        write_association(item, look, id);
    });
    tag::write(xml, look.state.tags.of(id));
}

/// Writes the Elastic IP address of a network interface, if it has one.
fn write_association(xml: &mut Xml, look: Look<'_>, id: &str) {
    if let Some((allocation_id, address, association)) = look.state.addresses.of_interface(id, look.now) {
        xml.element("association", |xml| {
            xml.text("allocationId", allocation_id).text("associationId", &association.id);
            xml.text("publicIp", address.public_ip).text("ipOwnerId", look.account);
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::twin::ec2::test_support::{bench, text, texts};

    #[test]
    fn a_nat_gateway_owns_an_interface_with_both_its_addresses() {
        let mut bench = bench();
        let (_, subnet) = bench.public_subnet();
        let nat = bench.nat_gateway(&subnet);
        let described =
            bench.done(&format!("Action=DescribeNetworkInterfaces&Filter.1.Name=subnet-id&Filter.1.Value.1={subnet}"));
        assert_eq!(text(&described, "description"), format!("Interface for NAT Gateway {nat}"));
        assert_eq!(text(&described, "privateIpAddress"), "10.0.0.4");
        let address = bench.done("Action=DescribeAddresses");
        assert_eq!(text(&described, "publicIp"), text(&address, "publicIp"));
        assert_eq!(text(&address, "networkInterfaceId"), text(&described, "networkInterfaceId"));
        bench.call(&format!("Action=DeleteNatGateway&NatGatewayId={nat}")).unwrap();
        bench.advance(300_000);
        assert!(texts(&bench.done("Action=DescribeNetworkInterfaces"), "networkInterfaceId").is_empty());
    }
}
