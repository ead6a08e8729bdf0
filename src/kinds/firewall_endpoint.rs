//! A firewall's endpoints.

use std::collections::BTreeMap;

use super::fields::with_fields;
use super::firewall::{ASSOCIATE, DISASSOCIATE, arn_of, attachment_state, enter, leave};
use super::view::{DESCRIBE_FIREWALL, sync_states};
use super::{
    Calls, ConsolePage, FindingRule, Firewall, Identity, Kind, Observed, Specification, Subnet, Tagging, Task, Timing,
    View,
};
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::values::Severity;

with_fields! {
    /// The endpoint of a firewall in one of its subnets, which routes lead to. AWS makes and deletes it with the firewall's
    /// association with the subnet; its id is `vpce-…`.
    pub struct FirewallEndpoint with FirewallEndpointField {
        /// The firewall.
        #[key]
        #[immutable]
        #[part_of]
        pub firewall: Ref<Firewall>,
        /// The subnet.
        #[key]
        #[immutable]
        pub subnet: Ref<Subnet>,
    }
}

impl Specification for FirewallEndpoint {
    const NAME: &'static str = "firewall-endpoint";
    const IDENTITY: Identity = Identity::Key;
    // The firewall's subnets.
    const TOLD_BY_WHOLE: bool = true;
    const HELD: bool = true;
    // AWS takes as long for one endpoint as for a whole firewall.
    const TIMING: Timing = Timing::seconds(2, 0, 480);
    const TAGGING: Tagging = Tagging::None;
    const CALLS: Calls = Calls::new(
        &["AssociateSubnets"],
        &["AssociateSubnets", "DisassociateSubnets"],
        &["DisassociateSubnets", "DeleteFirewall"],
    );
    const OPERATIONS: &'static [Operation] = &[
        Service::NetworkFirewall.read("ListFirewalls"),
        Service::NetworkFirewall.read("DescribeFirewall"),
        ASSOCIATE,
        DISASSOCIATE,
    ];
    const FINDINGS: &'static [FindingRule<FirewallEndpointField>] =
        &[FindingRule::missing(Severity::High).nist(&["SC-7"])];
    const CARRIES_TRAFFIC: bool = true;

    fn console(&self, id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::vpc("EndpointDetails:vpcEndpointId", id))
    }
}

impl Kind for FirewallEndpoint {
    /// AWS shows an endpoint by the name that its owner's account has for the zone; the subnet says which it is. One without
    /// an id yet can't be seen.
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(DESCRIBE_FIREWALL);
        let mut all = Vec::new();
        for firewall in view.firewalls().await? {
            let arn = arn_of(answer, firewall)?;
            for attachment in sync_states(firewall).into_values().filter_map(|state| state.attachment()) {
                let known = (attachment.endpoint_id(), attachment.subnet_id(), attachment_state(attachment));
                let (Some(id), Some(subnet), Some(state)) = known else { continue };
                all.push(Observed {
                    id: id.to_owned(),
                    aliases: Vec::new(),
                    tags: BTreeMap::new(),
                    state,
                    spec: Self { firewall: Ref::id(arn), subnet: Ref::id(subnet) },
                });
            }
        }
        Ok(all)
    }

    /// AWS makes it with the firewall's association with the subnet. That is the firewall's own change, and was made with
    /// it; where a run is undone that has deleted the endpoint and had not come to the firewall, it is made here.
    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let firewall = task.id(ASSOCIATE, &self.firewall)?;
        enter(firewall, &self.subnet, task).await.map(|()| None)
    }

    async fn update(&self, _live: &Observed<Self>, _task: &Task<'_>) -> Result<(), CallError> {
        Ok(())
    }

    /// Takes the firewall out of the subnet, unless that was done with the firewall's own change.
    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let firewall = task.id(DISASSOCIATE, &live.spec.firewall)?;
        leave(firewall, &live.spec.subnet, task).await
    }
}
