//! Network Firewall: firewalls, policies and rule groups. AWS lists names, and describes one by one.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use aws_sdk_networkfirewall::operation::describe_firewall::DescribeFirewallOutput;
use aws_sdk_networkfirewall::operation::describe_firewall_policy::DescribeFirewallPolicyOutput;
use aws_sdk_networkfirewall::operation::describe_rule_group::DescribeRuleGroupOutput;
use aws_sdk_networkfirewall::types::{
    AttachmentStatus, FirewallPolicy, LogDestinationConfig, PerObjectSyncStatus, RuleGroupMetadata, SyncState, Tag,
};
use futures::future::try_join_all;

use super::{FILTER_VALUES, Once, View};
use crate::cloud::{AccountCloud, CallError, Operation, Service, pages};
use crate::kinds::arn::name_in_network_firewall;
use crate::kinds::firewall::name_prefix;
use crate::kinds::{State, TAG_ZONE};

const LIST_FIREWALLS: Operation = Service::NetworkFirewall.read("ListFirewalls");
const LIST_POLICIES: Operation = Service::NetworkFirewall.read("ListFirewallPolicies");
const LIST_RULE_GROUPS: Operation = Service::NetworkFirewall.read("ListRuleGroups");
pub(in crate::kinds) const DESCRIBE_FIREWALL: Operation = Service::NetworkFirewall.read("DescribeFirewall");
pub(in crate::kinds) const DESCRIBE_POLICY: Operation = Service::NetworkFirewall.read("DescribeFirewallPolicy");
pub(in crate::kinds) const DESCRIBE_RULE_GROUP: Operation = Service::NetworkFirewall.read("DescribeRuleGroup");
const DESCRIBE_LOGGING: Operation = Service::NetworkFirewall.read("DescribeLoggingConfiguration");

/// Words of ARNs.
const FIREWALL: &str = "firewall";
const POLICY: &str = "firewall-policy";
const RULE_GROUP: &str = "stateful-rulegroup";

/// How many entries a page has at most (Network Firewall API reference, "ListFirewalls").
const PAGE: i32 = 100;

#[derive(Debug, Default)]
pub(super) struct Cells {
    arns: Once<BTreeSet<String>>,
    firewalls: Once<Vec<DescribeFirewallOutput>>,
    policies: Once<Vec<DescribeFirewallPolicyOutput>>,
    rule_groups: Once<Vec<DescribeRuleGroupOutput>>,
    logging: Once<Vec<(String, Vec<LogDestinationConfig>)>>,
}

/// A firewall as it is now.
pub(in crate::kinds) async fn describe_firewall(
    cloud: &AccountCloud,
    arn: &str,
) -> Result<DescribeFirewallOutput, CallError> {
    let send = || cloud.network_firewall().describe_firewall().firewall_arn(arn).send();
    cloud.call(DESCRIBE_FIREWALL, send).await
}

/// A policy as it is now, with the token to change it by.
pub(in crate::kinds) async fn describe_policy(
    cloud: &AccountCloud,
    arn: &str,
) -> Result<DescribeFirewallPolicyOutput, CallError> {
    let send = || cloud.network_firewall().describe_firewall_policy().firewall_policy_arn(arn).send();
    cloud.call(DESCRIBE_POLICY, send).await
}

/// A rule group as it is now, with the token to change it by.
pub(in crate::kinds) async fn describe_rule_group(
    cloud: &AccountCloud,
    arn: &str,
) -> Result<DescribeRuleGroupOutput, CallError> {
    let send = || cloud.network_firewall().describe_rule_group().rule_group_arn(arn).send();
    cloud.call(DESCRIBE_RULE_GROUP, send).await
}

/// Where a firewall writes its logs now.
pub(in crate::kinds) async fn describe_logging(
    cloud: &AccountCloud,
    firewall: &str,
) -> Result<Vec<LogDestinationConfig>, CallError> {
    let send = || cloud.network_firewall().describe_logging_configuration().firewall_arn(firewall).send();
    let configuration = cloud.call(DESCRIBE_LOGGING, send).await?.logging_configuration;
    Ok(configuration.map(|configuration| configuration.log_destination_configs).unwrap_or_default())
}

/// The ARNs of the account's stateful rule groups whose names begin with a prefix.
pub(in crate::kinds) async fn list_rule_groups(cloud: &AccountCloud, prefix: &str) -> Result<Vec<String>, CallError> {
    let send = |token| cloud.network_firewall().list_rule_groups().max_results(PAGE).set_next_token(token).send();
    let all: Vec<RuleGroupMetadata> =
        pages(cloud, LIST_RULE_GROUPS, send, |page| (page.rule_groups, page.next_token)).await?;
    Ok(all.into_iter().filter_map(|group| group.arn).filter(|arn| begins(arn, RULE_GROUP, prefix)).collect())
}

