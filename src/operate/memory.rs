//! A machine in memory: what is kept of a zone there ends with the value.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use futures::stream;
use tokio::sync::watch;

use super::error::OperateError;
use super::machine::{Machine, Requests};
use crate::journal::record::Holder;
use crate::journal::{MemoryStore, Store, Stores};
use crate::reconcile::TimeOfDay;
use crate::zone::Zone;
use crate::zone::lock::Lock;

/// A machine in memory, with one process on it. Simulations and benchmarks run there.
pub struct MemoryMachine {
    stores: Stores,
    damaged: Stores,
    lease: Rc<dyn Store>,
    before: Lock,
    written: RefCell<Option<Lock>>,
    stop: watch::Receiver<bool>,
    time: TimeOfDay,
}

impl MemoryMachine {
    /// A machine with these stores and this lock, whose process is asked to end when `stop` becomes true.
    #[must_use]
    pub fn new(stores: Stores, lease: Rc<dyn Store>, lock: Lock, stop: watch::Receiver<bool>, time: TimeOfDay) -> Self {
        let empty = || Rc::new(MemoryStore::new());
        let damaged = Stores { segments: empty(), checkpoints: empty(), archive: empty() };
        Self { stores, damaged, lease, before: lock, written: RefCell::default(), stop, time }
    }

    /// The lock that was written last; none where none was.
    #[must_use]
    pub fn written(self) -> Option<Lock> {
        self.written.into_inner()
    }
}

impl Machine for MemoryMachine {
    /// There is no other process.
    fn hold(&self) -> Result<Box<dyn Any>, OperateError> {
        Ok(Box::new(()))
    }

    fn journal(&self) -> Stores {
        self.stores.clone()
    }

    fn damaged_journal(&self) -> Stores {
        self.damaged.clone()
    }

    fn lease(&self) -> Rc<dyn Store> {
        Rc::clone(&self.lease)
    }

    fn written_lock(&self) -> Result<Lock, OperateError> {
        Ok(self.written.borrow().clone().unwrap_or_else(|| self.before.clone()))
    }

    fn write_lock(&self, lock: &Lock, _: &Zone) -> Result<(), OperateError> {
        self.written.replace(Some(lock.clone()));
        Ok(())
    }

    fn requests(&self) -> Requests {
        let mut stop = self.stop.clone();
        Requests::of(stream::once(async move {
            if stop.wait_for(|asked| *asked).await.is_err() {
                std::future::pending().await
            }
        }))
    }

    fn time(&self) -> TimeOfDay {
        Rc::clone(&self.time)
    }

    fn holder(&self) -> Holder {
        Holder { user: "somebody".to_owned(), host: "somewhere".to_owned(), process: 1 }
    }
}
