//! Names that people give.

use super::{InvalidValue, parsed_text};

/// A name that people give to an account, a blueprint, a tier, a segment, a zone: 1 to 40 characters of `a`–`z`, `0`–`9`
/// and `-`, starting with a letter and not ending with a hyphen. It becomes part of addresses, tags and session names, so
/// it holds nothing that any of them would have to escape.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(String);

impl Label {
    /// Parses a name.
    ///
    /// # Errors
    /// Where it breaks the rules above.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let starts_well = text.bytes().next().is_some_and(|first| first.is_ascii_lowercase());
        if starts_well && text.len() <= 40 && text.bytes().all(legal) && !text.ends_with('-') {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidValue::new(
                text,
                "is not a name that lz takes: 1 to 40 characters of a-z, 0-9 and `-`, starting with a letter and not ending with `-`",
            ))
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

parsed_text!(Label, "a name of lower-case letters, digits and hyphens");
