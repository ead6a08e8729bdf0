//! Which transit gateway route table an attachment uses.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::TransitGatewayRouteTableAssociation;

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
    /// The association of an attachment with a transit gateway's route table. An attachment has one at most.
    pub struct TransitGatewayAssociation with TransitGatewayAssociationField {
        /// The attachment.
        #[key]
        #[immutable]
        pub attachment: Ref<TransitGatewayAttachment>,
        /// The table that routes its packets.
        #[immutable]
        pub route_table: Ref<TransitGatewayRouteTable>,
    }
}

impl Specification for TransitGatewayAssociation {
    const NAME: &'static str = "transit-gateway-association";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(70, 0, 70);
    const REALM: Realm = Realm::Hub;
    const TAGGING: Tagging = Tagging::None;
    const CALLS: Calls = Calls::new(
        &["AssociateTransitGatewayRouteTable"],
        &["AssociateTransitGatewayRouteTable"],
        &["DisassociateTransitGatewayRouteTable"],
    );
    const OPERATIONS: &'static [Operation] = &[GET, ASSOCIATE, DISASSOCIATE];
    const FINDINGS: &'static [FindingRule<TransitGatewayAssociationField>] =
        &[FindingRule::unmanaged(Severity::High).nist(&["AC-4", "SC-7"])];
    const CARRIES_TRAFFIC: bool = true;
    const MENDED_FIRST: bool = true;

    // It has no page of its own.
    fn console(&self, _id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::vpc("TransitGatewayRouteTableDetails:transitGatewayRouteTableId", &self.route_table))
    }
}

const GET: Operation = Service::Ec2.read("GetTransitGatewayRouteTableAssociations");
const ASSOCIATE: Operation = Service::Ec2.create("AssociateTransitGatewayRouteTable");
const DISASSOCIATE: Operation = Service::Ec2.delete("DisassociateTransitGatewayRouteTable");

impl Kind for TransitGatewayAssociation {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(GET);
        let all = view.transit_gateway_associations().await?.iter();
        all.filter_map(|(table, one)| observed(answer, table, one).transpose()).collect()
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let table = task.id(ASSOCIATE, &self.route_table)?;
        let attachment = task.id(ASSOCIATE, &self.attachment)?;
        let request = || task.cloud.ec2().associate_transit_gateway_route_table();
        let send = || request().transit_gateway_route_table_id(table).transit_gateway_attachment_id(attachment).send();
        task.cloud.call(ASSOCIATE, send).await?;
        Ok(Some(id(table, attachment)))
    }

    async fn update(&self, _live: &Observed<Self>, _task: &Task<'_>) -> Result<(), CallError> {
        Ok(())
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let table = task.id(DISASSOCIATE, &live.spec.route_table)?;
        let attachment = task.id(DISASSOCIATE, &live.spec.attachment)?;
        let request = || task.cloud.ec2().disassociate_transit_gateway_route_table();
        let send = || request().transit_gateway_route_table_id(table).transit_gateway_attachment_id(attachment).send();
        gone(task.cloud.call(DISASSOCIATE, send).await)
    }
}

/// An association has no id of AWS's.
fn id(table: &str, attachment: &str) -> String {
    format!("{table}|{attachment}")
}

fn observed(
    answer: Answer<'_>,
    table: &str,
    one: &TransitGatewayRouteTableAssociation,
) -> Result<Option<Observed<TransitGatewayAssociation>>, CallError> {
    let Some(state) = state(answer.part(one.state(), "state")?.as_str(), None) else { return Ok(None) };
    let attachment = answer.part(one.transit_gateway_attachment_id(), "transitGatewayAttachmentId")?;
    Ok(Some(Observed {
        id: id(table, attachment),
        aliases: Vec::new(),
        tags: BTreeMap::new(),
        state,
        spec: TransitGatewayAssociation { attachment: Ref::id(attachment), route_table: Ref::id(table) },
    }))
}
