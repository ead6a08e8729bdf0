//! Log groups.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{check_name, check_tag_count, check_tags, find, invalid, regional};
use super::state::{Class, LogGroup};
use crate::twin::ec2::visibility::Spreading;
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::wire::json::input;
use crate::twin::wire::page::page;
use crate::twin::world::{Call, Caller};

/// The most log groups of a page; also how many there are where the caller does not say.
const PAGE: usize = 50;
/// The days that a retention may have.
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>
const RETENTIONS: &[u32] =
    &[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateRequest {
    log_group_name: String,
    kms_key_id: Option<String>,
    tags: Option<BTreeMap<String, String>>,
    log_group_class: Option<Class>,
    deletion_protection_enabled: Option<bool>,
}

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html>
pub(super) fn create_log_group(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: CreateRequest = input(value)?;
    let name = request.log_group_name;
    check_name(&name)?;
    if name.starts_with("aws/") {
        return Err(invalid("Log group names can't start with the string aws/."));
    }
    if let Some(key) = request.kms_key_id {
        return Err(invalid(format!("The specified KMS key {key} does not exist or is not allowed to be used.")));
    }
    if request.deletion_protection_enabled == Some(true) {
        return Err(invalid("The simulated AWS has no deletion protection of log groups."));
    }
    let tags = request.tags.unwrap_or_default();
    check_tags(&tags)?;
    check_tag_count(&tags)?;
    if regional(call).groups.contains_key(&name) {
        return Err(Fault::new("ResourceAlreadyExistsException", "The specified log group already exists"));
    }
    let group =
        LogGroup { created: call.now, retention: None, class: request.log_group_class.unwrap_or_default(), tags };
    let spreading = Spreading::begin(call, "logs/visibility");
    let regional = regional(call);
    regional.visibility.spread(&name, spreading);
    regional.groups.insert(name, group);
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Named {
    log_group_name: String,
}

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html>
pub(super) fn delete_log_group(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let Named { log_group_name } = input(value)?;
    check_name(&log_group_name)?;
    find(call, &log_group_name)?;
    regional(call).groups.remove(&log_group_name);
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Retention {
    log_group_name: String,
    retention_in_days: u32,
}

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>
pub(super) fn put_retention_policy(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let Retention { log_group_name, retention_in_days } = input(value)?;
    check_name(&log_group_name)?;
    if !RETENTIONS.contains(&retention_in_days) {
        return Err(invalid(format!(
            "Value '{retention_in_days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum \
             value set: {RETENTIONS:?}"
        )));
    }
    find(call, &log_group_name)?.retention = Some(retention_in_days);
    Ok(json!({}))
}

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteRetentionPolicy.html>
pub(super) fn delete_retention_policy(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let Named { log_group_name } = input(value)?;
    check_name(&log_group_name)?;
    find(call, &log_group_name)?.retention = None;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DescribeRequest {
    log_group_name_prefix: Option<String>,
    log_group_name_pattern: Option<String>,
    log_group_class: Option<Class>,
    log_group_identifiers: Option<Vec<String>>,
    next_token: Option<String>,
    limit: Option<usize>,
}

impl DescribeRequest {
    fn check(&self) -> Answer<()> {
        let by_name = [&self.log_group_name_prefix, &self.log_group_name_pattern];
        if by_name.iter().all(|given| given.is_some()) {
            return Err(invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."));
        }
        let others = by_name.iter().any(|given| given.is_some()) || self.log_group_class.is_some();
        if others && self.log_group_identifiers.is_some() {
            return Err(invalid("logGroupIdentifiers can't be given with other filters."));
        }
        self.log_group_name_prefix.as_deref().map_or(Ok(()), check_name)
    }

    fn wants(&self, name: &str, group: &LogGroup) -> bool {
        self.log_group_name_prefix.as_deref().is_none_or(|prefix| name.starts_with(prefix))
            && self.log_group_name_pattern.as_deref().is_none_or(|pattern| name.contains(pattern))
            && self.log_group_class.is_none_or(|class| group.class == class)
            && self.log_group_identifiers.as_ref().is_none_or(|names| names.iter().any(|one| one == name))
    }
}

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html>
pub(super) fn describe_log_groups(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let list = format!("DescribeLogGroups/{}", filters(&value));
    let request: DescribeRequest = input(value)?;
    request.check()?;
    let size = request.limit.unwrap_or(PAGE);
    if !(1..=PAGE).contains(&size) {
        return Err(invalid(format!("Value '{size}' at 'limit' failed to satisfy constraint: 1 to {PAGE}")));
    }
    let (now, caller) = (call.now, call.caller.clone());
    let regional = regional(call);
    let seen = regional.groups.iter().filter(|(name, _)| regional.visibility.sees(name, now));
    let wanted = seen.filter(|(name, group)| request.wants(name, group));
    let briefly = request.log_group_name_pattern.is_some();
    let described = wanted.map(|(name, group)| describe(&caller, name, group, briefly)).collect();
    let (groups, token) = page(described, request.next_token.as_deref(), size, &list)
        .ok_or_else(|| invalid("The specified nextToken is invalid."))?;
    let mut answer = json!({"logGroups": groups});
    if let Some(token) = token {
        answer["nextToken"] = Value::from(token);
    }
    Ok(answer)
}

/// What a request asks for besides which page of it.
fn filters(request: &Value) -> String {
    let mut filters = request.clone();
    if let Some(members) = filters.as_object_mut() {
        members.retain(|name, _| !matches!(name.as_str(), "nextToken" | "limit"));
    }
    filters.to_string()
}

/// A log group as AWS tells it: a search by pattern tells less.
fn describe(caller: &Caller, name: &str, group: &LogGroup, briefly: bool) -> Value {
    let arn = format!("arn:aws:logs:{}:{}:log-group:{name}", caller.region, caller.account);
    let mut described = json!({"logGroupName": name, "creationTime": group.created.0, "arn": format!("{arn}:*")});
    if briefly {
        return described;
    }
    described["logGroupArn"] = Value::from(arn);
    described["metricFilterCount"] = Value::from(0);
    described["storedBytes"] = Value::from(0);
    described["logGroupClass"] = json!(group.class);
    described["deletionProtectionEnabled"] = Value::from(false);
    if let Some(days) = group.retention {
        described["retentionInDays"] = Value::from(days);
    }
    described
}
