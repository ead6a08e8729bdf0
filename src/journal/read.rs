//! Reading a journal.

use std::collections::BTreeMap;

use super::extract::{self, Extract};
use super::lease::LeaseNumber;
use super::record::{Entry, Number};
use super::segment::{Damage, decode};
use super::state::{Impossible, State};
use super::store::{Store, StoreError, Stores};

/// Why a journal can't be read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadError {
    /// The store failed.
    #[error("the journal can't be read: {0}")]
    Store(#[from] StoreError),
    /// A segment is missing between others.
    #[error("the journal's segment {0} is missing")]
    Missing(u64),
    /// A segment is damaged.
    #[error("the journal's segment {segment} is damaged: {damage}")]
    Damaged {
        /// The segment.
        segment: u64,
        /// What is wrong with it.
        damage: Damage,
    },
    /// A checkpoint or an archived run is damaged.
    #[error("the journal's {what} {number} is damaged: {damage}")]
    DamagedExtract {
        /// The word for it.
        what: &'static str,
        /// Its number.
        number: u64,
        /// What is wrong with it.
        damage: Damage,
    },
    /// A record contradicts those before it.
    #[error("the journal contradicts itself in segment {segment}, record {number}: {reason}")]
    Contradiction {
        /// The segment.
        segment: u64,
        /// The record.
        number: Number,
        /// How.
        reason: Impossible,
    },
}

impl ReadError {
    /// True where something is wrong with what is there; otherwise it could not be looked at.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        !matches!(self, Self::Store(_))
    }
}

/// A journal that was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Contents {
    /// Its records as far as they are still needed, by their numbers, and all since the last checkpoint.
    pub entries: BTreeMap<Number, Entry>,
    /// What they come to.
    pub state: State,
    /// The newest segment's number; 0 where there is none.
    pub segments: u64,
    /// The number of the checkpoint that it was read from; 0 where there is none.
    checkpoint: u64,
    /// The newest lease that anything was written under.
    pub lease: Option<LeaseNumber>,
    /// Where the last segment was torn by a crash, in bytes from its start; what it held from there on was never answered
    /// as durable.
    pub torn: Option<usize>,
}

/// Reads a journal: its newest checkpoint, and the segments from there on.
///
/// # Errors
/// Where it can't be read, is damaged, or contradicts itself. That its last segment was cut off is no error: what is whole
/// of it counts.
pub async fn read(stores: &Stores) -> Result<Contents, ReadError> {
    let mut checkpoints = stores.checkpoints.list().await?;
    loop {
        let read = read_from(stores, &checkpoints).await;
        let before = std::mem::replace(&mut checkpoints, stores.checkpoints.list().await?);
        // What a newer checkpoint stands for may have been removed while it was read.
        if read.is_ok() || checkpoints == before {
            return read;
        }
    }
}

async fn read_from(stores: &Stores, checkpoints: &[u64]) -> Result<Contents, ReadError> {
    let mut contents = Contents::default();
    // Nothing was removed yet for one that was cut off by a crash: the one before it, or the segments, are there.
    for number in checkpoints.iter().rev() {
        if let Some(extract) = read_extract(&*stores.checkpoints, CHECKPOINT, *number).await? {
            contents = Contents::restore(*number, extract)?;
            break;
        }
    }
    let (segments, first) = (stores.segments.list().await?, contents.checkpoint);
    for segment in segments.into_iter().filter(|segment| *segment >= first) {
        if !contents.read_next(&*stores.segments, segment).await? {
            return Err(ReadError::Missing(segment));
        }
    }
    Ok(contents)
}

/// The word for a checkpoint in messages.
const CHECKPOINT: &str = "checkpoint";

/// Reads an extract; none where there is none any more, or its end was cut off by a crash.
pub(super) async fn read_extract(
    store: &dyn Store,
    what: &'static str,
    number: u64,
) -> Result<Option<Extract>, ReadError> {
    let Some(bytes) = store.read(number).await? else { return Ok(None) };
    extract::decode(number, &bytes).map_err(|damage| ReadError::DamagedExtract { what, number, damage })
}

impl Contents {
    /// The newest segment that the checkpoint stands for; 0 where there is none.
    pub(super) fn checkpointed(&self) -> u64 {
        self.checkpoint.saturating_sub(1)
    }

    /// What a checkpoint says.
    pub(super) fn restore(checkpoint: u64, extract: Extract) -> Result<Self, ReadError> {
        let Extract { lease, records, entries } = extract;
        let damaged = |problem: String| {
            let damage = Damage { offset: 0, problem };
            ReadError::DamagedExtract { what: CHECKPOINT, number: checkpoint, damage }
        };
        let mut state = State::default();
        for (number, entry) in &entries {
            let taken = state.pass_to(*number).and_then(|()| state.advance(&entry.record));
            taken.map_err(|reason| damaged(format!("record {number}: {reason}")))?;
        }
        state.pass_to(Number(records).next()).map_err(|reason| damaged(reason.to_string()))?;
        Ok(Self { entries, state, segments: checkpoint.saturating_sub(1), checkpoint, lease, torn: None })
    }

    /// Reads the following segment; false where there is none any more.
    pub(super) async fn read_next(&mut self, store: &dyn Store, segment: u64) -> Result<bool, ReadError> {
        if segment != self.segments + 1 {
            return Err(ReadError::Missing(self.segments + 1));
        }
        match store.read(segment).await? {
            Some(bytes) => self.push(segment, &bytes).map(|()| true),
            None => Ok(false),
        }
    }

    fn push(&mut self, segment: u64, bytes: &[u8]) -> Result<(), ReadError> {
        let read = decode(bytes).map_err(|damage| ReadError::Damaged { segment, damage })?;
        if let Some(header) = read.header {
            let damage = |problem: String| ReadError::Damaged { segment, damage: Damage { offset: 0, problem } };
            if header.segment != segment {
                return Err(damage(format!("the header of segment {}", header.segment)));
            }
            let lease = self.lease.get_or_insert(header.lease);
            if header.lease < *lease {
                return Err(damage(format!("lease {} after lease {lease}", header.lease)));
            }
            *lease = header.lease;
            // Whoever wrote this segment knows how much of the ones before it counts.
            let next = self.state.next_number();
            if header.first != next {
                return Err(match self.torn {
                    Some(offset) => {
                        let problem = "cut off, though a later segment counts what is missing".to_owned();
                        ReadError::Damaged { segment: self.segments, damage: Damage { offset, problem } }
                    }
                    None => damage(format!("record {} where {next} comes next", header.first)),
                });
            }
        }
        for entry in read.entries {
            let number = self.state.next_number();
            let taken = self.state.advance(&entry.record);
            taken.map_err(|reason| ReadError::Contradiction { segment, number, reason })?;
            self.entries.insert(number, entry);
        }
        self.segments = segment;
        self.torn = read.torn;
        Ok(())
    }
}
