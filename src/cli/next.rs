//! The commands to type after a run that did not finish what it was for.

use serde::Serialize;

use super::settings::Settings;
use super::workspace::Workspace;
use crate::apply::{Outcome, Report, ScopeOutcome};
use crate::journal::State;
use crate::kinds::Scope;
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

/// What can be done about an applying run; none where everything was finished. `journal` is the zone's with the run in it.
pub fn after_apply(call: &Call, report: &Report, workspace: &Workspace, journal: &State) -> Option<Next> {
    let open: Vec<&Scope> = report.scopes.iter().filter(|one| is_open(one.outcome)).map(|one| &one.scope).collect();
    if open.is_empty() && !report.interrupted {
        return None;
    }
    let names: Vec<&str> = open
        .iter()
        .filter_map(|scope| match scope {
            Scope::Workload(name) => Some(name.as_str()),
            Scope::Organization | Scope::Hub => None,
        })
        .collect();
    let go_on = match names.as_slice() {
        [] => "bootstrap".to_owned(),
        names if names.len() > 1 && names.len() == workspace.workloads().len() => "onboard-workload --all".to_owned(),
        names => format!("onboard-workload {}", names.join(" ")),
    };
    let left = report.unfinished().any(|one| !journal.effects(&report.run, &one.scope).is_empty());
    Some(Next { go_on: call.with(&go_on), undo: left.then(|| rollback(call, &report.run)) })
}

/// What can be done about an undoing run; none where everything was undone.
pub fn after_rollback(call: &Call, report: &Report, undone: &str) -> Option<Next> {
    (report.outcome != Outcome::RolledBack).then(|| Next { go_on: rollback(call, undone), undo: None })
}

fn rollback(call: &Call, run: &str) -> String {
    call.with(&format!("rollback {run}"))
}

fn is_open(outcome: ScopeOutcome) -> bool {
    !matches!(outcome, ScopeOutcome::Applied | ScopeOutcome::Unchanged)
}
