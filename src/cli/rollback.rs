//! `lz rollback`

use clap::Args;

use super::apply::{ChangeArgs, executing, show};
use super::error::{CliError, ExitStatus, tell};
use super::journal::OpenJournal;
use super::next::{Next, after_rollback, call_of};
use super::settings::Settings;
use super::workspace::{Access, Workspace};
use crate::apply::{Outcome, ScopeOutcome, ScopeReport};
use crate::journal::State;
use crate::journal::record::{Ending, RunEnded};
use crate::journal::state::Run;
use crate::kinds::Scope;
use crate::plan::{Plan, Strangers};
use crate::text::text;
use crate::ui::{Printer, Progress};

/// Undo what a run has left unfinished: what it made is deleted, what it changed is given back, newest first. What the run did
/// not touch, or another run has changed since, is left alone.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lz rollback                                   undo what the last run has left
  lz rollback 20261121T233818Z-0a1b2c --yes")]
pub struct RollbackArgs {
    /// The run, by its name; the last one, without it.
    #[arg(value_name = "RUN")]
    run: Option<String>,

    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
}

pub fn run(args: &RollbackArgs, settings: &Settings, printer: &Printer) -> Result<ExitStatus, CliError> {
    if !args.yes && !printer.can_ask() {
        return Err(CliError::Usage {
            message: "there is nobody to ask whether the run may be undone".to_owned(),
            hint: "add --yes to undo it without asking, or look first with `lz history`",
        });
    }
    let workspace = Workspace::load(settings)?;
    let _held = workspace.hold()?;
    tell(printer, &workspace.loaded.warnings);
    let (undone, report) = workspace.on_aws(settings, Access::Changes, Strangers::Kept, async |reconciler| {
        let work = async |journal: &OpenJournal| {
            let before = journal.recorder.journal().look(State::clone);
            let (run, scopes) = unfinished(&before, args.run.as_deref())?;
            let names: Vec<String> = scopes.iter().map(Scope::to_string).collect();
            let question = format!("Undo what run {run} has done to {}?", names.join(", "));
            if !args.yes && !printer.ask_meanwhile(&question).await? {
                return Err(CliError::Declined);
            }
            workspace.write_lock(&workspace.loaded.lock)?;
            reconciler.settle().await;
            let progress = Progress::new(printer, &Plan::empty(workspace.loaded.zone.name.clone()));
            let options = ChangeArgs::default();
            let report = executing(&workspace, journal, "rollback", &options, settings, progress, async |applying| {
                reconciler.undo(&run, &scopes, &applying).await
            })
            .await?;
            workspace.write_lock(&reconciler.pinned(&workspace.loaded.lock, &report))?;
            Ok((run, report))
        };
        OpenJournal::with(&workspace, settings, reconciler, "rollback", printer, work).await
    })?;
    let next = after_rollback(&call_of(settings), &report, &undone);
    show(&report, next.as_ref(), &workspace, printer)?;
    for ScopeReport { scope, outcome, error, .. } in &report.scopes {
        let said = format!("{scope}: {}", error.as_deref().unwrap_or_default());
        match outcome {
            ScopeOutcome::RolledBack => printer.status(&said),
            _ => printer.error(&said, None),
        }
    }
    if let Some(Next { go_on, .. }) = next {
        printer.status(text!("not everything is undone\n  when the cause is mended, to go on: {}", go_on));
    }
    Ok(if report.outcome == Outcome::RolledBack { ExitStatus::Done } else { ExitStatus::Failed })
}

fn was_refused(run: &Run) -> bool {
    let all_refused = |end: &RunEnded| end.scopes.iter().all(|one| one.ending == Ending::Refused);
    run.ended.as_ref().is_some_and(|end| !end.scopes.is_empty() && all_refused(end))
}

/// The run that is meant, and its scopes that are not settled.
fn unfinished(journal: &State, wanted: Option<&str>) -> Result<(String, Vec<Scope>), CliError> {
    let run = match wanted {
        Some(name) => journal.run(name).ok_or_else(|| CliError::Usage {
            message: format!("there is no run {name} that has left something unfinished"),
            hint: "`lz history` lists the runs",
        })?,
        // A run that was refused has begun nothing: the one before it is the last that did.
        None => journal.runs().iter().rev().find(|run| !was_refused(run)).ok_or_else(|| CliError::Usage {
            message: "no run has changed this zone from here".to_owned(),
            hint: "`lz history` lists the runs",
        })?,
    };
    let settled = |scope: &Scope| {
        let ended = |end: &RunEnded| end.scopes.iter().any(|one| one.scope == *scope && one.ending.stands());
        run.ended.as_ref().is_some_and(ended)
    };
    let scopes: Vec<Scope> = run.started.scopes.iter().filter(|scope| !settled(scope)).cloned().collect();
    if scopes.is_empty() {
        return Err(CliError::Usage {
            message: format!("run {} has left nothing unfinished", run.started.run),
            hint: "what was finished is changed by changing the files, and applying them",
        });
    }
    Ok((run.started.run.clone(), scopes))
}
