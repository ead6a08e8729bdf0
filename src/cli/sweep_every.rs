//! `lz sweep --every`: sweeps again and again.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use clap::Args;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::error::{CliError, ExitStatus};
use super::settings::Settings;
use super::signal::interrupted_twice;
use super::sweep_reports::ReportArgs;
use super::workspace::{run_on, runtime};
use crate::cloud::Clock;
use crate::monitor::{Monitor, OnStop, Status, serve};
use crate::sweep::Figures;
use crate::ui::Printer;
use crate::values::Label;

/// The shortest interval: a sweep of a large zone takes about as long.
const SHORTEST: Duration = Duration::from_secs(60);
/// The longest interval: what is looked at less often is a matter for cron.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long a repair that is to stop at once may take to give the zone back.
const GRACE: Duration = Duration::from_secs(10);

/// How sweeps follow each other.
#[derive(Debug, Default, Args)]
pub struct EveryArgs {
    /// Go on until stopped, with a sweep in every such time, such as 15m or 1h: each a little early or late, so that many
    /// zones do not ask AWS at once. The zone's files are read anew for each.
    #[arg(long, value_name = "TIME", value_parser = interval)]
    pub every: Option<Duration>,

    /// With --every: serve /healthz and /metrics over HTTP. Only this machine is served unless another address is given.
    #[arg(long, value_name = "ADDRESS", requires = "every", num_args = 0..=1, default_missing_value = "127.0.0.1:9464")]
    pub listen: Option<SocketAddr>,
}

fn interval(text: &str) -> Result<Duration, String> {
    let wrong = || "expected a time such as 15m or 1h, from 1m to 7d".to_owned();
    let parsed: jiff::SignedDuration = match text.strip_suffix('d').map(str::parse::<i64>) {
        Some(Ok(days)) => jiff::SignedDuration::from_hours(days.saturating_mul(24).min(24 * 365)),
        _ => text.parse().map_err(|_| wrong())?,
    };
    let duration = Duration::try_from(parsed).map_err(|_| wrong())?;
    if (SHORTEST..=LONGEST).contains(&duration) { Ok(duration) } else { Err(wrong()) }
}

/// Sweeps of a zone, one after the other.
pub struct Sweeps<'a> {
    /// The zone's name.
    pub zone: &'a Label,
    /// The time from one sweep to the next.
    pub every: Duration,
    /// Where /healthz and /metrics are served.
    pub listen: Option<SocketAddr>,
    /// What becomes of a sweep when somebody asks to stop.
    pub on_stop: OnStop,
    /// Where the numbers are written.
    pub reports: &'a ReportArgs,
}

/// Sweeps until the process is asked to end, which each sweep can see in what it is given.
pub fn run(
    sweeps: &Sweeps<'_>,
    settings: &Settings,
    printer: &Printer,
    mut sweep: impl AsyncFnMut(watch::Receiver<bool>) -> Result<Figures, String>,
) -> Result<ExitStatus, CliError> {
    if settings.twin {
        return Err(CliError::Usage {
            message: "--every waits in real time, and the simulated AWS of --twin lives in virtual time".to_owned(),
            hint: "serve one with `lz twin serve`, and point lz to it with `eval \"$(lz twin env)\"`",
        });
    }
    let Sweeps { zone, every, listen, on_stop, reports } = *sweeps;
    run_on(runtime(false)?, async {
        let clock = Clock::new(settings.time_scale.get());
        let (status, seen) = watch::channel(Status::new(zone.clone(), every));
        let (stopper, stop) = watch::channel(false);
        let endpoints = match listen {
            Some(address) => Some(bind(address, printer).await?),
            None => None,
        };
        let talk = printer.clone();
        let numbers = write_numbers(reports, seen.clone(), printer);
        let stopped = async {
            interrupted_twice(stopper, || talk.status("stopping")).await;
            #[expect(clippy::disallowed_methods, reason = "who waits for the end waits in real time")]
            tokio::time::sleep(GRACE).await;
        };
        let served = async {
            match endpoints {
                Some(endpoints) => serve(endpoints, seen, clock).await,
                None => std::future::pending().await,
            }
        };
        let monitor = Monitor { zone, every, clock, now: &now, on_stop };
        let ended = tokio::select! {
            biased;
            () = monitor.run(&status, stop.clone(), async || sweep(stop.clone()).await) => Ok(ExitStatus::Done),
            served = served => served.map(|()| ExitStatus::Done),
            () = numbers => Ok(ExitStatus::Done),
            () = stopped => return Err(CliError::StoppedSweep),
        };
        Ok(ended?)
    })
}

/// Writes the numbers after each sweep, one that failed included. A file that can't be written keeps nobody from sweeping.
async fn write_numbers(reports: &ReportArgs, mut seen: watch::Receiver<Status>, printer: &Printer) {
    while seen.changed().await.is_ok() {
        let tally = seen.borrow_and_update().tally().clone();
        if let Err(error) = reports.write_numbers(&tally) {
            error.report(printer);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "when a sweep began is told in this machine's own time")]
fn now() -> SystemTime {
    SystemTime::now()
}

async fn bind(address: SocketAddr, printer: &Printer) -> Result<TcpListener, CliError> {
    let unusable = |error| CliError::Process(format!("{address} can't be listened on: {error}"));
    let listener = TcpListener::bind(address).await.map_err(unusable)?;
    let address = listener.local_addr().map_err(unusable)?;
    printer.status(format!("http://{address}/healthz and /metrics tell how the sweeps go"));
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals() {
        let minutes = |count: u64| Ok(Duration::from_secs(60 * count));
        assert_eq!(interval("15m"), minutes(15));
        assert_eq!(interval("1h30m"), minutes(90));
        assert_eq!(interval("1d"), minutes(24 * 60));
        for wrong in ["", "15", "30s", "8d", "-15m", "soon", "99999999999999999d"] {
            assert!(interval(wrong).is_err(), "{wrong}");
        }
    }
}
