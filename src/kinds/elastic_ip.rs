//! Elastic IP addresses.

use aws_sdk_ec2::types::{DomainType, ResourceType};

use super::answer::gone;
use super::fields::specification;
use super::tag::{specification, tags_of};
use super::{Identity, Kind, Observed, Specification, State, Tagging, Task, Timing, View};
use crate::cloud::{CallError, Operation, Service};

specification! {
    /// An Elastic IP address of Amazon's pool.
    pub struct ElasticIp with ElasticIpField {}
}

impl Specification for ElasticIp {
    const NAME: &'static str = "elastic-ip";
    const IDENTITY: Identity = Identity::Tag;
    const TIMING: Timing = Timing::seconds(1, 0, 1);
    const TAGGING: Tagging = Tagging::Ec2;
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
