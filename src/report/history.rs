//! The list of runs as text.

use comfy_table::{Table, presets};

use crate::journal::history::RunSummary;

/// All runs for people, oldest first.
#[must_use]
pub fn history_text(runs: &[RunSummary]) -> String {
    if runs.is_empty() {
        return "No run has changed this zone from here.\n".to_owned();
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["run", "command", "outcome", "created", "updated", "deleted", "failed", "undone", "scopes"]);
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
    let lines: Vec<String> = table.lines().map(|line| line.trim().to_owned()).collect();
    lines.join("\n") + "\n"
}
