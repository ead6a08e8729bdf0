//! What a journal says.
//!
//! No secret enters: a record holds addresses, specifications, ids, tags as AWS shows them, and messages. No specification
//! has a field for a secret, credentials are in no type that is used here, and text from outside is a [`Message`], which
//! can't be made without what looks like a credential being taken out.

use std::collections::BTreeMap;
use std::fmt;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::{Message, moment};
use crate::graph::Address;
use crate::kinds::{KindName, Observed, Owner, Scope, Spec};
use crate::plan::Summary;
use crate::values::Label;

/// A record's number: its place in the zone's journal, from 1 on over all runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Number(pub u64);

impl Number {
    /// The following record's.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&format!("#{}", self.0))
    }
}

/// A record with when it was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// When.
    #[serde(with = "moment")]
    pub at: SystemTime,
    /// What.
    pub record: Record,
}

/// One thing that a journal says. All records between two [`RunStarted`] are of the first one's run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Record {
    /// A run begins.
    RunStarted(RunStarted),
    /// A changing call is about to be sent.
    Intent(Box<Intent>),
    /// What became of an intent.
    Outcome(Outcome),
    /// The id of what an intent has made became known later, or changed.
    Learned(Learned),
    /// From here on a scope's changes are undone.
    RollbackStarted(RollbackStarted),
    /// AWS shows again what there was before an effect.
    Undone(Undone),
    /// Nothing more of a scope is undone.
    RollbackEnded(RollbackEnded),
    /// The run ends.
    RunEnded(RunEnded),
}

/// What stands for the name of a machine that does not tell it.
pub const UNKNOWN_HOST: &str = "unknown-host";

/// Who runs lz.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// The user's name on the machine.
    pub user: String,
    /// The machine's name.
    pub host: String,
    /// The process's id on the machine.
    pub process: u32,
}

impl Holder {
    /// True where both are known to be on one machine. Machines without a name may be two.
    #[must_use]
    pub fn is_of_same_host(&self, other: &Self) -> bool {
        self.host != UNKNOWN_HOST && self.host == other.host
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@{} (process {})", self.user, self.host, self.process)
    }
}

/// The beginning of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunStarted {
    /// The run's name, which no other run of the zone has.
    pub run: String,
    /// The zone.
    pub zone: Label,
    /// The command, such as `bootstrap`.
    pub command: Message,
    /// The scopes that it may change. No intent is of another one.
    pub scopes: Vec<Scope>,
    /// The digest of the files that the plan was made from.
    pub digest: String,
    /// How much the plan changes.
    pub changes: Summary,
    /// Who runs it.
    pub holder: Holder,
    /// True for a repair. What it has mended stays, even where it was killed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repairs: bool,
}

/// A changing call that is about to be sent. It is durable before the call is, so that whatever AWS was asked for is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// The resource.
    pub address: Address,
    /// Whose it is.
    pub scope: Scope,
    /// The account it is in.
    pub owner: Owner,
    /// What is asked for.
    pub deed: Deed,
    /// In a rollback: the effect that it undoes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<Number>,
    /// Where a duplicate is deleted, or what is inside of one: the address that another resource keeps.
    // Journals that were written before have it by its former name: without it, a rollback would make the duplicate again.
    #[serde(default, alias = "heals", skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<Address>,
}

/// What AWS is asked for, with what was there before. The references in all specifications are AWS ids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Deed {
    /// To make it.
    Create {
        /// What is wanted.
        wanted: Spec,
    },
    /// To change its attributes.
    Update {
        /// What is wanted.
        wanted: Spec,
        /// What is there.
        before: Observed<Spec>,
    },
    /// To change its tags.
    Tag {
        /// The tags that are put on it.
        tags: BTreeMap<String, String>,
        /// What is there.
        before: Observed<Spec>,
    },
    /// To delete it.
    Delete {
        /// What is there.
        before: Observed<Spec>,
    },
}

impl Deed {
    /// The resource's kind.
    #[must_use]
    pub fn kind(&self) -> KindName {
        match self {
            Self::Create { wanted } => wanted.kind(),
            Self::Update { before, .. } | Self::Tag { before, .. } | Self::Delete { before } => before.spec.kind(),
        }
    }

