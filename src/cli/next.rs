//! The commands to type after a run that did not finish what it was for.

use serde::Serialize;

use super::settings::Settings;
use crate::apply::Outcome;
use crate::kinds::Scope;
use crate::operate::{Declared, RolledBack, Unfinished};
use crate::ui::Call;

/// What can be done about what a run has not finished: whole commands, as they are typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Next {
    /// Goes on with it, once the cause is mended.
    pub go_on: String,
    /// Undoes what is left of it; none where nothing is left.
    pub undo: Option<String>,
}

/// How this process was called.
pub fn call_of(settings: &Settings) -> Call {
    Call::new(settings.twin, &settings.directory, &settings.overrides)
}

/// What can be done about what an applying run has not finished.
pub fn after_apply(call: &Call, run: &str, unfinished: &Unfinished, declared: &Declared) -> Next {
    let names: Vec<&str> = unfinished
        .scopes
        .iter()
        .filter_map(|scope| match scope {
            Scope::Workload(name) => Some(name.as_str()),
            Scope::Organization | Scope::Hub => None,
        })
        .collect();
    let go_on = match names.as_slice() {
        [] => "bootstrap".to_owned(),
        names if names.len() > 1 && names.len() == declared.workloads().len() => "onboard-workload --all".to_owned(),
        names => format!("onboard-workload {}", names.join(" ")),
    };
    Next { go_on: call.with(&go_on), undo: unfinished.leaves_something.then(|| rollback(call, run)) }
}

/// What can be done about an undoing run; none where everything was undone.
pub fn after_rollback(call: &Call, done: &RolledBack) -> Option<Next> {
    (done.report.outcome != Outcome::RolledBack).then(|| Next { go_on: rollback(call, &done.undone), undo: None })
}

fn rollback(call: &Call, run: &str) -> String {
    call.with(&format!("rollback {run}"))
}
