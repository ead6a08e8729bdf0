//! Elastic IP addresses.

use aws_sdk_ec2::types::{DomainType, ResourceType};

use super::answer::gone;
use super::fields::with_fields;
use super::tag::{specification, tags_of};
use super::{
    Calls, ConsolePage, Identity, Kind, Observed, SecurityHubType, Specification, State, Tagging, Task, Timing, View,
};
use crate::cloud::{CallError, Operation, Service};

with_fields! {
    /// An Elastic IP address of Amazon's pool.
    pub struct ElasticIp with ElasticIpField {}
}

impl Specification for ElasticIp {
    const NAME: &'static str = "elastic-ip";
    const IDENTITY: Identity = Identity::Tag;
    const TIMING: Timing = Timing::seconds(1, 0, 1);
    const TAGGING: Tagging = Tagging::Ec2;
    const CALLS: Calls =
        Calls::new(&["AllocateAddress"], &["AssociateAddress", "DisassociateAddress"], &["ReleaseAddress"]);
    const OPERATIONS: &'static [Operation] = &[DESCRIBE, ALLOCATE, RELEASE];
    const SECURITY_HUB: SecurityHubType = SecurityHubType::named("AwsEc2Eip").in_ec2("elastic-ip");
    const COSTLY: bool = true;

    fn console(&self, id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::vpc("ElasticIpDetails:AllocationId", id))
    }
}

const DESCRIBE: Operation = Service::Ec2.read("DescribeAddresses");
const ALLOCATE: Operation = Service::Ec2.create("AllocateAddress");
const RELEASE: Operation = Service::Ec2.delete("ReleaseAddress");

/// An address lies in no VPC, so those with the zone's tag are seen, and those that its NAT gateways use.
impl Kind for ElasticIp {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(DESCRIBE);
        let observed = |address: &aws_sdk_ec2::types::Address| {
            Ok(Observed {
                id: answer.part(address.allocation_id.clone(), "allocationId")?,
                aliases: Vec::new(),
                tags: tags_of(address.tags.as_ref()),
                state: State::Ready,
                spec: Self {},
            })
        };
        view.addresses().await?.iter().map(observed).collect()
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let send = || {
            let request = task.cloud.ec2().allocate_address().domain(DomainType::Vpc);
            request.tag_specifications(specification(ResourceType::ElasticIp, task.tags)).send()
        };
        Ok(task.cloud.call(ALLOCATE, send).await?.allocation_id)
    }

    async fn update(&self, _live: &Observed<Self>, _task: &Task<'_>) -> Result<(), CallError> {
        Ok(())
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let send = || task.cloud.ec2().release_address().allocation_id(&live.id).send();
        gone(task.cloud.call(RELEASE, send).await)
    }
}
