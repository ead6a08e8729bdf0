//! What `bootstrap` and `onboard-workload` share: plan, ask, apply, report.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;

use super::error::{CliError, ExitStatus, tell};
use super::journal::{self, OpenJournal};
use super::next::{Next, after_apply, call_of};
use super::proof::{Proof, ProofArgs};
use super::settings::Settings;
use super::workspace::{Access, Workspace};
use crate::apply::{Outcome, Report, ScopeOutcome, ScopeReport};
use crate::discover::Live;
use crate::graph::Address;
use crate::journal::history::applied;
use crate::journal::{JournalError, State};
use crate::kinds::{KindName, Scope};
use crate::plan::file::{Confirmed, PlanFile, first_difference};
use crate::plan::{Action, Change, Plan, Selection, Strangers};
use crate::reconcile::{Applying, Reconciler};
use crate::report::{Estimate, Places, plan_text, report_text};
use crate::text::{Text, text};
use crate::ui::{Printer, Progress};

/// What becomes of what nobody asked for.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub struct RemovalArgs {
    /// Delete what nobody asked for inside what lz manages, such as a route added by hand or no longer in the files;
    /// without this it is told, and left.
    #[arg(long)]
    allow_removals: bool,
}

impl RemovalArgs {
    /// As planning takes it.
    pub fn strangers(&self) -> Strangers {
        if self.allow_removals { Strangers::Removed } else { Strangers::Kept }
    }
}

/// How AWS is changed.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub struct ChangeArgs {
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,

    /// Leave a scope that fails as it is, for a look.
    #[arg(long)]
    no_rollback: bool,

    #[command(flatten)]
    removals: RemovalArgs,

    #[command(flatten)]
    proof: ProofArgs,
}

impl ChangeArgs {
    /// Refuses to begin what nobody could be asked about, or what breaks invariants that nobody insists may be broken.
    pub fn check(&self, workspace: &Workspace, printer: &Printer) -> Result<(), CliError> {
        if !self.yes && !printer.can_ask() {
            return Err(CliError::Usage {
                message: "there is nobody to ask whether the plan may be applied".to_owned(),
                hint: "add --yes to apply without asking, or look first with `lz plan`",
            });
        }
        Proof::of(&self.proof, workspace)?.tell(printer);
        Ok(())
    }

    /// True where somebody is asked before anything is changed.
    pub fn asks(&self) -> bool {
        !self.yes
    }

    /// What becomes of what nobody asked for.
    pub fn strangers(&self) -> Strangers {
        self.removals.strangers()
    }
}

/// Options of the commands that bring scopes to what the files say.
#[derive(Debug, Default, Args)]
pub struct ApplyArgs {
    #[command(flatten)]
    change: ChangeArgs,

    /// Apply exactly the plan kept in a file by `lz plan --out`, as far as it is about this command; refused if the files or
    /// AWS have changed since. What another command has applied of it is no change.
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
}

/// Brings the scopes to what the files say.
pub fn apply(
    command: &str,
    args: &ApplyArgs,
    workspace: &Workspace,
    scopes: Vec<Scope>,
    settings: &Settings,
    printer: &Printer,
) -> Result<ExitStatus, CliError> {
    args.change.check(workspace, printer)?;
    let kept = args.plan.as_ref().map(read_plan).transpose()?;
    let _held = workspace.hold()?;
    tell(printer, &workspace.loaded.warnings);
    workspace.confirm_forgetting(args.change.asks(), printer)?;
    let done = workspace.on_aws(settings, Access::Changes, args.change.strangers(), async |reconciler| {
        let work = async |journal: &OpenJournal| {
            let before = journal.recorder.journal().look(State::clone);
            let applied = match &kept {
                Some(kept) => {
                    applied(&journal::history(workspace, settings).await?, &workspace.loaded.digest, kept.records())
                }
                None => BTreeMap::new(),
            };
            let live = workspace.discover(reconciler, &before, printer).await?;
            let selection = Selection::Scopes(scopes.iter().cloned().collect());
            let part = |live: &Live| {
                let whole = reconciler.plan(live)?;
                needs_first(&whole, &selection)?;
                let (Some(kept), Some(file)) = (&kept, &args.plan) else {
                    return Ok(Confirmed::Left(whole.only(&selection)));
                };
                kept.confirmed(&workspace.loaded.digest, &whole, &selection, &applied)
                    .map_err(|source| CliError::PlanFile { file: file.clone(), source })
            };
            let left = match part(&live)? {
                Confirmed::AppliedAlready { run, .. } => {
                    printer.status(format!("every change of the kept plan is made: applied already by run {run}"));
                    return Ok(None);
                }
                Confirmed::Left(left) => left,
            };
            let again = |live: &Live| part(live).map(Confirmed::into_plan);
            let work = Work { command, args: &args.change, workspace, settings, printer };
            Ok(Some(work.carry_out(reconciler, journal, left, live, &scopes, &again).await?))
        };
        OpenJournal::with(workspace, settings, reconciler, command, printer, work).await
    })?;
    let Some((report, next)) = done else { return Ok(ExitStatus::Done) };
    finish(&report, next.as_ref(), workspace, printer)
}

