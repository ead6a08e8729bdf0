//! A zone's folder as commands open it, and the way from there to AWS.

use std::path::PathBuf;

use tokio::runtime::Runtime;

use super::audience::Terminal;
use super::error::CliError;
use super::files::plain;
use super::forget::ForgetArgs;
use super::machine::{ZoneFolder, twin_folder};
use super::settings::Settings;
use super::twin::OpenTwin;
use crate::cloud::{Clock, Connection};
use crate::config::{Ids, Invalid, Loaded, load_with};
use crate::kinds::{Owner, Scope};
use crate::operate::{self, Declared, Hold, OpenZone, OperateError, Ports};
use crate::ui::Printer;
use crate::values::Label;
use crate::zone::lock::Lock;

/// What stands for the organization's management account.
pub const MANAGEMENT: &str = "management";

/// A zone's folder, read and expanded.
#[derive(Debug)]
pub struct Workspace {
    directory: PathBuf,
    /// What the files ask for.
    pub declared: Declared,
    /// Where the zone is kept on this machine.
    pub machine: ZoneFolder,
    /// Whether its ids are forgotten.
    pub forget: ForgetArgs,
}

impl Workspace {
    /// Reads the zone in the folder that the settings name.
    pub fn load(settings: &Settings) -> Result<Self, CliError> {
        Self::load_with(settings, &ForgetArgs::default())
    }

    /// Reads the zone in the folder that the settings name, with or without what is known of its ids.
    pub fn load_with(settings: &Settings, forget: &ForgetArgs) -> Result<Self, CliError> {
        let Settings { directory, twin: simulated, .. } = settings;
        let ids = match (forget.forgets(), simulated) {
            (true, _) => Ids::Forgotten,
            (false, true) => {
                let pinned = Lock::read(&twin_folder(directory)).map_err(OperateError::from)?;
                Ids::Of(Box::new(pinned.unwrap_or_default()))
            }
            (false, false) => Ids::Pinned,
        };
        let loaded = load_with(directory, &settings.environment, &settings.overrides, ids)?;
        let (declared, machine) = (Declared::of(loaded)?, ZoneFolder::of(settings));
        Ok(Self { directory: directory.clone(), declared, machine, forget: *forget })
    }

    /// What the files say.
    pub fn loaded(&self) -> &Loaded {
        &self.declared.loaded
    }

    /// Refuses scopes that the zone doesn't have.
    pub fn check_scopes(&self, scopes: &[Scope]) -> Result<(), CliError> {
        let Some(unknown) = self.declared.unknown_workload(scopes) else { return Ok(()) };
        let known = self.declared.workloads();
        let known: Vec<&str> = known.iter().map(Label::as_str).collect();
        Err(CliError::Usage {
            message: format!(
                "{} has no workload `{unknown}`; it has {}",
                plain(&self.directory.join("accounts")).display(),
                if known.is_empty() { "none".to_owned() } else { known.join(", ") },
            ),
            hint: "a workload is a file in accounts/, named by its account: accounts/payments-prod.toml",
        })
    }

    /// Refuses accounts that the zone doesn't have.
    pub fn check_accounts(&self, owners: &[Owner]) -> Result<(), CliError> {
        let Some(unknown) = self.declared.unknown_account(owners) else { return Ok(()) };
        let known: Vec<&str> = self.loaded().zone.accounts.keys().map(Label::as_str).collect();
        Err(CliError::Usage {
            message: format!("there is no account `{unknown}`; there are {} and {MANAGEMENT}", known.join(", ")),
            hint: "an account is a file in accounts/, named by it: accounts/payments-prod.toml",
        })
    }

    /// Keeps other runs of this machine from changing the zone until the value is dropped.
    pub fn hold(&self) -> Result<Hold, CliError> {
        Ok(operate::hold(&self.machine)?)
    }

