//! Security groups.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{IpPermission, IpRange, Ipv6Range, PrefixListId, ResourceType, UserIdGroupPair};
use serde::{Deserialize, Serialize};

use super::answer::{Answer, gone};
use super::default_security_group::DEFAULT_NAME;
use super::fields::{nested, with_fields};
use super::tag::{specification, tags_of};
use super::{
    Calls, ConsolePage, FindingRule, Identity, Kind, Observed, SecurityHubType, Specification, State, Tagging, Task,
    Timing, View, Vpc, When,
};
use crate::cloud::{CallError, Class, Operation, Service};
use crate::graph::Ref;
use crate::values::Severity;

with_fields! {
    /// A security group with all its rules. Rules that somebody adds to one of lz's are a change of it; groups that people make
    /// for what they run are theirs.
    pub struct SecurityGroup with SecurityGroupField {
        /// The VPC.
        #[immutable]
        pub vpc: Ref<Vpc>,
        /// Its name, unique in the VPC.
        #[immutable]
        pub name: String,
        /// Its description, which nobody can change.
        #[immutable]
        pub description: String,
        /// Rules for what comes in.
        pub ingress: BTreeSet<SecurityGroupRule>,
        /// Rules for what goes out.
        pub egress: BTreeSet<SecurityGroupRule>,
    }
}

impl Specification for SecurityGroup {
    const NAME: &'static str = "security-group";
    const IDENTITY: Identity = Identity::Tag;
    const TIMING: Timing = Timing::seconds(2, 2, 2);
    const TAGGING: Tagging = Tagging::Ec2;
    // Instances and load balancers need groups of their own: that is what a VPC is for.
    const LEFT_TO_USERS: bool = true;
    const CALLS: Calls = Calls::new(
        &["CreateSecurityGroup"],
        &[
            "AuthorizeSecurityGroupIngress",
            "AuthorizeSecurityGroupEgress",
            "RevokeSecurityGroupIngress",
            "RevokeSecurityGroupEgress",
            "ModifySecurityGroupRules",
        ],
        &["DeleteSecurityGroup"],
    );
    const OPERATIONS: &'static [Operation] =
        &[DESCRIBE, CREATE, AUTHORIZE_INGRESS, AUTHORIZE_EGRESS, REVOKE_INGRESS, REVOKE_EGRESS, DELETE];
    const SECURITY_HUB: SecurityHubType = SecurityHubType::named("AwsEc2SecurityGroup").in_ec2("security-group");
    const FINDINGS: &'static [FindingRule<SecurityGroupField>] = &[
        FindingRule::weakened(SecurityGroupField::ingress, When::Widened, Severity::High).nist(&["AC-4", "SC-7"]),
        FindingRule::weakened(SecurityGroupField::egress, When::Widened, Severity::Medium).nist(&["AC-4", "SC-7"]),
    ];
    const MENDED_FIRST: bool = true;

    fn console(&self, id: &str) -> Option<ConsolePage> {
        Some(ConsolePage::vpc("SecurityGroup:groupId", id))
    }

    fn excludes(&self, other: &Self) -> bool {
        self.vpc == other.vpc && self.name == other.name
    }

    // AWS keeps it unique: a name in a VPC.
    fn is_only(&self, _wanted: &Self) -> bool {
        true
    }
}

const DESCRIBE: Operation = Service::Ec2.read("DescribeSecurityGroups");
const CREATE: Operation = Service::Ec2.create("CreateSecurityGroup");
const AUTHORIZE_INGRESS: Operation = Service::Ec2.create("AuthorizeSecurityGroupIngress");
const AUTHORIZE_EGRESS: Operation = Service::Ec2.create("AuthorizeSecurityGroupEgress");
const REVOKE_INGRESS: Operation = Service::Ec2.delete("RevokeSecurityGroupIngress");
const REVOKE_EGRESS: Operation = Service::Ec2.delete("RevokeSecurityGroupEgress");
const DELETE: Operation = Service::Ec2.delete("DeleteSecurityGroup");

impl Kind for SecurityGroup {
    async fn observe(view: &View) -> Result<Vec<Observed<Self>>, CallError> {
        let answer = view.answer(DESCRIBE);
        let groups = view.security_groups().await?.iter();
        groups.filter(|group| group.group_name() != Some(DEFAULT_NAME)).map(|group| observed(answer, group)).collect()
    }

    async fn create(&self, task: &Task<'_>) -> Result<Option<String>, CallError> {
        let vpc = task.id(CREATE, &self.vpc)?;
        let send = || {
            let request = task.cloud.ec2().create_security_group().vpc_id(vpc);
            request
                .group_name(&self.name)
                .description(&self.description)
                .tag_specifications(specification(ResourceType::SecurityGroup, task.tags))
                .send()
        };
        Ok(task.cloud.call(CREATE, send).await?.group_id)
    }

    async fn update(&self, live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        let wanted = GroupRules { ingress: &self.ingress, egress: &self.egress };
        set_rules(&live.id, wanted, GroupRules { ingress: &live.spec.ingress, egress: &live.spec.egress }, task).await
    }

