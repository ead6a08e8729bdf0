//! Route tables of VPCs.

use aws_sdk_ec2::types::{ResourceType, RouteTableAssociation};
use serde::{Deserialize, Serialize};

use super::answer::gone;
use super::tag::{specification, tags_of};
use super::{Identity, Kind, Observed, Specification, State, Tagging, Task, Timing, View, Vpc};
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;

/// A route table of a VPC, besides the main one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteTable {
    /// The VPC it belongs to.
    pub vpc: Ref<Vpc>,
}

impl Specification for RouteTable {
    const NAME: &'static str = "route-table";
    const IDENTITY: Identity = Identity::Tag;
    const IMMUTABLE: &'static [&'static str] = &["vpc"];
    const TIMING: Timing = Timing::seconds(1, 0, 1);
    const TAGGING: Tagging = Tagging::Ec2;
}

const DESCRIBE: Operation = Service::Ec2.read("DescribeRouteTables");
const CREATE: Operation = Service::Ec2.idempotent("CreateRouteTable");
const DELETE: Operation = Service::Ec2.delete("DeleteRouteTable");

/// True for the table that AWS makes with the VPC and that no one can delete.
fn is_main(table: &aws_sdk_ec2::types::RouteTable) -> bool {
    table.associations().iter().any(|association: &RouteTableAssociation| association.main == Some(true))
}

impl Kind for RouteTable {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(DESCRIBE);
        let observed = |table: &aws_sdk_ec2::types::RouteTable| {
            Ok(Observed {
                id: answer.part(table.route_table_id.clone(), "routeTableId")?,
                aliases: Vec::new(),
                tags: tags_of(table.tags.as_ref()),
                state: State::Ready,
                spec: Self { vpc: Ref::id(answer.part(table.vpc_id(), "vpcId")?) },
            })
        };
        view.route_tables().await?.iter().filter(|table| !is_main(table)).map(observed).collect()
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let vpc = task.id(CREATE, &self.vpc)?;
        let send = || {
            let request = task.cloud.ec2().create_route_table().vpc_id(vpc).client_token(task.token);
            request.tag_specifications(specification(ResourceType::RouteTable, task.tags)).send()
        };
        let made = task.cloud.call(CREATE, send).await?;
        Ok(made.route_table.and_then(|table| table.route_table_id))
    }

    async fn update(&self, _live: &Observed<Self>, _task: &Task<'_>) -> Result<(), CallError> {
        Ok(())
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let send = || task.cloud.ec2().delete_route_table().route_table_id(&live.id).send();
        gone(task.cloud.call(DELETE, send).await)
    }
}