/// A command that changes AWS, and how it was called.
#[derive(Clone, Copy)]
pub struct Work<'a> {
    /// The command, for the journal.
    pub command: &'a str,
    /// How AWS is changed.
    pub args: &'a ChangeArgs,
    /// The zone.
    pub workspace: &'a Workspace,
    /// How lz was called.
    pub settings: &'a Settings,
    /// Who is told.
    pub printer: &'a Printer,
}

impl Work<'_> {
    /// Does a part of the plan, after asking; gives what became of it, and what can be done about the rest. After a yes it
    /// looks `again`, and goes on only if the part is the one that was shown.
    pub async fn carry_out(
        &self,
        reconciler: &Reconciler<'_>,
        journal: &OpenJournal,
        mut part: Plan,
        mut live: Live,
        scopes: &[Scope],
        again: &dyn Fn(&Live) -> Result<Plan, CliError>,
    ) -> Result<(Report, Option<Next>), CliError> {
        let Self { command, args, workspace, settings, printer } = *self;
        if !part.changes.is_empty() {
            let accounts = reconciler.account_ids(&live);
            let region = &workspace.loaded.zone.region;
            let places = Places { region, accounts: &accounts, desired: &workspace.desired };
            confirm(args, &part, places, printer).await?;
            if args.asks() {
                live = reconciler.discover().await?;
                let shown = std::mem::replace(&mut part, again(&live)?);
                if let Some(difference) = first_difference(&shown, &part, &BTreeMap::new()) {
                    return Err(CliError::ChangedMeanwhile { difference });
                }
            }
            workspace.write_lock(&reconciler.claimed(&workspace.loaded.lock, &live))?;
        }
        let progress = Progress::new(printer, &part);
        let report = executing(workspace, journal, command, args, settings, progress, async |applying| {
            reconciler.apply(&part, &live, scopes, &applying).await
        })
        .await?;
        workspace.write_lock(&reconciler.pinned(&workspace.loaded.lock, &report))?;
        let next = journal.recorder.journal().look(|state| after_apply(&call_of(settings), &report, workspace, state));
        Ok((report, next))
    }
}

fn read_plan(file: &PathBuf) -> Result<PlanFile, CliError> {
    let text = std::fs::read_to_string(file).map_err(|source| CliError::File { file: file.clone(), source })?;
    PlanFile::parse(&text).map_err(|source| CliError::PlanFile { file: file.clone(), source })
}

/// Refuses a part whose changes wait for resources outside of it that are not there, or that decide otherwise than the files
/// whether its attachments come about: who may attach, and who accepts.
fn needs_first(whole: &Plan, selection: &Selection) -> Result<(), CliError> {
    let decides = |change: &Change| matches!(change.kind(), KindName::TransitGateway | KindName::ResourceShare);
    let missing = whole.missing_for(selection);
    let mut absent = Vec::new();
    let mut differing = Vec::new();
    for change in missing.into_values() {
        match change.action() {
            Action::Create | Action::Replace => absent.push(change.address.as_str()),
            Action::Update if decides(change) && !change.is_of_tags_only() => differing.push(change.address.as_str()),
            Action::Update | Action::Delete => {}
        }
    }
    let (what, all) = if absent.is_empty() { ("not as the files say", differing) } else { ("not there", absent) };
    let Some(first) = all.first() else { return Ok(()) };
    let more = if all.len() > 1 { format!(" and {} more", all.len() - 1) } else { String::new() };
    Err(CliError::NeedsFirst { message: format!("what this needs is {what}: {first}{more}") })
}

