//! What is known of the zone's resources beside what AWS shows: from the lock, and from the journal.

use super::Reconciler;
use crate::apply::Recorder;
use crate::journal::{Inventory, State};
use crate::kinds::account_address;
use crate::plan::{Evidence, Intent};
use crate::zone::lock::Lock;

/// What a lock and a journal know. Each may be empty.
#[must_use]
pub fn evidence(lock: &Lock, journal: &State) -> Evidence {
    let Inventory { made, deleted, unfinished } = journal.inventory();
    let accounts = lock.accounts.iter().map(|(name, id)| (account_address(name), id.to_string()));
    let resources = lock.resources.iter().map(|(address, id)| (address.clone(), id.clone()));
    Evidence {
        // A run may have died between a deletion and the lock.
        pinned: resources.filter(|(_, id)| !deleted.contains(id)).chain(accounts).collect(),
        journal: made,
        unfinished_runs: unfinished,
    }
}

impl<'a> Reconciler<'a> {
    /// The same run, with what is known of the zone's resources beside what AWS shows.
    #[must_use]
    pub fn with_evidence(mut self, evidence: Evidence) -> Self {
        self.evidence = evidence;
        // What carries this run's name is this run's, as long as it has not ended.
        self.evidence.unfinished_runs.insert(self.name.clone());
        self
    }

    /// What is known of the zone's resources beside what AWS shows, with what the run itself has made and deleted until now.
    pub(super) fn evidence_by_now(&self, recorder: &Recorder) -> Evidence {
        let Inventory { made, deleted, unfinished } = recorder.journal().look(State::inventory);
        let mut evidence = Evidence { journal: made, unfinished_runs: unfinished, ..self.evidence.clone() };
        evidence.pinned.retain(|_, id| !deleted.contains(id));
        evidence.unfinished_runs.insert(self.name.clone());
        evidence
    }

    /// What the run is for, judged by this evidence.
    pub(super) fn intent_by<'b>(&'b self, evidence: &'b Evidence) -> Intent<'b> {
        Intent { evidence, ..self.intent() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Address;
    use crate::values::{AccountId, Label};

    #[test]
    fn the_lock_s_resources_and_accounts_are_pinned_by_address() {
        let vpc = Address::parse("networking/egress/vpc").unwrap();
        let account = AccountId::parse("111122223333").unwrap();
        let lock = Lock::default().with_account_id(Label::parse("networking").unwrap(), account.clone());
        let lock = lock.with_resources([(vpc.clone(), "vpc-1".to_owned())].into(), &[].into());
        let evidence = evidence(&lock, &State::default());
        let networking = Address::parse("organization/accounts/networking").unwrap();
        assert_eq!(evidence.pinned, [(vpc, "vpc-1".to_owned()), (networking, account.to_string())].into());
        assert_eq!((evidence.journal.len(), evidence.unfinished_runs.len()), (0, 0));
    }
}
