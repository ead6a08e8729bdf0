//! A plan kept as data, and how it is told that it is stale.

use serde::{Deserialize, Serialize};

use super::change::{Plan, Selection};

/// The version of the format that this lz writes and reads.
const VERSION: u32 = 1;

/// A plan with what it was made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanFile {
    version: u32,
    /// The digest of the files that it was made from.
    digest: String,
    /// The plan.
    plan: Plan,
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
    AwsChanged(String),
}

impl PlanFile {
    /// A plan made from files of a digest.
    #[must_use]
    pub fn new(digest: String, plan: Plan) -> Self {
        Self { version: VERSION, digest, plan }
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

    /// The plan as kept, if what is planned now for the same part is the same.
    ///
    /// # Errors
    /// Where the files or what is in AWS have changed.
    pub fn confirmed(self, digest: &str, now: &Plan, part: &Selection) -> Result<Plan, PlanFileError> {
        if self.digest != digest {
            return Err(PlanFileError::FilesChanged);
        }
        let (kept, now) = (self.plan.only(part), now.only(part));
        let addresses = kept.changes.keys().chain(now.changes.keys());
        let differs = addresses.into_iter().find(|address| kept.changes.get(*address) != now.changes.get(*address));
        match differs {
            Some(address) => Err(PlanFileError::AwsChanged(address.to_string())),
            // What is unchanged is not part of what was agreed to, and its ids may be newer.
            None => Ok(Plan { unchanged: now.unchanged, ..kept }),
        }
    }
}
