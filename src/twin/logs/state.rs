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

/// What is the same of a log group here and in Cloud Control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shared {
    pub(crate) created: Moment,
    pub(crate) retention: Option<u32>,
    pub(crate) infrequent_access: bool,
    pub(crate) tags: BTreeMap<String, String>,
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

    /// The log groups of an account in a region, as Cloud Control tells them.
    pub(crate) fn shared(&self, account: &str, region: &str) -> BTreeMap<String, Shared> {
        let regional = self.regions.get(account).and_then(|regions| regions.get(region));
        let groups = regional.into_iter().flat_map(|regional| &regional.groups);
        let shared = |group: &LogGroup| Shared {
            created: group.created,
            retention: group.retention,
            infrequent_access: group.class == Class::InfrequentAccess,
            tags: group.tags.clone(),
        };
        groups.map(|(name, group)| (name.clone(), shared(group))).collect()
    }

    /// Makes or changes a log group, as Cloud Control has made or changed it.
    pub(crate) fn put(&mut self, account: &str, region: &str, name: &str, shared: Shared) {
        let regional = self.regions.entry(account.to_owned()).or_default().entry(region.to_owned()).or_default();
        let Shared { created, retention, infrequent_access, tags } = shared;
        let class = if infrequent_access { Class::InfrequentAccess } else { Class::Standard };
        regional.groups.insert(name.to_owned(), LogGroup { created, retention, class, tags });
    }

    /// Deletes a log group, as Cloud Control has.
    pub(crate) fn remove(&mut self, account: &str, region: &str, name: &str) {
        if let Some(regional) = self.regions.get_mut(account).and_then(|regions| regions.get_mut(region)) {
            regional.groups.remove(name);
        }
    }

    /// The caller's, in the caller's region.
    pub(super) fn of(&mut self, caller: &Caller) -> &mut Regional {
        self.regions.entry(caller.account.clone()).or_default().entry(caller.region.clone()).or_default()
    }
}
