//! What a kind's file says of the kind for those who tell of it: in reports, in CloudTrail, in AWS's console.

use std::fmt;

use serde_json::Value;

use crate::values::{Controls, Severity};

/// The calls by which a kind's resources come, change and go, by the names that CloudTrail logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calls {
    /// What makes one.
    pub make: &'static [&'static str],
    /// What changes one.
    pub change: &'static [&'static str],
    /// What takes one away.
    pub unmake: &'static [&'static str],
}

impl Calls {
    /// What makes, changes and takes away one.
    #[must_use]
    pub const fn new(
        make: &'static [&'static str],
        change: &'static [&'static str],
        unmake: &'static [&'static str],
    ) -> Self {
        Self { make, change, unmake }
    }
}

/// What Security Hub calls a kind (AWS Security Hub API reference, "ResourceDetails").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecurityHubType {
    /// The type's name; `Other` where it has none.
    pub name: &'static str,
    /// What stands before the id in its ARN, where it is one of EC2's (Service Authorization Reference, "Resource types
    /// defined by Amazon EC2").
    pub in_ec2: Option<&'static str>,
}

impl SecurityHubType {
    /// What Security Hub has no name for.
    pub const OTHER: Self = Self::named("Other");

    /// A type of a name.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self { name, in_ec2: None }
    }

    /// The same, with what stands before the id in its ARN.
    #[must_use]
    pub const fn in_ec2(self, part: &'static str) -> Self {
        Self { in_ec2: Some(part), ..self }
    }
}

/// A page of AWS's console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsolePage {
    /// One of the VPC console, by its fragment.
    Vpc(String),
    /// An account's, by its id.
    Account(String),
}

impl ConsolePage {
    /// The VPC console's page of an id, such as `SubnetDetails:subnetId`.
    #[must_use]
    pub fn vpc(page: &str, id: impl fmt::Display) -> Self {
        Self::Vpc(format!("{page}={id}"))
    }

    /// An account's page.
    #[must_use]
    pub fn account(id: impl fmt::Display) -> Self {
        Self::Account(id.to_string())
    }
}

/// How bad a finding about a kind is, and which controls it breaks, where that is not usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FindingRule<F> {
    /// What the finding is.
    pub about: About<F>,
    /// How bad it is.
    pub severity: Severity,
    /// The controls that it breaks.
    pub controls: Controls,
}

/// What a finding about a kind is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About<F> {
    /// One is not there.
    Missing,
    /// One is not there, and what it belongs to protects less without it.
    Gone,
    /// One is there that nobody asked for.
    Unmanaged,
    /// A field differs in a way that protects less.
    Weakened(F, When),
}

/// Which difference of a field protects less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// It is true, and was asked to be false.
    TurnedOn,
    /// It is false, and was asked to be true.
    TurnedOff,
    /// It holds something that was not asked for.
    Widened,
    /// It lacks something that was asked for.
    Narrowed,
    /// It is a smaller number. Where there is no number, there is no limit.
    Lowered,
    /// Any difference.
    Differs,
}

impl<F: Copy> FindingRule<F> {
    const fn new(about: About<F>, severity: Severity) -> Self {
        Self { about, severity, controls: Controls::NONE }
    }

    /// Of one that is not there.
    #[must_use]
    pub const fn missing(severity: Severity) -> Self {
        Self::new(About::Missing, severity)
    }

    /// Of one that is not there, while what it belongs to protects less without it.
    #[must_use]
    pub const fn gone(severity: Severity) -> Self {
        Self::new(About::Gone, severity)
    }

    /// Of one that nobody asked for.
    #[must_use]
    pub const fn unmanaged(severity: Severity) -> Self {
        Self::new(About::Unmanaged, severity)
    }

    /// Of a field that protects less than was asked for.
    #[must_use]
    pub const fn weakened(field: F, when: When, severity: Severity) -> Self {
        Self::new(About::Weakened(field, when), severity)
    }

    /// The same, with controls of AWS Foundational Security Best Practices.
    #[must_use]
    pub const fn fsbp(mut self, ids: &'static [&'static str]) -> Self {
        self.controls.fsbp = ids;
        self
    }

    /// The same, with controls of the CIS AWS Foundations Benchmark.
    #[must_use]
    pub const fn cis(mut self, ids: &'static [&'static str]) -> Self {
        self.controls.cis = ids;
        self
    }

    /// The same, with controls of NIST SP 800-53 Rev. 5.
    #[must_use]
    pub const fn nist(mut self, ids: &'static [&'static str]) -> Self {
        self.controls.nist = ids;
        self
    }
}

impl<F: Clone> FindingRule<F> {
    /// The same about another type of field.
    pub fn map<G>(&self, of: impl FnOnce(F) -> G) -> FindingRule<G> {
        let about = match &self.about {
            About::Missing => About::Missing,
            About::Gone => About::Gone,
            About::Unmanaged => About::Unmanaged,
            About::Weakened(field, when) => About::Weakened(of(field.clone()), *when),
        };
        FindingRule { about, severity: self.severity, controls: self.controls }
    }
}

impl When {
    /// True where what is there protects less than what was asked for.
    #[must_use]
    pub fn holds(self, there: &Value, wanted: &Value) -> bool {
        let items = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let holds_more = |one: &Value, other: &Value| items(one).iter().any(|item| !items(other).contains(item));
        match self {
            Self::TurnedOn => there == &Value::Bool(true) && wanted == &Value::Bool(false),
            Self::TurnedOff => there == &Value::Bool(false) && wanted == &Value::Bool(true),
            Self::Widened => holds_more(there, wanted),
            Self::Narrowed => holds_more(wanted, there),
            Self::Lowered => match (there.as_u64(), wanted.as_u64()) {
                (Some(there), Some(wanted)) => there < wanted,
                (Some(_), None) => true,
                (None, _) => false,
            },
            Self::Differs => there != wanted,
        }
    }

    /// What it says of a field, as in `ingress is wider`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TurnedOn => "is on",
            Self::TurnedOff => "is off",
            Self::Widened => "holds more",
            Self::Narrowed => "holds less",
            Self::Lowered => "is lower",
            Self::Differs => "differs",
        }
    }
}
