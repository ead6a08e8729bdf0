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

use crate::journal::lease::{Lease, LeaseNumber, acquire};
use crate::journal::memory::MemoryStore;
use crate::journal::read::read;
use crate::journal::record::{Ending, Number, Record};
use crate::journal::testing::{Stepping, at, claim, create, done, ended, intent, started, step};
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

#[derive(Clone, Default)]
struct World {
    leases: Rc<MemoryStore>,
    journal: Rc<MemoryStore>,
    seen: Rc<RefCell<Vec<Seen>>>,
}

impl World {
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
        let journal = Journal::open(Rc::new(Stepping(self.journal.clone())), lease).await.ok()?;
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

    /// An owner from the beginning as far as it can change something.
    async fn begin(self, owner: u32, now: SystemTime) {
        let work = async {
            let lease = self.acquire(owner, now).await?;
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
    let contents = read(&*world.journal).now_or_never().unwrap().unwrap_or_else(|error| panic!("{error}: {seen:?}"));
    let durable = seen.iter().filter(|one| matches!(one, Seen::Durable { .. })).count();
    assert_eq!(contents.entries.len(), durable);
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

#[test]
fn an_owner_that_is_paused_in_its_work_is_fenced_by_the_next_one() {
    let paused = |world: &World| {
        let lease = alone(world.acquire(1, at(0))).unwrap();
        let journal = alone(world.take_over(1, &lease)).unwrap();
        alone(world.start(1, &lease, &journal)).unwrap();
        let older = {
            let world = world.clone();
            async move {
                let work = async {
                    world.change(1, &lease, &journal, 1).await?;
                    world.append(1, &lease, &journal, ended(Ending::Applied)).await.map(drop)
                };
                world.end(1, work.await);
            }
        };
        [older.boxed_local(), world.clone().begin(2, at(3600)).boxed_local()]
    };
    let orders = in_every_order(paused, check);
    assert!(orders > 1000, "{orders}");
}
