//! The way out of a damaged journal: what can still be read of it is written as a new checkpoint.
//!
//! Nothing that is damaged is changed. A checkpoint stands for all segments before it, so that one after the newest number
//! ends the damage; what it leaves out is lost, and told before. Damaged things are kept beside, since a journal that is
//! made smaller removes what a checkpoint stands for.
//!
//! What is lost is knowledge, not resources: what a lost record has made is found by its tags and keys like anything else,
//! and no rollback undoes it.

use std::collections::BTreeMap;
use std::fmt;

use super::extract::{Extract, encode};
use super::lease::LeaseNumber;
use super::read::{Contents, ReadError, read, read_extract};
use super::record::{Entry, Number};
use super::segment::{Unwritable, salvage};
use super::state::State;
use super::store::{CreateError, Store, StoreError, Stores};
use super::writer::{Journal, JournalError};

/// A part of a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A segment.
    Segment(u64),
    /// A checkpoint.
    Checkpoint(u64),
    /// A run in the archive.
    ArchivedRun(u64),
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Segment(number) => write!(formatter, "segment {number}"),
            Self::Checkpoint(number) => write!(formatter, "checkpoint {number}"),
            Self::ArchivedRun(number) => write!(formatter, "archived run {number}"),
        }
    }
}

impl Part {
    /// Where it is, and its number there.
    fn place(self, stores: &Stores) -> (&dyn Store, u64) {
        match self {
            Self::Segment(number) => (&*stores.segments, number),
            Self::Checkpoint(number) => (&*stores.checkpoints, number),
            Self::ArchivedRun(number) => (&*stores.archive, number),
        }
    }
}

/// A part that is damaged, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged {
    /// The part.
    pub part: Part,
    /// What is wrong.
    pub problem: String,
}

/// What a journal still holds, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Survey {
    /// What is damaged or missing, in the order of reading.
    pub damaged: Vec<Damaged>,
    /// Records that are gone with what is damaged.
    pub lost: u64,
    /// Records that can be read, and mean nothing without those that are gone.
    pub left_out: u64,
    entries: BTreeMap<Number, Entry>,
    state: State,
    lease: Option<LeaseNumber>,
    /// The greatest number of a segment or checkpoint.
    newest: u64,
    /// The last segment, where it was cut off.
    torn: Option<u64>,
    /// True where something was wrong with the last segment: what is missing after it is no wonder.
    broken: bool,
}

/// Why a journal could not be repaired. It is as it was before.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RepairError {
    /// Something can't be read or written at all.
    #[error("the journal can't be repaired: {0}")]
    Store(#[from] StoreError),
    /// A record that can't be JSON: a defect of lz.
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
    /// Somebody else has written to it meanwhile.
    #[error("the journal was written by another run meanwhile; try again")]
    Overtaken,
    /// It can't be taken over.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl Survey {
    /// True where nothing is wrong.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.damaged.is_empty()
    }

    /// How many records can be read and are kept.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.entries.len()
    }

    /// The runs that are known.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.state.runs().len()
    }

    fn damage(&mut self, part: Part, problem: impl Into<String>) {
        self.damaged.push(Damaged { part, problem: problem.into() });
        self.broken = true;
    }

    /// Takes up a segment as far as it can be read.
    fn take(&mut self, number: u64, bytes: &[u8]) {
        let part = Part::Segment(number);
        let (segment, damage) = salvage(bytes);
        let (before, after_broken) = (self.torn.take(), std::mem::take(&mut self.broken));
        self.torn = segment.torn.map(|_| number);
        if let Some(damage) = damage {
            self.damage(part, damage.to_string());
        }
        let Some(header) = segment.header else {
            self.broken |= after_broken;
            return;
        };
        if header.segment != number {
            self.damage(part, format!("it has the header of segment {}", header.segment));
            return;
        }
        if self.lease.is_some_and(|lease| header.lease < lease) {
            self.damage(part, format!("it was written under lease {}, which is an older one", header.lease));
            return;
        }
        self.lease = Some(header.lease);
        let next = self.state.next_number();
        if header.first < next {
            self.damage(part, format!("it begins with record {} where {next} comes next", header.first));
            return;
        }
        let missing = header.first.0 - next.0;
        if missing > 0 {
            match before {
                _ if after_broken => {}
                Some(torn) => {
                    self.damage(Part::Segment(torn), "cut off, though a later segment counts what is missing")
                }
                None => self.damage(part, format!("it begins with record {} where {next} comes next", header.first)),
            }
            self.lost += missing;
            // It is not before the next one, as was seen above.
            let _ = self.state.pass_to(header.first);
        }
        for entry in segment.entries {
            let number = self.state.next_number();
            match self.state.advance(&entry.record) {
                Ok(number) => drop(self.entries.insert(number, entry)),
                Err(reason) => {
                    if self.is_whole() {
                        self.damage(part, format!("record {number} contradicts those before it: {reason}"));
                    }
                    self.left_out += 1;
                    let _ = self.state.pass_to(number.next());
                }
            }
        }
    }
}

