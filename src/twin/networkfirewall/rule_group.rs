//! Stateful rule groups.

use serde::Deserialize;
use serde_json::{Value, json};

use super::RULE_GROUPS;
use super::firewall_state::resync;
use super::input::{
    self, Encryption, Page, Tag, arn, check_description, check_encryption, check_name, check_room, check_token,
    encryption, find, insert, invalid, listed, named, new_record, not_found, paged, put_tags, regional, still_in_use,
    touch,
};
use super::rule_group_document::RuleGroupDocument;
use super::state::{Resource, RuleGroup};
use crate::twin::time::Duration;
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::wire::json::input;
use crate::twin::world::{Call, Caller};

/// The greatest capacity of a stateful rule group.
/// <https://docs.aws.amazon.com/network-firewall/latest/developerguide/quotas.html>
const CAPACITY: u32 = 50_000;
/// How long a deleted rule group is `DELETING`. The numbers are the twin's own.
const DELETE: Duration = Duration::seconds(2, 5, 15);

/// The types of rule groups that requests may name. The twin has stateful ones only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Type {
    Stateful,
    StatefulDomain,
    Stateless,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateRequest {
    rule_group_name: String,
    rule_group: Option<RuleGroupDocument>,
    rules: Option<String>,
    #[serde(rename = "Type")]
    group_type: Type,
    description: Option<String>,
    capacity: u32,
    tags: Option<Vec<Tag>>,
    dry_run: Option<bool>,
    encryption_configuration: Option<Encryption>,
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_CreateRuleGroup.html>
pub(super) fn create_rule_group(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: CreateRequest = input(value)?;
    let name = request.rule_group_name;
    check_name(&name)?;
    check_description(request.description.as_deref())?;
    check_encryption(request.encryption_configuration.as_ref())?;
    let tags = input::tags(request.tags)?;
    check_stateful(Some(request.group_type))?;
    let document = one_document(request.rule_group, request.rules)?.check()?;
    check_capacity(&document, request.capacity)?;
    check_room::<RuleGroup>(call, &name, RULE_GROUPS)?;
    let record = new_record(call, request.description, tags);
    let group = RuleGroup { record, capacity: request.capacity, document };
    let answer = json!({"UpdateToken": group.record.update_token, "RuleGroupResponse": response(&call.caller, &name, &group, 0)});
    if request.dry_run != Some(true) {
        insert(call, &name, group);
    }
    Ok(answer)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct UpdateRequest {
    update_token: String,
    rule_group_arn: Option<String>,
    rule_group_name: Option<String>,
    rule_group: Option<RuleGroupDocument>,
    rules: Option<String>,
    #[serde(rename = "Type")]
    group_type: Option<Type>,
    description: Option<String>,
    dry_run: Option<bool>,
    encryption_configuration: Option<Encryption>,
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_UpdateRuleGroup.html>
pub(super) fn update_rule_group(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: UpdateRequest = input(value)?;
    check_description(request.description.as_deref())?;
    check_encryption(request.encryption_configuration.as_ref())?;
    let name = choose(&call.caller, request.rule_group_name, request.rule_group_arn, request.group_type)?;
    let document = one_document(request.rule_group, request.rules)?.check()?;
    let group = find::<RuleGroup>(call, &name)?;
    check_token(&group.record, &request.update_token)?;
    if group.record.gone_at.is_some() {
        return Err(invalid(format!("rule group is being deleted, parameter: [{name}]")));
    }
    if document.order() != group.document.order() {
        return Err(invalid(format!("rule order cannot be changed, parameter: [{}]", document.order().name())));
    }
    check_capacity(&document, group.capacity)?;
    if request.dry_run != Some(true) {
        group.document = document;
        group.record.description = request.description.filter(|text| !text.is_empty());
        touch::<RuleGroup>(call, &name);
        resync(call, &arn::<RuleGroup>(&call.caller, &name));
    }
    described(call, &name)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Named {
    rule_group_name: Option<String>,
    rule_group_arn: Option<String>,
    #[serde(rename = "Type")]
    group_type: Option<Type>,
    analyze_rule_group: Option<bool>,
}

impl Named {
    fn choose(self, caller: &Caller) -> Answer<String> {
        if self.analyze_rule_group == Some(true) {
            return Err(invalid("only stateless rule groups can be analyzed"));
        }
        choose(caller, self.rule_group_name, self.rule_group_arn, self.group_type)
    }
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_DescribeRuleGroup.html>
pub(super) fn describe_rule_group(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let name = input::<Named>(value)?.choose(&call.caller)?;
    let mut answer = described(call, &name)?;
    answer["RuleGroup"] = json!(find::<RuleGroup>(call, &name)?.document);
    Ok(answer)
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_DescribeRuleGroupMetadata.html>
pub(super) fn describe_rule_group_metadata(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let name = input::<Named>(value)?.choose(&call.caller)?;
    let arn = arn::<RuleGroup>(&call.caller, &name);
    let group = find::<RuleGroup>(call, &name)?;
    let mut answer = json!({
        "RuleGroupArn": arn,
        "RuleGroupName": name,
        "Type": "STATEFUL",
        "Capacity": group.capacity,
        "StatefulRuleOptions": {"RuleOrder": group.document.order()},
        "LastModifiedTime": group.record.modified.epoch_seconds(),
    });
    if let Some(description) = &group.record.description {
        answer["Description"] = json!(description);
    }
    Ok(answer)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ListRequest {
    next_token: Option<String>,
    max_results: Option<usize>,
    scope: Option<Scope>,
    #[serde(rename = "Type")]
    group_type: Option<Type>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Scope {
    Account,
    Managed,
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_ListRuleGroups.html>
pub(super) fn list_rule_groups(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: ListRequest = input(value)?;
    if request.scope == Some(Scope::Managed) {
        return Err(invalid("The simulated AWS has no managed rule groups, parameter: [MANAGED]"));
    }
    let stateful = request.group_type.is_none_or(|group_type| group_type == Type::Stateful);
    let names = listed::<RuleGroup>(call, |_| stateful);
    let item = |name: &String| json!({"Name": name, "Arn": arn::<RuleGroup>(&call.caller, name)});
    let list = format!("ListRuleGroups/{:?}", request.group_type);
    let page = Page { next_token: request.next_token, max_results: request.max_results };
    paged("RuleGroups", &list, names.iter().map(item).collect(), &page)
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_DeleteRuleGroup.html>
pub(super) fn delete_rule_group(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let name = input::<Named>(value)?.choose(&call.caller)?;
    let now = call.now;
    let held_until = find::<RuleGroup>(call, &name)?.record.held_until;
    let arn = arn::<RuleGroup>(&call.caller, &name);
    if now < held_until || regional(call).users_of_rule_group(&arn, now) > 0 {
        return Err(still_in_use());
    }
    let gone = call.done_after("network-firewall/DeleteRuleGroup", DELETE);
    find::<RuleGroup>(call, &name)?.record.gone_at.get_or_insert(gone);
    let mut answer = described(call, &name)?;
    if let Some(members) = answer.as_object_mut() {
        members.remove("UpdateToken");
    }
    Ok(answer)
}

/// The rule group that a request names; by its name only together with its type.
fn choose(caller: &Caller, name: Option<String>, arn: Option<String>, group_type: Option<Type>) -> Answer<String> {
    if arn.is_none() && group_type.is_none() {
        return Err(invalid("You must specify the type of the rule group with its name."));
    }
    let name = named::<RuleGroup>(caller, name, arn)?;
    match group_type {
        None | Some(Type::Stateful) => Ok(name),
        Some(_) => Err(not_found::<RuleGroup>(&name)),
    }
}

fn check_stateful(group_type: Option<Type>) -> Answer<()> {
    match group_type {
        None | Some(Type::Stateful) => Ok(()),
        Some(other) => Err(invalid(format!("The simulated AWS has stateful rule groups only, parameter: [{other:?}]"))),
    }
}

fn one_document(document: Option<RuleGroupDocument>, rules: Option<String>) -> Answer<RuleGroupDocument> {
    match (document, rules) {
        (Some(document), None) => Ok(document),
        (None, Some(rules)) => Ok(RuleGroupDocument::of_rules(rules)),
        _ => Err(invalid("You must provide either RuleGroup or Rules, but not both.")),
    }
}

fn check_capacity(document: &RuleGroupDocument, capacity: u32) -> Answer<()> {
    if capacity == 0 {
        return Err(invalid("capacity must be at least 1, parameter: [0]"));
    }
    if capacity > CAPACITY {
        return Err(Fault::new("LimitExceededException", format!("capacity must be at most {CAPACITY}")));
    }
    let rules = document.rules();
    if rules as u64 > u64::from(capacity) {
        return Err(invalid(format!("rule group capacity exceeded: {rules} rules, parameter: [{capacity}]")));
    }
    Ok(())
}

fn described(call: &mut Call<'_>, name: &str) -> Answer<Value> {
    let (now, caller) = (call.now, call.caller.clone());
    let users = regional(call).users_of_rule_group(&arn::<RuleGroup>(&caller, name), now);
    let group = find::<RuleGroup>(call, name)?;
    Ok(json!({
        "UpdateToken": group.record.update_token,
        "RuleGroupResponse": response(&caller, name, group, users),
    }))
}

fn response(caller: &Caller, name: &str, group: &RuleGroup, users: usize) -> Value {
    let record = group.record();
    let mut response = json!({
        "RuleGroupArn": arn::<RuleGroup>(caller, name),
        "RuleGroupName": name,
        "RuleGroupId": record.id,
        "Type": "STATEFUL",
        "Capacity": group.capacity,
        "RuleGroupStatus": record.status(),
        "ConsumedCapacity": group.document.rules(),
        "NumberOfAssociations": users,
        "EncryptionConfiguration": encryption(),
        "LastModifiedTime": record.modified.epoch_seconds(),
    });
    if let Some(description) = &record.description {
        response["Description"] = json!(description);
    }
    put_tags(&mut response, &record.tags);
    response
}
