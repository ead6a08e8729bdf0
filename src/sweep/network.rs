//! The network as it is: from what AWS shows, named by lz's addresses where it knows them.

use std::borrow::Cow;

use crate::discover::{Live, LiveResource};
use crate::plan::Identified;
use crate::reach::specified::{self, Specified};
use crate::reach::{Network, ObjectId};

/// The network of everything that was seen, what nobody asked for included. What lz knows has its address as its id, so that
/// a zone's intent can be held against it. An account of which a part could not be read is left out, as one is that could
/// not be read at all.
#[must_use]
pub fn live_network(live: &Live, identified: &Identified<'_>) -> Network {
    // Half of what an account holds says nothing about where its packets go.
    let read = live.resources.iter().filter(|resource| !live.unread_kinds.contains_key(&resource.owner));
    let specified: Vec<Specified<'_>> = read.map(|resource| specified(resource, identified)).collect();
    specified::network(&specified)
}

fn specified(resource: &LiveResource, identified: &Identified<'_>) -> Specified<'static> {
    let observed = &resource.observed;
    let id = match identified.addresses.get(&observed.id) {
        Some(address) => address.to_string(),
        None => observed.id.clone(),
    };
    Specified {
        id: ObjectId(id),
        account: resource.owner.to_string(),
        state: observed.state.clone(),
        spec: Cow::Owned(identified.spec(resource)),
    }
}
