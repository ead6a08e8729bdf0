//! Addresses: what has which, and stand-ins for those that a planned network does not have yet.

use std::net::Ipv4Addr;

use super::super::ObjectId;
use super::super::network::{NatGateway, Network, Subnet};

/// A place on the internet that stands for any: of a range set aside for documentation (RFC 5737), so that no network routes it.
pub(in super::super) const INTERNET: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);

/// Public addresses that AWS has not given out yet are taken from here: a range set aside for tests (RFC 2544).
const UNALLOCATED_PUBLIC: u32 = u32::from_be_bytes([198, 18, 0, 1]);

/// AWS keeps a subnet's first four addresses and its last (VPC user guide, "Subnet CIDR blocks").
const RESERVED_AT_START: u32 = 4;

/// True for addresses that no internet gateway routes because they are private (RFC 1918).
pub(super) fn is_private(address: Ipv4Addr) -> bool {
    address.is_private()
}

/// True for shared addresses, `100.64.0.0/10` (RFC 6598).
pub(super) fn is_shared(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    first == 100 && (64..128).contains(&second)
}

/// An address of a subnet that any host could have: the first one that nothing has which the network shows, and that is not
/// the flow's other end.
pub(in super::super) fn host_address(network: &Network, subnet: &Subnet, other_end: Option<Ipv4Addr>) -> Ipv4Addr {
    let taken = |address: &Ipv4Addr| {
        let by_interface = network
            .interfaces
            .values()
            .any(|one| one.subnet == subnet.id && one.addresses.iter().any(|(private, _)| private == address));
        by_interface || other_end == Some(*address) || nat_gateway_at(network, subnet, *address).is_some()
    };
    let first = u32::from(subnet.range.first()).saturating_add(RESERVED_AT_START);
    let last = u32::from(subnet.range.last()).saturating_sub(1);
    (first..=last).map(Ipv4Addr::from).find(|address| !taken(address)).unwrap_or_else(|| Ipv4Addr::from(first))
}

/// A NAT gateway's private address. One that is only planned stands at the end of its subnet, out of hosts' way.
pub(in super::super) fn nat_private_address(network: &Network, nat: &NatGateway) -> Option<Ipv4Addr> {
    if let Some(address) = nat.private_address {
        return Some(address);
    }
    let last = network.subnets.get(&nat.subnet)?.range.last();
    let before = network.nat_gateways.values().filter(|one| one.subnet == nat.subnet && one.id < nat.id).count();
    let place = u32::try_from(before).ok()?.checked_add(1)?;
    u32::from(last).checked_sub(place).map(Ipv4Addr::from)
}

/// The NAT gateway in a subnet that has an address.
pub(super) fn nat_gateway_at<'network>(
    network: &'network Network,
    subnet: &Subnet,
    address: Ipv4Addr,
) -> Option<&'network NatGateway> {
    network
        .nat_gateways
        .values()
        .find(|nat| nat.subnet == subnet.id && nat_private_address(network, nat) == Some(address))
}

fn nat_public_address(network: &Network, nat: &NatGateway) -> Option<Ipv4Addr> {
    if !nat.public {
        return None;
    }
    nat.public_address.or_else(|| {
        let place = network.nat_gateways.keys().position(|id| *id == nat.id)?;
        u32::try_from(place).ok()?.checked_add(UNALLOCATED_PUBLIC).map(Ipv4Addr::from)
    })
}

/// Every pair of private and public address in a VPC.
pub(in super::super) fn public_addresses<'network>(
    network: &'network Network,
    vpc: &'network ObjectId,
) -> impl Iterator<Item = (Ipv4Addr, Ipv4Addr)> + 'network {
    let inside = |subnet: &ObjectId| network.subnets.get(subnet).is_some_and(|subnet| subnet.vpc == *vpc);
    let nats = network
        .nat_gateways
        .values()
        .filter(move |nat| inside(&nat.subnet))
        .filter_map(|nat| Some((nat_private_address(network, nat)?, nat_public_address(network, nat)?)));
    let interfaces = network
        .interfaces
        .values()
        .filter(move |interface| inside(&interface.subnet))
        .flat_map(|interface| &interface.addresses)
        .filter_map(|(private, public)| Some((*private, (*public)?)));
    nats.chain(interfaces)
}

/// The public address that goes with a private one of a VPC.
pub(in super::super) fn public_address_of(network: &Network, vpc: &ObjectId, private: Ipv4Addr) -> Option<Ipv4Addr> {
    public_addresses(network, vpc).find(|(one, _)| *one == private).map(|(_, public)| public)
}

/// The private address that goes with a public one of a VPC.
pub(in super::super) fn private_address_of(network: &Network, vpc: &ObjectId, public: Ipv4Addr) -> Option<Ipv4Addr> {
    public_addresses(network, vpc).find(|(_, one)| *one == public).map(|(private, _)| private)
}
