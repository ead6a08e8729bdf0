//! A journal stays small, and says the same as before.

use std::cell::Cell;
use std::rc::Rc;

use async_trait::async_trait;

use crate::journal::history::{RunSummary, runs};
use crate::journal::housekeeping::{ARCHIVED_RUNS, Limits, NEVER_REMOVED, read_history, tidy, tidy_to};
use crate::journal::lease::{acquire, holder};
use crate::journal::memory::{Fault, MemoryStore};
use crate::journal::read::read;
use crate::journal::record::{Ending, Number, Record, RunEnded, RunOutcome, ScopeEnded};
use crate::journal::store::{CreateError, Store, StoreError, Stores};
use crate::journal::testing::{
    at, claim, create, delete, done, ended, intent, lease, made, started, started_for, stores, update, workload,
};
use crate::journal::writer::Journal;
use crate::kinds::Scope;

/// Writes records as a run of its own, the first of which begins it.
async fn write(stores: &Stores, run: u64, records: impl IntoIterator<Item = Record>) {
    let journal = Journal::open(stores, &lease(run).await).await.unwrap();
    for record in records {
        journal.append(at(run), record).await.unwrap();
    }
}

/// A run that changes something, as far as its end; `first` is its first record's number.
fn changing(run: u64, first: u64, end: Ending) -> [Record; 4] {
    [started(&format!("run-{run}")), intent("vpc", update(1, 2)), done(first + 1), ended(end)]
}

async fn told(stores: &Stores) -> Vec<RunSummary> {
    runs(&read_history(stores).await.unwrap())
}

#[tokio::test]
async fn what_is_read_and_kept_does_not_grow_with_the_number_of_runs() {
    let segments = Rc::new(MemoryStore::new());
    let stores = stores(segments.clone());
    for run in 0..150 {
        write(&stores, run, changing(run, run * 4 + 1, Ending::Applied)).await;
        tidy(&stores).await.unwrap();
        let contents = read(&stores).await.unwrap();
        assert!(contents.entries.len() <= 18, "{} records are read", contents.entries.len());
        assert!(segments.held().len() < 40, "{} segments are kept", segments.held().len());
        assert_eq!(contents.state.next_number(), Number((run + 1) * 4 + 1), "numbers go on");
        assert_eq!(contents.state.runs().last().unwrap().started.run, format!("run-{run}"));
    }
    let known = told(&stores).await;
    assert!((ARCHIVED_RUNS..=ARCHIVED_RUNS + 4).contains(&known.len()), "{}", known.len());
    assert!(known.iter().all(|run| run.updated == 1 && run.outcome == Some("applied")), "they are whole");
    assert_eq!(known.last().unwrap().run, "run-149");
}

/// A run on the hub that changes nothing of the workload.
fn of_hub(run: u64) -> [Record; 2] {
    let scopes = vec![ScopeEnded { scope: Scope::Hub, ending: Ending::Applied, error: None }];
    let end = RunEnded { outcome: RunOutcome::Applied, scopes };
    [started_for(&format!("hub-{run}"), vec![Scope::Hub]), Record::RunEnded(end)]
}

#[tokio::test]
async fn what_is_unfinished_is_kept_until_it_is_settled() {
    let stores = stores(Rc::new(MemoryStore::new()));
    write(&stores, 0, [started("killed"), intent("vpc", create(1)), made(2, "vpc-1"), intent("old", delete(2))]).await;
    let effects = read(&stores).await.unwrap().state.effects("killed", &workload());
    assert_eq!(effects.len(), 2);
    for run in 1..60 {
        write(&stores, run, of_hub(run)).await;
        tidy(&stores).await.unwrap();
    }
    let contents = read(&stores).await.unwrap();
    assert!(contents.entries.len() < 25, "{}", contents.entries.len());
    assert_eq!(contents.state.effects("killed", &workload()), effects);
    let unsettled: Vec<_> = contents.state.unsettled().map(|(scope, runs)| (scope.clone(), runs.len())).collect();
    assert_eq!(unsettled, [(workload(), 1)]);

    write(&stores, 60, [started("goes-on"), ended(Ending::Applied)]).await;
    for run in 61..90 {
        write(&stores, run, of_hub(run)).await;
        tidy(&stores).await.unwrap();
    }
    assert!(read(&stores).await.unwrap().state.run("killed").is_none());
    let killed = told(&stores).await.into_iter().find(|run| run.run == "killed").unwrap();
    assert_eq!((killed.created, killed.open, killed.outcome), (1, 1, None), "the history still has it");
}

/// A store whose writes and removals fail from some point on, as in a process that dies there.
#[derive(Debug)]
struct Dying {
    store: Rc<dyn Store>,
    left: Rc<Cell<usize>>,
}

