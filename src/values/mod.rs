//! The small validated values that all of lz speaks in: names, account ids, regions, zone ids, CIDR blocks, domains,
//! ports; and sets of addresses and ports.
//!
//! Each value is built by parsing, so that a value of the type is a proof of its rules. They serialize as the text that
//! they were parsed from.

mod account;
mod cidr;
mod domain;
mod interval_set;
mod label;
mod place;
mod port;
mod security;

pub use account::{AccountId, Email};
pub use cidr::Cidr;
pub use domain::DomainName;
pub use interval_set::{AddressSet, IntervalSet, Ordinal, PortSet};
pub use label::Label;
pub use place::{Region, ZoneId};
pub use port::PortRange;
pub use security::{Control, Controls, Severity, Standard};

/// Why a text is not the value it should be: a fragment that reads after the text itself, such as
/// "has host bits set; the block is 10.0.0.0/16".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` {problem}")]
pub struct InvalidValue {
    /// The text as it was given.
    pub text: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

impl InvalidValue {
    fn new(text: &str, problem: impl Into<String>) -> Self {
        Self { text: text.to_owned(), problem: problem.into() }
    }
}

/// Implements what every value that is parsed from a text has: `Display`, `FromStr`, and serde by the text.
macro_rules! parsed_text {
    ($type:ident, $expecting:literal) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(&self.0.to_string())
            }
        }
        impl std::str::FromStr for $type {
            type Err = $crate::values::InvalidValue;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $type;
                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        formatter.write_str($expecting)
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        $type::parse(text).map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    };
}
use parsed_text;

/// Bytes as hexadecimal digits, two each.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
