//! From answers to a network.

mod filter;
mod firewall;
mod gateway;
mod transit_gateway;
mod vpc;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use super::documents::Tag;
use super::{AccountRecording, Recording, UnusableAnswer};
use crate::reach::network::{Network, ObjectId};

/// One account's answers, on their way into a network.
struct Assembly<'recording> {
    place: &'recording AccountRecording,
    network: &'recording mut Network,
}

pub(super) fn network(recording: &Recording) -> Result<Network, UnusableAnswer> {
    let mut network = Network::default();
    for place in &recording.places {
        let mut assembly = Assembly { place, network: &mut network };
        assembly.vpcs()?;
        assembly.filters()?;
        assembly.gateways()?;
        assembly.transit_gateways()?;
    }
    // What belongs to several accounts needs all of them.
    for place in &recording.places {
        let mut assembly = Assembly { place, network: &mut network };
        assembly.transit_gateway_tables()?;
        assembly.firewalls()?;
    }
    Ok(network)
}

impl Assembly<'_> {
    /// Keeps the name of an object: lz's address, or what people call it.
    fn name(&mut self, id: &str, tags: &[Tag]) {
        let value = |key: &str| tags.iter().find(|tag| tag.key == key).map(|tag| tag.value.clone());
        if let Some(name) = value("lz:address").or_else(|| value("Name")).filter(|name| !name.is_empty()) {
            self.network.names.insert(id.into(), name);
        }
    }

    /// A value out of an answer to a command.
    fn value<T: FromStr>(&self, command: &str, text: &str) -> Result<T, UnusableAnswer>
    where
        T::Err: Display,
    {
        text.parse().map_err(|error| self.place.unusable(command, format!("`{text}`: {error}")))
    }
}

/// The places of things in a list, by their ids.
fn ids<'a>(ids: impl IntoIterator<Item = &'a String>) -> std::collections::BTreeSet<ObjectId> {
    ids.into_iter().map(|id| id.as_str().into()).collect()
}

/// True for a state in which something is gone, or on its way.
fn is_gone(state: Option<&str>) -> bool {
    let gone = ["deleted", "deleting", "rejected", "rejecting", "failed", "failing", "expired"];
    state.is_some_and(|state| gone.contains(&state.to_ascii_lowercase().as_str()))
}

/// Something by its key, made where it is not there yet.
type ById<T> = BTreeMap<ObjectId, T>;