/// True for the ARN of a resource of this type whose name begins so.
fn begins(arn: &str, resource_type: &str, prefix: &str) -> bool {
    name_in_network_firewall(arn, resource_type).is_some_and(|name| name.starts_with(prefix))
}

/// The rule groups that a policy names, stateless ones included, in the order in which AWS asks them.
pub(in crate::kinds) fn rule_groups_of(policy: &FirewallPolicy) -> Vec<&str> {
    let mut stateless: Vec<(i32, &str)> = policy
        .stateless_rule_group_references()
        .iter()
        .map(|reference| (reference.priority(), reference.resource_arn()))
        .collect();
    stateless.sort_unstable();
    let mut stateful: Vec<(Option<i32>, &str)> = policy
        .stateful_rule_group_references()
        .iter()
        .map(|reference| (reference.priority(), reference.resource_arn()))
        .collect();
    // In default order there are no priorities, and the list stays as AWS gives it.
    stateful.sort_by_key(|(priority, _)| *priority);
    let stateless = stateless.into_iter().map(|(_, arn)| arn);
    stateless.chain(stateful.into_iter().map(|(_, arn)| arn)).collect()
}

/// What AWS shows of a firewall in each zone, by the zone's name in the owner's account.
pub(in crate::kinds) fn sync_states(firewall: &DescribeFirewallOutput) -> BTreeMap<&str, &SyncState> {
    let status = firewall.firewall_status();
    let states = status.and_then(|status| status.sync_states()).into_iter().flatten();
    states.map(|(zone, state)| (zone.as_str(), state)).collect()
}

impl View {
    /// The firewalls in the zone's VPCs, whoever made them; those alone that somebody waits for.
    pub(in crate::kinds) async fn firewalls(&self) -> Result<&[DescribeFirewallOutput], CallError> {
        let fetch = || async {
            let arns = match self.awaited_arns(FIREWALL) {
                Some(awaited) => awaited,
                None => self.firewall_arns().await?.clone(),
            };
            self.all_listed(arns.iter().map(|arn| describe_firewall(&self.cloud, arn))).await
        };
        self.firewall.firewalls.get(fetch).await.map(Vec::as_slice)
    }

    async fn firewall_arns(&self) -> Result<&BTreeSet<String>, CallError> {
        let fetch = || async {
            let mut arns = BTreeSet::new();
            for vpcs in self.vpc_ids().await?.chunks(FILTER_VALUES) {
                let send = |token| {
                    let request = self.cloud.network_firewall().list_firewalls().set_vpc_ids(Some(vpcs.to_vec()));
                    request.max_results(PAGE).set_next_token(token).send()
                };
                let some = pages(&self.cloud, LIST_FIREWALLS, send, |page| (page.firewalls, page.next_token)).await?;
                arns.extend(some.into_iter().filter_map(|firewall| firewall.firewall_arn));
            }
            Ok(arns)
        };
        self.firewall.arns.get(fetch).await
    }

    /// The policies whose names begin as the zone's do, and those of the firewalls in its VPCs; those alone that somebody
    /// waits for.
    pub(in crate::kinds) async fn firewall_policies(&self) -> Result<&[DescribeFirewallPolicyOutput], CallError> {
        let fetch = || async {
            if let Some(awaited) = self.awaited_arns(POLICY) {
                return self.all_listed(awaited.iter().map(|arn| describe_policy(&self.cloud, arn))).await;
            }
            let firewalls = self.firewalls().await?.iter().filter_map(|one| one.firewall());
            let used: BTreeSet<String> = firewalls.map(|one| one.firewall_policy_arn.clone()).collect();
            let prefix = name_prefix(&self.subject.zone);
            let send = |token| {
                let request = self.cloud.network_firewall().list_firewall_policies();
                request.max_results(PAGE).set_next_token(token).send()
            };
            let listed =
                pages(&self.cloud, LIST_POLICIES, send, |page| (page.firewall_policies, page.next_token)).await?;
            let named = listed.into_iter().filter_map(|policy| policy.arn).filter(|arn| begins(arn, POLICY, &prefix));
            let arns: BTreeSet<String> = named.chain(used.iter().cloned()).collect();
            let mut all = self.all_listed(arns.iter().map(|arn| describe_policy(&self.cloud, arn))).await?;
            all.retain(|one| {
                one.firewall_policy_response().is_none_or(|policy| {
                    used.contains(policy.firewall_policy_arn())
                        || self.may_own(policy.firewall_policy_arn(), policy.tags())
                })
            });
            Ok(all)
        };
        self.firewall.policies.get(fetch).await.map(Vec::as_slice)
    }

