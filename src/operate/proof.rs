//! The proof that comes before everything that could change AWS.

use std::collections::BTreeSet;
use std::fmt;

use super::declared::Declared;
use crate::intent::intent;
use crate::reach::prove::{BUILT_IN, BuiltIn, Violation, prove};
use crate::reach::{Network, planned};
use crate::values::Label;
use crate::zone::Zone;

/// What the files ask for, held against the zone's invariants.
#[derive(Debug)]
pub struct Proof {
    /// The network that the resources would make.
    pub network: Network,
    /// How many invariants were asked.
    pub asked: usize,
    /// Those that are broken because somebody insists.
    pub insisted: Vec<Violation>,
}

/// Why what the files ask for is not gone on with.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// An invariant that somebody insists may be broken is none.
    #[error("there is no invariant `{name}`; there are {}", .known.join(", "))]
    Unknown {
        /// The name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// Invariants do not hold.
    #[error("{0}")]
    Violated(Violated),
}

/// Invariants that do not hold, with the network in which they don't.
#[derive(Debug)]
pub struct Violated {
    /// What breaks them.
    pub violations: Vec<Violation>,
    /// The network that the resources would make.
    pub network: Box<Network>,
}

impl Proof {
    /// Proves what the files ask for. Calls nothing. Invariants that are `allowed` by name may be broken.
    ///
    /// # Errors
    /// Another invariant does not hold, or a name is of none.
    pub fn of(declared: &Declared, allowed: &[String]) -> Result<Self, ProofError> {
        let zone = &declared.loaded.zone;
        let names = names(zone);
        if let Some(unknown) = allowed.iter().find(|name| !names.contains(name.as_str())) {
            let known = names.into_iter().map(str::to_owned).collect();
            return Err(ProofError::Unknown { name: unknown.clone(), known });
        }
        let network = planned::network(&declared.desired);
        let (insisted, violations): (Vec<Violation>, Vec<Violation>) =
            prove(&network, &intent(zone)).into_iter().partition(|one| allowed.contains(&one.invariant));
        match violations.is_empty() {
            true => Ok(Self { asked: names.len(), network, insisted }),
            false => Err(ProofError::Violated(Violated { violations, network: Box::new(network) })),
        }
    }
}

/// The invariants that a plan is held against, by name. Only what runs can differ from what the files say.
fn names(zone: &Zone) -> BTreeSet<&str> {
    let built_in = BUILT_IN.into_iter().filter(BuiltIn::is_of_network).map(|one| one.name);
    built_in.chain(zone.invariants.keys().map(Label::as_str)).collect()
}

impl fmt::Display for Violated {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: BTreeSet<&str> = self.violations.iter().map(|one| one.invariant.as_str()).collect();
        let names: Vec<&str> = names.into_iter().collect();
        write!(formatter, "what the files ask for breaks {}", names.join(", "))
    }
}
