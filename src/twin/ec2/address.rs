//! Elastic IP addresses.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::describe::Describe;
use super::kind::Kind;
use super::look::Look;
use super::page::Bounds;
use super::{Actions, network_interface, quota, tag, visibility};
use crate::twin::time::Moment;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// The family's actions.
pub const ACTIONS: Actions = &[
    ("AllocateAddress", allocate_address),
    ("AssociateAddress", associate_address),
    ("DescribeAddresses", describe_addresses),
    ("DescribeAddressesAttribute", describe_addresses_attribute),
    ("DisassociateAddress", disassociate_address),
    ("ReleaseAddress", release_address),
];

/// Elastic IP addresses.
pub const KIND: Kind = Kind {
    prefix: "eipalloc-",
    resource_type: "elastic-ip",
    not_found: "InvalidAllocationID.NotFound",
    not_found_message: "The allocation ID '{}' does not exist",
    malformed: "InvalidAllocationID.Malformed",
    exists: |state, id, _| state.addresses.get(id).is_some(),
};

/// What the twin calls public: the block that RFC 2544 keeps for tests of networks, so that no address is anybody's.
const PUBLIC: (u32, u64) = (u32::from_be_bytes([198, 18, 0, 0]), 1 << 17);

/// DescribeAddressesAttribute gives pages of any size.
const ATTRIBUTE_PAGE: Bounds = Bounds { least: 1, most: 1000 };

const FILTERS: &[&str] = &[
    "allocation-id",
    "association-id",
    "domain",
    "network-border-group",
    "network-interface-id",
    "network-interface-owner-id",
    "private-ip-address",
    "public-ip",
    "tag",
];

/// The Elastic IP addresses in one account and region, by allocation id.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    addresses: BTreeMap<String, Address>,
}

/// An Elastic IP address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The address.
    pub public_ip: Ipv4Addr,
    /// The network interface that it is, or was last, associated with.
    association: Option<Association>,
}

/// That an address belongs to a network interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Association {
    /// The association's id.
    pub id: String,
    /// The network interface.
    pub network_interface_id: String,
    /// When it ends, and when all of AWS knows that; none while the interface's owner keeps the address.
    end: Option<End>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    at: Moment,
    known: Moment,
}

impl Address {
    /// The association that the address has at this moment.
    #[must_use]
    pub fn association(&self, now: Moment) -> Option<&Association> {
        self.association.as_ref().filter(|association| association.end.is_none_or(|end| now < end.at))
    }
}

impl State {
    /// An address that is there, whoever can see it.
    #[must_use]
    pub fn get(&self, allocation_id: &str) -> Option<&Address> {
        self.addresses.get(allocation_id)
    }

    /// The address that a network interface has, with its allocation id.
    #[must_use]
    pub fn of_interface(&self, network_interface_id: &str, now: Moment) -> Option<(&str, &Address, &Association)> {
        self.addresses.iter().find_map(|(id, address)| {
            let association = address.association(now)?;
            (association.network_interface_id == network_interface_id).then_some((id.as_str(), address, association))
        })
    }

    /// True where an address belongs to a network interface in the VPC.
    #[must_use]
    pub fn any_mapped_in(&self, state: &super::State, vpc_id: &str, now: Moment) -> bool {
        self.addresses
            .values()
            .filter_map(|address| address.association(now))
            .filter_map(|association| state.network_interfaces.get(&association.network_interface_id, now))
            .any(|interface| interface.vpc_id == vpc_id)
    }
}

/// An address that a call at this moment sees.
///
/// # Errors
/// `InvalidAllocationID.Malformed`, `InvalidAllocationID.NotFound`.
pub fn find<'a>(state: &'a super::State, id: &str, now: Moment) -> Answer<&'a Address> {
    KIND.find(state, id, now, |state| state.addresses.get(id))
}

