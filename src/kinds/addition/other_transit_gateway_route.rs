//! Static routes of transit gateway route tables that lz has no kind for.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::TransitGatewayRoute;

use super::Addition;
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::kinds::answer::{gone, state};
use crate::kinds::fields::with_fields;
use crate::kinds::{
    Calls, FindingRule, Identity, Observed, Realm, Specification, State, Tagging, Task, Timing,
    TransitGatewayRouteTable, View,
};
use crate::values::Severity;

with_fields! {
    /// A static route to an IPv6 range, or to the ranges of a prefix list that somebody refers to.
    pub struct OtherTransitGatewayRoute with OtherTransitGatewayRouteField {
        /// The table.
        #[key]
        #[immutable]
        pub route_table: Ref<TransitGatewayRouteTable>,
        /// The range, or the prefix list's id.
        #[key]
        #[immutable]
        pub destination: String,
    }
}

impl Specification for OtherTransitGatewayRoute {
    const NAME: &'static str = "other-transit-gateway-route";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(5, 0, 5);
    const REALM: Realm = Realm::Hub;
    const TAGGING: Tagging = Tagging::None;
    const CALLS: Calls =
        Calls::new(&["CreateTransitGatewayRoute", "CreateTransitGatewayPrefixListReference"], &[], &[]);
    const OPERATIONS: &'static [Operation] = &[<Self as Addition>::DESCRIBE, DELETE, DELETE_REFERENCE];
    const FINDINGS: &'static [FindingRule<OtherTransitGatewayRouteField>] =
        &[FindingRule::unmanaged(Severity::High).nist(&["AC-4", "SC-7"])];
}

const DELETE: Operation = Service::Ec2.delete("DeleteTransitGatewayRoute");
const DELETE_REFERENCE: Operation = Service::Ec2.delete("DeleteTransitGatewayPrefixListReference");

impl Addition for OtherTransitGatewayRoute {
    const DESCRIBE: Operation = Service::Ec2.read("SearchTransitGatewayRoutes");

    /// A prefix list is told once, however many ranges it has.
    async fn find(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(Self::DESCRIBE);
        let mut seen = BTreeSet::new();
        let mut all = Vec::new();
        for (table, route) in view.transit_gateway_static_routes().await? {
            let Some(destination) = other_destination(route) else { continue };
            let state = match answer.part(route.state(), "state")?.as_str() {
                "blackhole" => Some(State::Ready),
                word => state(word, None),
            };
            let id = format!("{table}|{destination}");
            if let Some(state) = state
                && seen.insert(id.clone())
            {
                let spec = Self { route_table: Ref::id(table), destination: destination.to_owned() };
                all.push(Observed { id, aliases: Vec::new(), tags: BTreeMap::new(), state, spec });
            }
        }
        Ok(all)
    }

    async fn remove(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let destination = &live.spec.destination;
        if is_prefix_list(destination) {
            let table = task.id(DELETE_REFERENCE, &live.spec.route_table)?;
            let request = || task.cloud.ec2().delete_transit_gateway_prefix_list_reference();
            let send = || request().transit_gateway_route_table_id(table).prefix_list_id(destination).send();
            return gone(task.cloud.call(DELETE_REFERENCE, send).await);
        }
        let table = task.id(DELETE, &live.spec.route_table)?;
        let request = || task.cloud.ec2().delete_transit_gateway_route();
        let send = || request().transit_gateway_route_table_id(table).destination_cidr_block(destination).send();
        gone(task.cloud.call(DELETE, send).await)
    }
}

fn is_prefix_list(destination: &str) -> bool {
    destination.starts_with("pl-")
}

/// The destination of a route that is none to an IPv4 range of its own: a prefix list's id, or an IPv6 range.
pub(in crate::kinds) fn other_destination(route: &TransitGatewayRoute) -> Option<&str> {
    let ipv6 = || route.destination_cidr_block().filter(|range| range.contains(':'));
    route.prefix_list_id().or_else(ipv6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_to_an_ipv4_range_of_its_own_is_none() {
        let to = |range: &str| TransitGatewayRoute::builder().destination_cidr_block(range);
        assert_eq!(other_destination(&to("10.0.0.0/8").build()), None);
        assert_eq!(other_destination(&to("2001:db8::/32").build()), Some("2001:db8::/32"));
        assert_eq!(other_destination(&to("10.0.0.0/8").prefix_list_id("pl-1").build()), Some("pl-1"));
    }
}
