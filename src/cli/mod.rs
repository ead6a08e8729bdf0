//! The command line: arguments in, one call, a report out. One file per command.

mod apply;
mod audience;
mod aws_files;
mod bootstrap;
mod change;
mod completions;
mod error;
mod files;
mod forget;
mod history;
mod init;
mod journal;
#[cfg(test)]
mod lease_matrix;
mod lock;
mod machine;
mod next;
mod onboard_workload;
mod plan;
mod proof;
mod ran;
mod rollback;
mod settings;
mod signal;
mod snapshot;
mod sweep;
mod sweep_every;
mod sweep_reports;
mod sweep_told;
mod trace;
mod twin;
mod unlock;
mod validate;
mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use error::CliError;
pub use error::ExitStatus;
use settings::{GlobalArgs, Settings};

use crate::text::escape;
use crate::ui::Printer;

/// Builds and keeps an AWS landing zone: accounts, a hub with a transit gateway, and workload VPCs attached to it.
///
/// The zone is a folder of files (`lz.toml`, `accounts/`, `blueprints/`); there is no state file. What is in AWS is found by
/// tags, compared with the files, and brought to what they say.
#[derive(Debug, Parser)]
#[command(name = "lz", version, max_term_width = 110, after_help = EXAMPLES, after_long_help = EXAMPLES)]
struct Arguments {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  lz init my-zone                       write a commented starter zone
  lz --twin bootstrap --yes             rehearse the bootstrap on a simulated AWS
  lz plan                               say what would change in AWS
  lz bootstrap                          build the organization and the hub
  lz onboard-workload payments-prod     vend, build, attach and route a workload
  lz sweep                              say what in AWS is not as it was asked for

Exit status:
  0  done                       4  differences (plan --detailed-exitcode), findings (sweep)
  1  failed                     5  another run holds the zone
  2  wrong usage              130  interrupted
  3  invalid configuration, or it breaks an invariant";

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::InitArgs),
    Validate(validate::ValidateArgs),
    Plan(plan::PlanArgs),
    Bootstrap(bootstrap::BootstrapArgs),
    OnboardWorkload(onboard_workload::OnboardWorkloadArgs),
    History(history::HistoryArgs),
    Rollback(rollback::RollbackArgs),
    Trace(trace::TraceArgs),
    Snapshot(snapshot::SnapshotArgs),
    Sweep(sweep::SweepArgs),
    Journal(journal::JournalArgs),
    Lock(lock::LockArgs),
    Unlock(unlock::UnlockArgs),
    Twin(twin::TwinArgs),
    Completions(completions::CompletionsArgs),
}

/// The command's tree, for completions and for tests of the help.
#[must_use]
pub fn command() -> clap::Command {
    <Arguments as clap::CommandFactory>::command()
}

/// Runs `lz` with the process's arguments and environment.
pub fn main() -> ExitCode {
    let arguments = match parse(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(error) => return error::usage(&error),
    };
    let printer = Printer::for_process(arguments.global.output);
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    let variables = std::env::vars_os();
    let status = Settings::resolve(arguments.global, variables)
        .map_err(CliError::from)
        .and_then(|settings| {
            let printer = printer.clone().completing(next::call_of(&settings));
            run(&arguments.command, &settings, &printer).or_else(|error| Ok(error.report(&printer)))
        })
        .unwrap_or_else(|error| error.report(&printer));
    ExitCode::from(status)
}

/// Parses a command line. What clap says of one that is wrong repeats words of it, which then have to be safe to show.
fn parse(words: impl Iterator<Item = OsString>) -> Result<Arguments, clap::Error> {
    let words: Vec<OsString> = words.collect();
    let visible: Vec<String> = words.iter().map(|word| escape(&word.to_string_lossy()).into_owned()).collect();
    Arguments::try_parse_from(words).map_err(|error| match Arguments::try_parse_from(visible) {
        Err(visible) => visible,
        Ok(_) => {
            clap::Error::raw(error.kind(), "an argument or an LZ_… variable holds characters that it can't hold\n")
        }
    })
}

fn run(command: &Command, settings: &Settings, printer: &Printer) -> Result<ExitStatus, CliError> {
    crate::ui::start_logging(settings.log.as_deref())?;
    match command {
        Command::Init(args) => init::run(args, settings, printer),
        Command::Validate(args) => validate::run(args, settings, printer),
        Command::Plan(args) => plan::run(args, settings, printer),
        Command::Bootstrap(args) => bootstrap::run(args, settings, printer),
        Command::OnboardWorkload(args) => onboard_workload::run(args, settings, printer),
        Command::History(args) => history::run(args, settings, printer),
        Command::Rollback(args) => rollback::run(args, settings, printer),
        Command::Trace(args) => trace::run(args, settings, printer),
        Command::Snapshot(args) => snapshot::run(args, settings, printer),
        Command::Sweep(args) => sweep::run(args, settings, printer),
        Command::Journal(args) => journal::run(args, settings, printer),
        Command::Lock(args) => lock::run(args, settings, printer),
        Command::Unlock(args) => unlock::run(args, settings, printer),
        Command::Twin(args) => twin::run(args, settings, printer),
        Command::Completions(args) => completions::run(args, printer),
    }
}
