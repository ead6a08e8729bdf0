//! Two owners at once, in every order of their steps.
//!
//! Each owner is the real code over one store; every operation of the store, and every call to AWS, is a step. All
//! schedules are tried, not a sample.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use futures::FutureExt;
use futures::future::LocalBoxFuture;

use crate::journal::housekeeping::{Limits, read_history, tidy_to};
use crate::journal::lease::{Lease, LeaseNumber, acquire};
use crate::journal::memory::MemoryStore;
use crate::journal::record::{Ending, Number, Record};
use crate::journal::store::Stores;
use crate::journal::testing::{
    Stepping, SteppingRemovals, at, claim, create, done, ended, intent, started, step, stores,
};
use crate::journal::writer::Journal;

const TERM: Duration = Duration::from_secs(60);

/// What happened, in order.
#[derive(Debug, Clone, PartialEq)]
enum Seen {
    Acquired {
        by: u32,
        lease: LeaseNumber,
    },
    /// An owner has taken the journal over, and knows of these intents without an outcome.
    TookOver {
        by: u32,
        lease: LeaseNumber,
        knows: Vec<Number>,
    },
    Durable {
        by: u32,
        lease: LeaseNumber,
    },
    Called {
        lease: LeaseNumber,
        intent: Number,
    },
    Ended {
        by: u32,
    },
    Stopped {
        by: u32,
    },
}

#[derive(Clone)]
struct World {
    leases: Rc<MemoryStore>,
    journal: Stores,
    seen: Rc<RefCell<Vec<Seen>>>,
}

impl Default for World {
    fn default() -> Self {
        Self { leases: Rc::default(), journal: stores(Rc::new(MemoryStore::new())), seen: Rc::default() }
    }
}

impl World {
    /// The journal, with every operation on its segments a step.
    fn stepping(&self) -> Stores {
        Stores { segments: Rc::new(Stepping(Rc::clone(&self.journal.segments))), ..self.journal.clone() }
    }

    fn see(&self, seen: Seen) {
        self.seen.borrow_mut().push(seen);
    }

    async fn acquire(&self, owner: u32, now: SystemTime) -> Option<Lease> {
        let store = Rc::new(Stepping(self.leases.clone()));
        let lease = acquire(store, claim(&format!("run-{owner}"), owner), now, TERM).await.ok()?;
        self.see(Seen::Acquired { by: owner, lease: lease.number() });
        Some(lease)
    }

    async fn take_over(&self, owner: u32, lease: &Lease) -> Option<Journal> {
        let journal = Journal::open(&self.stepping(), lease).await.ok()?;
        let runs = journal.look(|state| {
            let open = state.runs().iter().flat_map(|run| run.open().map(|step| step.number).collect::<Vec<_>>());
            open.collect()
        });
        self.see(Seen::TookOver { by: owner, lease: lease.number(), knows: runs });
        Some(journal)
    }

    /// The beginning of a run.
    async fn start(&self, owner: u32, lease: &Lease, journal: &Journal) -> Option<()> {
        self.append(owner, lease, journal, started(&format!("run-{owner}"))).await.map(drop)
    }

    /// A change: intent, call, outcome.
    async fn change(&self, owner: u32, lease: &Lease, journal: &Journal, change: u8) -> Option<()> {
        let number = self.append(owner, lease, journal, intent("vpc", create(change))).await?;
        step().await;
        self.see(Seen::Called { lease: lease.number(), intent: number });
        self.append(owner, lease, journal, done(number.0)).await.map(drop)
    }

    async fn append(&self, by: u32, lease: &Lease, journal: &Journal, record: Record) -> Option<Number> {
        let number = journal.append(at(0), record).await.ok()?;
        self.see(Seen::Durable { by, lease: lease.number() });
        Some(number)
    }

    fn end(&self, owner: u32, done: Option<()>) {
        self.see(if done.is_some() { Seen::Ended { by: owner } } else { Seen::Stopped { by: owner } });
    }

    /// An owner from the beginning as far as it can change something. It acquires the zone in one step: what comes in between
    /// there has tests of its own.
    async fn begin(self, owner: u32, now: SystemTime) {
        let work = async {
            let lease = alone(self.acquire(owner, now))?;
            step().await;
            let journal = self.take_over(owner, &lease).await?;
            self.start(owner, &lease, &journal).await
        };
        self.end(owner, work.await);
    }

    /// An owner from the beginning to its end.
    async fn own(self, owner: u32, now: SystemTime) {
        let work = async {
            let lease = self.acquire(owner, now).await?;
            let journal = self.take_over(owner, &lease).await?;
            self.start(owner, &lease, &journal).await?;
            self.change(owner, &lease, &journal, 0).await?;
            self.append(owner, &lease, &journal, ended(Ending::Applied)).await?;
            lease.release().await.ok()
        };
        self.end(owner, work.await);
    }
}