/// Associates an address with a network interface; answers the association's id.
pub fn associate(call: &mut Call<'_>, allocation_id: &str, network_interface_id: &str) -> String {
    let id = call.new_id("eipassoc");
    if let Some(address) = call.ec2().addresses.addresses.get_mut(allocation_id) {
        let network_interface_id = network_interface_id.to_owned();
        address.association = Some(Association { id: id.clone(), network_interface_id, end: None });
    }
    id
}

/// Lets the association of an address end at a moment. For a while after that, releasing the address may fail because
/// part of AWS still looks for the network interface.
pub fn disassociate(call: &mut Call<'_>, allocation_id: &str, at: Moment) {
    let known = at.after(call.done_after("ReleaseAddress", visibility::LAG).since(call.now));
    let address = call.ec2().addresses.addresses.get_mut(allocation_id);
    if let Some(association) = address.and_then(|address| address.association.as_mut()) {
        association.end = Some(End { at, known });
    }
}

fn allocate_address(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    form.one_of("Domain", &["vpc"])?;
    let border_group = form.optional("NetworkBorderGroup");
    let tags = tag::specified(form, "TagSpecification", KIND.resource_type)?;
    form.finish()?;
    if let Some(other) = border_group.filter(|group| *group != call.caller.region) {
        let text = format!("Value ({other}) for parameter networkBorderGroup is invalid.");
        return Err(Fault::new("InvalidParameterValue", text));
    }
    let limit = quota::limit(call, quota::ADDRESSES);
    if call.ec2().addresses.addresses.len() >= limit {
        return Err(Fault::new("AddressLimitExceeded", "The maximum number of addresses has been reached."));
    }
    let public_ip = unused_address(call);
    let id = call.new_id("eipalloc");
    call.ec2().addresses.addresses.insert(id.clone(), Address { public_ip, association: None });
    visibility::created(call, &id);
    call.ec2().tags.set(&id, tags);
    xml.text("publicIp", public_ip).text("allocationId", &id).text("domain", "vpc");
    xml.text("publicIpv4Pool", "amazon").text("networkBorderGroup", &call.caller.region);
    Ok(())
}

/// An address that nobody in the region has.
fn unused_address(call: &mut Call<'_>) -> Ipv4Addr {
    let stream = format!("address/{}/{}", call.caller.account, call.caller.region);
    loop {
        let (first, size) = PUBLIC;
        let offset = u32::try_from(call.world.draw(&stream) % size).unwrap_or_default();
        let candidate = Ipv4Addr::from(first + offset);
        let mut everybody = call.world.ec2_in(&call.caller.region);
        if !everybody.any(|(_, state)| state.addresses.addresses.values().any(|one| one.public_ip == candidate)) {
            return candidate;
        }
    }
}

/// With a network interface that a person has made; the VPC needs an internet gateway.
fn associate_address(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let (id, interface) = (form.required("AllocationId")?, form.required("NetworkInterfaceId")?);
    let again = form.boolean("AllowReassociation")?.unwrap_or_default();
    form.finish()?;
    let now = call.now;
    let state = call.ec2();
    let held = find(state, id, now)?.association(now).is_some();
    let vpc = network_interface::find(state, interface, now)?.vpc_id.clone();
    if state.internet_gateways.of_vpc(&vpc).is_none() {
        let text = format!("Network {vpc} is not attached to any internet gateway");
        return Err(Fault::new("Gateway.NotAttached", text));
    }
    if !again && (held || state.addresses.of_interface(interface, now).is_some()) {
        let text = format!("resource {id} is already associated with something, or {interface} with an address");
        return Err(Fault::new("Resource.AlreadyAssociated", text));
    }
    let association = associate(call, id, interface);
    xml.text("return", true).text("associationId", association);
    Ok(())
}

fn disassociate_address(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let association = form.required("AssociationId")?;
    form.finish()?;
    let now = call.now;
    let state = call.ec2();
    let holder = state.addresses.addresses.iter().find_map(|(id, address)| {
        let there = address.association(now).filter(|one| one.id == association)?;
        Some((id.clone(), there.network_interface_id.clone()))
    });
    let unknown = || {
        let text = format!("The association ID '{association}' does not exist");
        Fault::new("InvalidAssociationID.NotFound", text)
    };
    let (id, interface) = holder.ok_or_else(unknown)?;
    if state.network_interfaces.get(&interface, now).is_some_and(|one| one.is_requester_managed()) {
        let text = "You do not have permission to access the specified resource.";
        return Err(Fault::new("AuthFailure", text));
    }
    disassociate(call, &id, now);
    xml.text("return", true);
    Ok(())
}

