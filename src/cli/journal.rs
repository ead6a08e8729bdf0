//! The zone's journal and lease, as commands open them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::SystemTime;

use super::error::CliError;
use super::lease::{Holding, Tenure};
use super::machine;
use super::settings::Settings;
use super::workspace::Workspace;
use crate::apply::Recorder;
use crate::journal::housekeeping::{read_history, tidy};
use crate::journal::lease::{self, Claim};
use crate::journal::record::{Entry, Holder};
use crate::journal::{Contents, Journal, LeaseError, Message, Number, Store, Stores, read};
use crate::reconcile::Reconciler;
use crate::ui::Printer;

/// Where the journal and the lease of a zone are. Those of a simulated AWS are beside its world.
pub fn folder(workspace: &Workspace, settings: &Settings) -> PathBuf {
    let private = workspace.private_folder();
    if settings.twin { private.join(super::twin::FOLDER) } else { private }
}

/// The journal's stores.
pub fn journal_stores(workspace: &Workspace, settings: &Settings) -> Stores {
    machine::stores(&*settings.machine, &folder(workspace, settings).join("journal"))
}

/// The lease's store.
pub fn lease_store(workspace: &Workspace, settings: &Settings) -> Rc<dyn Store> {
    settings.machine.store(&folder(workspace, settings).join("lease"))
}

/// Reads the journal, without holding the zone.
pub async fn contents(workspace: &Workspace, settings: &Settings) -> Result<Contents, CliError> {
    Ok(read(&journal_stores(workspace, settings)).await?)
}

/// Reads all that is still known of runs, without holding the zone.
pub async fn history(workspace: &Workspace, settings: &Settings) -> Result<BTreeMap<Number, Entry>, CliError> {
    Ok(read_history(&journal_stores(workspace, settings)).await?)
}

/// This process.
pub fn holder(settings: &Settings) -> Holder {
    // The kernel tells the machine's name here; where it doesn't, the journal says that it is not known.
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = if host.trim().is_empty() { "unknown-host".to_owned() } else { host.trim().to_owned() };
    Holder { user: settings.user.clone(), host, process: std::process::id() }
}

/// Releases the zone's lease by force.
pub async fn unlock(workspace: &Workspace, settings: &Settings, now: SystemTime) -> Result<Option<String>, CliError> {
    let store = lease_store(workspace, settings);
    let held = match lease::holder(&*store, now).await {
        Ok(None) => return Ok(None),
        Ok(Some(held)) => held.to_string(),
        Err(LeaseError::Unreadable { .. }) => "held by nobody who could be told".to_owned(),
        Err(error) => return Err(error.into()),
    };
    lease::unlock(&*store, holder(settings), now).await?;
    Ok(Some(held))
}

/// A journal that is written, under a lease that is given back on every way out.
pub struct OpenJournal {
    /// Writes to it.
    pub recorder: Recorder,
    /// Who writes.
    pub holder: Holder,
    /// The lease that is held.
    pub tenure: Tenure,
}

impl OpenJournal {
    /// Takes the zone's lease and opens its journal, does something, and gives the zone back whatever came of it. The lease
    /// is renewed all the while. The process must hold the zone's lock file: a lease of this machine is then one of a
    /// process that has died.
    pub async fn with<T>(
        workspace: &Workspace,
        settings: &Settings,
        reconciler: &Reconciler<'_>,
        command: &str,
        printer: &Printer,
        work: impl AsyncFnOnce(&Self) -> Result<T, CliError>,
    ) -> Result<T, CliError> {
        let holder = holder(settings);
        let claim = Claim { holder: holder.clone(), run: reconciler.name().to_owned(), command: Message::new(command) };
        let (stores, time) = (journal_stores(workspace, settings), reconciler.time_source());
        let requests = settings.machine.requests();
        let holding = Holding { store: lease_store(workspace, settings), claim, now: Rc::clone(&time), requests };
        let tell = |told: String| printer.status(told);
        let tidy = async || tidy(&stores).await.map_err(|error| error.to_string());
        let opens = async |tenure: &Tenure| {
            let journal = Journal::open(&stores, tenure.lease).await?;
            let recorder = Recorder::new(journal, move || time());
            Ok(Self { recorder, holder, tenure: tenure.clone() })
        };
        holding.during(&tell, tidy, opens, work).await
    }
}