/// Runs something that nobody interrupts.
fn alone<T>(work: impl Future<Output = T>) -> T {
    let mut work = Box::pin(work);
    loop {
        if let Poll::Ready(done) = work.poll_unpin(&mut Context::from_waker(Waker::noop())) {
            return done;
        }
    }
}

/// Runs the two owners in every order of their steps and gives how many orders there are.
///
/// A schedule says whose step comes next. After each run the last choice that could have been another one is changed.
fn in_every_order(owners: impl Fn(&World) -> [LocalBoxFuture<'static, ()>; 2], check: impl Fn(&World)) -> usize {
    let mut schedule: Vec<usize> = Vec::new();
    let mut orders = 0;
    loop {
        let world = World::default();
        let mut alive = owners(&world).map(Some);
        let mut taken: Vec<(usize, bool)> = Vec::new();
        while alive.iter().any(Option::is_some) {
            let both = alive.iter().all(Option::is_some);
            let planned = schedule.get(taken.len()).copied().unwrap_or(0);
            let next = if alive[planned].is_some() { planned } else { 1 - planned };
            taken.push((next, both && next == 0));
            let Some(owner) = &mut alive[next] else { unreachable!() };
            if let Poll::Ready(()) = owner.poll_unpin(&mut Context::from_waker(Waker::noop())) {
                alive[next] = None;
            }
        }
        check(&world);
        orders += 1;
        let Some(last) = taken.iter().rposition(|(_, other)| *other) else { return orders };
        schedule = taken.iter().take(last).map(|(next, _)| *next).chain([1]).collect();
    }
}

/// What holds whatever happens.
fn check(world: &World) {
    let seen = world.seen.borrow();
    let mut newest: Option<LeaseNumber> = None;
    let mut acquired = Vec::new();
    for (place, one) in seen.iter().enumerate() {
        match one {
            Seen::Acquired { lease, .. } => {
                assert!(!acquired.contains(lease), "a lease twice: {seen:?}");
                acquired.push(*lease);
            }
            Seen::TookOver { lease, knows, .. } => {
                assert!(newest.is_none_or(|newest| newest < *lease), "an older lease takes over: {seen:?}");
                newest = Some(*lease);
                for later in &seen[place..] {
                    if let Seen::Called { lease: older, intent } = later
                        && older < lease
                    {
                        assert!(knows.contains(intent), "a call that the new owner does not know of: {seen:?}");
                    }
                }
            }
            Seen::Durable { lease, .. } => assert_eq!(Some(*lease), newest, "a fenced owner writes: {seen:?}"),
            Seen::Called { .. } | Seen::Ended { .. } | Seen::Stopped { .. } => {}
        }
    }
    let entries =
        read_history(&world.journal).now_or_never().unwrap().unwrap_or_else(|error| panic!("{error}: {seen:?}"));
    let durable = seen.iter().filter(|one| matches!(one, Seen::Durable { .. })).count();
    // An owner that is overtaken while it writes a record is not told that it is durable, though the next one may have read it.
    let stopped = seen.iter().filter(|one| matches!(one, Seen::Stopped { .. })).count();
    assert!((durable..=durable + stopped).contains(&entries.len()), "{} records: {seen:?}", entries.len());
    assert!(seen.iter().any(|one| matches!(one, Seen::Ended { .. })), "nobody gets to the end: {seen:?}");
}

#[test]
fn of_two_who_want_a_free_zone_one_at_a_time_works() {
    let in_time =
        |world: &World| [world.clone().own(1, at(0)).boxed_local(), world.clone().own(2, at(1)).boxed_local()];
    let orders = in_every_order(in_time, |world| {
        check(world);
        let seen = world.seen.borrow();
        let stopped = |by: u32| seen.contains(&Seen::Stopped { by });
        let acquired = |by: u32| seen.iter().any(|one| matches!(one, Seen::Acquired { by: who, .. } if *who == by));
        assert!(
            ![1, 2].into_iter().any(|by| acquired(by) && stopped(by)),
            "who acquired it is not disturbed: {seen:?}"
        );
        assert!([1, 2].into_iter().all(|by| acquired(by) || stopped(by)), "{seen:?}");
    });
    assert!(orders > 300, "{orders}");
}

#[test]
fn an_owner_that_is_paused_before_it_begins_is_fenced_by_the_next_one() {
    // The second one's clock is past the first one's term from the start, so that it can take over at any point.
    let paused =
        |world: &World| [world.clone().begin(1, at(0)).boxed_local(), world.clone().begin(2, at(3600)).boxed_local()];
    let orders = in_every_order(paused, check);
    assert!(orders > 1000, "{orders}");
}

/// What the first owner has left to do, after it has begun: one change.
fn paused_in_its_work(world: &World) -> impl Future<Output = ()> + 'static {
    let lease = alone(world.acquire(1, at(0))).unwrap();
    let journal = alone(world.take_over(1, &lease)).unwrap();
    alone(world.start(1, &lease, &journal)).unwrap();
    let world = world.clone();
    async move {
        let done = world.change(1, &lease, &journal, 1).await;
        world.end(1, done);
    }
}

