//! The journal as text and as documents.

use serde_json::{Value, json};

use crate::journal::Contents;
use crate::journal::record::{CallResult, Record};
use crate::journal::state::Run;

/// When a run began, as the journal has it.
fn began(run: &Run, contents: &Contents) -> String {
    let entry = contents
        .entries
        .iter()
        .find(|entry| matches!(&entry.record, Record::RunStarted(started) if started.run == run.started.run));
    match entry.map(|entry| jiff::Timestamp::try_from(entry.at)) {
        Some(Ok(at)) => at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        _ => String::new(),
    }
}

fn outcome(run: &Run) -> &'static str {
    run.ended.as_ref().map_or("did not end", |ended| ended.outcome.as_str())
}

/// All runs for people, oldest first.
#[must_use]
pub fn history_text(contents: &Contents) -> String {
    if contents.state.runs().is_empty() {
        return "No run has changed this zone from here.\n".to_owned();
    }
    let line = |run: &Run| {
        let scopes: Vec<String> = run.started.scopes.iter().map(ToString::to_string).collect();
        format!(
            "{}  {}  {:<12} {:<16} {:>4} calls  {}\n",
            run.started.run,
            began(run, contents),
            outcome(run),
            run.started.command.as_str(),
            run.steps.len(),
            scopes.join(", "),
        )
    };
    contents.state.runs().iter().map(line).collect()
}

/// All runs for programs.
#[must_use]
pub fn history_document(contents: &Contents) -> Value {
    let runs: Vec<Value> = contents.state.runs().iter().map(|run| summary(run, contents)).collect();
    json!({ "runs": runs })
}

fn summary(run: &Run, contents: &Contents) -> Value {
    json!({
        "run": run.started.run,
        "command": run.started.command.as_str(),
        "began": began(run, contents),
        "by": run.started.holder.to_string(),
        "outcome": run.ended.as_ref().map(|ended| ended.outcome.as_str()),
        "scopes": run.started.scopes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "calls": run.steps.len(),
    })
}

/// One run for people: each changing call and what became of it.
#[must_use]
pub fn run_history_text(run: &Run, contents: &Contents) -> String {
    let mut text = format!(
        "run {} ({}), begun {} by {}: {}\n\n",
        run.started.run,
        run.started.command.as_str(),
        began(run, contents),
        run.started.holder,
        outcome(run),
    );
    for step in &run.steps {
        let undoing = if step.intent.undoes.is_some() { "undo: " } else { "" };
        let result = match &step.result {
            None => "no answer is written down".to_owned(),
            Some(CallResult::Done { id }) => id.clone().unwrap_or_else(|| "done".to_owned()),
            Some(CallResult::Failed { message }) => format!("refused: {}", message.as_str()),
            Some(CallResult::Unknown { message }) => format!("no answer: {}", message.as_str()),
        };
        text.push_str(&format!(
            "  {:>5}  {undoing}{} {} in {}: {result}\n",
            step.number.to_string(),
            step.intent.deed.as_str(),
            step.intent.address,
            step.intent.owner,
        ));
    }
    for scope in run.ended.iter().flat_map(|ended| &ended.scopes) {
        let error = scope.error.as_ref().map(|error| format!(": {}", error.as_str())).unwrap_or_default();
        text.push_str(&format!("\n{} {}{error}", scope.scope, scope.ending.as_str()));
    }
    text.push('\n');
    text
}

/// One run for programs.
#[must_use]
pub fn run_history_document(run: &Run, contents: &Contents) -> Value {
    let mut document = summary(run, contents);
    let steps: Vec<Value> = run
        .steps
        .iter()
        .map(|step| {
            json!({
                "number": step.number,
                "address": step.intent.address,
                "account": step.intent.owner.to_string(),
                "deed": step.intent.deed.as_str(),
                "undoes": step.intent.undoes,
                "result": step.result,
            })
        })
        .collect();
    document["steps"] = steps.into();
    document
}
