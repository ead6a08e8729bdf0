//! Peering attachments: a transit gateway's to another one. Nobody in the twin owns the other, so that none is accepted.
//!
//! <https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering.html>

use super::lookup::{self, Access};
use super::state::{Peering, Progress, Stage};
use super::{ATTACHMENT, GATEWAY};
use crate::twin::ec2::{tag, visibility};
use crate::twin::time::Duration;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Form, Xml};
use crate::twin::world::Call;

/// How long a new one is `initiatingRequest`, and how long deleting takes: the twin's own.
const CREATE: Duration = Duration::seconds(10, 60, 120);
const DELETE: Duration = Duration::seconds(60, 120, 300);

pub(super) fn create(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let gateway_id = form.required("TransitGatewayId")?;
    let (peer_id, peer_owner) = (form.required("PeerTransitGatewayId")?, form.required("PeerAccountId")?);
    let peer_region = form.required("PeerRegion")?;
    let tags = tag::specified(form, "TagSpecification", ATTACHMENT.resource_type)?;
    form.finish()?;
    GATEWAY.check(peer_id)?;
    lookup::available_gateway(call, gateway_id, Access::Owner)?;
    let id = call.new_id("tgw-attach");
    let peering = Peering {
        gateway_id: gateway_id.to_owned(),
        peer_id: peer_id.to_owned(),
        peer_owner: peer_owner.to_owned(),
        peer_region: peer_region.to_owned(),
        created: call.now,
        progress: Progress::Pending(call.done_after("CreateTransitGatewayPeeringAttachment", CREATE)),
    };
    visibility::created(call, &id);
    call.ec2().tags.set(&id, tags);
    answer(call, xml, &id, peering);
    Ok(())
}

pub(super) fn delete(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("TransitGatewayAttachmentId")?;
    form.finish()?;
    ATTACHMENT.check(id)?;
    let now = call.now;
    let found = call.ec2().transit_gateways.peerings.get(id).cloned();
    let mut peering = found.filter(|one| one.progress.shown(now)).ok_or_else(|| ATTACHMENT.unknown(id))?;
    match peering.progress.stage(now) {
        Stage::Deleted => return Err(ATTACHMENT.unknown(id)),
        Stage::Deleting => return Err(lookup::invalid_state(id)),
        _ => {}
    }
    peering.progress = Progress::Deleting(call.done_after("DeleteTransitGatewayPeeringAttachment", DELETE));
    answer(call, xml, id, peering);
    Ok(())
}

/// Keeps a changed one and answers with it.
fn answer(call: &mut Call<'_>, xml: &mut Xml, id: &str, peering: Peering) {
    let (account, region, now) = (call.caller.account.clone(), call.caller.region.clone(), call.now);
    let state = call.ec2();
    xml.element("transitGatewayPeeringAttachment", |xml| {
        xml.text("transitGatewayAttachmentId", id).text("state", peering.state(now));
        xml.element("requesterTgwInfo", |xml| {
            xml.text("transitGatewayId", &peering.gateway_id).text("ownerId", account).text("region", region);
        });
        xml.element("accepterTgwInfo", |xml| {
            xml.text("transitGatewayId", &peering.peer_id).text("ownerId", &peering.peer_owner);
            xml.text("region", &peering.peer_region);
        });
        xml.text("creationTime", peering.created.iso8601());
        tag::write(xml, state.tags.of(id));
    });
    state.transit_gateways.peerings.insert(id.to_owned(), peering);
}
