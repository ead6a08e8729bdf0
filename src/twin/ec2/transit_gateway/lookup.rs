//! Finding transit gateways and their parts across accounts, and refusing what the caller may not touch.

use super::state::{Attachment, AttachmentStage, Gateway, RouteTable, Stage, State};
use super::{ATTACHMENT, GATEWAY, ROUTE_TABLE};
use crate::twin::ram;
use crate::twin::time::Moment;
use crate::twin::wire::Fault;
use crate::twin::wire::fault::Answer;
use crate::twin::world::{Call, Caller, World};

/// The ARN of a transit gateway, as resource shares name it.
pub(super) fn arn(region: &str, owner: &str, id: &str) -> String {
    format!("arn:aws:ec2:{region}:{owner}:transit-gateway/{id}")
}

/// The transit gateways of every account in a region.
pub(super) fn states<'w>(world: &'w World, region: &str) -> impl Iterator<Item = &'w State> {
    world.ec2_in(region).map(|(_, state)| &state.transit_gateways)
}

/// The same request, made by another account.
pub(super) fn on_behalf<'c>(call: &'c mut Call<'_>, account: &str) -> Call<'c> {
    let caller = Caller { account: account.to_owned(), ..call.caller.clone() };
    Call { world: call.world, caller, now: call.now }
}

/// What an account may do with a gateway, the lesser first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Access {
    /// See it and attach VPCs, since it is shared with the account.
    Participant,
    /// Everything.
    Owner,
}

/// What an account may do with a gateway, if it sees it.
pub(super) fn access(world: &World, region: &str, account: &str, gateway: &Gateway, now: Moment) -> Option<Access> {
    if !gateway.progress.shown(now) {
        return None;
    }
    if gateway.owner == account {
        return Some(Access::Owner);
    }
    ram::shared_with(world, &arn(region, &gateway.owner, &gateway.id), account, now).then_some(Access::Participant)
}

fn sees(call: &Call<'_>, id: &str) -> bool {
    call.world.ec2_of(&call.caller.account, &call.caller.region).is_none_or(|state| state.visibility.sees(id, call.now))
}

/// A gateway that the caller sees, may use as `least` says, and that is available.
///
/// # Errors
/// `InvalidTransitGatewayID.Malformed`, `InvalidTransitGatewayID.NotFound`, `UnauthorizedOperation`, `IncorrectState`.
pub(super) fn available_gateway<'c>(call: &'c Call<'_>, id: &str, least: Access) -> Answer<&'c Gateway> {
    GATEWAY.check(id)?;
    let Caller { account, region, .. } = &call.caller;
    let (gateway, access) = states(call.world, region)
        .find_map(|state| state.gateways.get(id))
        .filter(|_| sees(call, id))
        .and_then(|gateway| Some((gateway, access(call.world, region, account, gateway, call.now)?)))
        .ok_or_else(|| GATEWAY.unknown(id))?;
    if access < least {
        return Err(not_authorized());
    }
    match gateway.progress.stage(call.now) {
        Stage::Available => Ok(gateway),
        Stage::Deleted => Err(GATEWAY.unknown(id)),
        _ => Err(invalid_state(id)),
    }
}

/// A route table of one of the caller's gateways; only their owner sees them.
///
/// # Errors
/// `InvalidRouteTableID.Malformed`, `InvalidRouteTableID.NotFound`.
pub(super) fn route_table<'c>(call: &'c Call<'_>, id: &str) -> Answer<&'c RouteTable> {
    ROUTE_TABLE.check(id)?;
    call.world
        .ec2_of(&call.caller.account, &call.caller.region)
        .and_then(|state| state.transit_gateways.route_tables.get(id))
        .filter(|table| sees(call, id) && table.progress.stage(call.now) != Stage::Deleted)
        .ok_or_else(|| ROUTE_TABLE.unknown(id))
}

/// The same, if it is available.
///
/// # Errors
/// `IncorrectState` besides.
pub(super) fn available_route_table<'c>(call: &'c Call<'_>, id: &str) -> Answer<&'c RouteTable> {
    let table = route_table(call, id)?;
    if table.progress.stage(call.now) == Stage::Available { Ok(table) } else { Err(invalid_state(id)) }
}

/// An attachment that the caller sees, as the owner of the gateway or of the VPC, and that has not ended.
///
/// # Errors
/// `InvalidTransitGatewayAttachmentID.Malformed`, `InvalidTransitGatewayAttachmentID.NotFound`; `IncorrectState` for one
/// that was rejected or failed and is still shown.
pub(super) fn attachment<'c>(call: &'c Call<'_>, id: &str) -> Answer<&'c Attachment> {
    ATTACHMENT.check(id)?;
    let attachment = states(call.world, &call.caller.region)
        .find_map(|state| state.attachments.get(id))
        .filter(|one| one.belongs_to(&call.caller.account) && one.shown(call.now) && sees(call, id))
        .ok_or_else(|| ATTACHMENT.unknown(id))?;
    match attachment.stage(call.now) {
        AttachmentStage::Open(Stage::Deleted) => Err(ATTACHMENT.unknown(id)),
        stage if stage.ended() => Err(invalid_state(id)),
        _ => Ok(attachment),
    }
}

/// An attachment that is available, to the gateway of a route table of the caller.
///
/// # Errors
/// As [`attachment`], and `IncorrectState`.
pub(super) fn available_attachment<'c>(call: &'c Call<'_>, id: &str, table: &RouteTable) -> Answer<&'c Attachment> {
    let attachment = attachment(call, id)?;
    if attachment.gateway_id != table.gateway_id {
        return Err(ATTACHMENT.unknown(id));
    }
    if attachment.stage(call.now) == AttachmentStage::Open(Stage::Available) {
        Ok(attachment)
    } else {
        Err(invalid_state(id))
    }
}

/// What AWS answers where something is not in the state that an action needs.
pub(super) fn invalid_state(id: &str) -> Fault {
    Fault::new("IncorrectState", format!("{id} is in invalid state"))
}

/// What AWS answers where only another account may do this.
pub(super) fn not_authorized() -> Fault {
    Fault::new("UnauthorizedOperation", "You are not authorized to perform this operation.").with_status(403)
}
