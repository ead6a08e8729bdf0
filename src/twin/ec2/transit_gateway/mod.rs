//! Transit gateways.
//!
//! Gateways, their route tables and the attachments to them live with the gateway's owner, in its account and region
//! (`state`); the owner of an attached VPC sees and changes its attachments there. Whether another account sees a
//! gateway is for [`ram`](crate::twin::ram) to say. Routes are not stored but judged whenever somebody looks
//! (`routing`): propagations and static routes are, with the moments at which they begin and end.
//!
//! <https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html>

use std::collections::BTreeMap;

use ipnet::Ipv4Net;

use super::Actions;
use super::kind::Kind;
use crate::twin::time::Moment;
use crate::twin::world::{Call, World};

mod association;
mod attach;
mod attachment;
mod attachment_change;
mod gateway;
mod lookup;
mod peering;
mod policy_table;
mod prefix_list_reference;
mod propagation;
mod route;
mod route_table;
mod routing;
mod search;
mod state;
#[cfg(test)]
mod tests;

pub use state::State;

/// The family's actions.
pub const ACTIONS: Actions = &[
    ("AcceptTransitGatewayVpcAttachment", attachment_change::accept),
    ("AssociateTransitGatewayRouteTable", association::associate),
    ("CreateTransitGateway", gateway::create),
    ("CreateTransitGatewayPeeringAttachment", peering::create),
    ("CreateTransitGatewayPolicyTable", policy_table::create),
    ("CreateTransitGatewayPrefixListReference", prefix_list_reference::create),
    ("CreateTransitGatewayRoute", route::create),
    ("CreateTransitGatewayRouteTable", route_table::create),
    ("CreateTransitGatewayVpcAttachment", attach::create),
    ("DeleteTransitGateway", gateway::delete),
    ("DeleteTransitGatewayPeeringAttachment", peering::delete),
    ("DeleteTransitGatewayPolicyTable", policy_table::delete),
    ("DeleteTransitGatewayPrefixListReference", prefix_list_reference::delete),
    ("DeleteTransitGatewayRoute", route::delete),
    ("DeleteTransitGatewayRouteTable", route_table::delete),
    ("DeleteTransitGatewayVpcAttachment", attachment_change::delete),
    ("DescribeTransitGatewayAttachments", attachment::describe_attachments),
    ("DescribeTransitGatewayPolicyTables", policy_table::describe),
    ("DescribeTransitGatewayRouteTables", route_table::describe),
    ("DescribeTransitGatewayVpcAttachments", attachment::describe_vpc_attachments),
    ("DescribeTransitGateways", gateway::describe),
    ("DisableTransitGatewayRouteTablePropagation", propagation::disable),
    ("DisassociateTransitGatewayRouteTable", association::disassociate),
    ("EnableTransitGatewayRouteTablePropagation", propagation::enable),
    ("GetTransitGatewayAttachmentPropagations", propagation::of_attachment),
    ("GetTransitGatewayRouteTableAssociations", association::associations),
    ("GetTransitGatewayRouteTablePropagations", propagation::of_route_table),
    ("ModifyTransitGateway", gateway::modify),
    ("ModifyTransitGatewayVpcAttachment", attachment_change::modify),
    ("RejectTransitGatewayVpcAttachment", attachment_change::reject),
    ("ReplaceTransitGatewayRoute", route::replace),
    ("SearchTransitGatewayRoutes", search::search),
];

/// Transit gateways.
pub const GATEWAY: Kind = Kind {
    prefix: "tgw-",
    resource_type: "transit-gateway",
    not_found: "InvalidTransitGatewayID.NotFound",
    not_found_message: "Transit Gateway {} was deleted or does not exist.",
    malformed: "InvalidTransitGatewayID.Malformed",
    exists: |state, id, now| state.transit_gateways.gateways.get(id).is_some_and(|gateway| gateway.progress.shown(now)),
};

/// Attachments to transit gateways.
pub const ATTACHMENT: Kind = Kind {
    prefix: "tgw-attach-",
    resource_type: "transit-gateway-attachment",
    not_found: "InvalidTransitGatewayAttachmentID.NotFound",
    not_found_message: "Transit Gateway Attachment {} was deleted or does not exist.",
    malformed: "InvalidTransitGatewayAttachmentID.Malformed",
    exists: |state, id, now| {
        let state = &state.transit_gateways;
        let elsewhere = state.elsewhere.get(id).is_some_and(|one| one.shown(now));
        let peering = state.peerings.get(id).is_some_and(|one| one.progress.shown(now));
        elsewhere || peering || state.attachments.get(id).is_some_and(|attachment| attachment.shown(now))
    },
};

/// Route tables of transit gateways.
pub const ROUTE_TABLE: Kind = Kind {
    prefix: "tgw-rtb-",
    resource_type: "transit-gateway-route-table",
    not_found: "InvalidRouteTableID.NotFound",
    not_found_message: "Transit Gateway Route Table {} was deleted or does not exist.",
    malformed: "InvalidRouteTableId.Malformed",
    exists: |state, id, now| state.transit_gateways.route_tables.get(id).is_some_and(|table| table.progress.shown(now)),
};

/// Policy tables of transit gateways.
pub const POLICY_TABLE: Kind = Kind {
    prefix: "tgw-ptb-",
    resource_type: "transit-gateway-policy-table",
    not_found: "InvalidTransitGatewayPolicyTableId.NotFound",
    not_found_message: "Transit Gateway Policy Table {} was deleted or does not exist.",
    malformed: "InvalidTransitGatewayPolicyTableId.Malformed",
    exists: |state, id, now| {
        state.transit_gateways.policy_tables.get(id).is_some_and(|table| table.progress.shown(now))
    },
};

/// True where an account owns a transit gateway that was not deleted.
#[must_use]
pub fn exists(world: &World, account: &str, region: &str, id: &str) -> bool {
    world
        .ec2_of(account, region)
        .and_then(|state| state.transit_gateways.gateways.get(id))
        .is_some_and(|gateway| gateway.progress.stage(world.now) != state::Stage::Deleted)
}

/// True where the VPC of this account has an attachment to the transit gateway that is available: only then may a route
/// of the VPC lead there.
#[must_use]
pub fn attached(world: &World, account: &str, region: &str, vpc_id: &str, tgw_id: &str, now: Moment) -> bool {
    lookup::states(world, region).flat_map(|state| state.attachments.values()).any(|attachment| {
        attachment.gateway_id == tgw_id
            && attachment.vpc_id == vpc_id
            && attachment.vpc_owner == account
            && attachment.stage(now).forwards()
    })
}

/// The routes of a table of the caller.
fn routes(call: &Call<'_>, table: &state::RouteTable) -> BTreeMap<Ipv4Net, routing::Route> {
    let Call { world, caller, now } = call;
    let Some(own) = world.ec2_of(&caller.account, &caller.region) else { return BTreeMap::new() };
    let range = |attachment: &state::Attachment| {
        let owner = world.ec2_of(&attachment.vpc_owner, &caller.region)?;
        Some(owner.vpcs.get(&attachment.vpc_id)?.cidr)
    };
    routing::routes(table, &own.transit_gateways.attachments, range, *now)
}
