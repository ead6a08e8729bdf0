//! LookupEvents. <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>

use serde::Deserialize;
use serde_json::{Value, json};

use super::event::Event;
use super::record::record;
use crate::twin::time::Moment;
use crate::twin::wire::fault::{Answer, Fault};
use crate::twin::wire::json::input;
use crate::twin::wire::page::page;
use crate::twin::world::Call;

/// The most events in a page, which is also how many are given where nobody says.
const PAGE: u64 = 50;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Input {
    #[serde(default)]
    lookup_attributes: Vec<Attribute>,
    start_time: Option<f64>,
    end_time: Option<f64>,
    max_results: Option<u64>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Attribute {
    attribute_key: Key,
    attribute_value: String,
}

/// What events are looked up by. `ResourceName` and `ResourceType` are not simulated, and refused.
#[derive(Debug, Clone, Copy, Deserialize)]
enum Key {
    EventId,
    EventName,
    ReadOnly,
    Username,
    EventSource,
    AccessKeyId,
}

impl Attribute {
    fn holds(&self, event: &Event) -> bool {
        let value = self.attribute_value.as_str();
        match self.attribute_key {
            Key::EventId => event.id == value,
            Key::EventName => event.name == value,
            Key::ReadOnly => value == "false",
            Key::Username => event.user_name() == value,
            Key::EventSource => event.source() == value,
            Key::AccessKeyId => event.access_key_id == value,
        }
    }
}

pub(super) fn lookup_events(call: &mut Call<'_>, members: Value) -> Answer<Value> {
    let list = format!("lookup-events/{}/{}", members["LookupAttributes"], members["StartTime"]);
    let input: Input = input(members)?;
    let size = input.max_results.unwrap_or(PAGE);
    if !(1..=PAGE).contains(&size) {
        return Err(Fault::new("InvalidMaxResultsException", "The MaxResults value must be between 1 and 50."));
    }
    if input.lookup_attributes.len() > 1 {
        let message = "Only one lookup attribute can be specified.";
        return Err(Fault::new("InvalidLookupAttributesException", message));
    }
    if let (Some(start), Some(end)) = (input.start_time, input.end_time)
        && start > end
    {
        return Err(Fault::new("InvalidTimeRangeException", "The start time must be before the end time."));
    }
    let within = |at: Moment| {
        input.start_time.is_none_or(|start| at.epoch_seconds() >= start)
            && input.end_time.is_none_or(|end| at.epoch_seconds() <= end)
    };
    let seen = call.world.cloud_trail.seen(&call.caller.account, &call.caller.region, call.now);
    let found = seen.filter(|event| within(event.at) && input.lookup_attributes.iter().all(|one| one.holds(event)));
    let size = usize::try_from(size).unwrap_or_default();
    let invalid = || Fault::new("InvalidNextTokenException", "The NextToken is not valid.");
    let (events, next) = page(found.collect(), input.next_token.as_deref(), size, &list).ok_or_else(invalid)?;
    let mut answer = json!({"Events": events.into_iter().map(told).collect::<Vec<_>>()});
    if let Some(next) = next {
        answer["NextToken"] = Value::from(next);
    }
    Ok(answer)
}

fn told(event: &Event) -> Value {
    json!({
        "EventId": event.id,
        "EventName": event.name,
        "ReadOnly": "false",
        "AccessKeyId": event.access_key_id,
        "EventTime": event.at.epoch_seconds(),
        "EventSource": event.source(),
        "Username": event.user_name(),
        "Resources": [],
        "CloudTrailEvent": record(event).to_string(),
    })
}
