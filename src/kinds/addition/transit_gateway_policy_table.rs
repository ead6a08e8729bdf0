//! Policy tables of transit gateways.

use super::Addition;
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::kinds::answer::{gone, state};
use crate::kinds::fields::with_fields;
use crate::kinds::tag::tags_of;
use crate::kinds::{Calls, Identity, Observed, Realm, Specification, Tagging, Task, Timing, TransitGateway, View};

with_fields! {
    /// A policy table of the zone's transit gateway: rules of AWS Cloud WAN that choose a route table for a peering's packets.
    pub struct TransitGatewayPolicyTable with TransitGatewayPolicyTableField {
        /// The gateway.
        #[key]
        #[immutable]
        pub transit_gateway: Ref<TransitGateway>,
    }
}

impl Specification for TransitGatewayPolicyTable {
    const NAME: &'static str = "transit-gateway-policy-table";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(70, 0, 30);
    const REALM: Realm = Realm::Hub;
    const TAGGING: Tagging = Tagging::None;
    const CALLS: Calls = Calls::new(&["CreateTransitGatewayPolicyTable"], &[], &[]);
    const OPERATIONS: &'static [Operation] = &[<Self as Addition>::DESCRIBE, DELETE];
}

const DELETE: Operation = Service::Ec2.delete("DeleteTransitGatewayPolicyTable");

impl Addition for TransitGatewayPolicyTable {
    const DESCRIBE: Operation = Service::Ec2.read("DescribeTransitGatewayPolicyTables");

    async fn find(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(Self::DESCRIBE);
        let mut all = Vec::new();
        for table in view.policy_tables().await? {
            let Some(state) = state(answer.part(table.state(), "state")?.as_str(), None) else { continue };
            all.push(Observed {
                id: answer.part(table.transit_gateway_policy_table_id.clone(), "transitGatewayPolicyTableId")?,
                aliases: Vec::new(),
                tags: tags_of(table.tags.as_ref()),
                state,
                spec: Self { transit_gateway: Ref::id(answer.part(table.transit_gateway_id(), "transitGatewayId")?) },
            });
        }
        Ok(all)
    }

    async fn remove(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let request = || task.cloud.ec2().delete_transit_gateway_policy_table();
        gone(task.cloud.call(DELETE, || request().transit_gateway_policy_table_id(&live.id).send()).await)
    }
}
