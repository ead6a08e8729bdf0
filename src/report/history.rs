//! The list of runs as text.

use super::table::Table;
use crate::journal::history::{RunHistory, RunSummary};
use crate::text::{Text, text};

/// All runs for people, oldest first.
#[must_use]
pub fn history_text(runs: &[RunSummary]) -> Text {
    if runs.is_empty() {
        return Text::own("No run has changed this zone from here.\n");
    }
    let mut table =
        Table::new(["run", "command", "outcome", "created", "updated", "deleted", "failed", "undone", "scopes"]);
    for run in runs {
        let count = |number: usize| if number == 0 { String::new() } else { number.to_string() };
        table.add_row([
            run.run.clone(),
            run.command.clone(),
            run.outcome.unwrap_or("did not end").to_owned(),
            count(run.created),
            count(run.updated),
            count(run.deleted),
            count(run.failed),
            count(run.undone),
            run.scopes.join(", "),
        ]);
    }
    text!("{}\n", table.text())
}

/// A run for people, record by record.
#[must_use]
pub fn run_history_text(run: &RunHistory) -> Text {
    Text::lines(run.lines())
}
