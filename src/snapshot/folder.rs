//! Folders of recordings.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::owner_only;
use crate::reach::recorded::{AccountRecording, Recording};
use crate::text::json as visible;
use crate::values::{AccountId, Region};

/// A folder that can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The system refuses it.
    #[error("{}: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file that is no JSON.
    #[error("{}: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        source: serde_json::Error,
    },
    /// No account's folder is in it.
    #[error("{} holds no folder named by an account id, such as 111122223333/eu-west-1", path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
    },
    /// A new recording would be mixed with what is there.
    #[error("{} is not empty", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
}

/// Reads a folder: `<account id>/<region>/<command>[.<id>].json`. Files and folders with other names are passed over.
///
/// # Errors
/// What can't be read, and a folder without any account's.
pub fn read(folder: &Path) -> Result<Recording, FolderError> {
    let mut recording = Recording::default();
    for (account, path) in named::<AccountId>(folder)? {
        for (region, path) in named::<Region>(&path)? {
            let mut answers = std::collections::BTreeMap::new();
            for file in entries(&path)? {
                let name = file.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".json"));
                if let Some(command) = name {
                    answers.insert(command.to_owned(), json(&file)?);
                }
            }
            recording.places.push(AccountRecording { account: account.clone(), region, answers });
        }
    }
    if recording.places.is_empty() { Err(FolderError::Empty { path: folder.to_owned() }) } else { Ok(recording) }
}

/// Writes a recording into a folder that is not there yet, or empty. It is for its owner only: it shows a network from
/// within.
///
/// # Errors
/// What can't be written, and a folder that holds something.
pub fn write(recording: &Recording, folder: &Path) -> Result<(), FolderError> {
    create(folder)?;
    if !entries(folder)?.is_empty() {
        return Err(FolderError::NotEmpty { path: folder.to_owned() });
    }
    for place in &recording.places {
        let below = folder.join(place.account.as_str()).join(place.region.as_str());
        create(&below)?;
        for (command, answer) in &place.answers {
            let path = below.join(format!("{command}.json"));
            let failed = |source| FolderError::File { path: path.clone(), source };
            let mut file = owner_only::create_file(&path).map_err(failed)?;
            file.write_all((visible(answer) + "\n").as_bytes()).map_err(failed)?;
        }
    }
    Ok(())
}

fn create(folder: &Path) -> Result<(), FolderError> {
    owner_only::create_folder(folder).map_err(|source| FolderError::File { path: folder.to_owned(), source })
}

/// The folders in a folder whose names are values of a type, in order.
fn named<T: std::str::FromStr>(folder: &Path) -> Result<Vec<(T, PathBuf)>, FolderError> {
    let value = |path: &PathBuf| path.file_name()?.to_str()?.parse().ok();
    let folders = entries(folder)?.into_iter().filter(|path| path.is_dir());
    Ok(folders.filter_map(|path| Some((value(&path)?, path))).collect())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, FolderError> {
    let failed = |source| FolderError::File { path: folder.to_owned(), source };
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        all.push(entry.map_err(failed)?.path());
    }
    all.sort();
    Ok(all)
}

fn json(path: &Path) -> Result<serde_json::Value, FolderError> {
    let text = std::fs::read_to_string(path).map_err(|source| FolderError::File { path: path.to_owned(), source })?;
    serde_json::from_str(&text).map_err(|source| FolderError::Json { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_is_mixed() {
        let folder = tempfile::tempdir().unwrap();
        let place = AccountRecording {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
            answers: BTreeMap::from([("describe-vpcs".to_owned(), serde_json::json!({"Vpcs": []}))]),
        };
        let recording = Recording { places: vec![place] };
        let target = folder.path().join("recorded");
        write(&recording, &target).unwrap();
        assert_eq!(read(&target).unwrap(), recording);
        assert!(matches!(write(&recording, &target), Err(FolderError::NotEmpty { .. })));
        std::fs::write(target.join("111122223333/eu-west-1/describe-subnets.json"), "{").unwrap();
        assert!(matches!(read(&target), Err(FolderError::Json { .. })));
        assert!(matches!(read(&target.join("111122223333")), Err(FolderError::Empty { .. })));
    }
}
