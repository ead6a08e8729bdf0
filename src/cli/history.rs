//! `lz history`

use clap::Args;
use serde_json::json;

use super::error::{CliError, ExitStatus};
use super::settings::Settings;
use super::workspace::{Workspace, runtime};
use crate::journal::history;
use crate::operate;
use crate::report::{DocumentName, history_text, run_history_text};
use crate::ui::Printer;

/// List the runs that have changed this zone, or show one of them call by call, as the journal has it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lz history
  lz history 20261121T233818Z-0a1b2c
  lz --twin history --output json")]
pub struct HistoryArgs {
    /// The run, by its name.
    #[arg(value_name = "RUN")]
    run: Option<String>,
}

pub fn run(args: &HistoryArgs, settings: &Settings, printer: &Printer) -> Result<ExitStatus, CliError> {
    let workspace = Workspace::load(settings)?;
    let entries = runtime(false)?.block_on(operate::history(&workspace.machine))?;
    let Some(name) = &args.run else {
        let runs = history::runs(&entries);
        printer.result(DocumentName::Runs, &history_text(&runs), &json!({ "runs": runs }))?;
        return Ok(ExitStatus::Done);
    };
    let Some(run) = history::run(&entries, name) else {
        return Err(CliError::Usage {
            message: format!("the journal has no run {name}"),
            hint: "`lz history` lists the runs",
        });
    };
    let document = run.json().map_err(|error| CliError::Process(error.to_string()))?;
    printer.result(DocumentName::History, &run_history_text(&run), &document)?;
    Ok(ExitStatus::Done)
}
