//! Sweeps again and again: the loop, and what it tells over HTTP.
//!
//! It knows a sweep as something that ends in numbers or in an error, and keeps nothing of one but these, so that it may run
//! for as long as its machine does.

mod health;
mod server;

use std::time::{Duration, SystemTime};

use fastrand::Rng;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

pub use health::Status;
pub use server::{ServeError, serve};

use crate::cloud::Clock;
use crate::sweep::Figures;
use crate::values::Label;

/// What becomes of a sweep that is under way when somebody asks to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnStop {
    /// It is dropped: it changes nothing.
    Abandoned,
    /// It is waited for: it may be changing something, and ends by itself when it is asked to.
    Awaited,
}

/// A zone's sweeps, one after the other.
pub struct Monitor<'a> {
    /// The zone's name.
    pub zone: &'a Label,
    /// The time from the beginning of a sweep to that of the next, more or less.
    pub every: Duration,
    /// What waits are counted on.
    pub clock: Clock,
    /// Tells the time of day.
    pub now: &'a dyn Fn() -> SystemTime,
    /// What becomes of a sweep when somebody asks to stop.
    pub on_stop: OnStop,
}

impl Monitor<'_> {
    /// Sweeps until `stop` is true, or can't become it any more. A sweep that fails is counted, and the next one comes in its
    /// turn.
    pub async fn run(
        &self,
        status: &watch::Sender<Status>,
        mut stop: watch::Receiver<bool>,
        mut sweep: impl AsyncFnMut() -> Result<Figures, String>,
    ) {
        let mut asked = stop.clone();
        while !*stop.borrow() {
            let began = (self.now)();
            let begun = self.clock.elapsed();
            let outcome = tokio::select! {
                biased;
                () = until(&mut asked), if self.on_stop == OnStop::Abandoned => return,
                outcome = sweep() => outcome,
            };
            let took = self.clock.elapsed().saturating_sub(begun);
            status.send_modify(|status| status.count(began, self.clock.elapsed(), outcome));
            tokio::select! {
                biased;
                () = until(&mut stop) => return,
                () = self.clock.sleep(pause(self.zone, self.every, began, took)) => {}
            }
        }
    }
}

/// Ends when somebody asks to stop, or nobody is left who could.
async fn until(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|asked| *asked).await);
}

/// How long to wait for the next sweep: the interval less what this one took, with a tenth more or less by the zone's name
/// and the time, so that zones that start together do not ask AWS together; and never less than a tenth of the interval.
fn pause(zone: &Label, every: Duration, began: SystemTime, took: Duration) -> Duration {
    let since_epoch = began.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let mut digest = Sha256::new_with_prefix(zone.as_str());
    digest.update(since_epoch.as_nanos().to_le_bytes());
    let seed = digest.finalize().iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte));
    let interval = every.mul_f64(0.9 + 0.2 * Rng::with_seed(seed).f64());
    interval.saturating_sub(took).max(every / 10)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::sweep::{Effort, Tally};

    const EVERY: Duration = Duration::from_secs(900);

    fn label(text: &str) -> Label {
        Label::parse(text).unwrap()
    }

    fn figures(ended: SystemTime) -> Figures {
        Figures {
            findings: std::collections::BTreeMap::new(),
            suppressed: 0,
            accounts: 3,
            unreachable: 0,
            conformant: 10,
            ended,
            effort: Effort { duration: Duration::from_secs(30), calls: 60, throttled: 0 },
        }
    }

    /// Runs a monitor on virtual time until its `sweeps`-th sweep has begun, every second one failing after 30 seconds, and
    /// tells when each began and what was counted.
    async fn run(on_stop: OnStop, sweeps: usize) -> (Vec<Duration>, Tally) {
        let zone = label("acme");
        let clock = Clock::new(1);
        let now = || SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000) + clock.elapsed();
        let monitor = Monitor { zone: &zone, every: EVERY, clock, now: &now, on_stop };
        let (status, seen) = watch::channel(Status::new(zone.clone(), EVERY));
        let (stopper, stop) = watch::channel(false);
        let began = RefCell::new(Vec::new());
        let sweep = async || {
            began.borrow_mut().push(clock.elapsed());
            let number = began.borrow().len();
            if number == sweeps {
                stopper.send_replace(true);
            }
            clock.sleep(Duration::from_secs(30)).await;
            if number % 2 == 0 { Err("AWS can't be reached".to_owned()) } else { Ok(figures(now())) }
        };
        monitor.run(&status, stop, sweep).await;
        let tally = seen.borrow().tally().clone();
        (began.into_inner(), tally)
    }

    #[tokio::test(start_paused = true)]
    async fn sweeps_come_in_their_turn_whatever_becomes_of_them() {
        let (began, tally) = run(OnStop::Awaited, 6).await;
        let apart: Vec<Duration> = began.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(apart.iter().all(|apart| *apart >= EVERY.mul_f64(0.9) && *apart <= EVERY.mul_f64(1.1)), "{apart:?}");
        assert!(apart.windows(2).any(|pair| pair[0] != pair[1]), "no jitter: {apart:?}");
        assert_eq!((tally.sweeps, tally.failed), (6, 3));
        assert_eq!(tally.error.as_deref(), Some("AWS can't be reached"));
        assert!(tally.last_success.is_some(), "a failed sweep leaves the numbers of the one before");
    }

    #[tokio::test(start_paused = true)]
    async fn a_sweep_that_changes_nothing_is_dropped_at_once() {
        let (began, tally) = run(OnStop::Abandoned, 3).await;
        assert_eq!((began.len(), tally.sweeps), (3, 2));
    }

    #[test]
    fn zones_spread_and_a_slow_sweep_leaves_a_pause() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000);
        let of = |zone: &str, took| pause(&label(zone), EVERY, at, took);
        let pauses: std::collections::BTreeSet<Duration> =
            (0..20).map(|number| of(&format!("zone-{number}"), Duration::ZERO)).collect();
        assert_eq!(pauses.len(), 20, "zones that begin together must not go on together");
        assert_eq!(of("acme", EVERY * 3), EVERY / 10);
    }
}
