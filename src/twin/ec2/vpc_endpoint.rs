//! VPC endpoints.

use serde::{Deserialize, Serialize};

use super::Actions;
use crate::twin::time::Moment;

/// The family's state in one account and region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {}

/// The family's actions.
pub const ACTIONS: Actions = &[];

/// The types of endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndpointType {
    /// Routes of prefix lists in route tables.
    Gateway,
    /// Network interfaces with private addresses.
    Interface,
    /// A network interface that routes may lead to.
    GatewayLoadBalancer,
}

/// A route that a gateway endpoint has put in a route table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrefixListRoute {
    /// Where it leads to: the service's prefix list.
    pub prefix_list_id: String,
    /// The endpoint.
    pub endpoint_id: String,
}

impl State {
    /// The type of an available endpoint of the VPC.
    #[must_use]
    pub fn available(&self, _vpc_id: &str, _endpoint_id: &str, _now: Moment) -> Option<EndpointType> {
        None
    }

    /// True where the VPC has any endpoint that is not yet deleted.
    #[must_use]
    pub fn any_in_vpc(&self, _vpc_id: &str, _now: Moment) -> bool {
        false
    }

    /// The routes of gateway endpoints in a route table, in the order of the endpoints' ids.
    #[must_use]
    pub fn routes_in(&self, _route_table_id: &str, _now: Moment) -> Vec<PrefixListRoute> {
        Vec::new()
    }
}
