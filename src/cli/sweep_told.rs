//! What a sweep has found, and what a repair has done, as they are told.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::error::{CliError, ExitStatus};
use super::sweep_reports::ReportArgs;
use crate::apply::{LeftAsIs, ScopeReport};
use crate::operate::{Repaired, RepairedZone};
use crate::report::{sweep_document, sweep_text};
use crate::sweep::{Class, FindingId, Remedy, Severity};
use crate::text::{Text, text};
use crate::ui::{Call, Output, Printer};
use crate::values::AccountId;

/// Prints a sweep and writes its files. People are told what is new only.
pub fn tell_sweep(
    done: &mut RepairedZone,
    reports: &ReportArgs,
    caller: &AccountId,
    known: &mut Option<BTreeSet<FindingId>>,
    printer: &Printer,
) -> Result<(), CliError> {
    let RepairedZone { swept, repaired } = done;
    let suppressed = swept.sweep.suppressed.iter_mut().map(|(finding, _)| finding);
    for finding in swept.sweep.findings.iter_mut().chain(suppressed) {
        finding.remedy = whole(&finding.remedy, printer.call());
    }
    reports.write(&swept.sweep, caller)?;
    let found: BTreeSet<FindingId> = swept.sweep.findings.iter().map(|finding| finding.id.clone()).collect();
    let is_known = known.replace(found.clone()).is_some_and(|known| known == found);
    if is_known && repaired.is_none() && printer.output() == Output::Human {
        printer.status(format!("swept: as before, {} findings", found.len()));
        return Ok(());
    }
    for note in &swept.notes {
        printer.status(note);
    }
    let mut text = sweep_text(&swept.sweep, printer.palette());
    let mut document = sweep_document(&swept.sweep, &swept.network);
    if let Some(repaired) = repaired {
        text = text!("{}{}", repair_text(repaired), text);
        document["repair"] = repair_document(repaired)?;
    }
    printer.result(&text, &document)?;
    if let Some(repaired) = repaired {
        tell_failures(repaired, printer);
    }
    Ok(())
}

/// Whoever could not look everywhere has not found that all is well. After a repair it is what is left that counts.
pub fn status(done: &RepairedZone, fail_on: Severity) -> ExitStatus {
    let findings = &done.swept.sweep.findings;
    if done.repaired.as_ref().is_some_and(|repaired| repaired.report.interrupted) {
        ExitStatus::Interrupted
    } else if findings.iter().any(|finding| finding.severity >= fail_on) {
        ExitStatus::Differences
    } else if findings.iter().any(|finding| finding.class == Class::Unreachable) {
        ExitStatus::Failed
    } else {
        ExitStatus::Done
    }
}

/// A remedy whose commands can be pasted: they work on the zone, and the AWS, that was swept.
fn whole(remedy: &Remedy, call: &Call) -> Remedy {
    match remedy {
        Remedy::Command(command) => {
            Remedy::Command(command.strip_prefix("lz ").map_or_else(|| command.clone(), |rest| call.with(rest)))
        }
        Remedy::Manual(step) => Remedy::Manual(call.complete(step)),
    }
}

/// What was mended and what is left, for people.
fn repair_text(repaired: &Repaired) -> Text {
    let mended = repaired.mended.iter().map(|finding| text!("  {}: {}\n", finding.owner, finding.sentence));
    let left: Text = repaired.report.scopes.iter().flat_map(left).collect();
    let left = if left.is_empty() { left } else { text!("Left:\n{}\n", left) };
    text!("Mended:\n{}\n{}", mended.collect::<Text>(), left)
}

/// The same as data.
fn repair_document(repaired: &Repaired) -> Result<Value, CliError> {
    let report = serde_json::to_value(&repaired.report).map_err(|error| CliError::Process(error.to_string()))?;
    let mended: Vec<&str> = repaired.mended.iter().map(|finding| finding.id.as_str()).collect();
    Ok(json!({ "mended": mended, "run": report }))
}

/// Says what went wrong.
fn tell_failures(repaired: &Repaired, printer: &Printer) {
    for ScopeReport { scope, error, unverified, .. } in &repaired.report.scopes {
        if let Some(error) = error {
            printer.error(format!("{scope}: {error}"), None);
        }
        if let Some(reason) = unverified {
            printer.warning(format!("{scope} could not be verified: {reason}"));
        }
    }
}

/// What a scope is left with: a line for each reason, with the first resource and how many more there are.
fn left(report: &ScopeReport) -> Vec<Text> {
    let mut lines: Vec<(&LeftAsIs, usize)> = Vec::new();
    for one in &report.left {
        match lines.iter_mut().find(|(first, _)| first.reason == one.reason) {
            Some((_, more)) => *more += 1,
            None => lines.push((one, 0)),
        }
    }
    let line = |(first, more): (&LeftAsIs, usize)| match (&first.address, more) {
        (Some(address), 1..) => {
            text!("  {}: {} and {} more: {}\n", report.scope, address, more, first.reason)
        }
        _ => text!("  {}: {}\n", report.scope, first),
    };
    lines.into_iter().map(line).collect()
}
