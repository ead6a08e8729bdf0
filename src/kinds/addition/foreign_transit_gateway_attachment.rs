//! Attachments of VPCs that are none of the zone's.

use std::collections::BTreeMap;

use super::Addition;
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::kinds::answer::{gone, state};
use crate::kinds::fields::with_fields;
use crate::kinds::{
    Calls, ConsolePage, FindingRule, Identity, Observed, Realm, Specification, Tagging, Task, Timing, TransitGateway,
    TransitGatewayAttachment, View,
};
use crate::values::Severity;

with_fields! {
    /// A VPC's attachment to the zone's transit gateway, as the gateway's owner sees it. That of a VPC of the zone's is no
    /// addition; any other is: of a VPC that somebody has made in an account of the zone's, or of an account that a share
    /// reaches.
    pub struct ForeignTransitGatewayAttachment with ForeignTransitGatewayAttachmentField {
        /// The gateway.
        #[immutable]
        pub transit_gateway: Ref<TransitGateway>,
        /// The attachment.
        #[key]
        #[immutable]
        #[view_of]
        pub attachment: Ref<TransitGatewayAttachment>,
        /// The VPC's id.
        #[immutable]
        pub vpc: String,
        /// The account of the VPC.
        #[immutable]
        pub account: String,
    }
}

impl Specification for ForeignTransitGatewayAttachment {
    const NAME: &'static str = "foreign-transit-gateway-attachment";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(110, 0, 70);
    const REALM: Realm = Realm::Hub;
    const TAGGING: Tagging = Tagging::None;
    const CALLS: Calls =
        Calls::new(&["CreateTransitGatewayVpcAttachment", "AcceptTransitGatewayVpcAttachment"], &[], &[]);
    const OPERATIONS: &'static [Operation] = &[<Self as Addition>::DESCRIBE, DELETE];
    const FINDINGS: &'static [FindingRule<ForeignTransitGatewayAttachmentField>] =
        &[FindingRule::unmanaged(Severity::High).nist(&["AC-4", "SC-7"])];

    // It has no page of its own.
    fn console(&self, _id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::vpc("TransitGatewayAttachmentDetails:transitGatewayAttachmentId", &self.attachment))
    }
}

const DELETE: Operation = Service::Ec2.delete("DeleteTransitGatewayVpcAttachment");

impl Addition for ForeignTransitGatewayAttachment {
    const DESCRIBE: Operation = Service::Ec2.read("DescribeTransitGatewayVpcAttachments");

    /// Its id must not be taken for the attachment's, which the VPC's account tells.
    async fn find(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(Self::DESCRIBE);
        let mut all = Vec::new();
        for attachment in view.gateway_attachments().await? {
            let state = match answer.part(attachment.state(), "state")?.as_str() {
                "failed" | "failing" => None,
                word => state(word, None),
            };
            let Some(state) = state else { continue };
            let id = answer.part(attachment.transit_gateway_attachment_id(), "transitGatewayAttachmentId")?;
            all.push(Observed {
                id: format!("{id}|attached"),
                aliases: Vec::new(),
                tags: BTreeMap::new(),
                state,
                spec: Self {
                    transit_gateway: Ref::id(answer.part(attachment.transit_gateway_id(), "transitGatewayId")?),
                    attachment: Ref::id(id),
                    vpc: answer.part(attachment.vpc_id.clone(), "vpcId")?,
                    account: answer.part(attachment.vpc_owner_id.clone(), "vpcOwnerId")?,
                },
            });
        }
        Ok(all)
    }

    /// Either account may delete it.
    async fn remove(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let attachment = task.id(DELETE, &live.spec.attachment)?;
        let request = || task.cloud.ec2().delete_transit_gateway_vpc_attachment();
        gone(task.cloud.call(DELETE, || request().transit_gateway_attachment_id(attachment).send()).await)
    }
}