async fn confirm(args: &ChangeArgs, part: &Plan, places: Places<'_>, printer: &Printer) -> Result<(), CliError> {
    if args.yes {
        return Ok(());
    }
    let estimate = Estimate::of(part)?;
    printer.status(plan_text(part, &estimate, places, printer.talk_palette()));
    if printer.ask_meanwhile("Apply this plan?").await? { Ok(()) } else { Err(CliError::Declined) }
}

/// Does something that changes AWS: with progress, and interruptible.
pub async fn executing(
    workspace: &Workspace,
    journal: &OpenJournal,
    command: &str,
    args: &ChangeArgs,
    settings: &Settings,
    progress: Progress,
    work: impl AsyncFnOnce(Applying<'_>) -> Result<Report, JournalError>,
) -> Result<Report, CliError> {
    let progress = RefCell::new(progress);
    let voice = progress.borrow().voice();
    journal.tenure.begin_changes(move |told| voice.say(told));
    let applying = Applying {
        recorder: &journal.recorder,
        command,
        digest: &workspace.loaded.digest,
        holder: &journal.holder,
        parallelism: settings.parallelism,
        rollback: !args.no_rollback,
        stop: journal.tenure.stopper.subscribe(),
        events: &|event| progress.borrow_mut().show(&event),
    };
    let report = work(applying).await;
    progress.borrow_mut().end();
    Ok(report?)
}

fn finish(
    report: &Report,
    next: Option<&Next>,
    workspace: &Workspace,
    printer: &Printer,
) -> Result<ExitStatus, CliError> {
    show(report, next, workspace, printer)?;
    for ScopeReport { scope, outcome, error, unverified, .. } in &report.scopes {
        if let Some(error) = error {
            let refused = if *outcome == ScopeOutcome::Refused { "refused, and nothing of it was begun: " } else { "" };
            printer.error(format!("{scope}: {refused}{error}"), None);
        }
        if let Some(reason) = unverified {
            printer.warning(format!("{scope} could not be verified: {reason}"));
        }
    }
    if let Some(next) = next {
        printer.status(closing(report, next));
    }
    Ok(match report.outcome {
        _ if report.interrupted => ExitStatus::Interrupted,
        Outcome::Applied | Outcome::Unchanged => ExitStatus::Done,
        Outcome::RolledBack | Outcome::Partial | Outcome::Failed => ExitStatus::Failed,
    })
}

/// The result of a run, with what can be done about what it has not finished.
pub fn show(report: &Report, next: Option<&Next>, workspace: &Workspace, printer: &Printer) -> Result<(), CliError> {
    let failed = |error: serde_json::Error| CliError::Process(error.to_string());
    let mut document = serde_json::to_value(report).map_err(failed)?;
    document["next"] = serde_json::to_value(next).map_err(failed)?;
    Ok(printer.result(&report_text(report, &workspace.loaded.zone, printer.palette()), &document)?)
}

/// What is left, and the commands that can be typed now.
fn closing(report: &Report, next: &Next) -> Text {
    let kept: Vec<&str> = report.scopes.iter().flat_map(|scope| &scope.kept).map(Address::as_str).collect();
    let left = match kept.as_slice() {
        [] => "nothing is left of what failed".to_owned(),
        kept => format!("nothing is left of what failed but {}", kept.join(", ")),
    };
    let is_rolled_back = |scope: &&ScopeReport| scope.outcome == ScopeOutcome::RolledBack;
    let rolled_back = report.scopes.iter().filter(is_rolled_back);
    let left = match rolled_back.filter_map(|scope| scope.unverified.as_ref()).next() {
        Some(_) => "it is not known what is left of what failed".to_owned(),
        None => left,
    };
    let refused = report.scopes.iter().any(|scope| scope.outcome == ScopeOutcome::Refused);
    let only_refused =
        refused && report.unfinished().next().is_none() && !report.scopes.iter().any(|scope| is_rolled_back(&scope));
    let left = if only_refused { "nothing was begun of what was refused".to_owned() } else { left };
    let (state, when) = match (report.interrupted, &next.undo) {
        (true, Some(_)) => ("interrupted: what was begun is kept", "to go on"),
        (true, None) => ("interrupted: nothing was begun that is left", "to go on"),
        (false, Some(_)) => ("what was done is kept", "when the cause is mended, to go on"),
        (false, None) => (left.as_str(), "when the cause is mended, to try again"),
    };
    let undo = next.undo.as_ref().map(|undo| text!("\n  to undo what is left: {}", undo)).unwrap_or_default();
    text!("{}\n  {}: {}{}", state, when, next.go_on, undo)
}
