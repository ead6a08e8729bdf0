//! Values for the journal's tests.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use tokio::sync::Semaphore;

use super::lease::{Claim, Lease, LeaseNumber, acquire};
use super::record::{
    CallResult, Deed, Ending, Entry, Holder, Intent, Left, Number, Outcome, Record, RollbackEnded, RollbackStarted,
    RunEnded, RunOutcome, RunStarted, ScopeEnded, Undone,
};
use super::segment::{Header, encode};
use super::store::{CreateError, Store, StoreError, Stores};
use super::{Contents, MemoryStore, Message};
use crate::graph::Address;
use crate::kinds::vpc::Vpc;
use crate::kinds::{Observed, Owner, Scope, Spec, State};
use crate::plan::Summary;
use crate::values::{Cidr, Label};

pub fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}

pub fn workload() -> Scope {
    Scope::Workload(label("payments"))
}

pub fn address(name: &str) -> Address {
    Address::root("payments").child(name)
}

/// A VPC; its second octet is its attribute.
pub fn vpc(octet: u8) -> Spec {
    let cidr = Cidr::parse(&format!("10.{octet}.0.0/16")).unwrap();
    Spec::Vpc(Vpc { cidr, dns_support: true, dns_hostnames: false })
}

pub fn observed(octet: u8) -> Observed<Spec> {
    let tags = [("lz:zone".to_owned(), "corp".to_owned())].into();
    Observed { id: format!("vpc-{octet}"), aliases: Vec::new(), tags, state: State::Ready, spec: vpc(octet) }
}

/// Seconds after a fixed moment.
pub fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000 + seconds)
}

pub fn holder(process: u32) -> Holder {
    Holder { user: "anna".to_owned(), host: "build-7".to_owned(), process }
}

pub fn claim(run: &str, process: u32) -> Claim {
    Claim { holder: holder(process), run: run.to_owned(), command: Message::new("onboard-workload") }
}

pub fn started(run: &str) -> Record {
    started_for(run, vec![workload()])
}

pub fn started_for(run: &str, scopes: Vec<Scope>) -> Record {
    Record::RunStarted(RunStarted {
        run: run.to_owned(),
        zone: label("corp"),
        command: Message::new("onboard-workload"),
        scopes,
        digest: "d1".to_owned(),
        changes: Summary { create: 2, ..Summary::default() },
        holder: holder(1),
        repairs: false,
    })
}

pub fn intent(name: &str, deed: Deed) -> Record {
    intent_of(name, deed, None)
}

pub fn intent_of(name: &str, deed: Deed, undoes: Option<u64>) -> Record {
    Record::Intent(Box::new(Intent {
        address: address(name),
        scope: workload(),
        owner: Owner::Account(label("payments")),
        deed,
        undoes: undoes.map(Number),
        duplicate_of: None,
    }))
}

pub fn create(octet: u8) -> Deed {
    Deed::Create { wanted: vpc(octet) }
}

pub fn update(from: u8, to: u8) -> Deed {
    Deed::Update { wanted: vpc(to), before: observed(from) }
}

pub fn delete(octet: u8) -> Deed {
    Deed::Delete { before: observed(octet) }
}

pub fn outcome(intent: u64, result: CallResult) -> Record {
    Record::Outcome(Outcome { intent: Number(intent), result })
}

pub fn done(intent: u64) -> Record {
    outcome(intent, CallResult::Done { id: None })
}

pub fn made(intent: u64, id: &str) -> Record {
    outcome(intent, CallResult::Done { id: Some(id.to_owned()) })
}

pub fn failed(intent: u64) -> Record {
    outcome(intent, CallResult::Failed { message: Message::new("UnauthorizedOperation: no") })
}

pub fn unknown(intent: u64) -> Record {
    outcome(intent, CallResult::Unknown { message: Message::new("timeout") })
}

pub fn rollback(run: &str) -> Record {
    Record::RollbackStarted(RollbackStarted { run: run.to_owned(), scope: workload() })
}

pub fn undone(effect: u64) -> Record {
    Record::Undone(Undone { effect: Number(effect) })
}

pub fn rolled_back(left: &[&str]) -> Record {
    let left = left.iter().map(|name| Left { address: address(name), message: Message::new("it stays for good") });
    Record::RollbackEnded(RollbackEnded { scope: workload(), complete: true, left: left.collect() })
}

pub fn ended(ending: Ending) -> Record {
    let outcome = match ending {
        Ending::Applied => RunOutcome::Applied,
        Ending::Unchanged => RunOutcome::Unchanged,
        Ending::RolledBack | Ending::Left | Ending::Refused => RunOutcome::Failed,
        Ending::Mended => RunOutcome::Partial,
        Ending::Interrupted => RunOutcome::Interrupted,
    };
    Record::RunEnded(RunEnded { outcome, scopes: vec![ScopeEnded { scope: workload(), ending, error: None }] })
}

