//! One writer per zone.
//!
//! # The lease
//!
//! A store of its own holds the lease's entries. The newest entry says all: who holds the zone until when, or that nobody
//! does. To acquire, renew or release the zone is to create the entry after the newest one that is known; where that exists
//! already, somebody else was faster. The number of the entry by which a zone was acquired is the *lease's number*; later
//! leases have greater ones, and no two are equal.
//!
//! Entries that are long over are removed by the holder ([`Lease::remove_older`]), the newest ones never.
//!
//! # Fencing
//!
//! A lease's expiry rests on clocks, and a process can be paused at any point for any time: after its lease has expired
//! and somebody else has taken the zone, it may go on as if nothing had happened. So no run relies on its lease alone.
//! It relies on the journal, whose segments are created once, too:
//!
//! 1. Every segment names the lease that it was written under.
//! 2. An owner first *takes the journal over*: it reads the newest checkpoint and all segments from there on, and creates an
//!    empty one after the last that it has read. Where that one exists already, it reads that as well and tries the one
//!    after it. Where it reads a segment of its own lease's number or a greater one, it gives up.
//! 3. From then on it creates the segment after its own last one, and only that. Where it exists already, it gives up.
//! 4. Whoever has created a segment, in 2 or 3, looks whether there is one with a greater number, before it does anything
//!    else. Where there is one, it gives up.
//!
//! It follows:
//!
//! - *Leases never decrease along the journal.* Whoever creates segment *n* + 1 has read *n* with a smaller lease, or has
//!   written it. Segments never change, so this stays true.
//! - *After a takeover under lease k nobody with a smaller lease creates a segment.* A later one would follow on a greater
//!   lease; and all before it exist.
//! - *The new owner has read every segment of all older leases before its takeover ends.* It has read each that is before
//!   its takeover segment, and none can come after that.
//! - *No number is used twice*, though old segments are removed ([`housekeeping`](super::housekeeping)), and a paused owner
//!   may find the number free again that it was about to create. The newest segment is never removed, so the greatest
//!   number in the store never decreases. A segment that was removed had a greater number after it at that time; one who
//!   creates its number again therefore sees a greater one afterwards, and gives up by 4. What it leaves behind is below
//!   the newest checkpoint, where nobody reads.
//! - *Whatever an older owner may still ask of AWS, the new one knows.* A call is made only after its intent is durable; so
//!   that intent is in a segment that the new owner has read. It finds an intent without an outcome and treats it as
//!   after a crash: AWS may have done it, or may still be doing it.
//!
//! For the lease's own entries rule 4 holds as well, so no two leases have one number, and one who was paused while it
//! acquired or renewed the zone learns that it has not.
//!
//! Nothing of this depends on a clock. A clock that is wrong lets somebody take a zone over too early; the owner before is
//! then stopped at its next record.

use std::fmt;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::housekeeping::{NEVER_REMOVED, remove_below};
use super::message::Message;
use super::moment;
use super::record::Holder;
use super::store::{AppendError, Store, StoreError, append};

/// The version of the format that this lz writes and reads.
const FORMAT: u32 = 1;

/// A lease's number. A newer lease's is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LeaseNumber(pub u64);

impl fmt::Display for LeaseNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl From<&Lease> for LeaseNumber {
    fn from(lease: &Lease) -> Self {
        lease.number()
    }
}

/// What a zone is wanted for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Who wants it.
    pub holder: Holder,
    /// The run's name.
    pub run: String,
    /// The command, such as `bootstrap`.
    pub command: Message,
}

/// That somebody holds a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Who, and what for.
    pub by: Claim,
    /// Since when.
    pub since: SystemTime,
    /// Until when, if they do not renew it.
    pub expires: SystemTime,
}

impl fmt::Display for Held {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Claim { holder, run, command } = &self.by;
        let (since, expires) = (moment::to_seconds(self.since), moment::to_seconds(self.expires));
        write!(formatter, "held by {holder} since {since}, until {expires} if not renewed: {command}, run {run}")
    }
}