#[test]
fn an_owner_that_is_paused_in_its_work_is_fenced_by_the_next_one() {
    let paused =
        |world: &World| [paused_in_its_work(world).boxed_local(), world.clone().begin(2, at(3600)).boxed_local()];
    let orders = in_every_order(paused, check);
    assert!(orders > 1000, "{orders}");
}

/// As little as can be kept, so that few steps come to removing something.
const LITTLE: Limits = Limits { worth_while: 1, never_removed: 1, archived: 9 };

impl World {
    /// A whole run of an owner in one step, and after it housekeeping, removal by removal.
    async fn own_and_tidy(self, owner: u32, now: SystemTime) {
        let work = async {
            let lease = alone(self.acquire(owner, now))?;
            let journal = alone(self.take_over(owner, &lease))?;
            alone(self.start(owner, &lease, &journal))?;
            // Far enough that nothing of an older owner is among what is not removed.
            for change in 0..2 {
                alone(self.change(owner, &lease, &journal, change))?;
            }
            alone(self.append(owner, &lease, &journal, ended(Ending::Applied)))?;
            step().await;
            let segments = Rc::new(SteppingRemovals(Rc::clone(&self.journal.segments)));
            tidy_to(&Stores { segments, ..self.journal.clone() }, LITTLE).await.ok()
        };
        let done = work.await;
        self.end(owner, done);
    }
}

/// What is left of the segments after housekeeping.
fn assert_tidied(world: &World) {
    let numbers = world.journal.segments.list().now_or_never().unwrap().unwrap();
    let checkpoints = world.journal.checkpoints.list().now_or_never().unwrap().unwrap();
    assert_eq!(checkpoints.len(), 1);
    // The paused owner may have created the number again that it was about to create.
    assert!(numbers.len() <= 2, "{numbers:?} with checkpoint {checkpoints:?}: little was removed");
}

#[test]
fn an_owner_that_is_paused_while_its_segments_are_removed_is_fenced() {
    let paused = |world: &World| {
        [paused_in_its_work(world).boxed_local(), world.clone().own_and_tidy(2, at(3600)).boxed_local()]
    };
    let orders = in_every_order(paused, |world| {
        check(world);
        let seen = world.seen.borrow();
        assert!(seen.contains(&Seen::Ended { by: 2 }), "the new owner is not disturbed: {seen:?}");
        assert_tidied(world);
    });
    assert!(orders > 300, "{orders}");
}

#[test]
fn an_owner_that_is_paused_in_its_takeover_while_segments_are_removed_is_fenced() {
    let paused = |world: &World| {
        let lease = alone(world.acquire(1, at(0))).unwrap();
        let older = {
            let world = world.clone();
            async move {
                let work = async {
                    let journal = world.take_over(1, &lease).await?;
                    world.start(1, &lease, &journal).await
                };
                world.end(1, work.await);
            }
        };
        [older.boxed_local(), world.clone().own_and_tidy(2, at(3600)).boxed_local()]
    };
    let orders = in_every_order(paused, |world| {
        check(world);
        assert_tidied(world);
    });
    assert!(orders > 1000, "{orders}");
}

#[test]
fn a_holder_that_is_paused_while_its_entries_are_removed_has_lost_its_lease() {
    let paused = |world: &World| {
        let older = {
            let world = world.clone();
            async move {
                let work = async {
                    let mut lease = world.acquire(1, at(0)).await?;
                    lease.renew(at(30)).await.ok()?;
                    world.see(Seen::Durable { by: 1, lease: lease.number() });
                    Some(())
                };
                world.end(1, work.await);
            }
        };
        let newer = {
            let world = world.clone();
            async move {
                let mut leases = Vec::new();
                // Twenty holders after each other, of whom the last removes what is old.
                for time in 1..=20 {
                    leases.extend(alone(world.acquire(1 + time, at(u64::from(time) * 3600))));
                    step().await;
                }
                let removed = alone(leases.pop().unwrap().remove_older());
                world.end(21, removed.ok());
            }
        };
        [older.boxed_local(), newer.boxed_local()]
    };
    let orders = in_every_order(paused, |world| {
        let seen = world.seen.borrow();
        let mut newest = LeaseNumber(0);
        for one in seen.iter() {
            match one {
                Seen::Acquired { lease, .. } => {
                    assert!(newest < *lease, "a lease after a newer one: {seen:?}");
                    newest = *lease;
                }
                Seen::Durable { lease, .. } => assert_eq!(newest, *lease, "a lost lease is renewed: {seen:?}"),
                _ => {}
            }
        }
    });
    assert!(orders > 1000, "{orders}");
}
