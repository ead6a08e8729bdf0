//! Which transit gateway route tables learn an attachment's ranges.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::TransitGatewayRouteTablePropagation;

use super::answer::{Answer, gone, state};
use super::fields::with_fields;
use super::{
    Calls, ConsolePage, FindingRule, Identity, Kind, Observed, Realm, Specification, Tagging, Task, Timing,
    TransitGatewayAttachment, TransitGatewayRouteTable, View,
};
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::values::Severity;

with_fields! {
    /// The propagation of an attachment's ranges to a transit gateway's route table.
    pub struct TransitGatewayPropagation with TransitGatewayPropagationField {
        /// The attachment.
        #[key]
        #[immutable]
        pub attachment: Ref<TransitGatewayAttachment>,
        /// The table that learns its ranges.
        #[key]
        #[immutable]
        pub route_table: Ref<TransitGatewayRouteTable>,
    }
}

impl Specification for TransitGatewayPropagation {
    const NAME: &'static str = "transit-gateway-propagation";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(5, 0, 5);
    const REALM: Realm = Realm::Hub;
    const TAGGING: Tagging = Tagging::None;
    const CALLS: Calls = Calls::new(
        &["EnableTransitGatewayRouteTablePropagation"],
        &[],
        &["DisableTransitGatewayRouteTablePropagation"],
    );
    const OPERATIONS: &'static [Operation] = &[GET, ENABLE, DISABLE];
    const FINDINGS: &'static [FindingRule<TransitGatewayPropagationField>] =
        &[FindingRule::unmanaged(Severity::High).nist(&["AC-4", "SC-7"])];
    const MENDED_FIRST: bool = true;

    // It has no page of its own.
    fn console(&self, _id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::vpc("TransitGatewayRouteTableDetails:transitGatewayRouteTableId", &self.route_table))
    }
}

const GET: Operation = Service::Ec2.read("GetTransitGatewayRouteTablePropagations");
const ENABLE: Operation = Service::Ec2.create("EnableTransitGatewayRouteTablePropagation");
const DISABLE: Operation = Service::Ec2.delete("DisableTransitGatewayRouteTablePropagation");

impl Kind for TransitGatewayPropagation {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(GET);
        let all = view.transit_gateway_propagations().await?.iter();
        all.filter_map(|(table, one)| observed(answer, table, one).transpose()).collect()
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let table = task.id(ENABLE, &self.route_table)?;
        let attachment = task.id(ENABLE, &self.attachment)?;
        let request = || task.cloud.ec2().enable_transit_gateway_route_table_propagation();
        let send = || request().transit_gateway_route_table_id(table).transit_gateway_attachment_id(attachment).send();
        task.cloud.call(ENABLE, send).await?;
        Ok(Some(id(table, attachment)))
    }

    async fn update(&self, _live: &Observed<Self>, _task: &Task<'_>) -> Result<(), CallError> {
        Ok(())
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let table = task.id(DISABLE, &live.spec.route_table)?;
        let attachment = task.id(DISABLE, &live.spec.attachment)?;
        let request = || task.cloud.ec2().disable_transit_gateway_route_table_propagation();
        let send = || request().transit_gateway_route_table_id(table).transit_gateway_attachment_id(attachment).send();
        gone(task.cloud.call(DISABLE, send).await)
    }
}

/// A propagation has no id of AWS's.
fn id(table: &str, attachment: &str) -> String {
    format!("{table}|{attachment}")
}

fn observed(
    answer: Answer<'_>,
    table: &str,
    one: &TransitGatewayRouteTablePropagation,
) -> Result<Option<Observed<TransitGatewayPropagation>>, CallError> {
    let Some(state) = state(answer.part(one.state(), "state")?.as_str(), None) else { return Ok(None) };
    let attachment = answer.part(one.transit_gateway_attachment_id(), "transitGatewayAttachmentId")?;
    Ok(Some(Observed {
        id: id(table, attachment),
        aliases: Vec::new(),
        tags: BTreeMap::new(),
        state,
        spec: TransitGatewayPropagation { attachment: Ref::id(attachment), route_table: Ref::id(table) },
    }))
}
