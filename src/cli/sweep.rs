//! `lz sweep`

use std::collections::BTreeSet;
use std::time::SystemTime;

use clap::Args;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::apply::{ChangeArgs, Work, needs_first};
use super::error::{CliError, ExitStatus, tell};
use super::journal::{self, OpenJournal};
use super::settings::Settings;
use super::sweep_every::{self, EveryArgs, Sweeps};
use super::sweep_reports::ReportArgs;
use super::workspace::{Workspace, runtime};
use crate::apply::{Outcome, Pins, Report};
use crate::discover::Live;
use crate::intent::intent;
use crate::journal::State;
use crate::kinds::{Owner, Scope};
use crate::monitor::OnStop;
use crate::plan::Selection;
use crate::reconcile::Reconciler;
use crate::report::{sweep_document, sweep_text};
use crate::sweep::{Class, Effort, Figures, Finding, FindingId, Severity, Sweeping, Swept, Tally, sweep};
use crate::trail::{ask, questions};
use crate::ui::{Output, Printer};
use crate::values::{AccountId, Label};

/// The command that a repair is called in the journal.
const REPAIR: &str = "sweep --repair";
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
struct Looked {
    /// What is not as it was asked for.
    swept: Swept,
    /// What a lock learns from it.
    pins: Pins,
}

/// What a repair has done.
struct Repaired {
    report: Report,
    /// What was found before, and is not found any more.
    mended: Vec<Finding>,
}

