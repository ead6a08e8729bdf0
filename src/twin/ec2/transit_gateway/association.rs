//! Which route table packets from an attachment are looked up in: one per attachment.
//!
//! <https://docs.aws.amazon.com/vpc/latest/tgw/associate-tgw-route-table.html>

use super::lookup;
use super::state::{Association, AssociationStage, Attachment};
use crate::twin::ec2::filter::Filters;
use crate::twin::ec2::page::{Page, USUAL};
use crate::twin::ec2::tag::Tags;
use crate::twin::time::Duration;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// How long an association, or its end, takes.
pub(super) const CHANGE: Duration = Duration::seconds(70, 130, 300);

pub(super) fn associate(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let table_id = form.required("TransitGatewayRouteTableId")?;
    let id = form.required("TransitGatewayAttachmentId")?;
    form.finish()?;
    let table = lookup::available_route_table(call, table_id)?;
    let attachment = lookup::available_attachment(call, id, table)?;
    if attachment.association(call.now).is_some() {
        let text = format!("Transit Gateway Attachment {id} is already associated to a route table.");
        return Err(Fault::new("Resource.AlreadyAssociated", text));
    }
    let mut attachment = attachment.clone();
    attachment.association = Some(Association {
        route_table_id: table_id.to_owned(),
        from: call.now,
        associated_at: call.done_after("AssociateTransitGatewayRouteTable", CHANGE),
        ends_at: None,
    });
    keep(call, attachment, xml);
    Ok(())
}

pub(super) fn disassociate(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let table_id = form.required("TransitGatewayRouteTableId")?;
    let id = form.required("TransitGatewayAttachmentId")?;
    form.finish()?;
    lookup::available_route_table(call, table_id)?;
    let mut attachment = lookup::attachment(call, id)?.clone();
    match attachment.association(call.now) {
        Some((table, AssociationStage::Associated)) if table == table_id => {}
        Some((table, _)) if table == table_id => return Err(lookup::invalid_state(id)),
        _ => {
            let text = format!("Transit Gateway Attachment {id} is not associated to route table {table_id}.");
            return Err(Fault::new("InvalidAssociation.NotFound", text));
        }
    }
    let gone = call.done_after("DisassociateTransitGatewayRouteTable", CHANGE);
    if let Some(association) = &mut attachment.association {
        association.ends_at = Some(gone);
    }
    keep(call, attachment, xml);
    Ok(())
}

/// Keeps the changed attachment, which is to a gateway of the caller, and answers with its association.
fn keep(call: &mut Call<'_>, attachment: Attachment, xml: &mut Xml) {
    if let Some((table, stage)) = attachment.association(call.now) {
        xml.element("association", |item| {
            item.text("transitGatewayRouteTableId", table);
            write(item, &attachment, stage);
        });
    }
    call.ec2().transit_gateways.attachments.insert(attachment.id.clone(), attachment);
}

pub(super) fn associations(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let table_id = form.required("TransitGatewayRouteTableId")?;
    let filters = Filters::read(form, FILTERS)?;
    let page = Page::read(form, USUAL)?;
    form.finish()?;
    lookup::route_table(call, table_id)?;
    let now = call.now;
    let rows = call.ec2().transit_gateways.attachments.values().filter_map(|attachment| {
        let (table, stage) = attachment.association(now)?;
        let matching = filters.matches(&Tags::new(), |name| attribute(attachment, name));
        (table == table_id && matching).then(|| (attachment.id.clone(), (attachment, stage)))
    });
    let (rows, next_token) = page.cut(rows);
    xml.list("associations", rows, |item, (attachment, stage)| write(item, attachment, stage));
    xml.optional("nextToken", next_token);
    Ok(())
}

/// The filters of associations and propagations of a route table.
pub(super) const FILTERS: &[&str] = &["resource-id", "resource-type", "transit-gateway-attachment-id"];

/// An attachment's values for them.
pub(super) fn attribute(attachment: &Attachment, name: &str) -> Vec<String> {
    match name {
        "resource-id" => vec![attachment.vpc_id.clone()],
        "resource-type" => vec![String::from("vpc")],
        "transit-gateway-attachment-id" => vec![attachment.id.clone()],
        _ => Vec::new(),
    }
}

fn write(xml: &mut Xml, attachment: &Attachment, stage: AssociationStage) {
    xml.text("transitGatewayAttachmentId", &attachment.id)
        .text("resourceId", &attachment.vpc_id)
        .text("resourceType", "vpc")
        .text("state", stage.name());
}