/// Why a lease can't be had or kept.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LeaseError {
    /// Somebody else holds the zone.
    #[error("the zone is {0}")]
    Held(Box<Held>),
    /// It was taken from this holder: it had expired, or was released by force.
    #[error("the lease was taken over since")]
    Lost,
    /// The store failed.
    #[error("the lease can't be read or written: {0}")]
    Store(#[from] StoreError),
    /// The store failed while the zone was taken, and it is not known whether it was.
    #[error("the lease can't be written: {0}; if it was written all the same, it expires in {seconds} seconds", seconds = .1.as_secs())]
    Doubtful(StoreError, Duration),
    /// An entry is not what lz writes.
    #[error("the lease's entry {number} can't be read ({message}); `lz unlock` passes over it")]
    Unreadable {
        /// The entry.
        number: u64,
        /// What is wrong.
        message: String,
    },
    /// An entry can't be JSON: a time outside of what can be written.
    #[error("the lease's entry can't be written: {0}")]
    Unwritable(String),
}

/// An entry: all that is to be known of the lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LeaseEntry {
    format: u32,
    status: Status,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Status {
    Held {
        /// The entry by which it was acquired.
        lease: LeaseNumber,
        by: Claim,
        #[serde(with = "moment")]
        since: SystemTime,
        #[serde(with = "moment")]
        expires: SystemTime,
    },
    Released {
        lease: LeaseNumber,
    },
    Unlocked {
        by: Holder,
        #[serde(with = "moment")]
        at: SystemTime,
    },
}

/// A lease that is held. It is not released when it is dropped: as after a crash, it then expires.
#[derive(Debug)]
pub struct Lease {
    store: Rc<dyn Store>,
    number: LeaseNumber,
    newest: u64,
    claim: Claim,
    since: SystemTime,
    term: Duration,
    expires: SystemTime,
}

/// Acquires a zone until `now` and `term` later, if nobody holds it. Renew it well before.
///
/// # Errors
/// Where somebody holds it, or the store fails.
pub async fn acquire(store: Rc<dyn Store>, claim: Claim, now: SystemTime, term: Duration) -> Result<Lease, LeaseError> {
    loop {
        let (newest, status) = newest(&*store).await?;
        if let Some(held) = status.and_then(held).filter(|held| now < held.expires) {
            return Err(LeaseError::Held(Box::new(held)));
        }
        let (number, expires) = (LeaseNumber(newest + 1), now + term);
        let status = Status::Held { lease: number, by: claim.clone(), since: now, expires };
        let lease = |claim| Lease { store: Rc::clone(&store), number, newest, claim, since: now, term, expires };
        match write(&*store, newest + 1, status).await {
            Ok(()) => return Ok(Lease { newest: newest + 1, ..lease(claim) }),
            // Somebody was faster; the newest entry says who.
            Err(CreateOrWriteError::Exists | CreateOrWriteError::Overtaken) => {}
            Err(CreateOrWriteError::Other(LeaseError::Store(error))) => {
                return Err(match lease(claim).renounce().await {
                    Ok(()) => LeaseError::Store(error),
                    Err(_) => LeaseError::Doubtful(error, term),
                });
            }
            Err(CreateOrWriteError::Other(error)) => return Err(error),
        }
    }
}

/// Who holds a zone, if somebody does.
///
/// # Errors
/// Where the store fails or its newest entry can't be read.
pub async fn holder(store: &dyn Store, now: SystemTime) -> Result<Option<Held>, LeaseError> {
    let (_, status) = newest(store).await?;
    Ok(status.and_then(held).filter(|held| now < held.expires))
}

/// Releases a zone by force, whoever holds it: for one who died. Passes over an entry that can't be read.
///
/// # Errors
/// [`LeaseError::Lost`] where the lease has changed in this moment: its holder is alive, or somebody else was faster.
pub async fn unlock(store: &dyn Store, by: Holder, at: SystemTime) -> Result<(), LeaseError> {
    let newest = newest_number(store).await?;
    match write(store, newest + 1, Status::Unlocked { by, at }).await {
        Ok(()) => Ok(()),
        Err(CreateOrWriteError::Exists | CreateOrWriteError::Overtaken) => Err(LeaseError::Lost),
        Err(CreateOrWriteError::Other(error)) => Err(error),
    }
}

impl Lease {
    /// Its number, which the journal's segments name.
    #[must_use]
    pub fn number(&self) -> LeaseNumber {
        self.number
    }

    /// When it expires, if it is not renewed.
    #[must_use]
    pub fn expires(&self) -> SystemTime {
        self.expires
    }

