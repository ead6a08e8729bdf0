//! `lz rollback`

use clap::Args;

use super::error::{CliError, ExitStatus, tell};
use super::next::{Next, after_rollback, call_of};
use super::ran::show;
use super::settings::Settings;
use super::workspace::{Access, Workspace};
use crate::apply::{Outcome, ScopeOutcome, ScopeReport};
use crate::operate::{self, Consent, RollbackRequest};
use crate::text::text;
use crate::ui::Printer;

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
    let hold = workspace.hold()?;
    tell(printer, &workspace.loaded().warnings);
    let request = RollbackRequest {
        run: args.run.as_deref(),
        consent: if args.yes { Consent::Given } else { Consent::Asked },
        parallelism: settings.parallelism,
    };
    let done = workspace
        .on_aws(settings, Access::Changes, printer, async |zone| operate::rollback(zone, &hold, &request).await)?;
    let (next, report) = (after_rollback(&call_of(settings), &done), &done.report);
    show(report, next.as_ref(), &workspace, printer)?;
    for one @ ScopeReport { scope, outcome, .. } in &report.scopes {
        let said = format!("{scope}: {}", one.error().unwrap_or_default());
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
