//! Egress-only internet gateways.

use super::Addition;
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::kinds::answer::{gone, state};
use crate::kinds::fields::with_fields;
use crate::kinds::tag::tags_of;
use crate::kinds::{Calls, FindingRule, Identity, Observed, Specification, Tagging, Task, Timing, View, Vpc};
use crate::values::Severity;

with_fields! {
    /// A gateway by which a VPC's IPv6 addresses reach the internet.
    pub struct EgressOnlyInternetGateway with EgressOnlyInternetGatewayField {
        /// The VPC that it is attached to.
        #[key]
        #[immutable]
        pub vpc: Ref<Vpc>,
    }
}

impl Specification for EgressOnlyInternetGateway {
    const NAME: &'static str = "egress-only-internet-gateway";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(2, 0, 2);
    const TAGGING: Tagging = Tagging::None;
    const CALLS: Calls = Calls::new(&["CreateEgressOnlyInternetGateway"], &[], &[]);
    const OPERATIONS: &'static [Operation] = &[<Self as Addition>::DESCRIBE, DELETE];
    const FINDINGS: &'static [FindingRule<EgressOnlyInternetGatewayField>] =
        &[FindingRule::unmanaged(Severity::High).nist(&["AC-4", "SC-7"])];
}

const DELETE: Operation = Service::Ec2.delete("DeleteEgressOnlyInternetGateway");

impl Addition for EgressOnlyInternetGateway {
    const DESCRIBE: Operation = Service::Ec2.read("DescribeEgressOnlyInternetGateways");

    async fn find(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(Self::DESCRIBE);
        let mut all = Vec::new();
        for gateway in view.egress_only_internet_gateways().await? {
            for attachment in gateway.attachments() {
                let word = answer.part(attachment.state(), "state")?.as_str();
                let Some(state) = state(word, None) else { continue };
                all.push(Observed {
                    id: answer.part(gateway.egress_only_internet_gateway_id.clone(), "egressOnlyInternetGatewayId")?,
                    aliases: Vec::new(),
                    tags: tags_of(gateway.tags.as_ref()),
                    state,
                    spec: Self { vpc: Ref::id(answer.part(attachment.vpc_id(), "vpcId")?) },
                });
            }
        }
        Ok(all)
    }

    async fn remove(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let request = || task.cloud.ec2().delete_egress_only_internet_gateway();
        gone(task.cloud.call(DELETE, || request().egress_only_internet_gateway_id(&live.id).send()).await)
    }
}
