//! What commands take of the machine that they run on, beside files of their own: stores, and requests to end.

use std::fmt::Debug;
use std::path::Path;
use std::rc::Rc;
use std::time::SystemTime;

use super::signal::Requests;
use crate::journal::{DirectoryStore, Store, Stores};

/// A machine. Tests have one on which things go wrong.
pub trait Machine: Debug {
    /// The store in a folder.
    fn store(&self, folder: &Path) -> Rc<dyn Store>;

    /// Requests to end that come from now on.
    fn requests(&self) -> Requests;

    /// The time of day.
    fn now(&self) -> SystemTime;
}

/// This machine, and this process.
#[derive(Debug)]
pub struct ThisMachine;

impl Machine for ThisMachine {
    fn store(&self, folder: &Path) -> Rc<dyn Store> {
        Rc::new(DirectoryStore::new(folder))
    }

    fn requests(&self) -> Requests {
        Requests::of_process()
    }

    #[expect(clippy::disallowed_methods, reason = "a lease expires in this machine's own time")]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// A journal's stores on a machine.
pub fn stores(machine: &dyn Machine, folder: &Path) -> Stores {
    Stores::opened(folder, |folder| machine.store(folder))
}
