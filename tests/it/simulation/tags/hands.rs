//! What people do with tags, by each service's own calls.

use aws_sdk_ec2::types::Tag;
use lz::kinds::Tagging;

use super::super::world::Console;

/// Sets tags, and takes others off.
pub async fn retag(by: &Console, tagging: Tagging, id: &str, set: &[(String, String)], removed: &[&str]) {
    match tagging {
        Tagging::Ec2 => of_ec2(by, id, set, removed).await,
        Tagging::Organizations => of_organizations(by, id, set, removed).await,
        Tagging::Ram => of_ram(by, id, set, removed).await,
        Tagging::NetworkFirewall => of_firewall(by, id, set, removed).await,
        Tagging::Logs => of_logs(by, id, set, removed).await,
        // The zones of this suite have no stacks.
        Tagging::CloudControl | Tagging::None => panic!("{id} carries no tags"),
    }
}

async fn of_ec2(by: &Console, id: &str, set: &[(String, String)], removed: &[&str]) {
    for (key, value) in set {
        let tag = Tag::builder().key(key).value(value).build();
        by.ec2.create_tags().resources(id).tags(tag).send().await.expect("tagged");
    }
    for key in removed {
        by.ec2.delete_tags().resources(id).tags(Tag::builder().key(*key).build()).send().await.expect("untagged");
    }
}

async fn of_organizations(by: &Console, id: &str, set: &[(String, String)], removed: &[&str]) {
    for (key, value) in set {
        let tag = aws_sdk_organizations::types::Tag::builder().key(key).value(value).build().expect("a tag");
        by.organizations.tag_resource().resource_id(id).tags(tag).send().await.expect("tagged");
    }
    for key in removed {
        by.organizations.untag_resource().resource_id(id).tag_keys(*key).send().await.expect("untagged");
    }
}

async fn of_ram(by: &Console, id: &str, set: &[(String, String)], removed: &[&str]) {
    for (key, value) in set {
        let tag = aws_sdk_ram::types::Tag::builder().key(key).value(value).build();
        by.ram.tag_resource().resource_share_arn(id).tags(tag).send().await.expect("tagged");
    }
    for key in removed {
        by.ram.untag_resource().resource_share_arn(id).tag_keys(*key).send().await.expect("untagged");
    }
}

async fn of_firewall(by: &Console, id: &str, set: &[(String, String)], removed: &[&str]) {
    for (key, value) in set {
        let tag = aws_sdk_networkfirewall::types::Tag::builder().key(key).value(value).build().expect("a tag");
        by.firewall.tag_resource().resource_arn(id).tags(tag).send().await.expect("tagged");
    }
    for key in removed {
        by.firewall.untag_resource().resource_arn(id).tag_keys(*key).send().await.expect("untagged");
    }
}

async fn of_logs(by: &Console, id: &str, set: &[(String, String)], removed: &[&str]) {
    for (key, value) in set {
        by.logs.tag_resource().resource_arn(id).tags(key, value).send().await.expect("tagged");
    }
    for key in removed {
        by.logs.untag_resource().resource_arn(id).tag_keys(*key).send().await.expect("untagged");
    }
}