    /// Does something with the zone's AWS: the real one on the real clock, or a simulated one in virtual time.
    pub fn on_aws<T>(
        &self,
        settings: &Settings,
        access: Access,
        printer: &Printer,
        work: impl AsyncFnOnce(&OpenZone<'_>) -> Result<T, OperateError>,
    ) -> Result<T, CliError> {
        run_on(runtime(settings.twin)?, self.reach(settings, access, printer, work))
    }

    /// As [`Workspace::on_aws`], on the runtime that awaits it: the one that [`runtime`] gives.
    pub async fn reach<T>(
        &self,
        settings: &Settings,
        access: Access,
        printer: &Printer,
        work: impl AsyncFnOnce(&OpenZone<'_>) -> Result<T, OperateError>,
    ) -> Result<T, CliError> {
        let told = |error| CliError::of_zone(error, settings.twin);
        self.declared.check_files().map_err(|error| told(error.into()))?;
        let simulated = match settings.twin {
            true => Some(OpenTwin::open(&settings.directory, access == Access::Changes, &self.loaded().zone)?),
            false => None,
        };
        let connection = match &simulated {
            Some(simulated) => simulated.connection(&self.loaded().zone.region, Clock::new(1)),
            None => self.connect(settings).await?,
        };
        let terminal = Terminal::of(printer);
        let ports = Ports { machine: &self.machine, audience: &terminal };
        let done = async { work(&OpenZone::open(&self.declared, ports, connection).await?).await }.await;
        if let Some(simulated) = simulated.filter(|_| access == Access::Changes) {
            simulated.close()?;
        }
        done.map_err(told)
    }

    /// The way to AWS that the environment configures. Refuses what only a simulated AWS can be asked for.
    ///
    /// # Errors
    /// The real AWS is meant, and the zone's files or the settings are for a rehearsal. Nothing was called.
    pub async fn connect(&self, settings: &Settings) -> Result<Connection, CliError> {
        settings.aws_files.check()?;
        let clock = Clock::new(settings.time_scale.get());
        let connection = Connection::from_environment(&self.loaded().zone.region, clock).await;
        let connection = connection.map_err(OperateError::from)?;
        if connection.is_loopback() {
            return Ok(connection);
        }
        if settings.time_scale.get() > 1 {
            return Err(CliError::Usage {
                message: "LZ_TIME_SCALE is set, and AWS is not a simulated one on this machine".to_owned(),
                hint: "unset LZ_TIME_SCALE; lz would ask AWS too often and give up too soon",
            });
        }
        match self.loaded().placeholders.as_slice() {
            [] => Ok(connection),
            placeholders => Err(Invalid { diagnostics: placeholders.to_vec() }.into()),
        }
    }
}

/// What a command does in AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It only looks. A simulated AWS is as it was before, its clock included.
    Reads,
    /// It changes something, or may.
    Changes,
}

/// Runs a command to its end. Nobody waits any more for a question that was not answered.
pub fn run_on<T>(runtime: Runtime, work: impl Future<Output = T>) -> T {
    let done = runtime.block_on(work);
    runtime.shutdown_background();
    done
}

/// What runs commands: on one thread, whose clock stands still where time is virtual.
pub fn runtime(virtual_time: bool) -> Result<Runtime, CliError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(virtual_time)
        .build()
        .map_err(|error| CliError::Process(format!("the runtime can't be started: {error}")))
}

/// A scope by its name.
pub fn parse_scope(text: &str) -> Result<Scope, String> {
    match text {
        "organization" => Ok(Scope::Organization),
        "hub" => Ok(Scope::Hub),
        name => Label::parse(name).map(Scope::Workload).map_err(|error| error.to_string()),
    }
}

/// An account by its name.
pub fn parse_account(text: &str) -> Result<Owner, String> {
    match text {
        MANAGEMENT => Ok(Owner::Management),
        name => Label::parse(name).map(Owner::Account).map_err(|error| error.to_string()),
    }
}
