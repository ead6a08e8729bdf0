//! Amazon CloudWatch Logs: log groups, which other services write to.
//!
//! The twin keeps no log events. <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/Welcome.html>

use super::service::JsonHandler;

mod input;
mod log_group;
mod state;
mod tags;

#[cfg(test)]
mod tests;

pub(crate) use state::Shared;
pub use state::State;

const ACTIONS: &[(&str, JsonHandler)] = &[
    ("CreateLogGroup", log_group::create_log_group),
    ("DeleteLogGroup", log_group::delete_log_group),
    ("DeleteRetentionPolicy", log_group::delete_retention_policy),
    ("DescribeLogGroups", log_group::describe_log_groups),
    ("ListTagsForResource", tags::list_tags_for_resource),
    ("PutRetentionPolicy", log_group::put_retention_policy),
    ("TagResource", tags::tag_resource),
    ("UntagResource", tags::untag_resource),
];

/// What answers an action, if the twin knows it.
#[must_use]
pub fn handler(action: &str) -> Option<JsonHandler> {
    ACTIONS.iter().find(|(name, _)| *name == action).map(|(_, handler)| *handler)
}
