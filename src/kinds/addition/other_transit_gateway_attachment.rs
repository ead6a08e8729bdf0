//! Attachments of transit gateways to what is no VPC.

use super::Addition;
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::kinds::answer::{gone, state};
use crate::kinds::fields::with_fields;
use crate::kinds::tag::tags_of;
use crate::kinds::{
    Calls, FindingRule, Identity, Observed, Realm, Specification, Tagging, Task, Timing, TransitGateway, View,
};
use crate::values::Severity;

with_fields! {
    /// An attachment of a peering, a VPN connection, a Direct Connect gateway, a Connect peer or anything else that is no VPC to
    /// the zone's transit gateway: another network behind it.
    pub struct OtherTransitGatewayAttachment with OtherTransitGatewayAttachmentField {
        /// The gateway.
        #[key]
        #[immutable]
        pub transit_gateway: Ref<TransitGateway>,
        /// AWS's word for what is attached, such as `peering` or `vpn`.
        #[key]
        #[immutable]
        pub resource_type: String,
        /// The id of what is attached.
        #[key]
        #[immutable]
        pub resource: String,
    }
}

impl Specification for OtherTransitGatewayAttachment {
    const NAME: &'static str = "other-transit-gateway-attachment";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(110, 0, 70);
    const REALM: Realm = Realm::Hub;
    const TAGGING: Tagging = Tagging::None;
    const CALLS: Calls = Calls::new(
        &["CreateVpnConnection", "CreateTransitGatewayPeeringAttachment", "CreateTransitGatewayConnect"],
        &[],
        &[],
    );
    const OPERATIONS: &'static [Operation] = &[<Self as Addition>::DESCRIBE, DELETE_PEERING, DELETE_CONNECT];
    const FINDINGS: &'static [FindingRule<OtherTransitGatewayAttachmentField>] =
        &[FindingRule::unmanaged(Severity::High).nist(&["AC-4", "SC-7"])];
}

const DELETE_PEERING: Operation = Service::Ec2.delete("DeleteTransitGatewayPeeringAttachment");
const DELETE_CONNECT: Operation = Service::Ec2.delete("DeleteTransitGatewayConnect");

impl Addition for OtherTransitGatewayAttachment {
    const DESCRIBE: Operation = Service::Ec2.read("DescribeTransitGatewayAttachments");

    async fn find(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(Self::DESCRIBE);
        let mut all = Vec::new();
        for attachment in view.other_attachments().await? {
            let resource_type = answer.part(attachment.resource_type(), "resourceType")?.as_str();
            let state = match answer.part(attachment.state(), "state")?.as_str() {
                "failed" | "failing" => None,
                word => state(word, None),
            };
            let Some(state) = state else { continue };
            all.push(Observed {
                id: answer.part(attachment.transit_gateway_attachment_id.clone(), "transitGatewayAttachmentId")?,
                aliases: Vec::new(),
                tags: tags_of(attachment.tags.as_ref()),
                state,
                spec: Self {
                    transit_gateway: Ref::id(answer.part(attachment.transit_gateway_id(), "transitGatewayId")?),
                    resource_type: resource_type.to_owned(),
                    resource: attachment.resource_id().unwrap_or_default().to_owned(),
                },
            });
        }
        Ok(all)
    }

    /// What ends with something that is not lz's (a VPN connection, a Direct Connect association) is refused: that is for
    /// its owner to end.
    async fn remove(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let ec2 = task.cloud.ec2();
        match live.spec.resource_type.as_str() {
            "peering" => {
                let request = || ec2.delete_transit_gateway_peering_attachment();
                let send = || request().transit_gateway_attachment_id(&live.id).send();
                gone(task.cloud.call(DELETE_PEERING, send).await)
            }
            "connect" => {
                let request = || ec2.delete_transit_gateway_connect();
                let send = || request().transit_gateway_attachment_id(&live.id).send();
                gone(task.cloud.call(DELETE_CONNECT, send).await)
            }
            other => {
                let message =
                    format!("{} ends with its {other} ({}): delete that by hand", live.id, live.spec.resource);
                Err(task.answer(Self::DESCRIBE).error(None, message))
            }
        }
    }
}
