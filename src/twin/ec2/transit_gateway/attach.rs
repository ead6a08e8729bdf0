//! CreateTransitGatewayVpcAttachment, and how an attachment opens once nobody has to accept it any more.

use super::attachment_change::{FAIL, REJECT};
use super::gateway::switch;
use super::lookup::{self, Access};
use super::state::{Association, Attachment, AttachmentOptions, AttachmentProgress, Elsewhere, Progress, Propagation};
use super::{ATTACHMENT, association, attachment, propagation};
use crate::twin::ec2::network_interface::{InterfaceType, Specification};
use crate::twin::ec2::quota;
use crate::twin::ec2::zonal::ZonalSubnets;
use crate::twin::ec2::{tag, visibility, vpc};
use crate::twin::time::Duration;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::{AccountId, Call};

const OPEN: Duration = Duration::seconds(110, 180, 600);
/// When somebody in the gateway's account rejects an attachment that is to end so, in milliseconds: the twin's own number.
const REJECTED_AFTER: u64 = 5000;

pub(super) fn create(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let gateway_id = form.required("TransitGatewayId")?;
    let vpc_id = form.required("VpcId")?;
    let subnet_ids = form.list("SubnetIds");
    let options = read_options(form.form("Options"))?;
    let tags = tag::specified(form, "TagSpecifications", ATTACHMENT.resource_type)?;
    form.finish()?;
    let gateway = lookup::available_gateway(call, gateway_id, Access::Participant)?;
    let (gateway_owner, auto_accept) = (gateway.owner.clone(), gateway.options.auto_accept_shared_attachments);
    let now = call.now;
    let state = call.ec2();
    if vpc::state_at(vpc::find(state, vpc_id, now)?.available, now) != "available" {
        return Err(lookup::invalid_state(vpc_id));
    }
    if subnet_ids.is_empty() {
        return Err(Fault::new("MissingParameter", "The request must contain the parameter SubnetIds"));
    }
    let mut subnets = ZonalSubnets::default();
    subnets.add(state, vpc_id, &subnet_ids, now)?;
    check_room(call, gateway_id, vpc_id)?;
    let id = call.new_id("tgw-attach");
    let vpc_owner = call.caller.account.clone();
    let mut attachment = Attachment {
        id: id.clone(),
        gateway_id: gateway_id.to_owned(),
        gateway_owner: gateway_owner.clone(),
        vpc_id: vpc_id.to_owned(),
        vpc_owner: vpc_owner.clone(),
        subnets,
        options,
        created: now,
        progress: AttachmentProgress::AwaitingAcceptance,
        association: None,
    };
    match (gateway_owner == vpc_owner || auto_accept, call.failure("CreateTransitGatewayVpcAttachment").as_deref()) {
        (true, Some("failed")) => {
            let failed_at = call.done_after("CreateTransitGatewayVpcAttachment/failed", FAIL);
            attachment.progress = AttachmentProgress::Failing(failed_at);
        }
        (true, _) => open(call, &mut attachment)?,
        (false, Some("rejected")) => {
            let asked = now.after(REJECTED_AFTER);
            let rejected_at = call.done_after("RejectTransitGatewayVpcAttachment", REJECT).since(now);
            attachment.progress = AttachmentProgress::Rejecting(asked, asked.after(rejected_at));
        }
        (false, _) => {}
    }
    visibility::created(call, &id);
    call.ec2().tags.set(&id, tags);
    call.ec2().transit_gateways.forget_ended(now);
    call.world.ec2(&gateway_owner, &call.caller.region).transit_gateways.forget_ended(now);
    if gateway_owner != vpc_owner {
        visibility::created(&mut lookup::on_behalf(call, &gateway_owner), &id);
        let ends_at = match attachment.progress {
            AttachmentProgress::Failing(at) | AttachmentProgress::Rejecting(_, at) => Some(at),
            AttachmentProgress::AwaitingAcceptance | AttachmentProgress::Open(_) => None,
        };
        call.ec2().transit_gateways.elsewhere.insert(id, Elsewhere { vpc_id: vpc_id.to_owned(), ends_at });
    }
    attachment::keep(call, attachment, xml);
    Ok(())
}

