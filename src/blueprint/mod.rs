//! From the zone to its resources: how a VPC, a transit gateway, an organization become what AWS knows.
//!
//! Pure: the same zone is the same resources. What a specification refers to is a dependency by itself; what AWS, or a
//! network that must never be half connected, needs first besides is in a resource's `after`, each with its reason.

mod accounts;
pub mod addresses;
mod endpoints;
mod error;
mod expansion;
mod firewall;
mod graph;
mod network;
mod stacks;
mod transit_gateway;

#[cfg(test)]
mod tests;

pub use error::ExpandError;
pub use graph::{GraphError, graph};

use crate::kinds::Desired;
use crate::zone::Zone;

/// Everything that a zone needs in AWS, by address. What it refers to, it holds: see [`graph()`].
///
/// # Errors
/// Where the zone names what it doesn't have, asks for what could never work, or two names meet in one address.
pub fn expand(zone: &Zone) -> Result<Desired, ExpandError> {
    let mut expansion = expansion::Expansion::new(zone);
    accounts::expand(&mut expansion)?;
    for network in zone.networks.values() {
        network::expand(&mut expansion, network)?;
    }
    transit_gateway::expand(&mut expansion)?;
    stacks::expand(&mut expansion)?;
    expansion.finish()
}
