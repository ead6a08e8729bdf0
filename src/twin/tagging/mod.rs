//! AWS Resource Groups Tagging API: resources by their tags.
//!
//! It tells the resources of Cloud Control that have an ARN and tags, log groups among them; of EC2's it tells nothing. It
//! learns of tags some time after they were set, and leaves out what AWS's documentation says that it leaves out: IAM's
//! roles. <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/overview.html>

use super::service::JsonHandler;

mod change;
mod get;
mod tagged;

#[cfg(test)]
mod tests;

const ACTIONS: &[(&str, JsonHandler)] = &[
    ("GetResources", get::get_resources),
    ("GetTagKeys", get::get_tag_keys),
    ("GetTagValues", get::get_tag_values),
    ("TagResources", change::tag_resources),
    ("UntagResources", change::untag_resources),
];

/// What answers an action, if the twin knows it.
#[must_use]
pub fn handler(action: &str) -> Option<JsonHandler> {
    ACTIONS.iter().find(|(name, _)| *name == action).map(|(_, handler)| *handler)
}
