//! The one place where lz waits and reads a clock.

use std::time::Duration;

use tokio::time::Instant;

/// lz's clock: tokio's, which a rehearsal pauses, with lz's own waits divided by a scale, for an AWS that runs faster than
/// the real one.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: Instant,
    scale: u32,
}

impl Clock {
    /// A clock that starts now and waits `scale` times shorter than asked.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn new(scale: u32) -> Self {
        Self { start: Instant::now(), scale: scale.max(1) }
    }

    /// Waits for a time as AWS counts it.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub async fn sleep(self, time: Duration) {
        tokio::time::sleep(time / self.scale).await;
    }

    /// The time since the clock started, as AWS counts it.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        self.start.elapsed() * self.scale
    }
}
