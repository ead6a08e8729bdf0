//! Worlds in files.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::front::Twin;
use super::world::World;

/// The version of the file's format. A change of the world's types that cannot read an older file raises it.
const VERSION: u32 = 1;

/// Why a world could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is no world.
    #[error("{path} does not hold a simulated AWS")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// The file is a world of another version.
    #[error("{path} holds a simulated AWS of format {found}; this program knows format {VERSION} only")]
    Version {
        /// The file.
        path: PathBuf,
        /// The version it has.
        found: u32,
    },
}

#[derive(Deserialize)]
struct Header {
    version: u32,
}

#[derive(Deserialize)]
struct Stored {
    world: World,
}

#[derive(Serialize)]
struct Storing<'a> {
    version: u32,
    world: &'a World,
}

impl Twin {
    /// Reads a twin from a file.
    ///
    /// # Errors
    /// The file cannot be read, holds something else, or is of another version.
    pub fn load(path: &Path) -> Result<Self, StoreError> {
        let text = fs::read(path).map_err(|source| StoreError::Read { path: path.to_owned(), source })?;
        let malformed = |source| StoreError::Malformed { path: path.to_owned(), source };
        let Header { version } = serde_json::from_slice(&text).map_err(malformed)?;
        if version != VERSION {
            return Err(StoreError::Version { path: path.to_owned(), found: version });
        }
        let Stored { world } = serde_json::from_slice(&text).map_err(malformed)?;
        Ok(Self::of(world))
    }

    /// Writes the twin's world to a file that only its owner may read, for it holds credentials. The file is replaced
    /// as a whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), StoreError> {
        let text = self.with_world(|world| {
            world.throttle.forget_idle(world.now);
            serde_json::to_vec(&Storing { version: VERSION, world })
        });
        let text = text.map_err(|source| StoreError::Malformed { path: path.to_owned(), source })?;
        replace(path, &text).map_err(|source| StoreError::Write { path: path.to_owned(), source })
    }
}

/// Writes beside the file and renames, so that the world is whole. Nothing is written through a link or to a device.
fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::IsADirectory))?;
    if path.symlink_metadata().is_ok_and(|there| !there.is_file()) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is there, and is no regular file"));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // For its owner only, as the library makes temporary files.
    // Its name is random, and uses up none of the numbers by which a rehearsal is the same again.
    let numbers = fastrand::get_seed();
    let file = tempfile::Builder::new().prefix(&format!(".{}.", name.to_string_lossy())).tempfile_in(folder);
    fastrand::seed(numbers);
    let mut file = file?;
    file.write_all(text)?;
    file.as_file().sync_all()?;
    file.persist(path).map(|_| ()).map_err(|failed| failed.error)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::twin::testing::Client;

    #[test]
    fn a_world_goes_on_where_it_was_saved() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("world.json");
        let twin = Twin::new(3);
        let mut client = Client::management(&twin);
        let created = client.organizations("CreateOrganization", &serde_json::json!({})).expect("an organization");
        twin.save(&path).expect("saved");
        assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);

        let loaded = Twin::load(&path).expect("loaded");
        client.twin = loaded.clone();
        assert_eq!(client.organizations("DescribeOrganization", &serde_json::json!({})), Ok(created));
        assert_eq!(loaded.now(), twin.now());
        assert_eq!(fs::read_dir(directory.path()).expect("a directory").count(), 1, "nothing but the world is left");
    }

    #[test]
    fn another_version_is_refused() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("world.json");
        fs::write(&path, r#"{"version": 99, "world": {}}"#).expect("written");
        let error = Twin::load(&path).expect_err("refused").to_string();
        assert!(error.contains("format 99"), "{error}");
    }
}
