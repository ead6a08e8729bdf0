//! `lz completions`

use clap::Args;
use clap_complete::{Shell, generate};

use super::error::{CliError, ExitStatus};
use crate::text::Text;
use crate::ui::Printer;

/// Write a shell's completion script to standard output.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  lz completions bash > ~/.local/share/bash-completion/completions/lz")]
pub struct CompletionsArgs {
    /// The shell.
    shell: Shell,
}

pub fn run(args: &CompletionsArgs, printer: &Printer) -> Result<ExitStatus, CliError> {
    let mut script = Vec::new();
    generate(args.shell, &mut super::command(), "lz", &mut script);
    // It is made of the names of commands and options alone.
    printer.text(&Text::drawn(String::from_utf8_lossy(&script).into_owned()))?;
    Ok(ExitStatus::Done)
}
