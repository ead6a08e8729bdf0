//! A journal's store at which the process dies.

use std::cell::Cell;
use std::rc::Rc;

use async_trait::async_trait;
use lz::journal::MemoryStore;
use lz::journal::store::{CreateError, Store, StoreError};
use tokio::sync::watch;

use super::world::Disturbance;

/// A store in memory with the process's death in it.
#[derive(Debug)]
pub struct MortalStore {
    store: Rc<MemoryStore>,
    disturbance: Disturbance,
    written: Cell<u64>,
    dead: watch::Sender<bool>,
}

impl MortalStore {
    /// A store, and what becomes true when the process has to die.
    pub fn new(store: Rc<MemoryStore>, disturbance: Disturbance) -> (Rc<Self>, watch::Receiver<bool>) {
        let (dead, death) = watch::channel(false);
        (Rc::new(Self { store, disturbance, written: Cell::new(0), dead }), death)
    }

    async fn die_if(&self, point: Disturbance) {
        if self.disturbance == point {
            self.dead.send_replace(true);
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait(?Send)]
impl Store for MortalStore {
    async fn create(&self, number: u64, bytes: &[u8]) -> Result<(), CreateError> {
        let segment = self.written.get() + 1;
        self.written.set(segment);
        self.die_if(Disturbance::DiesBeforeSegment(segment)).await;
        let created = self.store.create(number, bytes).await;
        self.die_if(Disturbance::DiesAfterSegment(segment)).await;
        created
    }

    async fn list(&self) -> Result<Vec<u64>, StoreError> {
        self.store.list().await
    }

    async fn newest(&self) -> Result<Option<u64>, StoreError> {
        self.store.newest().await
    }

    async fn read(&self, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.read(number).await
    }

    async fn remove(&self, number: u64) -> Result<(), StoreError> {
        self.store.remove(number).await
    }
}
