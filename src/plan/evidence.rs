//! What is known of the zone's resources beside their tags, and what a command may do to them.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::Address;

/// What is known of the zone's resources beside what AWS shows. Each source may be missing: a lock that is older than AWS
/// is normal in a CI checkout, and a journal is of one machine. What is missing is no disagreement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// AWS's id of each address, as `lz.lock` pins it. Accounts are among them.
    pub pinned: BTreeMap<Address, String>,
    /// The address of each id that a run has made, as the journal tells.
    pub journal: BTreeMap<String, Address>,
    /// Runs that the journal knows as not finished: what carries the name of one in its tag `lz:run` is that run's.
    pub unfinished_runs: BTreeSet<String>,
}

/// What a command may do to what lz itself has made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// `bootstrap` and `onboard-workload`: the files decide. What they stopped asking for goes. VPCs, gateways,
    /// attachments, addresses and firewalls, and many things at once, go only where removals are allowed.
    Files,
    /// `sweep --repair`: puts back what the files ask for. It neither replaces nor deletes what lz has made, but for what
    /// has failed for good and duplicates that lz itself has made.
    Repair,
}
