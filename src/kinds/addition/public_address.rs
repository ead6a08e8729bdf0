//! Public addresses in VPCs.

use std::collections::BTreeMap;

use super::Addition;
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::kinds::answer::gone;
use crate::kinds::fields::with_fields;
use crate::kinds::{Calls, FindingRule, Identity, Observed, Specification, State, Subnet, Tagging, Task, Timing, View};
use crate::values::Severity;

with_fields! {
    /// A public IPv4 address of a network interface in one of the zone's subnets. Interfaces that an AWS service manages (those
    /// of NAT gateways, and of the load balancers that workloads run) are left out.
    pub struct PublicAddress with PublicAddressField {
        /// The subnet.
        #[immutable]
        pub subnet: Ref<Subnet>,
        /// The network interface's id.
        #[key]
        #[immutable]
        pub network_interface: String,
        /// The address.
        #[key]
        #[immutable]
        pub address: String,
        /// True for an Elastic IP address, false for one that AWS has assigned to an instance for its lifetime.
        #[immutable]
        pub elastic: bool,
    }
}

impl Specification for PublicAddress {
    const NAME: &'static str = "public-address";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(2, 0, 2);
    const TAGGING: Tagging = Tagging::None;
    const CALLS: Calls = Calls::new(&["AssociateAddress", "RunInstances"], &[], &[]);
    const OPERATIONS: &'static [Operation] = &[<Self as Addition>::DESCRIBE, DISASSOCIATE];
    const FINDINGS: &'static [FindingRule<PublicAddressField>] =
        &[FindingRule::unmanaged(Severity::High).nist(&["AC-4", "SC-7"])];
}

const DISASSOCIATE: Operation = Service::Ec2.delete("DisassociateAddress");

impl Addition for PublicAddress {
    const DESCRIBE: Operation = Service::Ec2.read("DescribeNetworkInterfaces");

    async fn find(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(Self::DESCRIBE);
        let mut all = Vec::new();
        let interfaces = view.public_interfaces().await?.iter().filter(|one| one.requester_managed() != Some(true));
        for interface in interfaces {
            let network_interface = answer.part(interface.network_interface_id(), "networkInterfaceId")?;
            for association in interface.private_ip_addresses().iter().filter_map(|address| address.association()) {
                let Some(address) = association.public_ip() else { continue };
                let elastic = association.association_id();
                all.push(Observed {
                    id: elastic.map_or_else(|| format!("{network_interface}|{address}"), str::to_owned),
                    aliases: Vec::new(),
                    tags: BTreeMap::new(),
                    state: State::Ready,
                    spec: Self {
                        subnet: Ref::id(answer.part(interface.subnet_id(), "subnetId")?),
                        network_interface: network_interface.to_owned(),
                        address: address.to_owned(),
                        elastic: elastic.is_some(),
                    },
                });
            }
        }
        Ok(all)
    }

    async fn remove(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        if !live.spec.elastic {
            let PublicAddress { address, network_interface, .. } = &live.spec;
            let message =
                format!("{address} was assigned by AWS to {network_interface} and ends with its instance: stop that");
            return Err(task.answer(DISASSOCIATE).error(None, message));
        }
        let send = || task.cloud.ec2().disassociate_address().association_id(&live.id).send();
        gone(task.cloud.call(DISASSOCIATE, send).await)
    }
}
