//! Options of the commands that change AWS.

use clap::Args;

use super::error::CliError;
use super::proof::{ProofArgs, tell_insisted};
use super::settings::Settings;
use super::workspace::Workspace;
use crate::operate::{ApplyOptions, ChangeOptions, Consent};
use crate::plan::Strangers;
use crate::ui::Printer;

/// What becomes of what nobody asked for.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub struct RemovalArgs {
    /// Delete what nobody asked for inside what lz manages, such as a route added by hand or no longer in the files;
    /// without this it is told, and left.
    #[arg(long)]
    allow_removals: bool,
}

impl RemovalArgs {
    /// As planning takes it.
    pub fn strangers(&self) -> Strangers {
        if self.allow_removals { Strangers::Removed } else { Strangers::Kept }
    }
}

/// How AWS is changed.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub struct ChangeArgs {
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,

    /// Leave a scope that fails as it is, for a look.
    #[arg(long)]
    no_rollback: bool,

    #[command(flatten)]
    removals: RemovalArgs,

    #[command(flatten)]
    proof: ProofArgs,
}

impl ChangeArgs {
    /// Refuses to begin what nobody could be asked about, or what breaks invariants that nobody insists may be broken.
    pub fn check(&self, workspace: &Workspace, printer: &Printer) -> Result<(), CliError> {
        if !self.yes && !printer.can_ask() {
            return Err(CliError::Usage {
                message: "there is nobody to ask whether the plan may be applied".to_owned(),
                hint: "add --yes to apply without asking, or look first with `lz plan`",
            });
        }
        tell_insisted(&self.proof.prove(workspace)?, printer);
        Ok(())
    }

    /// True where somebody is asked before anything is changed.
    pub fn asks(&self) -> bool {
        !self.yes
    }

    /// As use cases take them.
    pub fn options(&self, settings: &Settings) -> ChangeOptions {
        ChangeOptions {
            consent: if self.yes { Consent::Given } else { Consent::Asked },
            strangers: self.removals.strangers(),
            apply: ApplyOptions { parallelism: settings.parallelism, rollback: !self.no_rollback },
        }
    }
}
