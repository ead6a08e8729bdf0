//! `lz validate`

use clap::Args;
use serde_json::json;

use super::error::{CliError, ExitStatus, tell};
use super::proof::{ProofArgs, proof_document, proof_text, tell_insisted};
use super::settings::Settings;
use super::workspace::Workspace;
use crate::config::Diagnostic;
use crate::report::{DocumentName, zone_summary};
use crate::text::text;
use crate::ui::Printer;

/// Check the zone's files without calling AWS: every error at once, with file, key, line and the way out; then prove that no
/// packet can take a path that it must not.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  lz validate\n  lz validate --dir my-zone --output json")]
pub struct ValidateArgs {
    #[command(flatten)]
    proof: ProofArgs,
}

pub fn run(args: &ValidateArgs, settings: &Settings, printer: &Printer) -> Result<ExitStatus, CliError> {
    let workspace = Workspace::load(settings)?;
    let mut warnings = workspace.loaded().warnings.clone();
    if !settings.twin {
        warnings.extend(workspace.loaded().placeholders.iter().map(Diagnostic::as_warning));
    }
    tell(printer, &warnings);
    let proof = args.proof.prove(&workspace)?;
    tell_insisted(&proof, printer);
    let zone = &workspace.loaded().zone;
    let document = json!({
        "valid": true,
        "diagnostics": warnings,
        "zone": zone,
        "resources": workspace.declared.desired.len(),
        "proof": proof_document(&proof),
    });
    let text = zone_summary(zone, workspace.declared.desired.len());
    printer.result(DocumentName::Validate, &text!("{}\n{}", text, proof_text(&proof)), &document)?;
    Ok(ExitStatus::Done)
}
