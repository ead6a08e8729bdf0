//! Where segments and leases are kept.

use std::fmt::Debug;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use async_trait::async_trait;

use crate::owner_only;

/// A failure of what the store lies on.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{what}: {source}")]
pub struct StoreError {
    /// What could not be read or written.
    pub what: String,
    /// Why.
    pub source: Arc<std::io::Error>,
}

impl StoreError {
    /// A failure with what it is about.
    #[must_use]
    pub fn new(what: impl Into<String>, source: std::io::Error) -> Self {
        Self { what: what.into(), source: Arc::new(source) }
    }
}

/// Why something could not be created.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CreateError {
    /// Somebody else has created one of that number.
    #[error("there is one of that number already")]
    Exists,
    /// It may or may not be there now.
    #[error(transparent)]
    Io(#[from] StoreError),
}

/// Why something could not be put at the end of a store.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum AppendError {
    /// Somebody else has created one of that number.
    #[error("there is one of that number already")]
    Exists,
    /// Somebody else has created one with a greater number. This one is there now, or it is one whose number was used and
    /// removed before.
    #[error("there is one of a greater number already")]
    Overtaken,
    /// It may or may not be there now.
    #[error(transparent)]
    Io(#[from] StoreError),
}

/// Creates what has this number as the newest one of a store from which old ones are removed, but never the newest.
///
/// The greatest number in such a store never decreases. So whoever has created a number, and then sees no greater one, knows
/// that it is used for the first time: had it been there before, it could only be removed because of a greater one.
pub(super) async fn append(store: &dyn Store, number: u64, bytes: &[u8]) -> Result<(), AppendError> {
    match store.create(number, bytes).await {
        Ok(()) => {}
        Err(CreateError::Exists) => return Err(AppendError::Exists),
        Err(CreateError::Io(error)) => return Err(error.into()),
    }
    if store.newest().await?.is_some_and(|newest| newest > number) {
        return Err(AppendError::Overtaken);
    }
    Ok(())
}

/// The greatest number that anything gets: whoever counts never comes near it. What claims a greater one is not lz's, and
/// there is always a number after it.
pub(super) const GREATEST: u64 = u64::MAX / 2;

/// Where a zone's journal is kept.
#[derive(Debug, Clone)]
pub struct Stores {
    /// Its segments, numbered from 1 on.
    pub segments: Rc<dyn Store>,
    /// What the segments before a checkpoint's number come to.
    pub checkpoints: Rc<dyn Store>,
    /// Runs that are no longer needed, by the number of their first record.
    pub archive: Rc<dyn Store>,
}

impl Stores {
    /// The journal in a folder: its segments, and the folders `checkpoints` and `archive` beside them.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self::opened(folder, |folder| Rc::new(DirectoryStore::new(folder)))
    }

    /// The same, with stores that are opened otherwise.
    #[must_use]
    pub fn opened(folder: &Path, open: impl Fn(&Path) -> Rc<dyn Store>) -> Self {
        Self {
            segments: open(folder),
            checkpoints: open(&folder.join("checkpoints")),
            archive: open(&folder.join("archive")),
        }
    }
}

/// Numbered things that are created once and never changed.
///
/// What is built on it ([`Journal`](super::Journal), [`Lease`](super::Lease)) is safe on any store that keeps to this:
///
/// - Of all calls of `create` with one number, by whomever, at most one succeeds, and `Exists` is answered only where
///   another one did. A store that sends a request again must tell its own work from that of others.
/// - When `create` has succeeded, the bytes are durable, and every `list` and `read` that begins after that sees all of them.
/// - `list` gives every number that was there before it began and is still there when it ends.
/// - What was removed is as if it had never been: its number can be created again. Who removes takes care of that, see
///   [`lease`](super::lease#fencing).
/// - Whatever `read` gives is what one `create` was given, and does not change. The one exception: when the machine that
///   was writing dies, a part of the bytes may be what is left.
#[async_trait(?Send)]
pub trait Store: Debug {
    /// Creates what has this number, unless there is such a one.
    async fn create(&self, number: u64, bytes: &[u8]) -> Result<(), CreateError>;

    /// The numbers that there are, ascending.
    async fn list(&self) -> Result<Vec<u64>, StoreError>;

    /// The greatest of the numbers that [`list`](Self::list) would give. Every write asks for it, so that a store that can
    /// tell it without a listing should.
    async fn newest(&self) -> Result<Option<u64>, StoreError> {
        Ok(self.list().await?.last().copied())
    }

    /// What has this number; none where there is none, or none any more.
    async fn read(&self, number: u64) -> Result<Option<Vec<u8>>, StoreError>;

    /// Removes what has this number. That there is none is no failure.
    async fn remove(&self, number: u64) -> Result<(), StoreError>;
}

/// A folder with a file for each number.
///
/// A file is written under a temporary name, made durable, and gets its name by a hard link, which the system refuses
/// where that name exists; then the folder is made durable. So what has a name is whole. Temporary files that a crash left
/// are passed over, and so are files of numbers that nobody comes to by counting. Only their owner can read folder and files.
///
/// The files are read and written on another thread; tokio's paused clock stands still meanwhile.
#[derive(Debug, Clone)]
pub struct DirectoryStore {
    folder: PathBuf,
}

impl DirectoryStore {
    /// The store in a folder, which is made when the first thing is created in it.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The file of a number.
    #[must_use]
    pub fn file(&self, number: u64) -> PathBuf {
        // As many digits as the greatest number has, so that a listing by name is one by number.
        self.folder.join(format!("{number:020}"))
    }
}

