//! The filters of EC2's describe actions.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html>

use super::tag::Tags;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form};

/// The filters of one request: a resource must match every one of them, each by any of its values.
#[derive(Debug)]
pub struct Filters<'a> {
    filters: Vec<Filter<'a>>,
}

#[derive(Debug)]
struct Filter<'a> {
    name: &'a str,
    values: Vec<&'a str>,
}

impl<'a> Filters<'a> {
    /// Reads `Filter.N.Name` and `Filter.N.Value.M`; `names` are those that the action has, `tag:KEY` and `tag-key`
    /// included where the resource has tags.
    ///
    /// # Errors
    /// `InvalidParameterValue` for a filter that the action does not have or that has no values.
    pub fn read(form: &'a Form, names: &[&str]) -> Answer<Self> {
        let filters = form.forms("Filter").into_iter().map(|one| read_one(one, names)).collect::<Answer<_>>()?;
        Ok(Self { filters })
    }

    /// True for a resource that matches every filter. `attribute` gives the resource's values for a filter's name; none
    /// means that the resource has no such attribute and does not match.
    #[must_use]
    pub fn matches(&self, tags: &Tags, attribute: impl Fn(&str) -> Vec<String>) -> bool {
        self.filters.iter().all(|filter| match (filter.name, filter.name.strip_prefix("tag:")) {
            (_, Some(key)) => tags.get(key).is_some_and(|value| filter.accepts(value)),
            ("tag-key", None) => tags.keys().any(|key| filter.accepts(key)),
            (name, None) => attribute(name).iter().any(|value| filter.accepts(value)),
        })
    }
}

impl Filter<'_> {
    fn accepts(&self, value: &str) -> bool {
        self.values.iter().any(|pattern| like(pattern.as_bytes(), value.as_bytes()))
    }
}

fn read_one<'a>(form: &'a Form, names: &[&str]) -> Answer<Filter<'a>> {
    let name = form.required("Name")?;
    let tagged = names.contains(&"tag") && (name == "tag-key" || name.len() > 4 && name.starts_with("tag:"));
    let values = form.list("Value");
    if !tagged && (name == "tag" || !names.contains(&name)) {
        return Err(Fault::new("InvalidParameterValue", format!("The filter '{name}' is invalid")));
    }
    if values.is_empty() {
        return Err(Fault::new("InvalidParameterValue", format!("The filter '{name}' must have at least one value")));
    }
    Ok(Filter { name, values })
}

/// True where the text fits the pattern: `*` stands for any characters, `?` for one, a backslash takes the next as it is.
fn like(pattern: &[u8], text: &[u8]) -> bool {
    // Where the last star stands in the pattern, and the text that it has swallowed so far: enough to backtrack.
    let (mut at, mut here, mut star) = (0, 0, None);
    while here < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, here));
                at += 1;
            }
            Some(b'?') => (at, here) = (at + 1, here + 1),
            Some(b'\\') if pattern.get(at + 1) == Some(&text[here]) => (at, here) = (at + 2, here + 1),
            Some(byte) if *byte == text[here] && *byte != b'\\' => (at, here) = (at + 1, here + 1),
            _ => {
                let Some((last, swallowed)) = star else { return false };
                star = Some((last, swallowed + 1));
                (at, here) = (last + 1, swallowed + 1);
            }
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_as_aws_documents_them() {
        for (pattern, text, fits) in [
            ("vpc-*", "vpc-1", true),
            ("*", "", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b", "a-b-c", false),
            ("?", "", false),
            ("a?c", "abc", true),
            (r"a\*c", "a*c", true),
            (r"a\*c", "abc", false),
            ("Abc", "abc", false),
        ] {
            assert_eq!(like(pattern.as_bytes(), text.as_bytes()), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn a_filter_that_the_action_does_not_have_is_refused() {
        let form = Form::parse(b"Filter.1.Name=vpc-idd&Filter.1.Value.1=x");
        let fault = Filters::read(&form, &["vpc-id"]).unwrap_err();
        assert_eq!(fault, Fault::new("InvalidParameterValue", "The filter 'vpc-idd' is invalid"));
        let form = Form::parse(b"Filter.1.Name=tag:Name&Filter.1.Value.1=x");
        assert!(Filters::read(&form, &["vpc-id"]).is_err());
        assert!(Filters::read(&form, &["vpc-id", "tag"]).is_ok());
    }
}
