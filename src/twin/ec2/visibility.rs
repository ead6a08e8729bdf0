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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spreading {
    since: Moment,
    until: Moment,
    salt: u64,
}

/// Notes that a resource was created now. Until the news has spread, a call sees it or not, the more likely the later,
/// and a call that sees it may be followed by one that does not.
pub fn created(call: &mut Call<'_>, id: &str) {
    let spreading = Spreading::begin(call, "visibility");
    call.ec2().visibility.spread(id, spreading);
}

impl Spreading {
    /// The news of what is made now. `stream` names the draws, so that services do not disturb each other's lags.
    pub fn begin(call: &mut Call<'_>, stream: &str) -> Self {
        let now = call.now;
        Self::begin_at(call, stream, now)
    }

    /// The news of what will be there from a moment on; before it nobody sees it.
    pub fn begin_at(call: &mut Call<'_>, stream: &str, since: Moment) -> Self {
        let until = since.after(call.done_after(stream, LAG).since(call.now));
        let salt = call.world.draw(&format!("{stream}/{}/{}", call.caller.account, call.caller.region));
        Self { since, until, salt }
    }

    /// True where a call at this moment has heard the news; all questions of one moment get one answer.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "shares need no more than 53 bits")]
    pub fn reaches(&self, id: &str, now: Moment) -> bool {
        if now >= self.until {
            return true;
        }
        let reached = now.since(self.since) as f64 / self.until.since(self.since) as f64;
        let asked = (mix(self.salt, id, now.0) >> 11) as f64 / (1_u64 << 53) as f64;
        asked < reached
    }
}

impl State {
    /// Notes that the news of a resource has begun to spread.
    pub fn spread(&mut self, id: &str, spreading: Spreading) {
        self.unsettled.retain(|_, other| other.until > spreading.since);
        self.unsettled.insert(id.to_owned(), spreading);
    }

    /// From now on every call sees all that was made.
    pub fn settle(&mut self) {
        self.unsettled.clear();
    }

    /// True where a call at this moment sees the resource; all questions of one moment get one answer.
    #[must_use]
    pub fn sees(&self, id: &str, now: Moment) -> bool {
        self.unsettled.get(id).is_none_or(|spreading| spreading.reaches(id, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_spread_and_meanwhile_come_and_go() {
        let spreading = Spreading { since: Moment(1_000), until: Moment(11_000), salt: 3 };
        let state = State { unsettled: BTreeMap::from([(String::from("vpc-1"), spreading)]) };
        assert!(!state.sees("vpc-1", Moment(1_000)));
        assert!(state.sees("vpc-1", Moment(11_000)));
        assert!(state.sees("vpc-2", Moment(1_000)));
        let answers: Vec<bool> = (1_000..11_000).step_by(100).map(|at| state.sees("vpc-1", Moment(at))).collect();
        assert!(answers.windows(2).any(|pair| pair == [true, false]), "a later call may see less");
        let seen = |part: &[bool]| part.iter().filter(|seen| **seen).count();
        assert!(seen(&answers[..50]) < seen(&answers[50..]));
    }
}
