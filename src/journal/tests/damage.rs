//! What a journal holds, byte by byte: cut off anywhere, or changed anywhere.

use std::rc::Rc;

use crate::journal::lease::LeaseNumber;
use crate::journal::memory::MemoryStore;
use crate::journal::read::{Contents, ReadError, read};
use crate::journal::record::Entry;
use crate::journal::store::Store;
use crate::journal::testing::{entries, every_record, records_of, segment, stores};

const LEASE: LeaseNumber = LeaseNumber(3);

#[test]
fn the_format_is_what_it_was() {
    let entries = entries(every_record());
    let lines: Vec<String> = entries.iter().map(|entry| serde_json::to_string(entry).unwrap()).collect();
    insta::assert_snapshot!(lines.join("\n"));
    for (line, entry) in lines.iter().zip(&entries) {
        assert_eq!(serde_json::from_str::<Entry>(line).unwrap(), *entry);
    }
}

async fn read_segments(segments: &[&[u8]]) -> Result<Contents, ReadError> {
    let store = MemoryStore::new();
    for (number, bytes) in (1..).zip(segments) {
        store.create(number, bytes).await.unwrap();
    }
    read(&stores(Rc::new(store))).await
}

/// Two segments with all kinds of records.
fn two_segments() -> (Vec<Entry>, Vec<u8>, Vec<u8>) {
    let entries = entries(every_record());
    let first = segment(1, LEASE, 1, &entries[..6]);
    let second = segment(2, LEASE, 7, &entries[6..]);
    (entries, first, second)
}

#[tokio::test]
async fn a_last_segment_that_is_cut_off_anywhere_counts_as_far_as_it_is_whole() {
    let (entries, first, second) = two_segments();
    let mut counted = 0;
    for length in 0..=second.len() {
        let contents = read_segments(&[&first, &second[..length]]).await.unwrap();
        let kept = records_of(&contents);
        assert!(entries.starts_with(&kept));
        let whole = segment(2, LEASE, 7, &kept[6..]);
        assert!(whole.len() <= length || contents.entries.len() == 6, "a record that is not whole counts");
        assert_eq!(contents.torn.is_none(), whole.len() == length, "at {length}");
        assert!(contents.entries.len() >= counted, "more bytes, fewer records");
        counted = contents.entries.len();
    }
    assert_eq!(counted, entries.len());
}

#[tokio::test]
async fn what_a_crash_cut_off_stays_cut_off_and_later_segments_follow_on_it() {
    let (entries, first, _) = two_segments();
    let mut follow = 0;
    for length in 0..first.len() {
        let kept = read_segments(&[&first[..length]]).await.unwrap().entries.len();
        let rest = entries[kept..].to_vec();
        let next = segment(2, LEASE, kept as u64 + 1, &rest);
        let contents = read_segments(&[&first[..length], &next]).await.unwrap();
        assert_eq!(records_of(&contents), entries);
        follow += 1;
        if kept < 6 {
            // Whoever wrote the second segment had seen all of the first: it was cut off only afterwards.
            let next = segment(2, LEASE, 7, &entries[6..]);
            let error = read_segments(&[&first[..length], &next]).await.unwrap_err();
            assert!(matches!(error, ReadError::Damaged { .. }), "{error}");
        }
    }
    assert_eq!(follow, first.len());
}

#[tokio::test]
async fn a_changed_bit_anywhere_is_noticed() {
    let (_, first, second) = two_segments();
    for place in 0..(first.len() + second.len()) * 8 {
        let (mut one, mut other) = (first.clone(), second.clone());
        let (byte, bit) = (place / 8, 1 << (place % 8));
        match byte.checked_sub(one.len()) {
            None => one[byte] ^= bit,
            Some(byte) => other[byte] ^= bit,
        }
        let error = read_segments(&[&one, &other]).await.unwrap_err();
        assert!(matches!(error, ReadError::Damaged { .. }), "{error}");
    }
}

#[tokio::test]
async fn segments_that_are_missing_or_out_of_order_are_noticed() {
    let (entries, first, second) = two_segments();
    let store = MemoryStore::new();
    store.create(2, &second).await.unwrap();
    assert!(matches!(read(&stores(Rc::new(store))).await, Err(ReadError::Missing(1))));
    let error = read_segments(&[&first, &first]).await.unwrap_err();
    insta::assert_snapshot!(error, @"the journal's segment 2 is damaged: the header of segment 1 at byte 0");
    let gap = segment(2, LEASE, 8, &entries[7..]);
    let error = read_segments(&[&first, &gap]).await.unwrap_err();
    insta::assert_snapshot!(error, @"the journal's segment 2 is damaged: record #8 where #7 comes next at byte 0");
    let older = segment(2, LeaseNumber(2), 7, &entries[6..]);
    let error = read_segments(&[&first, &older]).await.unwrap_err();
    insta::assert_snapshot!(error, @"the journal's segment 2 is damaged: lease 2 after lease 3 at byte 0");
    let again = segment(2, LEASE, 7, &entries[..1]);
    let error = read_segments(&[&first, &again]).await.unwrap_err();
    insta::assert_snapshot!(error, @"the journal contradicts itself in segment 2, record #7: there is a run run-1 already");
}
