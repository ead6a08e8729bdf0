//! `lz plan`

use std::path::PathBuf;

use clap::Args;

use super::apply::RemovalArgs;
use super::error::{CliError, ExitStatus, tell};
use super::forget::ForgetArgs;
use super::journal;
use super::proof::{Proof, ProofArgs};
use super::settings::Settings;
use super::workspace::{Access, Workspace, parse_scope, writable, write_private};
use crate::kinds::Scope;
use crate::plan::Selection;
use crate::plan::file::PlanFile;
use crate::report::{Estimate, Places, plan_document, plan_text};
use crate::text::{text, visible_json};
use crate::ui::Printer;

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
    let proof = Proof::of(&args.proof, &workspace)?;
    proof.tell(printer);
    let selection = if args.scopes.is_empty() {
        Selection::Everything
    } else {
        Selection::Scopes(args.scopes.iter().cloned().collect())
    };
    let (plan, accounts, records) =
        workspace.on_aws(settings, Access::Reads, args.removals.strangers(), async |reconciler| {
            let journal = journal::contents(&workspace, settings).await?;
            let live = workspace.discover(reconciler, &journal.state, printer).await?;
            let plan = reconciler.plan(&live)?.only(&selection);
            Ok((plan, reconciler.account_ids(&live), journal.state.next_number().0))
        })?;
    let estimate = Estimate::of(&plan)?;
    tell(printer, &workspace.loaded.warnings);
    let places = Places { region: &workspace.loaded.zone.region, accounts: &accounts, desired: &workspace.desired };
    let text = plan_text(&plan, &estimate, places, printer.palette());
    let mut document = plan_document(&plan, &estimate, places);
    document["proof"] = proof.document();
    printer.result(&text!("{}{}", text, proof.text()), &document)?;
    for problem in &plan.problems {
        printer.error(format!("{}: {}", problem.scope, problem.message), None);
    }
    if let Some(file) = &args.out {
        let kept = PlanFile::new(workspace.loaded.digest.clone(), records, plan.clone());
        let text = kept.to_text().map_err(|error| CliError::Process(error.to_string()))?;
        write_private(file, &visible_json(&text))?;
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
