//! The default security group of a VPC.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::Filter;

use super::answer::Answer;
use super::fields::with_fields;
use super::security_group::{GroupRules, SecurityGroupRule, rules_of, set_rules};
use super::tag::{tag_in_ec2, tags_of};
use super::{
    Calls, ConsolePage, FindingRule, Identity, Kind, Observed, SecurityHubType, Specification, State, Tagging, Task,
    Timing, View, Vpc, When,
};
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::values::Severity;

with_fields! {
    /// The default security group that AWS makes with every VPC: it can't be deleted, and lz empties it.
    pub struct DefaultSecurityGroup with DefaultSecurityGroupField {
        /// The VPC.
        #[key]
        #[immutable]
        pub vpc: Ref<Vpc>,
        /// Rules for what comes in.
        pub ingress: BTreeSet<SecurityGroupRule>,
        /// Rules for what goes out.
        pub egress: BTreeSet<SecurityGroupRule>,
    }
}

impl Specification for DefaultSecurityGroup {
    const NAME: &'static str = "default-security-group";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(2, 2, 0);
    const TAGGING: Tagging = Tagging::Ec2;
    const DELETABLE: bool = false;
    const CALLS: Calls = Calls::new(
        &["CreateSecurityGroup"],
        &[
            "AuthorizeSecurityGroupIngress",
            "AuthorizeSecurityGroupEgress",
            "RevokeSecurityGroupIngress",
            "RevokeSecurityGroupEgress",
            "ModifySecurityGroupRules",
        ],
        &["DeleteSecurityGroup"],
    );
    const OPERATIONS: &'static [Operation] = &[
        DESCRIBE,
        Service::Ec2.idempotent("AuthorizeSecurityGroupIngress"),
        Service::Ec2.idempotent("AuthorizeSecurityGroupEgress"),
        Service::Ec2.idempotent("RevokeSecurityGroupIngress"),
        Service::Ec2.idempotent("RevokeSecurityGroupEgress"),
    ];
    const SECURITY_HUB: SecurityHubType = SecurityHubType::named("AwsEc2SecurityGroup").in_ec2("security-group");
    const FINDINGS: &'static [FindingRule<DefaultSecurityGroupField>] = &[
        FindingRule::weakened(DefaultSecurityGroupField::ingress, When::Widened, Severity::High)
            .fsbp(&["EC2.2"])
            .cis(&["v3.0.0/5.4"])
            .nist(&["AC-4", "SC-7"]),
        FindingRule::weakened(DefaultSecurityGroupField::egress, When::Widened, Severity::High)
            .fsbp(&["EC2.2"])
            .cis(&["v3.0.0/5.4"])
            .nist(&["AC-4", "SC-7"]),
    ];
    const MENDED_FIRST: bool = true;

    fn console(&self, id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::vpc("SecurityGroup:groupId", id))
    }
}

const DESCRIBE: Operation = Service::Ec2.read("DescribeSecurityGroups");

/// The name that AWS gives to the group that it makes with a VPC, and to no other.
pub(super) const DEFAULT_NAME: &str = "default";

impl Kind for DefaultSecurityGroup {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(DESCRIBE);
        let groups = view.security_groups().await?.iter();
        groups.filter(|group| group.group_name() == Some(DEFAULT_NAME)).map(|group| observed(answer, group)).collect()
    }

    /// AWS has made it together with the VPC: it is found, and tagged. While it can't be seen yet there is no id to give;
    /// it is observed once it can be.
    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let vpc = task.id(DESCRIBE, &self.vpc)?;
        let send = || {
            let request = task.cloud.ec2().describe_security_groups();
            request
                .filters(Filter::builder().name("vpc-id").values(vpc).build())
                .filters(Filter::builder().name("group-name").values(DEFAULT_NAME).build())
                .send()
        };
        let groups = task.cloud.call(DESCRIBE, send).await?.security_groups.unwrap_or_default();
        let Some(id) = groups.into_iter().next().and_then(|group| group.group_id) else { return Ok(None) };
        tag_in_ec2(&id, task.tags, task.cloud).await?;
        Ok(Some(id))
    }

    async fn update(&self, live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let wanted = GroupRules { ingress: &self.ingress, egress: &self.egress };
        set_rules(&live.id, wanted, GroupRules { ingress: &live.spec.ingress, egress: &live.spec.egress }, task).await
    }

    async fn delete(_live: &Observed<Self>, _task: &Task<'_>) -> Result<(), CallError> {
        Ok(())
    }
}

fn observed(
    answer: Answer<'_>,
    group: &aws_sdk_ec2::types::SecurityGroup,
) -> Result<Observed<DefaultSecurityGroup>, CallError> {
    Ok(Observed {
        id: answer.part(group.group_id.clone(), "groupId")?,
        aliases: Vec::new(),
        tags: tags_of(group.tags.as_ref()),
        state: State::Ready,
        spec: DefaultSecurityGroup {
            vpc: Ref::id(answer.part(group.vpc_id(), "vpcId")?),
            ingress: rules_of(answer, group.owner_id(), group.ip_permissions())?,
            egress: rules_of(answer, group.owner_id(), group.ip_permissions_egress())?,
        },
    })
}
