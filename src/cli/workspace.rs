//! A zone's folder with what was read from it, and the way from there to AWS.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tokio::runtime::Runtime;

use super::error::CliError;
use super::forget::ForgetArgs;
use super::journal;
use super::settings::Settings;
use super::twin::{self, OpenTwin};
use crate::blueprint::expand;
use crate::cloud::{Clock, Connection};
use crate::config::{Ids, Invalid, Loaded, load_with};
use crate::discover::Live;
use crate::journal::State;
use crate::journal::record::RunOutcome;
use crate::journal::state::Run;
use crate::kinds::{Desired, Scope};
use crate::owner_only;
use crate::plan::Strangers;
use crate::reconcile::{OtherZoneError, Reconciler, evidence, timestamp};
use crate::ui::Printer;
use crate::values::Label;
use crate::whole_file::{self, Readers};
use crate::zone::lock::{FILE_NAME, Lock};
use crate::zone::{Layout, Purpose, ZoneIdentity};

/// The folder below the zone's in which lz keeps what is of this machine only.
const PRIVATE_FOLDER: &str = ".lz";

/// A zone's folder, read and expanded.
#[derive(Debug)]
pub struct Workspace {
    directory: PathBuf,
    /// What the files say.
    pub loaded: Loaded,
    /// The resources that follow from it.
    pub desired: Desired,
    /// True where AWS is simulated in process, and has a lock of its own.
    simulated: bool,
    forget: ForgetArgs,
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
            (false, true) => Ids::Of(Box::new(Lock::read(&twin_folder(directory))?.unwrap_or_default())),
            (false, false) => Ids::Pinned,
        };
        let loaded = load_with(directory, &settings.environment, &settings.overrides, ids)?;
        let desired = expand(&loaded.zone)?;
        Ok(Self { directory: directory.clone(), loaded, desired, simulated: *simulated, forget: *forget })
    }

    /// True where the zone's accounts are AWS accounts of their own.
    pub fn has_organization(&self) -> bool {
        matches!(self.loaded.zone.layout, Layout::Organization(_))
    }

    /// The workloads' accounts.
    pub fn workloads(&self) -> Vec<Label> {
        let accounts = self.loaded.zone.accounts.values();
        accounts.filter(|one| matches!(one.purpose, Purpose::Workload { .. })).map(|one| one.name.clone()).collect()
    }

    /// Refuses scopes that the zone doesn't have.
    pub fn check_scopes(&self, scopes: &[Scope]) -> Result<(), CliError> {
        let workloads = self.workloads();
        for scope in scopes {
            if let Scope::Workload(name) = scope
                && !workloads.contains(name)
            {
                let known: Vec<&str> = workloads.iter().map(Label::as_str).collect();
                return Err(CliError::Usage {
                    message: format!(
                        "{} has no workload `{name}`; it has {}",
                        plain(&self.directory.join("accounts")).display(),
                        if known.is_empty() { "none".to_owned() } else { known.join(", ") },
                    ),
                    hint: "a workload is a file in accounts/, named by its account: accounts/payments-prod.toml",
                });
            }
        }
        Ok(())
    }

    /// The folder in which lz keeps what is of this machine only.
    pub fn private_folder(&self) -> PathBuf {
        self.directory.join(PRIVATE_FOLDER)
    }

    /// Asks whether the zone's ids are to be forgotten, where that was said.
    pub fn confirm_forgetting(&self, asks: bool, printer: &Printer) -> Result<(), CliError> {
        self.forget.confirm(asks, printer)
    }

    /// The lock as it is written down now; an empty one where there is none.
    pub fn written_lock(&self) -> Result<Lock, CliError> {
        let folder = if self.simulated { twin_folder(&self.directory) } else { self.directory.clone() };
        Ok(Lock::read(&folder)?.unwrap_or_default())
    }

    /// Writes the lock, where it says something else by now. What is known of a simulated AWS stands in a lock of its own;
    /// the zone's own one then pins the ranges only, which are the same.
    pub fn write_lock(&self, lock: &Lock) -> Result<(), CliError> {
        if !self.simulated {
            return write_changed(lock, &self.directory);
        }
        let folder = twin_folder(&self.directory);
        create_private_folder(&folder)?;
        write_changed(lock, &folder)?;
        let own = Lock::read(&self.directory)?.unwrap_or_default();
        write_changed(&own.for_zone(&self.loaded.zone), &self.directory)
    }

    /// Keeps other runs of this machine from changing the zone until the value is dropped; the system lets go of it even
    /// when the process dies.
    pub fn hold(&self) -> Result<File, CliError> {
        hold(&self.directory)
    }

    /// What is in AWS, when AWS shows what earlier runs have made.
    pub async fn discover(
        &self,
        reconciler: &Reconciler<'_>,
        journal: &State,
        printer: &Printer,
    ) -> Result<Live, CliError> {
        self.settle(reconciler, journal, printer).await;
        Ok(reconciler.discover().await?)
    }

    /// After a run that was interrupted or killed, AWS may not show yet what that run has made: waits until it does, so that nothing is
    /// made twice, or told to be missing.
    pub async fn settle(&self, reconciler: &Reconciler<'_>, journal: &State, printer: &Printer) {
        let interrupted = |run: &&Run| run.ended.as_ref().is_none_or(|end| end.outcome == RunOutcome::Interrupted);
        if let Some(run) = journal.runs().last().filter(interrupted) {
            let end = match (run.ended.is_some(), run.open().count()) {
                (true, _) => "was interrupted".to_owned(),
                (false, 1) => "did not end, with 1 call under way".to_owned(),
                (false, calls) => format!("did not end, with {calls} calls under way"),
            };
            printer.status(format!(
                "run {} ({}, by {}) {end}; this run goes on with it, in a minute, when AWS shows all that it has done",
                run.started.run, run.started.command, run.started.holder,
            ));
            reconciler.settle().await;
        }
    }

    /// Does something with the zone's AWS: the real one on the real clock, or a simulated one in virtual time.
    pub fn on_aws<T>(
        &self,
        settings: &Settings,
        access: Access,
        strangers: Strangers,
        work: impl AsyncFnOnce(&Reconciler<'_>) -> Result<T, CliError>,
    ) -> Result<T, CliError> {
        run_on(runtime(settings.twin)?, self.reach(settings, access, strangers, work))
    }

    /// As [`Workspace::on_aws`], on the runtime that awaits it: the one that [`runtime`] gives.
    pub async fn reach<T>(
        &self,
        settings: &Settings,
        access: Access,
        strangers: Strangers,
        work: impl AsyncFnOnce(&Reconciler<'_>) -> Result<T, CliError>,
    ) -> Result<T, CliError> {
        self.check_files()?;
        if settings.twin {
            let simulated = OpenTwin::open(&self.private_folder(), access == Access::Changes)?;
            let connection = simulated.connection(&self.loaded.zone.region, Clock::new(1));
            let done = self.with(settings, connection, strangers, work).await;
            if access == Access::Changes {
                simulated.close()?;
            }
            done
        } else {
            let connection = self.connect(settings).await?;
            self.with(settings, connection, strangers, work).await
        }
    }

    /// The way to AWS that the environment configures. Refuses what only a simulated AWS can be asked for.
    ///
    /// # Errors
    /// The real AWS is meant, and the zone's files or the settings are for a rehearsal. Nothing was called.
    pub async fn connect(&self, settings: &Settings) -> Result<Connection, CliError> {
        settings.aws_files.check()?;
        let clock = Clock::new(settings.time_scale.get());
        let connection = Connection::from_environment(&self.loaded.zone.region, clock).await?;
        if connection.is_loopback() {
            return Ok(connection);
        }
        if settings.time_scale.get() > 1 {
            return Err(CliError::Usage {
                message: "LZ_TIME_SCALE is set, and AWS is not a simulated one on this machine".to_owned(),
                hint: "unset LZ_TIME_SCALE; lz would ask AWS too often and give up too soon",
            });
        }
        match self.loaded.placeholders.as_slice() {
            [] => Ok(connection),
            placeholders => Err(Invalid { diagnostics: placeholders.to_vec() }.into()),
        }
    }

    async fn with<T>(
        &self,
        settings: &Settings,
        connection: Connection,
        strangers: Strangers,
        work: impl AsyncFnOnce(&Reconciler<'_>) -> Result<T, CliError>,
    ) -> Result<T, CliError> {
        let reconciler = Reconciler::start(connection, &self.loaded.zone, &self.desired).await?;
        if let Some(locked) = &self.loaded.lock.zone {
            let checked = reconciler.check_identity(locked).await;
            checked.map_err(|source| CliError::OtherZone { source, simulated: self.simulated })?;
        }
        // Whoever can't do without a journal reads it itself, and says so where it can't be read.
        let journal = journal::contents(self, settings).await.map(|contents| contents.state).unwrap_or_default();
        let reconciler = reconciler.with_evidence(evidence(&self.loaded.lock, &journal));
        work(&reconciler.with_strangers(strangers)).await
    }

    /// Refuses files that are not of the zone that the lock pins.
    fn check_files(&self) -> Result<(), CliError> {
        let checked = self.loaded.lock.zone.as_ref().map(|locked: &ZoneIdentity| locked.check_files(&self.loaded.zone));
        let refused = |other| CliError::OtherZone { source: OtherZoneError::Other(other), simulated: self.simulated };
        checked.unwrap_or(Ok(())).map_err(refused)
    }
}

fn write_changed(lock: &Lock, folder: &Path) -> Result<(), CliError> {
    if Lock::read(folder)?.as_ref() != Some(lock) {
        lock.write(folder)?;
    }
    Ok(())
}

/// Keeps other runs of this machine from changing the zone in a folder until the value is dropped.
pub fn hold(directory: &Path) -> Result<File, CliError> {
    let folder = directory.join(PRIVATE_FOLDER);
    create_private_folder(&folder)?;
    lock(&folder.join("lock"), |since| CliError::Locked { since })
}

/// Locks a file until the value is dropped, or says who has locked it.
pub fn lock(path: &Path, locked: impl FnOnce(Option<String>) -> CliError) -> Result<File, CliError> {
    let failed = |source| CliError::File { file: path.to_owned(), source };
    // It is locked in place, and so never through a link.
    writable(path)?;
    let mut file = owner_only::open_file(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(locked(holder(&mut file))),
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    }
    #[expect(clippy::disallowed_methods, reason = "who has locked a file is told in this machine's own time")]
    let now = SystemTime::now();
    let owner = format!("process {} since {}\n", std::process::id(), timestamp(now));
    file.set_len(0).and_then(|()| file.write_all(owner.as_bytes())).map_err(failed)?;
    Ok(file)
}

/// Who has locked a file, as it says; it may have locked it a moment ago, and not written it yet.
fn holder(file: &mut File) -> Option<String> {
    for _ in 0..20 {
        let mut text = String::new();
        file.rewind().and_then(|()| file.read_to_string(&mut text)).ok()?;
        if text.ends_with('\n') {
            return Some(text.trim().to_owned());
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    None
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

/// A path as people write it, without `./` before it.
pub fn plain(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}

/// Makes a folder for its owner only, unless it is there.
pub fn create_private_folder(path: &Path) -> Result<(), CliError> {
    owner_only::create_folder(path).map_err(|source| CliError::File { file: path.to_owned(), source })
}

/// Refuses a file that could not be written in the end, since something is there that is no regular file.
pub fn writable(path: &Path) -> Result<(), CliError> {
    whole_file::check(path).map_err(|source| CliError::File { file: path.to_owned(), source })
}

/// Writes a file for its owner only.
pub fn write_private(path: &Path, text: &str) -> Result<(), CliError> {
    whole_file::write(path, text.as_bytes(), Readers::Owner)
        .map_err(|source| CliError::File { file: path.to_owned(), source })
}

/// Where the simulated AWS is kept, in a zone's folder.
fn twin_folder(directory: &Path) -> PathBuf {
    directory.join(PRIVATE_FOLDER).join(twin::FOLDER)
}

/// Where the world of the simulated AWS is kept, in a zone's folder.
pub fn world_file(directory: &Path) -> PathBuf {
    twin_folder(directory).join(twin::WORLD)
}

/// Where the lock of the simulated AWS is, in a zone's folder.
pub fn twin_lock_file(directory: &Path) -> PathBuf {
    twin_folder(directory).join(FILE_NAME)
}
