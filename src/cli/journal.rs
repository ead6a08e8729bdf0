//! The zone's journal and lease, as commands open them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

use super::error::CliError;
use super::settings::Settings;
use super::workspace::Workspace;
use crate::apply::Recorder;
use crate::journal::housekeeping::{read_history, tidy};
use crate::journal::lease::{self, Claim};
use crate::journal::record::{Entry, Holder};
use crate::journal::{Contents, DirectoryStore, Journal, Lease, LeaseError, Message, Number, Store, Stores, read};
use crate::reconcile::{Reconciler, TimeOfDay};
use crate::ui::Printer;

/// How long a lease is good for without being renewed.
const TERM: Duration = Duration::from_secs(120);
/// How often it is renewed.
const RENEWAL: Duration = Duration::from_secs(40);

/// Where the journal and the lease of a zone are. Those of a simulated AWS are beside its world.
pub fn folder(workspace: &Workspace, settings: &Settings) -> PathBuf {
    let private = workspace.private_folder();
    if settings.twin { private.join(super::twin::FOLDER) } else { private }
}

fn journal_stores(workspace: &Workspace, settings: &Settings) -> Stores {
    Stores::in_folder(&folder(workspace, settings).join("journal"))
}

fn lease_store(workspace: &Workspace, settings: &Settings) -> Rc<dyn Store> {
    Rc::new(DirectoryStore::new(folder(workspace, settings).join("lease")))
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

/// A journal that is written, under a lease.
pub struct OpenJournal {
    /// Writes to it.
    pub recorder: Recorder,
    /// Who writes.
    pub holder: Holder,
    stores: Stores,
    lease: RefCell<Option<Lease>>,
    now: TimeOfDay,
}

impl OpenJournal {
    /// Takes the zone's lease and opens its journal. The process must hold the zone's lock file: a lease of this machine is
    /// then one of a process that has died.
    pub async fn open(
        workspace: &Workspace,
        settings: &Settings,
        reconciler: &Reconciler<'_>,
        command: &str,
    ) -> Result<Self, CliError> {
        let time = reconciler.time_source();
        let holder = holder(settings);
        let claim = Claim { holder: holder.clone(), run: reconciler.name().to_owned(), command: Message::new(command) };
        let store = lease_store(workspace, settings);
        let lease = match lease::acquire(Rc::clone(&store), claim.clone(), time(), TERM).await {
            Err(LeaseError::Held(held)) if held.by.holder.host == holder.host => {
                lease::unlock(&*store, holder.clone(), time()).await?;
                lease::acquire(store, claim, time(), TERM).await?
            }
            other => other?,
        };
        let stores = journal_stores(workspace, settings);
        let journal = Journal::open(&stores, &lease).await?;
        let clock = time.clone();
        Ok(Self {
            recorder: Recorder::new(journal, move || clock()),
            holder,
            stores,
            lease: RefCell::new(Some(lease)),
            now: time,
        })
    }

    /// Renews the lease for as long as it is awaited. Where the lease was taken by somebody else it asks the run to stop.
    pub async fn keep(&self, stop: &watch::Sender<bool>) {
        loop {
            #[expect(clippy::disallowed_methods, reason = "a lease expires in this machine's own time")]
            tokio::time::sleep(RENEWAL).await;
            let Some(mut lease) = self.lease.borrow_mut().take() else { return };
            let renewed = lease.renew((self.now)()).await;
            match renewed {
                Ok(()) => {
                    // What can't be removed now is removed at the next renewal, or when the zone is given back.
                    let _ = lease.remove_older().await;
                    self.lease.borrow_mut().replace(lease);
                }
                Err(LeaseError::Lost) => {
                    stop.send_replace(true);
                    return;
                }
                // The store may work again next time; if it doesn't, the journal stops the run.
                Err(_) => {
                    self.lease.borrow_mut().replace(lease);
                }
            }
        }
    }

    /// Makes journal and lease small again, and gives the zone back.
    pub async fn close(self, printer: &Printer) -> Result<(), CliError> {
        let Some(lease) = self.lease.into_inner() else { return Ok(()) };
        let tidied = tidy(&self.stores).await.map_err(CliError::from);
        if let Err(error) = match tidied {
            Ok(()) => lease.remove_older().await.map_err(CliError::from),
            failed => failed,
        } {
            // The run has ended, and all that it did is durable.
            printer.status(&format!("old records could not be put away: {error}; the next run tries again"));
        }
        Ok(lease.release().await?)
    }
}
