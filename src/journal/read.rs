//! Reading a journal.

use super::lease::LeaseNumber;
use super::record::{Entry, Number};
use super::segment::{Damage, decode};
use super::state::{Impossible, State};
use super::store::{Store, StoreError};

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

/// A journal that was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Contents {
    /// Its records; the first has [`Number::FIRST`].
    pub entries: Vec<Entry>,
    /// What they come to.
    pub state: State,
    /// How many segments it has.
    pub segments: u64,
    /// The newest lease that anything was written under.
    pub lease: Option<LeaseNumber>,
    /// Where the last segment was torn by a crash, in bytes from its start; what it held from there on was never answered
    /// as durable.
    pub torn: Option<usize>,
}

/// Reads a journal.
///
/// # Errors
/// Where it can't be read, is damaged, or contradicts itself. That its last segment was cut off is no error: what is whole
/// of it counts.
pub async fn read(store: &dyn Store) -> Result<Contents, ReadError> {
    let mut contents = Contents::default();
    for number in store.list().await? {
        contents.read_next(store, number).await?;
    }
    Ok(contents)
}

impl Contents {
    /// The records with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (Number, &Entry)> {
        (Number::FIRST.0..).map(Number).zip(&self.entries)
    }

    /// Reads the following segment.
    pub(super) async fn read_next(&mut self, store: &dyn Store, segment: u64) -> Result<(), ReadError> {
        if segment != self.segments + 1 {
            return Err(ReadError::Missing(self.segments + 1));
        }
        let bytes = store.read(segment).await?;
        self.push(segment, &bytes)
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
            self.entries.push(entry);
        }
        self.segments = segment;
        self.torn = read.torn;
        Ok(())
    }
}
