//! What became of a run that changed AWS, as it is told.

use serde_json::Value;

use super::error::{CliError, ExitStatus};
use super::next::Next;
use super::workspace::Workspace;
use crate::apply::{Outcome, Report, ScopeOutcome, ScopeReport};
use crate::operate::Ran;
use crate::report::{DocumentName, put_off_document, put_off_lines, report_text};
use crate::text::{Text, text};
use crate::ui::Printer;

/// Tells what became of an applying run, and gives the exit status.
pub fn tell_applied(
    ran: &Ran,
    next: Option<&Next>,
    workspace: &Workspace,
    printer: &Printer,
) -> Result<ExitStatus, CliError> {
    let report = &ran.report;
    let mut document = document(report, next)?;
    if !ran.put_off.is_empty() {
        document["put_off"] = put_off_document(&ran.put_off);
    }
    printer.result(DocumentName::Run, &report_text(report, &workspace.loaded().zone, printer.palette()), &document)?;
    for one @ ScopeReport { scope, outcome, unverified, .. } in &report.scopes {
        if let Some(error) = one.error() {
            let refused = if *outcome == ScopeOutcome::Refused { "refused, and nothing of it was begun: " } else { "" };
            printer.error(format!("{scope}: {refused}{error}"), None);
        }
        if let Some(reason) = unverified {
            printer.warning(format!("{scope} could not be verified: {reason}"));
        }
    }
    if let Some(next) = next {
        printer.status(closing(report, next));
    }
    for line in put_off_lines(&ran.put_off) {
        printer.status(format!("later: {line}"));
    }
    Ok(match report.outcome {
        _ if report.interrupted => ExitStatus::Interrupted,
        Outcome::Applied | Outcome::Unchanged => ExitStatus::Done,
        Outcome::RolledBack | Outcome::Partial | Outcome::Failed => ExitStatus::Failed,
    })
}

/// The result of a run, with what can be done about what it has not finished.
pub fn show(report: &Report, next: Option<&Next>, workspace: &Workspace, printer: &Printer) -> Result<(), CliError> {
    let document = document(report, next)?;
    Ok(printer.result(
        DocumentName::Run,
        &report_text(report, &workspace.loaded().zone, printer.palette()),
        &document,
    )?)
}

fn document(report: &Report, next: Option<&Next>) -> Result<Value, CliError> {
    let failed = |error: serde_json::Error| CliError::Process(error.to_string());
    let mut document = serde_json::to_value(report).map_err(failed)?;
    document["next"] = serde_json::to_value(next).map_err(failed)?;
    Ok(document)
}

/// What is left, and the commands that can be typed now.
fn closing(report: &Report, next: &Next) -> Text {
    let kept: Vec<&str> = report.scopes.iter().flat_map(|scope| &scope.kept).map(|one| one.address.as_str()).collect();
    let left = match kept.as_slice() {
        [] => "nothing is left of what failed".to_owned(),
        kept => format!("nothing is left of what failed but {}", kept.join(", ")),
    };
    let is_rolled_back = |scope: &&ScopeReport| scope.outcome == ScopeOutcome::RolledBack;
    let rolled_back = report.scopes.iter().filter(is_rolled_back);
    let left = match rolled_back.filter_map(|scope| scope.unverified.as_ref()).next() {
        Some(_) => "it is not known what is left of what failed".to_owned(),
        None => left,
    };
    let refused = report.scopes.iter().any(|scope| scope.outcome == ScopeOutcome::Refused);
    let only_refused =
        refused && report.unfinished().next().is_none() && !report.scopes.iter().any(|scope| is_rolled_back(&scope));
    let left = if only_refused { "nothing was begun of what was refused".to_owned() } else { left };
    let (state, when) = match (report.interrupted, &next.undo) {
        (true, Some(_)) => ("interrupted: what was begun is kept", "to go on"),
        (true, None) => ("interrupted: nothing was begun that is left", "to go on"),
        (false, Some(_)) => ("what was done is kept", "when the cause is mended, to go on"),
        (false, None) => (left.as_str(), "when the cause is mended, to try again"),
    };
    let undo = next.undo.as_ref().map(|undo| text!("\n  to undo what is left: {}", undo)).unwrap_or_default();
    text!("{}\n  {}: {}{}", state, when, next.go_on, undo)
}
