//! The result of a run as text.

use std::time::Duration;

use super::estimate::duration;
use super::palette::Palette;
use super::table::Table;
use crate::apply::{Outcome, Recreated, Report, ScopeOutcome, ScopeReport};
use crate::text::{Text, text};
use crate::zone::Zone;

/// The result of a run for people: a line per scope, then the sum.
#[must_use]
pub fn report_text(report: &Report, zone: &Zone, palette: Palette) -> Text {
    let mut table = Table::new(["scope", "outcome", "created", "updated", "deleted"]);
    for scope in &report.scopes {
        let outcome = match scope.outcome {
            ScopeOutcome::Applied => "applied",
            ScopeOutcome::Unchanged => "unchanged",
            ScopeOutcome::RolledBack => "rolled back",
            ScopeOutcome::Failed => "failed",
            ScopeOutcome::Refused => "refused",
            ScopeOutcome::Partial => "mended in part",
        };
        let count = |number: usize| if number == 0 { String::new() } else { number.to_string() };
        table.add_row([
            scope.scope.to_string(),
            outcome.to_owned(),
            count(scope.created),
            count(scope.updated),
            count(scope.deleted),
        ]);
    }
    let outcome = match report.outcome {
        Outcome::Applied => palette.good("applied"),
        Outcome::Unchanged => palette.good("unchanged"),
        Outcome::Partial => palette.attention("partial"),
        Outcome::RolledBack => palette.attention("rolled back"),
        Outcome::Failed => palette.bad("failed"),
    };
    let mut notes = Text::default();
    for Recreated { address, message } in report.scopes.iter().flat_map(|scope| &scope.recreated) {
        notes.push(text!("{} was recreated: AWS gave up: {}\n", address, message));
    }
    for one in report.scopes.iter().flat_map(|scope| &scope.deduplicated) {
        notes.push(text!("{} {} {}: {}\n", palette.good("deduplicated"), one.kind.as_str(), one.id, one.reason));
    }
    for ScopeReport { scope, unverified, left, .. } in &report.scopes {
        for one in left {
            notes.push(text!("{} {}: {}\n", palette.attention("left"), scope, one));
        }
        if let Some(reason) = unverified {
            notes.push(text!("{} {}: {}\n", palette.attention("could not be verified"), scope, reason));
        }
    }
    if !notes.is_empty() {
        notes.push(Text::own("\n"));
    }
    text!(
        "{}\n\n{}{} in {}: {} in {} of AWS's time, {} API calls, {} throttled.\n",
        table.text(),
        notes,
        zone.name,
        zone.region,
        outcome,
        duration(Duration::from_secs(report.aws_seconds)),
        report.api_calls,
        report.throttled
    )
}
