//! Shared looking: who waits for a resource of a kind in an account looks together with all others who do.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};

use crate::cloud::{AccountCloud, CallError, Clock};
use crate::kinds::{KindName, Observed, Spec, Subject, View};
use crate::values::AccountId;

/// What one look has seen.
pub type Seen = Rc<Result<Vec<Observed<Spec>>, CallError>>;

/// A look that several wait for.
#[derive(Clone)]
struct Look {
    seen: Shared<LocalBoxFuture<'static, Seen>>,
    awaited: Rc<RefCell<Awaited>>,
}

/// The ids that those who share a look wait for; none where somebody looks for what has no id yet.
type Awaited = Option<BTreeSet<String>>;

/// The looks that are due, by account, kind and tick.
#[derive(Default)]
pub struct Looks {
    due: RefCell<BTreeMap<(AccountId, KindName, u64), Look>>,
}

/// How far apart looks at a kind are: slow kinds are looked at less often.
fn tick(kind: KindName) -> Duration {
    match kind.timing().create.as_secs() {
        0..10 => Duration::from_secs(2),
        10..60 => Duration::from_secs(5),
        _ => Duration::from_secs(10),
    }
}

/// How long after a creating call the first look is worth it: most of the usual time.
#[must_use]
pub fn first_look(usual: Duration) -> Duration {
    usual.mul_f64(0.7)
}

impl Looks {
    /// Looks at the resources of a kind in an account, at the first tick that is at least `wait` away: at the one of an id,
    /// and others that somebody waits for, or at all. `subject` says, when the time has come, what is known by then.
    pub async fn look(
        &self,
        cloud: &AccountCloud,
        kind: KindName,
        wait: Duration,
        id: Option<&str>,
        subject: impl FnOnce(Awaited) -> Subject + 'static,
    ) -> Seen {
        let clock = cloud.clock();
        let tick = tick(kind);
        let number = (clock.elapsed() + wait).as_millis() / tick.as_millis() + 1;
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        let key = (cloud.id().clone(), kind, number);
        let look = self
            .due
            .borrow_mut()
            .entry(key.clone())
            .or_insert_with(|| {
                let at = tick * u32::try_from(number).unwrap_or(u32::MAX);
                let awaited = Rc::new(RefCell::new(Some(BTreeSet::new())));
                let all = Rc::clone(&awaited);
                let subject = move || subject(all.take());
                Look { seen: at_time(cloud.clone(), clock, at, kind, subject).boxed_local().shared(), awaited }
            })
            .clone();
        // A look that has begun is never joined: it is of a tick that has come.
        match (&mut *look.awaited.borrow_mut(), id) {
            (Some(awaited), Some(id)) => {
                awaited.insert(id.to_owned());
            }
            (awaited, _) => *awaited = None,
        }
        let seen = look.seen.await;
        self.due.borrow_mut().remove(&key);
        seen
    }
}

async fn at_time(
    cloud: AccountCloud,
    clock: Clock,
    at: Duration,
    kind: KindName,
    subject: impl FnOnce() -> Subject,
) -> Seen {
    clock.sleep(at.saturating_sub(clock.elapsed())).await;
    let view = View::new(cloud, subject());
    Rc::new(kind.observe(&view).await)
}