fn release_address(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("AllocationId")?;
    form.finish()?;
    let now = call.now;
    let state = call.ec2();
    let address = find(state, id, now)?;
    if address.association(now).is_some() {
        return Err(Fault::new("InvalidIPAddress.InUse", format!("Address {} is in use.", address.public_ip)));
    }
    if let Some(Association { network_interface_id, end: Some(end), .. }) = &address.association
        && now < end.known
    {
        return Err(super::network_interface::KIND.unknown(network_interface_id));
    }
    state.addresses.addresses.remove(id);
    state.tags.forget(id);
    xml.text("return", true);
    Ok(())
}

fn describe_addresses(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let public_ips = form.list("PublicIp");
    let describe = Describe::read(form, &KIND, "AllocationId", FILTERS, None)?;
    let look = Look::at(call);
    let known = look.state.addresses.addresses.iter();
    let known = known.map(|(id, address)| (id, address, address.public_ip.to_string()));
    let seen: Vec<_> = known.filter(|(id, ..)| look.state.visibility.sees(id, look.now)).collect();
    if let Some(missing) = public_ips.iter().find(|asked| !seen.iter().any(|(_, _, text)| text == *asked)) {
        return Err(Fault::new("InvalidAddress.NotFound", format!("Address '{missing}' not found.")));
    }
    let asked = seen
        .into_iter()
        .filter(|(_, _, text)| public_ips.is_empty() || public_ips.contains(&text.as_str()))
        .map(|(id, address, _)| (id, address));
    let selection = describe.select(look.state, look.now, asked, |id, address, name| {
        attribute(look, id, address, name).into_iter().collect()
    })?;
    selection.write(xml, "addressesSet", |xml, id, address| write(xml, look, id, address));
    Ok(())
}

/// The names that resolvers give for addresses: nobody can set one here, so no address has any.
fn describe_addresses_attribute(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    form.one_of("Attribute", &["domain-name"])?;
    let describe = Describe::read(form, &KIND, "AllocationId", &[], Some(ATTRIBUTE_PAGE))?;
    let look = Look::at(call);
    let all = look.state.addresses.addresses.iter();
    let selection = describe.select(look.state, look.now, all, |_, _, _| Vec::new())?;
    selection.write(xml, "addressSet", |xml, id, address| {
        xml.text("publicIp", address.public_ip).text("allocationId", id);
    });
    Ok(())
}

fn attribute(look: Look<'_>, id: &str, address: &Address, name: &str) -> Option<String> {
    let association = address.association(look.now);
    match name {
        "allocation-id" => Some(id.to_owned()),
        "association-id" => association.map(|association| association.id.clone()),
        "domain" => Some(String::from("vpc")),
        "network-border-group" => Some(look.region.to_owned()),
        "network-interface-id" => association.map(|association| association.network_interface_id.clone()),
        "network-interface-owner-id" => association.map(|_| look.account.to_owned()),
        "private-ip-address" => private_ip(look, association?).map(|ip| ip.to_string()),
        "public-ip" => Some(address.public_ip.to_string()),
        _ => None,
    }
}

fn private_ip(look: Look<'_>, association: &Association) -> Option<Ipv4Addr> {
    look.state.network_interfaces.get(&association.network_interface_id, look.now).map(|one| one.private_ip)
}

fn write(xml: &mut Xml, look: Look<'_>, id: &str, address: &Address) {
    xml.text("publicIp", address.public_ip).text("allocationId", id).text("domain", "vpc");
    xml.text("publicIpv4Pool", "amazon").text("networkBorderGroup", look.region);
    if let Some(association) = address.association(look.now) {
        xml.text("associationId", &association.id).text("networkInterfaceId", &association.network_interface_id);
        xml.text("networkInterfaceOwnerId", look.account);
        xml.optional("privateIpAddress", private_ip(look, association));
    }
    tag::write(xml, look.state.tags.of(id));
}

