//! `--forget-organization`: the way out for a zone that moves to another organization or account.

use clap::Args;

use super::error::CliError;
use crate::operate::OperateError;
use crate::ui::Printer;

/// Whether the zone's ids are forgotten.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Args)]
pub struct ForgetArgs {
    /// Forget which organization, accounts and resources lz.lock pins, and go on with those that the credentials lead to.
    /// Ranges stay. Without it, another organization, management account, region or zone name than the lock's is refused.
    #[arg(long)]
    forget_organization: bool,
}

impl ForgetArgs {
    /// True where they are.
    pub fn forgets(&self) -> bool {
        self.forget_organization
    }

    /// Asks whether that is meant, where something may be changed upon it.
    pub fn confirm(&self, asks: bool, printer: &Printer) -> Result<(), CliError> {
        if !self.forget_organization {
            return Ok(());
        }
        let question = "Forget the organization, accounts and resources that lz.lock pins? What is in them stays, and is \
                        built again where the credentials lead to.";
        if asks && !printer.ask(question)? { Err(OperateError::Declined.into()) } else { Ok(()) }
    }
}
