//! Records taken out of their segments: what a checkpoint holds, and a run in the archive.
//!
//! An extract is a header and records with their numbers, in the frames of a [segment](super::segment).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::lease::LeaseNumber;
use super::record::{Entry, Number};
use super::segment::{Damage, FORMAT, Frame, Frames, Unwritable, encode as encode_frame, format_of, parse};
use super::store::GREATEST;

/// Records out of a journal, all or some of those before a point.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Extract {
    /// The newest lease that anything before the point was written under.
    pub lease: Option<LeaseNumber>,
    /// How many records there were before the point, those included that are not in here.
    pub records: u64,
    /// The records by their numbers, which may have gaps.
    pub entries: BTreeMap<Number, Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: u32,
    /// Its own number in its store, so that a copied one is noticed.
    number: u64,
    lease: Option<LeaseNumber>,
    records: u64,
    /// How many records are in here, so that one that was cut off between two of them is noticed.
    held: usize,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Numbered {
    number: Number,
    entry: Entry,
}

/// The bytes of an extract that gets a number in its store.
///
/// # Errors
/// Where a record can't be JSON: a defect of lz.
pub fn encode(number: u64, extract: &Extract) -> Result<Vec<u8>, Unwritable> {
    let Extract { lease, records, entries } = extract;
    let mut bytes = Vec::new();
    let header = Header { format: FORMAT, number, lease: *lease, records: *records, held: entries.len() };
    encode_frame(&header, &mut bytes)?;
    for (number, entry) in entries {
        encode_frame(&Numbered { number: *number, entry: entry.clone() }, &mut bytes)?;
    }
    Ok(bytes)
}

/// Reads an extract by its number; none where its end was cut off by a crash.
///
/// # Errors
/// Where anything else is wrong with it, or another version of lz wrote it.
pub fn decode(number: u64, bytes: &[u8]) -> Result<Option<Extract>, Damage> {
    let mut frames = Frames::new(bytes);
    let Frame::Text(text) = frames.next()? else { return Ok(None) };
    format_of(text)?;
    let header: Header = parse(text, 0)?;
    if header.number != number {
        return Err(Damage { offset: 0, problem: format!("the header of number {}", header.number) });
    }
    if header.records > GREATEST || header.lease.is_some_and(|lease| lease.0 > GREATEST) {
        return Err(Damage { offset: 0, problem: "numbers that nothing gets".to_owned() });
    }
    let mut entries = BTreeMap::new();
    for _ in 0..header.held {
        let offset = frames.offset();
        let Frame::Text(text) = frames.next()? else { return Ok(None) };
        let Numbered { number, entry } = parse(text, offset)?;
        if number.0 == 0 || number.0 > header.records {
            return Err(Damage { offset, problem: format!("record {number} of {}", header.records) });
        }
        entries.insert(number, entry);
    }
    Ok(Some(Extract { lease: header.lease, records: header.records, entries }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::testing::{entries, every_record};

    #[test]
    fn what_is_cut_off_anywhere_is_none_and_what_is_changed_anywhere_is_damage() {
        let entries = (3..).map(Number).zip(entries(every_record())).collect();
        let extract = Extract { lease: Some(LeaseNumber(7)), records: 40, entries };
        let bytes = encode(5, &extract).unwrap();
        assert_eq!(decode(5, &bytes).unwrap(), Some(extract));
        assert!((0..bytes.len()).all(|length| decode(5, &bytes[..length]).unwrap().is_none()));
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            decode(5, &changed).unwrap_err();
        }
        assert_eq!(decode(6, &bytes).unwrap_err().problem, "the header of number 5");
    }
}
