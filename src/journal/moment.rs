//! Moments in the journal: RFC 3339 text in UTC, which people can read and which keeps nanoseconds.

use std::time::SystemTime;

use jiff::Timestamp;
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

/// Writes a moment.
pub(super) fn serialize<S: Serializer>(moment: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Timestamp::try_from(*moment).map_err(S::Error::custom)?)
}

/// Reads a moment.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SystemTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse::<Timestamp>().map(SystemTime::from).map_err(D::Error::custom)
}

/// A moment for people, to the second: `2026-11-21T23:38:18Z`.
pub(super) fn to_seconds(moment: SystemTime) -> String {
    match Timestamp::try_from(moment) {
        Ok(moment) => moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        Err(_) => "unknown time".to_owned(),
    }
}
