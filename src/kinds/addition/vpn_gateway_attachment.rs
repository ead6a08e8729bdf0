//! Virtual private gateways in VPCs.

use super::Addition;
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::kinds::answer::{gone, state};
use crate::kinds::fields::with_fields;
use crate::kinds::tag::tags_of;
use crate::kinds::{Calls, FindingRule, Identity, Observed, Specification, Tagging, Task, Timing, View, Vpc};
use crate::values::Severity;

with_fields! {
    /// That a virtual private gateway is attached to one of the zone's VPCs: the VPC's way to VPN connections and Direct Connect.
    /// The gateway itself is not lz's, and stays.
    pub struct VpnGatewayAttachment with VpnGatewayAttachmentField {
        /// The VPC.
        #[key]
        #[immutable]
        pub vpc: Ref<Vpc>,
    }
}

impl Specification for VpnGatewayAttachment {
    const NAME: &'static str = "vpn-gateway-attachment";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(30, 0, 60);
    const TAGGING: Tagging = Tagging::None;
    const CALLS: Calls = Calls::new(&["AttachVpnGateway"], &[], &[]);
    const OPERATIONS: &'static [Operation] = &[<Self as Addition>::DESCRIBE, DETACH];
    const FINDINGS: &'static [FindingRule<VpnGatewayAttachmentField>] =
        &[FindingRule::unmanaged(Severity::High).nist(&["AC-4", "SC-7"])];
}

const DETACH: Operation = Service::Ec2.delete("DetachVpnGateway");

/// Its id is the gateway's: a gateway is attached to one VPC at most.
impl Addition for VpnGatewayAttachment {
    const DESCRIBE: Operation = Service::Ec2.read("DescribeVpnGateways");

    async fn find(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(Self::DESCRIBE);
        let mut all = Vec::new();
        for gateway in view.vpn_gateways().await? {
            for attachment in gateway.vpc_attachments() {
                let word = answer.part(attachment.state(), "state")?.as_str();
                let Some(state) = state(word, None) else { continue };
                all.push(Observed {
                    id: answer.part(gateway.vpn_gateway_id.clone(), "vpnGatewayId")?,
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
        let vpc = task.id(DETACH, &live.spec.vpc)?;
        let send = || task.cloud.ec2().detach_vpn_gateway().vpn_gateway_id(&live.id).vpc_id(vpc).send();
        gone(task.cloud.call(DETACH, send).await)
    }
}
