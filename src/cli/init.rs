//! `lz init`

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::error::{CliError, ExitStatus};
use super::files::{failed, plain};
use super::settings::Settings;
use crate::config::starter_zone;
use crate::report::DocumentName;
use crate::text::{Text, text};
use crate::ui::Printer;

/// Write a commented starter zone: a hub and three workloads over two segments.
///
/// Files that are there already are never overwritten: if one is, nothing is written.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  lz init                 here\n  lz init my-zone         in a new folder")]
pub struct InitArgs {
    /// The folder to write to, made if it is not there; where none is named, the one of `--dir`.
    #[arg(value_name = "DIRECTORY")]
    directory: Option<PathBuf>,
}

pub fn run(args: &InitArgs, settings: &Settings, printer: &Printer) -> Result<ExitStatus, CliError> {
    let directory = args.directory.as_ref().unwrap_or(&settings.directory);
    let files: Vec<(PathBuf, &str)> =
        starter_zone().iter().map(|(path, text)| (plain(&directory.join(path)), *text)).collect();
    if let Some((there, _)) = files.iter().find(|(path, _)| path.symlink_metadata().is_ok()) {
        return Err(CliError::Usage {
            message: format!("{} is there already, so nothing was written", there.display()),
            hint: "name an empty folder, such as `lz init my-zone`",
        });
    }
    for (path, text) in &files {
        let failed = |source| failed(path, source);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        // A link of that name that leads nowhere is not followed.
        File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(failed)?;
    }
    let written: Vec<String> = files.iter().map(|(path, _)| path.display().to_string()).collect();
    let mut text = Text::default();
    for path in &written {
        text.push(text!("wrote {}\n", path));
    }
    text.push(text!(
        "\nNext: set your e-mail addresses in {}, then `lz validate` and `lz --twin bootstrap`.\n",
        plain(&directory.join("accounts")).display()
    ));
    printer.result(DocumentName::Init, &text, &json!({ "written": written }))?;
    Ok(ExitStatus::Done)
}
