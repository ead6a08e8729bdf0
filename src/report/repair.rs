//! What a repair has done as text and as a document.

use serde_json::{Value, json};

use crate::apply::{Report, ScopeFailure, ScopeReport};
use crate::sweep::Finding;
use crate::text::{Text, text};

/// What was mended and what is left, for people.
#[must_use]
pub fn repair_text(mended: &[Finding], report: &Report) -> Text {
    let mended = mended.iter().map(|finding| text!("  {}: {}\n", finding.owner, finding.sentence));
    let left: Text = report.scopes.iter().flat_map(left).collect();
    let left = if left.is_empty() { left } else { text!("Left:\n{}\n", left) };
    text!("Mended:\n{}\n{}", mended.collect::<Text>(), left)
}

/// The same as data.
///
/// # Errors
/// Where the report can't be written as JSON, which none's is.
pub fn repair_document(mended: &[Finding], report: &Report) -> serde_json::Result<Value> {
    let mended: Vec<&str> = mended.iter().map(|finding| finding.id.as_str()).collect();
    Ok(json!({ "mended": mended, "run": serde_json::to_value(report)? }))
}

/// What a scope is left with: a line for each reason, with the first resource and how many more there are.
fn left(report: &ScopeReport) -> Vec<Text> {
    let mut lines: Vec<(&ScopeFailure, usize)> = Vec::new();
    for one in &report.left {
        match lines.iter_mut().find(|(first, _)| first.cause == one.cause) {
            Some((_, more)) => *more += 1,
            None => lines.push((one, 0)),
        }
    }
    let line = |(first, more): (&ScopeFailure, usize)| match (&first.address, more) {
        (Some(address), 1..) => {
            text!("  {}: {} and {} more: {}\n", report.scope, address, more, first.reason())
        }
        _ => text!("  {}: {}\n", report.scope, first),
    };
    lines.into_iter().map(line).collect()
}
