//! Policy tables of transit gateways. The twin's hold no policies.
//!
//! <https://docs.aws.amazon.com/vpc/latest/tgw/tgw-policy-tables.html>

use super::POLICY_TABLE;
use super::lookup::{self, Access};
use super::state::{PolicyTable, Progress, Stage};
use crate::twin::ec2::describe::Describe;
use crate::twin::ec2::look::Look;
use crate::twin::ec2::page::USUAL;
use crate::twin::ec2::tag::{self, Tags};
use crate::twin::ec2::visibility;
use crate::twin::time::{Duration, Moment};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Form, Xml};
use crate::twin::world::Call;

/// How long making and deleting one take: the twin's own.
const CHANGE: Duration = Duration::seconds(60, 120, 300);

pub(super) fn create(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let gateway_id = form.required("TransitGatewayId")?;
    let tags = tag::specified(form, "TagSpecifications", POLICY_TABLE.resource_type)?;
    form.finish()?;
    lookup::available_gateway(call, gateway_id, Access::Owner)?;
    let progress = Progress::Pending(call.done_after("CreateTransitGatewayPolicyTable", CHANGE));
    let table = PolicyTable { gateway_id: gateway_id.to_owned(), created: call.now, progress };
    let id = call.new_id("tgw-ptb");
    visibility::created(call, &id);
    call.ec2().tags.set(&id, tags);
    answer(call, xml, &id, table);
    Ok(())
}

pub(super) fn delete(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("TransitGatewayPolicyTableId")?;
    form.finish()?;
    let now = call.now;
    let mut table =
        POLICY_TABLE.find(call.ec2(), id, now, |state| state.transit_gateways.policy_tables.get(id))?.clone();
    match table.progress.stage(now) {
        Stage::Deleted => return Err(POLICY_TABLE.unknown(id)),
        Stage::Available => {}
        _ => return Err(lookup::invalid_state(id)),
    }
    table.progress = Progress::Deleting(call.done_after("DeleteTransitGatewayPolicyTable", CHANGE));
    answer(call, xml, id, table);
    Ok(())
}

pub(super) fn describe(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let request = Describe::read(form, &POLICY_TABLE, "TransitGatewayPolicyTableIds", &[], Some(USUAL))?;
    let look = Look::at(call);
    let tables = look.state.transit_gateways.policy_tables.iter().filter(|(_, one)| one.progress.shown(look.now));
    let selection = request.select(look.state, look.now, tables, |_, _, _| Vec::new())?;
    selection.write(xml, "transitGatewayPolicyTables", |item, id, table| {
        write(item, id, table, look.state.tags.of(id), look.now);
    });
    Ok(())
}

/// Keeps a changed one and answers with it.
fn answer(call: &mut Call<'_>, xml: &mut Xml, id: &str, table: PolicyTable) {
    let now = call.now;
    let state = call.ec2();
    xml.element("transitGatewayPolicyTable", |item| write(item, id, &table, state.tags.of(id), now));
    state.transit_gateways.policy_tables.insert(id.to_owned(), table);
}

fn write(xml: &mut Xml, id: &str, table: &PolicyTable, tags: &Tags, now: Moment) {
    xml.text("transitGatewayPolicyTableId", id)
        .text("transitGatewayId", &table.gateway_id)
        .text("state", table.progress.stage(now).name())
        .text("creationTime", table.created.iso8601());
    tag::write(xml, tags);
}
