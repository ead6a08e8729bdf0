//! Eventual consistency: what was just created is not seen by every call at once.
//!
//! <https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::twin::time::{Duration, Moment};
use crate::twin::world::{Call, mix};

/// How long it takes until every call sees a new resource.
pub const LAG: Duration = Duration::milliseconds(500, 5_000, 60_000);

/// What was created lately, by id.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    unsettled: BTreeMap<String, Spreading>,
}

/// The news of a resource, on its way to all of AWS's servers.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Spreading {
    since: Moment,
    until: Moment,
    salt: u64,
}

/// Notes that a resource was created now. Until the news has spread, a call sees it or not, the more likely the later,
/// and a call that sees it may be followed by one that does not.
pub fn created(call: &mut Call<'_>, id: &str) {
    let since = call.now;
    let until = call.done_after("visibility", LAG);
    let salt = call.world.draw("visibility");
    let spreading = &mut call.ec2().visibility.unsettled;
    spreading.retain(|_, other| other.until > since);
    spreading.insert(id.to_owned(), Spreading { since, until, salt });
}

impl State {
    /// True where a call at this moment sees the resource; all questions of one moment get one answer.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "shares need no more than 53 bits")]
    pub fn sees(&self, id: &str, now: Moment) -> bool {
        let Some(spreading) = self.unsettled.get(id).filter(|spreading| now < spreading.until) else { return true };
        let reached = now.since(spreading.since) as f64 / spreading.until.since(spreading.since) as f64;
        let asked = (mix(spreading.salt, id, now.0) >> 11) as f64 / (1_u64 << 53) as f64;
        asked < reached
    }
}
