//! Further ranges of VPCs.

use std::collections::BTreeMap;

use super::Addition;
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::kinds::answer::{gone, state};
use crate::kinds::fields::with_fields;
use crate::kinds::{Calls, Failure, Identity, Observed, Specification, Tagging, Task, Timing, View, Vpc};

with_fields! {
    /// A range that somebody has added to a VPC, besides the one that it was made with.
    pub struct VpcCidrBlock with VpcCidrBlockField {
        /// The VPC.
        #[key]
        #[immutable]
        pub vpc: Ref<Vpc>,
        /// The range, IPv4 or IPv6, as AWS writes it.
        #[key]
        #[immutable]
        pub cidr: String,
    }
}

impl Specification for VpcCidrBlock {
    const NAME: &'static str = "vpc-cidr-block";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(5, 0, 5);
    const TAGGING: Tagging = Tagging::None;
    const CALLS: Calls = Calls::new(&["AssociateVpcCidrBlock"], &[], &[]);
    const OPERATIONS: &'static [Operation] = &[<Self as Addition>::DESCRIBE, DISASSOCIATE];
}

const DISASSOCIATE: Operation = Service::Ec2.delete("DisassociateVpcCidrBlock");

impl Addition for VpcCidrBlock {
    const DESCRIBE: Operation = Service::Ec2.read("DescribeVpcs");

    async fn find(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(Self::DESCRIBE);
        let mut all = Vec::new();
        for vpc in view.vpcs().await? {
            let id = answer.part(vpc.vpc_id(), "vpcId")?;
            let ipv4 = vpc.cidr_block_association_set().iter().filter(|one| one.cidr_block() != vpc.cidr_block());
            let ipv4 = ipv4.map(|one| (one.association_id(), one.cidr_block(), one.cidr_block_state()));
            let ipv6 = vpc.ipv6_cidr_block_association_set().iter();
            let ipv6 = ipv6.map(|one| (one.association_id(), one.ipv6_cidr_block(), one.ipv6_cidr_block_state()));
            for (association, cidr, told) in ipv4.chain(ipv6) {
                let word = answer.part(told.and_then(|told| told.state()), "cidrBlockState")?.as_str();
                let failure = told.map(|told| Failure::of_code(None, told.status_message()));
                let Some(state) = state(word, failure) else { continue };
                all.push(Observed {
                    id: answer.part(association, "associationId")?.to_owned(),
                    aliases: Vec::new(),
                    tags: BTreeMap::new(),
                    state,
                    spec: Self { vpc: Ref::id(id), cidr: answer.part(cidr, "cidrBlock")?.to_owned() },
                });
            }
        }
        Ok(all)
    }

    async fn remove(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let send = || task.cloud.ec2().disassociate_vpc_cidr_block().association_id(&live.id).send();
        gone(task.cloud.call(DISASSOCIATE, send).await)
    }
}