    async fn delete(live: &Observed<Self>, task: &Task<'_>) -> Result<(), CallError> {
        gone(task.cloud.call(DELETE, || task.cloud.ec2().delete_security_group().group_id(&live.id).send()).await)
    }
}

fn observed(
    answer: Answer<'_>,
    group: &aws_sdk_ec2::types::SecurityGroup,
) -> Result<Observed<SecurityGroup>, CallError> {
    Ok(Observed {
        id: answer.part(group.group_id.clone(), "groupId")?,
        aliases: Vec::new(),
        tags: tags_of(group.tags.as_ref()),
        state: State::Ready,
        spec: SecurityGroup {
            vpc: Ref::id(answer.part(group.vpc_id(), "vpcId")?),
            name: answer.part(group.group_name.clone(), "groupName")?,
            description: answer.part(group.description.clone(), "groupDescription")?,
            ingress: rules_of(answer, group.owner_id(), group.ip_permissions())?,
            egress: rules_of(answer, group.owner_id(), group.ip_permissions_egress())?,
        },
    })
}

/// A rule of a security group: one protocol, one range of ports, one peer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityGroupRule {
    /// The protocol as AWS names it: `tcp`, `udp`, `icmp`, a number, or `-1` for all.
    pub protocol: String,
    /// The first port (or ICMP type); none where the protocol has none.
    pub from_port: Option<i32>,
    /// The last port (or ICMP code).
    pub to_port: Option<i32>,
    /// Who is at the other end: an IPv4 or IPv6 range, a prefix list's or a security group's id; another account's
    /// security group with the account's id before it, as in `111122223333/sg-1`.
    pub peer: String,
}

nested! { SecurityGroupRule { protocol, from_port, to_port, peer } }

/// The rules of a group in both directions.
#[derive(Debug, Clone, Copy)]
pub(super) struct GroupRules<'a> {
    /// Rules for what comes in.
    pub ingress: &'a BTreeSet<SecurityGroupRule>,
    /// Rules for what goes out.
    pub egress: &'a BTreeSet<SecurityGroupRule>,
}

/// Makes a group's rules what they should be: what is missing is authorized before what is too much is revoked, so that
/// nothing that both allow is interrupted.
pub(super) async fn set_rules(
    group: &str,
    wanted: GroupRules<'_>,
    there: GroupRules<'_>,
    task: &Task<'_>,
) -> Result<(), CallError> {
    let client = task.cloud.ec2();
    if let Some(missing) = difference(wanted.ingress, there.ingress) {
        let request = || client.authorize_security_group_ingress().group_id(group);
        let authorize = |rules: Vec<IpPermission>| async move {
            let send = || request().set_ip_permissions(Some(rules.clone())).send();
            task.cloud.call(AUTHORIZE_INGRESS, send).await.map(drop)
        };
        authorize_all(missing, authorize).await?;
    }
    if let Some(missing) = difference(wanted.egress, there.egress) {
        let request = || client.authorize_security_group_egress().group_id(group);
        let authorize = |rules: Vec<IpPermission>| async move {
            let send = || request().set_ip_permissions(Some(rules.clone())).send();
            task.cloud.call(AUTHORIZE_EGRESS, send).await.map(drop)
        };
        authorize_all(missing, authorize).await?;
    }
    if let Some(surplus) = difference(there.ingress, wanted.ingress) {
        let request = || client.revoke_security_group_ingress().group_id(group);
        let send = || request().set_ip_permissions(Some(surplus.clone())).send();
        gone(task.cloud.call(REVOKE_INGRESS, send).await)?;
    }
    if let Some(surplus) = difference(there.egress, wanted.egress) {
        let request = || client.revoke_security_group_egress().group_id(group);
        let send = || request().set_ip_permissions(Some(surplus.clone())).send();
        gone(task.cloud.call(REVOKE_EGRESS, send).await)?;
    }
    Ok(())
}

/// Authorizes rules in one call. AWS refuses all of them where it has one already, which a look may have been too early
/// to show; then each is authorized by itself.
async fn authorize_all<Sent>(
    rules: Vec<IpPermission>,
    authorize: impl Fn(Vec<IpPermission>) -> Sent,
) -> Result<(), CallError>
where
    Sent: Future<Output = Result<(), CallError>>,
{
    let exists = |answer: &Result<(), CallError>| matches!(answer, Err(error) if error.class == Class::Exists);
    let answer = authorize(rules.clone()).await;
    if !exists(&answer) {
        return answer;
    }
    for rule in rules {
        let answer = authorize(vec![rule]).await;
        if !exists(&answer) {
            answer?;
        }
    }
    Ok(())
}

/// The rules of `these` that `those` lack, as AWS takes them; none where there are none.
fn difference(these: &BTreeSet<SecurityGroupRule>, those: &BTreeSet<SecurityGroupRule>) -> Option<Vec<IpPermission>> {
    let permissions: Vec<IpPermission> = these.difference(those).map(permission).collect();
    (!permissions.is_empty()).then_some(permissions)
}

