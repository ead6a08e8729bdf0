//! Tags: CreateTags, DeleteTags, DescribeTags, and tags given when a resource is created.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Actions;
use super::filter::Filters;
use super::kind::Kind;
use super::page::{Page, USUAL};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// The family's actions.
pub const ACTIONS: Actions =
    &[("CreateTags", create_tags), ("DeleteTags", delete_tags), ("DescribeTags", describe_tags)];

/// The most tags that one resource may have.
const TAGS_PER_RESOURCE: usize = 50;

/// The tags of one resource, value by key.
pub type Tags = BTreeMap<String, String>;

/// The tags of one account and region, by the resource's id. Tags are an account's own: the owner of a shared resource
/// and those that it is shared with do not see each other's.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    by_resource: BTreeMap<String, Tags>,
}

impl State {
    /// The tags of a resource.
    #[must_use]
    pub fn of(&self, id: &str) -> &Tags {
        const NONE: &Tags = &Tags::new();
        self.by_resource.get(id).unwrap_or(NONE)
    }

    /// Gives a new resource its tags.
    pub fn set(&mut self, id: &str, tags: Tags) {
        if !tags.is_empty() {
            self.by_resource.insert(id.to_owned(), tags);
        }
    }

    /// Forgets the tags of a resource that is gone.
    pub fn forget(&mut self, id: &str) {
        self.by_resource.remove(id);
    }
}

/// Reads the tags for a resource that is being created from `parameter` (`TagSpecification` in most actions,
/// `TagSpecifications` in some of transit gateways).
///
/// # Errors
/// `InvalidParameterValue` for a specification of another type of resource and for what a tag must not be,
/// `TagLimitExceeded`.
pub fn specified(form: &Form, parameter: &str, resource_type: &str) -> Answer<Tags> {
    let mut tags = Tags::new();
    for specification in form.forms(parameter) {
        let named = specification.required("ResourceType")?;
        if named != resource_type {
            let text = format!("'{named}' is not a valid taggable resource type for this operation.");
            return Err(Fault::new("InvalidParameterValue", text));
        }
        for (key, value) in read_tags(specification)? {
            if tags.insert(key.clone(), value).is_some() {
                return Err(duplicate(&key));
            }
        }
    }
    check_count(tags.len())?;
    Ok(tags)
}

/// Writes a resource's tags as `tagSet`.
pub fn write(xml: &mut Xml, tags: &Tags) {
    xml.list("tagSet", tags, |item, (key, value)| {
        item.text("key", key).text("value", value);
    });
}

fn read_tags(form: &Form) -> Answer<Tags> {
    let mut tags = Tags::new();
    for tag in form.forms("Tag") {
        let key = tag.required("Key")?;
        let value = tag.optional("Value").unwrap_or_default();
        check_key(key)?;
        if value.chars().count() > 256 {
            let text = format!("Tag value exceeds the maximum length of 256 characters: '{value}'");
            return Err(Fault::new("InvalidParameterValue", text));
        }
        if tags.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(duplicate(key));
        }
    }
    Ok(tags)
}

fn check_key(key: &str) -> Answer<()> {
    if key.chars().count() > 127 {
        let text = format!("Tag key exceeds the maximum length of 127 characters: '{key}'");
        return Err(Fault::new("InvalidParameterValue", text));
    }
    if key.to_ascii_lowercase().starts_with("aws:") {
        let text = "Tag keys starting with 'aws:' are reserved for internal use";
        return Err(Fault::new("InvalidParameterValue", text));
    }
    Ok(())
}

fn duplicate(key: &str) -> Fault {
    Fault::new("InvalidParameterValue", format!("Duplicate tag key '{key}' specified."))
}

fn check_count(count: usize) -> Answer<()> {
    if count > TAGS_PER_RESOURCE {
        let text = format!("The maximum number of tags per resource is {TAGS_PER_RESOURCE}.");
        return Err(Fault::new("TagLimitExceeded", text));
    }
    Ok(())
}

/// The resources that CreateTags and DeleteTags name; each must be there and be seen.
fn resources<'a>(call: &mut Call<'_>, form: &'a Form) -> Answer<Vec<&'a str>> {
    let ids = form.list("ResourceId");
    form.finish()?;
    if ids.is_empty() {
        return Err(Fault::new("MissingParameter", "The request must contain the parameter resourceIdSet"));
    }
    let now = call.now;
    let state = call.ec2();
    for id in &ids {
        let kind = Kind::of(id).ok_or_else(|| Fault::new("InvalidID", format!("The ID '{id}' is not valid")))?;
        if !(kind.exists)(state, id, now) || !state.visibility.sees(id, now) {
            return Err(kind.unknown(id));
        }
    }
    Ok(ids)
}

fn create_tags(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let tags = read_tags(form)?;
    if tags.is_empty() {
        return Err(Fault::new("MissingParameter", "The request must contain the parameter tagSet"));
    }
    let ids = resources(call, form)?;
    let kept = &mut call.ec2().tags;
    for id in &ids {
        let added = tags.keys().filter(|key| !kept.of(id).contains_key(*key)).count();
        check_count(kept.of(id).len() + added)?;
    }
    for id in ids {
        kept.by_resource.entry(id.to_owned()).or_default().extend(tags.clone());
    }
    xml.text("return", true);
    Ok(())
}

