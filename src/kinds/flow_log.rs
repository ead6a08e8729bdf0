//! VPC flow logs.

use aws_sdk_ec2::types::{FlowLogsResourceType, LogDestinationType, ResourceType, TrafficType, UnsuccessfulItem};

use super::answer::{Answer, gone};
use super::fields::with_fields;
use super::tag::{specification, tags_of};
use super::{
    Calls, ConsolePage, Failure, FindingRule, Identity, Kind, Observed, SecurityHubType, Specification, State, Tagging,
    Task, Timing, View, Vpc, When,
};
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::values::Severity;

with_fields! {
    /// A flow log of a VPC, delivered to S3.
    pub struct FlowLog with FlowLogField {
        /// The VPC.
        #[immutable]
        pub vpc: Ref<Vpc>,
        /// The bucket's ARN.
        #[immutable]
        pub bucket_arn: String,
        /// Which traffic is logged: `ACCEPT`, `REJECT` or `ALL`.
        #[immutable]
        pub traffic: String,
    }
}

impl Specification for FlowLog {
    const NAME: &'static str = "flow-log";
    const IDENTITY: Identity = Identity::Tag;
    const TIMING: Timing = Timing::seconds(5, 0, 2);
    const TAGGING: Tagging = Tagging::Ec2;
    const CALLS: Calls = Calls::new(&["CreateFlowLogs"], &[], &["DeleteFlowLogs"]);
    const OPERATIONS: &'static [Operation] = &[DESCRIBE, CREATE, DELETE];
    const ALSO_NEEDS: &'static [&'static str] = &["logs:CreateLogDelivery", "logs:DeleteLogDelivery"];
    const SECURITY_HUB: SecurityHubType = SecurityHubType::OTHER.in_ec2("vpc-flow-log");
    const FINDINGS: &'static [FindingRule<FlowLogField>] = &[
        FindingRule::gone(Severity::High).fsbp(&["EC2.6"]).cis(&["v3.0.0/3.7"]).nist(&["AU-2", "AU-12"]),
        FindingRule::weakened(FlowLogField::traffic, When::Differs, Severity::High)
            .cis(&["v3.0.0/3.7"])
            .nist(&["AU-2", "AU-12"]),
        FindingRule::weakened(FlowLogField::bucket_arn, When::Differs, Severity::High).nist(&["AU-12"]),
    ];

    // It has no page of its own.
    fn console(&self, _id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::vpc("VpcDetails:VpcId", &self.vpc))
    }

    // AWS keeps it unique: a VPC and a bucket.
    fn is_only(&self, _wanted: &Self) -> bool {
        true
    }
}

const DESCRIBE: Operation = Service::Ec2.read("DescribeFlowLogs");
const CREATE: Operation = Service::Ec2.idempotent("CreateFlowLogs");
const DELETE: Operation = Service::Ec2.delete("DeleteFlowLogs");

/// What to do about a flow log that delivers nothing (VPC user guide, "Troubleshoot VPC Flow Logs").
const DELIVERY: &str = "let the bucket's policy allow delivery.logs.amazonaws.com to write to it";

impl Kind for FlowLog {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(DESCRIBE);
        view.flow_logs().await?.iter().map(|log| observed(answer, log)).collect()
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let vpc = task.id(CREATE, &self.vpc)?;
        let send = || {
            let request = task.cloud.ec2().create_flow_logs().resource_type(FlowLogsResourceType::Vpc);
            request
                .resource_ids(vpc)
                .traffic_type(TrafficType::from(self.traffic.as_str()))
                .log_destination_type(LogDestinationType::S3)
                .log_destination(&self.bucket_arn)
                .client_token(task.token)
                .tag_specifications(specification(ResourceType::VpcFlowLog, task.tags))
                .send()
        };
        let made = task.cloud.call(CREATE, send).await?;
        successful(task.answer(CREATE), made.unsuccessful.as_ref())?;
        Ok(made.flow_log_ids.and_then(|ids| ids.into_iter().next()))
    }

    async fn update(&self, _live: &Observed<Self>, _task: &Task<'_>) -> Result<(), CallError> {
        Ok(())
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let send = || task.cloud.ec2().delete_flow_logs().flow_log_ids(&live.id).send();
        let answer = task.cloud.call(DELETE, send).await;
        gone(answer.and_then(|answer| successful(task.answer(DELETE), answer.unsuccessful.as_ref())))
    }
}

/// An error where a call that answers well tells of a resource that it failed for.
pub(super) fn successful(answer: Answer<'_>, unsuccessful: Option<&Vec<UnsuccessfulItem>>) -> Result<(), CallError> {
    let Some(item) = unsuccessful.into_iter().flatten().next() else { return Ok(()) };
    let error = item.error();
    let message = error.and_then(|error| error.message()).unwrap_or("AWS doesn't say why");
    Err(answer.error(error.and_then(|error| error.code()).map(str::to_owned), message))
}

/// A flow log that can't deliver has failed: nothing is logged. "Rate limited" passes by itself (VPC user guide,
/// "Troubleshoot VPC Flow Logs").
fn observed(answer: Answer<'_>, log: &aws_sdk_ec2::types::FlowLog) -> Result<Observed<FlowLog>, CallError> {
    let trouble = log.deliver_logs_error_message().filter(|message| *message != "Rate limited");
    let state = match (log.deliver_logs_status(), trouble) {
        (Some("FAILED"), Some(message)) => State::Failed(Failure::lasting(message, DELIVERY)),
        _ => State::Ready,
    };
    // One that is delivered to CloudWatch Logs, which lz makes none of, may have a group's name only.
    let destination = log.log_destination().or(log.log_group_name());
    Ok(Observed {
        id: answer.part(log.flow_log_id.clone(), "flowLogId")?,
        aliases: Vec::new(),
        tags: tags_of(log.tags.as_ref()),
        state,
        spec: FlowLog {
            vpc: Ref::id(answer.part(log.resource_id(), "resourceId")?),
            bucket_arn: answer.part(destination, "logDestination")?.to_owned(),
            traffic: answer.part(log.traffic_type(), "trafficType")?.as_str().to_owned(),
        },
    })
}
