//! `lz unlock`

use clap::Args;
use serde_json::json;

use super::error::{CliError, ExitStatus};
use super::settings::Settings;
use super::workspace::{Workspace, runtime};
use crate::operate::{self, Freed};
use crate::report::DocumentName;
use crate::text::{Text, text};
use crate::ui::Printer;

/// Free a zone that a run holds whose process has died. A run that is alive is stopped by it at its next call.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  lz unlock")]
pub struct UnlockArgs {}

pub fn run(_: &UnlockArgs, settings: &Settings, printer: &Printer) -> Result<ExitStatus, CliError> {
    let workspace = Workspace::load(settings)?;
    let freed = runtime(false)?.block_on(operate::unlock(&workspace.machine))?;
    let freed = match freed {
        Freed::Nothing => None,
        Freed::From(held) => Some(held.to_string()),
        Freed::FromUnknown => Some("held by nobody who could be told".to_owned()),
    };
    let text = match &freed {
        Some(held) => text!("freed the zone, which was {}\n", held),
        None => Text::own("nobody holds the zone\n"),
    };
    printer.result(DocumentName::Unlock, &text, &json!({ "freed": freed }))?;
    Ok(ExitStatus::Done)
}
