//! EC2's answers.

pub(super) mod gateway;
pub(super) mod network;
pub(super) mod prefix_list;
pub(super) mod transit_gateway;

use crate::reach::recorded::documents::{GroupIdentifier, Tag};

fn tags(tags: &[aws_sdk_ec2::types::Tag]) -> Vec<Tag> {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    tags.iter().map(|tag| Tag { key: text(tag.key()), value: text(tag.value()) }).collect()
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

fn group(id: Option<&str>) -> GroupIdentifier {
    GroupIdentifier { group_id: text(id) }
}
