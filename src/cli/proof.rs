//! The proof that comes before everything that could change AWS.

use std::collections::BTreeSet;

use clap::Args;
use serde_json::{Value, json};

use super::error::CliError;
use super::workspace::Workspace;
use crate::intent::intent;
use crate::reach::prove::{BUILT_IN, BuiltIn, Violation, prove};
use crate::reach::{Network, planned};
use crate::report::{violation_document, violations_text};
use crate::text::{Text, text};
use crate::ui::Printer;
use crate::zone::Zone;

/// Which invariants may be broken.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub struct ProofArgs {
    /// Go on although this invariant does not hold; may be repeated.
    #[arg(long = "allow-violation", value_name = "NAME")]
    allowed: Vec<String>,
}

/// What the files ask for, held against the zone's invariants: those that insisted upon are broken.
#[derive(Debug)]
pub struct Proof {
    network: Network,
    /// How many invariants were asked.
    pub asked: usize,
    insisted: Vec<Violation>,
}

impl Proof {
    /// Proves what the files ask for. Calls nothing.
    ///
    /// # Errors
    /// Where an invariant does not hold that nobody insists may be broken, or an option names none.
    pub fn of(args: &ProofArgs, workspace: &Workspace) -> Result<Self, CliError> {
        let zone = &workspace.loaded.zone;
        let names = names(zone);
        if let Some(unknown) = args.allowed.iter().find(|name| !names.contains(name.as_str())) {
            let names: Vec<&str> = names.into_iter().collect();
            return Err(CliError::Usage {
                message: format!("there is no invariant `{unknown}`; there are {}", names.join(", ")),
                hint: "the built-in ones are told in the README, others are in invariants.toml",
            });
        }
        let network = planned::network(&workspace.desired);
        let (insisted, broken): (Vec<Violation>, Vec<Violation>) =
            prove(&network, &intent(zone)).into_iter().partition(|one| args.allowed.contains(&one.invariant));
        let proof = Self { asked: names.len(), network, insisted };
        if broken.is_empty() { Ok(proof) } else { Err(CliError::Violated(Violated::new(broken, proof.network))) }
    }

    /// Warns of what is broken because somebody insists.
    pub fn tell(&self, printer: &Printer) {
        if !self.insisted.is_empty() {
            let text = violations_text(&self.insisted, &self.network, printer.talk_palette());
            printer.status(text!("{}going on, as --allow-violation insists\n", text));
        }
    }

    /// How it ended, for people.
    pub fn text(&self) -> Text {
        let broken: BTreeSet<&str> = self.insisted.iter().map(|one| one.invariant.as_str()).collect();
        if broken.is_empty() {
            return text!("Proved: all {} invariants hold.\n", self.asked);
        }
        let broken: Vec<&str> = broken.into_iter().collect();
        text!("{} invariants hold; broken, as insisted upon: {}.\n", self.asked - broken.len(), broken.join(", "))
    }

    /// How it ended, for programs.
    pub fn document(&self) -> Value {
        let violations: Vec<Value> = self.insisted.iter().map(|one| violation_document(one, &self.network)).collect();
        json!({ "invariants": self.asked, "violations": violations })
    }
}

/// The invariants that a plan is held against, by name. Only what runs can differ from what the files say.
fn names(zone: &Zone) -> BTreeSet<&str> {
    let built_in = BUILT_IN.into_iter().filter(BuiltIn::is_of_network).map(|one| one.name);
    built_in.chain(zone.invariants.keys().map(crate::values::Label::as_str)).collect()
}

/// Invariants that do not hold, with the network in which they don't.
#[derive(Debug)]
pub struct Violated {
    violations: Vec<Violation>,
    network: Box<Network>,
}

impl Violated {
    fn new(violations: Vec<Violation>, network: Network) -> Self {
        Self { violations, network: Box::new(network) }
    }

    /// Tells each, with a packet's way.
    pub fn tell(&self, printer: &Printer) {
        printer.status(violations_text(&self.violations, &self.network, printer.talk_palette()));
    }

    /// All of them, for programs.
    pub fn document(&self) -> Vec<Value> {
        self.violations.iter().map(|one| violation_document(one, &self.network)).collect()
    }
}

impl std::fmt::Display for Violated {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: BTreeSet<&str> = self.violations.iter().map(|one| one.invariant.as_str()).collect();
        let names: Vec<&str> = names.into_iter().collect();
        write!(formatter, "what the files ask for breaks {}", names.join(", "))
    }
}