impl Dying {
    fn stores(stores: &Stores, left: usize) -> Stores {
        let left = Rc::new(Cell::new(left));
        let of = |store: &Rc<dyn Store>| Rc::new(Self { store: Rc::clone(store), left: Rc::clone(&left) });
        Stores { segments: of(&stores.segments), checkpoints: of(&stores.checkpoints), archive: of(&stores.archive) }
    }

    fn live(&self) -> Result<(), StoreError> {
        let left = self.left.get().checked_sub(1);
        self.left.set(left.unwrap_or(0));
        left.map(drop).ok_or_else(|| StoreError::new("the process", std::io::ErrorKind::Other.into()))
    }
}

#[async_trait(?Send)]
impl Store for Dying {
    async fn create(&self, number: u64, bytes: &[u8]) -> Result<(), CreateError> {
        self.live()?;
        self.store.create(number, bytes).await
    }

    async fn list(&self) -> Result<Vec<u64>, StoreError> {
        self.store.list().await
    }

    async fn read(&self, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.read(number).await
    }

    async fn remove(&self, number: u64) -> Result<(), StoreError> {
        self.live()?;
        self.store.remove(number).await
    }
}

/// Finished runs with one that was killed among them; a checkpoint stands for some of them already.
async fn some_runs() -> Stores {
    let stores = stores(Rc::new(MemoryStore::new()));
    for run in 0..12 {
        write(&stores, run, of_hub(run)).await;
        if run == 7 {
            tidy_to(&stores, LITTLE).await.unwrap();
        }
    }
    write(&stores, 12, [started("killed"), intent("vpc", create(1))]).await;
    write(&stores, 13, of_hub(13)).await;
    stores
}

const LITTLE: Limits = Limits { worth_while: 1, never_removed: 2, archived: 50 };

#[tokio::test]
async fn housekeeping_that_dies_anywhere_has_lost_nothing_and_is_done_by_the_next() {
    let stores = some_runs().await;
    let (before, state) = (told(&stores).await, read(&stores).await.unwrap().state);
    let mut deaths = 0;
    for left in 0.. {
        let stores = some_runs().await;
        let tidied = tidy_to(&Dying::stores(&stores, left), LITTLE).await;
        assert_eq!(told(&stores).await, before, "it died after {left} of its writes and removals");
        let after = read(&stores).await.unwrap().state;
        assert_eq!(after.next_number(), state.next_number());
        assert_eq!(after.effects("killed", &workload()), state.effects("killed", &workload()));
        if tidied.is_ok() {
            break;
        }
        deaths += 1;
        write(&stores, 14, of_hub(14)).await;
        tidy_to(&stores, LITTLE).await.unwrap();
        assert!(stores.segments.list().await.unwrap().len() <= 2, "what was left is removed by the next one");
        assert_eq!(told(&stores).await.len(), before.len() + 1);
    }
    assert!(deaths > 20, "{deaths}");
}

#[tokio::test]
async fn a_checkpoint_that_was_cut_off_is_passed_over() {
    for length in [0, 11, 40, 200, 500] {
        let mut stores = some_runs().await;
        let before = told(&stores).await;
        let checkpoints = Rc::new(MemoryStore::new());
        for number in stores.checkpoints.list().await.unwrap() {
            checkpoints.create(number, &stores.checkpoints.read(number).await.unwrap().unwrap()).await.unwrap();
        }
        checkpoints.fault_at(1, Fault::Torn(length));
        stores.checkpoints = checkpoints.clone();
        tidy_to(&stores, LITTLE).await.unwrap_err();
        assert_eq!(checkpoints.held().len(), 2);
        assert_eq!(told(&stores).await, before, "cut off at {length}");
        tidy_to(&stores, LITTLE).await.unwrap();
        assert_eq!(told(&stores).await, before, "its number is taken, and nothing is removed for it");
        write(&stores, 14, of_hub(14)).await;
        tidy_to(&stores, LITTLE).await.unwrap();
        assert_eq!(checkpoints.held().len(), 1);
    }
}

#[tokio::test]
async fn renewals_leave_only_the_newest_entries_and_numbers_go_on() {
    let store = Rc::new(MemoryStore::new());
    let term = std::time::Duration::from_secs(120);
    let mut held = acquire(store.clone(), claim("run", 1), at(0), term).await.unwrap();
    for renewal in 1..=900 {
        held.renew(at(renewal * 40)).await.unwrap();
        held.remove_older().await.unwrap();
        assert!(store.held().len() as u64 <= NEVER_REMOVED + 1);
    }
    assert_eq!(holder(&*store, at(36_000)).await.unwrap().unwrap().since, at(0));
    held.release().await.unwrap();
    assert_eq!(acquire(store, claim("next", 2), at(36_001), term).await.unwrap().number().0, 903);
}
