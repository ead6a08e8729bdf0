//! The machine that commands run on, with what is kept of a zone in its folder.

use std::any::Any;
use std::fmt::Debug;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::SystemTime;

use super::files::{create_private_folder, lock};
use super::settings::Settings;
use super::signal::requests_of_process;
use super::twin;
use crate::journal::record::{Holder, UNKNOWN_HOST};
use crate::journal::{DirectoryStore, Store, Stores};
use crate::operate::{Machine, OperateError, Requests};
use crate::zone::Zone;
use crate::zone::lock::{FILE_NAME, Lock};

/// The folder below the zone's in which lz keeps what is of this machine only.
const PRIVATE_FOLDER: &str = ".lz";

/// A machine's stores, clock and signals. Tests have one on which things go wrong.
pub trait Host: Debug {
    /// The store in a folder.
    fn store(&self, folder: &Path) -> Rc<dyn Store>;

    /// Requests to end that come from now on.
    fn requests(&self) -> Requests;

    /// The time of day.
    fn now(&self) -> SystemTime;
}

/// This machine, and this process.
#[derive(Debug)]
pub struct ThisHost;

impl Host for ThisHost {
    fn store(&self, folder: &Path) -> Rc<dyn Store> {
        Rc::new(DirectoryStore::new(folder))
    }

    fn requests(&self) -> Requests {
        requests_of_process()
    }

    #[expect(clippy::disallowed_methods, reason = "a lease expires in this machine's own time")]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// A host with a zone's folder. What is known of a simulated AWS stands beside its world.
#[derive(Debug)]
pub struct ZoneFolder {
    directory: PathBuf,
    simulated: bool,
    user: String,
    host: Rc<dyn Host>,
}

impl ZoneFolder {
    /// The folder that the settings name.
    pub fn of(settings: &Settings) -> Self {
        let Settings { directory, twin: simulated, user, host, .. } = settings;
        Self { directory: directory.clone(), simulated: *simulated, user: user.clone(), host: Rc::clone(host) }
    }

    /// Where what a repair of the journal sets aside is kept.
    pub fn damaged_journal_folder(&self) -> PathBuf {
        self.kept("journal").join("damaged")
    }

    fn kept(&self, name: &str) -> PathBuf {
        let folder = if self.simulated { twin_folder(&self.directory) } else { private_folder(&self.directory) };
        folder.join(name)
    }

    fn stores(&self, folder: &Path) -> Stores {
        Stores::opened(folder, |folder| self.host.store(folder))
    }
}

impl Machine for ZoneFolder {
    fn hold(&self) -> Result<Box<dyn Any>, OperateError> {
        Ok(Box::new(hold(&self.directory)?))
    }

    fn journal(&self) -> Stores {
        self.stores(&self.kept("journal"))
    }

    fn damaged_journal(&self) -> Stores {
        self.stores(&self.damaged_journal_folder())
    }

    fn lease(&self) -> Rc<dyn Store> {
        self.host.store(&self.kept("lease"))
    }

    fn written_lock(&self) -> Result<Lock, OperateError> {
        let folder = if self.simulated { twin_folder(&self.directory) } else { self.directory.clone() };
        Ok(Lock::read(&folder)?.unwrap_or_default())
    }

    /// What is known of a simulated AWS stands in a lock of its own; the zone's own one then pins the ranges only, which are
    /// the same.
    fn write_lock(&self, lock: &Lock, zone: &Zone) -> Result<(), OperateError> {
        if !self.simulated {
            return write_changed(lock, &self.directory);
        }
        let folder = twin_folder(&self.directory);
        create_private_folder(&folder)?;
        write_changed(lock, &folder)?;
        let own = Lock::read(&self.directory)?.unwrap_or_default();
        write_changed(&own.for_zone(zone), &self.directory)
    }

    fn requests(&self) -> Requests {
        self.host.requests()
    }

    fn time(&self) -> Rc<dyn Fn() -> SystemTime> {
        let host = Rc::clone(&self.host);
        Rc::new(move || host.now())
    }

    fn holder(&self) -> Holder {
        let name = rustix::system::uname();
        let host = name.nodename().to_string_lossy();
        let host = if host.trim().is_empty() { UNKNOWN_HOST } else { host.trim() };
        Holder { user: self.user.clone(), host: host.to_owned(), process: std::process::id() }
    }
}

fn write_changed(lock: &Lock, folder: &Path) -> Result<(), OperateError> {
    if Lock::read(folder)?.as_ref() != Some(lock) {
        lock.write(folder)?;
    }
    Ok(())
}

/// Keeps other processes of this machine from changing the zone in a folder until the value is dropped.
pub fn hold(directory: &Path) -> Result<File, OperateError> {
    let folder = private_folder(directory);
    create_private_folder(&folder)?;
    lock(&folder.join("lock"), |since| OperateError::Locked { since })
}

/// The folder in which lz keeps what is of this machine only.
pub fn private_folder(directory: &Path) -> PathBuf {
    directory.join(PRIVATE_FOLDER)
}

/// Where the simulated AWS is kept, in a zone's folder.
pub fn twin_folder(directory: &Path) -> PathBuf {
    private_folder(directory).join(twin::FOLDER)
}

/// Where the world of the simulated AWS is kept, in a zone's folder.
pub fn world_file(directory: &Path) -> PathBuf {
    twin_folder(directory).join(twin::WORLD)
}

/// Where the lock of the simulated AWS is, in a zone's folder.
pub fn twin_lock_file(directory: &Path) -> PathBuf {
    twin_folder(directory).join(FILE_NAME)
}
