//! Prefix lists: AWS's own, those of the services with gateway endpoints. The twin has no action that makes another.

use std::collections::BTreeSet;

use ipnet::Ipv4Net;

use super::service::prefix_lists;
use crate::twin::ec2::filter::Filters;
use crate::twin::ec2::page::{Bounds, Page, USUAL};
use crate::twin::ec2::tag::Tags;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// What the actions on managed prefix lists allow (EC2 API reference, DescribeManagedPrefixLists, `MaxResults`).
const MANAGED: Bounds = Bounds { least: 1, most: 100 };

/// Who owns AWS's own lists (VPC user guide, "AWS-managed prefix lists").
const OWNER: &str = "AWS";

pub(super) fn describe_prefix_lists(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let ids = form.list("PrefixListId");
    let filters = Filters::read(form, &["prefix-list-id", "prefix-list-name"])?;
    let page = Page::read(form, USUAL)?;
    form.finish()?;
    let lists = select(&call.caller.region, &ids, &filters, "InvalidPrefixListId.NotFound")?;
    let (lists, next_token) = page.cut(lists);
    xml.list("prefixListSet", lists, |item, (id, name, blocks)| {
        item.texts("cidrSet", blocks).text("prefixListId", id).text("prefixListName", name);
    });
    xml.optional("nextToken", next_token);
    Ok(())
}

pub(super) fn describe_managed(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let ids = form.list("PrefixListId");
    let filters = Filters::read(form, &["owner-id", "prefix-list-id", "prefix-list-name"])?;
    let page = Page::read(form, MANAGED)?;
    form.finish()?;
    let region = call.caller.region.clone();
    let (lists, next_token) = page.cut(select(&region, &ids, &filters, "InvalidPrefixListID.NotFound")?);
    // Lists of AWS's own have no version and no most entries.
    xml.list("prefixListSet", lists, |item, (id, name, _)| {
        let arn = format!("arn:aws:ec2:{region}:aws:prefix-list/{id}");
        item.text("prefixListId", id).text("addressFamily", "IPv4").text("state", "create-complete");
        item.text("prefixListArn", arn).text("prefixListName", name).text("ownerId", OWNER);
    });
    xml.optional("nextToken", next_token);
    Ok(())
}

pub(super) fn entries(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("PrefixListId")?;
    let page = Page::read(form, MANAGED)?;
    form.finish()?;
    let lists = select(&call.caller.region, &[id], &Filters::read(form, &[])?, "InvalidPrefixListID.NotFound")?;
    let blocks: BTreeSet<&str> = lists.into_iter().flat_map(|(_, (_, _, blocks))| blocks).copied().collect();
    let (blocks, next_token) = page.cut(blocks.into_iter().map(|block| (block.to_owned(), block)));
    xml.list("entrySet", blocks, |item, block| {
        item.text("cidr", block);
    });
    xml.optional("nextToken", next_token);
    Ok(())
}

/// The blocks of a prefix list; none where there is no such list.
#[must_use]
pub fn blocks_of_prefix_list(region: &str, id: &str) -> Option<Vec<Ipv4Net>> {
    let (_, _, blocks) = prefix_lists(region).into_iter().find(|(known, ..)| known == id)?;
    blocks.iter().map(|block| block.parse().ok()).collect()
}

type List = (String, String, &'static [&'static str]);

/// The lists that are asked for, each with the key that orders it.
fn select(region: &str, ids: &[&str], filters: &Filters<'_>, not_found: &'static str) -> Answer<Vec<(String, List)>> {
    let lists = prefix_lists(region);
    if let Some(unknown) = ids.iter().find(|id| !lists.iter().any(|(known, ..)| known == *id)) {
        return Err(Fault::new(not_found, format!("The prefix list ID '{unknown}' does not exist")));
    }
    let matching = lists.into_iter().filter(|(id, name, _)| {
        let attribute = |filter: &str| {
            vec![match filter {
                "owner-id" => OWNER.to_owned(),
                "prefix-list-id" => id.clone(),
                _ => name.clone(),
            }]
        };
        (ids.is_empty() || ids.contains(&id.as_str())) && filters.matches(&Tags::new(), attribute)
    });
    Ok(matching.map(|list| (list.1.clone(), list)).collect())
}

#[cfg(test)]
mod tests {
    use crate::twin::ec2::test_support::{bench, texts};

    #[test]
    fn lists_of_aws_are_managed_lists_with_entries() {
        let mut bench = bench();
        let lists = bench.done("Action=DescribeManagedPrefixLists&Filter.1.Name=owner-id&Filter.1.Value.1=AWS");
        let listed = bench.done("Action=DescribePrefixLists");
        assert_eq!(texts(&lists, "prefixListId"), texts(&listed, "prefixListId"));
        let id = texts(&lists, "prefixListId")[0];
        let first = bench.done(&format!("Action=GetManagedPrefixListEntries&PrefixListId={id}&MaxResults=1"));
        let token = texts(&first, "nextToken")[0];
        let query = format!("Action=GetManagedPrefixListEntries&PrefixListId={id}&MaxResults=1&NextToken={token}");
        let second = bench.done(&query);
        assert_ne!(texts(&first, "cidr"), texts(&second, "cidr"));
        let code = bench.code("Action=GetManagedPrefixListEntries&PrefixListId=pl-0123456789abcdef0");
        assert_eq!(code, "InvalidPrefixListID.NotFound");
        assert_eq!(bench.code("Action=DescribeManagedPrefixLists&MaxResults=101"), "InvalidParameterValue");
    }
}