    /// Holds it until `now` and its term later. After a failure of the store it can be tried again.
    ///
    /// # Errors
    /// [`LeaseError::Lost`] where somebody has taken it; the run must stop then.
    pub async fn renew(&mut self, now: SystemTime) -> Result<(), LeaseError> {
        let expires = now + self.term;
        let (lease, by, since) = (self.number, self.claim.clone(), self.since);
        self.go_on(Status::Held { lease, by, since, expires }).await?;
        self.expires = expires;
        Ok(())
    }

    /// Gives the zone back.
    ///
    /// # Errors
    /// [`LeaseError::Lost`] where it was not this holder's any more.
    pub async fn release(mut self) -> Result<(), LeaseError> {
        self.go_on(Status::Released { lease: self.number }).await
    }

    /// Gives back what may have been taken by a write that failed. Whoever lost it, or never had it, has nothing to give.
    async fn renounce(mut self) -> Result<(), LeaseError> {
        match read(&*self.store, self.newest + 1).await? {
            Some(Status::Held { lease, by, .. }) if lease == self.number && by == self.claim => {}
            _ => return Ok(()),
        }
        self.newest += 1;
        match self.release().await {
            Ok(()) | Err(LeaseError::Lost) => Ok(()),
            failed => failed,
        }
    }

    /// Removes entries that are long over. Where that fails, the lease is as good as before.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn remove_older(&self) -> Result<(), LeaseError> {
        Ok(remove_below(&*self.store, self.newest.saturating_sub(NEVER_REMOVED)).await?)
    }

    /// Creates the next entry.
    async fn go_on(&mut self, status: Status) -> Result<(), LeaseError> {
        loop {
            match write(&*self.store, self.newest + 1, status.clone()).await {
                Ok(()) => {
                    self.newest += 1;
                    return Ok(());
                }
                Err(CreateOrWriteError::Other(error)) => return Err(error),
                // It may be this holder's own, of a write that failed only afterwards.
                // What was given back may have been taken by somebody else at once.
                Err(CreateOrWriteError::Overtaken) if matches!(status, Status::Released { .. }) => return Ok(()),
                Err(CreateOrWriteError::Overtaken) => return Err(LeaseError::Lost),
                Err(CreateOrWriteError::Exists) => match read(&*self.store, self.newest + 1).await? {
                    Some(Status::Held { lease, .. }) if lease == self.number => self.newest += 1,
                    Some(Status::Released { lease }) if lease == self.number => return Ok(()),
                    _ => return Err(LeaseError::Lost),
                },
            }
        }
    }
}

enum CreateOrWriteError {
    Exists,
    Overtaken,
    Other(LeaseError),
}

fn held(status: Status) -> Option<Held> {
    match status {
        Status::Held { by, since, expires, .. } => Some(Held { by, since, expires }),
        Status::Released { .. } | Status::Unlocked { .. } => None,
    }
}

/// The newest entry's number; 0 where there is none.
async fn newest_number(store: &dyn Store) -> Result<u64, LeaseError> {
    Ok(store.newest().await?.unwrap_or(0))
}

/// The newest entry with its number; 0 where there is none.
async fn newest(store: &dyn Store) -> Result<(u64, Option<Status>), LeaseError> {
    loop {
        let number = newest_number(store).await?;
        let status = if number == 0 { None } else { read(store, number).await? };
        // One that was removed meanwhile is no longer the newest.
        if number == 0 || status.is_some() {
            return Ok((number, status));
        }
    }
}

async fn read(store: &dyn Store, number: u64) -> Result<Option<Status>, LeaseError> {
    let Some(bytes) = store.read(number).await? else { return Ok(None) };
    let unreadable = |message: String| LeaseError::Unreadable { number, message };
    let entry: LeaseEntry = serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string()))?;
    if entry.format != FORMAT {
        return Err(unreadable(format!("it has format version {}, and this lz reads version {FORMAT}", entry.format)));
    }
    Ok(Some(entry.status))
}

async fn write(store: &dyn Store, number: u64, status: Status) -> Result<(), CreateOrWriteError> {
    let text = serde_json::to_vec(&LeaseEntry { format: FORMAT, status });
    let text = text.map_err(|error| CreateOrWriteError::Other(LeaseError::Unwritable(error.to_string())))?;
    append(store, number, &text).await.map_err(|error| match error {
        AppendError::Exists => CreateOrWriteError::Exists,
        AppendError::Overtaken => CreateOrWriteError::Overtaken,
        AppendError::Io(error) => CreateOrWriteError::Other(error.into()),
    })
}
