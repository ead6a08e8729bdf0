//! The journal of a zone's runs and the lease: read, checked, repaired, freed.

use std::collections::BTreeMap;

use super::apply::Consent;
use super::audience::{Confirmation, Notice};
use super::error::OperateError;
use super::holding::{Holding, Tenure};
use super::machine::{Hold, Machine, Ports};
use crate::journal::housekeeping::read_history;
use crate::journal::lease::{self, Claim, Held};
use crate::journal::record::Entry;
use crate::journal::repair::{Survey, repair, survey};
use crate::journal::{LeaseError, Message, Number};

/// The command that a repair of the journal is called in the lease.
const REPAIR: &str = "journal repair";
/// The run that a repair of the journal is called in the lease.
const REPAIR_RUN: &str = "journal-repair";

/// Reads all that is still known of runs, without holding the zone.
///
/// # Errors
/// The journal is damaged, or can't be read.
pub async fn history(machine: &dyn Machine) -> Result<BTreeMap<Number, Entry>, OperateError> {
    Ok(read_history(&machine.journal()).await?)
}

/// What a journal and the lease hold, and what is wrong with them.
#[derive(Debug)]
pub struct JournalSurvey {
    /// The journal.
    pub journal: Survey,
    /// Why the lease can't be read, where that is so.
    pub lease: Option<LeaseError>,
}

/// Reads the whole journal and the lease, and says what is damaged. Changes nothing.
///
/// # Errors
/// A store can't be read.
pub async fn survey_journal(machine: &dyn Machine) -> Result<JournalSurvey, OperateError> {
    let journal = survey(&machine.journal()).await?;
    let lease = match lease::holder(&*machine.lease(), machine.time()()).await {
        Ok(_) => None,
        Err(error @ LeaseError::Unreadable { .. }) => Some(error),
        Err(error) => return Err(error.into()),
    };
    Ok(JournalSurvey { journal, lease })
}

/// Goes on with what can be read of a damaged journal, and gives what was found; a whole one is left as it is.
///
/// # Errors
/// Somebody said no, or a store can't be read or written.
pub async fn repair_journal(ports: Ports<'_>, _hold: &Hold, consent: Consent) -> Result<Survey, OperateError> {
    let Ports { machine, audience } = ports;
    let stores = machine.journal();
    let found = survey(&stores).await?;
    if found.is_whole() {
        return Ok(found);
    }
    if consent == Consent::Asked && !audience.confirms(Confirmation::RepairJournal(&found)).await? {
        return Err(OperateError::Declined);
    }
    let beside = machine.damaged_journal();
    let claim = Claim { holder: machine.holder(), run: REPAIR_RUN.to_owned(), command: Message::new(REPAIR) };
    let (store, requests) = (machine.lease(), machine.requests());
    let holding = Holding { store, claim, now: machine.time(), requests };
    let tell = |notice: Notice| audience.notes(&notice);
    let opens = async |tenure: &Tenure| {
        tenure.begin_changes();
        Ok(repair(&stores, &found, &beside, tenure.lease).await?)
    };
    holding.during(&tell, async || Ok(()), opens, async |()| Ok(())).await?;
    Ok(found)
}

/// From whom a zone was freed.
#[derive(Debug)]
pub enum Freed {
    /// Nobody held it.
    Nothing,
    /// This one held it.
    From(Held),
    /// Who held it could not be read.
    FromUnknown,
}

/// Releases the zone's lease by force.
///
/// # Errors
/// The store can't be read or written.
pub async fn unlock(machine: &dyn Machine) -> Result<Freed, OperateError> {
    let (store, now) = (machine.lease(), machine.time()());
    let freed = match lease::holder(&*store, now).await {
        Ok(None) => return Ok(Freed::Nothing),
        Ok(Some(held)) => Freed::From(held),
        Err(LeaseError::Unreadable { .. }) => Freed::FromUnknown,
        Err(error) => return Err(error.into()),
    };
    lease::unlock(&*store, machine.holder(), now).await?;
    Ok(freed)
}
