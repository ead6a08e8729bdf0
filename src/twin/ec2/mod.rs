//! EC2: VPCs, their parts, and transit gateways.
//!
//! One file per family of actions; each has an `ACTIONS` table, its own part of the state, and its tests.

use serde::{Deserialize, Serialize};

use super::wire::fault::Answer;
use super::wire::{Form, Xml};
use super::world::Call;

/// What answers one action: reads its parameters, changes the world, writes the children of the answer's root element.
pub type Handler = fn(&mut Call<'_>, &Form, &mut Xml) -> Answer<()>;

/// EC2's state in one account and region: one part per family of actions.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {}

/// The actions of one family: name and what answers it.
pub type Actions = &'static [(&'static str, Handler)];

const FAMILIES: &[Actions] = &[];

/// What answers an action, if the twin knows it.
#[must_use]
pub fn handler(action: &str) -> Option<Handler> {
    FAMILIES.iter().flat_map(|family| family.iter()).find(|(name, _)| *name == action).map(|(_, handler)| *handler)
}
