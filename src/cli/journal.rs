//! `lz journal`

use clap::{Args, Subcommand};
use serde_json::json;

use super::audience::Terminal;
use super::error::{CliError, ExitStatus};
use super::settings::Settings;
use super::workspace::{Workspace, run_on, runtime};
use crate::operate::{Consent, JournalSurvey, Ports, repair_journal, survey_journal};
use crate::report::{DocumentName, survey_document, survey_text};
use crate::text::text;
use crate::ui::Printer;

/// Check the journal of this zone's runs, and repair one that is damaged.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lz journal check                              exit with 1 if it is damaged
  lz journal repair                             say what is lost, ask, and go on with the rest
  lz --twin journal repair --yes")]
pub struct JournalArgs {
    #[command(subcommand)]
    command: JournalCommand,
}

#[derive(Debug, Subcommand)]
enum JournalCommand {
    Check(CheckArgs),
    Repair(RepairArgs),
}

/// Read the whole journal and the lease, and say what is damaged and what would be lost. Changes nothing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  lz journal check\n  lz journal check --output json")]
struct CheckArgs {}

/// Go on with what can be read of a damaged journal. What is damaged is kept in `.lz/journal/damaged`.
///
/// What is lost is knowledge, not resources: what lost records have made is found by tags and keys, and no rollback undoes it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  lz journal repair\n  lz journal repair --yes             do not ask")]
struct RepairArgs {
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
}

pub fn run(args: &JournalArgs, settings: &Settings, printer: &Printer) -> Result<ExitStatus, CliError> {
    let workspace = Workspace::load(settings)?;
    match &args.command {
        JournalCommand::Check(_) => check(&workspace, printer),
        JournalCommand::Repair(args) => mend(args, &workspace, settings, printer),
    }
}

fn check(workspace: &Workspace, printer: &Printer) -> Result<ExitStatus, CliError> {
    let JournalSurvey { journal: found, lease } = run_on(runtime(false)?, survey_journal(&workspace.machine))?;
    let lease = lease.map(|error| error.to_string());
    let mut told = survey_text(&found);
    if let Some(error) = &lease {
        told.push(text!("{}\n", error));
    }
    let mut document = survey_document(&found);
    document["lease"] = json!(lease);
    printer.result(DocumentName::Journal, &told, &document)?;
    if !found.is_whole() {
        printer.status("to go on with what can be read: `lz journal repair`");
    }
    Ok(if found.is_whole() && lease.is_none() { ExitStatus::Done } else { ExitStatus::Failed })
}

fn mend(
    args: &RepairArgs,
    workspace: &Workspace,
    settings: &Settings,
    printer: &Printer,
) -> Result<ExitStatus, CliError> {
    let hold = workspace.hold()?;
    let terminal = Terminal::of(printer);
    let ports = Ports { machine: &workspace.machine, audience: &terminal };
    let consent = if args.yes { Consent::Given } else { Consent::Asked };
    let found = run_on(runtime(settings.twin)?, repair_journal(ports, &hold, consent))?;
    let (mut told, mut document) = (survey_text(&found), survey_document(&found));
    if !found.is_whole() {
        let folder = workspace.machine.damaged_journal_folder();
        document["repaired"] = json!(true);
        document["kept_in"] = json!(folder);
        told.push(text!("repaired; what is damaged is kept in {}\n", folder.display()));
    }
    printer.result(DocumentName::Journal, &told, &document)?;
    Ok(ExitStatus::Done)
}
