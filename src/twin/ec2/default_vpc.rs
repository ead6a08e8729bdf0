//! What a new account has in every region: a VPC, with a public subnet in every Availability Zone.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html>

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::{availability_zone, internet_gateway, route, subnet, vpc};
use crate::twin::world::{Call, Caller, World};

/// The default VPC's addresses.
const CIDR: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(172, 31, 0, 0), 16);

/// Makes the default VPC of an account in a region, as something that has always been there: it is available, and every
/// call sees it.
pub fn make(world: &mut World, account: &str, region: &str) {
    let now = world.now;
    let arn = format!("arn:aws:iam::{account}:root");
    let caller = Caller { account: account.to_owned(), arn, assumed: false, region: region.to_owned() };
    let call = &mut Call { world, caller, now };
    let zones = availability_zone::of(call);
    if zones.is_empty() {
        return;
    }
    let vpc_id = vpc::make(call, vpc::Specification { cidr: CIDR, is_default: true, dedicated: false, available: now });
    let gateway = internet_gateway::make(call, Some(vpc_id.clone()));
    if let Some(main) = call.ec2().route_tables.main_of(&vpc_id).map(str::to_owned) {
        route::insert(call, &main, Ipv4Net::default(), route::Target::InternetGateway(gateway));
    }
    let blocks = CIDR.subnets(20).into_iter().flatten();
    for (zone, cidr) in zones.into_iter().zip(blocks) {
        subnet::make(
            call,
            subnet::Subnet {
                vpc_id: vpc_id.clone(),
                cidr,
                zone,
                available: now,
                default_for_az: true,
                map_public_ip_on_launch: true,
                resource_name_hostnames: false,
                resource_name_a_records: false,
            },
        );
    }
}
