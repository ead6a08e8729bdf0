//! Route tables of transit gateways.

use aws_sdk_ec2::types::ResourceType;

use super::answer::{Answer, gone, state};
use super::fields::with_fields;
use super::tag::{specification, tags_of};
use super::{
    Calls, ConsolePage, Identity, Kind, Observed, Realm, SecurityHubType, Specification, Tagging, Task, Timing,
    TransitGateway, View,
};
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;

with_fields! {
    /// A route table of a transit gateway.
    pub struct TransitGatewayRouteTable with TransitGatewayRouteTableField {
        /// The gateway.
        #[immutable]
        pub transit_gateway: Ref<TransitGateway>,
    }
}

impl Specification for TransitGatewayRouteTable {
    const NAME: &'static str = "transit-gateway-route-table";
    const IDENTITY: Identity = Identity::Tag;
    const TIMING: Timing = Timing::seconds(70, 0, 60);
    const REALM: Realm = Realm::Hub;
    const TAGGING: Tagging = Tagging::Ec2;
    const CALLS: Calls = Calls::new(&["CreateTransitGatewayRouteTable"], &[], &["DeleteTransitGatewayRouteTable"]);
    const OPERATIONS: &'static [Operation] = &[DESCRIBE, CREATE, DELETE];
    const SECURITY_HUB: SecurityHubType = SecurityHubType::OTHER.in_ec2("transit-gateway-route-table");
    const CARRIES_TRAFFIC: bool = true;

    fn console(&self, id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::vpc("TransitGatewayRouteTableDetails:transitGatewayRouteTableId", id))
    }
}

const DESCRIBE: Operation = Service::Ec2.read("DescribeTransitGatewayRouteTables");
const CREATE: Operation = Service::Ec2.create("CreateTransitGatewayRouteTable");
const DELETE: Operation = Service::Ec2.delete("DeleteTransitGatewayRouteTable");

/// A default route table is seen too: unlike a VPC's main table, it is there only because the gateway asks for it.
impl Kind for TransitGatewayRouteTable {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(DESCRIBE);
        let tables = view.transit_gateway_route_tables().await?.iter();
        tables.filter_map(|table| observed(answer, table).transpose()).collect()
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let gateway = task.id(CREATE, &self.transit_gateway)?;
        let send = || {
            let request = task.cloud.ec2().create_transit_gateway_route_table().transit_gateway_id(gateway);
            request.tag_specifications(specification(ResourceType::TransitGatewayRouteTable, task.tags)).send()
        };
        let made = task.cloud.call(CREATE, send).await?;
        Ok(made.transit_gateway_route_table.and_then(|table| table.transit_gateway_route_table_id))
    }

    async fn update(&self, _live: &Observed<Self>, _task: &Task<'_>) -> Result<(), CallError> {
        Ok(())
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let request = || task.cloud.ec2().delete_transit_gateway_route_table();
        let send = || request().transit_gateway_route_table_id(&live.id).send();
        gone(task.cloud.call(DELETE, send).await)
    }
}

fn observed(
    answer: Answer<'_>,
    table: &aws_sdk_ec2::types::TransitGatewayRouteTable,
) -> Result<Option<Observed<TransitGatewayRouteTable>>, CallError> {
    let Some(state) = state(answer.part(table.state(), "state")?.as_str(), None) else { return Ok(None) };
    Ok(Some(Observed {
        id: answer.part(table.transit_gateway_route_table_id.clone(), "transitGatewayRouteTableId")?,
        aliases: Vec::new(),
        tags: tags_of(table.tags.as_ref()),
        state,
        spec: TransitGatewayRouteTable {
            transit_gateway: Ref::id(answer.part(table.transit_gateway_id(), "transitGatewayId")?),
        },
    }))
}
