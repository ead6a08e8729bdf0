//! The one place where an error becomes a message, a hint and an exit status.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;

use super::proof::{tell_violated, violated_document};
use super::settings::InvalidVariable;
use crate::blueprint::ExpandError;
use crate::cloud::ConnectError;
use crate::config::{Diagnostic, Invalid};
use crate::discover::DiscoverError;
use crate::journal::{JournalError, LeaseError};
use crate::operate::{OperateError, OtherZoneError, Violated};
use crate::plan::file::PlanFileError;
use crate::report::{DocumentName, Palette};
use crate::snapshot::FolderError;
use crate::text::{Text, escape};
use crate::twin::server::ServeError;
use crate::twin::store::StoreError;
use crate::ui::{LogError, Output, Printer};
use crate::zone::OtherZone;

/// What `lz` tells the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// Done, and nothing to report.
    Done,
    /// It failed, or some of it did.
    Failed,
    /// The command line is wrong.
    Usage,
    /// The zone's files are wrong.
    InvalidConfiguration,
    /// The plan holds changes (`plan --detailed-exitcode`), or the sweep has found something (`sweep`).
    Differences,
    /// Another run holds the zone.
    Locked,
    /// Somebody asked to stop.
    Interrupted,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(match status {
            ExitStatus::Done => 0_u8,
            ExitStatus::Failed => 1,
            ExitStatus::Usage => 2,
            ExitStatus::InvalidConfiguration => 3,
            ExitStatus::Differences => 4,
            ExitStatus::Locked => 5,
            ExitStatus::Interrupted => 130,
        })
    }
}

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The command line asks for what can't be.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: &'static str,
    },
    /// A variable of the environment is wrong.
    #[error(transparent)]
    Variable(#[from] InvalidVariable),
    /// The log filter is wrong.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The zone's files are wrong.
    #[error("the zone's files are invalid")]
    Invalid(#[from] Invalid),
    /// The files say something that can't be built.
    #[error(transparent)]
    Expand(#[from] ExpandError),
    /// What the files ask for breaks invariants.
    #[error("{0}")]
    Violated(Violated),
    /// A use case did not come to its end.
    #[error(transparent)]
    Operate(#[from] OperateError),
    /// What is there is not the zone that the lock pins, or it can't be told.
    #[error("{source}")]
    OtherZone {
        /// How it differs.
        source: OtherZoneError,
        /// True where AWS is simulated.
        simulated: bool,
    },
    /// A kept plan can't be applied.
    #[error("{file}: {source}")]
    PlanFile {
        /// The file.
        file: PathBuf,
        /// Why.
        source: PlanFileError,
    },
    /// Another process works on a simulated AWS.
    #[error("another process works on {file}{}", .since.as_deref().map(|since| format!(": {since}")).unwrap_or_default())]
    WorldInUse {
        /// Where the simulated AWS is kept.
        file: PathBuf,
        /// Who, and since when.
        since: Option<String>,
    },
    /// A recording can't be read or written.
    #[error(transparent)]
    Recording(#[from] FolderError),
    /// The simulated AWS can't be kept.
    #[error("{error}{}", std::error::Error::source(.error).map(|source| format!(": {source}")).unwrap_or_default())]
    Store {
        /// Why.
        #[from]
        error: StoreError,
    },
    /// The simulated AWS can't be served.
    #[error("{error}{}", std::error::Error::source(.error).map(|source| format!(": {source}")).unwrap_or_default())]
    Serve {
        /// Why.
        #[from]
        error: ServeError,
    },
    /// What sweeps find can't be served.
    #[error(transparent)]
    Monitor(#[from] crate::monitor::ServeError),
    /// Standard input or output can't be used.
    #[error("standard input or output: {0}")]
    Stream(#[from] std::io::Error),
    /// Something that this process needs can't be had.
    #[error("{0}")]
    Process(String),
    /// Somebody asked to stop at once, in the middle of a sweep.
    #[error("stopped at once, in the middle of a sweep")]
    StoppedSweep,
}

impl CliError {
    /// Of a use case on a zone in a real AWS, or in a simulated one.
    pub fn of_zone(error: OperateError, simulated: bool) -> Self {
        match error {
            OperateError::OtherZone(source) => Self::OtherZone { source, simulated },
            other => Self::Operate(other),
        }
    }

    fn status(&self) -> ExitStatus {
        match self {
            Self::Usage { .. } | Self::Variable(_) | Self::Log(_) => ExitStatus::Usage,
            Self::Invalid(_) | Self::Expand(_) | Self::Violated(_) => ExitStatus::InvalidConfiguration,
            Self::WorldInUse { .. } => ExitStatus::Locked,
            Self::StoppedSweep => ExitStatus::Interrupted,
            Self::Operate(error) => status(error),
            Self::OtherZone { .. }
            | Self::PlanFile { .. }
            | Self::Recording(_)
            | Self::Store { .. }
            | Self::Serve { .. }
            | Self::Monitor(_)
            | Self::Stream(_)
            | Self::Process(_) => ExitStatus::Failed,
        }
    }

    /// Its kind in documents.
    fn kind(&self) -> &'static str {
        match self {
            Self::Usage { .. } => "usage",
            Self::Variable(_) => "invalid-variable",
            Self::Log(_) => "invalid-log-filter",
            Self::Invalid(_) => "invalid-files",
            Self::Expand(_) => "not-buildable",
            Self::Violated(_) => "violated",
            Self::Operate(error) => kind(error),
            Self::OtherZone { .. } => "other-zone",
            Self::PlanFile { .. } => "kept-plan",
            Self::WorldInUse { .. } => "locked",
            Self::Recording(_) => "recording",
            Self::Store { .. } | Self::Serve { .. } => "simulated-aws",
            Self::Monitor(_) => "monitor",
            Self::Stream(_) | Self::Process(_) => "process",
            Self::StoppedSweep => "stopped",
        }
    }

    /// What to do about it.
    fn hint(&self) -> Option<&str> {
        match self {
            Self::Usage { hint, .. } => Some(hint),
            Self::Operate(error) => hint(error),
            Self::OtherZone { source, simulated } => other_zone_hint(source, *simulated),
            Self::WorldInUse { .. } => {
                Some("wait until it has ended, or stop it: two would overwrite what each other does")
            }
            Self::Recording(FolderError::NotEmpty { .. }) => Some("name a new folder: recordings are not mixed"),
            Self::Recording(FolderError::Empty { .. }) => Some(
                "a recording is DIR/<account id>/<region>/<command>.json, such as describe-vpcs.json; `lz snapshot DIR` writes one",
            ),
            Self::Violated(_) => {
                Some("change the files; or, where it is meant, insist with --allow-violation and the invariant's name")
            }
            Self::Expand(_) => Some("change the names or the blueprint that the message is about"),
            _ => None,
        }
    }

    /// Tells the error, and gives the exit status.
    pub fn report(&self, printer: &Printer) -> ExitStatus {
        if let Self::Invalid(invalid) = self {
            tell(printer, &invalid.diagnostics);
        } else {
            if let Self::Violated(violated) = self {
                tell_violated(violated, printer);
            }
            printer.error(self.to_string(), self.hint());
        }
        if printer.output() == Output::Json {
            let hint = self.hint().map(|hint| printer.call().complete(hint));
            let message = printer.call().complete(&self.to_string());
            let mut document = json!({ "error": { "kind": self.kind(), "message": message, "hint": hint } });
            match self {
                Self::Invalid(invalid) => document["diagnostics"] = json!(invalid.diagnostics),
                Self::Violated(violated) => document["violations"] = json!(violated_document(violated)),
                _ => {}
            }
            // Standard output is gone: the exit status is all that is left to tell.
            let _ = printer.document(DocumentName::Error, &document);
        }
        self.status()
    }
}

fn kind(error: &OperateError) -> &'static str {
    match error {
        OperateError::Locked { .. } | OperateError::Lease(LeaseError::Held(_)) => "locked",
        OperateError::File { .. } | OperateError::Lock(_) | OperateError::ReadLock(_) => "file",
        OperateError::Connect(_) => "connect",
        OperateError::Discover(_) => "discover",
        OperateError::OtherZone(_) => "other-zone",
        OperateError::Plan(_) | OperateError::Cycle(_) => "plan",
        OperateError::KeptPlan(_) => "kept-plan",
        OperateError::ReadJournal(_)
        | OperateError::Journal(_)
        | OperateError::Housekeeping(_)
        | OperateError::RepairJournal(_)
        | OperateError::JournalStore(_) => "journal",
        OperateError::Lease(_) => "lease",
        OperateError::RecordedAnswer(_) => "recording",
        OperateError::TraceEnd(_) | OperateError::NotInNetwork { .. } | OperateError::NothingToTrace => "trace",
        OperateError::NobodyToAsk => "nobody-to-ask",
        OperateError::Ask(_) => "process",
        OperateError::NeedsFirst(_) => "needs-first",
        OperateError::ChangedMeanwhile { .. } => "changed-meanwhile",
        OperateError::NoSuchRun { .. } | OperateError::NoRun => "no-such-run",
        OperateError::NothingUnfinished { .. } => "nothing-unfinished",
        OperateError::Declined => "declined",
        OperateError::Stopped(_) => "stopped",
    }
}

fn status(error: &OperateError) -> ExitStatus {
    match error {
        OperateError::TraceEnd(_)
        | OperateError::NoSuchRun { .. }
        | OperateError::NoRun
        | OperateError::NothingUnfinished { .. }
        | OperateError::NobodyToAsk => ExitStatus::Usage,
        OperateError::Locked { .. } | OperateError::Lease(LeaseError::Held(_)) => ExitStatus::Locked,
        OperateError::Declined | OperateError::Stopped(_) => ExitStatus::Interrupted,
        OperateError::File { .. }
        | OperateError::Lock(_)
        | OperateError::ReadLock(_)
        | OperateError::Connect(_)
        | OperateError::Discover(_)
        | OperateError::OtherZone(_)
        | OperateError::Plan(_)
        | OperateError::KeptPlan(_)
        | OperateError::ReadJournal(_)
        | OperateError::Journal(_)
        | OperateError::Housekeeping(_)
        | OperateError::RepairJournal(_)
        | OperateError::JournalStore(_)
        | OperateError::Lease(_)
        | OperateError::RecordedAnswer(_)
        | OperateError::NotInNetwork { .. }
        | OperateError::NothingToTrace
        | OperateError::Cycle(_)
        | OperateError::Ask(_)
        | OperateError::NeedsFirst(_)
        | OperateError::ChangedMeanwhile { .. } => ExitStatus::Failed,
    }
}

fn hint(error: &OperateError) -> Option<&'static str> {
    match error {
        OperateError::Connect(ConnectError::Unreachable(_)) => {
            Some("check the network, the region, and AWS_ENDPOINT_URL if it is set")
        }
        OperateError::Connect(ConnectError::NoAuthorities(_)) => {
            Some("install the system's package ca-certificates, or name a file of certificates in SSL_CERT_FILE")
        }
        OperateError::Connect(_) => Some(
            "lz uses the credentials that the AWS CLI would: AWS_PROFILE, `aws sso login`, AWS_ACCESS_KEY_ID …; \
             to try lz without AWS, add --twin",
        ),
        OperateError::Discover(DiscoverError::NotManagement { .. }) => Some(
            "use the management account's credentials, or set layout = \"single-account\" in lz.toml to build all in one account",
        ),
        OperateError::Discover(DiscoverError::Call(error))
            if error.is("AccessDeniedException") || error.is("UnauthorizedOperation") =>
        {
            Some("the organization is read and changed with the management account's credentials")
        }
        OperateError::ReadLock(_) => Some("`lz twin reset` forgets the simulated AWS, and its lock with it"),
        OperateError::Lease(LeaseError::Held(_)) => {
            Some("wait until it has ended; where its process has died, `lz unlock` frees the zone")
        }
        OperateError::ReadJournal(error) | OperateError::Journal(JournalError::Read(error)) if error.is_damage() => {
            Some("`lz journal check` says what is lost, and `lz journal repair` goes on with the rest")
        }
        OperateError::Locked { .. } => Some("wait until it has ended; lz only ever lets one run change a zone"),
        OperateError::ChangedMeanwhile { .. } => Some("run the command again, and look at the new plan"),
        OperateError::NeedsFirst(_) => Some("run `lz bootstrap` first"),
        OperateError::NotInNetwork { .. } | OperateError::NothingToTrace => {
            Some("what is not built yet, --planned traces in what the files ask for")
        }
        OperateError::NoSuchRun { .. } | OperateError::NoRun => Some("`lz history` lists the runs"),
        OperateError::NothingUnfinished { .. } => {
            Some("what was finished is changed by changing the files, and applying them")
        }
        OperateError::NobodyToAsk => {
            Some("add --yes to repair it without asking, or look first with `lz journal check`")
        }
        _ => None,
    }
}

fn other_zone_hint(error: &OtherZoneError, simulated: bool) -> Option<&'static str> {
    match error {
        OtherZoneError::Unknown(error) if error.is("AccessDeniedException") => {
            Some("the organization is read and changed with the management account's credentials")
        }
        OtherZoneError::Unknown(_) => None,
        OtherZoneError::Other(OtherZone::Name { .. } | OtherZone::Region { .. } | OtherZone::Layout { .. }) => {
            Some(match simulated {
                true => "put lz.toml right; or forget the simulated AWS, and its lock with it: `lz twin reset`",
                false => {
                    "put lz.toml right: what lz.lock is of would be built a second time; where another zone is meant, \
                     `lz bootstrap --forget-organization` goes on without what lz.lock knows of the old one"
                }
            })
        }
        OtherZoneError::Other(_) if simulated => {
            Some("`lz twin reset` forgets the simulated AWS, and its lock with it")
        }
        OtherZoneError::Other(_) => Some(
            "use the credentials of the pinned account; where the zone is meant to move, \
             `lz bootstrap --forget-organization` goes on without what lz.lock knows of the old organization",
        ),
    }
}

/// Says what is wrong in the files, or doubtful.
pub(super) fn tell(printer: &Printer, diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics {
        printer.status(diagnostic.render(printer.talk_palette().is_colored()));
        printer.status("");
    }
}

/// Tells what clap has to tell: help and version on standard output with status 0, errors with status 2.
pub(super) fn usage(error: &clap::Error) -> ExitCode {
    let printer = Printer::for_process(Output::Human);
    let rendered = error.render();
    let plain = rendered.to_string();
    let drawn = |palette: Palette| match palette.is_colored() {
        // A variable of the environment may hold anything, and clap repeats it.
        _ if plain.lines().any(|line| escape(line) != line) => Text::lines(plain.lines()),
        true => Text::drawn(rendered.ansi().to_string()),
        false => Text::drawn(plain.clone()),
    };
    if error.use_stderr() {
        printer.status(drawn(printer.talk_palette()).trimmed());
        return ExitCode::from(ExitStatus::Usage);
    }
    // Where nobody reads any more there is nothing left to tell.
    let _ = printer.text(&drawn(printer.palette()));
    ExitCode::from(ExitStatus::Done)
}
