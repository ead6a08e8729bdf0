//! What a sweep has found, and what a repair has done, as they are told.

use std::collections::BTreeSet;

use super::error::{CliError, ExitStatus};
use super::sweep_reports::ReportArgs;
use crate::apply::ScopeReport;
use crate::operate::{Repaired, RepairedZone};
use crate::report::{DocumentName, repair_document, repair_text, sweep_document, sweep_text};
use crate::sweep::{Class, FindingId, Remedy, Severity};
use crate::text::text;
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
    let failed = |error: serde_json::Error| CliError::Process(error.to_string());
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
        text = text!("{}{}", repair_text(&repaired.mended, &repaired.report), text);
        document["repair"] = repair_document(&repaired.mended, &repaired.report).map_err(failed)?;
    }
    printer.result(DocumentName::Sweep, &text, &document)?;
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

/// Says what went wrong.
fn tell_failures(repaired: &Repaired, printer: &Printer) {
    for one @ ScopeReport { scope, unverified, .. } in &repaired.report.scopes {
        if let Some(error) = one.error() {
            printer.error(format!("{scope}: {error}"), None);
        }
        if let Some(reason) = unverified {
            printer.warning(format!("{scope} could not be verified: {reason}"));
        }
    }
}
