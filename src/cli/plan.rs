//! `lz plan`

use std::path::PathBuf;

use clap::Args;

use super::change::RemovalArgs;
use super::error::{CliError, ExitStatus, tell};
use super::files::{writable, write};
use super::forget::ForgetArgs;
use super::proof::{ProofArgs, proof_document, proof_text, tell_insisted};
use super::settings::Settings;
use super::workspace::{Access, Workspace, parse_scope};
use crate::kinds::Scope;
use crate::operate::{self, OperateError, Planned};
use crate::plan::Selection;
use crate::report::{DocumentName, Estimate, Places, plan_document, plan_text};
use crate::text::{text, visible_json};
use crate::ui::Printer;
use crate::whole_file::Readers;

/// Say what would be created, changed, replaced or deleted in AWS and why, and how long AWS takes. Changes nothing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lz plan
  lz plan --detailed-exitcode                  exit with 4 if there are changes
  lz plan --scope payments-prod                one workload's part only
  lz plan --out zone.plan && lz bootstrap --plan zone.plan")]
pub struct PlanArgs {
    /// Exit with 4 if there are changes, 0 if there are none.
    #[arg(long)]
    detailed_exitcode: bool,

    /// Keep the plan in a file, for `bootstrap --plan` or `onboard-workload --plan`.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    proof: ProofArgs,

    #[command(flatten)]
    removals: RemovalArgs,

    #[command(flatten)]
    forget: ForgetArgs,

    /// Show one part only: `organization`, `hub` or a workload's account; may be repeated.
    #[arg(long = "scope", value_name = "SCOPE", value_parser = parse_scope)]
    scopes: Vec<Scope>,
}

pub fn run(args: &PlanArgs, settings: &Settings, printer: &Printer) -> Result<ExitStatus, CliError> {
    let workspace = Workspace::load_with(settings, &args.forget)?;
    workspace.check_scopes(&args.scopes)?;
    args.out.as_deref().map_or(Ok(()), writable)?;
    let proof = args.proof.prove(&workspace)?;
    tell_insisted(&proof, printer);
    let selection = match args.scopes.as_slice() {
        [] => Selection::Everything,
        scopes => Selection::Scopes(scopes.iter().cloned().collect()),
    };
    let strangers = args.removals.strangers();
    let Planned { plan, accounts, kept } = workspace
        .on_aws(settings, Access::Reads, printer, async |zone| operate::plan(zone, &selection, strangers).await)?;
    let estimate = Estimate::of(&plan).map_err(OperateError::from)?;
    tell(printer, &workspace.loaded().warnings);
    let region = &workspace.loaded().zone.region;
    let places = Places { region, accounts: &accounts, desired: &workspace.declared.desired };
    let text = plan_text(&plan, &estimate, places, printer.palette());
    let mut document = plan_document(&plan, &estimate, places);
    document["proof"] = proof_document(&proof);
    printer.result(DocumentName::Plan, &text!("{}{}", text, proof_text(&proof)), &document)?;
    for problem in &plan.problems {
        printer.error(format!("{}: {}", problem.scope, problem.message), None);
    }
    if let Some(file) = &args.out {
        let text = kept.to_text().map_err(|error| CliError::Process(error.to_string()))?;
        write(file, &visible_json(&text), Readers::Owner)?;
        printer.status(format!("plan kept in {}", file.display()));
    }
    Ok(if !plan.problems.is_empty() {
        ExitStatus::Failed
    } else if args.detailed_exitcode && !plan.changes.is_empty() {
        ExitStatus::Differences
    } else {
        ExitStatus::Done
    })
}
