//! Tags: as AWS gives them, as AWS takes them, and onto what is there already.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{ResourceType, Tag, TagSpecification};
use aws_sdk_networkfirewall::types::Tag as FirewallTag;

use super::{Observed, Spec, Tagging, stack_resource};
use crate::cloud::{AccountCloud, CallError, Service};

/// Puts the tags that a live resource lacks onto it. A kind that carries no tags is left alone.
///
/// # Errors
/// What the call answered.
pub async fn tag(
    live: &Observed<Spec>,
    missing: &BTreeMap<String, String>,
    cloud: &AccountCloud,
) -> Result<(), CallError> {
    if missing.is_empty() {
        return Ok(());
    }
    let id = live.id.as_str();
    match live.spec.kind().tagging() {
        Tagging::CloudControl => stack_resource::retag(live, missing, &[], cloud).await,
        Tagging::Ec2 => tag_in_ec2(id, missing, cloud).await,
        Tagging::Organizations => {
            let operation = Service::Organizations.idempotent("TagResource");
            let send = || {
                let request = cloud.organizations().tag_resource().resource_id(id);
                request.set_tags(Some(organizations_tags(missing))).send()
            };
            cloud.call(operation, send).await.map(drop)
        }
        Tagging::Ram => {
            let operation = Service::Ram.idempotent("TagResource");
            let send = || {
                let request = cloud.ram().tag_resource().resource_share_arn(id);
                request.set_tags(Some(ram_tags(missing))).send()
            };
            cloud.call(operation, send).await.map(drop)
        }
        Tagging::NetworkFirewall => {
            let operation = Service::NetworkFirewall.idempotent("TagResource");
            let send = || {
                let request = cloud.network_firewall().tag_resource().resource_arn(id);
                request.set_tags(Some(firewall_tags(missing))).send()
            };
            cloud.call(operation, send).await.map(drop)
        }
        Tagging::Logs => {
            let operation = Service::Logs.idempotent("TagResource");
            let send = || {
                let request = cloud.logs().tag_resource().resource_arn(id);
                request.set_tags(Some(missing.clone().into_iter().collect())).send()
            };
            cloud.call(operation, send).await.map(drop)
        }
        Tagging::None => Ok(()),
    }
}

/// Takes tags off a live resource. A kind that carries no tags is left alone.
///
/// # Errors
/// What the call answered.
pub async fn untag(live: &Observed<Spec>, keys: &[String], cloud: &AccountCloud) -> Result<(), CallError> {
    if keys.is_empty() {
        return Ok(());
    }
    let id = live.id.as_str();
    match live.spec.kind().tagging() {
        Tagging::CloudControl => stack_resource::retag(live, &BTreeMap::new(), keys, cloud).await,
        Tagging::Ec2 => {
            let operation = Service::Ec2.idempotent("DeleteTags");
            let tags: Vec<Tag> = keys.iter().map(|key| Tag::builder().key(key).build()).collect();
            let send = || cloud.ec2().delete_tags().resources(id).set_tags(Some(tags.clone())).send();
            cloud.call(operation, send).await.map(drop)
        }
        Tagging::Organizations => {
            let operation = Service::Organizations.idempotent("UntagResource");
            let send = || {
                let request = cloud.organizations().untag_resource().resource_id(id);
                request.set_tag_keys(Some(keys.to_vec())).send()
            };
            cloud.call(operation, send).await.map(drop)
        }
        Tagging::Ram => {
            let operation = Service::Ram.idempotent("UntagResource");
            let send = || {
                let request = cloud.ram().untag_resource().resource_share_arn(id);
                request.set_tag_keys(Some(keys.to_vec())).send()
            };
            cloud.call(operation, send).await.map(drop)
        }
        Tagging::NetworkFirewall => {
            let operation = Service::NetworkFirewall.idempotent("UntagResource");
            let send = || {
                let request = cloud.network_firewall().untag_resource().resource_arn(id);
                request.set_tag_keys(Some(keys.to_vec())).send()
            };
            cloud.call(operation, send).await.map(drop)
        }
        Tagging::Logs => {
            let operation = Service::Logs.idempotent("UntagResource");
            let send = || {
                let request = cloud.logs().untag_resource().resource_arn(id);
                request.set_tag_keys(Some(keys.to_vec())).send()
            };
            cloud.call(operation, send).await.map(drop)
        }
        Tagging::None => Ok(()),
    }
}

/// Puts tags onto a resource of EC2.
pub(super) async fn tag_in_ec2(
    id: &str,
    tags: &BTreeMap<String, String>,
    cloud: &AccountCloud,
) -> Result<(), CallError> {
    let operation = Service::Ec2.idempotent("CreateTags");
    let send = || cloud.ec2().create_tags().resources(id).set_tags(Some(ec2_tags(tags))).send();
    cloud.call(operation, send).await.map(drop)
}

/// The tags of a resource of EC2.
pub(super) fn tags_of(tags: Option<&Vec<Tag>>) -> BTreeMap<String, String> {
    let pair = |tag: &Tag| Some((tag.key.clone()?, tag.value.clone().unwrap_or_default()));
    tags.into_iter().flatten().filter_map(pair).collect()
}

/// The tags that a resource of EC2 is created with.
pub(super) fn specification(resource_type: ResourceType, tags: &BTreeMap<String, String>) -> TagSpecification {
    TagSpecification::builder().resource_type(resource_type).set_tags(Some(ec2_tags(tags))).build()
}

fn ec2_tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// Tags as RAM takes them.
pub(super) fn ram_tags(tags: &BTreeMap<String, String>) -> Vec<aws_sdk_ram::types::Tag> {
    tags.iter().map(|(key, value)| aws_sdk_ram::types::Tag::builder().key(key).value(value).build()).collect()
}

/// The tags of a resource of Network Firewall.
pub(super) fn tags_of_firewall(tags: Option<&Vec<FirewallTag>>) -> BTreeMap<String, String> {
    tags.into_iter().flatten().map(|tag| (tag.key.clone(), tag.value.clone())).collect()
}

/// Tags as Network Firewall takes them.
pub(super) fn firewall_tags(tags: &BTreeMap<String, String>) -> Vec<FirewallTag> {
    // The SDK refuses a tag without a key or a value only, and both are set.
    tags.iter().filter_map(|(key, value)| FirewallTag::builder().key(key).value(value).build().ok()).collect()
}

/// Tags as Organizations takes them.
pub(super) fn organizations_tags(tags: &BTreeMap<String, String>) -> Vec<aws_sdk_organizations::types::Tag> {
    let tag = |(key, value): (&String, &String)| {
        // The SDK refuses a tag without a key or a value only, and both are set.
        aws_sdk_organizations::types::Tag::builder().key(key).value(value).build().ok()
    };
    tags.iter().filter_map(tag).collect()
}
