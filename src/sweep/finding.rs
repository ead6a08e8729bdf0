//! What a sweep says.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::graph::Address;
use crate::kinds::{KindName, Owner, Scope};
use crate::plan::AttributeChange;
use crate::reach::prove::Violation;
use crate::values::{AccountId, Control, Label, Region, Severity};

/// Everything that one sweep has found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sweep {
    /// The zone.
    pub zone: Label,
    /// Its region.
    pub region: Region,
    /// When the sweep began.
    pub at: SystemTime,
    /// The accounts that were read, with their ids.
    pub accounts: BTreeMap<Owner, AccountId>,
    /// How many resources are as they were asked for.
    pub conformant: usize,
    /// How many invariants were asked.
    pub invariants: usize,
    /// What was found, the most severe first, then by account and id.
    pub findings: Vec<Finding>,
    /// What was found and is suppressed, with the reason.
    pub suppressed: Vec<(Finding, String)>,
    /// What could not be judged (an AWS feature that lz doesn't model), each in a sentence.
    pub caveats: BTreeSet<String>,
}

/// One thing that is not as it was asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The same in every sweep that finds the same thing.
    pub id: FindingId,
    /// What sort of thing.
    pub class: Class,
    /// How bad.
    pub severity: Severity,
    /// The account that it is in.
    pub owner: Owner,
    /// That account's id, where it is known.
    pub account: Option<AccountId>,
    /// Whose it is: the organization's, the hub's or a workload's; none where it belongs to nothing that was asked for.
    pub scope: Option<Scope>,
    /// The address of the resource, where it is one that was asked for.
    pub address: Option<Address>,
    /// Its kind, where it is a resource.
    pub kind: Option<KindName>,
    /// AWS's id of it, where it is there.
    pub aws_id: Option<String>,
    /// Where a person sees it in AWS's console.
    pub console: Option<String>,
    /// What is wrong, in a sentence without its full stop.
    pub sentence: String,
    /// The attributes that differ: what is there, and what was asked for.
    pub attributes: Vec<AttributeChange>,
    /// What breaks the invariant, where one is broken.
    pub violation: Option<Violation>,
    /// Who did it, where CloudTrail was asked and knows.
    pub by: Option<Author>,
    /// What to do.
    pub remedy: Remedy,
    /// The controls of security standards that it breaks.
    pub controls: BTreeSet<Control>,
}

/// What identifies a finding: `lz-` and twelve hexadecimal digits, of what it is about, not of values that change from one
/// sweep to the next.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FindingId(pub(super) String);

impl FindingId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for FindingId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(&self.0)
    }
}

/// What sort of thing a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Something that was asked for is not there, or has failed.
    Missing,
    /// Something is there with other attributes.
    Changed,
    /// Something protects less than was asked for: it is there with other attributes, or is a log that is gone.
    Weakened,
    /// Something is there that nobody asked for, inside what lz manages.
    Unmanaged,
    /// A packet can take a path that it must not, or can't take one that it must.
    Violated,
    /// An account could not be read: what is in it is not known.
    Unreachable,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 6] =
        [Self::Violated, Self::Weakened, Self::Unmanaged, Self::Missing, Self::Changed, Self::Unreachable];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Changed => "changed",
            Self::Weakened => "weakened",
            Self::Unmanaged => "unmanaged",
            Self::Violated => "violated",
            Self::Unreachable => "unreachable",
        }
    }
}

/// Who made a change, as AWS CloudTrail tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Author {
    /// The principal's ARN, or the service that AWS names instead.
    pub principal: String,
    /// The call, such as `DeleteRoute`.
    pub call: String,
    /// When, in RFC 3339 and UTC.
    pub at: String,
    /// CloudTrail's id of the event.
    pub event: String,
}

impl std::fmt::Display for Author {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} at {} by {}", self.call, self.at, self.principal)
    }
}

/// What to do about a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Remedy {
    /// A command that mends it.
    Command(String),
    /// What a person has to do.
    Manual(String),
}
