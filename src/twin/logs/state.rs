//! What is known of log groups.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::twin::ec2::visibility;
use crate::twin::time::Moment;
use crate::twin::world::{AccountId, Caller, Region};

/// All log groups, by account and region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    regions: BTreeMap<AccountId, BTreeMap<Region, Regional>>,
}

/// The log groups of one account and region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Regional {
    /// By name.
    pub(super) groups: BTreeMap<String, LogGroup>,
    pub(super) visibility: visibility::State,
}

/// A log group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct LogGroup {
    pub(super) created: Moment,
    /// Days; none for ever.
    pub(super) retention: Option<u32>,
    pub(super) class: Class,
    pub(super) tags: BTreeMap<String, String>,
}

/// What can be done with a log group's events, and at which price.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Class {
    #[default]
    Standard,
    InfrequentAccess,
}

impl State {
    /// True where an account has the log group, whoever can see it.
    #[must_use]
    pub fn has_group(&self, account: &str, region: &str, name: &str) -> bool {
        self.regions
            .get(account)
            .and_then(|regions| regions.get(region))
            .is_some_and(|regional| regional.groups.contains_key(name))
    }

    /// The caller's, in the caller's region.
    pub(super) fn of(&mut self, caller: &Caller) -> &mut Regional {
        self.regions.entry(caller.account.clone()).or_default().entry(caller.region.clone()).or_default()
    }
}
