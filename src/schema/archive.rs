//! The schemas that lz brings, compressed. `scripts/schemas` makes them.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use flate2::read::DeflateDecoder;

use super::ResourceType;

static ARCHIVE: &[u8] = include_bytes!("types.archive");

/// A schema's place in the archive.
struct Entry {
    name: &'static str,
    packed: &'static [u8],
}

fn entries() -> &'static [Entry] {
    static ENTRIES: OnceLock<Vec<Entry>> = OnceLock::new();
    ENTRIES.get_or_init(|| read_table(ARCHIVE).unwrap_or_default())
}

/// The table stands before the first empty line.
fn read_table(archive: &'static [u8]) -> Option<Vec<Entry>> {
    let end = archive.windows(2).position(|two| two == b"\n\n")?;
    let table = std::str::from_utf8(archive.get(..end)?).ok()?;
    let body = archive.get(end + 2..)?;
    let entry = |line: &'static str| {
        let mut parts = line.split(' ');
        let (name, offset, length) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?.parse::<usize>().ok()?);
        Some(Entry { name, packed: body.get(offset..)?.get(..length)? })
    };
    table.lines().map(entry).collect()
}

/// The names of all types that lz brings, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    entries().iter().map(|entry| entry.name)
}

/// The text of the schema of a type that lz brings.
#[must_use]
pub fn text(name: &str) -> Option<String> {
    let entry = entries().iter().find(|entry| entry.name == name)?;
    let mut text = String::new();
    DeflateDecoder::new(entry.packed).read_to_string(&mut text).ok()?;
    Some(text)
}

/// A type that lz brings. Each is read once.
#[must_use]
pub(super) fn resource_type(name: &str) -> Option<Arc<ResourceType>> {
    static READ: Mutex<BTreeMap<String, Arc<ResourceType>>> = Mutex::new(BTreeMap::new());
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = read.get(name) {
        return Some(Arc::clone(known));
    }
    let found = Arc::new(ResourceType::brought(&text(name)?)?);
    read.insert(name.to_owned(), Arc::clone(&found));
    Some(found)
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::values::hexadecimal;

    /// Another archive is a change that somebody has looked at: which types came, and what became of their identifiers.
    #[test]
    fn the_archive_is_the_one_that_was_reviewed() {
        let mut all = Sha256::new();
        let mut identifiers = Vec::new();
        for name in names() {
            all.update(text(name).unwrap());
            let found = resource_type(name).unwrap();
            assert_eq!(found.name(), name);
            identifiers.push(format!("{name} {}", found.identifier_names().join("|")));
        }
        assert_eq!(names().count(), 74);
        insta::assert_snapshot!(identifiers.join("\n"));
        insta::assert_snapshot!(hexadecimal(&all.finalize()));
    }
}
