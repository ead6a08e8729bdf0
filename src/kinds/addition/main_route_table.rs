//! Which route table is a VPC's main one.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{Filter, RouteTable as Described};

use super::Addition;
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::kinds::answer::gone;
use crate::kinds::fields::with_fields;
use crate::kinds::route_table::{former_main, main_association};
use crate::kinds::{
    Calls, ConsolePage, Identity, Observed, RouteTable, Specification, State, Tagging, Task, Timing, View, Vpc,
};

with_fields! {
    /// That a table of lz's is its VPC's main one: subnets without a table use its routes. lz leaves the VPC the main table that
    /// AWS makes with it, and removing the addition gives it back.
    pub struct MainRouteTable with MainRouteTableField {
        /// The table.
        pub route_table: Ref<RouteTable>,
        /// The VPC.
        #[key]
        #[immutable]
        pub vpc: Ref<Vpc>,
    }
}

impl Specification for MainRouteTable {
    const NAME: &'static str = "main-route-table";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(1, 0, 1);
    const TAGGING: Tagging = Tagging::None;
    const CALLS: Calls = Calls::new(&["ReplaceRouteTableAssociation"], &[], &[]);
    const OPERATIONS: &'static [Operation] = &[<Self as Addition>::DESCRIBE, REPLACE];

    // It has no page of its own.
    fn console(&self, _id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::vpc("RouteTableDetails:RouteTableId", &self.route_table))
    }
}

// The association that is replaced is no more once it is done: sent twice, the second finds nothing.
const REPLACE: Operation = Service::Ec2.delete("ReplaceRouteTableAssociation");

impl Addition for MainRouteTable {
    const DESCRIBE: Operation = Service::Ec2.read("DescribeRouteTables");

    async fn find(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(Self::DESCRIBE);
        let mut all = Vec::new();
        let is_own = |table: &&aws_sdk_ec2::types::RouteTable| view.is_of_zone(table.route_table_id(), table.tags());
        for table in view.route_tables().await?.iter().filter(is_own) {
            let Some(association) = main_association(table) else { continue };
            let vpc = answer.part(table.vpc_id(), "vpcId")?;
            let association = association.route_table_association_id.clone();
            all.push(Observed {
                id: format!("{vpc}|main-route-table"),
                aliases: vec![answer.part(association, "routeTableAssociationId")?],
                tags: BTreeMap::new(),
                state: State::Ready,
                spec: Self {
                    route_table: Ref::id(answer.part(table.route_table_id(), "routeTableId")?),
                    vpc: Ref::id(vpc),
                },
            });
        }
        Ok(all)
    }

    /// Refused where the VPC has no other table that could be its main one.
    async fn remove(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let answer = task.answer(Self::DESCRIBE);
        let vpc = task.id(Self::DESCRIBE, &live.spec.vpc)?;
        let of_vpc = Filter::builder().name("vpc-id").values(vpc).build();
        let request = || task.cloud.ec2().describe_route_tables().filters(of_vpc.clone());
        let there = task.cloud.call(Self::DESCRIBE, || request().send()).await?;
        let tables: Vec<Described> = there.route_tables.unwrap_or_default();
        let Some(former) = former_main(&tables, vpc).and_then(|table| table.route_table_id()) else {
            let message = format!("{vpc} has no other table without routes: make one, and make it the main table");
            return Err(answer.error(None, message));
        };
        let Some(association) = live.aliases.first() else {
            return Err(answer.error(None, format!("{} was seen without the association's id", live.id)));
        };
        let request = || task.cloud.ec2().replace_route_table_association().association_id(association);
        gone(task.cloud.call(REPLACE, || request().route_table_id(former).send()).await)
    }
}
