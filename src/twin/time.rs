//! The twin's time: moments on its clock and how long AWS takes for what.

use serde::{Deserialize, Serialize};

/// A moment on the twin's clock, in milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub u64);

impl Moment {
    /// When a new world's clock starts: 2026-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(1_767_225_600_000);

    /// The moment `milliseconds` later.
    #[must_use]
    pub fn after(self, milliseconds: u64) -> Self {
        Self(self.0 + milliseconds)
    }

    /// Milliseconds from `earlier` to this moment, zero if it is not earlier.
    #[must_use]
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// As AWS writes it in XML: `2026-11-21T10:00:00.000Z`.
    #[must_use]
    pub fn iso8601(self) -> String {
        let milliseconds = i64::try_from(self.0).unwrap_or(i64::MAX);
        match jiff::Timestamp::from_millisecond(milliseconds) {
            Ok(timestamp) => format!("{timestamp:.3}"),
            Err(_) => String::from("9999-12-31T23:59:59.000Z"),
        }
    }

    /// As AWS writes it in JSON: seconds since the epoch, with milliseconds as a fraction.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of any year AWS will see fit an f64 exactly")]
    pub fn epoch_seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

/// How long something takes in AWS: half of the time no longer than `median`, 95 times of 100 no longer than `p95`, and
/// never longer than `max`. In milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duration {
    /// The median.
    pub median: u64,
    /// The 95th percentile.
    pub p95: u64,
    /// The longest.
    pub max: u64,
}

impl Duration {
    /// From whole seconds.
    #[must_use]
    pub const fn seconds(median: u64, p95: u64, max: u64) -> Self {
        Self { median: median * 1000, p95: p95 * 1000, max: max * 1000 }
    }

    /// From milliseconds.
    #[must_use]
    pub const fn milliseconds(median: u64, p95: u64, max: u64) -> Self {
        Self { median, p95, max }
    }

    /// The duration at `quantile` (0 to 1): piecewise linear through half the median, the median, p95 and the longest.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "durations are far below 2^52 milliseconds and never negative"
    )]
    pub fn at(self, quantile: f64) -> u64 {
        let (low, median, p95, max) = (self.median as f64 / 2.0, self.median as f64, self.p95 as f64, self.max as f64);
        let between = |from: f64, to: f64, share: f64| from + (to - from) * share;
        let value = if quantile < 0.5 {
            between(low, median, quantile / 0.5)
        } else if quantile < 0.95 {
            between(median, p95, (quantile - 0.5) / 0.45)
        } else {
            // Only the last of a thousand draws comes near the longest.
            between(p95, max, ((quantile - 0.95) / 0.05).powi(4))
        };
        value as u64
    }
}
