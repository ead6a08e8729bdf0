//! AWS CloudTrail: the event history of what changed something.
//!
//! The twin keeps management events of calls that it carried out or refused on their merits, and that are no reads. It has
//! no trails, no event data stores and no Insights events, and does not say which resources an event is about other than in
//! the event's record. Calls that were throttled, denied or lost on the way are not in it.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html>

mod event;
mod lookup;
mod record;
mod state;

#[cfg(test)]
mod tests;

pub use event::Asked;
pub use state::State;

use super::service::JsonHandler;

/// What answers an action, if the twin knows it.
#[must_use]
pub fn handler(action: &str) -> Option<JsonHandler> {
    match action {
        "LookupEvents" => Some(lookup::lookup_events),
        _ => None,
    }
}
