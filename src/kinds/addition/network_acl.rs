//! Network ACLs.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Addition;
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::kinds::answer::{Answer, gone};
use crate::kinds::fields::{FieldValue, KeyPart, KeyValue, nested, with_fields};
use crate::kinds::tag::tags_of;
use crate::kinds::{Calls, Identity, Observed, Specification, State, Tagging, Task, Timing, View, Vpc};

with_fields! {
    /// A network ACL that somebody has made in one of the zone's VPCs. lz leaves subnets to the VPC's default one, which lets
    /// everything through.
    pub struct NetworkAcl with NetworkAclField {
        /// The VPC.
        #[key]
        #[immutable]
        pub vpc: Ref<Vpc>,
        /// Its entries, but for the last ones that deny everything and that nobody can change.
        #[key]
        pub entries: BTreeSet<NetworkAclEntry>,
    }
}

/// An entry of a network ACL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkAclEntry {
    /// True for packets that leave a subnet, false for those that enter it.
    pub egress: bool,
    /// Its number: the lowest that matches decides.
    pub number: i32,
    /// `allow` or `deny`.
    pub action: String,
    /// The protocol's number; `-1` is all of them.
    pub protocol: String,
    /// The range of the other end, IPv4 or IPv6.
    pub range: String,
    /// The first and last port, where the protocol has ports; none where AWS tells none, which is all of them.
    pub ports: Option<(i32, i32)>,
    /// The type and code of ICMP messages, where the protocol is ICMP; `-1` is any.
    pub icmp: Option<(i32, i32)>,
}

nested! { NetworkAclEntry { egress, number, action, protocol, range, ports, icmp } }

/// All entries in one: what AWS keeps apart by its id is the same where it lets the same through.
impl KeyValue for BTreeSet<NetworkAclEntry> {
    fn part(&self) -> KeyPart {
        KeyPart::Text(self.value().to_string())
    }
}

impl Specification for NetworkAcl {
    const NAME: &'static str = "network-acl";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(2, 0, 2);
    const TAGGING: Tagging = Tagging::None;
    const CALLS: Calls = Calls::new(&["CreateNetworkAcl"], &[], &[]);
    const OPERATIONS: &'static [Operation] = &[<Self as Addition>::DESCRIBE, DELETE];
}

const DELETE: Operation = Service::Ec2.delete("DeleteNetworkAcl");

impl Addition for NetworkAcl {
    const DESCRIBE: Operation = Service::Ec2.read("DescribeNetworkAcls");

    async fn find(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(Self::DESCRIBE);
        let made = view.network_acls().await?.iter().filter(|acl| acl.is_default() != Some(true));
        let observed = |acl: &aws_sdk_ec2::types::NetworkAcl| {
            Ok(Observed {
                id: answer.part(acl.network_acl_id.clone(), "networkAclId")?,
                aliases: Vec::new(),
                tags: tags_of(acl.tags.as_ref()),
                state: State::Ready,
                spec: Self { vpc: Ref::id(answer.part(acl.vpc_id(), "vpcId")?), entries: entries_of(answer, acl)? },
            })
        };
        made.map(observed).collect()
    }

    /// Refused while a subnet is associated with it, and sent again until none is.
    async fn remove(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let send = || task.cloud.ec2().delete_network_acl().network_acl_id(&live.id).send();
        gone(task.cloud.call(DELETE, send).await)
    }
}

/// The first number of the entries that AWS ends every network ACL with (VPC user guide, "Default network ACL").
const LAST: i32 = 32767;

/// The entries of a network ACL that somebody may change.
pub(super) fn entries_of(
    answer: Answer<'_>,
    acl: &aws_sdk_ec2::types::NetworkAcl,
) -> Result<BTreeSet<NetworkAclEntry>, CallError> {
    let entries = acl.entries().iter().filter(|entry| entry.rule_number().is_none_or(|number| number < LAST));
    entries.map(|entry| entry_of(answer, entry)).collect()
}

fn entry_of(answer: Answer<'_>, entry: &aws_sdk_ec2::types::NetworkAclEntry) -> Result<NetworkAclEntry, CallError> {
    let range = answer.part(entry.cidr_block().or(entry.ipv6_cidr_block()), "cidrBlock")?;
    Ok(NetworkAclEntry {
        egress: answer.part(entry.egress(), "egress")?,
        number: answer.part(entry.rule_number(), "ruleNumber")?,
        action: answer.part(entry.rule_action(), "ruleAction")?.as_str().to_owned(),
        protocol: answer.part(entry.protocol(), "protocol")?.to_owned(),
        range: range.to_owned(),
        ports: entry.port_range().and_then(|ports| ports.from().zip(ports.to())),
        icmp: entry.icmp_type_code().and_then(|icmp| icmp.r#type().zip(icmp.code())),
    })
}
