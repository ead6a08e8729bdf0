//! Files that the environment names for the AWS SDK. It reads them on the thread that runs the command, with no time limit
//! and no limit of their size: a pipe would hang, and a device may never end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::settings::InvalidVariable;

/// The variables that name files. The last two are of the library that reads the machine's certificates.
const VARIABLES: [&str; 6] = [
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "SSL_CERT_FILE",
    "NIX_SSL_CERT_FILE",
];
/// What is read in the folder that `HOME` names.
const IN_HOME: [&str; 2] = [".aws/config", ".aws/credentials"];

/// What the environment says of the AWS SDK's files.
#[derive(Debug, Clone, Default)]
pub struct AwsFiles {
    variables: BTreeMap<&'static str, String>,
    home: Option<String>,
}

impl AwsFiles {
    /// Those that these variables name.
    pub fn of(variables: &BTreeMap<String, String>) -> Self {
        let named = VARIABLES.into_iter().filter_map(|name| Some((name, variables.get(name)?.clone())));
        Self { variables: named.collect(), home: variables.get("HOME").cloned() }
    }

    /// Refuses what is there and could not be read to its end.
    ///
    /// # Errors
    /// A variable leads to something that is no regular file.
    pub fn check(&self) -> Result<(), InvalidVariable> {
        for (variable, value) in &self.variables {
            if !is_readable(&self.place(value)) {
                return Err(InvalidVariable::new(*variable, value, "it must be a regular file"));
            }
        }
        for (home, file) in self.home.iter().flat_map(|home| IN_HOME.map(|file| (home, file))) {
            if !is_readable(&Path::new(home).join(file)) {
                let expected = "what is in its folder `.aws` must be regular files";
                return Err(InvalidVariable::new("HOME", home, expected));
            }
        }
        Ok(())
    }

    /// Where a file is. The SDK knows `~` as the home folder.
    fn place(&self, value: &str) -> PathBuf {
        match (value.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => Path::new(home).join(rest),
            _ => PathBuf::from(value),
        }
    }
}

/// True of regular files, of what is not there, and of the device that holds nothing.
fn is_readable(path: &Path) -> bool {
    let is_empty = || path.canonicalize().is_ok_and(|path| path == Path::new("/dev/null"));
    path.metadata().map_or(true, |there| there.is_file() || is_empty())
}