    /// The word for it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create",
            Self::Update { .. } => "update",
            Self::Tag { .. } => "tag",
            Self::Delete { .. } => "delete",
        }
    }
}

/// What became of an intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The intent.
    pub intent: Number,
    /// What became of it.
    pub result: CallResult,
}

/// What became of an intent's call. It tells of the call, not of the resource, which AWS may still be at work on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum CallResult {
    /// AWS took it.
    Done {
        /// The resource's id, where AWS told it.
        id: Option<String>,
    },
    /// AWS refused it. A creation did nothing then; what takes several calls may have been done in part.
    Failed {
        /// Why.
        message: Message,
    },
    /// The answer was lost: AWS may have done it.
    Unknown {
        /// What went wrong.
        message: Message,
    },
}

/// The id of what an intent has made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Learned {
    /// The creating intent: this run's, or one of an earlier run that this one goes on with.
    pub intent: Number,
    /// The id.
    pub id: String,
}

/// The beginning of a scope's rollback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollbackStarted {
    /// The run whose changes are undone.
    pub run: String,
    /// The scope whose changes are undone.
    pub scope: Scope,
}

/// AWS shows again what there was before an effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undone {
    /// The effect.
    pub effect: Number,
}

/// The end of a scope's rollback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollbackEnded {
    /// The scope.
    pub scope: Scope,
    /// True where nothing is left that can be undone.
    pub complete: bool,
    /// What was left.
    pub left: Vec<Left>,
}

/// What a rollback left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Left {
    /// The resource.
    pub address: Address,
    /// Why.
    pub message: Message,
}

/// The end of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunEnded {
    /// What became of the whole.
    pub outcome: RunOutcome,
    /// What became of each of its scopes.
    pub scopes: Vec<ScopeEnded>,
}

/// What became of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunOutcome {
    /// Everything was done.
    Applied,
    /// There was nothing to do.
    Unchanged,
    /// Some scopes were done, some were not.
    Partial,
    /// Nothing was finished.
    Failed,
    /// What was to be undone was undone.
    RolledBack,
    /// Somebody asked to stop.
    Interrupted,
}

impl RunOutcome {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Unchanged => "unchanged",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::RolledBack => "rolled back",
            Self::Interrupted => "interrupted",
        }
    }
}

/// What became of a scope of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeEnded {
    /// The scope.
    pub scope: Scope,
    /// What became of it.
    pub ending: Ending,
    /// Why it was not finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Message>,
}

/// What became of a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Everything was done.
    Applied,
    /// There was nothing to do.
    Unchanged,
    /// It failed, and everything that can be undone was undone.
    RolledBack,
    /// It failed, and what was done is still there, all or in part.
    Left,
    /// Somebody asked to stop.
    Interrupted,
    /// Nothing was begun, since its plan had a problem.
    Refused,
    /// A repair: what was mended stays, and something is left that could not be mended.
    Mended,
}

impl Ending {
    /// True where the scope is as somebody wanted it, and no later run has to go on with it.
    #[must_use]
    pub fn settles(self) -> bool {
        matches!(self, Self::Applied | Self::Unchanged | Self::RolledBack)
    }

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Unchanged => "unchanged",
            Self::RolledBack => "rolled back",
            Self::Left => "failed, what was done is kept",
            Self::Interrupted => "interrupted",
            Self::Refused => "refused, nothing was begun",
            Self::Mended => "mended in part",
        }
    }

    /// True where the run itself has left nothing to be undone: it settles the scope, was refused, or was a repair. What
    /// earlier runs have left of the scope is as it was.
    #[must_use]
    pub fn stands(self) -> bool {
        self.settles() || matches!(self, Self::Refused | Self::Mended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::testing::{address, create, intent};

    #[test]
    fn a_duplicate_of_an_earlier_journal_is_one_still() {
        let Record::Intent(mut intent) = intent("second", create(1)) else { panic!("an intent") };
        intent.duplicate_of = Some(address("first"));
        let written = serde_json::to_string(&intent).unwrap();
        let earlier = written.replace("\"duplicate_of\":", "\"heals\":");
        assert_ne!(earlier, written);
        assert_eq!(serde_json::from_str::<Intent>(&earlier).unwrap(), *intent);
    }
}
