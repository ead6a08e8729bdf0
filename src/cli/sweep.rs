//! `lz sweep`

use std::collections::BTreeSet;
use std::time::SystemTime;

use clap::Args;
use tokio::sync::watch;

use super::apply::ChangeArgs;
use super::error::{CliError, ExitStatus, tell};
use super::journal;
use super::settings::Settings;
use super::sweep_every::{self, EveryArgs, Sweeps};
use super::sweep_repair::Repaired;
use super::sweep_reports::ReportArgs;
use super::workspace::{Access, Workspace, run_on, runtime};
use crate::apply::Pins;
use crate::discover::Live;
use crate::intent::intent;
use crate::journal::State;
use crate::kinds::Owner;
use crate::monitor::OnStop;
use crate::plan::Authority;
use crate::reconcile::Reconciler;
use crate::report::{sweep_document, sweep_text};
use crate::sweep::{Class, Effort, Figures, FindingId, Remedy, Severity, Sweeping, Swept, Tally, sweep};
use crate::text::text;
use crate::trail::{ask, questions};
use crate::ui::{Call, Output, Printer};
use crate::values::{AccountId, Label};

/// What stands for the organization's management account.
const MANAGEMENT: &str = "management";

/// Say what in AWS is not as the files ask for it: what is missing, changed, weakened or unexpected, and which invariants the
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

fn parse_account(text: &str) -> Result<Owner, String> {
    match text {
        MANAGEMENT => Ok(Owner::Management),
        name => Label::parse(name).map(Owner::Account).map_err(|error| error.to_string()),
    }
}

fn parse_severity(text: &str) -> Result<Severity, String> {
    let known = Severity::ALL.iter().find(|severity| severity.as_str() == text);
    known.copied().ok_or_else(|| {
        let words: Vec<&str> = Severity::ALL.iter().map(|severity| severity.as_str()).collect();
        format!("it is one of: {}", words.join(", "))
    })
}

