//! VPC endpoints: gateway endpoints, which are routes, interface endpoints, which are network interfaces, and those that
//! AWS Network Firewall makes for its firewalls, which routes lead to.
//!
//! <https://docs.aws.amazon.com/vpc/latest/privatelink/concepts.html>

use super::Actions;
use super::kind::Kind;

mod change;
mod create;
mod describe;
pub mod firewall;
mod prefix_list;
mod service;
mod state;
#[cfg(test)]
mod tests;

pub use prefix_list::blocks_of_prefix_list;
pub use service::has_prefix_list;
pub use state::{EndpointType, PrefixListRoute, State};

/// The family's actions.
pub const ACTIONS: Actions = &[
    ("CreateVpcEndpoint", create::create),
    ("DeleteVpcEndpoints", change::delete),
    ("DescribeManagedPrefixLists", prefix_list::describe_managed),
    ("DescribePrefixLists", prefix_list::describe_prefix_lists),
    ("DescribeVpcEndpointServices", service::describe_services),
    ("DescribeVpcEndpoints", describe::describe),
    ("GetManagedPrefixListEntries", prefix_list::entries),
    ("ModifyVpcEndpoint", change::modify),
];

/// VPC endpoints.
pub const KIND: Kind = Kind {
    prefix: "vpce-",
    resource_type: "vpc-endpoint",
    not_found: "InvalidVpcEndpointId.NotFound",
    not_found_message: "The Vpc Endpoint Id '{}' does not exist",
    malformed: "InvalidVpcEndpointId.Malformed",
    exists: |state, id, now| state.endpoints.get(id, now).is_some(),
};
