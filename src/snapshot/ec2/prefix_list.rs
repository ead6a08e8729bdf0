//! Managed prefix lists: AWS's own, the account's, and those that are shared with it.

use aws_sdk_ec2::types;
use futures::future::join_all;

use super::super::{Answers, CollectError};
use super::network::described;
use super::{owned, text};
use crate::cloud::{AccountCloud, CallError, Operation, Service, pages};
use crate::reach::recorded::documents::{ManagedPrefixList, ManagedPrefixLists, PrefixListEntries, PrefixListEntry};

const LISTS: Operation = Service::Ec2.read("DescribeManagedPrefixLists");
const ENTRIES: Operation = Service::Ec2.read("GetManagedPrefixListEntries");

/// How many lists, or entries, a page has at most (EC2 API reference, DescribeManagedPrefixLists).
const PAGE: i32 = 100;

/// Every list with its entries, which AWS tells list by list.
pub(in crate::snapshot) async fn collect(cloud: &AccountCloud) -> Result<Answers, CollectError> {
    let mut answers = Answers::default();
    let lists = described!(cloud, LISTS, describe_managed_prefix_lists, prefix_lists, PAGE).await;
    let Some(lists) = answers.unless_denied(lists)? else { return Ok(answers) };
    answers.add(
        "describe-managed-prefix-lists",
        &ManagedPrefixLists { prefix_lists: lists.iter().map(prefix_list).collect() },
    )?;
    let ids = lists.iter().filter_map(types::ManagedPrefixList::prefix_list_id);
    for (id, entries) in join_all(ids.map(|id| async move { (id, entries(cloud, id).await) })).await {
        let document = |all: &Vec<_>| PrefixListEntries { entries: all.iter().map(entry).collect() };
        answers.keep(format!("get-managed-prefix-list-entries.{id}"), entries, document)?;
    }
    Ok(answers)
}

async fn entries(cloud: &AccountCloud, id: &str) -> Result<Vec<types::PrefixListEntry>, CallError> {
    let client = cloud.ec2();
    pages(
        cloud,
        ENTRIES,
        |token| {
            let request = client.get_managed_prefix_list_entries().prefix_list_id(id);
            request.max_results(PAGE).set_next_token(token).send()
        },
        |page| (page.entries, page.next_token),
    )
    .await
}

fn prefix_list(list: &types::ManagedPrefixList) -> ManagedPrefixList {
    ManagedPrefixList {
        prefix_list_id: text(list.prefix_list_id()),
        address_family: owned(list.address_family()),
        state: list.state().map(|state| state.as_str().to_owned()),
        prefix_list_name: owned(list.prefix_list_name()),
        owner_id: owned(list.owner_id()),
    }
}

fn entry(entry: &types::PrefixListEntry) -> PrefixListEntry {
    PrefixListEntry { cidr: text(entry.cidr()) }
}
