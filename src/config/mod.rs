//! The zone as files: `lz.toml`, `accounts/*.toml`, `blueprints/*.toml`, `invariants.toml`, `suppressions.toml`, with the environment and options laid over them.
//!
//! [`load`] reads a directory; everything after that is pure. Settings come in layers, each over the one before:
//!
//! 1. lz's own defaults,
//! 2. `lz.toml`,
//! 3. for a VPC its blueprint, and over it the account's file,
//! 4. environment variables: `LZ_REGION`, `LZ_ADDRESSES__WORKLOADS`, `LZ_ACCOUNTS__NETWORKING__EMAIL` …,
//! 5. options: `--set addresses.workloads=10.32.0.0/11`.
//!
//! Every fault is reported at once, each with file, key, line and the way out. Keys are declared once (`keys`): readers, the
//! tables of `docs/zone-files.md` and the schemas for editors ([`mod@reference`]) follow. What could not be read is a value that
//! only a finding makes (`findings::Reported`).

mod account_file;
mod declaration;
mod dhcp_options_table;
mod diagnostic;
mod document;
mod egress_table;
mod files;
mod findings;
mod firewall_table;
mod invariants_file;
mod keys;
mod layer;
mod read;
pub mod reference;
mod resolve;
mod shape;
mod spelling;
mod stacks_table;
mod starter;
mod suppressions_file;
mod transit_gateway_blueprint;
mod vpc_blueprint;
mod zone_file;

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};

pub use self::diagnostic::{Diagnostic, Severity, SourceText};
pub use self::files::{COMMAND_VARIABLES, Files, ZONE_FILE};
pub use self::starter::starter_zone;

use self::files::Layers;
use self::findings::Findings;
use self::layer::{Layer, LayerKind};
use self::resolve::Pins;
use crate::sweep::Suppression;
use crate::values::hexadecimal;
use crate::zone::Zone;
use crate::zone::lock::{self, Lock, LockError};

/// What a zone's files mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The zone.
    pub zone: Zone,
    /// The lock as it should be written now.
    pub lock: Lock,
    /// True where the lock differs from the file, or there is none yet.
    pub lock_changed: bool,
    /// The SHA-256 of the zone in lower-case hexadecimal: the same for the same zone, whatever files say it.
    pub digest: String,
    /// Findings of the sweep that somebody lives with.
    pub suppressions: Vec<Suppression>,
    /// What somebody should know.
    pub warnings: Vec<Diagnostic>,
    /// What does for a rehearsal and is refused before the real AWS is called: addresses at which nobody receives mail.
    pub placeholders: Vec<Diagnostic>,
}

/// Whose ids hold: which organization the zone is in, its accounts and resources. Ranges are always those of `lz.lock`, where
/// it pins them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Ids {
    /// Those that `lz.lock` pins.
    #[default]
    Pinned,
    /// Those of another AWS, as a lock of its own pins them.
    Of(Box<Lock>),
    /// None.
    Forgotten,
}

/// The zone's files are at fault; at least one of the findings is an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the zone's files have {} error{}", self.errors(), if self.errors() == 1 { "" } else { "s" })]
pub struct Invalid {
    /// All findings, by file and line.
    pub diagnostics: Vec<Diagnostic>,
}

impl Invalid {
    /// The first error, by file and line.
    #[must_use]
    pub fn first_error(&self) -> Option<&Diagnostic> {
        self.diagnostics.iter().find(|one| one.severity == Severity::Error)
    }

    fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|one| one.severity == Severity::Error).count()
    }
}

/// Reads the zone in a directory. `environment` is the process's, given as a value; `overrides` are key paths and values.
///
/// # Errors
/// Every fault of the files, the environment and the overrides, all at once.
pub fn load(
    directory: &Path,
    environment: &BTreeMap<String, String>,
    overrides: &[(String, String)],
) -> Result<Loaded, Invalid> {
    load_with(directory, environment, overrides, Ids::Pinned)
}

