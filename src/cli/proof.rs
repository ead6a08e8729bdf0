//! The proof that comes before everything that could change AWS, as commands ask for it and tell it.

use std::collections::BTreeSet;

use clap::Args;
use serde_json::{Value, json};

use super::error::CliError;
use super::workspace::Workspace;
use crate::operate::{Proof, ProofError, Violated};
use crate::report::{violation_document, violations_text};
use crate::text::{Text, text};
use crate::ui::Printer;

/// Which invariants may be broken.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub struct ProofArgs {
    /// Go on although this invariant does not hold; may be repeated.
    #[arg(long = "allow-violation", value_name = "NAME")]
    allowed: Vec<String>,
}

impl ProofArgs {
    /// Proves what the files ask for. Calls nothing.
    ///
    /// # Errors
    /// Where an invariant does not hold that nobody insists may be broken, or an option names none.
    pub fn prove(&self, workspace: &Workspace) -> Result<Proof, CliError> {
        Proof::of(&workspace.declared, &self.allowed).map_err(|error| match error {
            ProofError::Violated(violated) => CliError::Violated(violated),
            unknown @ ProofError::Unknown { .. } => CliError::Usage {
                message: unknown.to_string(),
                hint: "the built-in ones are told in the README, others are in invariants.toml",
            },
        })
    }
}

/// Warns of what is broken because somebody insists.
pub fn tell_insisted(proof: &Proof, printer: &Printer) {
    if !proof.insisted.is_empty() {
        let text = violations_text(&proof.insisted, &proof.network, printer.talk_palette());
        printer.status(text!("{}going on, as --allow-violation insists\n", text));
    }
}

/// How a proof ended, for people.
pub fn proof_text(proof: &Proof) -> Text {
    let broken: BTreeSet<&str> = proof.insisted.iter().map(|one| one.invariant.as_str()).collect();
    if broken.is_empty() {
        return text!("Proved: all {} invariants hold.\n", proof.asked);
    }
    let broken: Vec<&str> = broken.into_iter().collect();
    text!("{} invariants hold; broken, as insisted upon: {}.\n", proof.asked - broken.len(), broken.join(", "))
}

/// How a proof ended, for programs.
pub fn proof_document(proof: &Proof) -> Value {
    let violations: Vec<Value> = proof.insisted.iter().map(|one| violation_document(one, &proof.network)).collect();
    json!({ "invariants": proof.asked, "violations": violations })
}

/// Tells invariants that do not hold, each with a packet's way.
pub fn tell_violated(violated: &Violated, printer: &Printer) {
    printer.status(violations_text(&violated.violations, &violated.network, printer.talk_palette()));
}

/// Invariants that do not hold, for programs.
pub fn violated_document(violated: &Violated) -> Vec<Value> {
    violated.violations.iter().map(|one| violation_document(one, &violated.network)).collect()
}
