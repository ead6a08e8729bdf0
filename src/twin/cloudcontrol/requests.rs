//! GetResourceRequestStatus, ListResourceRequests, CancelResourceRequest.
//!
//! <https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations-manage-requests.html>

use std::cmp::Reverse;

use serde::Deserialize;
use serde_json::{Value, json};

use super::input;
use super::state::{REQUEST_LIFE, Request};
use super::take;
use super::text::invalid;
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::wire::json as wire;
use crate::twin::wire::page::page;
use crate::twin::world::Call;

/// How many requests a page has where the caller does not say, and the most that it may have.
const PAGE: u64 = 20;
const LARGEST_PAGE: u64 = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TokenInput {
    request_token: String,
}

/// The caller's request.
fn find(call: &Call<'_>, token: &str) -> Answer<Request> {
    let unknown = || {
        let message = format!("Request with request token {token} was not found.");
        Fault::new("RequestTokenNotFoundException", message)
    };
    let regional =
        call.world.cloud_control.regional_of(&call.caller.account, &call.caller.region).ok_or_else(unknown)?;
    let request = regional.requests.get(token).cloned();
    request.filter(|request| call.now.since(request.done) < REQUEST_LIFE).ok_or_else(unknown)
}

pub(super) fn get_resource_request_status(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let TokenInput { request_token } = wire::input(value)?;
    input::permit(call, "GetResourceRequestStatus")?;
    let request = find(call, &request_token)?;
    Ok(json!({"ProgressEvent": take::event(call.world, &call.caller, &request_token, &request)}))
}

pub(super) fn cancel_resource_request(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let TokenInput { request_token } = wire::input(value)?;
    input::permit(call, "CancelResourceRequest")?;
    let mut request = find(call, &request_token)?;
    let (status, _) = take::status(&request, call.now);
    if !matches!(status, "PENDING" | "IN_PROGRESS") {
        let message = format!("Request with request token {request_token} is {status} and cannot be cancelled.");
        return Err(Fault::new("ConcurrentModificationException", message).with_status(500));
    }
    take::cancel(call, &request_token, &mut request);
    Ok(json!({"ProgressEvent": take::event(call.world, &call.caller, &request_token, &request)}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ListInput {
    max_results: Option<u64>,
    next_token: Option<String>,
    resource_request_status_filter: Option<Filter>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Filter {
    operations: Option<Vec<String>>,
    operation_statuses: Option<Vec<String>>,
}

impl Filter {
    fn check(&self) -> Answer<()> {
        let known = |given: &Option<Vec<String>>, all: &[&str]| {
            given.iter().flatten().find(|one| !all.contains(&one.as_str())).cloned()
        };
        let statuses = ["PENDING", "IN_PROGRESS", "SUCCESS", "FAILED", "CANCEL_IN_PROGRESS", "CANCEL_COMPLETE"];
        let wrong = known(&self.operations, &["CREATE", "DELETE", "UPDATE"])
            .or_else(|| known(&self.operation_statuses, &statuses));
        match wrong {
            Some(wrong) => {
                let message =
                    format!("1 validation error detected: Value '{wrong}' failed to satisfy constraint: enum");
                Err(Fault::new("ValidationException", message))
            }
            None => Ok(()),
        }
    }

    fn wants(&self, request: &Request, status: &str) -> bool {
        let has =
            |wanted: &Option<Vec<String>>, one: &str| wanted.as_ref().is_none_or(|all| all.iter().any(|it| it == one));
        has(&self.operations, request.action.as_str()) && has(&self.operation_statuses, status)
    }
}

pub(super) fn list_resource_requests(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let list = format!("ListResourceRequests/{}", value["ResourceRequestStatusFilter"]);
    let request: ListInput = wire::input(value)?;
    input::permit(call, "ListResourceRequests")?;
    let size = request.max_results.unwrap_or(PAGE);
    if !(1..=LARGEST_PAGE).contains(&size) {
        let message =
            format!("1 validation error detected: Value '{size}' at 'maxResults' failed to satisfy constraint");
        return Err(Fault::new("ValidationException", message));
    }
    let filter = request.resource_request_status_filter.unwrap_or_default();
    filter.check()?;
    let regional = call.world.cloud_control.regional_of(&call.caller.account, &call.caller.region);
    let mut found: Vec<(&String, &Request)> = regional
        .into_iter()
        .flat_map(|regional| &regional.requests)
        .filter(|(_, one)| call.now.since(one.done) < REQUEST_LIFE && filter.wants(one, take::status(one, call.now).0))
        .collect();
    found.sort_by_key(|(token, request)| (Reverse(request.asked), (*token).clone()));
    let events: Vec<Value> =
        found.into_iter().map(|(token, request)| take::event(call.world, &call.caller, token, request)).collect();
    let size = usize::try_from(size).unwrap_or_default();
    let (events, token) = page(events, request.next_token.as_deref(), size, &list)
        .ok_or_else(|| invalid("The NextToken is not valid."))?;
    let mut answer = json!({"ResourceRequestStatusSummaries": events});
    if let Some(token) = token {
        answer["NextToken"] = json!(token);
    }
    Ok(answer)
}
