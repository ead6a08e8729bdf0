//! GetResources, GetTagKeys, GetTagValues.
//!
//! <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html>

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::tagged::{Tagged, all, invalid};
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::wire::json::input;
use crate::twin::wire::page::page;
use crate::twin::world::Call;

/// How many resources a page has where the caller does not say.
const PAGE: usize = 50;
/// The most that a page may have.
const LARGEST_PAGE: usize = 100;
/// The most tag filters, values of one, and ARNs.
const FILTERS: usize = 50;
const VALUES: usize = 20;
const ARNS: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Request {
    pagination_token: Option<String>,
    tag_filters: Option<Vec<TagFilter>>,
    resources_per_page: Option<usize>,
    tags_per_page: Option<usize>,
    resource_type_filters: Option<Vec<String>>,
    include_compliance_details: Option<bool>,
    exclude_compliant_resources: Option<bool>,
    #[serde(rename = "ResourceARNList")]
    resource_arn_list: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TagFilter {
    key: Option<String>,
    values: Option<Vec<String>>,
}

impl Request {
    fn check(&self) -> Answer<()> {
        let filters = self.tag_filters.as_deref().unwrap_or_default();
        if filters.len() > FILTERS {
            return Err(invalid("TagFilters can hold no more than 50 filters"));
        }
        for filter in filters {
            if filter.key.as_ref().is_none_or(|key| !(1..=128).contains(&key.chars().count())) {
                return Err(invalid("A tag filter must have a key of 1 to 128 characters"));
            }
            if filter.values.as_ref().is_some_and(|values| values.len() > VALUES) {
                return Err(invalid("A tag filter can hold no more than 20 values"));
            }
        }
        if let Some(arns) = &self.resource_arn_list {
            let others = filters.len() + self.resource_type_filters.as_ref().map_or(0, Vec::len);
            if others > 0 || self.resources_per_page.is_some() || self.tags_per_page.is_some() {
                return Err(invalid("ResourceARNList cannot be used with other parameters"));
            }
            if !(1..=ARNS).contains(&arns.len()) {
                return Err(invalid("ResourceARNList must hold 1 to 100 ARNs"));
            }
            if let Some(wrong) = arns.iter().find(|arn| !arn.starts_with("arn:")) {
                return Err(invalid(format!("{wrong} is not a valid ARN")));
            }
        }
        if self.resources_per_page.is_some() && self.tags_per_page.is_some() {
            return Err(invalid("ResourcesPerPage and TagsPerPage cannot be used together"));
        }
        if self.tags_per_page.is_some() {
            return Err(invalid("The simulated AWS has no TagsPerPage."));
        }
        if self.include_compliance_details.is_some() || self.exclude_compliant_resources.is_some() {
            return Err(invalid("The simulated AWS has no tag policies."));
        }
        for wanted in self.resource_type_filters.iter().flatten() {
            let (service, kind) = wanted.split_once(':').unwrap_or((wanted, "any"));
            let fits = |part: &str| {
                !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_/".contains(&byte))
            };
            if !fits(service) || !fits(kind) {
                return Err(invalid(format!("{wanted} is not a valid resource type filter")));
            }
        }
        Ok(())
    }

    fn wants(&self, resource: &Tagged) -> bool {
        if let Some(arns) = &self.resource_arn_list {
            return arns.contains(&resource.arn);
        }
        let (service, kind) = kind_of(&resource.arn);
        let is_type = |wanted: &String| match wanted.split_once(':') {
            Some((of, one)) => of == service && one == kind,
            None => wanted == service,
        };
        let types = self.resource_type_filters.as_deref().unwrap_or_default();
        let is_tagged = |filter: &TagFilter| {
            let value = filter.key.as_ref().and_then(|key| resource.tags.get(key));
            let values = filter.values.as_deref().unwrap_or_default();
            value.is_some_and(|value| values.is_empty() || values.contains(value))
        };
        (types.is_empty() || types.iter().any(is_type)) && self.tag_filters.iter().flatten().all(is_tagged)
    }
}

/// An ARN's service and the first word of its resource.
fn kind_of(arn: &str) -> (&str, &str) {
    let mut parts = arn.splitn(6, ':').skip(2);
    let service = parts.next().unwrap_or_default();
    let resource = parts.nth(2).unwrap_or_default().trim_start_matches('/');
    let kind = resource.split(['/', ':']).next().unwrap_or_default();
    (service, kind)
}

pub(super) fn get_resources(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let list = format!("GetResources/{}/{}", value["TagFilters"], value["ResourceTypeFilters"]);
    let request: Request = input(value)?;
    request.check()?;
    let size = request.resources_per_page.unwrap_or(PAGE);
    if !(1..=LARGEST_PAGE).contains(&size) {
        return Err(invalid("ResourcesPerPage must be from 1 to 100"));
    }
    // What never had a tag is not told.
    let found: Vec<Tagged> = all(call)?.into_iter().filter(|one| !one.tags.is_empty() && request.wants(one)).collect();
    let (found, token) = paged(found, request.pagination_token.as_deref(), size, &list)?;
    let told = |resource: Tagged| {
        let tags: Vec<Value> = resource.tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        json!({"ResourceARN": resource.arn, "Tags": tags})
    };
    Ok(json!({"PaginationToken": token, "ResourceTagMappingList": found.into_iter().map(told).collect::<Vec<_>>()}))
}

/// A page, and the token of the next: an empty text where there is none, which is also taken for the first page.
fn paged<T>(all: Vec<T>, token: Option<&str>, size: usize, list: &str) -> Answer<(Vec<T>, String)> {
    let token = token.filter(|token| !token.is_empty());
    let expired = || Fault::new("PaginationTokenExpiredException", "The PaginationToken is not valid or has expired.");
    let (found, next) = page(all, token, size, list).ok_or_else(expired)?;
    Ok((found, next.unwrap_or_default()))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct KeysRequest {
    pagination_token: Option<String>,
}

pub(super) fn get_tag_keys(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: KeysRequest = input(value)?;
    let keys: BTreeSet<String> = all(call)?.into_iter().flat_map(|one| one.tags.into_keys()).collect();
    let (keys, token) = paged(keys.into_iter().collect(), request.pagination_token.as_deref(), PAGE, "GetTagKeys")?;
    Ok(json!({"PaginationToken": token, "TagKeys": keys}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ValuesRequest {
    pagination_token: Option<String>,
    key: String,
}

pub(super) fn get_tag_values(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: ValuesRequest = input(value)?;
    let values: BTreeSet<String> = all(call)?.into_iter().filter_map(|mut one| one.tags.remove(&request.key)).collect();
    let list = format!("GetTagValues/{}", request.key);
    let (values, token) = paged(values.into_iter().collect(), request.pagination_token.as_deref(), PAGE, &list)?;
    Ok(json!({"PaginationToken": token, "TagValues": values}))
}
