//! The files that `lz sweep` writes besides what it prints.

use std::path::PathBuf;

use clap::Args;

use super::error::CliError;
use super::files::{writable, write};
use crate::report::{asff, junit, prometheus, sarif};
use crate::sweep::{Sweep, Tally};
use crate::values::AccountId;
use crate::whole_file::Readers;

/// What findings may tell is for whoever runs lz: where the network is weak.
const FINDINGS: Readers = Readers::Owner;
/// The numbers are read by node_exporter, which runs as a user of its own; they name no resource.
const NUMBERS: Readers = Readers::Everybody;

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
    /// Refuses, before anything is called, a file that could not be written in the end.
    ///
    /// # Errors
    /// Something is there that is no regular file.
    pub fn check(&self) -> Result<(), CliError> {
        let files = [&self.junit, &self.sarif, &self.asff, &self.prometheus];
        Ok(files.into_iter().flatten().try_for_each(|file| writable(file))?)
    }

    /// Writes what a sweep has found.
    ///
    /// # Errors
    /// A file can't be written.
    pub fn write(&self, sweep: &Sweep, caller: &AccountId) -> Result<(), CliError> {
        if let Some(file) = &self.junit {
            write(file, &junit(sweep), FINDINGS)?;
        }
        if let Some(file) = &self.sarif {
            write(file, &sarif(sweep), FINDINGS)?;
        }
        if let Some(file) = &self.asff {
            write(file, &asff(sweep, caller), FINDINGS)?;
        }
        Ok(())
    }

    /// Writes the numbers of the sweeps so far.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn write_numbers(&self, tally: &Tally) -> Result<(), CliError> {
        match &self.prometheus {
            Some(file) => Ok(write(file, &prometheus(tally), NUMBERS)?),
            None => Ok(()),
        }
    }
}
