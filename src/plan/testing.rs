//! Changes for tests.

use std::collections::BTreeMap;

use super::change::{Action, AttributeChange, Change, There, Transition};
use super::reason::Reason;
use crate::graph::Address;
use crate::kinds::{Observed, Resource, State};

/// A change of a resource, of which just what is wanted is there, with an id that is its address.
pub fn change(address: &Address, resource: &Resource, action: Action, attributes: Vec<AttributeChange>) -> Change {
    let observed = Observed {
        id: address.to_string(),
        aliases: Vec::new(),
        tags: BTreeMap::new(),
        state: State::Ready,
        spec: resource.spec.clone(),
    };
    let (there, wanted) = (There { observed, identified_by: None }, resource.clone().into());
    let transition = match action {
        Action::Create => Transition::Create { wanted },
        Action::Update => Transition::Update { there, wanted, attributes, stages: Vec::new() },
        Action::Replace => Transition::Replace { there, wanted, attributes },
        Action::Delete => Transition::Delete { there, attributes, duplicate_of: None },
    };
    let (owner, scope) = (resource.owner.clone(), resource.scope.clone());
    Change { address: address.clone(), owner, scope, reason: Reason::Absent, transition }
}
