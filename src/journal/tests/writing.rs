//! What is appended is durable, in order, or the run stops.

use std::future::Future;
use std::rc::Rc;
use std::task::{Context, Waker};

use futures::FutureExt;
use futures::future::join_all;

use crate::journal::memory::{Fault, MemoryStore};
use crate::journal::read::read;
use crate::journal::record::{Ending, Number, Record};
use crate::journal::store::Stores;
use crate::journal::testing::{
    Gated, Stepping, address, at, create, done, ended, entries, every_record, intent, lease, records_of, started, step,
    stores,
};
use crate::journal::writer::{Journal, JournalError};

#[tokio::test]
async fn records_keep_their_numbers_over_runs_and_owners() {
    let folder = tempfile::tempdir().unwrap();
    let stores = Stores::in_folder(&folder.path().join("journal"));
    let mut written = Vec::new();
    for run in 0..3 {
        let journal = Journal::open(&stores, &lease(run).await).await.unwrap();
        for record in [started(&format!("run-{run}")), ended(Ending::Unchanged)] {
            written.push(record.clone());
            assert_eq!(journal.append(at(0), record).await.unwrap(), Number(written.len() as u64));
        }
    }
    let contents = read(&stores).await.unwrap();
    let records: Vec<Record> = contents.entries.values().map(|entry| entry.record.clone()).collect();
    assert_eq!(records, written);
    assert_eq!(contents.segments, 9, "each owner's takeover, and a segment per record");
    assert_eq!(contents.state.runs().len(), 3);
}

/// A journal that has begun a run and whose next write waits at the gate.
async fn gated() -> (Rc<Gated>, Journal) {
    let store = Gated::new(2);
    let journal = Journal::open(&stores(store.clone()), &lease(0).await).await.unwrap();
    journal.append(at(0), started("r")).await.unwrap();
    (store, journal)
}

fn is_pending<T>(work: &mut (impl Future<Output = T> + Unpin)) -> bool {
    work.poll_unpin(&mut Context::from_waker(Waker::noop())).is_pending()
}

#[tokio::test]
async fn what_is_appended_during_a_write_goes_out_together_in_the_next_one() {
    let (store, journal) = gated().await;
    let names: Vec<String> = (0..20).map(|name| format!("r{name}")).collect();
    let mut appends = join_all(names.iter().map(|name| journal.append(at(1), intent(name, create(1)))));
    assert!(is_pending(&mut appends));
    store.gate.add_permits(2);
    let numbers: Vec<Number> = appends.await.into_iter().map(Result::unwrap).collect();
    assert_eq!(numbers, (2..22).map(Number).collect::<Vec<_>>(), "in the order of the calls");
    let contents = read(&stores(store.clone())).await.unwrap();
    assert_eq!(contents.segments, 4, "the first of them, and the nineteen others together");
    let told: Vec<_> = contents.state.unfinished().unwrap().open().map(|one| one.intent.address.clone()).collect();
    assert_eq!(told, names.iter().map(|name| address(name)).collect::<Vec<_>>());
    assert_eq!(contents.state, journal.look(Clone::clone));
}

#[tokio::test]
async fn a_caller_that_goes_away_takes_no_record_along() {
    let (store, journal) = gated().await;
    let mut gone = journal.append(at(1), intent("a", create(1))).boxed_local();
    let mut also_gone = journal.append(at(1), intent("b", create(1))).boxed_local();
    assert!(is_pending(&mut gone) && is_pending(&mut also_gone));
    drop((gone, also_gone));
    store.gate.add_permits(2);
    journal.append(at(2), done(2)).await.unwrap();
    assert_eq!(read(&stores(store.clone())).await.unwrap().entries.len(), 4);
}

#[tokio::test]
async fn after_a_failed_write_nothing_is_written_any_more() {
    let (store, journal) = gated().await;
    let mut appends = join_all(["a", "b", "c"].map(|name| journal.append(at(1), intent(name, create(1)))));
    assert!(is_pending(&mut appends));
    store.store.fault_at(1, Fault::Fails);
    store.gate.add_permits(10);
    let ended = appends.await;
    assert!(ended.iter().all(|one| matches!(one, Err(JournalError::Store(_)))), "{ended:?}");
    let creations = store.store.creations();
    let error = journal.append(at(2), done(2)).await.unwrap_err();
    insta::assert_snapshot!(error, @"the journal was stopped: the journal can't be written: number 3 in memory: no storage space");
    assert!(journal.stopped().is_some());
    assert_eq!(store.store.creations(), creations, "nothing was tried after the failure");
}

#[tokio::test]
async fn what_cannot_follow_is_refused_and_leaves_the_journal_as_it_was() {
    let store = Rc::new(MemoryStore::new());
    let journal = Journal::open(&stores(store.clone()), &lease(0).await).await.unwrap();
    journal.append(at(0), started("r")).await.unwrap();
    assert!(matches!(journal.append(at(1), done(1)).await, Err(JournalError::Impossible(_))));
    assert_eq!(journal.append(at(2), ended(Ending::Unchanged)).await.unwrap(), Number(2));
    assert_eq!(read(&stores(store.clone())).await.unwrap().entries.len(), 2);
}

/// Polls until it is done or nothing goes on any more.
fn run_until_stuck<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = Box::pin(work);
    (0..1000).find_map(|_| match work.poll_unpin(&mut Context::from_waker(Waker::noop())) {
        std::task::Poll::Ready(done) => Some(done),
        std::task::Poll::Pending => None,
    })
}

#[tokio::test]
async fn whatever_happens_to_any_write_the_next_owner_reads_all_that_was_told_to_be_durable() {
    let records = every_record();
    let (older, newer) = (lease(0).await, lease(1).await);
    let longest = entries(records.clone()).len();
    let mut recovered = 0;
    for creation in 1..=longest as u64 + 1 {
        let torn = (0..160).map(|length| Fault::Torn(length * 4));
        let faults = [Fault::Fails, Fault::FailsAfterwards, Fault::KilledBefore, Fault::KilledAfter];
        for fault in torn.chain(faults) {
            let memory = Rc::new(MemoryStore::new());
            memory.fault_at(creation, fault);
            let durable = std::cell::Cell::new(0);
            let died = run_until_stuck(async {
                let journal = Journal::open(&stores(Rc::new(Stepping(memory.clone()))), &older).await?;
                for record in &records {
                    journal.append(at(0), record.clone()).await?;
                    durable.set(durable.get() + 1);
                    step().await;
                }
                Ok::<(), JournalError>(())
            });
            assert!(!matches!(died, Some(Ok(()))), "the fault was not met");
            let journal = Journal::open(&stores(memory.clone()), &newer).await.unwrap();
            journal.append(at(9), started("after")).await.unwrap();
            let read = records_of(&read(&stores(memory.clone())).await.unwrap());
            let (last, kept) = read.split_last().unwrap();
            assert_eq!(last.record, started("after"));
            assert!(kept.len() == durable.get() || kept.len() == durable.get() + 1, "{creation} {fault:?}");
            assert!(kept.iter().zip(&records).all(|(one, other)| one.record == *other));
            recovered += 1;
        }
    }
    assert_eq!(recovered, (longest + 1) * 164);
}
