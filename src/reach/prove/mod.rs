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
use places::Places;

/// No workload's VPC holds an internet gateway, a NAT gateway, a public address, or a peering connection.
pub const EDGELESS: &str = "workloads-have-no-edge";
/// Every path from a workload to the internet passes a firewall endpoint of its zone, and its answer passes the same one.
pub const EGRESS: &str = "egress-is-inspected";
/// Every firewall's `HOME_NET` holds every workload's range.
pub const HOME_NET: &str = "home-net-holds-workloads";
/// Nothing on the internet reaches a workload except through the edge.
pub const INTERNET: &str = "internet-stays-out";
/// Workloads of different segments cannot reach each other, by routes alone.
pub const ISOLATION: &str = "segments-are-isolated";
/// No route points at a target that is gone.
pub const BLACKHOLES: &str = "no-blackholes";
/// Every attachment covers every zone that its VPC uses, by zone id.
pub const ATTACHMENTS: &str = "attachments-cover-zones";
/// Ranges do not overlap, anywhere the transit gateway can see.
pub const OVERLAPS: &str = "ranges-do-not-overlap";
/// What runs is what the files say.
pub const DIFFERENCES: &str = "nothing-differs";
/// Every path that the files ask for exists, there and back.
pub const PATHS: &str = "paths-exist";
/// What a workload's own file lets it reach passes the firewall, there and back.
pub const LISTED: &str = "listed-egress-passes";

/// The names of the built-in invariants, which no other may bear.
pub const BUILT_IN: [&str; 11] =
    [EDGELESS, EGRESS, HOME_NET, INTERNET, ISOLATION, BLACKHOLES, ATTACHMENTS, OVERLAPS, DIFFERENCES, PATHS, LISTED];

/// Everything in which a network is not what it is meant to be; of statements about packets, one packet for each VPC that
/// packets start in. Empty where all invariants are proved.
///
/// [`Network::caveats`] are not looked at: a proof holds for the network as far as it is in the value, and what is there and
/// not modelled, or could not be read, may break it. Whoever tells the result has to tell the caveats with it, also where
/// nothing is violated.
#[must_use]
pub fn prove(network: &Network, intent: &Intent) -> Vec<Violation> {
    let places = Places::new(network);
    let mut violations = structure::edgeless(network, intent);
    violations.extend(packets::egress(&places, intent));
    violations.extend(structure::appliance_mode(network, intent));
    violations.extend(structure::home_net(network, intent));
    violations.extend(packets::internet(&places, intent));
    violations.extend(packets::isolation(&places, intent));
    violations.extend(structure::blackholes(network, intent));
    violations.extend(structure::attachments(network, intent));
    violations.extend(structure::overlaps(network));
    violations.extend(structure::differences(intent));
    violations.extend(packets::paths(&places, intent));
    violations.extend(packets::statements(&places, intent));
    violations
}
