//! Transit gateway VPC attachments.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{
    ApplianceModeSupportValue, CreateTransitGatewayVpcAttachmentRequestOptions, DnsSupportValue,
    ModifyTransitGatewayVpcAttachmentRequestOptions, ResourceType, TransitGatewayAttachmentState,
};

use super::answer::{Answer, gone, references, state};
use super::fields::with_fields;
use super::tag::{specification, tags_of};
use super::transit_gateway::{changed, word};
use super::{
    Calls, ConsolePage, Failure, FindingRule, Identity, Kind, Observed, SecurityHubType, Specification, State, Subnet,
    Tagging, Task, Timing, TransitGateway, View, Vpc, When,
};
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::values::Severity;

with_fields! {
    /// A VPC's attachment to a transit gateway, in the account of the VPC. A VPC has one at most per gateway.
    pub struct TransitGatewayAttachment with TransitGatewayAttachmentField {
        /// The gateway.
        #[key]
        #[immutable]
        pub transit_gateway: Ref<TransitGateway>,
        /// The VPC.
        #[key]
        #[immutable]
        pub vpc: Ref<Vpc>,
        /// The subnets that hold its interfaces, one per Availability Zone.
        pub subnets: BTreeSet<Ref<Subnet>>,
        /// True where both directions of a flow pass the same zone's interface.
        pub appliance_mode: bool,
        /// True where DNS names of instances in other attached VPCs resolve to private addresses.
        pub dns_support: bool,
    }
}

impl Specification for TransitGatewayAttachment {
    const NAME: &'static str = "transit-gateway-attachment";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(110, 45, 70);
    const TAGGING: Tagging = Tagging::Ec2;
    // "You can't delete a failed attachment"; it is gone after two hours (transit gateway guide, "VPC attachments").
    const REMAINS: bool = false;
    // It carries all of a VPC's traffic, and people can make another one of the same gateway and VPC once it is gone.
    const PINNED: bool = true;
    const CALLS: Calls = Calls::new(
        &["CreateTransitGatewayVpcAttachment"],
        &["ModifyTransitGatewayVpcAttachment"],
        &["DeleteTransitGatewayVpcAttachment", "RejectTransitGatewayVpcAttachment"],
    );
    const OPERATIONS: &'static [Operation] = &[DESCRIBE, CREATE, MODIFY, DELETE];
    const ALSO_NEEDS: &'static [&'static str] = &["iam:CreateServiceLinkedRole"];
    const SECURITY_HUB: SecurityHubType = SecurityHubType::OTHER.in_ec2("transit-gateway-attachment");
    const FINDINGS: &'static [FindingRule<TransitGatewayAttachmentField>] = &[
        FindingRule::weakened(TransitGatewayAttachmentField::appliance_mode, When::TurnedOff, Severity::High)
            .nist(&["SC-7"]),
        FindingRule::unmanaged(Severity::High).nist(&["AC-4", "SC-7"]),
    ];
    const COSTLY: bool = true;
    const CARRIES_TRAFFIC: bool = true;

    fn console(&self, id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::vpc("TransitGatewayAttachmentDetails:transitGatewayAttachmentId", id))
    }

    fn excludes(&self, other: &Self) -> bool {
        self.transit_gateway == other.transit_gateway && self.vpc == other.vpc
    }
}

const DESCRIBE: Operation = Service::Ec2.read("DescribeTransitGatewayVpcAttachments");
const CREATE: Operation = Service::Ec2.create("CreateTransitGatewayVpcAttachment");
// It adds and removes subnets: sent twice, the second may be refused.
const MODIFY: Operation = Service::Ec2.create("ModifyTransitGatewayVpcAttachment");
const DELETE: Operation = Service::Ec2.delete("DeleteTransitGatewayVpcAttachment");