/// A run with everything that a journal can say.
pub fn every_record() -> Vec<Record> {
    vec![
        started("run-1"),
        intent("vpc", create(1)),
        made(2, "vpc-1"),
        intent("vpc", update(1, 2)),
        unknown(4),
        intent("old", delete(9)),
        failed(6),
        Record::Learned(super::record::Learned { intent: Number(2), id: "vpc-11".to_owned() }),
        intent("other", Deed::Tag { tags: [("a".to_owned(), "b".to_owned())].into(), before: observed(3) }),
        done(9),
        rollback("run-1"),
        intent_of("vpc", delete(2), Some(2)),
        done(12),
        undone(2),
        rolled_back(&["old", "other"]),
        ended(Ending::RolledBack),
    ]
}

/// The entries of records, a second apart.
pub fn entries(records: Vec<Record>) -> Vec<Entry> {
    records.into_iter().zip(0..).map(|(record, second)| Entry { at: at(second), record }).collect()
}

/// A segment's bytes.
pub fn segment(number: u64, lease: LeaseNumber, first: u64, entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(&Header::new(number, lease, Number(first)), &mut bytes).unwrap();
    entries.iter().for_each(|entry| encode(entry, &mut bytes).unwrap());
    bytes
}

/// A journal whose segments are in a store, and the rest in memory.
pub fn stores(segments: Rc<dyn Store>) -> Stores {
    Stores { segments, checkpoints: Rc::new(MemoryStore::new()), archive: Rc::new(MemoryStore::new()) }
}

/// A journal's records, without their numbers.
pub fn records_of(contents: &Contents) -> Vec<Entry> {
    contents.entries.values().cloned().collect()
}

/// A new lease in a store of its own, after `earlier` others.
pub async fn lease(earlier: u64) -> Lease {
    let store = Rc::new(MemoryStore::new());
    for number in 0..earlier {
        acquire(store.clone(), claim("earlier", 1), at(number * 10), Duration::from_secs(1)).await.unwrap();
    }
    acquire(store, claim("run", 1), at(earlier * 10), Duration::from_secs(1)).await.unwrap()
}

/// A store each of whose operations takes two polls: it is done in the second.
#[derive(Debug)]
pub struct Stepping(pub Rc<dyn Store>);

/// A store each of whose removals takes two polls.
#[derive(Debug)]
pub struct SteppingRemovals(pub Rc<dyn Store>);

/// Lets everybody else take a step first.
pub async fn step() {
    let waited = Cell::new(false);
    poll_fn(|context| {
        if waited.replace(true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[async_trait(?Send)]
impl Store for Stepping {
    async fn create(&self, number: u64, bytes: &[u8]) -> Result<(), CreateError> {
        step().await;
        self.0.create(number, bytes).await
    }

    async fn list(&self) -> Result<Vec<u64>, StoreError> {
        step().await;
        self.0.list().await
    }

    async fn read(&self, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        step().await;
        self.0.read(number).await
    }

    async fn remove(&self, number: u64) -> Result<(), StoreError> {
        step().await;
        self.0.remove(number).await
    }
}

#[async_trait(?Send)]
impl Store for SteppingRemovals {
    async fn create(&self, number: u64, bytes: &[u8]) -> Result<(), CreateError> {
        self.0.create(number, bytes).await
    }

    async fn list(&self) -> Result<Vec<u64>, StoreError> {
        self.0.list().await
    }

    async fn read(&self, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.read(number).await
    }

    async fn remove(&self, number: u64) -> Result<(), StoreError> {
        step().await;
        self.0.remove(number).await
    }
}

/// A store whose creations wait until they are let through.
#[derive(Debug)]
pub struct Gated {
    pub store: MemoryStore,
    pub gate: Semaphore,
}

impl Gated {
    /// A store that lets so many creations through.
    pub fn new(creations: usize) -> Rc<Self> {
        Rc::new(Self { store: MemoryStore::new(), gate: Semaphore::new(creations) })
    }
}

#[async_trait(?Send)]
impl Store for Gated {
    async fn create(&self, number: u64, bytes: &[u8]) -> Result<(), CreateError> {
        self.gate.acquire().await.unwrap().forget();
        self.store.create(number, bytes).await
    }

    async fn list(&self) -> Result<Vec<u64>, StoreError> {
        self.store.list().await
    }

    async fn read(&self, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.read(number).await
    }

    async fn remove(&self, number: u64) -> Result<(), StoreError> {
        self.store.remove(number).await
    }
}
