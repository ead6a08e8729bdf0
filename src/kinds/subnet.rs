//! Subnets.

use aws_sdk_ec2::types::{AttributeBooleanValue, ResourceType};

use super::answer::{Answer, gone, state};
use super::fields::with_fields;
use super::tag::{specification, tags_of};
use super::{
    Calls, ConsolePage, FindingRule, Identity, Kind, Observed, SecurityHubType, Specification, Tagging, Task, Timing,
    View, Vpc, When,
};
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::values::{Cidr, Severity, ZoneId};

with_fields! {
    /// A subnet.
    pub struct Subnet with SubnetField {
        /// The VPC it is in.
        #[immutable]
        pub vpc: Ref<Vpc>,
        /// Its range.
        #[immutable]
        pub cidr: Cidr,
        /// Its Availability Zone.
        #[immutable]
        pub availability_zone: ZoneId,
        /// True where instances get a public address by themselves.
        pub map_public_ip_on_launch: bool,
    }
}

impl Specification for Subnet {
    const NAME: &'static str = "subnet";
    const IDENTITY: Identity = Identity::Tag;
    const TIMING: Timing = Timing::seconds(3, 1, 2);
    const TAGGING: Tagging = Tagging::Ec2;
    const CALLS: Calls = Calls::new(&["CreateSubnet"], &["ModifySubnetAttribute"], &["DeleteSubnet"]);
    const OPERATIONS: &'static [Operation] = &[DESCRIBE, CREATE, MODIFY, DELETE];
    const SECURITY_HUB: SecurityHubType = SecurityHubType::named("AwsEc2Subnet").in_ec2("subnet");
    const FINDINGS: &'static [FindingRule<SubnetField>] =
        &[FindingRule::weakened(SubnetField::map_public_ip_on_launch, When::TurnedOn, Severity::High)
            .fsbp(&["EC2.15"])
            .nist(&["AC-4", "SC-7"])];
    const CARRIES_TRAFFIC: bool = true;

    fn console(&self, id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::vpc("SubnetDetails:subnetId", id))
    }

    fn excludes(&self, other: &Self) -> bool {
        self.vpc == other.vpc && self.cidr.overlaps(other.cidr)
    }

    // AWS keeps it unique: a range of a VPC.
    fn is_only(&self, _wanted: &Self) -> bool {
        true
    }
}

const DESCRIBE: Operation = Service::Ec2.read("DescribeSubnets");
const CREATE: Operation = Service::Ec2.create("CreateSubnet");
const MODIFY: Operation = Service::Ec2.idempotent("ModifySubnetAttribute");
const DELETE: Operation = Service::Ec2.delete("DeleteSubnet");

/// A subnet without an IPv4 range, or in a Local Zone, is refused: lz can't say what it would mean for the VPC.
impl Kind for Subnet {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(DESCRIBE);
        view.subnets().await?.iter().filter_map(|subnet| observed(answer, subnet).transpose()).collect()
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let vpc = task.id(CREATE, &self.vpc)?;
        let send = || {
            let request = task.cloud.ec2().create_subnet().vpc_id(vpc).cidr_block(self.cidr.to_string());
            request
                .availability_zone_id(self.availability_zone.as_str())
                .tag_specifications(specification(ResourceType::Subnet, task.tags))
                .send()
        };
        let made = task.cloud.call(CREATE, send).await?;
        Ok(made.subnet.and_then(|subnet| subnet.subnet_id))
    }

    async fn update(&self, live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        if self.map_public_ip_on_launch == live.spec.map_public_ip_on_launch {
            return Ok(());
        }
        let value = AttributeBooleanValue::builder().value(self.map_public_ip_on_launch).build();
        let send = || {
            let request = task.cloud.ec2().modify_subnet_attribute().subnet_id(&live.id);
            request.map_public_ip_on_launch(value.clone()).send()
        };
        task.cloud.call(MODIFY, send).await.map(drop)
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        gone(task.cloud.call(DELETE, || task.cloud.ec2().delete_subnet().subnet_id(&live.id).send()).await)
    }
}

fn observed(answer: Answer<'_>, subnet: &aws_sdk_ec2::types::Subnet) -> Result<Option<Observed<Subnet>>, CallError> {
    let Some(state) = state(answer.part(subnet.state(), "state")?.as_str(), None) else { return Ok(None) };
    let id = answer.part(subnet.subnet_id.clone(), "subnetId")?;
    Ok(Some(Observed {
        aliases: Vec::new(),
        tags: tags_of(subnet.tags.as_ref()),
        state,
        spec: Subnet {
            vpc: Ref::id(answer.part(subnet.vpc_id(), "vpcId")?),
            cidr: answer.value(subnet.cidr_block(), &format!("cidrBlock of {id}"))?,
            availability_zone: answer.value(subnet.availability_zone_id(), &format!("availabilityZoneId of {id}"))?,
            map_public_ip_on_launch: answer.part(subnet.map_public_ip_on_launch, "mapPublicIpOnLaunch")?,
        },
        id,
    }))
}
