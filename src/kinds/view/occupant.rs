//! Network interfaces that nothing of the zone has made.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{NetworkInterface, NetworkInterfaceType};
use serde::{Deserialize, Serialize};

use super::View;
use crate::cloud::{CallError, Operation, Service};

const DESCRIBE: Operation = Service::Ec2.read("DescribeNetworkInterfaces");

/// A network interface of somebody else's: an instance's, a load balancer's, a function's. While it is there, AWS deletes
/// neither its subnet nor its VPC nor its security groups, and does not release its address (VPC user guide, "Delete your
/// VPC").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occupant {
    /// Its id, `eni-…`.
    pub id: String,
    /// The ids of what it is in and of what it uses: VPC, subnet, security groups, Elastic IP addresses.
    pub uses: BTreeSet<String>,
}

/// The network interfaces in the zone's VPCs, and those that have one of its Elastic IP addresses, but for those of NAT
/// gateways, attachments and endpoints, which are there as long as these.
///
/// # Errors
/// The first call that failed.
pub async fn occupants(view: &View) -> Result<Vec<Occupant>, CallError> {
    let send = |filter, token| {
        let request = view.cloud.ec2().describe_network_interfaces().filters(filter);
        request.max_results(1000).set_next_token(token).send()
    };
    let vpcs = view.vpc_ids().await?;
    let interfaces =
        view.by_ids(DESCRIBE, "vpc-id", vpcs, send, |page| (page.network_interfaces, page.next_token)).await?;
    let addresses = view.addresses().await?;
    let (parts, foreign): (Vec<_>, Vec<_>) = interfaces.iter().partition(|interface| is_part(interface));
    let parts: BTreeSet<Option<&str>> = parts.iter().map(|interface| interface.network_interface_id()).collect();
    let mut found = Vec::new();
    for interface in foreign {
        let id = view.answer(DESCRIBE).part(interface.network_interface_id.clone(), "networkInterfaceId")?;
        let groups = interface.groups().iter().filter_map(|group| group.group_id());
        let uses = interface.vpc_id().into_iter().chain(interface.subnet_id()).chain(groups);
        found.push(Occupant { id, uses: uses.map(str::to_owned).collect() });
    }
    for address in addresses.iter().filter(|address| !parts.contains(&address.network_interface_id())) {
        if let (Some(id), Some(address)) = (address.network_interface_id(), address.allocation_id()) {
            found.push(Occupant { id: id.to_owned(), uses: BTreeSet::from([address.to_owned()]) });
        }
    }
    Ok(found)
}

/// True for an interface that belongs to a resource which is seen itself.
fn is_part(interface: &NetworkInterface) -> bool {
    matches!(
        interface.interface_type(),
        Some(
            NetworkInterfaceType::NatGateway
                | NetworkInterfaceType::TransitGateway
                | NetworkInterfaceType::VpcEndpoint
                | NetworkInterfaceType::GatewayLoadBalancerEndpoint
        )
    )
}