#[cfg(test)]
mod tests {
    use crate::twin::ec2::test_support::{bench, text};

    #[test]
    fn an_account_has_five_addresses_until_it_releases_one() {
        let mut bench = bench();
        let mut last = String::new();
        for _ in 0..5 {
            last = text(&bench.done("Action=AllocateAddress&Domain=vpc"), "allocationId").to_owned();
        }
        assert_eq!(bench.code("Action=AllocateAddress&Domain=vpc"), "AddressLimitExceeded");
        bench.done(&format!("Action=ReleaseAddress&AllocationId={last}"));
        bench.done("Action=AllocateAddress&Domain=vpc");
        assert_eq!(bench.code(&format!("Action=ReleaseAddress&AllocationId={last}")), "InvalidAllocationID.NotFound");
        assert_eq!(bench.code("Action=DescribeAddresses&PublicIp.1=192.0.2.1"), "InvalidAddress.NotFound");
    }

    #[test]
    fn an_address_is_given_to_an_interface_and_taken_from_it() {
        let mut bench = bench();
        let (vpc, subnet) = bench.public_subnet();
        let made = bench.done(&format!("Action=CreateNetworkInterface&SubnetId={subnet}"));
        let interface = text(&made, "networkInterfaceId").to_owned();
        let address = text(&bench.done("Action=AllocateAddress&Domain=vpc"), "allocationId").to_owned();
        let associate = format!("Action=AssociateAddress&AllocationId={address}&NetworkInterfaceId={interface}");
        let association = text(&bench.done(&associate), "associationId").to_owned();
        assert_eq!(bench.code(&associate), "Resource.AlreadyAssociated");
        let public =
            "Action=DescribeNetworkInterfaces&Filter.1.Name=addresses.association.public-ip&Filter.1.Value.1=*";
        assert_eq!(text(&bench.done(public), "requesterManaged"), "false");
        let disassociate = format!("Action=DisassociateAddress&AssociationId={association}");
        bench.done(&disassociate);
        assert_eq!(bench.code(&disassociate), "InvalidAssociationID.NotFound");
        let igw = bench.internet_gateway_of(&vpc);
        bench.done(&format!("Action=DetachInternetGateway&InternetGatewayId={igw}&VpcId={vpc}"));
        assert_eq!(bench.code(&associate), "Gateway.NotAttached");
        bench.done(&format!("Action=DeleteNetworkInterface&NetworkInterfaceId={interface}"));
        let nat_of = bench.public_subnet().1;
        bench.nat_gateway(&nat_of);
        let of_nat = bench.done(public);
        let taken = format!("Action=DisassociateAddress&AssociationId={}", text(&of_nat, "associationId"));
        assert_eq!(bench.code(&taken), "AuthFailure");
    }

    #[test]
    fn right_after_its_nat_gateway_is_gone_a_release_may_miss_the_interface() {
        let mut bench = bench();
        let (_, subnet) = bench.public_subnet();
        let nat = bench.nat_gateway(&subnet);
        let address = text(&bench.done("Action=DescribeAddresses"), "allocationId").to_owned();
        let attribute = format!("Action=DescribeAddressesAttribute&Attribute=domain-name&AllocationId.1={address}");
        assert_eq!(text(&bench.done(&attribute), "allocationId"), address);
        bench.call(&format!("Action=DeleteNatGateway&NatGatewayId={nat}")).unwrap();
        let release = format!("Action=ReleaseAddress&AllocationId={address}");
        while bench.code(&release) == "InvalidIPAddress.InUse" {
            bench.advance(100);
        }
        assert_eq!(bench.code(&release), "InvalidNetworkInterfaceID.NotFound");
        bench.settle();
        bench.done(&release);
    }
}
