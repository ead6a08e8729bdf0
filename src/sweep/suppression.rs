//! Findings that somebody has decided to live with for a while.

use std::collections::BTreeSet;
use std::time::SystemTime;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::finding::{Class, Finding, FindingId};
use crate::kinds::KindName;

/// Which findings are not told, why, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// Which findings.
    pub pattern: Pattern,
    /// Why.
    pub reason: String,
    /// The day on which they come back, in UTC.
    pub until: Date,
    /// Where it is written, such as `suppressions.toml:3`.
    pub place: String,
}

/// Which findings a suppression is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// This one.
    Finding(FindingId),
    /// All of which everything is true that is said here.
    All {
        /// Their class.
        class: Option<Class>,
        /// The kind of resource.
        kind: Option<KindName>,
        /// The account's name.
        account: Option<String>,
        /// The address, or AWS's id where there is none; `*` stands for any text.
        address: Option<String>,
    },
}

impl Pattern {
    fn matches(&self, finding: &Finding) -> bool {
        match self {
            Self::Finding(id) => *id == finding.id,
            Self::All { class, kind, account, address } => {
                let named = || match (&finding.address, &finding.aws_id) {
                    (Some(address), _) => address.to_string(),
                    (None, id) => id.clone().unwrap_or_default(),
                };
                class.is_none_or(|class| class == finding.class)
                    && kind.is_none_or(|kind| Some(kind) == finding.kind)
                    && account.as_ref().is_none_or(|account| *account == finding.owner.to_string())
                    && address.as_ref().is_none_or(|pattern| glob(pattern, &named()))
            }
        }
    }
}

/// Findings, parted by suppressions.
#[derive(Debug, Default)]
pub(super) struct Parted {
    pub(super) told: Vec<Finding>,
    pub(super) suppressed: Vec<(Finding, String)>,
    /// Suppressions that no longer count, or that are about nothing.
    pub(super) notes: Vec<String>,
}

/// Takes out what is suppressed at a moment.
pub(super) fn part(findings: Vec<Finding>, suppressions: &[Suppression], at: SystemTime) -> Parted {
    let today = jiff::Timestamp::try_from(at).map(|now| now.to_zoned(TimeZone::UTC).date());
    let counts = |one: &Suppression| today.as_ref().is_ok_and(|today| *today < one.until);
    let mut parted = Parted::default();
    let mut used = BTreeSet::new();
    for finding in findings {
        let matching = suppressions.iter().enumerate().filter(|(_, one)| one.pattern.matches(&finding));
        let mut reason = None;
        for (index, one) in matching {
            used.insert(index);
            reason = reason.or_else(|| counts(one).then(|| one.reason.clone()));
        }
        match reason {
            Some(reason) => parted.suppressed.push((finding, reason)),
            None => parted.told.push(finding),
        }
    }
    for (index, one) in suppressions.iter().enumerate() {
        match (used.contains(&index), counts(one)) {
            (true, true) => {}
            (true, false) => parted.notes.push(format!(
                "{}: the suppression ended on {}, and what it was about is told again",
                one.place, one.until
            )),
            (false, _) => {
                parted.notes.push(format!("{}: nothing was found that this suppression is about", one.place));
            }
        }
    }
    parted
}

/// True where a text is a pattern's, in which `*` stands for any text.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let Some(last) = pattern.contains('*').then(|| parts.next_back().unwrap_or_default()) else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text) in [
            ("a/b", "a/b"),
            ("*", ""),
            ("a/*", "a/b/c"),
            ("*/vpc", "a/b/vpc"),
            ("a/*/private/*/subnet", "a/net/private/az1/subnet"),
            ("a*a", "aa"),
        ] {
            assert!(glob(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a/b", "a/b/c"), ("a/*", "b/a/"), ("*/vpc", "a/vpc/x"), ("a*a", "a"), ("", "a")] {
            assert!(!glob(pattern, text), "{pattern} {text}");
        }
    }
}
