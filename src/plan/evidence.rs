//! What is known of the zone's resources beside their tags, and what a command may do to them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::discover::LiveResource;
use crate::graph::Address;
use crate::kinds::TAG_RUN;

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

/// What tells which wanted resource a live one is: the strongest of what speaks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Its tags alone: people copy and change tags.
    Tags,
    /// It is like the wanted one in all that AWS can't change, and nothing else is. Its tags are not as lz writes them.
    Likeness,
    /// Something that lz knows refers to it, in what AWS can't change. Its tags are not as lz writes them.
    Connection,
    /// Its tags, and it is like the wanted one in all that AWS can't change.
    TagsAndLikeness,
    /// Attributes that AWS keeps unique.
    NaturalKey,
    /// The journal knows its id.
    Journal,
    /// `lz.lock` pins its id.
    Lock,
}

impl Source {
    /// True where it is certain that this is the resource that lz made for the address: its id is known.
    #[must_use]
    pub fn knows_id(self) -> bool {
        matches!(self, Self::Journal | Self::Lock)
    }
}

impl Evidence {
    /// True where lz has made a resource, by more than an address in a tag: the journal knows its id, or its tag names a run
    /// that has not finished its work.
    pub(super) fn has_made(&self, resource: &LiveResource) -> bool {
        let observed = &resource.observed;
        let run = observed.tags.get(TAG_RUN);
        self.journal.contains_key(&observed.id) || run.is_some_and(|run| self.unfinished_runs.contains(run))
    }

    /// True where lock or journal know that lz has made something for an address.
    #[must_use]
    pub fn knows(&self, address: &Address) -> bool {
        self.pinned.contains_key(address) || self.journal.values().any(|known| known == address)
    }
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