#[async_trait(?Send)]
impl Store for DirectoryStore {
    async fn create(&self, number: u64, bytes: &[u8]) -> Result<(), CreateError> {
        let (folder, file, bytes) = (self.folder.clone(), self.file(number), bytes.to_vec());
        on_another_thread(&self.folder, move || create(&folder, &file, &bytes)).await?
    }

    async fn list(&self) -> Result<Vec<u64>, StoreError> {
        let folder = self.folder.clone();
        on_another_thread(&self.folder, move || list(&folder)).await?
    }

    async fn read(&self, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let file = self.file(number);
        let name = file.clone();
        on_another_thread(&name, move || unless_absent(&file, std::fs::read(&file))).await?
    }

    async fn remove(&self, number: u64) -> Result<(), StoreError> {
        let file = self.file(number);
        let name = file.clone();
        // That it is gone need not be durable: what a crash brings back is removed next time.
        on_another_thread(&name, move || unless_absent(&file, std::fs::remove_file(&file)).map(drop)).await?
    }
}

async fn on_another_thread<T: Send + 'static>(
    path: &Path,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| failed(path, std::io::Error::other(error)))
}

fn unless_absent<T>(file: &Path, done: std::io::Result<T>) -> Result<Option<T>, StoreError> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(failed(file, source)),
    }
}

fn failed(path: &Path, source: std::io::Error) -> StoreError {
    StoreError::new(path.display().to_string(), source)
}

fn create(folder: &Path, file: &Path, bytes: &[u8]) -> Result<(), CreateError> {
    make_folder(folder)?;
    let temporary = write_temporary(folder, file, bytes)?;
    let linked = std::fs::hard_link(&temporary, file);
    std::fs::remove_file(&temporary).map_err(|source| failed(&temporary, source))?;
    match linked {
        Ok(()) => Ok(sync_folder(folder)?),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(CreateError::Exists),
        Err(source) => Err(failed(file, source).into()),
    }
}

fn make_folder(folder: &Path) -> Result<(), StoreError> {
    if folder.is_dir() {
        return Ok(());
    }
    owner_only::create_folder(folder).map_err(|source| failed(folder, source))?;
    folder.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), sync_folder)
}

/// Writes the bytes to a file that only this call knows, and makes them durable.
fn write_temporary(folder: &Path, file: &Path, bytes: &[u8]) -> Result<PathBuf, StoreError> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    for attempt in 0_u64.. {
        // The leftover of a process that had the same id is in the way at most.
        let path = folder.join(format!(".{name}.{}.{attempt}", std::process::id()));
        match owner_only::create_file(&path) {
            Ok(mut opened) => {
                let written = opened.write_all(bytes).and_then(|()| opened.sync_all());
                return written.map(|()| path.clone()).map_err(|source| failed(&path, source));
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(source) => return Err(failed(&path, source)),
        }
    }
    Err(failed(folder, ErrorKind::AlreadyExists.into()))
}

fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    File::open(folder).and_then(|opened| opened.sync_all()).map_err(|source| failed(folder, source))
}

fn list(folder: &Path) -> Result<Vec<u64>, StoreError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(failed(folder, source)),
    };
    let mut numbers = Vec::new();
    for entry in entries {
        let name = entry.map_err(|source| failed(folder, source))?.file_name();
        let name = name.to_string_lossy();
        if name.len() == 20 && name.bytes().all(|byte| byte.is_ascii_digit()) {
            numbers.extend(name.parse::<u64>().ok().filter(|number| *number <= GREATEST));
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[tokio::test]
    async fn a_number_is_created_once_for_its_owner_only_and_leftovers_are_passed_over() {
        let place = tempfile::tempdir().unwrap();
        let store = DirectoryStore::new(place.path().join("a/journal"));
        assert!(store.list().await.unwrap().is_empty(), "listing makes no folder");
        assert!(!place.path().join("a").exists());
        store.create(2, b"two").await.unwrap();
        store.create(10, b"ten").await.unwrap();
        assert!(matches!(store.create(2, b"other").await, Err(CreateError::Exists)));
        let leftover = place.path().join(format!("a/journal/.{:020}.{}.0", 3, std::process::id()));
        std::fs::write(leftover, b"thr").unwrap();
        assert_eq!(store.list().await.unwrap(), [2, 10]);
        store.create(3, b"three").await.unwrap();
        assert_eq!(store.read(2).await.unwrap().unwrap(), b"two");
        assert_eq!(store.read(3).await.unwrap().unwrap(), b"three");
        assert_eq!(store.list().await.unwrap(), [2, 3, 10]);
        let mode = |path: PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(place.path().join("a/journal")), 0o700);
        assert_eq!(mode(store.file(2)), 0o600);
        assert_eq!(store.read(4).await.unwrap(), None);
        store.remove(3).await.unwrap();
        store.remove(3).await.unwrap();
        assert_eq!((store.list().await.unwrap(), store.read(3).await.unwrap()), (vec![2, 10], None));
    }

    #[test]
    fn of_many_who_create_one_number_one_succeeds() {
        let place = tempfile::tempdir().unwrap();
        let store = DirectoryStore::new(place.path());
        let made: Vec<bool> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|thread| {
                    let store = store.clone();
                    scope.spawn(move || create(&store.folder, &store.file(1), &[thread]).is_ok())
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(made.iter().filter(|made| **made).count(), 1);
        let winner = made.iter().position(|made| *made).unwrap();
        assert_eq!(std::fs::read(store.file(1)).unwrap(), [u8::try_from(winner).unwrap()]);
    }
}
