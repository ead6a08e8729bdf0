//! VPCs.

use aws_sdk_ec2::types::{AttributeBooleanValue, ResourceType};

use super::answer::{Answer, gone, state};
use super::fields::with_fields;
use super::tag::{specification, tags_of};
use super::view::DnsAttributes;
use super::{
    Calls, ConsolePage, Identity, Kind, Observed, SecurityHubType, Specification, Tagging, Task, Timing, View,
};
use crate::cloud::{CallError, Operation, Service};
use crate::values::Cidr;

with_fields! {
    /// A VPC.
    pub struct Vpc with VpcField {
        /// Its IPv4 range.
        #[immutable]
        pub cidr: Cidr,
        /// True where the Amazon DNS server answers in it.
        pub dns_support: bool,
        /// True where instances get DNS names; private DNS of interface endpoints needs it.
        pub dns_hostnames: bool,
    }
}

impl Specification for Vpc {
    const NAME: &'static str = "vpc";
    const IDENTITY: Identity = Identity::Tag;
    const HELD: bool = true;
    const TIMING: Timing = Timing::seconds(3, 1, 2);
    const TAGGING: Tagging = Tagging::Ec2;
    const CALLS: Calls = Calls::new(&["CreateVpc"], &["ModifyVpcAttribute"], &["DeleteVpc"]);
    const OPERATIONS: &'static [Operation] =
        &[DESCRIBE, CREATE, MODIFY, DELETE, Service::Ec2.read("DescribeVpcAttribute")];
    const SECURITY_HUB: SecurityHubType = SecurityHubType::named("AwsEc2Vpc").in_ec2("vpc");
    const COSTLY: bool = true;
    const CARRIES_TRAFFIC: bool = true;

    fn console(&self, id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::vpc("VpcDetails:VpcId", id))
    }
}

const DESCRIBE: Operation = Service::Ec2.read("DescribeVpcs");
const CREATE: Operation = Service::Ec2.create("CreateVpc");
const MODIFY: Operation = Service::Ec2.idempotent("ModifyVpcAttribute");
const DELETE: Operation = Service::Ec2.delete("DeleteVpc");

/// The range is the VPC's primary one; others that somebody adds to it are a kind of their own.
impl Kind for Vpc {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let dns = view.dns_attributes().await?;
        let answer = view.answer(DESCRIBE);
        let mut all = Vec::new();
        for vpc in view.vpcs().await? {
            let id = answer.part(vpc.vpc_id(), "vpcId")?;
            if let Some(dns) = dns.get(id) {
                all.extend(observed(answer, vpc, *dns)?);
            }
        }
        Ok(all)
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let send = || {
            let request = task.cloud.ec2().create_vpc().cidr_block(self.cidr.to_string());
            request.tag_specifications(specification(ResourceType::Vpc, task.tags)).send()
        };
        let made = task.cloud.call(CREATE, send).await?;
        Ok(made.vpc.and_then(|vpc| vpc.vpc_id))
    }

    /// AWS takes one attribute per call, and host names only while DNS is supported.
    async fn update(&self, live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        if self.dns_support && !live.spec.dns_support {
            set_dns_support(&live.id, true, task).await?;
        }
        if self.dns_hostnames != live.spec.dns_hostnames {
            set_dns_hostnames(&live.id, self.dns_hostnames, task).await?;
        }
        if !self.dns_support && live.spec.dns_support {
            set_dns_support(&live.id, false, task).await?;
        }
        Ok(())
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        gone(task.cloud.call(DELETE, || task.cloud.ec2().delete_vpc().vpc_id(&live.id).send()).await)
    }
}

fn observed(
    answer: Answer<'_>,
    vpc: &aws_sdk_ec2::types::Vpc,
    dns: DnsAttributes,
) -> Result<Option<Observed<Vpc>>, CallError> {
    let Some(state) = state(answer.part(vpc.state(), "state")?.as_str(), None) else { return Ok(None) };
    Ok(Some(Observed {
        id: answer.part(vpc.vpc_id.clone(), "vpcId")?,
        aliases: Vec::new(),
        tags: tags_of(vpc.tags.as_ref()),
        state,
        spec: Vpc {
            cidr: answer.value(vpc.cidr_block(), "cidrBlock")?,
            dns_support: dns.support,
            dns_hostnames: dns.hostnames,
        },
    }))
}

async fn set_dns_support(vpc: &str, value: bool, task: &Task<'_>) -> Result<(), CallError> {
    let value = AttributeBooleanValue::builder().value(value).build();
    let request = || task.cloud.ec2().modify_vpc_attribute().vpc_id(vpc).enable_dns_support(value.clone());
    task.cloud.call(MODIFY, || request().send()).await.map(drop)
}

async fn set_dns_hostnames(vpc: &str, value: bool, task: &Task<'_>) -> Result<(), CallError> {
    let value = AttributeBooleanValue::builder().value(value).build();
    let request = || task.cloud.ec2().modify_vpc_attribute().vpc_id(vpc).enable_dns_hostnames(value.clone());
    task.cloud.call(MODIFY, || request().send()).await.map(drop)
}