fn permission(rule: &SecurityGroupRule) -> IpPermission {
    let permission =
        IpPermission::builder().ip_protocol(&rule.protocol).set_from_port(rule.from_port).set_to_port(rule.to_port);
    let peer = rule.peer.as_str();
    let (account, group) = match peer.split_once('/') {
        Some((account, group)) if group.starts_with("sg-") => (Some(account), group),
        _ => (None, peer),
    };
    let permission = if group.starts_with("sg-") {
        let pair = UserIdGroupPair::builder().group_id(group).set_user_id(account.map(str::to_owned));
        permission.user_id_group_pairs(pair.build())
    } else if peer.starts_with("pl-") {
        permission.prefix_list_ids(PrefixListId::builder().prefix_list_id(peer).build())
    } else if peer.contains(':') {
        permission.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(peer).build())
    } else {
        permission.ip_ranges(IpRange::builder().cidr_ip(peer).build())
    };
    permission.build()
}

/// The rules behind AWS's permissions, each of which may have many peers.
pub(super) fn rules_of(
    answer: Answer<'_>,
    owner: Option<&str>,
    permissions: &[IpPermission],
) -> Result<BTreeSet<SecurityGroupRule>, CallError> {
    let mut rules = BTreeSet::new();
    for permission in permissions {
        let protocol = answer.part(permission.ip_protocol(), "ipProtocol")?;
        // AWS gives ports with all protocols at times, where they mean nothing.
        let ported = protocol != "-1";
        for peer in peers(answer, owner, permission)? {
            rules.insert(SecurityGroupRule {
                protocol: protocol.to_owned(),
                from_port: permission.from_port.filter(|_| ported),
                to_port: permission.to_port.filter(|_| ported),
                peer,
            });
        }
    }
    Ok(rules)
}

fn peers(answer: Answer<'_>, owner: Option<&str>, permission: &IpPermission) -> Result<Vec<String>, CallError> {
    let mut peers = Vec::new();
    for range in permission.ip_ranges() {
        peers.push(answer.part(range.cidr_ip.clone(), "cidrIp")?);
    }
    for range in permission.ipv6_ranges() {
        peers.push(answer.part(range.cidr_ipv6.clone(), "cidrIpv6")?);
    }
    for list in permission.prefix_list_ids() {
        peers.push(answer.part(list.prefix_list_id.clone(), "prefixListId")?);
    }
    for pair in permission.user_id_group_pairs() {
        let group = answer.part(pair.group_id(), "groupId")?;
        peers.push(match pair.user_id() {
            Some(account) if owner.is_some_and(|owner| owner != account) => format!("{account}/{group}"),
            _ => group.to_owned(),
        });
    }
    Ok(peers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(protocol: &str, ports: Option<i32>, peer: &str) -> SecurityGroupRule {
        SecurityGroupRule { protocol: protocol.to_owned(), from_port: ports, to_port: ports, peer: peer.to_owned() }
    }

    fn answer() -> Answer<'static> {
        Answer::new(DESCRIBE, "111111111111")
    }

    #[test]
    fn a_permission_of_many_peers_is_as_many_rules() {
        let https = IpPermission::builder()
            .ip_protocol("tcp")
            .from_port(443)
            .to_port(443)
            .ip_ranges(IpRange::builder().cidr_ip("10.0.0.0/8").build())
            .ip_ranges(IpRange::builder().cidr_ip("172.16.0.0/12").build())
            .ipv6_ranges(Ipv6Range::builder().cidr_ipv6("fd00::/8").build())
            .prefix_list_ids(PrefixListId::builder().prefix_list_id("pl-1").build())
            .user_id_group_pairs(UserIdGroupPair::builder().user_id("111111111111").group_id("sg-1").build())
            .user_id_group_pairs(UserIdGroupPair::builder().user_id("222222222222").group_id("sg-2").build())
            .build();
        let everything = IpPermission::builder()
            .ip_protocol("-1")
            .from_port(0)
            .to_port(0)
            .ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/0").build())
            .build();
        let rules = rules_of(answer(), Some("111111111111"), &[https, everything]).unwrap();
        let peers = ["10.0.0.0/8", "172.16.0.0/12", "fd00::/8", "pl-1", "sg-1", "222222222222/sg-2"];
        let mut expected: BTreeSet<_> = peers.iter().map(|peer| rule("tcp", Some(443), peer)).collect();
        expected.insert(rule("-1", None, "0.0.0.0/0"));
        assert_eq!(rules, expected);
    }

    #[test]
    fn what_is_asked_for_is_what_is_seen() {
        let peers = ["10.0.0.0/8", "fd00::/8", "pl-1", "sg-1", "222222222222/sg-2"];
        let wanted: BTreeSet<_> = peers.iter().map(|peer| rule("udp", Some(53), peer)).collect();
        let asked = difference(&wanted, &BTreeSet::new()).unwrap();
        assert_eq!(rules_of(answer(), Some("111111111111"), &asked), Ok(wanted.clone()));
        assert_eq!(difference(&wanted, &wanted), None);
    }
}
