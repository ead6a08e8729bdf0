//! Route tables of VPCs.

use aws_sdk_ec2::types::{ResourceType, RouteTable as Described, RouteTableAssociation};

use super::answer::gone;
use super::fields::with_fields;
use super::tag::{specification, tags_of};
use super::{
    Calls, ConsolePage, Identity, Kind, Observed, SecurityHubType, Specification, State, Tagging, Task, Timing, View,
    Vpc,
};
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;

with_fields! {
    /// A route table of a VPC, besides the main one.
    pub struct RouteTable with RouteTableField {
        /// The VPC it belongs to.
        #[immutable]
        pub vpc: Ref<Vpc>,
    }
}

impl Specification for RouteTable {
    const NAME: &'static str = "route-table";
    const IDENTITY: Identity = Identity::Tag;
    const TIMING: Timing = Timing::seconds(1, 0, 1);
    const TAGGING: Tagging = Tagging::Ec2;
    const CALLS: Calls = Calls::new(&["CreateRouteTable"], &[], &["DeleteRouteTable"]);
    const OPERATIONS: &'static [Operation] = &[DESCRIBE, CREATE, DELETE];
    const SECURITY_HUB: SecurityHubType = SecurityHubType::named("AwsEc2RouteTable").in_ec2("route-table");
    const CARRIES_TRAFFIC: bool = true;

    fn console(&self, id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::vpc("RouteTableDetails:RouteTableId", id))
    }
}

const DESCRIBE: Operation = Service::Ec2.read("DescribeRouteTables");
const CREATE: Operation = Service::Ec2.idempotent("CreateRouteTable");
const DELETE: Operation = Service::Ec2.delete("DeleteRouteTable");

/// The association that makes a table its VPC's main one, which no one can delete.
pub(super) fn main_association(table: &Described) -> Option<&RouteTableAssociation> {
    table.associations().iter().find(|association| association.main == Some(true))
}

/// The table that can be a VPC's main one again, where one of the zone's is: the one that AWS has made with the VPC is known
/// by nothing but that it has no tags, no associations and no routes of its own. The first of several.
pub(super) fn former_main<'a>(tables: &'a [Described], vpc: &str) -> Option<&'a Described> {
    let is_bare = |table: &&Described| {
        let is_local = |route: &aws_sdk_ec2::types::Route| route.gateway_id() == Some("local");
        table.vpc_id() == Some(vpc)
            && table.tags().is_empty()
            && table.associations().is_empty()
            && table.routes().iter().all(is_local)
    };
    tables.iter().filter(is_bare).min_by_key(|table| table.route_table_id())
}

/// True for what stands for no resource of its own: the main table that AWS has made with the VPC, while it is the main one
/// and where one of the zone's has taken its place.
fn is_of_aws(view: &View, tables: &[Described], table: &Described) -> bool {
    if view.is_of_zone(table.route_table_id(), table.tags()) {
        return false;
    }
    let of_vpc = || tables.iter().filter(|one| one.vpc_id() == table.vpc_id());
    let is_replaced =
        of_vpc().any(|one| main_association(one).is_some() && view.is_of_zone(one.route_table_id(), one.tags()));
    let former = table.vpc_id().filter(|_| is_replaced).and_then(|vpc| former_main(tables, vpc));
    main_association(table).is_some() || former.is_some_and(|former| former.route_table_id() == table.route_table_id())
}

impl Kind for RouteTable {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(DESCRIBE);
        let observed = |table: &Described| {
            Ok(Observed {
                id: answer.part(table.route_table_id.clone(), "routeTableId")?,
                aliases: Vec::new(),
                tags: tags_of(table.tags.as_ref()),
                state: State::Ready,
                spec: Self { vpc: Ref::id(answer.part(table.vpc_id(), "vpcId")?) },
            })
        };
        let tables = view.route_tables().await?;
        tables.iter().filter(|table| !is_of_aws(view, tables, table)).map(observed).collect()
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
