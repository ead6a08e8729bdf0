//! Firewall policies.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::POLICIES;
use super::firewall_state::resync;
use super::input::{
    self, Encryption, Page, Tag, arn, check_description, check_encryption, check_name, check_room, check_token,
    encryption, find, insert, invalid, let_go, listed, named, new_record, paged, put_tags, referred, regional,
    still_in_use, touch,
};
use super::policy_document::PolicyDocument;
use super::state::{Policy, Resource, RuleGroup};
use crate::twin::time::{Duration, Moment};
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::wire::json::input;
use crate::twin::world::{Call, Caller};

/// How many stateful rule groups a policy may have, and how much capacity they may have together.
/// <https://docs.aws.amazon.com/network-firewall/latest/developerguide/quotas.html>
const RULE_GROUPS_PER_POLICY: usize = 20;
const CAPACITY_PER_POLICY: u64 = 30_000;
/// How long a deleted policy is `DELETING`. The numbers are the twin's own.
const DELETE: Duration = Duration::seconds(2, 5, 15);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateRequest {
    firewall_policy_name: String,
    firewall_policy: PolicyDocument,
    description: Option<String>,
    tags: Option<Vec<Tag>>,
    dry_run: Option<bool>,
    encryption_configuration: Option<Encryption>,
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_CreateFirewallPolicy.html>
pub(super) fn create_firewall_policy(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: CreateRequest = input(value)?;
    let name = request.firewall_policy_name;
    check_name(&name)?;
    check_description(request.description.as_deref())?;
    check_encryption(request.encryption_configuration.as_ref())?;
    let tags = input::tags(request.tags)?;
    let document = request.firewall_policy;
    let capacity = check(call, &document)?;
    check_room::<Policy>(call, &name, POLICIES)?;
    let record = new_record(call, request.description, tags);
    let policy = Policy { record, document };
    let response = response(&call.caller, &name, &policy, Usage { capacity, firewalls: 0 });
    let answer = json!({"UpdateToken": policy.record.update_token, "FirewallPolicyResponse": response});
    if request.dry_run != Some(true) {
        insert(call, &name, policy);
    }
    Ok(answer)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct UpdateRequest {
    update_token: String,
    firewall_policy_arn: Option<String>,
    firewall_policy_name: Option<String>,
    firewall_policy: PolicyDocument,
    description: Option<String>,
    dry_run: Option<bool>,
    encryption_configuration: Option<Encryption>,
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_UpdateFirewallPolicy.html>
pub(super) fn update_firewall_policy(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: UpdateRequest = input(value)?;
    check_description(request.description.as_deref())?;
    check_encryption(request.encryption_configuration.as_ref())?;
    let name = named::<Policy>(&call.caller, request.firewall_policy_name, request.firewall_policy_arn)?;
    let document = request.firewall_policy;
    let policy = find::<Policy>(call, &name)?.clone();
    check_token(&policy.record, &request.update_token)?;
    if policy.record.gone_at.is_some() {
        return Err(invalid(format!("firewall policy is being deleted, parameter: [{name}]")));
    }
    if document.order() != policy.document.order() {
        return Err(invalid(format!("rule order cannot be changed, parameter: [{}]", document.order().name())));
    }
    check(call, &document)?;
    if request.dry_run != Some(true) {
        let kept: BTreeSet<&String> = document.rule_groups().collect();
        let dropped: Vec<&String> = policy.document.rule_groups().filter(|group| !kept.contains(group)).collect();
        let now = call.now;
        dropped.into_iter().for_each(|group| let_go_group(call, group, now));
        let changed = find::<Policy>(call, &name)?;
        changed.document = document;
        changed.record.description = request.description.filter(|text| !text.is_empty());
        touch::<Policy>(call, &name);
        resync(call, &arn::<Policy>(&call.caller, &name));
    }
    described(call, &name)
}

/// Refuses a document that AWS refuses; tells the capacity of its rule groups.
fn check(call: &mut Call<'_>, document: &PolicyDocument) -> Answer<u64> {
    document.check()?;
    if document.stateful_rule_group_references.len() > RULE_GROUPS_PER_POLICY {
        let text = format!("a policy can have at most {RULE_GROUPS_PER_POLICY} stateful rule groups");
        return Err(Fault::new("LimitExceededException", text));
    }
    let mut capacity = 0;
    for group_arn in document.rule_groups() {
        let (_, group) = referred::<RuleGroup>(call, group_arn)?;
        if group.document.order() != document.order() {
            return Err(invalid(format!(
                "rule order of rule group does not match the policy's {}, parameter: [{group_arn}]",
                document.order().name()
            )));
        }
        capacity += u64::from(group.capacity);
    }
    if capacity > CAPACITY_PER_POLICY {
        let text = format!("a policy's stateful rule groups can have a capacity of at most {CAPACITY_PER_POLICY}");
        return Err(Fault::new("LimitExceededException", text));
    }
    Ok(capacity)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Named {
    firewall_policy_name: Option<String>,
    firewall_policy_arn: Option<String>,
}

impl Named {
    fn choose(self, caller: &Caller) -> Answer<String> {
        named::<Policy>(caller, self.firewall_policy_name, self.firewall_policy_arn)
    }
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_DescribeFirewallPolicy.html>
pub(super) fn describe_firewall_policy(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let name = input::<Named>(value)?.choose(&call.caller)?;
    let mut answer = described(call, &name)?;
    answer["FirewallPolicy"] = json!(find::<Policy>(call, &name)?.document);
    Ok(answer)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ListRequest {
    next_token: Option<String>,
    max_results: Option<usize>,
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_ListFirewallPolicies.html>
pub(super) fn list_firewall_policies(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let ListRequest { next_token, max_results } = input(value)?;
    let names = listed::<Policy>(call, |_| true);
    let item = |name: &String| json!({"Name": name, "Arn": arn::<Policy>(&call.caller, name)});
    let items = names.iter().map(item).collect();
    paged("FirewallPolicies", "ListFirewallPolicies", items, &Page { next_token, max_results })
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_DeleteFirewallPolicy.html>
pub(super) fn delete_firewall_policy(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let name = input::<Named>(value)?.choose(&call.caller)?;
    let now = call.now;
    let policy = find::<Policy>(call, &name)?.clone();
    if now < policy.record.held_until || regional(call).users_of_policy(&name, now) > 0 {
        return Err(still_in_use());
    }
    if policy.record.gone_at.is_none() {
        let gone = call.done_after("network-firewall/DeleteFirewallPolicy", DELETE);
        policy.document.rule_groups().for_each(|group| let_go_group(call, group, gone));
        find::<Policy>(call, &name)?.record.gone_at = Some(gone);
    }
    let mut answer = described(call, &name)?;
    if let Some(members) = answer.as_object_mut() {
        members.remove("UpdateToken");
    }
    Ok(answer)
}

/// Notes that a policy does not use a rule group any more.
fn let_go_group(call: &mut Call<'_>, group_arn: &str, free: Moment) {
    if let Some((_, name)) = group_arn.rsplit_once('/') {
        let_go::<RuleGroup>(call, name, free);
    }
}

/// What a policy uses, and what uses it.
#[derive(Debug, Clone, Copy)]
struct Usage {
    capacity: u64,
    firewalls: usize,
}

fn described(call: &mut Call<'_>, name: &str) -> Answer<Value> {
    let (now, caller) = (call.now, call.caller.clone());
    let policy = find::<Policy>(call, name)?.clone();
    let regional = regional(call);
    let groups = policy.document.rule_groups().filter_map(|group| group.rsplit_once('/'));
    let capacity =
        groups.filter_map(|(_, name)| regional.rule_groups.get(name)).map(|group| u64::from(group.capacity)).sum();
    let usage = Usage { capacity, firewalls: regional.users_of_policy(name, now) };
    let response = response(&caller, name, &policy, usage);
    Ok(json!({"UpdateToken": policy.record.update_token, "FirewallPolicyResponse": response}))
}

fn response(caller: &Caller, name: &str, policy: &Policy, usage: Usage) -> Value {
    let record = policy.record();
    let mut response = json!({
        "FirewallPolicyName": name,
        "FirewallPolicyArn": arn::<Policy>(caller, name),
        "FirewallPolicyId": record.id,
        "FirewallPolicyStatus": record.status(),
        "ConsumedStatelessRuleCapacity": 0,
        "ConsumedStatefulRuleCapacity": usage.capacity,
        "NumberOfAssociations": usage.firewalls,
        "EncryptionConfiguration": encryption(),
        "LastModifiedTime": record.modified.epoch_seconds(),
    });
    if let Some(description) = &record.description {
        response["Description"] = json!(description);
    }
    put_tags(&mut response, &record.tags);
    response
}
