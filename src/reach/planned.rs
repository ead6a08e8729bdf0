//! A network from resources that are wanted: what AWS would hold once a plan is applied.

use super::Network;
use super::network::ObjectId;
use super::specified::{self, Specified};
use crate::kinds::{Desired, State};
use std::borrow::Cow;

/// The network that all these resources make. Ids are lz's addresses.
#[must_use]
pub fn network(desired: &Desired) -> Network {
    let specified = desired.iter().map(|(address, resource)| Specified {
        id: ObjectId(address.to_string()),
        account: resource.owner.to_string(),
        state: State::Ready,
        spec: Cow::Borrowed(&resource.spec),
    });
    specified::network(&specified.collect::<Vec<_>>())
}
