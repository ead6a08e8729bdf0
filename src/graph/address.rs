//! The stable, readable name of a resource.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A resource's address: segments joined by `/`, such as `networking/egress/public/az1/nat`.
///
/// It is what the tag `lz:address` holds on the real thing, so a segment is 1 to 128 characters of `a`–`z`, `0`–`9`, `.`,
/// `_` and `-`, and the whole is at most 256 characters, as tag values are (EC2 user guide, "Tag restrictions").
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(String);

/// A text that is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an address: segments of a-z, 0-9, `.`, `_` and `-`, joined by `/`, 256 characters at most")]
pub struct InvalidAddress(pub String);

impl Address {
    /// Parses an address.
    ///
    /// # Errors
    /// Where the text breaks the rules above.
    pub fn parse(text: &str) -> Result<Self, InvalidAddress> {
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-');
        let segment = |part: &str| !part.is_empty() && part.len() <= 128 && part.bytes().all(legal);
        if text.len() <= 256 && text.split('/').all(segment) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidAddress(text.to_owned()))
        }
    }

    /// The address one segment (or several, joined by `/`) below this one. A character that an address may not hold
    /// becomes `-`, so that CIDR blocks and service names can be segments: `0.0.0.0/0` is `0.0.0.0-0`.
    #[must_use]
    pub fn child(&self, segment: impl fmt::Display) -> Self {
        let segment = segment.to_string();
        debug_assert!(!segment.is_empty(), "an empty segment below {self}");
        let clean = |one: char| {
            let one = one.to_ascii_lowercase();
            if one.is_ascii_alphanumeric() || matches!(one, '.' | '_' | '-') { one } else { '-' }
        };
        Self(format!("{}/{}", self.0, segment.chars().map(clean).collect::<String>()))
    }

    /// The address of one segment.
    #[must_use]
    pub fn root(segment: impl fmt::Display) -> Self {
        Self(segment.to_string())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl FromStr for Address {
    type Err = InvalidAddress;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Address {
    type Error = InvalidAddress;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.0
    }
}