fn read_options(options: Option<&Form>) -> Answer<AttachmentOptions> {
    Ok(AttachmentOptions {
        dns_support: switch(options, "DnsSupport")?.unwrap_or(true),
        security_group_referencing_support: switch(options, "SecurityGroupReferencingSupport")?.unwrap_or(true),
        ipv6_support: switch(options, "Ipv6Support")?.unwrap_or(false),
        appliance_mode_support: switch(options, "ApplianceModeSupport")?.unwrap_or(false),
    })
}

fn check_room(call: &Call<'_>, gateway_id: &str, vpc_id: &str) -> Answer<()> {
    let live = || {
        lookup::states(call.world, &call.caller.region)
            .flat_map(|state| state.attachments.values())
            .filter(|one| !one.stage(call.now).ended())
    };
    if live().any(|one| one.gateway_id == gateway_id && one.vpc_id == vpc_id) {
        let text = format!("{gateway_id} has non-deleted Transit Gateway Attachments with same VPC ID.");
        return Err(Fault::new("DuplicateTransitGatewayAttachment", text));
    }
    for (used, quota, what) in [
        (live().filter(|one| one.gateway_id == gateway_id).count(), quota::TRANSIT_GATEWAY_ATTACHMENTS, gateway_id),
        (live().filter(|one| one.vpc_id == vpc_id).count(), quota::TRANSIT_GATEWAYS_PER_VPC, vpc_id),
    ] {
        let most = quota::limit(call, quota);
        if used >= most {
            let text = format!("You have reached the limit of {most} transit gateway attachments of {what}.");
            return Err(Fault::new("TransitGatewayAttachmentLimitExceeded", text));
        }
    }
    Ok(())
}

/// Lets an attachment become available: makes its interfaces in the VPC's subnets, and with them the association and
/// the propagation that the gateway gives every new attachment.
///
/// # Errors
/// What making an interface answers; then nothing was changed.
pub(super) fn open(call: &mut Call<'_>, attachment: &mut Attachment) -> Answer<()> {
    connect(&mut lookup::on_behalf(call, &attachment.vpc_owner), attachment)?;
    let available_at = call.done_after("CreateTransitGatewayVpcAttachment", OPEN);
    attachment.progress = AttachmentProgress::Open(Progress::Pending(available_at));
    let (associated_at, enabled_at) = {
        let mut owner: Call<'_> = lookup::on_behalf(call, &attachment.gateway_owner);
        owner.now = available_at;
        (
            owner.done_after("AssociateTransitGatewayRouteTable", association::CHANGE),
            owner.done_after("EnableTransitGatewayRouteTablePropagation", propagation::CHANGE),
        )
    };
    let owner: &AccountId = &attachment.gateway_owner;
    let state = &mut call.world.ec2(owner, &call.caller.region).transit_gateways;
    let Some(gateway) = state.gateways.get(&attachment.gateway_id) else { return Ok(()) };
    attachment.association = gateway
        .options
        .association_default_route_table_id
        .clone()
        .map(|route_table_id| Association { route_table_id, from: available_at, associated_at, ends_at: None });
    let table = gateway.options.propagation_default_route_table_id.as_ref();
    if let Some(table) = table.and_then(|id| state.route_tables.get_mut(id)) {
        let propagation = Propagation { from: available_at, enabled_at, ends_at: None };
        table.propagations.insert(attachment.id.clone(), propagation);
    }
    Ok(())
}

/// Makes the interfaces that are missing; `call` is the VPC owner's.
///
/// # Errors
/// What making an interface answers; then nothing was changed.
pub(super) fn connect(call: &mut Call<'_>, attachment: &mut Attachment) -> Answer<()> {
    let description = format!("Network Interface for Transit Gateway Attachment {}", attachment.id);
    attachment.subnets.connect(call, |subnet_id| Specification {
        subnet_id,
        interface_type: InterfaceType::TransitGateway,
        description: description.clone(),
        groups: Vec::new(),
    })
}
