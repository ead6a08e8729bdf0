//! The network of a zone as AWS shows it, and the ends of traces through it.

use super::declared::Declared;
use super::error::OperateError;
use super::zone::OpenZone;
use crate::blueprint::addresses::NetworkAddresses;
use crate::journal::State;
use crate::kinds::Owner;
use crate::plan::{Authority, Strangers};
use crate::reach::{Endpoint, EndpointError, Network};
use crate::snapshot::{self, Recorded};
use crate::values::AccountId;

/// Records the network of every account of the zone that holds networks. What can't be read is told, and the rest goes on.
///
/// # Errors
/// The management account can't be read.
pub async fn record(zone: &OpenZone<'_>) -> Result<Recorded, OperateError> {
    // Which accounts there are AWS and the lock tell; the journal knows of none.
    let reconciler = zone.reconciler(Strangers::Kept, Authority::Files, &State::default());
    let mut accounts = reconciler.accounts().await?;
    // An organization's management account holds no network (reference architecture: "AWS Organizations, nothing else").
    if accounts.len() > 1 {
        accounts.remove(&Owner::Management);
    }
    let accounts: Vec<(String, AccountId)> = accounts.into_iter().map(|(owner, id)| (owner.to_string(), id)).collect();
    Ok(snapshot::record(zone.sessions(), &accounts).await)
}

/// The network of what was recorded. What could not be read is among its caveats.
///
/// # Errors
/// Nothing could be read, or AWS has answered what can't be.
pub fn recorded_network(recorded: Recorded) -> Result<Network, OperateError> {
    let Recorded { recording, unread } = recorded;
    if recording.places.is_empty() {
        return Err(OperateError::NothingToTrace);
    }
    let mut network = recording.network()?;
    network.caveats.extend(unread);
    Ok(network)
}

/// An end of a trace by any of its names: a workload's account stands for its only VPC, and an address without its last
/// segment for a VPC or subnet. Without files there are no names of the zone's.
///
/// # Errors
/// Nothing has that name, or several have.
pub fn endpoint(network: &Network, declared: Option<&Declared>, text: &str) -> Result<Endpoint, OperateError> {
    let networks = declared.into_iter().flat_map(|declared| declared.loaded.zone.networks.keys());
    let named: Vec<String> = networks
        .filter(|name| name.account.as_str() == text || name.to_string() == text)
        .map(|name| NetworkAddresses::of(name).vpc().to_string())
        .collect();
    match named.as_slice() {
        [] => {}
        [vpc] => return Endpoint::named(network, vpc).map_err(|_| OperateError::NotInNetwork { end: text.to_owned() }),
        _ => return Err(EndpointError::Ambiguous { name: text.to_owned(), ids: named }.into()),
    }
    let below = || ["subnet", "vpc"].into_iter().map(|last| Endpoint::named(network, &format!("{text}/{last}")));
    Ok(Endpoint::named(network, text).or_else(|error| below().find_map(Result::ok).ok_or(error))?)
}
