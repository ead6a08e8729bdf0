//! A plan as text and as a document.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::estimate::{Estimate, duration};
use super::palette::Palette;
use crate::graph::{Address, AnyRef};
use crate::kinds::{Desired, Owner, Realm, Scope};
use crate::plan::{Action, AttributeChange, Blocked, Change, Interruption, Plan, Summary};
use crate::text::{Text, text};
use crate::values::{AccountId, Region};

/// Where the accounts of a plan are.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// The region of everything that is in one.
    pub region: &'a Region,
    /// The ids of the accounts that exist.
    pub accounts: &'a BTreeMap<Owner, AccountId>,
    /// All that is wanted: it tells whose traffic goes through what goes.
    pub desired: &'a Desired,
}

/// A plan for people: by account, what happens to which resource and why.
#[must_use]
pub fn plan_text(plan: &Plan, estimate: &Estimate, places: Places<'_>, palette: Palette) -> Text {
    let mut text = Text::default();
    let mut by_owner: BTreeMap<&Owner, Vec<&Change>> = BTreeMap::new();
    for change in plan.changes.values() {
        by_owner.entry(&change.owner).or_default().push(change);
    }
    for (owner, changes) in by_owner {
        text.push(account(owner, &changes, places, palette));
        text.push(Text::own("\n"));
    }
    for unmanaged in &plan.unmanaged {
        let kind = unmanaged.observed.spec.noun();
        let what = text!("{} {} in {}: {}", kind, unmanaged.observed.id, unmanaged.owner, unmanaged.reason);
        text.push(text!("{} {}\n", palette.attention("? unmanaged"), what));
    }
    for (address, blocked) in &plan.blocked {
        let Blocked { change, barrier } = blocked;
        let what = text!("not done: {} {}: {}; {}", change.action().as_str(), address, change.reason, barrier);
        text.push(text!("{} {}\n", palette.attention("!"), what));
    }
    for line in &plan.unread {
        text.push(text!("{} {}\n", palette.attention("? not read:"), line));
    }
    for line in put_off_lines(&plan.put_off) {
        text.push(text!("{} {}\n", palette.attention("! later:"), line));
    }
    for line in unknown(plan) {
        text.push(text!("{} {}\n", palette.attention("? unknown:"), line));
    }
    let interruptions = plan.interruptions(places.desired);
    for one in &interruptions {
        text.push(text!("{} {}\n", palette.bad("!"), interruption(one)));
    }
    if !(plan.unread.is_empty()
        && plan.unmanaged.is_empty()
        && plan.blocked.is_empty()
        && plan.undecided.is_empty()
        && plan.put_off.is_empty()
        && interruptions.is_empty())
    {
        text.push(Text::own("\n"));
    }
    text.push(sum(plan, estimate));
    text
}

/// What goes in a later run: a line for all that waits for the same scopes.
#[must_use]
pub fn put_off_lines(put_off: &BTreeMap<Address, BTreeSet<Scope>>) -> Vec<String> {
    let mut groups: BTreeMap<Vec<String>, Vec<&Address>> = BTreeMap::new();
    for (address, scopes) in put_off {
        groups.entry(scopes.iter().map(ToString::to_string).collect()).or_default().push(address);
    }
    let line = |(scopes, all): (&Vec<String>, &Vec<&Address>)| {
        let first = all.first().map(|address| address.as_str()).unwrap_or_default();
        let more = if all.len() > 1 { format!(" and {} more", all.len() - 1) } else { String::new() };
        let verb = if scopes.len() > 1 { "are" } else { "is" };
        format!("{first}{more} stays until {} {verb} changed; run the same command again then", scopes.join(", "))
    };
    groups.iter().map(line).collect()
}

/// What goes in a later run, for programs.
#[must_use]
pub fn put_off_document(put_off: &BTreeMap<Address, BTreeSet<Scope>>) -> Value {
    let until = |scopes: &BTreeSet<Scope>| scopes.iter().map(ToString::to_string).collect::<Vec<String>>();
    let each = put_off.iter().map(|(address, scopes)| json!({ "address": address, "until": until(scopes) }));
    each.collect()
}

