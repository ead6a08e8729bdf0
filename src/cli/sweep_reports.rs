//! The files that `lz sweep` writes besides what it prints.

use std::fs::{OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use clap::Args;

use super::error::CliError;
use crate::report::{asff, junit, prometheus, sarif};
use crate::sweep::{Sweep, Tally};
use crate::values::AccountId;

/// What findings may tell is for whoever runs lz: where the network is weak.
const OWNER_ONLY: u32 = 0o600;
/// The numbers are read by node_exporter, which runs as a user of its own; they name no resource.
const EVERYBODY: u32 = 0o644;

/// Files for other programs.
#[derive(Debug, Default, Args)]
pub struct ReportArgs {
    /// Also write the findings as JUnit XML: an account is a test suite, a finding a failed test.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// Also write the findings as SARIF 2.1.0, for code scanning.
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,

    /// Also write the findings in the AWS Security Finding Format, for Security Hub.
    #[arg(long, value_name = "FILE")]
    asff: Option<PathBuf>,

    /// Also write numbers of findings, accounts and calls for Prometheus, as node_exporter's textfile collector reads them.
    #[arg(long, value_name = "FILE")]
    prometheus: Option<PathBuf>,
}

impl ReportArgs {
    /// Writes what a sweep has found.
    ///
    /// # Errors
    /// A file can't be written.
    pub fn write(&self, sweep: &Sweep, caller: &AccountId) -> Result<(), CliError> {
        if let Some(file) = &self.junit {
            replace(file, &junit(sweep), OWNER_ONLY)?;
        }
        if let Some(file) = &self.sarif {
            replace(file, &sarif(sweep), OWNER_ONLY)?;
        }
        if let Some(file) = &self.asff {
            replace(file, &asff(sweep, caller), OWNER_ONLY)?;
        }
        Ok(())
    }

    /// Writes the numbers of the sweeps so far.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn write_numbers(&self, tally: &Tally) -> Result<(), CliError> {
        match &self.prometheus {
            Some(file) => replace(file, &prometheus(tally), EVERYBODY),
            None => Ok(()),
        }
    }
}

/// Puts a file in the place of another one at once, so that nobody ever reads half of it.
fn replace(path: &Path, text: &str, mode: u32) -> Result<(), CliError> {
    let failed = |source| CliError::File { file: path.to_owned(), source };
    // A link is followed; what is not there yet is where it is said to be.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if target.metadata().is_ok_and(|there| !there.is_file()) {
        return Err(CliError::Usage {
            message: format!("{} is there, and is no file", path.display()),
            hint: "name a file; what is found goes to standard output with --output json",
        });
    }
    // node_exporter and others go by how a name ends, so that the name of what is not whole yet ends otherwise.
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let new = target.with_file_name(name);
    let written =
        OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&new).and_then(|mut file| {
            // The mode given above is less what the user's umask takes away.
            file.set_permissions(Permissions::from_mode(mode))?;
            file.write_all(text.as_bytes())?;
            std::fs::rename(&new, &target)
        });
    written.map_err(|error| {
        // What is left over says nothing; the error is what counts.
        let _ = std::fs::remove_file(&new);
        failed(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_and_has_its_own_mode() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lz.prom");
        std::fs::write(&file, "old, and longer").unwrap();
        replace(&file, "new", EVERYBODY).unwrap();
        assert_eq!((std::fs::read_to_string(&file).unwrap().as_str(), mode(&file)), ("new", 0o644));
        let secret = folder.path().join("findings.xml");
        replace(&secret, "<x/>", OWNER_ONLY).unwrap();
        assert_eq!(mode(&secret), 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left over");
    }

    #[test]
    fn what_is_no_file_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let device = folder.path().join("null");
        std::os::unix::fs::symlink("/dev/null", &device).unwrap();
        assert!(matches!(replace(&device, "x", OWNER_ONLY), Err(CliError::Usage { .. })));
        assert!(matches!(replace(&folder.path().join("no/file"), "x", OWNER_ONLY), Err(CliError::File { .. })));
    }
}
