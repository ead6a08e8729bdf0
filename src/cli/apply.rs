//! What `bootstrap` and `onboard-workload` share.

use std::path::{Path, PathBuf};

use clap::Args;

use super::change::ChangeArgs;
use super::error::{CliError, ExitStatus, tell};
use super::files::failed;
use super::next::{after_apply, call_of};
use super::ran::tell_applied;
use super::settings::Settings;
use super::workspace::{Access, Workspace};
use crate::kinds::Scope;
use crate::operate::{self, Applied, ApplyRequest, OperateError};
use crate::plan::file::PlanFile;
use crate::ui::Printer;

/// Options of the commands that bring scopes to what the files say.
#[derive(Debug, Default, Args)]
pub struct ApplyArgs {
    #[command(flatten)]
    change: ChangeArgs,

    /// Apply exactly the plan kept in a file by `lz plan --out`, as far as it is about this command; refused if the files or
    /// AWS have changed since. What another command has applied of it is no change.
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
}

impl ApplyArgs {
    /// Brings the scopes to what the files say.
    pub fn apply(
        &self,
        command: &str,
        workspace: &Workspace,
        scopes: &[Scope],
        settings: &Settings,
        printer: &Printer,
    ) -> Result<ExitStatus, CliError> {
        self.change.check(workspace, printer)?;
        let kept = self.plan.as_deref().map(read_plan).transpose()?;
        let hold = workspace.hold()?;
        tell(printer, &workspace.loaded().warnings);
        workspace.forget.confirm(self.change.asks(), printer)?;
        let request = ApplyRequest { command, scopes, kept: kept.as_ref(), options: self.change.options(settings) };
        let done = workspace
            .on_aws(settings, Access::Changes, printer, async |zone| operate::apply(zone, &hold, &request).await);
        let ran = match done.map_err(|error| self.of_file(error))? {
            Applied::Run(ran) => ran,
            Applied::Already { run } => {
                printer.status(format!("every change of the kept plan is made: applied already by run {run}"));
                return Ok(ExitStatus::Done);
            }
        };
        let call = call_of(settings);
        let next = ran.unfinished.as_ref();
        let next = next.map(|left| after_apply(&call, &ran.report.run, left, &workspace.declared));
        tell_applied(&ran, next.as_ref(), workspace, printer)
    }

    /// What is wrong with a kept plan is told with its file.
    fn of_file(&self, error: CliError) -> CliError {
        match (error, &self.plan) {
            (CliError::Operate(OperateError::KeptPlan(source)), Some(file)) => {
                CliError::PlanFile { file: file.clone(), source }
            }
            (other, _) => other,
        }
    }
}

fn read_plan(file: &Path) -> Result<PlanFile, CliError> {
    let text = std::fs::read_to_string(file).map_err(|source| failed(file, source))?;
    PlanFile::parse(&text).map_err(|source| CliError::PlanFile { file: file.to_owned(), source })
}