/// Reads the zone in a directory, with these ids.
///
/// # Errors
/// As [`load`].
pub fn load_with(
    directory: &Path,
    environment: &BTreeMap<String, String>,
    overrides: &[(String, String)],
    ids: Ids,
) -> Result<Loaded, Invalid> {
    let files = Files::read(directory).map_err(|diagnostics| Invalid { diagnostics })?;
    resolve(&files, environment, overrides, ids)
}

/// What files mean that have been read already.
///
/// # Errors
/// As [`load`].
pub fn resolve_files(
    files: &Files,
    environment: &BTreeMap<String, String>,
    overrides: &[(String, String)],
) -> Result<Loaded, Invalid> {
    resolve(files, environment, overrides, Ids::Pinned)
}

fn resolve(
    files: &Files,
    environment: &BTreeMap<String, String>,
    overrides: &[(String, String)],
    ids: Ids,
) -> Result<Loaded, Invalid> {
    let findings = Findings::default();
    let layers = Layers::new(files, environment, overrides, &findings);
    let (lock, lock_text) = read_lock(files.lock.as_deref(), &findings);
    let lock = match ids {
        Ids::Pinned => lock,
        Ids::Of(other) => lock.in_place_of(*other),
        Ids::Forgotten => lock.without_ids(),
    };
    let zone = resolve::resolve(&layers, &Pins { lock: &lock, text: lock_text.as_ref() }, &findings);
    let suppressions = suppressions_file::read(&layers, &findings);
    let placeholders = findings.placeholders();
    let diagnostics = findings.sorted();
    let faulty = diagnostics.iter().any(|one| one.severity == Severity::Error);
    match zone.filter(|_| !faulty) {
        Some(zone) => {
            let digest = digest(&zone).map_err(|error| Invalid { diagnostics: vec![undigested(&error)] })?;
            let pinned = lock.for_zone(&zone);
            let lock_changed = files.lock.is_none() || pinned != lock;
            Ok(Loaded { digest, lock: pinned, lock_changed, zone, suppressions, warnings: diagnostics, placeholders })
        }
        None => Err(Invalid { diagnostics }),
    }
}

/// The lock, and its text as a layer that knows where each pin stands. A lock that cannot be read is reported, and an empty
/// one stands for it while the rest is judged.
fn read_lock(text: Option<&str>, findings: &Findings) -> (Lock, Option<Layer>) {
    let Some(text) = text else { return (Lock::default(), None) };
    let layer = match Layer::from_toml(LayerKind::File, lock::FILE_NAME, text, Vec::new()) {
        Ok(layer) => layer,
        Err(fault) => {
            findings.refuse(*fault);
            return (Lock::default(), None);
        }
    };
    match Lock::parse(text) {
        Ok(lock) => (lock, Some(layer)),
        Err(error) => {
            let mut origin = layer.whole();
            if let LockError::Unreadable { span, .. } = &error {
                origin.span = span.clone();
            }
            let hint = match &error {
                LockError::Version { .. } => "use the lz that wrote it, or a newer one",
                LockError::Unreadable { .. } | LockError::Name(_) | LockError::Address(_) => {
                    "take the file from git again; it is lz's to write, and only whole tables are yours to delete"
                }
            };
            findings.refuse(origin.error(error.to_string(), hint));
            (Lock::default(), None)
        }
    }
}

/// The zone's maps are sorted, so that the same zone gives the same bytes.
fn digest(zone: &Zone) -> serde_json::Result<String> {
    let mut zone = zone.clone();
    // An account's id is found out, not said: a plan made before is as good after.
    for account in zone.accounts.values_mut() {
        account.id = None;
    }
    let json = serde_json::to_vec(&zone)?;
    Ok(hexadecimal(&Sha256::digest(&json)))
}

/// Without a digest nobody could tell whether a kept plan is one of these files.
fn undigested(error: &serde_json::Error) -> Diagnostic {
    Diagnostic::about_file(
        ZONE_FILE,
        format!("the zone can't be digested: {error}"),
        "this is a defect of lz: please report it",
    )
    .into()
}
