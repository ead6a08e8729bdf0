//! The transit gateway: its tables, and what connects attachments with them.

use std::collections::BTreeSet;

use super::named;
use crate::kinds::transit_gateway_route::TransitGatewayRouteTarget;
use crate::kinds::{self, State};
use crate::reach::network::{
    AttachedResource, Network, ObjectId, RouteDestination, RouteOrigin, TransitGateway, TransitGatewayRoute,
    TransitGatewayRouteTable, TransitGatewayTarget,
};
use crate::values::Cidr;

pub(super) fn gateway(network: &mut Network, id: ObjectId, owner: &str) {
    let gateway = TransitGateway { id: id.clone(), account: owner.to_owned() };
    network.transit_gateways.insert(id, gateway);
}

pub(super) fn route_table(network: &mut Network, id: ObjectId, table: &kinds::TransitGatewayRouteTable) {
    let table = TransitGatewayRouteTable {
        id: id.clone(),
        transit_gateway: named(&table.transit_gateway),
        routes: Vec::new(),
        propagations: BTreeSet::new(),
        known: true,
    };
    network.transit_gateway_route_tables.insert(id, table);
}

pub(super) fn associate(network: &mut Network, association: &kinds::TransitGatewayAssociation) {
    if let Some(attachment) = network.attachments.get_mut(&named(&association.attachment)) {
        attachment.association = Some(named(&association.route_table));
    }
}

pub(super) fn enable(network: &mut Network, propagation: &kinds::TransitGatewayPropagation) {
    if let Some(table) = network.transit_gateway_route_tables.get_mut(&named(&propagation.route_table)) {
        table.propagations.insert(named(&propagation.attachment));
    }
}

/// A route whose attachment is gone is one to nowhere, whoever meant what; one that AWS has not taken up yet is none.
pub(super) fn route(network: &mut Network, route: &kinds::TransitGatewayRoute, state: &State) {
    let target = match (state, &route.target) {
        (State::Ready, TransitGatewayRouteTarget::Attachment(attachment)) => {
            TransitGatewayTarget::Attachment(named(attachment))
        }
        (State::Pending(word), _) if word != "blackhole" => return,
        _ => TransitGatewayTarget::Blackhole,
    };
    let destination = RouteDestination::Range(route.destination);
    if let Some(table) = network.transit_gateway_route_tables.get_mut(&named(&route.route_table)) {
        table.routes.push(TransitGatewayRoute { destination, target, origin: RouteOrigin::Static });
    }
}

/// Adds the routes that propagation brings: each range of each propagating VPC. Of two equal ranges AWS takes one and says
/// nothing of the other.
pub(super) fn propagate(network: &mut Network) {
    for table in network.transit_gateway_route_tables.values_mut() {
        let mut learned: BTreeSet<Cidr> = BTreeSet::new();
        for attachment in &table.propagations {
            let Some(AttachedResource::Vpc { vpc, .. }) = network.attachments.get(attachment).map(|one| &one.resource)
            else {
                continue;
            };
            let ranges = network.vpcs.get(vpc).map(|vpc| vpc.ranges.as_slice()).unwrap_or_default();
            for range in ranges.iter().filter(|range| learned.insert(**range)) {
                table.routes.push(TransitGatewayRoute {
                    destination: RouteDestination::Range(*range),
                    target: TransitGatewayTarget::Attachment(attachment.clone()),
                    origin: RouteOrigin::Vpc,
                });
            }
        }
    }
}