impl Kind for TransitGatewayAttachment {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(DESCRIBE);
        let asked_for = &view.subject.known.asked_for;
        let all = view.attachments().await?.iter();
        all.filter_map(|attachment| observed(answer, attachment, asked_for).transpose()).collect()
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let gateway = task.id(CREATE, &self.transit_gateway)?;
        let vpc = task.id(CREATE, &self.vpc)?;
        let subnets = task.ids(CREATE, &self.subnets)?;
        let options = CreateTransitGatewayVpcAttachmentRequestOptions::builder()
            .dns_support(word(self.dns_support))
            .appliance_mode_support(word(self.appliance_mode))
            .build();
        let send = || {
            let request = task.cloud.ec2().create_transit_gateway_vpc_attachment().transit_gateway_id(gateway);
            request
                .vpc_id(vpc)
                .set_subnet_ids(Some(subnets.clone()))
                .options(options.clone())
                .tag_specifications(specification(ResourceType::TransitGatewayAttachment, task.tags))
                .send()
        };
        let made = task.cloud.call(CREATE, send).await?;
        Ok(made.transit_gateway_vpc_attachment.and_then(|attachment| attachment.transit_gateway_attachment_id))
    }

    async fn update(&self, live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let there = &live.spec;
        if self == there {
            return Ok(());
        }
        let add = task.ids(MODIFY, self.subnets.difference(&there.subnets))?;
        let remove = task.ids(MODIFY, there.subnets.difference(&self.subnets))?;
        let options = ModifyTransitGatewayVpcAttachmentRequestOptions::builder()
            .set_dns_support(changed(self.dns_support, there.dns_support))
            .set_appliance_mode_support(changed(self.appliance_mode, there.appliance_mode))
            .build();
        let unchanged = ModifyTransitGatewayVpcAttachmentRequestOptions::builder().build();
        let options = (options != unchanged).then_some(options);
        let send = || {
            let request = task.cloud.ec2().modify_transit_gateway_vpc_attachment();
            request
                .transit_gateway_attachment_id(&live.id)
                .set_add_subnet_ids((!add.is_empty()).then(|| add.clone()))
                .set_remove_subnet_ids((!remove.is_empty()).then(|| remove.clone()))
                .set_options(options.clone())
                .send()
        };
        task.cloud.call(MODIFY, send).await.map(drop)
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let request = || task.cloud.ec2().delete_transit_gateway_vpc_attachment();
        let send = || request().transit_gateway_attachment_id(&live.id).send();
        gone(task.cloud.call(DELETE, send).await)
    }
}

fn observed(
    answer: Answer<'_>,
    attachment: &aws_sdk_ec2::types::TransitGatewayVpcAttachment,
    asked_for: &BTreeSet<String>,
) -> Result<Option<Observed<TransitGatewayAttachment>>, CallError> {
    let id = answer.part(attachment.transit_gateway_attachment_id.clone(), "transitGatewayAttachmentId")?;
    let awaited = asked_for.contains(&id);
    let state = match answer.part(attachment.state(), "state")? {
        // Nothing is left to do in the account of the VPC; the owner's acceptance is a kind of its own.
        TransitGatewayAttachmentState::PendingAcceptance => Some(State::Ready),
        TransitGatewayAttachmentState::Failed => {
            awaited.then(|| State::Failed(Failure::passing("the attachment has failed, and AWS doesn't say why")))
        }
        TransitGatewayAttachmentState::Rejecting if awaited => Some(State::Pending("rejecting".to_owned())),
        TransitGatewayAttachmentState::Rejected => awaited.then(|| State::Failed(rejected())),
        other => state(other.as_str(), None),
    };
    let Some(state) = state else { return Ok(None) };
    let options = answer.part(attachment.options(), "options")?;
    Ok(Some(Observed {
        id,
        aliases: Vec::new(),
        tags: tags_of(attachment.tags.as_ref()),
        state,
        spec: TransitGatewayAttachment {
            transit_gateway: Ref::id(answer.part(attachment.transit_gateway_id(), "transitGatewayId")?),
            vpc: Ref::id(answer.part(attachment.vpc_id(), "vpcId")?),
            subnets: references(attachment.subnet_ids.as_ref()),
            appliance_mode: options.appliance_mode_support() == Some(&ApplianceModeSupportValue::Enable),
            dns_support: options.dns_support() == Some(&DnsSupportValue::Enable),
        },
    }))
}

/// What is said of an attachment that somebody in the gateway's account has turned down.
pub(super) fn rejected() -> Failure {
    Failure::lasting(
        "the attachment was rejected in the account of the transit gateway",
        "agree on it with whom has rejected it, and run the same command again, which asks anew",
    )
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{TransitGatewayVpcAttachment, TransitGatewayVpcAttachmentOptions};

    use super::*;
    use crate::kinds::Cause;

    fn seen(state: TransitGatewayAttachmentState, asked_for: &[&str]) -> Option<State> {
        let attachment = TransitGatewayVpcAttachment::builder()
            .transit_gateway_attachment_id("tgw-attach-1")
            .transit_gateway_id("tgw-1")
            .vpc_id("vpc-1")
            .options(TransitGatewayVpcAttachmentOptions::builder().build())
            .state(state)
            .build();
        let asked_for = asked_for.iter().map(|&id| id.to_owned()).collect();
        observed(Answer::new(DESCRIBE, "111111111111"), &attachment, &asked_for).unwrap().map(|one| one.state)
    }

    #[test]
    fn one_that_came_to_nothing_is_seen_by_who_asked_for_it_only() {
        for state in [TransitGatewayAttachmentState::Failed, TransitGatewayAttachmentState::Rejected] {
            assert_eq!(seen(state, &["tgw-attach-2"]), None);
        }
        let Some(State::Failed(failed)) = seen(TransitGatewayAttachmentState::Failed, &["tgw-attach-1"]) else {
            panic!("it has failed");
        };
        assert_eq!(failed.cause, Cause::Passing);
        let refused = seen(TransitGatewayAttachmentState::Rejected, &["tgw-attach-1"]);
        assert_eq!(refused, Some(State::Failed(rejected())));
    }
}
