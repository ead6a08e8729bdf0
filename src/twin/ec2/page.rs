//! `MaxResults` and `NextToken` of EC2's describe actions.

use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form};

/// The least and the most that `MaxResults` may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The least.
    pub least: i64,
    /// The most, which is also what a request gets that asks for nothing.
    pub most: i64,
}

/// What most describe actions allow.
pub const USUAL: Bounds = Bounds { least: 5, most: 1000 };

/// Which part of a list a request asks for.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    /// The key of the last item that the request before this one got.
    after: Option<String>,
    /// How many items at most.
    size: usize,
}

impl Page {
    /// Reads `MaxResults` and `NextToken`.
    ///
    /// # Errors
    /// `InvalidParameterValue` for a size out of bounds, `InvalidNextToken` for a token that no answer held.
    pub fn read(form: &Form, bounds: Bounds) -> Answer<Self> {
        let asked = form.integer("MaxResults")?.unwrap_or(bounds.most);
        let wrong = |expecting: String| {
            let text = format!("Value ( {asked} ) for parameter maxResults is invalid. Expecting a value {expecting}.");
            Fault::new("InvalidParameterValue", text)
        };
        if asked < bounds.least {
            return Err(wrong(format!("greater than or equal to {}", bounds.least)));
        }
        if asked > bounds.most {
            return Err(wrong(format!("less than or equal to {}", bounds.most)));
        }
        let size = usize::try_from(asked).map_err(|_| wrong(String::from("that is positive")))?;
        let after = form.optional("NextToken").map(key_of).transpose()?;
        Ok(Self { after, size })
    }

    /// All of a list, for an action that has no pages.
    #[must_use]
    pub fn whole() -> Self {
        Self { after: None, size: usize::MAX }
    }

    /// The part of a list that the request asks for, and the token for the next part. Items are told apart, and put in
    /// order, by their keys.
    pub fn cut<T>(&self, items: impl IntoIterator<Item = (String, T)>) -> (Vec<T>, Option<String>) {
        let after = self.after.as_deref();
        let mut rest = items.into_iter().filter(|(key, _)| after.is_none_or(|after| key.as_str() > after)).peekable();
        let (mut part, mut last) = (Vec::new(), String::new());
        while part.len() < self.size
            && let Some((key, item)) = rest.next()
        {
            part.push(item);
            last = key;
        }
        (part, rest.peek().map(|_| token_of(&last)))
    }
}

fn token_of(key: &str) -> String {
    key.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn key_of(token: &str) -> Answer<String> {
    let digits: Option<Vec<u8>> = (token.len().is_multiple_of(2) && token.is_ascii())
        .then(|| (0..token.len() / 2).map(|at| u8::from_str_radix(&token[2 * at..2 * at + 2], 16).ok()).collect())
        .flatten();
    digits
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .filter(|key| !key.is_empty())
        .ok_or_else(|| Fault::new("InvalidNextToken", "The specified NextToken is not valid."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_without_gap_or_overlap() {
        let items = || (10..22).map(|number| (format!("id-{number}"), number));
        let mut form = Form::parse(b"MaxResults=5");
        let mut seen = Vec::new();
        loop {
            let (part, next) = Page::read(&form, USUAL).unwrap().cut(items());
            seen.extend(part);
            let Some(token) = next else { break };
            form = Form::parse(format!("MaxResults=5&NextToken={token}").as_bytes());
        }
        assert_eq!(seen, (10..22).collect::<Vec<_>>());
    }

    #[test]
    fn sizes_out_of_bounds_and_foreign_tokens_are_refused() {
        for (query, code) in [
            ("MaxResults=4", "InvalidParameterValue"),
            ("MaxResults=1001", "InvalidParameterValue"),
            ("NextToken=zz", "InvalidNextToken"),
            ("NextToken=", "InvalidNextToken"),
        ] {
            assert_eq!(Page::read(&Form::parse(query.as_bytes()), USUAL).unwrap_err().code, code, "{query}");
        }
    }
}