/// Of what nothing is known: a line for each reason and account, with the first resource and how many more there are.
fn unknown(plan: &Plan) -> Vec<String> {
    let mut groups: BTreeMap<(&Owner, &str), Vec<&Address>> = BTreeMap::new();
    for (address, one) in &plan.undecided {
        groups.entry((&one.owner, &one.reason)).or_default().push(address);
    }
    let line = |((owner, reason), all): (&(&Owner, &str), &Vec<&Address>)| {
        let first = all.first().map(|address| address.as_str()).unwrap_or_default();
        match all.len() {
            0 | 1 => format!("{first}: {reason}"),
            count => format!("{count} resources in {owner}, the first {first}: {reason}"),
        }
    };
    groups.iter().map(line).collect()
}

/// Whom it interrupts that something goes, and for how long.
fn interruption(one: &Interruption) -> String {
    let Interruption { address, kind, gap, is_by_zone, scopes } = one;
    let scopes: Vec<String> = scopes.iter().map(ToString::to_string).collect();
    let length = match gap {
        Some(gap) => format!("about {}", duration(*gap)),
        None => "for good, unless other changes of this plan take its place".to_owned(),
    };
    let what = match is_by_zone {
        true => "exchanges its subnets, one Availability Zone after the other",
        false => "goes",
    };
    format!("interrupts: {} {address} {what}, {length}: {}", kind.as_str(), scopes.join(", "))
}

fn sum(plan: &Plan, estimate: &Estimate) -> Text {
    let Summary { create, update, replace, delete, duplicates, unchanged } = plan.summary();
    if plan.changes.is_empty() && plan.problems.is_empty() {
        return text!("No changes: all {} resources are as the files say.\n", unchanged);
    }
    if plan.changes.is_empty() {
        return text!("No changes where AWS could be read: {} resources are as the files say.\n", unchanged);
    }
    let of_these = if duplicates == 0 { Text::default() } else { text!(" ({} duplicates)", duplicates) };
    let mut text = text!(
        "{} to create, {} to update, {} to replace, {} to delete{}; {} unchanged.\n",
        create,
        update,
        replace,
        delete,
        of_these,
        unchanged
    );
    text.push(text!("AWS takes about {}, the longest chain being:\n", duration(estimate.total)));
    for (address, time) in estimate.critical_path.iter().filter(|(_, time)| time.as_secs() >= 10) {
        text.push(text!("  {:>12}  {}\n", duration(*time), address));
    }
    text
}

/// An account's changes below a heading that counts them. Where all that is created has one reason, the heading tells it.
fn account(owner: &Owner, changes: &[&Change], places: Places<'_>, palette: Palette) -> Text {
    let mut heading = text!("{}", owner);
    if let Some(id) = places.accounts.get(owner) {
        heading.push(text!(" ({})", id));
    }
    if changes.iter().any(|change| change.kind().realm() != Realm::Organization) {
        heading.push(text!(", {}", places.region));
    }
    let creations = changes.iter().filter(|change| change.action() == Action::Create);
    let reasons: BTreeSet<String> = creations.map(|change| change.reason.to_string()).collect();
    let shared = if reasons.len() == 1 { reasons.into_iter().next() } else { None };
    let counts: Vec<Text> = [Action::Create, Action::Update, Action::Replace, Action::Delete]
        .into_iter()
        .filter_map(|action| {
            let count = changes.iter().filter(|change| change.action() == action).count();
            let why = shared.as_ref().filter(|_| action == Action::Create).map(|reason| text!(" ({})", reason));
            (count > 0).then(|| text!("{} to {}{}", count, action.as_str(), why.unwrap_or_default()))
        })
        .collect();
    let mut text = text!("{}: {}\n", palette.heading(heading), Text::joined(counts, ", "));
    let widest = |of: fn(&Change) -> usize| changes.iter().map(|change| of(change)).max().unwrap_or_default();
    let widths = (widest(|change| change.address.as_str().len()), widest(|change| change.noun().len()));
    for change in changes {
        let told = change.action() == Action::Create && shared.is_some();
        let reason = if told { String::new() } else { change.reason.to_string() };
        text.push(line(change, widths, &reason, palette));
    }
    text
}

