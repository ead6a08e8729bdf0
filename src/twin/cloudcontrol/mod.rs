//! AWS Cloud Control API: resources of all types, by the schemas of their types.
//!
//! A request is taken, checked and decided when it is asked; what it does happens at the moment at which it will be done
//! ([`settle`]). Until then its events say `PENDING` and `IN_PROGRESS`.
//! <https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/Welcome.html>
//!
//! | File | Subject |
//! |---|---|
//! | `create`, `update`, `delete`, `read`, `requests` | the eight operations |
//! | `take` | how a request is taken, and how it ends |
//! | `model`, `defaults`, `made_up` | what AWS makes of what was asked for |
//! | `relations`, `rules` | what services refuse |
//! | `schemas`, `validation`, `pointer`, `patch` | documents |
//! | `interfaces`, `log_groups` | where resources are in the rest of the world |
//! | `hand` | changes by others |

use super::service::JsonHandler;

mod create;
mod defaults;
mod delete;
mod durations;
mod hand;
mod input;
mod interfaces;
mod log_groups;
mod made_up;
mod model;
mod patch;
mod pointer;
mod read;
mod relations;
mod requests;
mod rules;
pub mod schemas;
mod state;
mod take;
mod text;
mod update;
mod validation;

#[cfg(test)]
pub(crate) mod examples;
#[cfg(test)]
pub(crate) mod tests;

pub use hand::HandError;
pub use state::{Action, State};
pub use take::settle;

pub(crate) use durations::TAGS_SHOWN;
pub(crate) use log_groups::{refresh, write_back};
pub(crate) use model::{arn_of, set_tags, tags_of};
pub(crate) use state::{GLOBAL, Resource};

const ACTIONS: &[(&str, JsonHandler)] = &[
    ("CancelResourceRequest", requests::cancel_resource_request),
    ("CreateResource", create::create_resource),
    ("DeleteResource", delete::delete_resource),
    ("GetResource", read::get_resource),
    ("GetResourceRequestStatus", requests::get_resource_request_status),
    ("ListResourceRequests", requests::list_resource_requests),
    ("ListResources", read::list_resources),
    ("UpdateResource", update::update_resource),
];

/// What answers an action, if the twin knows it.
#[must_use]
pub fn handler(action: &str) -> Option<JsonHandler> {
    ACTIONS.iter().find(|(name, _)| *name == action).map(|(_, handler)| *handler)
}
