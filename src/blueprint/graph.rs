//! The graph of what is wanted.

use std::collections::BTreeMap;

use crate::graph::{Address, Cycle, Dag};
use crate::kinds::Desired;

/// Why what is wanted makes no graph.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
    /// A resource waits for one that isn't there.
    #[error("`{resource}` needs `{missing}`, which nothing makes")]
    Missing {
        /// What waits.
        resource: Address,
        /// What it waits for.
        missing: Address,
    },
    /// Resources wait for each other.
    #[error(transparent)]
    Cycle(#[from] Cycle),
}

/// Which resource waits for which: complete, and without a cycle.
///
/// # Errors
/// The first address that is referred to and isn't there, or a cycle.
pub fn graph(desired: &Desired) -> Result<Dag, GraphError> {
    let mut all = BTreeMap::new();
    for (address, resource) in desired {
        let dependencies = resource.dependencies();
        if let Some(missing) = dependencies.iter().find(|dependency| !desired.contains_key(*dependency)) {
            return Err(GraphError::Missing { resource: address.clone(), missing: missing.clone() });
        }
        all.insert(address.clone(), dependencies);
    }
    Ok(Dag::new(all)?)
}