/// A look at AWS.
pub struct Looked {
    /// What is not as it was asked for.
    pub swept: Swept,
    /// What a lock learns from it.
    pub pins: Pins,
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
    check_accounts(&args.accounts, &workspace)?;
    if !settings.twin {
        runtime(false)?.block_on(workspace.connect(settings))?;
    }
    let sweeps = Sweeps {
        zone: &workspace.loaded.zone.name,
        every,
        listen: args.every.listen,
        on_stop: if args.repair { OnStop::Awaited } else { OnStop::Abandoned },
        reports: &args.reports,
    };
    let mut known = None;
    sweep_every::run(&sweeps, settings, printer, async |stop| {
        match once(args, settings, printer, &mut known, Some(stop)).await {
            Ok(told) => Ok(told.figures),
            Err(error @ CliError::Declined) => Err(error.to_string()),
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
    check_accounts(&args.accounts, &workspace)?;
    if known.is_none() {
        tell(printer, &workspace.loaded.warnings);
    }
    let held = match args.repair {
        true => {
            args.change.check(&workspace, printer)?;
            Some(workspace.hold()?)
        }
        false => None,
    };
    let access = if args.repair { Access::Changes } else { Access::Reads };
    let sweeper = Sweeper { args, workspace: &workspace, settings, printer };
    let work = async |reconciler: &Reconciler<'_>| {
        // A sweep judges, and mends, one resource by one.
        let reconciler = &reconciler.clone().with_authority(Authority::Repair);
        let clock = reconciler.sessions().clock();
        let journal = journal::contents(&workspace, settings).await?;
        workspace.settle(reconciler, &journal.state, printer).await;
        let Looked { swept, pins } = unless_stopped(stop.clone(), sweeper.look(reconciler, &journal.state)).await?;
        let (swept, repaired) = match args.repair {
            true => sweeper.repair(reconciler, swept, &pins, stop).await?,
            false => (swept, None),
        };
        let counts = reconciler.sessions().counts();
        let effort = Effort { duration: clock.elapsed(), calls: counts.api_calls, throttled: counts.throttled };
        Ok((swept, repaired, effort, reconciler.sessions().caller().clone()))
    };
    let (swept, repaired, effort, caller) = workspace.reach(settings, access, args.change.strangers(), work).await?;
    drop(held);
    sweeper.tell(&swept, repaired.as_ref(), &caller, known)?;
    Ok(Told {
        status: sweeper.status(&swept, repaired.as_ref().is_some_and(|repaired| repaired.report.interrupted)),
        zone: workspace.loaded.zone.name.clone(),
        began: swept.sweep.at,
        figures: Figures::of(&swept.sweep, effort),
    })
}

/// Does what changes nothing, and drops it where somebody asks to stop.
pub async fn unless_stopped<T>(
    stop: Option<watch::Receiver<bool>>,
    look: impl Future<Output = Result<T, CliError>>,
) -> Result<T, CliError> {
    let asked = async {
        match stop {
            Some(mut stop) => drop(stop.wait_for(|asked| *asked).await),
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        () = asked => Err(CliError::Declined),
        looked = look => looked,
    }
}

fn check_accounts(accounts: &[Owner], workspace: &Workspace) -> Result<(), CliError> {
    let known = &workspace.loaded.zone.accounts;
    let unknown = accounts.iter().find_map(|owner| match owner {
        Owner::Account(name) if !known.contains_key(name) => Some(name),
        _ => None,
    });
    let Some(name) = unknown else { return Ok(()) };
    let known: Vec<&str> = known.keys().map(Label::as_str).collect();
    Err(CliError::Usage {
        message: format!("there is no account `{name}`; there are {} and {MANAGEMENT}", known.join(", ")),
        hint: "an account is a file in accounts/, named by it: accounts/payments-prod.toml",
    })
}

/// A remedy whose commands can be pasted: they work on the zone, and the AWS, that was swept.
fn whole(remedy: &Remedy, call: &Call) -> Remedy {
    match remedy {
        Remedy::Command(command) => {
            Remedy::Command(command.strip_prefix("lz ").map_or_else(|| command.clone(), |rest| call.with(rest)))
        }
        Remedy::Manual(step) => Remedy::Manual(call.complete(step)),
    }
}

/// A sweep at work.
pub struct Sweeper<'a> {
    args: &'a SweepArgs,
    /// The zone.
    pub workspace: &'a Workspace,
    /// How lz was called.
    pub settings: &'a Settings,
    /// Who is told.
    pub printer: &'a Printer,
}

impl Sweeper<'_> {
    /// How AWS is changed by a repair.
    pub fn change(&self) -> &ChangeArgs {
        &self.args.change
    }

    /// The accounts that the sweep is about; all where none are named.
    pub fn accounts(&self) -> &[Owner] {
        &self.args.accounts
    }

    /// One sweep: looks at AWS, and says what is not as it was asked for.
    pub async fn look(&self, reconciler: &Reconciler<'_>, journal: &State) -> Result<Looked, CliError> {
        let zone = &self.workspace.loaded.zone;
        let at = reconciler.time_source()();
        let only: BTreeSet<Owner> = self.args.accounts.iter().cloned().collect();
        let live = match only.is_empty() {
            true => reconciler.discover().await?,
            false => reconciler.discover_only(self.looked_into(&only)).await?,
        };
        let plan = reconciler.drift(&live)?;
        let mut swept = sweep(&Sweeping {
            zone,
            desired: &self.workspace.desired,
            intent: &intent(zone),
            live: &live,
            plan: &plan,
            evidence: reconciler.evidence(),
            accounts: &reconciler.account_ids(&live),
            only: (!only.is_empty()).then_some(&only),
            suppressions: &self.workspace.loaded.suppressions,
            at,
        });
        if self.args.cloud_trail {
            self.name_authors(reconciler, &live, &mut swept).await?;
        }
        let call = self.printer.call();
        let suppressed = swept.sweep.suppressed.iter_mut().map(|(finding, _)| finding);
        for finding in swept.sweep.findings.iter_mut().chain(suppressed) {
            finding.remedy = whole(&finding.remedy, call);
        }
        Ok(Looked { swept, pins: reconciler.pins(&plan, &live, journal) })
    }

    /// Asks CloudTrail who did what was found. An account that can't be asked is told, and is no failure.
    async fn name_authors(&self, reconciler: &Reconciler<'_>, live: &Live, swept: &mut Swept) -> Result<(), CliError> {
        let (zone, desired) = (&self.workspace.loaded.zone.name, &self.workspace.desired);
        let questions = questions(zone, desired, live, reconciler.evidence(), swept.sweep.findings.iter());
        let mut answers = ask(reconciler.sessions(), &questions).await;
        for finding in &mut swept.sweep.findings {
            finding.by = answers.authors.remove(&finding.id);
        }
        let refused = answers.refused.into_iter();
        swept.notes.extend(refused.map(|(account, error)| format!("CloudTrail can't be asked in {account}: {error}")));
        Ok(())
    }

    fn looked_into(&self, only: &BTreeSet<Owner>) -> BTreeSet<Label> {
        let named = only.iter().filter_map(|owner| match owner {
            Owner::Account(name) => Some(name.clone()),
            Owner::Management => None,
        });
        named.chain([self.workspace.loaded.zone.transit_gateway.account.clone()]).collect()
    }

    /// Prints a sweep and writes its files. People are told what is new only.
    fn tell(
        &self,
        swept: &Swept,
        repaired: Option<&Repaired>,
        caller: &AccountId,
        known: &mut Option<BTreeSet<FindingId>>,
    ) -> Result<(), CliError> {
        let printer = self.printer;
        self.args.reports.write(&swept.sweep, caller)?;
        let found: BTreeSet<FindingId> = swept.sweep.findings.iter().map(|finding| finding.id.clone()).collect();
        let is_known = known.replace(found.clone()).is_some_and(|known| known == found);
        if is_known && repaired.is_none() && printer.output() == Output::Human {
            printer.status(format!("swept: as before, {} findings", found.len()));
            return Ok(());
        }
        for note in &swept.notes {
            printer.status(note);
        }
        let mut text = sweep_text(&swept.sweep, printer.palette());
        let mut document = sweep_document(&swept.sweep, &swept.network);
        if let Some(repaired) = repaired {
            text = text!("{}{}", repaired.text(), text);
            document["repair"] = repaired.document()?;
        }
        printer.result(&text, &document)?;
        if let Some(repaired) = repaired {
            repaired.tell(printer);
        }
        Ok(())
    }

    /// Whoever could not look everywhere has not found that all is well. After a repair it is what is left that counts.
    fn status(&self, swept: &Swept, interrupted: bool) -> ExitStatus {
        let findings = &swept.sweep.findings;
        if interrupted {
            ExitStatus::Interrupted
        } else if findings.iter().any(|finding| finding.severity >= self.args.fail_on) {
            ExitStatus::Differences
        } else if findings.iter().any(|finding| finding.class == Class::Unreachable) {
            ExitStatus::Failed
        } else {
            ExitStatus::Done
        }
    }
}
