//! `lz sweep`

use std::collections::BTreeSet;
use std::time::SystemTime;

use clap::Args;
use tokio::sync::watch;

use super::change::ChangeArgs;
use super::error::{CliError, ExitStatus, tell};
use super::settings::Settings;
use super::sweep_every::{self, EveryArgs, Sweeps};
use super::sweep_reports::ReportArgs;
use super::sweep_told::{status, tell_sweep};
use super::workspace::{Access, Workspace, parse_account, run_on, runtime};
use crate::kinds::Owner;
use crate::monitor::OnStop;
use crate::operate::{OpenZone, OperateError, RepairedZone, SweepRequest, repair, sweep};
use crate::sweep::{Figures, FindingId, Severity, Tally};
use crate::ui::Printer;
use crate::values::Label;

/// Say what in AWS is not as the files ask for it: what is missing, changed, weakened or unmanaged, and which invariants the
/// network as it is breaks. Changes nothing, unless --repair is given.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lz sweep                                     exit with 4 if anything is found
  lz sweep --fail-on high                      exit with 4 if anything high or critical is found
  lz sweep --account payments-prod             look into one account and the hub only
  lz sweep --repair                            say what is found, ask, mend it, and sweep again
  lz sweep --repair --allow-removals --yes     take away what nobody asked for, too
  lz sweep --cloudtrail                        say who made the changes, too
  lz sweep --output json                       all of it, with the way of a packet for each broken invariant
  lz sweep --sarif sweep.sarif --junit s.xml   files for code scanning and for a CI server, besides the text
  lz sweep --every 15m --listen                go on until stopped, with /healthz and /metrics on port 9464")]
pub struct SweepArgs {
    /// Tell, and mend, only what is in these accounts or of these workloads: names of files in `accounts/`, or `management`.
    /// Of the others only the management account and the hub are looked into, since proofs need them.
    #[arg(long = "account", value_name = "NAME", num_args = 1.., value_parser = parse_account)]
    accounts: Vec<Owner>,

    /// Exit with 4 from this severity on: informational, low, medium, high or critical.
    #[arg(long, value_name = "SEVERITY", default_value = "low", value_parser = parse_severity)]
    fail_on: Severity,

    /// Mend what lz manages, and sweep again. What has never been built is left to `bootstrap` and `onboard-workload`.
    #[arg(long)]
    repair: bool,

    /// Look up in CloudTrail who made the changes that are found, and when. Needs cloudtrail:LookupEvents in the accounts;
    /// CloudTrail tells of the last 90 days, and of a call up to 15 minutes after it was made.
    #[arg(long = "cloudtrail")]
    cloud_trail: bool,

    #[command(flatten)]
    change: ChangeArgs,

    #[command(flatten)]
    reports: ReportArgs,

    #[command(flatten)]
    every: EveryArgs,
}

fn parse_severity(text: &str) -> Result<Severity, String> {
    let known = Severity::ALL.iter().find(|severity| severity.as_str() == text);
    known.copied().ok_or_else(|| {
        let words: Vec<&str> = Severity::ALL.iter().map(|severity| severity.as_str()).collect();
        format!("it is one of: {}", words.join(", "))
    })
}

pub fn run(args: &SweepArgs, settings: &Settings, printer: &Printer) -> Result<ExitStatus, CliError> {
    if !args.repair && args.change != ChangeArgs::default() {
        return Err(CliError::Usage {
            message: "a sweep that repairs nothing changes nothing, and has nothing to ask".to_owned(),
            hint: "add --repair, or leave the options about changes away",
        });
    }
    args.reports.check()?;
    let Some(every) = args.every.every else {
        let told = run_on(runtime(settings.twin)?, once(args, settings, printer, &mut None, None))?;
        let mut tally = Tally::new(told.zone);
        tally.count(told.began, Ok(told.figures));
        args.reports.write_numbers(&tally)?;
        return Ok(told.status);
    };
    if args.repair && args.change.asks() {
        return Err(CliError::Usage {
            message: "there is nobody to ask, sweep after sweep, whether a plan may be applied".to_owned(),
            hint: "add --yes to repair without asking",
        });
    }
    // What is wrong with the files is told at once; later it is one sweep's failure.
    let workspace = Workspace::load(settings)?;
    workspace.check_accounts(&args.accounts)?;
    if !settings.twin {
        runtime(false)?.block_on(workspace.connect(settings))?;
    }
    let sweeps = Sweeps {
        zone: &workspace.loaded().zone.name,
        every,
        listen: args.every.listen,
        on_stop: if args.repair { OnStop::Awaited } else { OnStop::Abandoned },
        reports: &args.reports,
    };
    let mut known = None;
    sweep_every::run(&sweeps, settings, printer, async |stop| {
        match once(args, settings, printer, &mut known, Some(stop)).await {
            Ok(told) => Ok(told.figures),
            Err(error @ CliError::Operate(OperateError::Declined)) => Err(error.to_string()),
            Err(error) => {
                error.report(printer);
                Err(error.to_string())
            }
        }
    })
}

/// A sweep that has been told.
struct Told {
    status: ExitStatus,
    zone: Label,
    began: SystemTime,
    figures: Figures,
}

/// One sweep, from the files to what is printed. `known` is what the last one has found, where it is not the first; `stop`
/// is true once somebody asked to stop, where there is more than one.
async fn once(
    args: &SweepArgs,
    settings: &Settings,
    printer: &Printer,
    known: &mut Option<BTreeSet<FindingId>>,
    stop: Option<watch::Receiver<bool>>,
) -> Result<Told, CliError> {
    let workspace = Workspace::load(settings)?;
    workspace.check_accounts(&args.accounts)?;
    if known.is_none() {
        tell(printer, &workspace.loaded().warnings);
    }
    let hold = match args.repair {
        true => {
            args.change.check(&workspace, printer)?;
            Some(workspace.hold()?)
        }
        false => None,
    };
    let request = SweepRequest { only: &args.accounts, authors: args.cloud_trail };
    let work = async |zone: &OpenZone<'_>| {
        let swept = match &hold {
            Some(hold) => repair(zone, hold, &request, args.change.options(settings), stop).await?,
            None => RepairedZone { swept: sweep(zone, &request, stop).await?, repaired: None },
        };
        Ok((swept, zone.effort(), zone.sessions().caller().clone()))
    };
    let access = if args.repair { Access::Changes } else { Access::Reads };
    let (mut swept, effort, caller) = workspace.reach(settings, access, printer, work).await?;
    drop(hold);
    tell_sweep(&mut swept, &args.reports, &caller, known, printer)?;
    Ok(Told {
        status: status(&swept, args.fail_on),
        zone: workspace.loaded().zone.name.clone(),
        began: swept.swept.sweep.at,
        figures: Figures::of(&swept.swept.sweep, effort),
    })
}
