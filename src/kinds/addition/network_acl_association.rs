//! Subnets with a network ACL of their own.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::Filter;

use super::{Addition, NetworkAcl};
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::kinds::answer::gone;
use crate::kinds::fields::with_fields;
use crate::kinds::{Calls, Identity, Observed, Specification, State, Subnet, Tagging, Task, Timing, View, Vpc};

with_fields! {
    /// That a subnet uses another network ACL than its VPC's default one. Removing it gives the subnet the default one back:
    /// a subnet always has one.
    pub struct NetworkAclAssociation with NetworkAclAssociationField {
        /// The subnet.
        #[key]
        #[immutable]
        pub subnet: Ref<Subnet>,
        /// The subnet's VPC.
        pub vpc: Ref<Vpc>,
        /// The network ACL that it uses.
        pub network_acl: Ref<NetworkAcl>,
    }
}

impl Specification for NetworkAclAssociation {
    const NAME: &'static str = "network-acl-association";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(1, 0, 1);
    const TAGGING: Tagging = Tagging::None;
    const CALLS: Calls = Calls::new(&["ReplaceNetworkAclAssociation"], &[], &[]);
    const OPERATIONS: &'static [Operation] = &[<Self as Addition>::DESCRIBE, REPLACE];
}

// The association that is replaced is no more once it is done: sent twice, the second finds nothing.
const REPLACE: Operation = Service::Ec2.delete("ReplaceNetworkAclAssociation");

impl Addition for NetworkAclAssociation {
    const DESCRIBE: Operation = Service::Ec2.read("DescribeNetworkAcls");

    async fn find(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(Self::DESCRIBE);
        let mut all = Vec::new();
        for acl in view.network_acls().await?.iter().filter(|acl| acl.is_default() != Some(true)) {
            let vpc = answer.part(acl.vpc_id(), "vpcId")?;
            for association in acl.associations() {
                let network_acl = answer.part(association.network_acl_id(), "networkAclId")?;
                all.push(Observed {
                    id: answer.part(association.network_acl_association_id.clone(), "networkAclAssociationId")?,
                    aliases: Vec::new(),
                    tags: BTreeMap::new(),
                    state: State::Ready,
                    spec: Self {
                        subnet: Ref::id(answer.part(association.subnet_id(), "subnetId")?),
                        vpc: Ref::id(vpc),
                        network_acl: Ref::id(network_acl),
                    },
                });
            }
        }
        Ok(all)
    }

    async fn remove(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let vpc = task.id(Self::DESCRIBE, &live.spec.vpc)?;
        let filter = |name: &str, value: &str| Filter::builder().name(name).values(value).build();
        let request = || task.cloud.ec2().describe_network_acls();
        let describe = || request().filters(filter("vpc-id", vpc)).filters(filter("default", "true")).send();
        let acls = task.cloud.call(Self::DESCRIBE, describe).await?.network_acls.unwrap_or_default();
        let default = acls.into_iter().next().and_then(|acl| acl.network_acl_id);
        let default = task.answer(Self::DESCRIBE).part(default, "default network ACL")?;
        let request = || task.cloud.ec2().replace_network_acl_association().association_id(&live.id);
        gone(task.cloud.call(REPLACE, || request().network_acl_id(&default).send()).await)
    }
}
