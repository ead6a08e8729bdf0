//! Who holds a zone, and until when.

use std::rc::Rc;
use std::time::Duration;

use crate::journal::lease::{LeaseError, LeaseNumber, acquire, holder, unlock};
use crate::journal::memory::{Fault, MemoryStore};
use crate::journal::store::Store;
use crate::journal::testing::{self, at, claim};

const TERM: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_zone_is_held_until_it_is_released_or_expires_and_renewing_puts_that_off() {
    let store = Rc::new(MemoryStore::new());
    assert_eq!(holder(&*store, at(0)).await.unwrap(), None);
    let mut lease = acquire(store.clone(), claim("one", 11), at(0), TERM).await.unwrap();
    assert_eq!(lease.number(), LeaseNumber(1));
    let refused = acquire(store.clone(), claim("two", 12), at(59), TERM).await.unwrap_err();
    insta::assert_snapshot!(refused, @"the zone is held by anna@build-7 (process 11) since 2026-11-18T11:06:40Z, until 2026-11-18T11:07:40Z if not renewed: onboard-workload, run one");
    lease.renew(at(40)).await.unwrap();
    assert_eq!(lease.expires(), at(100));
    assert!(matches!(acquire(store.clone(), claim("two", 12), at(99), TERM).await, Err(LeaseError::Held(_))));
    assert_eq!(holder(&*store, at(100)).await.unwrap(), None, "expired");
    lease.renew(at(200)).await.unwrap();
    assert_eq!(holder(&*store, at(259)).await.unwrap().unwrap().since, at(0), "nobody took it, so it goes on");
    lease.release().await.unwrap();
    assert_eq!(holder(&*store, at(201)).await.unwrap(), None);
    assert_eq!(acquire(store, claim("two", 12), at(201), TERM).await.unwrap().number(), LeaseNumber(5));
}

#[tokio::test]
async fn a_lease_that_was_taken_over_or_unlocked_is_lost() {
    let store = Rc::new(MemoryStore::new());
    let mut expired = acquire(store.clone(), claim("one", 11), at(0), TERM).await.unwrap();
    let mut other = acquire(store.clone(), claim("two", 12), at(61), TERM).await.unwrap();
    assert!(matches!(expired.renew(at(62)).await, Err(LeaseError::Lost)));
    assert!(matches!(expired.release().await, Err(LeaseError::Lost)));
    unlock(&*store, testing::holder(13), at(63)).await.unwrap();
    assert!(matches!(other.renew(at(64)).await, Err(LeaseError::Lost)));
    let next = acquire(store.clone(), claim("three", 13), at(64), TERM).await.unwrap();
    assert!(next.number() > other.number());
}

#[tokio::test]
async fn a_renewal_or_release_whose_write_failed_can_be_tried_again_whether_it_was_written_or_not() {
    for fault in [Fault::Fails, Fault::FailsAfterwards] {
        let store = Rc::new(MemoryStore::new());
        let mut lease = acquire(store.clone(), claim("one", 11), at(0), TERM).await.unwrap();
        store.fault_at(1, fault);
        assert!(matches!(lease.renew(at(10)).await, Err(LeaseError::Store(_))));
        lease.renew(at(20)).await.unwrap();
        assert_eq!(holder(&*store, at(79)).await.unwrap().unwrap().expires, at(80));
        lease.release().await.unwrap();
        assert_eq!(holder(&*store, at(30)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_holds_the_zone_until_it_is_unlocked() {
    let store = Rc::new(MemoryStore::new());
    store.create(1, b"{\"format\":1,\"sta").await.unwrap();
    let refused = acquire(store.clone(), claim("one", 11), at(0), TERM).await.unwrap_err();
    assert!(refused.to_string().contains("`lz unlock` passes over it"), "{refused}");
    unlock(&*store, testing::holder(11), at(0)).await.unwrap();
    assert_eq!(acquire(store, claim("one", 11), at(0), TERM).await.unwrap().number(), LeaseNumber(3));
}