    /// The stateful rule groups whose names begin as the zone's do, and those of its policies; those alone that somebody
    /// waits for, or whose rules somebody waits for. AWS's own groups, which have no rules to show, are not among them.
    pub(in crate::kinds) async fn rule_groups(&self) -> Result<&[DescribeRuleGroupOutput], CallError> {
        let fetch = || async {
            if let Some(awaited) = self.awaited_arns(RULE_GROUP) {
                return self.all_listed(awaited.iter().map(|arn| describe_rule_group(&self.cloud, arn))).await;
            }
            let policies = self.firewall_policies().await?.iter().filter_map(|one| one.firewall_policy());
            let own = format!(":{}:{RULE_GROUP}/", self.cloud.id());
            let used: BTreeSet<String> =
                policies.flat_map(rule_groups_of).filter(|arn| arn.contains(&own)).map(str::to_owned).collect();
            let named = list_rule_groups(&self.cloud, &name_prefix(&self.subject.zone)).await?;
            let arns: BTreeSet<String> = named.into_iter().chain(used.iter().cloned()).collect();
            let mut all = self.all_listed(arns.iter().map(|arn| describe_rule_group(&self.cloud, arn))).await?;
            all.retain(|one| {
                one.rule_group_response().is_none_or(|group| {
                    used.contains(group.rule_group_arn()) || self.may_own(group.rule_group_arn(), group.tags())
                })
            });
            Ok(all)
        };
        self.firewall.rule_groups.get(fetch).await.map(Vec::as_slice)
    }

    /// Where the firewalls in the zone's VPCs write their logs, by the firewall's ARN.
    pub(in crate::kinds) async fn firewall_logging(&self) -> Result<&[(String, Vec<LogDestinationConfig>)], CallError> {
        let fetch = || async {
            let arns = match self.awaited_arns(FIREWALL) {
                Some(awaited) => awaited,
                None => self.firewall_arns().await?.clone(),
            };
            let each = arns.into_iter().map(|arn| async move {
                let logging = self.listed(describe_logging(&self.cloud, &arn).await)?;
                Ok::<_, CallError>((arn, logging.unwrap_or_default()))
            });
            try_join_all(each).await
        };
        self.firewall.logging.get(fetch).await.map(Vec::as_slice)
    }

    /// The ARNs that somebody waits for, where they are all of one type, alone or at the beginning of a part's id: what
    /// was made just now may not be listed yet.
    fn awaited_arns(&self, resource_type: &str) -> Option<BTreeSet<String>> {
        let awaited = self.subject.known.awaited.as_ref().filter(|awaited| !awaited.is_empty())?;
        let whole = |id: &String| id.split('|').next().unwrap_or_default().to_owned();
        let arns: BTreeSet<String> = awaited.iter().map(whole).collect();
        arns.iter().all(|arn| name_in_network_firewall(arn, resource_type).is_some()).then_some(arns)
    }

    /// What describe calls have answered about what AWS has listed.
    async fn all_listed<T, Describing>(&self, calls: impl Iterator<Item = Describing>) -> Result<Vec<T>, CallError>
    where
        Describing: Future<Output = Result<T, CallError>>,
    {
        let answers = calls.map(|call| async { self.listed(call.await) });
        Ok(try_join_all(answers).await?.into_iter().flatten().collect())
    }

    /// False for what carries another zone's tag and is not pinned: one zone's name may be the beginning of another's.
    fn may_own(&self, arn: &str, tags: &[Tag]) -> bool {
        let zone = tags.iter().find(|tag| tag.key() == TAG_ZONE);
        self.subject.known.pinned.contains(arn)
            || zone.is_none_or(|tag| tag.value().eq_ignore_ascii_case(self.subject.zone.as_str()))
    }

    /// Whether a policy or rule group is in force as it is now, in every zone whose endpoint works: a change takes minutes
    /// to reach them all.
    pub(in crate::kinds) async fn in_force(&self, arn: &str) -> Result<State, CallError> {
        for firewall in self.firewalls().await? {
            for state in sync_states(firewall).into_values() {
                let works = state.attachment().and_then(|one| one.status()) == Some(&AttachmentStatus::Ready);
                let status = state.config().and_then(|config| config.get(arn)).and_then(|one| one.sync_status());
                match status {
                    Some(PerObjectSyncStatus::Pending) if works => {
                        return Ok(State::Pending("on its way to the firewall".to_owned()));
                    }
                    Some(PerObjectSyncStatus::CapacityConstrained) if works => {
                        return Ok(State::Pending("beyond the firewall's capacity".to_owned()));
                    }
                    _ => {}
                }
            }
        }
        Ok(State::Ready)
    }
}
