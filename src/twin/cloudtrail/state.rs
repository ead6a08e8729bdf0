//! Event histories.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::event::Event;
use crate::twin::time::Moment;
use crate::twin::world::{AccountId, Region};

/// How long CloudTrail shows an event, in milliseconds: 90 days.
const KEPT: u64 = 90 * 24 * 3600 * 1000;
/// How many events the twin keeps of an account and region. CloudTrail has no such limit.
const MOST: usize = 10_000;

/// All event histories, by account and region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    histories: BTreeMap<AccountId, BTreeMap<Region, History>>,
}

/// The events of one account and region, the oldest first. Copies of a world share them.
#[derive(Debug, Clone, Default)]
struct History(VecDeque<Arc<Event>>);

impl State {
    pub(super) fn add(&mut self, account: &str, region: &str, event: Event) {
        let regions = self.histories.entry(account.to_owned()).or_default();
        let History(events) = regions.entry(region.to_owned()).or_default();
        let oldest_kept = |first: &Arc<Event>, count: usize| count < MOST && event.at.since(first.at) <= KEPT;
        while events.front().is_some_and(|first| !oldest_kept(first, events.len())) {
            events.pop_front();
        }
        events.push_back(Arc::new(event));
    }

    /// The events that can be seen at `now`, the newest first.
    pub(super) fn seen(&self, account: &str, region: &str, now: Moment) -> impl Iterator<Item = &Event> {
        let history = self.histories.get(account).and_then(|regions| regions.get(region));
        let events = history.into_iter().flat_map(|History(events)| events.iter().rev()).map(Arc::as_ref);
        events.filter(move |event| event.visible_from <= now && now.since(event.at) <= KEPT)
    }
}

impl Serialize for History {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Arc::as_ref))
    }
}

impl<'de> Deserialize<'de> for History {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let events = Vec::<Event>::deserialize(deserializer)?;
        Ok(Self(events.into_iter().map(Arc::new).collect()))
    }
}
