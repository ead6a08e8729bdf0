//! What happens to a VPC attachment after it was created: accept, reject, modify, delete.

use super::attach;
use super::attachment::keep;
use super::gateway::switch;
use super::lookup;
use super::state::{Attachment, AttachmentProgress, AttachmentStage, Progress, Stage};
use crate::twin::time::{Duration, Moment};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

pub(super) const REJECT: Duration = Duration::seconds(10, 30, 120);
pub(super) const FAIL: Duration = Duration::seconds(30, 60, 300);
const MODIFY: Duration = Duration::seconds(45, 90, 600);
const DELETE: Duration = Duration::seconds(70, 150, 600);

pub(super) fn accept(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let mut attachment = awaiting(call, form)?;
    if call.failure("AcceptTransitGatewayVpcAttachment").is_some() || attach::open(call, &mut attachment).is_err() {
        // The owner is told nothing: it is the VPC's account that has no addresses left.
        let failed_at = call.done_after("AcceptTransitGatewayVpcAttachment", FAIL);
        attachment.progress = AttachmentProgress::Failing(failed_at);
        end_elsewhere(call, &attachment, failed_at);
    }
    keep(call, attachment, xml);
    Ok(())
}

pub(super) fn reject(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let mut attachment = awaiting(call, form)?;
    let rejected_at = call.done_after("RejectTransitGatewayVpcAttachment", REJECT);
    attachment.progress = AttachmentProgress::Rejecting(call.now, rejected_at);
    end_elsewhere(call, &attachment, rejected_at);
    keep(call, attachment, xml);
    Ok(())
}

/// The attachment that a request names, which waits for the caller to accept it.
fn awaiting(call: &Call<'_>, form: &Form) -> Answer<Attachment> {
    let id = form.required("TransitGatewayAttachmentId")?;
    form.finish()?;
    let attachment = lookup::attachment(call, id)?;
    if attachment.gateway_owner != call.caller.account {
        return Err(lookup::not_authorized());
    }
    if attachment.stage(call.now) != AttachmentStage::PendingAcceptance {
        return Err(lookup::invalid_state(id));
    }
    Ok(attachment.clone())
}

/// Notes for the VPC's owner when an attachment ends.
fn end_elsewhere(call: &mut Call<'_>, attachment: &Attachment, ends_at: Moment) {
    let state = &mut call.world.ec2(&attachment.vpc_owner, &call.caller.region).transit_gateways;
    if let Some(elsewhere) = state.elsewhere.get_mut(&attachment.id) {
        elsewhere.ends_at = Some(ends_at);
    }
}

pub(super) fn modify(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("TransitGatewayAttachmentId")?;
    let (added, removed) = (form.list("AddSubnetIds"), form.list("RemoveSubnetIds"));
    let options = form.form("Options");
    let dns = switch(options, "DnsSupport")?;
    let security_group_referencing = switch(options, "SecurityGroupReferencingSupport")?;
    let ipv6 = switch(options, "Ipv6Support")?;
    let appliance_mode = switch(options, "ApplianceModeSupport")?;
    form.finish()?;
    let mut attachment = lookup::attachment(call, id)?.clone();
    if attachment.vpc_owner != call.caller.account {
        return Err(lookup::not_authorized());
    }
    if attachment.stage(call.now) != AttachmentStage::Open(Stage::Available) {
        return Err(lookup::invalid_state(id));
    }
    let now = call.now;
    // Subnets are added before others are removed, so a subnet cannot give way to another of its zone in one request.
    attachment.subnets.add(call.ec2(), &attachment.vpc_id, &added, now)?;
    let left = attachment.subnets.take(&removed)?;
    if attachment.subnets.is_empty() {
        return Err(Fault::new("InvalidParameterValue", format!("{id} must have at least one subnet.")));
    }
    attach::connect(call, &mut attachment)?;
    let done = call.done_after("ModifyTransitGatewayVpcAttachment", MODIFY);
    left.release(call, done);
    let current = &mut attachment.options;
    current.dns_support = dns.unwrap_or(current.dns_support);
    current.security_group_referencing_support =
        security_group_referencing.unwrap_or(current.security_group_referencing_support);
    current.ipv6_support = ipv6.unwrap_or(current.ipv6_support);
    current.appliance_mode_support = appliance_mode.unwrap_or(current.appliance_mode_support);
    attachment.progress = AttachmentProgress::Open(Progress::Modifying(done));
    keep(call, attachment, xml);
    Ok(())
}

pub(super) fn delete(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("TransitGatewayAttachmentId")?;
    form.finish()?;
    let mut attachment = lookup::attachment(call, id)?.clone();
    match attachment.stage(call.now) {
        AttachmentStage::PendingAcceptance | AttachmentStage::Open(Stage::Available) => {}
        _ => return Err(lookup::invalid_state(id)),
    }
    let gone = call.done_after("DeleteTransitGatewayVpcAttachment", DELETE);
    attachment.progress = AttachmentProgress::Open(Progress::Deleting(gone));
    attachment.subnets.release(&mut lookup::on_behalf(call, &attachment.vpc_owner), gone);
    end_elsewhere(call, &attachment, gone);
    keep(call, attachment, xml);
    Ok(())
}
