//! Files and folders as commands use them.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::operate::{OperateError, timestamp};
use crate::owner_only;
use crate::whole_file::{self, Readers};

/// A path as people write it, without `./` before it.
pub fn plain(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}

/// Makes a folder for its owner only, unless it is there.
pub fn create_private_folder(path: &Path) -> Result<(), OperateError> {
    owner_only::create_folder(path).map_err(|source| failed(path, source))
}

/// Refuses a file that could not be written in the end, since something is there that is no regular file.
pub fn writable(path: &Path) -> Result<(), OperateError> {
    whole_file::check(path).map_err(|source| failed(path, source))
}

/// Writes a file at once, so that nobody ever reads half of it.
pub fn write(path: &Path, text: &str, readers: Readers) -> Result<(), OperateError> {
    whole_file::write(path, text.as_bytes(), readers).map_err(|source| failed(path, source))
}

/// What a file could not do.
pub fn failed(path: &Path, source: std::io::Error) -> OperateError {
    OperateError::File { file: path.to_owned(), source }
}

/// Locks a file until the value is dropped, or says who has locked it.
pub fn lock<E: From<OperateError>>(path: &Path, locked: impl FnOnce(Option<String>) -> E) -> Result<File, E> {
    // It is locked in place, and so never through a link.
    writable(path)?;
    let mut file = owner_only::open_file(path).map_err(|source| failed(path, source))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(locked(holder(&mut file))),
        Err(TryLockError::Error(source)) => return Err(failed(path, source).into()),
    }
    #[expect(clippy::disallowed_methods, reason = "who has locked a file is told in this machine's own time")]
    let now = SystemTime::now();
    let owner = format!("process {} since {}\n", std::process::id(), timestamp(now));
    file.set_len(0).and_then(|()| file.write_all(owner.as_bytes())).map_err(|source| failed(path, source))?;
    Ok(file)
}

/// Who has locked a file, as it says; it may have locked it a moment ago, and not written it yet.
fn holder(file: &mut File) -> Option<String> {
    for _ in 0..20 {
        let mut text = String::new();
        file.rewind().and_then(|()| file.read_to_string(&mut text)).ok()?;
        if text.ends_with('\n') {
            return Some(text.trim().to_owned());
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    None
}
