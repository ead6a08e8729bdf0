//! Reachability: the network as a value, packets that walk it, and proofs about all of them.
//!
//! A packet walks the configuration, not a network: security groups, network ACLs, route tables, the transit gateway, the
//! firewall's policy, NAT; then the answer walks back and must meet the same stateful hops. It works the same on what is
//! planned, on what is live, and on recorded answers of AWS. Pure: no I/O, no clock, no SDK type.

mod endpoint;
#[cfg(test)]
pub(crate) mod mutants;
pub mod network;
pub mod planned;
pub mod prove;
pub mod recorded;
mod resolve;
pub mod specified;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod trace;
mod walk;
mod words;

pub use endpoint::{Endpoint, EndpointError};
use endpoint::{Party, party_at};
pub use network::{Network, ObjectId, Protocol};
pub use trace::{Trace, Verdict, trace, worst_verdict};
pub use walk::{Effect, Explanation, Hop, HopKind, Packet, Reason, Way};
