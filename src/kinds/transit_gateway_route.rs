//! Static routes of transit gateway route tables.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::TransitGatewayRouteState;
use serde::{Deserialize, Serialize};

use super::addition::other_destination;
use super::answer::{Answer, gone, state};
use super::fields::{variants, with_fields};
use super::{
    Calls, ConsolePage, FindingRule, Identity, Kind, Observed, Realm, Specification, State, Tagging, Task, Timing,
    TransitGatewayAttachment, TransitGatewayRouteTable, View,
};
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::values::{Cidr, Severity};

with_fields! {
    /// A static route of a transit gateway's route table.
    pub struct TransitGatewayRoute with TransitGatewayRouteField {
        /// The table.
        #[key]
        #[immutable]
        pub route_table: Ref<TransitGatewayRouteTable>,
        /// Where packets go.
        #[key]
        #[immutable]
        pub destination: Cidr,
        /// What they are handed to.
        pub target: TransitGatewayRouteTarget,
    }
}

impl Specification for TransitGatewayRoute {
    const NAME: &'static str = "transit-gateway-route";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(3, 3, 3);
    const REALM: Realm = Realm::Hub;
    const TAGGING: Tagging = Tagging::None;
    const STALLS: bool = true;
    const CALLS: Calls = Calls::new(
        &["CreateTransitGatewayRoute"],
        &["ReplaceTransitGatewayRoute", "CreateTransitGatewayRoute", "DeleteTransitGatewayRoute"],
        &["DeleteTransitGatewayRoute"],
    );
    const OPERATIONS: &'static [Operation] = &[SEARCH, CREATE, REPLACE, DELETE];
    const FINDINGS: &'static [FindingRule<TransitGatewayRouteField>] =
        &[FindingRule::unmanaged(Severity::High).nist(&["AC-4", "SC-7"])];
    const MENDED_FIRST: bool = true;

    // It has no page of its own.
    fn console(&self, _id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::vpc("TransitGatewayRouteTableDetails:transitGatewayRouteTableId", &self.route_table))
    }
}

const SEARCH: Operation = Service::Ec2.read("SearchTransitGatewayRoutes");
const CREATE: Operation = Service::Ec2.create("CreateTransitGatewayRoute");
const REPLACE: Operation = Service::Ec2.idempotent("ReplaceTransitGatewayRoute");
const DELETE: Operation = Service::Ec2.delete("DeleteTransitGatewayRoute");

/// lz's destinations are IPv4 ranges; what others route to is a kind of its own.
impl Kind for TransitGatewayRoute {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(SEARCH);
        let routes = view.transit_gateway_static_routes().await?.iter();
        let routes = routes.filter(|(_, route)| other_destination(route).is_none());
        routes.filter_map(|(table, route)| observed(answer, table, route).transpose()).collect()
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let table = task.id(CREATE, &self.route_table)?;
        let (attachment, blackhole) = self.target.parameters(CREATE, task)?;
        let send = || {
            let request = task.cloud.ec2().create_transit_gateway_route().transit_gateway_route_table_id(table);
            request
                .destination_cidr_block(self.destination.to_string())
                .set_transit_gateway_attachment_id(attachment.map(str::to_owned))
                .set_blackhole(blackhole)
                .send()
        };
        task.cloud.call(CREATE, send).await?;
        Ok(Some(route_id(table, self.destination)))
    }

    async fn update(&self, live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        if self.target == live.spec.target {
            return Ok(());
        }
        let table = task.id(REPLACE, &self.route_table)?;
        let (attachment, blackhole) = self.target.parameters(REPLACE, task)?;
        let send = || {
            let request = task.cloud.ec2().replace_transit_gateway_route().transit_gateway_route_table_id(table);
            request
                .destination_cidr_block(self.destination.to_string())
                .set_transit_gateway_attachment_id(attachment.map(str::to_owned))
                .set_blackhole(blackhole)
                .send()
        };
        task.cloud.call(REPLACE, send).await.map(drop)
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let table = task.id(DELETE, &live.spec.route_table)?;
        let send = || {
            let request = task.cloud.ec2().delete_transit_gateway_route().transit_gateway_route_table_id(table);
            request.destination_cidr_block(live.spec.destination.to_string()).send()
        };
        gone(task.cloud.call(DELETE, send).await)
    }
}

