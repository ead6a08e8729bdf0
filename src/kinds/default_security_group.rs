//! The default security group of a VPC.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::Filter;

use super::answer::Answer;
use super::fields::specification;
use super::security_group::{GroupRules, SecurityGroupRule, rules_of, set_rules};
use super::tag::{tag_in_ec2, tags_of};
use super::{Identity, Kind, Observed, Specification, State, Tagging, Task, Timing, View, Vpc};
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;

specification! {
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
