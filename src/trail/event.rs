//! What CloudTrail tells of a call.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::question::{is_aws_id, names};
use crate::sweep::Author;

/// A call, by its record.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    event_name: String,
    /// RFC 3339, in UTC.
    event_time: String,
    #[serde(rename = "eventID")]
    event_id: String,
    #[serde(default)]
    user_identity: Identity,
    /// Only there where AWS refused the call.
    error_code: Option<String>,
    #[serde(default)]
    request_parameters: Value,
    #[serde(default)]
    response_elements: Value,
}

/// Who called. What AWS did itself has no ARN but the name of a service.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity {
    arn: Option<String>,
    invoked_by: Option<String>,
    principal_id: Option<String>,
}

impl Event {
    /// A record as LookupEvents gives it; none where it can't be read.
    pub(super) fn parse(record: &str) -> Option<Self> {
        serde_json::from_str(record).ok()
    }

    pub(super) fn was_refused(&self) -> bool {
        self.error_code.is_some()
    }

    /// The time as text that is ordered as times are.
    pub(super) fn time(&self) -> &str {
        &self.event_time
    }

    /// True where every one of these is named by what was asked or answered.
    pub(super) fn is_about<'a>(&self, ids: impl IntoIterator<Item = &'a String>) -> bool {
        ids.into_iter().all(|id| any(&self.request_parameters, id) || any(&self.response_elements, id))
    }

    /// True where what was asked names one of these.
    pub(super) fn asks_about(&self, ids: &BTreeSet<String>) -> bool {
        ids.iter().any(|id| any(&self.request_parameters, id))
    }

    /// The ids and ARNs that were answered and not asked with: what the call has made.
    pub(super) fn made(&self) -> BTreeSet<String> {
        let mut asked = BTreeSet::new();
        collect(&self.request_parameters, &mut asked);
        let mut answered = BTreeSet::new();
        collect(&self.response_elements, &mut answered);
        &answered - &asked
    }

    pub(super) fn author(&self) -> Author {
        let Identity { arn, invoked_by, principal_id } = &self.user_identity;
        let principal = arn.as_ref().or(invoked_by.as_ref()).or(principal_id.as_ref());
        Author {
            principal: principal.cloned().unwrap_or_else(|| "unknown".to_owned()),
            call: self.event_name.clone(),
            at: self.event_time.clone(),
            event: self.event_id.clone(),
        }
    }
}

fn any(value: &Value, id: &str) -> bool {
    match value {
        Value::Object(members) => members.values().any(|value| any(value, id)),
        Value::Array(items) => items.iter().any(|value| any(value, id)),
        leaf => names(id, leaf),
    }
}

fn collect(value: &Value, ids: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => members.values().for_each(|value| collect(value, ids)),
        Value::Array(items) => items.iter().for_each(|value| collect(value, ids)),
        Value::String(text) if text.starts_with("arn:") || is_aws_id(text) => {
            ids.insert(text.clone());
        }
        _ => {}
    }
}