/// Looks at all of a journal, and goes on past what is wrong. Changes nothing.
///
/// # Errors
/// The store fails.
pub async fn survey(stores: &Stores) -> Result<Survey, StoreError> {
    let mut survey = Survey::default();
    let checkpoints = stores.checkpoints.list().await?;
    let mut first = 0;
    for number in checkpoints.iter().rev() {
        match restored(stores, *number).await {
            Ok(Some(contents)) => {
                (survey.entries, survey.state, survey.lease) = (contents.entries, contents.state, contents.lease);
                first = *number;
                break;
            }
            // One that was cut off by a crash stands for nothing.
            Ok(None) => {}
            Err(ReadError::Store(error)) => return Err(error),
            Err(error) => survey.damage(Part::Checkpoint(*number), error.to_string()),
        }
    }
    let segments = stores.segments.list().await?;
    survey.newest = segments.last().copied().max(checkpoints.last().copied()).unwrap_or(0);
    let mut next = first.max(1);
    for number in segments.into_iter().filter(|number| *number >= first) {
        if number > next {
            let missing = if number - next == 1 { String::new() } else { format!(" to {}", number - 1) };
            survey.damage(Part::Segment(next), format!("segment {next}{missing} is missing"));
        }
        next = number + 1;
        if let Some(bytes) = stores.segments.read(number).await? {
            survey.take(number, &bytes);
        }
    }
    for number in stores.archive.list().await? {
        match read_extract(&*stores.archive, "archived run", number).await {
            Ok(_) => {}
            Err(ReadError::Store(error)) => return Err(error),
            Err(error) => survey.damage(Part::ArchivedRun(number), error.to_string()),
        }
    }
    // The last look is the plain reader's own: what it refuses is not whole, whatever was said above.
    if survey.is_whole()
        && let Err(error) = read(stores).await
    {
        match error {
            ReadError::Store(error) => return Err(error),
            error => survey.damage(Part::Segment(survey.newest), error.to_string()),
        }
    }
    Ok(survey)
}

async fn restored(stores: &Stores, number: u64) -> Result<Option<Contents>, ReadError> {
    match read_extract(&*stores.checkpoints, "checkpoint", number).await? {
        Some(extract) => Contents::restore(number, extract).map(Some),
        None => Ok(None),
    }
}

