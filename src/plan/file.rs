//! A plan kept as data, and how it is told that it is stale.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::change::{Action, Attribute, AttributeChange, Change, Plan, Selection};
use crate::graph::Address;

/// The version of the format that this lz writes and reads.
const VERSION: u32 = 4;

/// A plan with what it was made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanFile {
    version: u32,
    /// The digest of the files that it was made from.
    digest: String,
    /// The number of the journal's next record when it was made: what was recorded from there on may have applied it.
    #[serde(default)]
    records: u64,
    /// The plan.
    plan: Plan,
}

/// A kept plan that still holds.
#[derive(Debug, PartialEq)]
pub enum Confirmed {
    /// What of it is left to do.
    Left(Plan),
    /// Every change of it is made.
    AppliedAlready {
        /// The run that made the last of them.
        run: String,
        /// A plan without changes.
        plan: Plan,
    },
}

impl Confirmed {
    /// What is left to do: nothing, where everything was made.
    #[must_use]
    pub fn into_plan(self) -> Plan {
        match self {
            Self::Left(plan) | Self::AppliedAlready { plan, .. } => plan,
        }
    }
}

/// The first thing in which two plans differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The resource.
    pub address: Address,
    /// What differs: what was planned, and what would be done now.
    pub what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.address, self.what)
    }
}

/// Why a kept plan can't be applied.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanFileError {
    /// It is no plan, or a damaged one.
    #[error("it is not a plan that lz has written: {0}")]
    Unreadable(String),
    /// It was written by another lz.
    #[error("it has format version {0}, and this lz reads version {VERSION}; make the plan anew with `lz plan --out`")]
    Version(u32),
    /// The zone's files have changed.
    #[error("the zone's files have changed since; make the plan anew with `lz plan --out`")]
    FilesChanged,
    /// What is in AWS has changed.
    #[error("what is in AWS has changed since, first at {0}; make the plan anew with `lz plan --out`")]
    AwsChanged(Difference),
}

impl PlanFile {
    /// A plan made from files of a digest, when the journal's next record had this number.
    #[must_use]
    pub fn new(digest: String, records: u64, plan: Plan) -> Self {
        Self { version: VERSION, digest, records, plan }
    }

    /// The number of the journal's next record when it was made.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records
    }

    /// The text to keep.
    ///
    /// # Errors
    /// Where a value can't be written as JSON, which no plan's is.
    pub fn to_text(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// Reads a kept plan.
    ///
    /// # Errors
    /// Where it is none, or of another version.
    pub fn parse(text: &str) -> Result<Self, PlanFileError> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let unreadable = |error: serde_json::Error| PlanFileError::Unreadable(error.to_string());
        let Version { version } = serde_json::from_str(text).map_err(unreadable)?;
        if version != VERSION {
            return Err(PlanFileError::Version(version));
        }
        serde_json::from_str(text).map_err(unreadable)
    }

    /// What is left of the plan, if what is planned now for the same part is the same but for what was applied since:
    /// addresses, each with the run that did it.
    ///
    /// # Errors
    /// Where the files or what is in AWS have changed.
    pub fn confirmed(
        &self,
        digest: &str,
        now: &Plan,
        part: &Selection,
        applied: &BTreeMap<Address, String>,
    ) -> Result<Confirmed, PlanFileError> {
        if self.digest != digest {
            return Err(PlanFileError::FilesChanged);
        }
        let (kept, now) = (self.plan.only(part), now.only(part));
        if let Some(difference) = first_difference(&kept, &now, applied) {
            return Err(PlanFileError::AwsChanged(difference));
        }
        let runs = kept.changes.keys().filter_map(|address| applied.get(address));
        match runs.max() {
            Some(run) if now.changes.is_empty() => Ok(Confirmed::AppliedAlready { run: run.clone(), plan: now }),
            _ => Ok(Confirmed::Left(now)),
        }
    }
}

/// The first thing in which what would be done now differs from what was planned, but for what was applied since. What comes
/// before what is no difference: it follows from the rest, and what is done is waited for no more. Nor is what AWS says
/// while it is at work.
#[must_use]
pub fn first_difference(planned: &Plan, now: &Plan, applied: &BTreeMap<Address, String>) -> Option<Difference> {
    let mut addresses: Vec<&Address> = planned.changes.keys().chain(now.changes.keys()).collect();
    addresses.sort();
    addresses.into_iter().find_map(|address| {
        let planned = planned.changes.get(address).filter(|change| !is_at_work(change));
        let now = now.changes.get(address).filter(|change| !is_at_work(change));
        let what = match (planned, now) {
            (None, None) => None,
            (Some(_), None) if applied.contains_key(address) => None,
            (Some(planned), None) => Some(format!("{} was planned, and is not needed now", planned.action().as_str())),
            (None, Some(now)) => {
                Some(format!("{} was not planned, and is needed now: {}", now.action().as_str(), now.reason))
            }
            (Some(planned), Some(now)) => differs(planned, now, applied.contains_key(address)),
        };
        what.map(|what| Difference { address: address.clone(), what })
    })
}

fn differs(planned: &Change, now: &Change, applied: bool) -> Option<String> {
    let same_end = (planned.kind(), &planned.owner, &planned.scope) == (now.kind(), &now.owner, &now.scope)
        && planned.wanted().map(|one| &one.spec) == now.wanted().map(|one| &one.spec);
    // A run from this plan that did not finish has made it, and this is the rest.
    if applied && same_end && now.action() == Action::Update {
        return None;
    }
    if planned.action() != now.action() {
        return Some(format!(
            "{} was planned, and now it is {}: {}",
            planned.action().as_str(),
            now.action().as_str(),
            now.reason
        ));
    }
    if !same_end {
        return Some(format!("{} is wanted otherwise than it was", now.kind().as_str()));
    }
    let id = |change: &Change| change.id().map(str::to_owned).unwrap_or_default();
    if id(planned) != id(now) {
        return Some(format!("it was {}, and is {} now", id(planned), id(now)));
    }
    let settled = |change: &Change| -> BTreeMap<Attribute, (Value, Value)> {
        let attributes = change.attributes().iter().filter(|one| one.attribute != Attribute::State);
        let parts =
            attributes.map(|AttributeChange { attribute, from, to }| (attribute.clone(), (from.clone(), to.clone())));
        parts.collect()
    };
    let (planned, now) = (settled(planned), settled(now));
    let told = |change: Option<&(Value, Value)>| match change {
        Some((from, to)) => format!("from {from} to {to}"),
        None => "not at all".to_owned(),
    };
    let mut names = planned.keys().chain(now.keys());
    let name = names.find(|name| planned.get(*name) != now.get(*name))?;
    Some(format!("{name} was to be changed {}, and now {}", told(planned.get(name)), told(now.get(name))))
}

/// True where AWS only has not finished what was asked for.
fn is_at_work(change: &Change) -> bool {
    change.action() == Action::Update
        && !change.attributes().is_empty()
        && change.attributes().iter().all(|one| one.attribute == Attribute::State)
}
