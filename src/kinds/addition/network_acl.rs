//! Network ACLs.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Addition;
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::kinds::answer::{Answer, gone};
use crate::kinds::tag::tags_of;
use crate::kinds::{Identity, Observed, Specification, State, Tagging, Task, Timing, View, Vpc};

/// A network ACL that somebody has made in one of the zone's VPCs. lz leaves subnets to the VPC's default one, which lets
/// everything through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkAcl {
    /// The VPC.
    pub vpc: Ref<Vpc>,
    /// Its entries, but for the last ones that deny everything and that nobody can change.
    pub entries: BTreeSet<NetworkAclEntry>,
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
    /// The ports, where the protocol has some and not all are meant.
    pub ports: Option<String>,
    /// The type and code of ICMP messages, where not all are meant.
    pub icmp: Option<String>,
}

impl fmt::Display for NetworkAclEntry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = if self.egress { "out" } else { "in" };
        let Self { number, action, protocol, range, .. } = self;
        write!(formatter, "{direction} {number} {action} {protocol} {range}")?;
        let details =
            self.ports.iter().map(|ports| ("ports", ports)).chain(self.icmp.iter().map(|icmp| ("icmp", icmp)));
        details.into_iter().try_for_each(|(name, value)| write!(formatter, " {name} {value}"))
    }
}

impl Specification for NetworkAcl {
    const NAME: &'static str = "network-acl";
    const IDENTITY: Identity = Identity::Attributes(&["vpc", "entries"]);
    const IMMUTABLE: &'static [&'static str] = &["vpc"];
    const TIMING: Timing = Timing::seconds(2, 0, 2);
    const TAGGING: Tagging = Tagging::None;
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
    let part = |number: Option<i32>| number.map_or_else(|| "any".to_owned(), |number| number.to_string());
    Ok(NetworkAclEntry {
        egress: answer.part(entry.egress(), "egress")?,
        number: answer.part(entry.rule_number(), "ruleNumber")?,
        action: answer.part(entry.rule_action(), "ruleAction")?.as_str().to_owned(),
        protocol: answer.part(entry.protocol(), "protocol")?.to_owned(),
        range: range.to_owned(),
        ports: entry.port_range().map(|ports| format!("{}-{}", part(ports.from()), part(ports.to()))),
        icmp: entry.icmp_type_code().map(|icmp| format!("{}/{}", part(icmp.r#type()), part(icmp.code()))),
    })
}
