//! The endpoints that AWS Network Firewall makes for its firewalls: Gateway Load Balancer endpoints in the firewall's
//! subnets that nobody but Network Firewall can change or delete, and that routes of the VPC lead to.
//!
//! <https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-components.html>

use super::state::{Endpoint, FirewallEndpoint, Target};
use crate::twin::ec2::network_interface::{self, InterfaceType};
use crate::twin::ec2::tag::Tags;
use crate::twin::time::Moment;
use crate::twin::wire::fault::Answer;
use crate::twin::world::{Call, mix};

/// What a firewall's endpoint is made from.
#[derive(Debug)]
pub struct Specification<'a> {
    /// The VPC.
    pub vpc_id: &'a str,
    /// Its subnet; it must be there.
    pub subnet_id: &'a str,
    /// The firewall's ARN.
    pub firewall_arn: &'a str,
    /// When EC2 tells of it.
    pub appears: Moment,
    /// When it takes packets.
    pub available: Moment,
}

/// Makes an endpoint with its network interface, in the caller's account and region; answers its id.
///
/// # Errors
/// `InvalidSubnetID.NotFound`, `InsufficientFreeAddressesInSubnet`.
pub fn create(call: &mut Call<'_>, specification: &Specification<'_>) -> Answer<String> {
    let id = call.new_id("vpce");
    let interface = network_interface::Specification {
        subnet_id: specification.subnet_id,
        interface_type: InterfaceType::GatewayLoadBalancerEndpoint,
        description: format!("VPC Endpoint Interface {id}"),
        groups: Vec::new(),
    };
    let network_interface_id = network_interface::create(call, &interface)?;
    let service = mix(0, specification.firewall_arn, 0);
    let endpoint = Endpoint {
        id: id.clone(),
        vpc_id: specification.vpc_id.to_owned(),
        service_name: format!("com.amazonaws.vpce.{}.vpce-svc-0{service:016x}", call.caller.region),
        policy: String::new(),
        created: specification.appears,
        available_at: specification.available,
        failure: None,
        gone_at: None,
        target: Target::Firewall(FirewallEndpoint {
            subnet_id: specification.subnet_id.to_owned(),
            network_interface_id,
        }),
    };
    let now = call.now;
    let tags = [("AWSNetworkFirewallManaged", "true"), ("Firewall", specification.firewall_arn)];
    let tags: Tags = tags.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let state = call.ec2();
    state.tags.set(&id, tags);
    state.endpoints.forget_gone(now);
    state.endpoints.endpoints.insert(id.clone(), endpoint);
    Ok(id)
}

/// Lets an endpoint go: at once no packet passes it any more, and at `gone` it and its network interface are gone.
pub fn delete(call: &mut Call<'_>, id: &str, gone: Moment) {
    let state = call.ec2();
    let Some(endpoint) = state.endpoints.endpoints.get_mut(id) else { return };
    endpoint.gone_at = Some(gone);
    if let Target::Firewall(firewall) = &endpoint.target {
        state.network_interfaces.release(&firewall.network_interface_id, gone);
    }
}
