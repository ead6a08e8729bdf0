//! Files that are written whole or not at all: beside the one that is there, and then renamed into its place.
//!
//! Nothing is written through what only stands for a file. A symbolic link, a device, a pipe or a folder of that name is
//! refused, so that `--out /dev/null` as root does not put a file in the device's place.

use std::fs::{File, Metadata, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Its owner only: it shows a network from within.
    Owner,
    /// Everybody, whatever the user's umask says.
    Everybody,
    /// Whoever the user's umask lets.
    Usual,
}

/// Puts a file in the place of the one that is there, or where none is.
///
/// # Errors
/// As [`check`]'s, and the system's.
pub fn write(path: &Path, text: &[u8], readers: Readers) -> io::Result<()> {
    check(path)?;
    let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::IsADirectory))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // The library's names are random. lz's own random numbers, by which a rehearsal is the same again, are not used up for them.
    let numbers = fastrand::get_seed();
    // node_exporter and others go by how a name ends, so that the name of what is not whole yet ends otherwise.
    let file = tempfile::Builder::new()
        .prefix(&format!(".{}.", name.to_string_lossy()))
        .suffix(".new")
        .permissions(Permissions::from_mode(if readers == Readers::Owner { 0o600 } else { 0o666 }))
        .tempfile_in(folder)
        .map_err(|error| io::Error::new(error.kind(), system_message(&error)));
    fastrand::seed(numbers);
    let mut file = file?;
    if readers == Readers::Everybody {
        file.as_file().set_permissions(Permissions::from_mode(0o644))?;
    }
    file.write_all(text)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failed| failed.error)?;
    // The name is durable when the folder is; not every file system can say so.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// Refuses a path at which something is that is no regular file.
///
/// # Errors
/// It is there, and is no regular file; or it can't be told.
pub fn check(path: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        Ok(there) if there.is_file() => Ok(()),
        Ok(there) => {
            let problem = format!("this is {}, and lz writes to regular files only; name another one", what(&there));
            Err(io::Error::new(io::ErrorKind::InvalidInput, problem))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn what(there: &Metadata) -> &'static str {
    let kind = there.file_type();
    match () {
        () if kind.is_symlink() => "a symbolic link",
        () if kind.is_dir() => "a folder",
        () if kind.is_char_device() || kind.is_block_device() => "a device",
        () if kind.is_fifo() => "a pipe",
        () if kind.is_socket() => "a socket",
        () => "no regular file",
    }
}

/// The message without the temporary file's name, which means nothing to anybody.
fn system_message(error: &io::Error) -> String {
    let told = error.to_string();
    told.split_once(" at path ").map_or(told.clone(), |(cause, _)| cause.to_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_and_has_its_own_mode() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lz.prom");
        std::fs::write(&file, "old, and longer").unwrap();
        write(&file, b"new", Readers::Everybody).unwrap();
        assert_eq!((std::fs::read_to_string(&file).unwrap().as_str(), mode(&file)), ("new", 0o644));
        let secret = folder.path().join("findings.xml");
        write(&secret, b"<x/>", Readers::Owner).unwrap();
        assert_eq!(mode(&secret), 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left over");
    }

    #[test]
    fn what_is_no_regular_file_is_refused_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        std::fs::write(&target, "kept").unwrap();
        symlink(&target, &link).unwrap();
        let dangling = folder.path().join("dangling");
        symlink(folder.path().join("nothing"), &dangling).unwrap();
        let refused =
            [link.as_path(), dangling.as_path(), folder.path(), Path::new("/dev/null"), Path::new("/dev/stdout")];
        for path in refused {
            let error = write(path, b"x", Readers::Owner).unwrap_err();
            assert!(error.to_string().contains("regular files only"), "{}: {error}", path.display());
        }
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "kept");
        assert!(link.is_symlink() && !folder.path().join("nothing").exists());
        let error = write(&folder.path().join("no/file"), b"x", Readers::Owner).unwrap_err();
        assert_eq!((error.kind(), error.to_string().contains(".new")), (io::ErrorKind::NotFound, false), "{error}");
    }
}
