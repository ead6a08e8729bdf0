//! Folders and files that only their owner can read: they show a network from within.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

const FOLDER: u32 = 0o700;
const FILE: u32 = 0o600;

/// Makes a folder, and those above it that are not there. One that is there stays as it is.
///
/// # Errors
/// As the system's.
pub fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(FOLDER).create(path)
}

/// Makes a file, to be written.
///
/// # Errors
/// As the system's; [`io::ErrorKind::AlreadyExists`] where something has that name.
pub fn create_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(FILE).open(path)
}

/// Opens a file to be read and written, with what it holds; makes it where it is not there.
///
/// # Errors
/// As the system's.
pub fn open_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(FILE).open(path)
}

/// Writes a text to a file, over what it held. A file that others could read before they can't read any more.
///
/// # Errors
/// As the system's.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(FILE).open(path)?;
    // The mode given above counts for new files only.
    file.set_permissions(Permissions::from_mode(FILE))?;
    file.write_all(text.as_bytes())
}