/// Makes what was surveyed the journal: keeps what is damaged `beside`, writes the rest as a checkpoint, and takes the
/// journal over under the lease, so that nobody goes on with what was there before.
///
/// # Errors
/// Something can't be written, or somebody else has written meanwhile.
pub async fn repair(stores: &Stores, survey: &Survey, beside: &Stores, lease: LeaseNumber) -> Result<(), RepairError> {
    for Damaged { part, .. } in &survey.damaged {
        let (store, number) = part.place(stores);
        let Some(bytes) = store.read(number).await? else { continue };
        match part.place(beside).0.create(number, &bytes).await {
            // It was kept by a repair before this one.
            Ok(()) | Err(CreateError::Exists) => {}
            Err(CreateError::Io(error)) => return Err(error.into()),
        }
    }
    let checkpoint = survey.newest + 1;
    let records = survey.state.next_number().0 - 1;
    let extract = Extract { lease: survey.lease, records, entries: survey.entries.clone() };
    match stores.checkpoints.create(checkpoint, &encode(checkpoint, &extract)?).await {
        Ok(()) => {}
        Err(CreateError::Exists) => return Err(RepairError::Overtaken),
        Err(CreateError::Io(error)) => return Err(error.into()),
    }
    for Damaged { part, .. } in &survey.damaged {
        if let Part::ArchivedRun(number) = part {
            stores.archive.remove(*number).await?;
        }
    }
    Journal::open(stores, lease).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::journal::MemoryStore;
    use crate::journal::housekeeping::read_history;
    use crate::journal::record::Ending;
    use crate::journal::testing::{create, ended, entries, every_record, intent, lease, started, stores};

    /// A journal with two runs that ended and one that was killed, each record in a segment of its own.
    async fn journal() -> (Rc<MemoryStore>, Stores) {
        let store = Rc::new(MemoryStore::new());
        let stores = stores(store.clone());
        let journal = Journal::open(&stores, &lease(0).await).await.unwrap();
        let second = [started("run-2"), intent("b", create(2)), ended(Ending::Applied)];
        let killed = [started("run-3"), intent("c", create(3))];
        for Entry { at, record } in entries([every_record(), second.to_vec(), killed.to_vec()].concat()) {
            // What a record of these says is as good where one before it was refused.
            let _ = journal.append(at, record).await;
        }
        (store, stores)
    }

    fn memory() -> Stores {
        let of = || Rc::new(MemoryStore::new());
        Stores { segments: of(), checkpoints: of(), archive: of() }
    }

    #[tokio::test]
    async fn whatever_is_damaged_is_told_and_the_journal_goes_on() {
        let (whole, _) = journal().await;
        let survey_of_whole = survey(&stores(whole.clone())).await.unwrap();
        assert!(survey_of_whole.is_whole() && survey_of_whole.kept() > 15, "{survey_of_whole:?}");
        for (number, bytes) in whole.held() {
            for (what, damaged) in [("changed", flipped(&bytes)), ("emptied", b"{}".to_vec()), ("gone", Vec::new())] {
                let store = Rc::new(whole.copy());
                match what {
                    "gone" => store.remove(number).await.unwrap(),
                    _ => store.damage(number, damaged),
                }
                let stores = stores(store.clone());
                let found = survey(&stores).await.unwrap();
                // The newest one may be missing as if it had never been.
                let is_last = number == *whole.held().keys().last().unwrap();
                assert_eq!(
                    found.is_whole(),
                    what == "gone" && is_last || read(&stores).await.is_ok(),
                    "{number} {what}"
                );
                if found.is_whole() {
                    continue;
                }
                assert!(found.kept() < survey_of_whole.kept() || number == 1, "{number} {what}: {found:?}");
                let beside = memory();
                repair(&stores, &found, &beside, lease(3).await.number()).await.unwrap();
                let kept = beside.segments.list().await.unwrap();
                assert_eq!(kept, if what == "gone" { vec![] } else { vec![number] }, "{number} {what}");
                assert_eq!(store.held().contains_key(&number), what != "gone", "what is damaged stays where it was");
                let after = read(&stores).await.unwrap();
                assert_eq!(after.entries.len(), found.kept(), "{number} {what}");
                assert!(survey(&stores).await.unwrap().is_whole());
                read_history(&stores).await.unwrap();
                let journal = Journal::open(&stores, &lease(4).await).await.unwrap();
                for Entry { at, record } in entries(vec![started("run-9"), intent("d", create(4))]) {
                    journal.append(at, record).await.unwrap();
                }
            }
        }
    }

    fn flipped(bytes: &[u8]) -> Vec<u8> {
        let mut flipped = bytes.to_vec();
        if let Some(byte) = flipped.last_mut() {
            *byte ^= 1;
        }
        flipped
    }

    #[tokio::test]
    async fn damaged_checkpoints_and_archived_runs_have_a_way_out_too() {
        let (_, mut stores) = journal().await;
        let (checkpoints, archive) = (Rc::new(MemoryStore::new()), Rc::new(MemoryStore::new()));
        checkpoints.damage(3, b"no checkpoint".to_vec());
        archive.damage(1, b"no run in the archive".to_vec());
        (stores.checkpoints, stores.archive) = (checkpoints, archive.clone());
        assert!(read(&stores).await.is_err());
        let found = survey(&stores).await.unwrap();
        let parts: Vec<Part> = found.damaged.iter().map(|one| one.part).collect();
        assert_eq!((parts, found.lost), (vec![Part::Checkpoint(3), Part::ArchivedRun(1)], 0));
        let beside = memory();
        repair(&stores, &found, &beside, lease(3).await.number()).await.unwrap();
        assert!(survey(&stores).await.unwrap().is_whole() && archive.held().is_empty());
        assert_eq!(beside.archive.list().await.unwrap(), [1]);
    }

    #[tokio::test]
    async fn what_is_lost_is_counted() {
        let (whole, _) = journal().await;
        let numbers: Vec<u64> = whole.held().into_keys().collect();
        let store = Rc::new(whole.copy());
        // The first run's beginning: nothing of it means anything without.
        store.damage(numbers[1], b"x".to_vec());
        let found = survey(&stores(store)).await.unwrap();
        assert_eq!(found.damaged.len(), 1, "{found:?}");
        assert!(found.lost >= 1 && found.left_out > 5 && found.runs() == 2, "{found:?}");
    }
}
