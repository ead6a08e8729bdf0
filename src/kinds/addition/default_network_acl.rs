//! Changed default network ACLs.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::RuleAction;

use super::network_acl::entries_of;
use super::{Addition, NetworkAclEntry};
use crate::cloud::{CallError, Operation, Service};
use crate::graph::Ref;
use crate::kinds::answer::gone;
use crate::kinds::fields::with_fields;
use crate::kinds::tag::tags_of;
use crate::kinds::{Calls, Identity, Observed, Specification, State, Tagging, Task, Timing, View, Vpc};

with_fields! {
    /// The default network ACL of a VPC whose entries somebody has changed. As AWS makes it, it lets everything through and is
    /// not seen here; it can't be deleted, and removing the addition gives it AWS's own entries back.
    pub struct DefaultNetworkAcl with DefaultNetworkAclField {
        /// The VPC.
        #[key]
        #[immutable]
        pub vpc: Ref<Vpc>,
        /// Its entries, but for the last ones that deny everything and that nobody can change.
        pub entries: BTreeSet<NetworkAclEntry>,
    }
}

impl Specification for DefaultNetworkAcl {
    const NAME: &'static str = "default-network-acl";
    const IDENTITY: Identity = Identity::Key;
    const TIMING: Timing = Timing::seconds(2, 0, 2);
    const TAGGING: Tagging = Tagging::None;
    const CALLS: Calls =
        Calls::new(&["CreateNetworkAclEntry", "ReplaceNetworkAclEntry", "DeleteNetworkAclEntry"], &[], &[]);
    const OPERATIONS: &'static [Operation] = &[<Self as Addition>::DESCRIBE, CREATE_ENTRY, REPLACE_ENTRY, DELETE_ENTRY];
}

const CREATE_ENTRY: Operation = Service::Ec2.create("CreateNetworkAclEntry");
const REPLACE_ENTRY: Operation = Service::Ec2.idempotent("ReplaceNetworkAclEntry");
const DELETE_ENTRY: Operation = Service::Ec2.delete("DeleteNetworkAclEntry");

impl Addition for DefaultNetworkAcl {
    const DESCRIBE: Operation = Service::Ec2.read("DescribeNetworkAcls");

    async fn find(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(Self::DESCRIBE);
        let mut all = Vec::new();
        for acl in view.network_acls().await?.iter().filter(|acl| acl.is_default() == Some(true)) {
            let entries = entries_of(answer, acl)?;
            if is_as_made(&entries) {
                continue;
            }
            all.push(Observed {
                id: answer.part(acl.network_acl_id.clone(), "networkAclId")?,
                aliases: Vec::new(),
                tags: tags_of(acl.tags.as_ref()),
                state: State::Ready,
                spec: Self { vpc: Ref::id(answer.part(acl.vpc_id(), "vpcId")?), entries },
            });
        }
        Ok(all)
    }

    /// What lets everything through comes first: nothing is cut off in between.
    async fn remove(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        for own in [allow_all(false), allow_all(true)] {
            put_back(&live.id, &own, &live.spec.entries, task).await?;
        }
        let others = live.spec.entries.iter().filter(|entry| entry.number != ALLOW_ALL && !is_ipv6_of_aws(entry));
        for NetworkAclEntry { number, egress, .. } in others {
            let request = || task.cloud.ec2().delete_network_acl_entry().network_acl_id(&live.id);
            let send = || request().rule_number(*number).egress(*egress).send();
            gone(task.cloud.call(DELETE_ENTRY, send).await)?;
        }
        Ok(())
    }
}

/// The number of the entries by which the default network ACL lets everything through; those for IPv6, which a VPC with an
/// IPv6 range has, follow it (VPC user guide, "Default network ACL").
const ALLOW_ALL: i32 = 100;

fn allow_all(egress: bool) -> NetworkAclEntry {
    NetworkAclEntry {
        egress,
        number: ALLOW_ALL,
        action: "allow".to_owned(),
        protocol: "-1".to_owned(),
        range: "0.0.0.0/0".to_owned(),
        ports: None,
        icmp: None,
    }
}

fn is_ipv6_of_aws(entry: &NetworkAclEntry) -> bool {
    let of_ipv4 = allow_all(entry.egress);
    *entry == NetworkAclEntry { number: ALLOW_ALL + 1, range: "::/0".to_owned(), ..of_ipv4 }
}

fn is_as_made(entries: &BTreeSet<NetworkAclEntry>) -> bool {
    let there: BTreeSet<&NetworkAclEntry> = entries.iter().filter(|entry| !is_ipv6_of_aws(entry)).collect();
    there == BTreeSet::from([&allow_all(false), &allow_all(true)])
}

async fn put_back(
    acl: &str,
    own: &NetworkAclEntry,
    there: &BTreeSet<NetworkAclEntry>,
    task: &Task<'_>,
) -> Result<(), CallError> {
    if there.contains(own) {
        return Ok(());
    }
    let NetworkAclEntry { number, egress, protocol, range, .. } = own;
    if there.iter().any(|entry| entry.number == *number && entry.egress == *egress) {
        let request = || task.cloud.ec2().replace_network_acl_entry().network_acl_id(acl).rule_number(*number);
        let request = || request().egress(*egress).protocol(protocol).rule_action(RuleAction::Allow).cidr_block(range);
        return task.cloud.call(REPLACE_ENTRY, || request().send()).await.map(drop);
    }
    let request = || task.cloud.ec2().create_network_acl_entry().network_acl_id(acl).rule_number(*number);
    let request = || request().egress(*egress).protocol(protocol).rule_action(RuleAction::Allow).cidr_block(range);
    task.cloud.call(CREATE_ENTRY, || request().send()).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws_s_own_entries_are_no_change() {
        let own = BTreeSet::from([allow_all(false), allow_all(true)]);
        assert!(is_as_made(&own));
        let ipv6 = NetworkAclEntry { number: 101, range: "::/0".to_owned(), ..allow_all(true) };
        assert!(is_as_made(&own.iter().cloned().chain([ipv6]).collect()));
        let deny = NetworkAclEntry { number: 50, action: "deny".to_owned(), ..allow_all(false) };
        assert!(!is_as_made(&own.iter().cloned().chain([deny]).collect()));
        assert!(!is_as_made(&BTreeSet::from([allow_all(true)])));
    }
}
