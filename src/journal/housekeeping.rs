//! What keeps a journal small: checkpoints, the archive, and the removal of what they hold.
//!
//! A *checkpoint* with the number *n* says what all segments before *n* come to, as far as a run or a rollback still has to
//! know: whoever opens the journal reads the newest checkpoint and the segments from its number on. A run that is no longer
//! needed goes into the *archive*, for `lz history`; there the newest [`ARCHIVED_RUNS`] stay.
//!
//! What is still needed, `State::needed`, is every run whose work on some scope is
//! unfinished, with all that its rollback looks at. So what is read at a start grows with what is unfinished, not with the
//! number of runs.
//!
//! # Why this is safe at any moment
//!
//! Segments never change, so what a checkpoint says is true for good, whoever wrote it and when: it needs no fencing. It
//! is durable before anything that it stands for is removed, and what it leaves out is in the archive before that. A crash
//! between two steps leaves something that the next housekeeping removes. Who reads while something is removed finds a
//! newer checkpoint then, and reads again from there. That removed numbers are not taken for new ones is argued in
//! [`lease`](super::lease#fencing).

use std::collections::BTreeMap;

use super::extract::{Extract, encode};
use super::read::{Contents, ReadError, read, read_extract};
use super::record::{Entry, Number, Record};
use super::segment::Unwritable;
use super::store::{CreateError, Store, StoreError, Stores};

/// How many finished runs the archive keeps.
pub const ARCHIVED_RUNS: usize = 100;
/// How much is kept, and how much must be there for housekeeping to be worth while.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// How many segments there must be since the last checkpoint.
    pub worth_while: u64,
    /// How many of the newest segments are not removed, at least 1.
    pub never_removed: u64,
    /// How many finished runs the archive keeps.
    pub archived: usize,
}

const LIMITS: Limits = Limits { worth_while: 16, never_removed: NEVER_REMOVED, archived: ARCHIVED_RUNS };
/// How many of the newest numbers are never removed. One would do; that there are more is for listings during which
/// something is both created and removed: such a listing would have to miss all of them.
pub(super) const NEVER_REMOVED: u64 = 16;

/// Why a journal could not be made smaller. It is as good as before.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HousekeepingError {
    /// It can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Something can't be written or removed.
    #[error("the journal can't be made smaller: {0}")]
    Store(#[from] StoreError),
    /// A record that can't be JSON: a defect of lz.
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
}

/// Makes a journal smaller, where that is worth while: archives the runs that are no longer needed, writes a checkpoint, and
/// removes what it stands for. The holder of the zone does this when its run has ended.
///
/// # Errors
/// Where something can't be read, written or removed.
pub async fn tidy(stores: &Stores) -> Result<(), HousekeepingError> {
    tidy_to(stores, LIMITS).await
}

/// The same, with other limits.
pub(super) async fn tidy_to(stores: &Stores, limits: Limits) -> Result<(), HousekeepingError> {
    let contents = read(stores).await?;
    if contents.segments < contents.checkpointed() + limits.worth_while {
        return Ok(());
    }
    let (kept, finished) = divide(&contents);
    for (first, entries) in finished {
        let run = Extract { lease: contents.lease, records: first.0 + entries.len() as u64 - 1, entries };
        create_unless_there(&*stores.archive, first.0, &run).await?;
    }
    let checkpoint = contents.segments + 1;
    let records = contents.state.next_number().0 - 1;
    let extract = Extract { lease: contents.lease, records, entries: kept };
    create_unless_there(&*stores.checkpoints, checkpoint, &extract).await?;
    remove(stores, checkpoint, limits).await
}

/// Removes what a checkpoint stands for, and the oldest of the archive.
async fn remove(stores: &Stores, checkpoint: u64, limits: Limits) -> Result<(), HousekeepingError> {
    if read_extract(&*stores.checkpoints, "checkpoint", checkpoint).await?.is_none() {
        // It was cut off by a crash, and stands for nothing.
        return Ok(());
    }
    remove_below(&*stores.segments, checkpoint.saturating_sub(limits.never_removed)).await?;
    remove_below(&*stores.checkpoints, checkpoint).await?;
    let archived = stores.archive.list().await?;
    if let Some(oldest) = archived.len().checked_sub(limits.archived).and_then(|place| archived.get(place)) {
        remove_below(&*stores.archive, *oldest).await?;
    }
    Ok(())
}

/// Removes everything with a smaller number.
pub(super) async fn remove_below(store: &dyn Store, number: u64) -> Result<(), StoreError> {
    for old in store.list().await?.into_iter().take_while(|old| *old < number) {
        store.remove(old).await?;
    }
    Ok(())
}

/// What has this number already says the same.
async fn create_unless_there(store: &dyn Store, number: u64, extract: &Extract) -> Result<(), HousekeepingError> {
    match store.create(number, &encode(number, extract)?).await {
        Ok(()) | Err(CreateError::Exists) => Ok(()),
        Err(CreateError::Io(error)) => Err(error.into()),
    }
}

/// A run's records.
type Entries = BTreeMap<Number, Entry>;

/// The records that are still needed, and the finished runs, whole, by the number of their first record.
///
/// Of the last run, beginning and end are always kept, since commands tell what it came to.
pub(super) fn divide(contents: &Contents) -> (Entries, BTreeMap<Number, Entries>) {
    let needed = contents.state.needed();
    let mut runs: Vec<Entries> = Vec::new();
    for (number, entry) in &contents.entries {
        if matches!(entry.record, Record::RunStarted(_)) {
            runs.push(Entries::new());
        }
        // The first record of a journal begins a run.
        if let Some(run) = runs.last_mut() {
            run.insert(*number, entry.clone());
        }
    }
    let (mut kept, mut finished) = (Entries::new(), BTreeMap::new());
    let last = runs.len().saturating_sub(1);
    for (place, run) in runs.into_iter().enumerate() {
        if needed.contains(&place) {
            kept.extend(run);
            continue;
        }
        if place == last {
            let ends = run.iter().filter(|(_, one)| matches!(one.record, Record::RunStarted(_) | Record::RunEnded(_)));
            kept.extend(ends.map(|(number, entry)| (*number, entry.clone())));
        }
        if let Some(first) = run.keys().next() {
            finished.insert(*first, run);
        }
    }
    (kept, finished)
}

/// All records that there still are, those in the archive included.
///
/// # Errors
/// Where journal or archive can't be read.
pub async fn read_history(stores: &Stores) -> Result<BTreeMap<Number, Entry>, ReadError> {
    // In this order: a run is in the archive before it leaves the journal.
    let contents = read(stores).await?;
    let mut entries = contents.entries;
    for number in stores.archive.list().await? {
        // One that was removed meanwhile, or cut off by a crash, is not told.
        if let Some(run) = read_extract(&*stores.archive, "archived run", number).await? {
            entries.extend(run.entries);
        }
    }
    Ok(entries)
}
