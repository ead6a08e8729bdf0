//! Transit gateway route tables. Only the gateway's owner sees them.
//!
//! <https://docs.aws.amazon.com/vpc/latest/tgw/tgw-route-tables.html>

use std::collections::BTreeMap;

use super::ROUTE_TABLE;
use super::lookup::{self, Access};
use super::state::{Gateway, Progress, RouteTable, Stage};
use crate::twin::ec2::describe::Describe;
use crate::twin::ec2::page::USUAL;
use crate::twin::ec2::quota;
use crate::twin::ec2::tag::{self, Tags};
use crate::twin::ec2::visibility;
use crate::twin::time::{Duration, Moment};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

const CREATE: Duration = Duration::seconds(70, 130, 600);
const DELETE: Duration = Duration::seconds(30, 90, 600);

const FILTERS: &[&str] = &[
    "default-association-route-table",
    "default-propagation-route-table",
    "state",
    "tag",
    "transit-gateway-id",
    "transit-gateway-route-table-id",
];

/// Adds a table to a gateway of the caller and gives its id.
pub(super) fn add(call: &mut Call<'_>, gateway_id: &str, available_at: Moment) -> String {
    let id = call.new_id("tgw-rtb");
    let table = RouteTable {
        id: id.clone(),
        gateway_id: gateway_id.to_owned(),
        created: call.now,
        progress: Progress::Pending(available_at),
        propagations: BTreeMap::new(),
        static_routes: BTreeMap::new(),
    };
    visibility::created(call, &id);
    call.ec2().transit_gateways.route_tables.insert(id.clone(), table);
    id
}

pub(super) fn create(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let gateway_id = form.required("TransitGatewayId")?;
    let tags = tag::specified(form, "TagSpecifications", ROUTE_TABLE.resource_type)?;
    form.finish()?;
    lookup::available_gateway(call, gateway_id, Access::Owner)?;
    let (now, most) = (call.now, quota::limit(call, quota::TRANSIT_GATEWAY_ROUTE_TABLES));
    let own = |table: &&RouteTable| table.gateway_id == gateway_id && table.progress.stage(now) != Stage::Deleted;
    if call.ec2().transit_gateways.route_tables.values().filter(own).count() >= most {
        let text = format!("You have reached the limit of {most} route tables of transit gateway {gateway_id}.");
        return Err(Fault::new("TransitGatewayRouteTableLimitExceeded", text));
    }
    let available_at = call.done_after("CreateTransitGatewayRouteTable", CREATE);
    let id = add(call, gateway_id, available_at);
    call.ec2().tags.set(&id, tags);
    answer(call, &id, xml);
    Ok(())
}

pub(super) fn describe(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let request = Describe::read(form, &ROUTE_TABLE, "TransitGatewayRouteTableIds", FILTERS, Some(USUAL))?;
    let now = call.now;
    let state = &*call.ec2();
    let gateways = &state.transit_gateways.gateways;
    let tables = state.transit_gateways.route_tables.iter().filter(|(_, table)| table.progress.shown(now));
    let selection = request.select(state, now, tables, |_, table, name| {
        let value = match name {
            "default-association-route-table" => is_default(gateways, table).0.to_string(),
            "default-propagation-route-table" => is_default(gateways, table).1.to_string(),
            "state" => table.progress.stage(now).name().to_owned(),
            "transit-gateway-id" => table.gateway_id.clone(),
            "transit-gateway-route-table-id" => table.id.clone(),
            _ => return Vec::new(),
        };
        vec![value]
    })?;
    selection.write(xml, "transitGatewayRouteTables", |item, id, table| {
        write(item, table, is_default(gateways, table), state.tags.of(id), now);
    });
    Ok(())
}

pub(super) fn delete(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("TransitGatewayRouteTableId")?;
    form.finish()?;
    let table = lookup::available_route_table(call, id)?;
    let gateway_id = table.gateway_id.clone();
    let now = call.now;
    let state = &call.ec2().transit_gateways;
    if state.gateways.get(&gateway_id).is_some_and(|gateway| gateway.is_default_table(id)) {
        return Err(Fault::new("IncorrectState", format!("{id} is a default route table of {gateway_id}.")));
    }
    if let Some(attachment) = state.attachments.values().find(|one| one.needs_route_table(id, now)) {
        let text = format!("{id} has non-deleted associations: {}.", attachment.id);
        return Err(Fault::new("IncorrectState", text));
    }
    let gone = call.done_after("DeleteTransitGatewayRouteTable", DELETE);
    if let Some(table) = call.ec2().transit_gateways.route_tables.get_mut(id) {
        table.progress = Progress::Deleting(gone);
    }
    answer(call, id, xml);
    Ok(())
}

/// Whether new attachments are associated with a table, and whether they propagate to it.
fn is_default(gateways: &BTreeMap<String, Gateway>, table: &RouteTable) -> (bool, bool) {
    let options = gateways.get(&table.gateway_id).map(|gateway| &gateway.options);
    let is = |id: Option<&String>| id == Some(&table.id);
    (
        is(options.and_then(|options| options.association_default_route_table_id.as_ref())),
        is(options.and_then(|options| options.propagation_default_route_table_id.as_ref())),
    )
}

fn answer(call: &mut Call<'_>, id: &str, xml: &mut Xml) {
    let now = call.now;
    let state = &*call.ec2();
    if let Some(table) = state.transit_gateways.route_tables.get(id) {
        let default = is_default(&state.transit_gateways.gateways, table);
        xml.element("transitGatewayRouteTable", |item| write(item, table, default, state.tags.of(id), now));
    }
}

fn write(xml: &mut Xml, table: &RouteTable, (association, propagation): (bool, bool), tags: &Tags, now: Moment) {
    xml.text("transitGatewayRouteTableId", &table.id)
        .text("transitGatewayId", &table.gateway_id)
        .text("state", table.progress.stage(now).name())
        .text("defaultAssociationRouteTable", association)
        .text("defaultPropagationRouteTable", propagation)
        .text("creationTime", table.created.iso8601());
    tag::write(xml, tags);
}