/// A route has no id of AWS's.
fn route_id(table: &str, destination: Cidr) -> String {
    format!("{table}|{destination}")
}

/// AWS calls a route a `blackhole` that was made one, and one whose attachment is gone or not there yet.
fn observed(
    answer: Answer<'_>,
    table: &str,
    route: &aws_sdk_ec2::types::TransitGatewayRoute,
) -> Result<Option<Observed<TransitGatewayRoute>>, CallError> {
    let name = format!("destinationCidrBlock in {table}");
    let destination = answer.value(route.destination_cidr_block(), &name)?;
    let word = answer.part(route.state(), "state")?;
    let (target, state) = match route.transit_gateway_attachments().first() {
        None if *word == TransitGatewayRouteState::Blackhole => {
            (TransitGatewayRouteTarget::Blackhole, Some(State::Ready))
        }
        None => (TransitGatewayRouteTarget::Blackhole, state(word.as_str(), None)),
        Some(attachment) => {
            let id = answer.part(attachment.transit_gateway_attachment_id(), "transitGatewayAttachmentId")?;
            (TransitGatewayRouteTarget::Attachment(Ref::id(id)), state(word.as_str(), None))
        }
    };
    Ok(state.map(|state| Observed {
        id: route_id(table, destination),
        aliases: Vec::new(),
        tags: BTreeMap::new(),
        state,
        spec: TransitGatewayRoute { route_table: Ref::id(table), destination, target },
    }))
}

/// What a transit gateway's route hands packets to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TransitGatewayRouteTarget {
    /// An attachment.
    Attachment(Ref<TransitGatewayAttachment>),
    /// Nothing: packets are dropped.
    Blackhole,
}

variants! {
    TransitGatewayRouteTarget {
        Attachment(attachment) = "attachment",
        Blackhole = "blackhole",
    }
}

impl TransitGatewayRouteTarget {
    /// The attachment's id and the flag for a blackhole, one of which AWS takes.
    fn parameters(&self, operation: Operation, task: &Task<'_>) -> Result<(Option<&str>, Option<bool>), CallError> {
        match self {
            Self::Attachment(attachment) => Ok((Some(task.id(operation, attachment)?), None)),
            Self::Blackhole => Ok((None, Some(true))),
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::TransitGatewayRouteAttachment;

    use super::*;

    fn seen(attachment: Option<&str>, state: TransitGatewayRouteState) -> Observed<TransitGatewayRoute> {
        let attachment =
            attachment.map(|id| TransitGatewayRouteAttachment::builder().transit_gateway_attachment_id(id).build());
        let route = aws_sdk_ec2::types::TransitGatewayRoute::builder()
            .destination_cidr_block("10.0.0.0/8")
            .set_transit_gateway_attachments(attachment.map(|one| vec![one]))
            .state(state)
            .build();
        observed(Answer::new(SEARCH, "111111111111"), "tgw-rtb-1", &route).unwrap().unwrap()
    }

    #[test]
    fn a_blackhole_by_intent_is_ready_and_one_by_loss_is_not() {
        let wanted = seen(None, TransitGatewayRouteState::Blackhole);
        assert_eq!((wanted.spec.target, wanted.state), (TransitGatewayRouteTarget::Blackhole, State::Ready));
        assert_eq!(wanted.id, "tgw-rtb-1|10.0.0.0/8");
        let lost = seen(Some("tgw-attach-1"), TransitGatewayRouteState::Blackhole);
        assert_eq!(lost.spec.target, TransitGatewayRouteTarget::Attachment(Ref::id("tgw-attach-1")));
        assert_eq!(lost.state, State::Pending("blackhole".to_owned()));
    }
}
