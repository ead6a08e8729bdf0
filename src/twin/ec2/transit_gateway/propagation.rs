//! Which route tables hold an attachment's routes: any number per attachment.
//!
//! <https://docs.aws.amazon.com/vpc/latest/tgw/enable-tgw-route-propagation.html>

use super::association::{FILTERS, attribute};
use super::lookup;
use super::state::{Attachment, Propagation, PropagationStage};
use crate::twin::ec2::filter::Filters;
use crate::twin::ec2::page::{Page, USUAL};
use crate::twin::ec2::tag::Tags;
use crate::twin::time::Duration;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// How long a propagation, or its end, takes.
pub(super) const CHANGE: Duration = Duration::seconds(5, 20, 300);

pub(super) fn enable(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let table_id = form.required("TransitGatewayRouteTableId")?;
    let id = form.required("TransitGatewayAttachmentId")?;
    form.finish()?;
    let table = lookup::available_route_table(call, table_id)?;
    let attachment = lookup::available_attachment(call, id, table)?.clone();
    match table.propagation(&attachment, call.now) {
        None => {}
        Some(PropagationStage::Disabling) => return Err(lookup::invalid_state(id)),
        Some(_) => {
            let text = format!("Propagation {id} already exists in Transit Gateway Route Table {table_id}.");
            return Err(Fault::new("TransitGatewayRouteTablePropagation.Duplicate", text));
        }
    }
    let from = call.now;
    let enabled_at = call.done_after("EnableTransitGatewayRouteTablePropagation", CHANGE);
    keep(call, table_id, &attachment, Propagation { from, enabled_at, ends_at: None }, xml);
    Ok(())
}

pub(super) fn disable(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let table_id = form.required("TransitGatewayRouteTableId")?;
    let id = form.required("TransitGatewayAttachmentId")?;
    form.finish()?;
    let table = lookup::available_route_table(call, table_id)?;
    let attachment = lookup::attachment(call, id)?.clone();
    let propagation = table.propagations.get(id).cloned();
    let (stage, Some(mut propagation)) = (table.propagation(&attachment, call.now), propagation) else {
        return Err(not_found(table_id, id));
    };
    match stage {
        Some(PropagationStage::Enabled) => {}
        Some(_) => return Err(lookup::invalid_state(id)),
        None => return Err(not_found(table_id, id)),
    }
    propagation.ends_at = Some(call.done_after("DisableTransitGatewayRouteTablePropagation", CHANGE));
    keep(call, table_id, &attachment, propagation, xml);
    Ok(())
}

fn not_found(table_id: &str, id: &str) -> Fault {
    let text = format!("Propagation {id} does not exist in Transit Gateway Route Table {table_id}.");
    Fault::new("TransitGatewayRouteTablePropagation.NotFound", text)
}

/// Keeps the changed propagation in the caller's route table and answers with it.
fn keep(call: &mut Call<'_>, table_id: &str, attachment: &Attachment, propagation: Propagation, xml: &mut Xml) {
    let now = call.now;
    let Some(table) = call.ec2().transit_gateways.route_tables.get_mut(table_id) else { return };
    table.propagations.insert(attachment.id.clone(), propagation);
    if let Some(stage) = table.propagation(attachment, now) {
        xml.element("propagation", |item| {
            write(item, attachment, stage);
            item.text("transitGatewayRouteTableId", table_id);
        });
    }
}

pub(super) fn of_route_table(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let table_id = form.required("TransitGatewayRouteTableId")?;
    let filters = Filters::read(form, FILTERS)?;
    let page = Page::read(form, USUAL)?;
    form.finish()?;
    let table = lookup::route_table(call, table_id)?.clone();
    let now = call.now;
    let attachments = &call.ec2().transit_gateways.attachments;
    let rows = table.propagations.keys().filter_map(|id| {
        let attachment = attachments.get(id)?;
        let stage = table.propagation(attachment, now)?;
        let matching = filters.matches(&Tags::new(), |name| attribute(attachment, name));
        matching.then(|| (id.clone(), (attachment, stage)))
    });
    let (rows, next_token) = page.cut(rows);
    xml.list("transitGatewayRouteTablePropagations", rows, |item, (attachment, stage)| write(item, attachment, stage));
    xml.optional("nextToken", next_token);
    Ok(())
}

pub(super) fn of_attachment(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("TransitGatewayAttachmentId")?;
    let filters = Filters::read(form, &["transit-gateway-route-table-id"])?;
    let page = Page::read(form, USUAL)?;
    form.finish()?;
    let attachment = lookup::attachment(call, id)?.clone();
    if attachment.gateway_owner != call.caller.account {
        return Err(lookup::not_authorized());
    }
    let now = call.now;
    let rows = call.ec2().transit_gateways.route_tables.values().filter_map(|table| {
        let stage = table.propagation(&attachment, now)?;
        let matching = filters.matches(&Tags::new(), |_| vec![table.id.clone()]);
        matching.then(|| (table.id.clone(), (&table.id, stage)))
    });
    let (rows, next_token) = page.cut(rows);
    xml.list("transitGatewayAttachmentPropagations", rows, |item, (table, stage)| {
        item.text("transitGatewayRouteTableId", table).text("state", stage.name());
    });
    xml.optional("nextToken", next_token);
    Ok(())
}

fn write(xml: &mut Xml, attachment: &Attachment, stage: PropagationStage) {
    xml.text("transitGatewayAttachmentId", &attachment.id)
        .text("resourceId", &attachment.vpc_id)
        .text("resourceType", "vpc")
        .text("state", stage.name());
}
