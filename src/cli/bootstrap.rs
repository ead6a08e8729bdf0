//! `lz bootstrap`

use clap::Args;

use super::apply::ApplyArgs;
use super::error::{CliError, ExitStatus};
use super::forget::ForgetArgs;
use super::settings::Settings;
use super::workspace::Workspace;
use crate::ui::Printer;

/// Build the organization, its units, the networking account and the hub: transit gateway, share, ingress and egress VPCs.
///
/// What is there already is kept and brought to what the files say. It may be run again at any time.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lz bootstrap                                 show the plan, ask, apply
  lz bootstrap --yes                           do not ask
  lz --twin bootstrap --yes                    rehearse it on a simulated AWS
  lz bootstrap --plan zone.plan                apply exactly a kept plan")]
pub struct BootstrapArgs {
    #[command(flatten)]
    apply: ApplyArgs,

    #[command(flatten)]
    forget: ForgetArgs,
}

pub fn run(args: &BootstrapArgs, settings: &Settings, printer: &Printer) -> Result<ExitStatus, CliError> {
    let workspace = Workspace::load_with(settings, &args.forget)?;
    args.apply.apply("bootstrap", &workspace, &workspace.declared.foundation(), settings, printer)
}
