//! How bad something is, and the controls of security standards.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// How bad a finding is, in AWS Security Hub's words (AWS Security Finding Format, "Severity.Label").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing needs to be done.
    Informational,
    /// It does not need to be done on its own.
    Low,
    /// It has to be done, but not now.
    Medium,
    /// It has to be done first.
    High,
    /// It has to be done at once.
    Critical,
}

impl Severity {
    /// Every severity, the least first.
    pub const ALL: [Self; 5] = [Self::Informational, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// A control of a security standard.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Control {
    /// The standard.
    pub standard: Standard,
    /// The control's id in it, such as `EC2.2` or `SC-7`.
    pub id: String,
}

/// A security standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Standard {
    /// AWS Foundational Security Best Practices.
    #[serde(rename = "aws-fsbp")]
    AwsFoundationalSecurityBestPractices,
    /// CIS AWS Foundations Benchmark.
    #[serde(rename = "cis-aws")]
    CisAwsFoundations,
    /// NIST SP 800-53 revision 5.
    #[serde(rename = "nist-800-53")]
    Nist80053,
}

impl Standard {
    /// Its usual name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwsFoundationalSecurityBestPractices => "AWS Foundational Security Best Practices",
            Self::CisAwsFoundations => "CIS AWS Foundations Benchmark",
            Self::Nist80053 => "NIST SP 800-53 Rev. 5",
        }
    }
}

/// The controls that something breaks, by their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Controls {
    /// Of AWS Foundational Security Best Practices (Security Hub user guide, "Security Hub controls reference").
    pub fsbp: &'static [&'static str],
    /// Of the CIS AWS Foundations Benchmark, with its version.
    pub cis: &'static [&'static str],
    /// Of NIST SP 800-53 Rev. 5.
    pub nist: &'static [&'static str],
}

impl Controls {
    /// None.
    pub const NONE: Self = Self { fsbp: &[], cis: &[], nist: &[] };

    /// These of NIST SP 800-53 Rev. 5.
    #[must_use]
    pub const fn nist(ids: &'static [&'static str]) -> Self {
        Self { nist: ids, ..Self::NONE }
    }

    /// Each with its standard.
    #[must_use]
    pub fn all(self) -> BTreeSet<Control> {
        let of = |standard, ids: &[&str]| {
            ids.iter().map(|id| Control { standard, id: (*id).to_owned() }).collect::<Vec<_>>()
        };
        let all = [
            of(Standard::AwsFoundationalSecurityBestPractices, self.fsbp),
            of(Standard::CisAwsFoundations, self.cis),
            of(Standard::Nist80053, self.nist),
        ];
        all.into_iter().flatten().collect()
    }
}
