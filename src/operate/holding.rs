//! The zone's lease: held while something is done, renewed all the while, and given back on every way out.

use std::cell::Cell;
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::watch;

use super::audience::Notice;
use super::error::{OperateError, Stopped};
use super::machine::Requests;
use crate::journal::lease::{self, Claim, LeaseNumber};
use crate::journal::{Lease, LeaseError, Store};
use crate::reconcile::TimeOfDay;

/// How long a lease is good for without being renewed.
pub const TERM: Duration = Duration::from_secs(120);
/// How often it is renewed.
const RENEWAL: Duration = Duration::from_secs(40);
/// How long old records may take to be put away. What is left is put away by the next run.
const TIDYING: Duration = Duration::from_secs(60);
/// How long the giving back may take. By then the lease has expired soon anyway.
const GIVING_BACK: Duration = Duration::from_secs(30);

/// What a zone is held for.
pub struct Holding {
    /// Where the lease is.
    pub store: Rc<dyn Store>,
    /// Who holds the zone, and what for.
    pub claim: Claim,
    /// The time of day that leases are told in.
    pub now: TimeOfDay,
    /// Requests to end.
    pub requests: Requests,
}

/// What work has of the lease that it is done under.
#[derive(Clone)]
pub struct Tenure {
    /// The lease's number.
    pub lease: LeaseNumber,
    /// Asks the work to stop: somebody interrupts it, or has taken the zone over.
    pub stopper: watch::Sender<bool>,
    /// True once something may be changed.
    changes: Rc<Cell<bool>>,
}

impl Tenure {
    /// From here on something may be changed. The first request to end lets what is under way end, and is told; the second
    /// one drops it.
    pub fn begin_changes(&self) {
        self.changes.set(true);
    }

    /// Ends when the work is to be dropped, with why.
    async fn dropped(&self, requests: &mut Requests, tell: &dyn Fn(Notice)) -> OperateError {
        requests.next().await;
        if !self.changes.get() {
            return OperateError::Declined;
        }
        tell(Notice::Stopping);
        self.stopper.send_replace(true);
        requests.next().await;
        Stopped::AtWork.into()
    }
}

impl Holding {
    /// Takes the lease, `opens` something under it, does the `work`, `tidies`, and gives the lease back, whatever came of
    /// what was between. Where the lease was taken by somebody else, the channel asks the work to stop. What goes wrong
    /// with the giving back is told, and is no failure of the work: the lease expires.
    pub async fn during<Open, T>(
        self,
        tell: &dyn Fn(Notice),
        tidies: impl AsyncFnOnce() -> Result<(), String>,
        opens: impl AsyncFnOnce(&Tenure) -> Result<Open, OperateError>,
        work: impl AsyncFnOnce(&Open) -> Result<T, OperateError>,
    ) -> Result<T, OperateError> {
        let Self { store, claim, now, mut requests } = self;
        let mut lease = tokio::select! {
            biased;
            taken = take(&store, &claim, &now) => taken?,
            () = requests.next() => {
                return Err(Stopped::Taking.into());
            }
        };
        let (stopper, _) = watch::channel(false);
        let tenure = Tenure { lease: lease.number(), stopper, changes: Rc::default() };
        // A renewal that is dropped half way is no harm: the next entry is then perhaps this holder's own.
        let worked = tokio::select! {
            biased;
            worked = async { work(&opens(&tenure).await?).await } => worked,
            error = tenure.dropped(&mut requests, tell) => Err(error),
            never = keep(&mut lease, &now, &tenure.stopper) => match never {},
        };
        if !matches!(worked, Err(OperateError::Stopped(_))) {
            let tidied = tokio::select! {
                biased;
                tidied = within(TIDYING, &mut requests, tidies()) => tidied.and_then(|tidied| tidied),
                never = keep(&mut lease, &now, &tenure.stopper) => match never {},
            };
            let tidied = match tidied {
                Ok(()) => match within(TIDYING, &mut requests, lease.remove_older()).await {
                    Ok(removed) => removed.map_err(|error| error.to_string()),
                    Err(late) => Err(late),
                },
                failed => failed,
            };
            if let Err(error) = tidied {
                // What was done is durable all the same.
                tell(Notice::NotTidied { error });
            }
        }
        let kept = match within(GIVING_BACK, &mut requests, lease.release()).await {
            Ok(Ok(())) => None,
            Ok(Err(LeaseError::Lost)) => {
                tell(Notice::TakenOver);
                None
            }
            Ok(Err(error)) => Some(error.to_string()),
            Err(late) => Some(late),
        };
        if let Some(error) = kept {
            tell(Notice::NotGivenBack { error, term: TERM });
        }
        worked
    }
}

