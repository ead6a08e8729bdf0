//! `lz lock`

use clap::Args;
use serde_json::json;

use super::error::{CliError, ExitStatus};
use super::forget::ForgetArgs;
use super::settings::Settings;
use super::workspace::{Access, Workspace};
use crate::operate::{self, Machine, OperateError};
use crate::report::{DocumentName, lock_document, lock_text, rebuilt_text};
use crate::ui::{Output, Printer};

/// Show what lz.lock pins: which zone this is, its accounts, ranges, and AWS's ids of what is costly to lose.
///
/// With --rebuild: look at AWS, show what would be pinned and how that is known, and write it after asking. Resources are
/// looked for as if none was pinned. Nothing in AWS is changed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lz lock                                      what is pinned
  lz lock --output json
  lz lock --rebuild                            show what would be pinned, ask, write
  lz lock --rebuild --yes                      do not ask
  lz --twin lock                               what is pinned of the simulated AWS")]
pub struct LockArgs {
    /// Make the lock anew from what AWS shows.
    #[arg(long)]
    rebuild: bool,

    /// Do not ask.
    #[arg(long, short, requires = "rebuild")]
    yes: bool,

    #[command(flatten)]
    forget: ForgetArgs,
}

pub fn run(args: &LockArgs, settings: &Settings, printer: &Printer) -> Result<ExitStatus, CliError> {
    if args.rebuild {
        return rebuild(args, settings, printer);
    }
    if args.forget.forgets() {
        return Err(CliError::Usage {
            message: "the lock is only shown, and nothing of it is forgotten".to_owned(),
            hint: "add --rebuild to make it anew",
        });
    }
    let workspace = Workspace::load(settings)?;
    let lock = workspace.machine.written_lock()?;
    let document = lock_document(&lock).map_err(|error| CliError::Process(error.to_string()))?;
    printer.result(DocumentName::Lock, &lock_text(&lock, printer.palette()), &document)?;
    Ok(ExitStatus::Done)
}

fn rebuild(args: &LockArgs, settings: &Settings, printer: &Printer) -> Result<ExitStatus, CliError> {
    let workspace = Workspace::load_with(settings, &args.forget)?;
    let hold = workspace.hold()?;
    let relocked =
        workspace.on_aws(settings, Access::Reads, printer, async |zone| operate::rebuild_lock(zone, &hold).await)?;
    for problem in &relocked.unread {
        printer.error(format!("{problem}; what is pinned of it stays"), None);
    }
    let text = rebuilt_text(&relocked.rebuilt, printer.palette());
    let is_asked = !args.yes && printer.can_ask() && relocked.differs();
    if is_asked {
        printer.status(rebuilt_text(&relocked.rebuilt, printer.talk_palette()));
        if !printer.ask("Write this into lz.lock?")? {
            return Err(OperateError::Declined.into());
        }
    }
    let is_written = args.yes || is_asked;
    if is_written {
        operate::keep_lock(&workspace.machine, &hold, &workspace.declared, &relocked)?;
    }
    let document = json!({
        "changes": relocked.rebuilt.changes,
        "unchanged": relocked.rebuilt.unchanged,
        "unread": relocked.unread,
        "written": is_written && relocked.differs(),
    });
    // Whoever was asked has seen it.
    if !is_asked || printer.output() == Output::Json {
        printer.result(DocumentName::LockRebuild, &text, &document)?;
    }
    if !is_written && relocked.differs() {
        printer.status("nothing was written: add --yes to write it");
    }
    Ok(if relocked.unread.is_empty() { ExitStatus::Done } else { ExitStatus::Failed })
}
