//! Which route table a subnet uses.

use std::collections::BTreeMap;

use super::answer::{Answer, gone, state};
use super::fields::with_fields;
use super::{
    Calls, ConsolePage, Failure, Identity, Kind, Observed, RouteTable, Specification, State, Subnet, Tagging, Task,
    Timing, View,
};
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;

with_fields! {
    /// The association of a subnet with a route table. A subnet has one at most; without one it uses the VPC's main table.
    pub struct RouteTableAssociation with RouteTableAssociationField {
        /// The subnet.
        #[key]
        #[immutable]
        pub subnet: Ref<Subnet>,
        /// The table it uses.
        pub route_table: Ref<RouteTable>,
    }
}

impl Specification for RouteTableAssociation {
    const NAME: &'static str = "route-table-association";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(1, 1, 1);
    const TAGGING: Tagging = Tagging::None;
    const CALLS: Calls = Calls::new(
        &["AssociateRouteTable", "ReplaceRouteTableAssociation"],
        &["AssociateRouteTable", "ReplaceRouteTableAssociation"],
        &["DisassociateRouteTable", "ReplaceRouteTableAssociation"],
    );
    const OPERATIONS: &'static [Operation] = &[DESCRIBE, ASSOCIATE, REPLACE, DISASSOCIATE];
    const MENDED_FIRST: bool = true;

    // It has no page of its own.
    fn console(&self, _id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::vpc("RouteTableDetails:RouteTableId", &self.route_table))
    }
}

const DESCRIBE: Operation = Service::Ec2.read("DescribeRouteTables");
const ASSOCIATE: Operation = Service::Ec2.create("AssociateRouteTable");
// The association that is replaced is no more once it is done: sent twice, the second finds nothing.
const REPLACE: Operation = Service::Ec2.create("ReplaceRouteTableAssociation");
const DISASSOCIATE: Operation = Service::Ec2.delete("DisassociateRouteTable");

/// A table that somebody associated with a gateway is seen with the gateway in the subnet's place.
impl Kind for RouteTableAssociation {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(DESCRIBE);
        let associations = view.route_tables().await?.iter().flat_map(|table| table.associations());
        let explicit = associations.filter(|association| association.main != Some(true));
        explicit.filter_map(|association| observed(answer, association).transpose()).collect()
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let subnet = task.id(ASSOCIATE, &self.subnet)?;
        let table = task.id(ASSOCIATE, &self.route_table)?;
        let send = || task.cloud.ec2().associate_route_table().subnet_id(subnet).route_table_id(table).send();
        Ok(task.cloud.call(ASSOCIATE, send).await?.association_id)
    }

    async fn update(&self, live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        if self.route_table == live.spec.route_table {
            return Ok(());
        }
        let table = task.id(REPLACE, &self.route_table)?;
        let association = association_id(live, REPLACE, task)?;
        let send = || {
            let request = task.cloud.ec2().replace_route_table_association().association_id(association);
            request.route_table_id(table).send()
        };
        task.cloud.call(REPLACE, send).await.map(drop)
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let association = association_id(live, DISASSOCIATE, task)?;
        let send = || task.cloud.ec2().disassociate_route_table().association_id(association).send();
        gone(task.cloud.call(DISASSOCIATE, send).await)
    }
}

/// AWS's own id, as it was seen last.
fn association_id<'a>(
    live: &'a Observed<RouteTableAssociation>,
    operation: Operation,
    task: &Task<'_>,
) -> Result<&'a str, CallError> {
    let none = || task.answer(operation).error(None, format!("{} was seen without the association's id", live.id));
    live.aliases.first().map(String::as_str).ok_or_else(none)
}

fn observed(
    answer: Answer<'_>,
    association: &aws_sdk_ec2::types::RouteTableAssociation,
) -> Result<Option<Observed<RouteTableAssociation>>, CallError> {
    let told = association.association_state();
    let state = match told.and_then(|told| told.state()) {
        Some(word) => state(word.as_str(), told.map(|told| Failure::of_code(None, told.status_message()))),
        // AWS leaves the state out of associations that it made long ago.
        None => Some(State::Ready),
    };
    let Some(state) = state else { return Ok(None) };
    let holder = answer.part(association.subnet_id().or(association.gateway_id()), "subnetId")?;
    Ok(Some(Observed {
        // ReplaceRouteTableAssociation gives it another id of AWS's.
        id: format!("{holder}|route-table"),
        aliases: vec![answer.part(association.route_table_association_id.clone(), "routeTableAssociationId")?],
        tags: BTreeMap::new(),
        state,
        spec: RouteTableAssociation {
            subnet: Ref::id(holder),
            route_table: Ref::id(answer.part(association.route_table_id(), "routeTableId")?),
        },
    }))
}
