//! A plan as text and as a document.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::estimate::{Estimate, duration};
use super::palette::Palette;
use crate::graph::AnyRef;
use crate::kinds::Owner;
use crate::plan::{Action, AttributeChange, Change, Plan, Summary};

/// A plan for people: by account, what happens to which resource and why.
#[must_use]
pub fn plan_text(plan: &Plan, estimate: &Estimate, palette: Palette) -> String {
    let mut text = String::new();
    let mut by_owner: BTreeMap<&Owner, Vec<&Change>> = BTreeMap::new();
    for change in plan.changes.values() {
        by_owner.entry(&change.owner).or_default().push(change);
    }
    for (owner, changes) in by_owner {
        text.push_str(&format!("{}\n", palette.heading(owner)));
        let widest = changes.iter().map(|change| change.address.as_str().len()).max().unwrap_or(0);
        for change in changes {
            text.push_str(&line(change, widest, palette));
        }
        text.push('\n');
    }
    for unexpected in &plan.unexpected {
        let kind = unexpected.observed.spec.kind().as_str();
        let what = format!("{kind} {} in {}: {}", unexpected.observed.id, unexpected.owner, unexpected.reason);
        text.push_str(&format!("{} {what}\n", palette.attention("? unexpected")));
    }
    if !plan.unexpected.is_empty() {
        text.push('\n');
    }
    let Summary { create, update, replace, delete, unchanged } = plan.summary();
    if plan.changes.is_empty() {
        text.push_str(&format!("No changes: all {unchanged} resources are as the files say.\n"));
        return text;
    }
    text.push_str(&format!(
        "{create} to create, {update} to update, {replace} to replace, {delete} to delete; {unchanged} unchanged.\n"
    ));
    text.push_str(&format!("AWS takes about {}, the longest chain being:\n", duration(estimate.total)));
    for (address, time) in estimate.critical_path.iter().filter(|(_, time)| time.as_secs() >= 10) {
        text.push_str(&format!("  {:>12}  {address}\n", duration(*time)));
    }
    text
}

fn line(change: &Change, widest: usize, palette: Palette) -> String {
    let action = match change.action {
        Action::Create => palette.good("+ create "),
        Action::Update => palette.attention("~ update "),
        Action::Replace => palette.bad("± replace"),
        Action::Delete => palette.bad("- delete "),
    };
    let kind = palette.faint(change.kind.as_str());
    let mut text = format!("  {action} {:<widest$}  {kind}  {}\n", change.address, change.reason);
    for AttributeChange { attribute, from, to } in &change.attributes {
        text.push_str(&format!("              {attribute}: {} → {}\n", short(from), short(to)));
    }
    text
}

/// A value in one line; references by what they name.
fn short(value: &Value) -> String {
    if let Ok(reference) = serde_json::from_value::<AnyRef>(value.clone()) {
        return reference.to_string();
    }
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "nothing".to_owned(),
        Value::Array(items) => format!("[{}]", items.iter().map(short).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields: Vec<String> = fields.iter().map(|(name, field)| format!("{name} {}", short(field))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        other => other.to_string(),
    }
}

/// A plan for programs.
#[must_use]
pub fn plan_document(plan: &Plan, estimate: &Estimate, region: &str) -> Value {
    let changes: Vec<Value> = plan
        .changes
        .values()
        .map(|change| {
            json!({
                "address": change.address,
                "kind": change.kind,
                "account": change.owner.to_string(),
                "region": region,
                "scope": change.scope.to_string(),
                "action": change.action,
                "reason": change.reason,
                "attributes": change.attributes,
            })
        })
        .collect();
    let unexpected: Vec<Value> = plan
        .unexpected
        .iter()
        .map(|one| {
            json!({
                "id": one.observed.id,
                "kind": one.observed.spec.kind(),
                "account": one.owner.to_string(),
                "reason": one.reason,
            })
        })
        .collect();
    let path: Vec<Value> = estimate
        .critical_path
        .iter()
        .map(|(address, time)| json!({ "address": address, "seconds": time.as_secs() }))
        .collect();
    json!({
        "zone": plan.zone,
        "changes": changes,
        "unexpected": unexpected,
        "problems": plan.problems.iter().map(|one| json!({ "scope": one.scope.to_string(), "message": one.message })).collect::<Vec<_>>(),
        "summary": plan.summary(),
        "estimate": { "seconds": estimate.total.as_secs(), "critical_path": path },
    })
}
