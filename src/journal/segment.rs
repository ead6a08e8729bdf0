//! How records lie in a segment.
//!
//! A segment is a header and records, each in a frame of its own:
//!
//! | bytes | what |
//! | --- | --- |
//! | 4 | the length of the text, little-endian |
//! | 4 | the CRC-32C of those 4 bytes |
//! | 4 | the CRC-32C of the text |
//! | *length* | the text, JSON |
//!
//! The length has a checksum of its own so that a damaged length is never taken for a text that was cut off: a segment
//! that ends inside a frame was *torn* by a crash, and anything else that is wrong is *damage*.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::lease::LeaseNumber;
use super::record::{Entry, Number};
use super::store::GREATEST;

/// The version of the format that this lz writes and reads.
pub(super) const FORMAT: u32 = 1;
const PREFIX: usize = 12;

/// What a segment begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    format: u32,
    /// The segment's own number, so that a copied one is noticed.
    pub segment: u64,
    /// The lease that it was written under.
    pub lease: LeaseNumber,
    /// The number of its first record, or of the one that comes next where it has none: how many records all segments
    /// before it hold.
    pub first: Number,
}

impl Header {
    /// The header of a segment.
    #[must_use]
    pub fn new(segment: u64, lease: LeaseNumber, first: Number) -> Self {
        Self { format: FORMAT, segment, lease, first }
    }
}

/// A value that can't be written: a defect of lz.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a record can't be written: {0}")]
pub struct Unwritable(String);

/// Adds a value in a frame of its own.
///
/// # Errors
/// Where the value can't be JSON, or has 4 GiB and more.
pub fn encode<T: Serialize>(value: &T, bytes: &mut Vec<u8>) -> Result<(), Unwritable> {
    let text = serde_json::to_vec(value).map_err(|error| Unwritable(error.to_string()))?;
    let length = u32::try_from(text.len()).map_err(|_| Unwritable(format!("it has {} bytes", text.len())))?;
    let length = length.to_le_bytes();
    bytes.extend(length);
    bytes.extend(crc32c::crc32c(&length).to_le_bytes());
    bytes.extend(crc32c::crc32c(&text).to_le_bytes());
    bytes.extend(text);
    Ok(())
}

/// What a segment holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// Its header; none where it was torn before that was whole.
    pub header: Option<Header>,
    /// Its whole records.
    pub entries: Vec<Entry>,
    /// Where it was torn, in bytes from its start; none where it is whole.
    pub torn: Option<usize>,
}

/// What is wrong with a segment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at byte {offset}")]
pub struct Damage {
    /// Where, in bytes from its start.
    pub offset: usize,
    /// What.
    pub problem: String,
}

/// Reads a segment.
///
/// # Errors
/// Where anything but a cut-off end is wrong with it, or another version of lz wrote it.
pub fn decode(bytes: &[u8]) -> Result<Segment, Damage> {
    let mut frames = Frames::new(bytes);
    let mut segment = Segment { header: None, entries: Vec::new(), torn: None };
    match frames.next()? {
        Frame::Text(text) => segment.header = Some(header(text)?),
        Frame::Torn | Frame::End => segment.torn = Some(0),
    }
    while segment.torn.is_none() {
        let offset = frames.offset;
        match frames.next()? {
            Frame::Text(text) => segment.entries.push(parse(text, offset)?),
            Frame::Torn => segment.torn = Some(offset),
            Frame::End => break,
        }
    }
    Ok(segment)
}

/// What a damaged segment still holds: its header and its records up to the damage, and what the damage is. None is damaged
/// where the segment is whole, or was cut off.
pub(super) fn salvage(bytes: &[u8]) -> (Segment, Option<Damage>) {
    let mut frames = Frames::new(bytes);
    let mut segment = Segment { header: None, entries: Vec::new(), torn: None };
    let damage = loop {
        let offset = frames.offset;
        let read = frames.next().and_then(|frame| match frame {
            Frame::Text(text) if offset == 0 => header(text).map(|header| segment.header = Some(header)).map(Some),
            Frame::Text(text) => parse(text, offset).map(|entry| segment.entries.push(entry)).map(Some),
            Frame::Torn | Frame::End => Ok(None),
        });
        match read {
            Ok(Some(())) => {}
            Ok(None) => break None,
            Err(damage) => break Some(damage),
        }
    };
    segment.torn = frames.bytes.get(frames.offset..).filter(|rest| !rest.is_empty()).map(|_| frames.offset);
    (segment, damage)
}

fn header(text: &[u8]) -> Result<Header, Damage> {
    format_of(text)?;
    let header: Header = parse(text, 0)?;
    if header.lease.0 > GREATEST || header.first.0 > GREATEST || header.first.0 == 0 {
        return Err(Damage { offset: 0, problem: "numbers that nothing gets".to_owned() });
    }
    Ok(header)
}

/// Refuses a header of another version's format.
pub(super) fn format_of(text: &[u8]) -> Result<(), Damage> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let Format { format } = parse(text, 0)?;
    if format != FORMAT {
        let problem = format!("it has format version {format}, and this lz reads version {FORMAT};");
        return Err(Damage { offset: 0, problem });
    }
    Ok(())
}

pub(super) fn parse<T: DeserializeOwned>(text: &[u8], offset: usize) -> Result<T, Damage> {
    serde_json::from_slice(text)
        .map_err(|error| Damage { offset, problem: format!("no record that lz knows ({error})") })
}

/// The frames of some bytes, in order.
pub(super) struct Frames<'a> {
    bytes: &'a [u8],
    offset: usize,
}

/// What comes next in some bytes.
pub(super) enum Frame<'a> {
    /// A whole frame's text.
    Text(&'a [u8]),
    /// A frame that was cut off.
    Torn,
    /// Nothing.
    End,
}

impl<'a> Frames<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// Where the next one begins, in bytes from the start.
    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    pub(super) fn next(&mut self) -> Result<Frame<'a>, Damage> {
        let rest = &self.bytes[self.offset..];
        if rest.is_empty() {
            return Ok(Frame::End);
        }
        let Some((&prefix, text)) = rest.split_first_chunk::<PREFIX>() else { return Ok(Frame::Torn) };
        let [l0, l1, l2, l3, c0, c1, c2, c3, t0, t1, t2, t3] = prefix;
        let length = [l0, l1, l2, l3];
        let damage = |problem: &str| Damage { offset: self.offset, problem: problem.to_owned() };
        if crc32c::crc32c(&length) != u32::from_le_bytes([c0, c1, c2, c3]) {
            return Err(damage("a length with a wrong checksum"));
        }
        let Some(text) = text.get(..u32::from_le_bytes(length) as usize) else { return Ok(Frame::Torn) };
        if crc32c::crc32c(text) != u32::from_le_bytes([t0, t1, t2, t3]) {
            return Err(damage("a record with a wrong checksum"));
        }
        self.offset += PREFIX + text.len();
        Ok(Frame::Text(text))
    }
}
