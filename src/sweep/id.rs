//! Ids of findings: the same in every sweep that finds the same thing.

use std::str::FromStr;

use sha2::{Digest, Sha256};

use super::finding::{Class, FindingId};
use crate::values::{InvalidValue, hexadecimal};

/// How many hexadecimal digits follow `lz-`.
const DIGITS: usize = 12;

/// What a finding is about. Values and times, which differ from one sweep to the next, are no part of it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject<'a> {
    /// A resource that was asked for, with the attributes in which it differs.
    Asked { kind: &'a str, address: &'a str, attributes: &'a [&'a str] },
    /// A resource that nobody asked for.
    Stranger { kind: &'a str, account: &'a str, aws_id: &'a str },
    /// An invariant, and the VPC or object that breaks it.
    Broken { invariant: &'a str, place: &'a str },
    /// Everything of a scope.
    Scope(&'a str),
    /// Everything of a scope that was built.
    Gone(&'a str),
    /// An account.
    Account(&'a str),
}

impl FindingId {
    /// The id of a finding about this.
    pub(super) fn of(class: Class, subject: Subject<'_>) -> Self {
        let mut parts = vec![class.as_str()];
        let mut sorted;
        match subject {
            Subject::Asked { kind, address, attributes } => {
                sorted = attributes.to_vec();
                sorted.sort_unstable();
                parts.extend(["asked", kind, address]);
                parts.append(&mut sorted);
            }
            Subject::Stranger { kind, account, aws_id } => parts.extend(["stranger", kind, account, aws_id]),
            Subject::Broken { invariant, place } => parts.extend(["broken", invariant, place]),
            Subject::Scope(scope) => parts.extend(["scope", scope]),
            Subject::Gone(scope) => parts.extend(["gone", scope]),
            Subject::Account(account) => parts.extend(["account", account]),
        }
        let digits = hexadecimal(&Sha256::digest(parts.join("\u{1f}")));
        Self(format!("lz-{}", &digits[..DIGITS]))
    }
}

impl FromStr for FindingId {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let digits = text.strip_prefix("lz-").filter(|digits| digits.len() == DIGITS && digits.bytes().all(is_digit));
        match digits {
            Some(_) => Ok(Self(text.to_owned())),
            None => Err(InvalidValue {
                text: text.to_owned(),
                problem: "is not a finding's id; it is `lz-` and twelve hexadecimal digits, as `lz sweep` tells it"
                    .to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_depend_on_what_a_finding_is_about_and_not_on_the_order_of_attributes() {
        let of = |attributes: &[&str]| {
            FindingId::of(Class::Changed, Subject::Asked { kind: "vpc", address: "a/b/vpc", attributes })
        };
        assert_eq!(of(&["tags", "dns_support"]), of(&["dns_support", "tags"]));
        assert_ne!(of(&["tags"]), of(&["dns_support", "tags"]));
        assert_eq!(of(&["tags"]).as_str().parse::<FindingId>().unwrap(), of(&["tags"]));
        // An id that people have written into a file stays: this one must never change.
        assert_eq!(of(&["tags"]).as_str(), "lz-4d29709cad4c");
    }

    #[test]
    fn other_texts_are_no_ids() {
        for text in ["", "lz-", "lz-0123", "lz-0123456789AB", "0123456789ab", "lz-0123456789abc"] {
            assert!(text.parse::<FindingId>().is_err(), "{text}");
        }
    }
}
