//! `lz snapshot`

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::error::{CliError, ExitStatus};
use super::settings::Settings;
use super::workspace::{Access, Workspace};
use crate::operate;
use crate::report::DocumentName;
use crate::snapshot::{self, Recorded};
use crate::text::text;
use crate::ui::Printer;

/// Record the network of all accounts of the zone: what `lz trace --snapshot` examines offline. Changes nothing.
///
/// The folder holds the AWS CLI's own JSON, `DIR/<account id>/<region>/<command>[.<id>].json`: people without lz can make
/// one by running the AWS CLI.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lz snapshot recorded/2026-11-22
  lz trace payments-prod api.example.com --snapshot recorded/2026-11-22")]
pub struct SnapshotArgs {
    /// The folder to write: a new one, or an empty one.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub fn run(args: &SnapshotArgs, settings: &Settings, printer: &Printer) -> Result<ExitStatus, CliError> {
    let workspace = Workspace::load(settings)?;
    let recorded = workspace.on_aws(settings, Access::Reads, printer, async |zone| operate::record(zone).await)?;
    let Recorded { recording, unread } = recorded;
    for problem in &unread {
        printer.error(problem, None);
    }
    if recording.places.is_empty() {
        return Ok(ExitStatus::Failed);
    }
    snapshot::write(&recording, &args.folder)?;
    let answers: usize = recording.places.iter().map(|place| place.answers.len()).sum();
    let accounts = recording.places.len();
    let of = if accounts == 1 { "1 account".to_owned() } else { format!("{accounts} accounts") };
    let text = text!("{} answers of {} recorded in {}\n", answers, of, args.folder.display());
    let document = json!({ "folder": args.folder, "accounts": accounts, "answers": answers, "unread": unread });
    printer.result(DocumentName::Snapshot, &text, &document)?;
    Ok(if unread.is_empty() { ExitStatus::Done } else { ExitStatus::Failed })
}
