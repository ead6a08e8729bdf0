//! Internet gateways.

use aws_sdk_ec2::types::{AttachmentStatus, ResourceType};

use super::answer::{Answer, gone};
use super::fields::with_fields;
use super::tag::{specification, tags_of};
use super::{
    Calls, ConsolePage, FindingRule, Identity, Kind, Observed, SecurityHubType, Specification, State, Tagging, Task,
    Timing, View, Vpc,
};
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::values::Severity;

with_fields! {
    /// An internet gateway.
    pub struct InternetGateway with InternetGatewayField {
        /// The VPC it is attached to.
        pub vpc: Option<Ref<Vpc>>,
    }
}

impl Specification for InternetGateway {
    const NAME: &'static str = "internet-gateway";
    const IDENTITY: Identity = Identity::Tag;
    const TIMING: Timing = Timing::seconds(2, 1, 2);
    const TAGGING: Tagging = Tagging::Ec2;
    const CALLS: Calls = Calls::new(
        &["CreateInternetGateway", "AttachInternetGateway"],
        &["AttachInternetGateway", "DetachInternetGateway"],
        &["DeleteInternetGateway", "DetachInternetGateway"],
    );
    const OPERATIONS: &'static [Operation] = &[DESCRIBE, CREATE, ATTACH, DETACH, DELETE];
    const SECURITY_HUB: SecurityHubType = SecurityHubType::OTHER.in_ec2("internet-gateway");
    const FINDINGS: &'static [FindingRule<InternetGatewayField>] =
        &[FindingRule::unmanaged(Severity::Critical).nist(&["AC-4", "SC-7"])];
    const COSTLY: bool = true;
    const CARRIES_TRAFFIC: bool = true;

    fn console(&self, id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::vpc("InternetGateway:internetGatewayId", id))
    }

    fn is_only(&self, wanted: &Self) -> bool {
        self.vpc.as_ref().is_some_and(|vpc| vpc.as_address().is_some()) && self.vpc == wanted.vpc
    }
}

const DESCRIBE: Operation = Service::Ec2.read("DescribeInternetGateways");
const CREATE: Operation = Service::Ec2.create("CreateInternetGateway");
const ATTACH: Operation = Service::Ec2.create("AttachInternetGateway");
const DETACH: Operation = Service::Ec2.delete("DetachInternetGateway");
const DELETE: Operation = Service::Ec2.delete("DeleteInternetGateway");

impl Kind for InternetGateway {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(DESCRIBE);
        view.internet_gateways().await?.iter().map(|gateway| observed(answer, gateway)).collect()
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let send = || {
            let request = task.cloud.ec2().create_internet_gateway();
            request.tag_specifications(specification(ResourceType::InternetGateway, task.tags)).send()
        };
        let made = task.cloud.call(CREATE, send).await?;
        Ok(made.internet_gateway.and_then(|gateway| gateway.internet_gateway_id))
    }

    async fn update(&self, live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        if self.vpc == live.spec.vpc {
            return Ok(());
        }
        detach(live, task).await?;
        let Some(vpc) = &self.vpc else { return Ok(()) };
        let vpc = task.id(ATTACH, vpc)?;
        let send = || task.cloud.ec2().attach_internet_gateway().internet_gateway_id(&live.id).vpc_id(vpc).send();
        task.cloud.call(ATTACH, send).await.map(drop)
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        detach(live, task).await?;
        let send = || task.cloud.ec2().delete_internet_gateway().internet_gateway_id(&live.id).send();
        gone(task.cloud.call(DELETE, send).await)
    }
}

async fn detach(live: &Observed<InternetGateway>, task: &Task<'_>) -> Result<(), CallError> {
    let Some(vpc) = &live.spec.vpc else { return Ok(()) };
    let vpc = task.id(DETACH, vpc)?;
    let send = || task.cloud.ec2().detach_internet_gateway().internet_gateway_id(&live.id).vpc_id(vpc).send();
    gone(task.cloud.call(DETACH, send).await)
}

/// An internet gateway has no state of its own; what AWS shows of its attachment stands for one. AWS says `available` of
/// an attached one, though its reference documents `attached`.
fn observed(
    answer: Answer<'_>,
    gateway: &aws_sdk_ec2::types::InternetGateway,
) -> Result<Observed<InternetGateway>, CallError> {
    let attachment = gateway.attachments().iter().find(|one| one.state() != Some(&AttachmentStatus::Detached));
    let (vpc, state) = match attachment.map(|one| (one.vpc_id(), one.state())) {
        None => (None, State::Ready),
        Some((_, Some(AttachmentStatus::Detaching))) => (None, State::Pending("detaching".to_owned())),
        Some((vpc, Some(AttachmentStatus::Attaching))) => (vpc, State::Pending("attaching".to_owned())),
        Some((vpc, _)) => (vpc, State::Ready),
    };
    Ok(Observed {
        id: answer.part(gateway.internet_gateway_id.clone(), "internetGatewayId")?,
        aliases: Vec::new(),
        tags: tags_of(gateway.tags.as_ref()),
        state,
        spec: InternetGateway { vpc: vpc.map(Ref::id) },
    })
}