fn delete_tags(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let mut unwanted: Vec<(&str, Option<&str>)> = Vec::new();
    for tag in form.forms("Tag") {
        unwanted.push((tag.required("Key")?, tag.optional("Value")));
    }
    let ids = resources(call, form)?;
    let kept = &mut call.ec2().tags;
    for id in ids {
        let Some(tags) = kept.by_resource.get_mut(id) else { continue };
        if unwanted.is_empty() {
            tags.clear();
        }
        for (key, value) in &unwanted {
            // A tag named with a value goes only if it has that value.
            if value.is_none_or(|value| tags.get(*key).is_some_and(|has| has == value)) {
                tags.remove(*key);
            }
        }
    }
    xml.text("return", true);
    Ok(())
}

fn describe_tags(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let filters = Filters::read(form, &["key", "resource-id", "resource-type", "tag", "value"])?;
    let page = Page::read(form, USUAL)?;
    form.finish()?;
    let now = call.now;
    let state = call.ec2();
    let mut rows = Vec::new();
    for (id, tags) in &state.tags.by_resource {
        let Some(kind) = Kind::of(id).filter(|kind| (kind.exists)(state, id, now) && state.visibility.sees(id, now))
        else {
            continue;
        };
        for (key, value) in tags {
            let only = Tags::from([(key.clone(), value.clone())]);
            let matching = filters.matches(&only, |name| match name {
                "key" => vec![key.clone()],
                "resource-id" => vec![id.clone()],
                "resource-type" => vec![kind.resource_type.to_owned()],
                "value" => vec![value.clone()],
                _ => Vec::new(),
            });
            if matching {
                rows.push((format!("{id}/{key}"), (id, kind.resource_type, key, value)));
            }
        }
    }
    rows.sort();
    let (rows, next_token) = page.cut(rows);
    xml.list("tagSet", rows, |item, (id, resource_type, key, value)| {
        item.text("key", key).text("resourceId", id).text("resourceType", resource_type).text("value", value);
    });
    xml.optional("nextToken", next_token);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::twin::ec2::test_support::{bench, text, texts};

    #[test]
    fn tags_are_given_changed_found_and_taken_away() {
        let mut bench = bench();
        let created = bench.done(
            "Action=CreateVpc&CidrBlock=10.0.0.0/16&TagSpecification.1.ResourceType=vpc\
             &TagSpecification.1.Tag.1.Key=Name&TagSpecification.1.Tag.1.Value=one",
        );
        let vpc = text(&created, "vpcId").to_owned();
        bench.done(&format!("Action=CreateTags&ResourceId.1={vpc}&Tag.1.Key=Name&Tag.1.Value=two"));
        let find = "Action=DescribeVpcs&Filter.1.Name=tag:Name&Filter.1.Value.1=t?o";
        assert_eq!(texts(&bench.done(find), "vpcId"), [&vpc]);
        let keys = "Action=DescribeTags&Filter.1.Name=resource-type&Filter.1.Value.1=vpc";
        assert_eq!(texts(&bench.done(keys), "value"), ["two"]);
        bench.done(&format!("Action=DeleteTags&ResourceId.1={vpc}&Tag.1.Key=Name&Tag.1.Value=one"));
        assert_eq!(texts(&bench.done(find), "vpcId").len(), 1);
        bench.done(&format!("Action=DeleteTags&ResourceId.1={vpc}&Tag.1.Key=Name"));
        assert!(texts(&bench.done(find), "vpcId").is_empty());
    }

    #[test]
    fn tags_that_aws_does_not_take_are_refused() {
        let mut bench = bench();
        let vpc = bench.vpc("10.0.0.0/16");
        let many: String = (1..=51).map(|number| format!("&Tag.{number}.Key=k{number}&Tag.{number}.Value=v")).collect();
        let create = "Action=CreateVpc&CidrBlock=10.1.0.0/16&TagSpecification.1.ResourceType";
        for (query, code) in [
            (format!("Action=CreateTags&ResourceId.1={vpc}&Tag.1.Key=aws:x&Tag.1.Value=v"), "InvalidParameterValue"),
            (format!("Action=CreateTags&ResourceId.1={vpc}&Tag.1.Key=k&Tag.2.Key=k"), "InvalidParameterValue"),
            (format!("Action=CreateTags&ResourceId.1={vpc}{many}"), "TagLimitExceeded"),
            (String::from("Action=CreateTags&ResourceId.1=vpc-00000000000000000&Tag.1.Key=k"), "InvalidVpcID.NotFound"),
            (String::from("Action=CreateTags&ResourceId.1=thing-1&Tag.1.Key=k"), "InvalidID"),
            (format!("{create}=subnet&TagSpecification.1.Tag.1.Key=k"), "InvalidParameterValue"),
        ] {
            assert_eq!(bench.code(&query), code, "{query}");
        }
        assert!(texts(&bench.done("Action=DescribeTags"), "key").is_empty());
    }
}
