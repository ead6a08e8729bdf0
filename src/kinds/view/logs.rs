//! CloudWatch Logs.

use std::collections::BTreeMap;

use aws_sdk_cloudwatchlogs::types::LogGroup;
use futures::future::try_join_all;

use super::{Once, View};
use crate::cloud::{CallError, Operation, Service, pages};
use crate::kinds::arn;

const DESCRIBE: Operation = Service::Logs.read("DescribeLogGroups");
const LIST_TAGS: Operation = Service::Logs.read("ListTagsForResource");

#[derive(Debug, Default)]
pub(super) struct Cells {
    groups: Once<Vec<TaggedLogGroup>>,
}

/// A log group with what its description leaves out.
#[derive(Debug)]
pub(in crate::kinds) struct TaggedLogGroup {
    /// Its ARN.
    pub arn: String,
    /// The group.
    pub group: LogGroup,
    /// Its tags. AWS tells those of one group per call.
    pub tags: BTreeMap<String, String>,
}

impl View {
    /// The log groups whose names begin as the zone's do.
    pub(in crate::kinds) async fn log_groups(&self) -> Result<&[TaggedLogGroup], CallError> {
        let fetch = || async {
            let prefix = crate::kinds::LogGroup::prefix(&self.subject.zone);
            let send = |token| {
                let request = self.cloud.logs().describe_log_groups().log_group_name_prefix(&prefix);
                request.limit(50).set_next_token(token).send()
            };
            let groups = pages(&self.cloud, DESCRIBE, send, |page| (page.log_groups, page.next_token)).await?;
            let each = groups.into_iter().map(|group| self.with_tags(group));
            Ok(try_join_all(each).await?.into_iter().flatten().collect())
        };
        self.logs.groups.get(fetch).await.map(Vec::as_slice)
    }

    async fn with_tags(&self, group: LogGroup) -> Result<Option<TaggedLogGroup>, CallError> {
        let name = self.answer(DESCRIBE).part(group.log_group_name(), "logGroupName")?;
        let arn = arn::of_log_group(name, self.cloud.region(), self.cloud.id());
        let send = || self.cloud.logs().list_tags_for_resource().resource_arn(&arn).send();
        let Some(answer) = self.listed(self.cloud.call(LIST_TAGS, send).await)? else { return Ok(None) };
        let tags = answer.tags.unwrap_or_default().into_iter().collect();
        Ok(Some(TaggedLogGroup { arn, group, tags }))
    }
}