/// Takes the lease; from a process of this machine that has died at once.
async fn take(store: &Rc<dyn Store>, claim: &Claim, now: &TimeOfDay) -> Result<Lease, LeaseError> {
    let acquire = || lease::acquire(Rc::clone(store), claim.clone(), now(), TERM);
    match acquire().await {
        Err(LeaseError::Held(held)) if held.by.holder.is_of_same_host(&claim.holder) => {
            lease::unlock(&**store, claim.holder.clone(), now()).await?;
            acquire().await
        }
        other => other,
    }
}

/// Waits for something so long at most, and not beyond a request to end.
async fn within<T>(limit: Duration, requests: &mut Requests, work: impl Future<Output = T>) -> Result<T, String> {
    #[expect(clippy::disallowed_methods, reason = "a lease expires in this machine's own time")]
    let late = tokio::time::sleep(limit);
    tokio::select! {
        biased;
        done = work => Ok(done),
        () = requests.next() => Err("it was interrupted".to_owned()),
        () = late => Err(format!("no answer came within {} seconds", limit.as_secs())),
    }
}

/// Renews the lease for as long as it is awaited. Where somebody else has taken it, it asks for the stop, and waits.
async fn keep(lease: &mut Lease, now: &TimeOfDay, stopper: &watch::Sender<bool>) -> Infallible {
    loop {
        #[expect(clippy::disallowed_methods, reason = "a lease expires in this machine's own time")]
        tokio::time::sleep(RENEWAL).await;
        match lease.renew(now()).await {
            // What can't be removed now is removed at the next renewal, or when the zone is given back.
            Ok(()) => drop(lease.remove_older().await),
            Err(LeaseError::Lost) => {
                stopper.send_replace(true);
                return std::future::pending().await;
            }
            // The store may work again next time; if it doesn't, the journal stops the run.
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::time::SystemTime;

    use super::*;
    use crate::journal::memory::Fault;
    use crate::journal::record::{Holder, UNKNOWN_HOST};
    use crate::journal::{MemoryStore, Message};

    fn claim(host: &str) -> Claim {
        let holder = Holder { user: "me".to_owned(), host: host.to_owned(), process: 7 };
        Claim { holder, run: "run-1".to_owned(), command: Message::new("bootstrap") }
    }

    /// The time of day by tokio's clock, which tests stop.
    fn now() -> TimeOfDay {
        #[expect(clippy::disallowed_methods, reason = "a test's clock stands still")]
        let start = tokio::time::Instant::now();
        Rc::new(move || SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000) + start.elapsed())
    }

    fn holding(store: &Rc<MemoryStore>) -> Holding {
        let requests = Requests::of(futures::stream::empty());
        Holding { store: store.clone(), claim: claim("here"), now: now(), requests }
    }

    /// What a command does under the lease, and how it ends.
    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Work {
        OpeningFails,
        Fails,
        /// It takes so long that the lease is renewed many times, and then fails.
        FailsLate,
        Done,
    }

    async fn run(store: &Rc<MemoryStore>, work: Work) -> (Result<(), OperateError>, Vec<Notice>) {
        let told = RefCell::new(Vec::new());
        let tell = |notice: Notice| told.borrow_mut().push(notice);
        let failed = || OperateError::NoRun;
        let opens = async |_: &Tenure| match work {
            Work::OpeningFails => Err(failed()),
            _ => Ok(()),
        };
        let done = holding(store).during(
            &tell,
            async || Ok(()),
            opens,
            async |()| {
                if work == Work::FailsLate {
                    #[expect(clippy::disallowed_methods, reason = "a test's clock stands still")]
                    tokio::time::sleep(5 * TERM).await;
                }
                if work == Work::Done { Ok(()) } else { Err(failed()) }
            },
        );
        (done.await, told.into_inner())
    }

    async fn is_free(store: &Rc<MemoryStore>, later: Duration) -> bool {
        lease::holder(&**store, now()() + later).await.unwrap().is_none()
    }

    #[tokio::test(start_paused = true)]
    async fn however_the_work_ends_the_lease_is_given_back() {
        for work in [Work::OpeningFails, Work::Fails, Work::FailsLate, Work::Done] {
            let store = Rc::new(MemoryStore::new());
            let (done, told) = run(&store, work).await;
            assert_eq!((done.is_ok(), told.len()), (work == Work::Done, 0), "{work:?} {told:?}");
            assert!(is_free(&store, Duration::ZERO).await, "{work:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_fault_at_any_write_leaves_it_given_back_or_expiring_and_told() {
        for work in [Work::OpeningFails, Work::Fails, Work::FailsLate, Work::Done] {
            let writes = {
                let store = Rc::new(MemoryStore::new());
                let _ = run(&store, work).await;
                store.creations()
            };
            for fault in [Fault::Fails, Fault::FailsAfterwards] {
                for write in 1..=writes {
                    let store = Rc::new(MemoryStore::new());
                    store.fault_at(write, fault);
                    let (done, told) = run(&store, work).await;
                    let context = format!("{work:?}, {fault:?} at {write}: {done:?} {told:?}");
                    let free = is_free(&store, Duration::ZERO).await;
                    // Of what could not even be taken, or given back, somebody is told.
                    assert!(free || !told.is_empty() || write == 1 && done.is_err(), "{context}");
                    // It was renewed at the end of the work at the latest.
                    assert!(is_free(&store, 6 * TERM).await, "{context}");
                    assert!(done.is_ok() == (work == Work::Done) || write == 1, "{context}");
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_renewal_that_hangs_keeps_nobody_from_giving_it_back() {
        for fault in [Fault::KilledBefore, Fault::KilledAfter] {
            let store = Rc::new(MemoryStore::new());
            store.fault_at(2, fault);
            let (done, told) = run(&store, Work::FailsLate).await;
            assert!(done.is_err() && told.is_empty(), "{fault:?} {told:?}");
            assert!(is_free(&store, Duration::ZERO).await, "{fault:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_lost_it_is_stopped_and_told() {
        let store = Rc::new(MemoryStore::new());
        let told = RefCell::new(Vec::new());
        let tell = |notice: Notice| told.borrow_mut().push(notice);
        let opens = async |tenure: &Tenure| Ok(tenure.stopper.subscribe());
        let done = holding(&store).during(
            &tell,
            async || Ok(()),
            opens,
            async |stop| {
                lease::unlock(&*store, claim("there").holder, now()()).await?;
                let mut stop = stop.clone();
                // It is asked to by the next renewal.
                let _ = stop.wait_for(|asked| *asked).await;
                Ok(())
            },
        );
        done.await.unwrap();
        assert_eq!(told.into_inner(), [Notice::TakenOver]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_of_this_machine_is_taken_over_and_one_of_another_is_not() {
        for (holds, takes, taken) in [
            ("here", "here", true),
            ("there", "here", false),
            // Two hosts whose names are not known may be two.
            (UNKNOWN_HOST, UNKNOWN_HOST, false),
            (UNKNOWN_HOST, "here", false),
        ] {
            let store = Rc::new(MemoryStore::new());
            lease::acquire(store.clone(), claim(holds), now()(), TERM).await.unwrap();
            let store: Rc<dyn Store> = store;
            assert_eq!(take(&store, &claim(takes), &now()).await.is_ok(), taken, "{takes} from {holds}");
        }
    }
}
