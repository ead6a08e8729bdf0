//! `lz onboard-workload`

use clap::Args;

use super::apply::ApplyArgs;
use super::error::{CliError, ExitStatus};
use super::settings::Settings;
use super::workspace::Workspace;
use crate::kinds::Scope;
use crate::ui::Printer;
use crate::values::Label;

/// Vend the accounts of workloads, build their VPCs, attach and route them. Many at once; one that fails leaves the others
/// alone.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lz onboard-workload payments-prod orders-prod
  lz onboard-workload --all --yes
  lz --twin onboard-workload --all --yes       rehearse it on a simulated AWS")]
pub struct OnboardWorkloadArgs {
    /// The workloads' accounts: names of files in `accounts/`.
    #[arg(value_name = "ACCOUNT", required_unless_present = "all", conflicts_with = "all")]
    accounts: Vec<Label>,

    /// All workloads.
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    apply: ApplyArgs,
}

pub fn run(args: &OnboardWorkloadArgs, settings: &Settings, printer: &Printer) -> Result<ExitStatus, CliError> {
    let workspace = Workspace::load(settings)?;
    let accounts = if args.all { workspace.declared.workloads() } else { args.accounts.clone() };
    let scopes: Vec<Scope> = accounts.into_iter().map(Scope::Workload).collect();
    workspace.check_scopes(&scopes)?;
    args.apply.apply("onboard-workload", &workspace, &scopes, settings, printer)
}
