//! Broken invariants as text and as a document.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::palette::Palette;
use super::trace::{WIDTH, trace_document, trace_text, wrapped};
use crate::reach::Network;
use crate::reach::prove::{Violation, Witness};
use crate::text::{Text, text};

/// How many violations of one invariant are told in words; a document has all.
const TOLD: usize = 5;

/// Violations for people: by invariant, what breaks it, and the way of a packet that shows it.
#[must_use]
pub fn violations_text(violations: &[Violation], network: &Network, palette: Palette) -> Text {
    let mut by_invariant: BTreeMap<&str, Vec<&Violation>> = BTreeMap::new();
    for violation in violations {
        by_invariant.entry(&violation.invariant).or_default().push(violation);
    }
    let mut text = Text::default();
    let mut shown = BTreeSet::new();
    for (invariant, broken) in by_invariant {
        text.push(text!("{}\n", palette.bad(text!("{} does not hold", invariant))));
        for violation in broken.iter().take(TOLD) {
            text.push(text!("  {}\n", Text::joined(wrapped(&sentence(violation), WIDTH - 2), "\n    ")));
        }
        if broken.len() > TOLD {
            text.push(text!("  and {} more\n", broken.len() - TOLD));
        }
        // One fault often breaks several invariants: its way is shown once.
        let new = broken.iter().find(|violation| violation.witness.is_some() && shown.insert(&violation.at));
        let witness = new.and_then(|violation| violation.witness.as_ref());
        if let Some(trace) = witness.and_then(|witness| witness_text(witness, network, palette)) {
            text.push(text!("\n{}", trace));
        }
        text.push(Text::own("\n"));
    }
    text
}

fn sentence(violation: &Violation) -> String {
    match &violation.witness {
        Some(witness) => format!("{} ({witness})", violation.sentence),
        None => violation.sentence.clone(),
    }
}

fn witness_text(witness: &Witness, network: &Network, palette: Palette) -> Option<Text> {
    let (from, to) = ends(witness);
    let traces = witness.trace(network).ok()?;
    Some(trace_text(&from, &to, &traces, network, palette).indented(4))
}

fn ends(witness: &Witness) -> (String, String) {
    let from = witness.subnet.as_ref().map_or_else(|| "internet".to_owned(), ToString::to_string);
    let to = witness.domain.clone().unwrap_or_else(|| witness.destination.to_string());
    (from, to)
}

/// A violation for programs: with the trace of the packet that shows it, where there is one.
#[must_use]
pub fn violation_document(violation: &Violation, network: &Network) -> Value {
    let trace = violation.witness.as_ref().and_then(|witness| {
        let (from, to) = ends(witness);
        Some(trace_document(&from, &to, &witness.trace(network).ok()?))
    });
    json!({
        "invariant": violation.invariant,
        "sentence": violation.sentence,
        "at": violation.at,
        "tables": violation.tables,
        "witness": violation.witness,
        "trace": trace,
    })
}
