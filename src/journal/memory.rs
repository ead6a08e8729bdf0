//! A store in memory, for rehearsals and tests, that fails on demand.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::ErrorKind;

use async_trait::async_trait;

use super::store::{CreateError, Store, StoreError};

/// What goes wrong with a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails, and nothing is written.
    Fails,
    /// It fails, and is written all the same.
    FailsAfterwards,
    /// It fails, and so many of its first bytes are written.
    Torn(usize),
    /// It never ends, as when the process is killed before it was written.
    KilledBefore,
    /// It never ends, as when the process is killed after it was written.
    KilledAfter,
}

/// A store in memory. What it holds outlives a simulated crash when the store is kept.
#[derive(Debug, Default)]
pub struct MemoryStore {
    inner: RefCell<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    held: BTreeMap<u64, Vec<u8>>,
    creations: u64,
    faults: BTreeMap<u64, Fault>,
}

impl MemoryStore {
    /// A store that holds nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets something go wrong with the `creation`-th creation from now on, counted from 1.
    pub fn fault_at(&self, creation: u64, fault: Fault) {
        let mut inner = self.inner.borrow_mut();
        let creation = inner.creations + creation;
        inner.faults.insert(creation, fault);
    }

    /// How many creations were asked for.
    #[must_use]
    pub fn creations(&self) -> u64 {
        self.inner.borrow().creations
    }

    /// What it holds.
    #[must_use]
    pub fn held(&self) -> BTreeMap<u64, Vec<u8>> {
        self.inner.borrow().held.clone()
    }

    /// A store of its own that holds the same, in which nothing goes wrong.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self { inner: RefCell::new(Inner { held: self.held(), ..Inner::default() }) }
    }

    /// Replaces what has a number, as damage does.
    pub fn damage(&self, number: u64, bytes: Vec<u8>) {
        self.inner.borrow_mut().held.insert(number, bytes);
    }

    /// Writes and tells the fault that comes with it.
    fn write(&self, number: u64, bytes: &[u8]) -> Result<Option<Fault>, CreateError> {
        let mut inner = self.inner.borrow_mut();
        inner.creations += 1;
        let creation = inner.creations;
        if inner.held.contains_key(&number) {
            return Err(CreateError::Exists);
        }
        let fault = inner.faults.remove(&creation);
        let written = match fault {
            Some(Fault::Fails | Fault::KilledBefore) => None,
            Some(Fault::Torn(length)) => Some(&bytes[..length.min(bytes.len())]),
            Some(Fault::FailsAfterwards | Fault::KilledAfter) | None => Some(bytes),
        };
        if let Some(bytes) = written {
            inner.held.insert(number, bytes.to_vec());
        }
        Ok(fault)
    }
}

fn failed(number: u64) -> StoreError {
    StoreError::new(format!("number {number} in memory"), ErrorKind::StorageFull.into())
}

#[async_trait(?Send)]
impl Store for MemoryStore {
    async fn create(&self, number: u64, bytes: &[u8]) -> Result<(), CreateError> {
        match self.write(number, bytes)? {
            None => Ok(()),
            Some(Fault::KilledBefore | Fault::KilledAfter) => futures::future::pending().await,
            Some(Fault::Fails | Fault::FailsAfterwards | Fault::Torn(_)) => Err(failed(number).into()),
        }
    }

    async fn list(&self) -> Result<Vec<u64>, StoreError> {
        Ok(self.inner.borrow().held.keys().copied().collect())
    }

    async fn newest(&self) -> Result<Option<u64>, StoreError> {
        Ok(self.inner.borrow().held.keys().next_back().copied())
    }

    async fn read(&self, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.inner.borrow().held.get(&number).cloned())
    }

    async fn remove(&self, number: u64) -> Result<(), StoreError> {
        self.inner.borrow_mut().held.remove(&number);
        Ok(())
    }
}