fn line(change: &Change, (address, kind): (usize, usize), reason: &str, palette: Palette) -> Text {
    let symbol = match change.action() {
        Action::Create => palette.good("+"),
        Action::Update => palette.attention("~"),
        Action::Replace => palette.bad("±"),
        Action::Delete => palette.bad("-"),
    };
    let kind_width = if reason.is_empty() { 0 } else { kind };
    let kind = palette.faint(Text::padded(change.noun(), kind_width));
    let address = Text::padded(change.address.as_str(), address);
    let line = text!("  {} {}  {}  {}", symbol, address, kind, reason);
    let mut text = text!("{}\n", line.trimmed());
    for AttributeChange { attribute, from, to } in change.attributes() {
        text.push(text!("      {}: {} → {}\n", attribute, short(from), short(to)));
    }
    text
}

/// A value in one line; references by what they name.
pub(super) fn short(value: &Value) -> String {
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
pub fn plan_document(plan: &Plan, estimate: &Estimate, places: Places<'_>) -> Value {
    let changes: Vec<Value> = plan
        .changes
        .values()
        .map(|change| {
            json!({
                "address": change.address,
                "kind": change.kind(),
                "account": change.owner.to_string(),
                "account_id": places.accounts.get(&change.owner),
                "region": places.region,
                "scope": change.scope.to_string(),
                "action": change.action(),
                "reason": change.reason.to_string(),
                "duplicate_of": change.duplicate_of(),
                "identified_by": change.identified_by(),
                "attributes": change.attributes(),
            })
        })
        .collect();
    let blocked: Vec<Value> = plan
        .blocked
        .values()
        .map(|Blocked { change, barrier }| {
            json!({
                "address": change.address,
                "kind": change.kind(),
                "account": change.owner.to_string(),
                "id": change.id(),
                "scope": change.scope.to_string(),
                "action": change.action(),
                "reason": change.reason.to_string(),
                "identified_by": change.identified_by(),
                "barrier": barrier.to_string(),
            })
        })
        .collect();
    let undecided: Vec<Value> = plan
        .undecided
        .iter()
        .map(|(address, one)| {
            json!({
                "address": address,
                "kind": one.kind,
                "account": one.owner.to_string(),
                "scope": one.scope.to_string(),
                "needs": one.needs,
                "reason": one.reason,
            })
        })
        .collect();
    let interruptions: Vec<Value> = plan
        .interruptions(places.desired)
        .iter()
        .map(|one| {
            json!({
                "address": one.address,
                "kind": one.kind,
                "seconds": one.gap.map(|gap| gap.as_secs()),
                "by_availability_zone": one.is_by_zone,
                "scopes": one.scopes.iter().map(ToString::to_string).collect::<Vec<_>>(),
            })
        })
        .collect();
    let unmanaged: Vec<Value> = plan
        .unmanaged
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
    let mut document = json!({
        "zone": plan.zone,
        "changes": changes,
        "unmanaged": unmanaged,
        "blocked": blocked,
        "undecided": undecided,
        "unread": plan.unread,
        "interruptions": interruptions,
        "problems": plan.problems.iter().map(|one| json!({ "scope": one.scope.to_string(), "message": one.message })).collect::<Vec<_>>(),
        "summary": plan.summary(),
        "estimate": { "seconds": estimate.total.as_secs(), "critical_path": path },
    });
    if !plan.put_off.is_empty() {
        document["put_off"] = put_off_document(&plan.put_off);
    }
    document
}
