//! Writing a journal.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::time::SystemTime;

use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};

use super::lease::LeaseNumber;
use super::read::{ReadError, read};
use super::record::{Entry, Number, Record};
use super::segment::{Header, Unwritable, encode};
use super::state::{Impossible, State};
use super::store::{AppendError, Store, StoreError, Stores, append};

/// Why nothing more can be written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum JournalError {
    /// What is there can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A write failed. What was to be written may or may not be there.
    #[error("the journal can't be written: {0}")]
    Store(#[from] StoreError),
    /// Somebody else writes the journal now, under a newer lease.
    #[error("another run has taken over the zone since")]
    Fenced,
    /// The journal was written under a newer lease than this one.
    #[error(
        "the journal was written under lease {newest}, and this run holds lease {own}: another run has taken over the zone \
         since, or the leases' folder was deleted without the journal's"
    )]
    OlderLease {
        /// The newest lease in the journal.
        newest: LeaseNumber,
        /// This run's.
        own: LeaseNumber,
    },
    /// A record that can't follow on those before it: a defect of lz.
    #[error("the journal can't take this: {0}")]
    Impossible(#[from] Impossible),
    /// A record that can't be JSON: a defect of lz.
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
    /// An earlier write failed.
    #[error("the journal was stopped: {0}")]
    Stopped(Box<Self>),
}

type Write = Shared<LocalBoxFuture<'static, Result<(), JournalError>>>;

/// A zone's journal, open for writing by the holder of the zone's lease. A clone writes to the same one.
///
/// Records get their numbers in the order of the calls of [`append`](Self::append). While a segment is being written,
/// what is appended gathers, and goes out together in the next one: the more is under way, the fewer writes per record.
#[derive(Clone)]
pub struct Journal {
    inner: Rc<Inner>,
}

struct Inner {
    store: Rc<dyn Store>,
    lease: LeaseNumber,
    progress: RefCell<Progress>,
}

struct Progress {
    state: State,
    /// The last segment that was written.
    segment: u64,
    /// What waits for the write that is under way.
    gathering: Option<Gathering>,
    /// The newest write: under way, or done.
    newest: Option<Write>,
    /// Why nothing more is written.
    stopped: Option<JournalError>,
}

struct Gathering {
    first: Number,
    /// The records' frames.
    frames: Vec<u8>,
    write: Write,
}

impl fmt::Debug for Journal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Journal").field("lease", &self.inner.lease).finish_non_exhaustive()
    }
}

impl Journal {
    /// Takes the journal over: reads it, and writes an empty segment after which nobody with an older lease can write any
    /// more. See [`lease`](super::lease) for why.
    ///
    /// # Errors
    /// Where it can't be read or written, or where somebody with this lease or a newer one writes it.
    pub async fn open(stores: &Stores, lease: impl Into<LeaseNumber>) -> Result<Self, JournalError> {
        let lease = lease.into();
        let mut contents = read(stores).await?;
        loop {
            if let Some(newest) = contents.lease.filter(|newest| *newest >= lease) {
                return Err(JournalError::OlderLease { newest, own: lease });
            }
            let segment = contents.segments + 1;
            let mut bytes = Vec::new();
            encode(&Header::new(segment, lease, contents.state.next_number()), &mut bytes)?;
            match append(&*stores.segments, segment, &bytes).await {
                Ok(()) => {
                    let store = Rc::clone(&stores.segments);
                    let progress =
                        Progress { state: contents.state, segment, gathering: None, newest: None, stopped: None };
                    return Ok(Self { inner: Rc::new(Inner { store, lease, progress: RefCell::new(progress) }) });
                }
                // The owner before this one still writes; each round reads what it wrote.
                Err(AppendError::Exists) => {
                    if !contents.read_next(&*stores.segments, segment).await? {
                        contents = read(stores).await?;
                    }
                }
                Err(AppendError::Overtaken) => return Err(JournalError::Fenced),
                Err(AppendError::Io(error)) => return Err(error.into()),
            }
        }
    }

    /// Appends a record. It is durable when this returns.
    ///
    /// # Errors
    /// Where a record can't follow on those before it, nothing happens to the journal. Where a write failed, this and every
    /// later call fails: what AWS is asked for would not be known any more, so nothing more may be asked of it.
    pub async fn append(&self, at: SystemTime, record: Record) -> Result<Number, JournalError> {
        let (number, write) = self.gather(Entry { at, record })?;
        write.await?;
        Ok(number)
    }

    /// Looks at what the records come to, those included that are still being written.
    pub fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.inner.progress.borrow().state)
    }

    /// Why nothing more is written, if that is so.
    #[must_use]
    pub fn stopped(&self) -> Option<JournalError> {
        self.inner.progress.borrow().stopped.clone()
    }

    fn gather(&self, entry: Entry) -> Result<(Number, Write), JournalError> {
        let mut progress = self.inner.progress.borrow_mut();
        if let Some(cause) = &progress.stopped {
            return Err(JournalError::Stopped(Box::new(cause.clone())));
        }
        let mut frame = Vec::new();
        encode(&entry, &mut frame)?;
        let number = progress.state.advance(&entry.record)?;
        if let Some(gathering) = &mut progress.gathering {
            gathering.frames.extend(frame);
            return Ok((number, gathering.write.clone()));
        }
        let write = write_gathered(Rc::clone(&self.inner), progress.newest.take()).boxed_local().shared();
        progress.newest = Some(write.clone());
        progress.gathering = Some(Gathering { first: number, frames: frame, write: write.clone() });
        Ok((number, write))
    }
}

/// Writes what has gathered until the write before it is done.
async fn write_gathered(inner: Rc<Inner>, before: Option<Write>) -> Result<(), JournalError> {
    if let Some(before) = before {
        before.await?;
    }
    let written = inner.write().await;
    if let Err(error) = &written {
        inner.progress.borrow_mut().stopped.get_or_insert_with(|| error.clone());
    }
    written
}

impl Inner {
    async fn write(&self) -> Result<(), JournalError> {
        let (segment, gathered) = {
            let mut progress = self.progress.borrow_mut();
            let Some(gathered) = progress.gathering.take() else { return Ok(()) };
            (progress.segment + 1, gathered)
        };
        let mut bytes = Vec::with_capacity(gathered.frames.len() + 128);
        encode(&Header::new(segment, self.lease, gathered.first), &mut bytes)?;
        bytes.extend(gathered.frames);
        match append(&*self.store, segment, &bytes).await {
            Ok(()) => {
                self.progress.borrow_mut().segment = segment;
                Ok(())
            }
            Err(AppendError::Exists | AppendError::Overtaken) => Err(JournalError::Fenced),
            Err(AppendError::Io(error)) => Err(error.into()),
        }
    }
}
