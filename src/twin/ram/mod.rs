//! AWS Resource Access Manager: resource shares within one organization.
//!
//! <https://docs.aws.amazon.com/ram/latest/userguide/getting-started-sharing.html>

mod state;

pub use state::{Association, Kind, Share, State, shared_with};

use serde_json::Value;

use super::wire::fault::Answer;
use super::world::Call;

/// What answers one action: reads the request's members, changes the world, and gives the answer's.
pub type Handler = fn(&mut Call<'_>, Value) -> Answer<Value>;

const ACTIONS: &[(&str, &str, &str, Handler)] = &[];

/// The name of the action that has this method and path, and what answers it, if the twin knows it.
#[must_use]
pub fn handler(method: &str, path: &str) -> Option<(&'static str, Handler)> {
    ACTIONS.iter().find(|(of, at, ..)| *of == method && *at == path).map(|(.., name, handler)| (*name, *handler))
}
