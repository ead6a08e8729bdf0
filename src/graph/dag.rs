//! A directed graph without cycles, by address.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

use super::Address;

/// Which addresses wait for which. Built once, and proved to have no cycle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dag {
    dependencies: BTreeMap<Address, BTreeSet<Address>>,
    order: Vec<Address>,
}

/// Addresses that wait for each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("these resources wait for each other: {}", .0.iter().map(Address::as_str).collect::<Vec<_>>().join(", "))]
pub struct Cycle(pub Vec<Address>);

impl Dag {
    /// Builds the graph from what each address waits for. Dependencies that are no key of the map are left out: they are
    /// not part of this graph.
    ///
    /// # Errors
    /// The first cycle, in the order of addresses.
    pub fn new(mut dependencies: BTreeMap<Address, BTreeSet<Address>>) -> Result<Self, Cycle> {
        let known: BTreeSet<Address> = dependencies.keys().cloned().collect();
        for wanted in dependencies.values_mut() {
            wanted.retain(|address| known.contains(address));
        }
        let mut graph: DiGraphMap<&Address, ()> = DiGraphMap::new();
        for (address, wanted) in &dependencies {
            graph.add_node(address);
            for dependency in wanted {
                graph.add_edge(address, dependency, ());
            }
        }
        // The components come dependencies first, which is the order in which things can be made.
        let components = tarjan_scc(&graph);
        let cycle = components.iter().find(|component| {
            component.len() > 1 || component.first().is_some_and(|only| graph.contains_edge(only, only))
        });
        if let Some(cycle) = cycle {
            let mut members: Vec<Address> = cycle.iter().map(|address| (*address).clone()).collect();
            members.sort();
            return Err(Cycle(members));
        }
        let order = components.into_iter().flatten().cloned().collect();
        Ok(Self { dependencies, order })
    }

    /// What an address waits for.
    pub fn dependencies(&self, address: &Address) -> impl Iterator<Item = &Address> {
        self.dependencies.get(address).into_iter().flatten()
    }

    /// All addresses, each after everything it waits for.
    #[must_use]
    pub fn order(&self) -> &[Address] {
        &self.order
    }
}
