//! `lz lock`

use clap::Args;
use serde_json::json;

use super::error::{CliError, ExitStatus};
use super::forget::ForgetArgs;
use super::journal;
use super::settings::Settings;
use super::workspace::{Access, Workspace};
use crate::discover::Live;
use crate::plan::Strangers;
use crate::report::{lock_document, lock_text, rebuilt_text};
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
    let lock = workspace.written_lock()?;
    let document = lock_document(&lock).map_err(|error| CliError::Process(error.to_string()))?;
    printer.result(&lock_text(&lock, printer.palette()), &document)?;
    Ok(ExitStatus::Done)
}

fn rebuild(args: &LockArgs, settings: &Settings, printer: &Printer) -> Result<ExitStatus, CliError> {
    let workspace = Workspace::load_with(settings, &args.forget)?;
    let _held = workspace.hold()?;
    let before = workspace.written_lock()?;
    let (rebuilt, unread) = workspace.on_aws(settings, Access::Reads, Strangers::Kept, async |reconciler| {
        let journal = journal::contents(&workspace, settings).await?;
        let live = workspace.discover(reconciler, &journal.state, printer).await?;
        Ok((reconciler.rebuild(&before, &workspace.loaded.lock, &live)?, unread(&live)))
    })?;
    for problem in &unread {
        printer.error(format!("{problem}; what is pinned of it stays"), None);
    }
    let text = rebuilt_text(&rebuilt, printer.palette());
    let is_asked = !args.yes && printer.can_ask() && rebuilt.lock != before;
    if is_asked {
        printer.status(rebuilt_text(&rebuilt, printer.talk_palette()));
        if !printer.ask("Write this into lz.lock?")? {
            return Err(CliError::Declined);
        }
    }
    let is_written = args.yes || is_asked;
    if is_written {
        workspace.write_lock(&rebuilt.lock)?;
    }
    let document = json!({
        "changes": rebuilt.changes,
        "unchanged": rebuilt.unchanged,
        "unread": unread,
        "written": is_written && rebuilt.lock != before,
    });
    // Whoever was asked has seen it.
    if !is_asked || printer.output() == Output::Json {
        printer.result(&text, &document)?;
    }
    if !is_written && rebuilt.lock != before {
        printer.status("nothing was written: add --yes to write it");
    }
    Ok(if unread.is_empty() { ExitStatus::Done } else { ExitStatus::Failed })
}

/// What could not be read, each in a sentence.
fn unread(live: &Live) -> Vec<String> {
    let accounts = live.unreadable.iter().map(|(name, reason)| format!("account {name} can't be read: {reason}"));
    let kinds = live.unread_kinds.iter().flat_map(|(owner, kinds)| {
        kinds.iter().map(move |(kind, reason)| format!("{} can't be read in {owner}: {reason}", kind.as_str()))
    });
    accounts.chain(kinds).collect()
}