pub fn run(args: &SweepArgs, settings: &Settings, printer: &Printer) -> Result<ExitStatus, CliError> {
    if !args.repair && args.change != ChangeArgs::default() {
        return Err(CliError::Usage {
            message: "a sweep that repairs nothing changes nothing, and has nothing to ask".to_owned(),
            hint: "add --repair, or leave the options about changes away",
        });
    }
    let Some(every) = args.every.every else {
        let told = runtime(settings.twin)?.block_on(once(args, settings, printer, &mut None, None))?;
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
    let sweeper = Sweeper { args, workspace: &workspace, settings, printer };
    let work = async |reconciler: &Reconciler<'_>| {
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
    let (swept, repaired, effort, caller) = workspace.reach(settings, args.change.strangers(), work).await?;
    drop(held);
    sweeper.tell(&swept, repaired.as_ref(), &caller, known)?;
    Ok(Told {
        status: sweeper.status(&swept, repaired.as_ref().map(|repaired| &repaired.report)),
        zone: workspace.loaded.zone.name.clone(),
        began: swept.sweep.at,
        figures: Figures::of(&swept.sweep, effort),
    })
}

/// Does what changes nothing, and drops it where somebody asks to stop.
async fn unless_stopped<T>(
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

struct Sweeper<'a> {
    args: &'a SweepArgs,
    workspace: &'a Workspace,
    settings: &'a Settings,
    printer: &'a Printer,
}

impl Sweeper<'_> {
    /// One sweep: looks at AWS, and says what is not as it was asked for.
    async fn look(&self, reconciler: &Reconciler<'_>, journal: &State) -> Result<Looked, CliError> {
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
        })?;
        if self.args.cloud_trail {
            self.name_authors(reconciler, &live, &mut swept).await?;
        }
        Ok(Looked { swept, pins: reconciler.pins(&plan, &live, journal) })
    }

    /// Asks CloudTrail who did what was found. An account that can't be asked is told, and is no failure.
    async fn name_authors(&self, reconciler: &Reconciler<'_>, live: &Live, swept: &mut Swept) -> Result<(), CliError> {
        let (zone, desired) = (&self.workspace.loaded.zone.name, &self.workspace.desired);
        let questions = questions(zone, desired, live, reconciler.evidence(), swept.sweep.findings.iter())?;
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

    /// Mends what lz can, and sweeps again. Where nothing is to be mended the first sweep stands.
    async fn repair(
        &self,
        reconciler: &Reconciler<'_>,
        first: Swept,
        pins: &Pins,
        stop: Option<watch::Receiver<bool>>,
    ) -> Result<(Swept, Option<Repaired>), CliError> {
        let Self { workspace, settings, printer, .. } = *self;
        if first.sweep.findings.is_empty() && first.sweep.suppressed.is_empty() {
            workspace.write_lock(&reconciler.with_pins(&workspace.loaded.lock, pins.clone()))?;
            return Ok((first, None));
        }
        let journal = OpenJournal::open(workspace, settings, reconciler, REPAIR).await?;
        let report = self.mend(reconciler, &journal, &first, stop).await;
        // The zone is given back whatever became of it: the next sweep may be hours away.
        journal.close(printer).await?;
        let Some(report) = report? else {
            workspace.write_lock(&reconciler.with_pins(&workspace.loaded.lock, pins.clone()))?;
            return Ok((first, None));
        };
        let by_now = journal::contents(workspace, settings).await?;
        let Looked { swept: second, .. } = self.look(reconciler, &by_now.state).await?;
        let is_left = |finding: &Finding| second.sweep.findings.iter().any(|left| left.id == finding.id);
        let mended = first.sweep.findings.into_iter().filter(|finding| !is_left(finding)).collect();
        Ok((second, Some(Repaired { report, mended })))
    }

    /// Brings what is built back to what the files say; gives what became of it, where there was anything to do.
    async fn mend(
        &self,
        reconciler: &Reconciler<'_>,
        journal: &OpenJournal,
        first: &Swept,
        stop: Option<watch::Receiver<bool>>,
    ) -> Result<Option<Report>, CliError> {
        let Self { workspace, settings, printer, args } = *self;
        let before = journal.recorder.journal().look(State::clone);
        let live = unless_stopped(stop, workspace.discover(reconciler, &before, printer)).await?;
        let whole = reconciler.plan(&live)?;
        let wanted = |scope: &&Scope| !first.unbuilt.contains(scope) && self.is_asked_for(scope);
        let scopes: BTreeSet<Scope> =
            whole.changes.values().map(|change| &change.scope).filter(wanted).cloned().collect();
        if scopes.is_empty() {
            return Ok(None);
        }
        let selection = Selection::Scopes(scopes.clone());
        needs_first(&whole, &selection)?;
        let scopes: Vec<Scope> = scopes.into_iter().collect();
        let work = Work { command: REPAIR, args: &args.change, workspace, settings, printer };
        let (report, _) = work.carry_out(reconciler, journal, &whole.only(&selection), &live, &scopes).await?;
        Ok(Some(report))
    }

    fn is_asked_for(&self, scope: &Scope) -> bool {
        let home = match scope {
            Scope::Organization => Owner::Management,
            Scope::Hub => Owner::Account(self.workspace.loaded.zone.transit_gateway.account.clone()),
            Scope::Workload(name) => Owner::Account(name.clone()),
        };
        self.args.accounts.is_empty() || self.args.accounts.contains(&home)
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
            printer.status(&format!("swept: as before, {} findings", found.len()));
            return Ok(());
        }
        for note in &swept.notes {
            printer.status(note);
        }
        let mut text = sweep_text(&swept.sweep, printer.palette());
        let mut document = sweep_document(&swept.sweep, &swept.network);
        if let Some(repaired) = repaired {
            text = format!("{}{text}", repaired.text());
            document["repair"] = repaired.document()?;
        }
        printer.result(&text, &document)?;
        for scope in repaired.iter().flat_map(|repaired| &repaired.report.scopes) {
            if let Some(error) = &scope.error {
                printer.error(&format!("{}: {error}", scope.scope), None);
            }
        }
        Ok(())
    }

    /// Whoever could not look everywhere has not found that all is well.
    fn status(&self, swept: &Swept, report: Option<&Report>) -> ExitStatus {
        let findings = &swept.sweep.findings;
        let is_done = |report: &Report| matches!(report.outcome, Outcome::Applied | Outcome::Unchanged);
        if report.is_some_and(|report| report.interrupted) {
            ExitStatus::Interrupted
        } else if report.is_some_and(|report| !is_done(report)) {
            ExitStatus::Failed
        } else if findings.iter().any(|finding| finding.severity >= self.args.fail_on) {
            ExitStatus::Differences
        } else if findings.iter().any(|finding| finding.class == Class::Unreachable) {
            ExitStatus::Failed
        } else {
            ExitStatus::Done
        }
    }
}

impl Repaired {
    fn text(&self) -> String {
        let mended = self.mended.iter().map(|finding| format!("  {}: {}\n", finding.owner, finding.sentence));
        format!("Mended:\n{}\n", mended.collect::<String>())
    }

    fn document(&self) -> Result<Value, CliError> {
        let report = serde_json::to_value(&self.report).map_err(|error| CliError::Process(error.to_string()))?;
        let mended: Vec<&str> = self.mended.iter().map(|finding| finding.id.as_str()).collect();
        Ok(json!({ "mended": mended, "run": report }))
    }
}
