//! References of transit gateway route tables to prefix lists: a static route for every block of the list.
//!
//! <https://docs.aws.amazon.com/vpc/latest/tgw/tgw-prefix-lists.html>

use ipnet::Ipv4Net;

use super::lookup;
use super::route::CHANGE;
use super::state::StaticRoute;
use crate::twin::ec2::vpc_endpoint;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

pub(super) fn create(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let (table_id, list) = (form.required("TransitGatewayRouteTableId")?, form.required("PrefixListId")?);
    let attachment_id = form.optional("TransitGatewayAttachmentId");
    let blackhole = form.boolean("Blackhole")?.unwrap_or(false);
    form.finish()?;
    if attachment_id.is_some() == blackhole {
        let text = "The request must contain either the parameter TransitGatewayAttachmentId or Blackhole";
        return Err(Fault::new("InvalidParameterCombination", text));
    }
    let unknown = || Fault::new("InvalidPrefixListID.NotFound", format!("The prefix list ID '{list}' does not exist"));
    let blocks = vpc_endpoint::blocks_of_prefix_list(&call.caller.region, list).ok_or_else(unknown)?;
    let table = lookup::available_route_table(call, table_id)?;
    if let Some(id) = attachment_id {
        lookup::available_attachment(call, id, table)?;
    }
    let is_taken = |block: &Ipv4Net| table.static_routes.get(block).is_some_and(|route| !route.gone(call.now));
    if blocks.iter().any(is_taken) {
        let text = format!("A route of {list} already exists in Transit Gateway Route Table {table_id}.");
        return Err(Fault::new("RouteAlreadyExists", text));
    }
    let effective_at = call.done_after("CreateTransitGatewayPrefixListReference", CHANGE);
    let route = StaticRoute { prefix_list_id: Some(list.to_owned()), ..StaticRoute::new(attachment_id, effective_at) };
    if let Some(table) = call.ec2().transit_gateways.route_tables.get_mut(table_id) {
        table.static_routes.extend(blocks.into_iter().map(|block| (block, route.clone())));
    }
    write(xml, table_id, list, "pending", attachment_id);
    Ok(())
}

pub(super) fn delete(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let (table_id, list) = (form.required("TransitGatewayRouteTableId")?, form.required("PrefixListId")?);
    form.finish()?;
    lookup::available_route_table(call, table_id)?;
    let (now, gone) = (call.now, call.done_after("DeleteTransitGatewayPrefixListReference", CHANGE));
    let table = call.ec2().transit_gateways.route_tables.get_mut(table_id);
    let routes = table.into_iter().flat_map(|table| table.static_routes.values_mut());
    let mut found = false;
    let mut attachment_id = None;
    for route in routes.filter(|route| route.prefix_list_id.as_deref() == Some(list) && !route.gone(now)) {
        route.ends_at = route.ends_at.or(Some(gone));
        attachment_id.clone_from(&route.attachment_id);
        found = true;
    }
    if !found {
        let text = format!("{table_id} does not refer to the prefix list {list}.");
        return Err(Fault::new("InvalidPrefixListID.NotFound", text));
    }
    write(xml, table_id, list, "deleting", attachment_id.as_deref());
    Ok(())
}

fn write(xml: &mut Xml, table_id: &str, list: &str, state: &str, attachment_id: Option<&str>) {
    xml.element("transitGatewayPrefixListReference", |xml| {
        xml.text("transitGatewayRouteTableId", table_id).text("prefixListId", list).text("state", state);
        xml.text("blackhole", attachment_id.is_none());
        if let Some(id) = attachment_id {
            xml.element("transitGatewayAttachment", |xml| {
                xml.text("transitGatewayAttachmentId", id);
            });
        }
    });
}
