//! Proofs about all packets: for every source, destination and port, by sets of them, not by samples.
//!
//! [`prove`] holds a network against what it is for, its [`Intent`]: the invariants of the reference architecture, what the
//! zone's files ask for, and what people have written. What does not hold comes with a packet that shows it, which
//! [`Witness::trace`] walks hop by hop.
//!
//! `flood` says what becomes of a set of packets, `table` resolves a route table once for all of them, `places` turns places
//! into sets, `claims` holds statements against paths; `packets` and `structure` are the built-in invariants.
//!
//! What is left out: hosts' security groups (a proof is about the network, whatever hosts allow), so that packets are taken
//! to start at, and to be taken by, any address of a subnet. What could not be read, or can't be judged, counts as a way in
//! where packets must not arrive, and as a way past the firewall.

mod claims;
mod flood;
mod intent;
mod packets;
mod places;
mod structure;
mod table;
#[cfg(test)]
mod tests;
mod violation;

pub use intent::{
    Claim, Component, Destination, HubVpc, Intent, Invariant, Isolation, Reach, Rules, Source, Tier, Workload,
};
pub use violation::{Violation, Witness};

use super::Network;
use crate::values::{Controls, Severity};
use places::Places;

pub use packets::{EGRESS, INTERNET, ISOLATION, LISTED, PATHS};
pub use structure::{ATTACHMENTS, BLACKHOLES, DIFFERENCES, EDGELESS, HOME_NET, OVERLAPS, ZONES};

/// A built-in invariant: all that lz knows of it stands with its check.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// Its name, which no other invariant may bear: what `--allow-violation` takes.
    pub name: &'static str,
    /// What it says, in a sentence without its full stop.
    pub sentence: &'static str,
    /// How bad it is where it does not hold.
    pub severity: Severity,
    /// The controls that are broken then.
    pub controls: Controls,
    check: fn(&Places<'_>, &Intent) -> Vec<Violation>,
}

/// The built-in invariants, in the order in which they are told.
pub const BUILT_IN: [BuiltIn; 12] = [
    EDGELESS,
    EGRESS,
    HOME_NET,
    INTERNET,
    ISOLATION,
    BLACKHOLES,
    ATTACHMENTS,
    ZONES,
    OVERLAPS,
    DIFFERENCES,
    PATHS,
    LISTED,
];

impl BuiltIn {
    /// The one of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        BUILT_IN.into_iter().find(|one| one.name == name)
    }

    /// True for what is asked of a network by itself: that nothing differs is what everything else is about.
    #[must_use]
    pub fn is_of_network(&self) -> bool {
        self.name != DIFFERENCES.name
    }
}

/// Everything in which a network is not what it is meant to be; of statements about packets, one packet for each VPC that
/// packets start in. Empty where all invariants are proved.
///
/// [`Network::caveats`] are not looked at: a proof holds for the network as far as it is in the value, and what is there and
/// not modelled, or could not be read, may break it. Whoever tells the result has to tell the caveats with it, also where
/// nothing is violated.
#[must_use]
pub fn prove(network: &Network, intent: &Intent) -> Vec<Violation> {
    let places = Places::new(network);
    let mut violations: Vec<Violation> = BUILT_IN.iter().flat_map(|one| (one.check)(&places, intent)).collect();
    violations.extend(packets::written(&places, intent));
    violations
}
