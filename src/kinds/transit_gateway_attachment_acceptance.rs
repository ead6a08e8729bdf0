//! The gateway owner's word for an attachment.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{TransitGatewayAttachmentState, TransitGatewayVpcAttachment};

use super::answer::{Answer, found, state};
use super::fields::with_fields;
use super::transit_gateway_attachment::rejected;
use super::{
    Calls, ConsolePage, Failure, Identity, Kind, Observed, Realm, Specification, State, Tagging, Task, Timing,
    TransitGatewayAttachment, View,
};
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;

with_fields! {
    /// That the transit gateway's owner has accepted an attachment from another account. There is none to delete: it ends
    /// with the attachment.
    pub struct TransitGatewayAttachmentAcceptance with TransitGatewayAttachmentAcceptanceField {
        /// The attachment.
        #[key]
        #[immutable]
        pub attachment: Ref<TransitGatewayAttachment>,
    }
}

impl Specification for TransitGatewayAttachmentAcceptance {
    const NAME: &'static str = "transit-gateway-attachment-acceptance";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(60, 0, 0);
    const REALM: Realm = Realm::Hub;
    const TAGGING: Tagging = Tagging::None;
    const DELETABLE: bool = false;
    const CALLS: Calls = Calls::new(
        &["AcceptTransitGatewayVpcAttachment"],
        &["AcceptTransitGatewayVpcAttachment"],
        &["RejectTransitGatewayVpcAttachment"],
    );
    const OPERATIONS: &'static [Operation] = &[DESCRIBE, ACCEPT];

    // It has no page of its own.
    fn console(&self, _id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::vpc("TransitGatewayAttachmentDetails:transitGatewayAttachmentId", &self.attachment))
    }
}

const DESCRIBE: Operation = Service::Ec2.read("DescribeTransitGatewayVpcAttachments");
const ACCEPT: Operation = Service::Ec2.create("AcceptTransitGatewayVpcAttachment");

impl Kind for TransitGatewayAttachmentAcceptance {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(DESCRIBE);
        let attachments = view.foreign_attachments().await?;
        attachments.filter_map(|attachment| observed(answer, attachment).transpose()).collect()
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let attachment = task.id(ACCEPT, &self.attachment)?;
        check_not_rejected(attachment, task).await?;
        let request = || task.cloud.ec2().accept_transit_gateway_vpc_attachment();
        let send = || request().transit_gateway_attachment_id(attachment).send();
        task.cloud.call(ACCEPT, send).await?;
        Ok(Some(acceptance_id(attachment)))
    }

    async fn update(&self, _live: &Observed<Self>, _task: &Task<'_>) -> Result<(), CallError> {
        Ok(())
    }

    async fn delete(_live: &Observed<Self>, _task: &Task<'_>) -> Result<(), CallError> {
        Ok(())
    }
}

/// An attachment that waits for acceptance, or has not come so far, has none. One that is modified was accepted before.
fn observed(
    answer: Answer<'_>,
    attachment: &TransitGatewayVpcAttachment,
) -> Result<Option<Observed<TransitGatewayAttachmentAcceptance>>, CallError> {
    let state = match answer.part(attachment.state(), "state")? {
        TransitGatewayAttachmentState::PendingAcceptance
        | TransitGatewayAttachmentState::Initiating
        | TransitGatewayAttachmentState::InitiatingRequest
        | TransitGatewayAttachmentState::Rejecting => None,
        TransitGatewayAttachmentState::Modifying | TransitGatewayAttachmentState::RollingBack => Some(State::Ready),
        TransitGatewayAttachmentState::Failed => Some(State::Failed(Failure::lasting(
            "the attachment has failed, and AWS doesn't say why",
            "run the same command again, which makes another one",
        ))),
        other => state(other.as_str(), None),
    };
    let Some(state) = state else { return Ok(None) };
    let id = answer.part(attachment.transit_gateway_attachment_id.clone(), "transitGatewayAttachmentId")?;
    Ok(Some(Observed {
        aliases: Vec::new(),
        tags: BTreeMap::new(),
        state,
        id: acceptance_id(&id),
        spec: TransitGatewayAttachmentAcceptance { attachment: Ref::id(id) },
    }))
}

/// AWS refuses to accept what was rejected with the code for what is not ready yet, which would be waited for in vain.
async fn check_not_rejected(attachment: &str, task: &Task<'_>) -> Result<(), CallError> {
    let request = || task.cloud.ec2().describe_transit_gateway_vpc_attachments();
    let send = || request().transit_gateway_attachment_ids(attachment).send();
    let there = found(task.cloud.call(DESCRIBE, send).await)?;
    let attachments = there.and_then(|answer| answer.transit_gateway_vpc_attachments).unwrap_or_default();
    let is_rejected = attachments.iter().any(|one| {
        use TransitGatewayAttachmentState::{Rejected, Rejecting};
        matches!(one.state(), Some(Rejected | Rejecting))
    });
    if is_rejected { Err(task.answer(ACCEPT).error(None, rejected().to_string())) } else { Ok(()) }
}

/// An acceptance has no id of AWS's, and must not be taken for the attachment.
fn acceptance_id(attachment: &str) -> String {
    format!("{attachment}|accepted")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(state: TransitGatewayAttachmentState) -> Option<State> {
        let attachment =
            TransitGatewayVpcAttachment::builder().transit_gateway_attachment_id("tgw-attach-1").state(state).build();
        observed(Answer::new(DESCRIBE, "111111111111"), &attachment).unwrap().map(|one| one.state)
    }

    #[test]
    fn an_acceptance_is_there_once_it_was_given() {
        assert_eq!(seen(TransitGatewayAttachmentState::PendingAcceptance), None);
        assert_eq!(seen(TransitGatewayAttachmentState::Pending), Some(State::Pending("pending".to_owned())));
        assert_eq!(seen(TransitGatewayAttachmentState::Available), Some(State::Ready));
        assert_eq!(seen(TransitGatewayAttachmentState::Modifying), Some(State::Ready));
        assert_eq!(seen(TransitGatewayAttachmentState::Rejected), None);
    }
}
