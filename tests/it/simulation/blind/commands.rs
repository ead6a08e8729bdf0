//! lz's commands, as they go on where something can't be read.

use std::collections::BTreeSet;

use lz::graph::Address;
use lz::kinds::Scope;
use lz::operate::{OperateError, SweepRequest};
use lz::plan::{Authority, Plan, Strangers};
use lz::sweep::{Class, Swept};

use super::super::world::{Disturbance, Done, World};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Command {
    Plan,
    Bootstrap,
    Onboard,
    Rollback,
    Sweep,
    Repair,
}

/// What a command says.
#[derive(Debug, Default)]
pub struct Said {
    /// All of its words that are about what went wrong.
    pub text: String,
    pub plan: Option<Plan>,
    /// What it says is missing.
    pub missing: BTreeSet<Address>,
}

impl Said {
    fn note(&mut self, words: impl AsRef<str>) {
        self.text.push_str(words.as_ref());
        self.text.push('\n');
    }

    fn of_plan(&mut self, plan: Plan) {
        for problem in &plan.problems {
            self.note(format!("{}: {}", problem.scope, problem.message));
        }
        for (address, undecided) in &plan.undecided {
            self.note(format!("{address}: {}", undecided.reason));
        }
        plan.unread.iter().for_each(|line| self.note(line));
        self.plan = Some(plan);
    }

    fn of_run(&mut self, done: Result<Done, OperateError>) {
        match done {
            Ok(done) => self.note(serde_json::to_string(&done.report).expect("a report")),
            Err(error) => self.note(error.to_string()),
        }
    }

    fn of_sweep(&mut self, swept: &Swept) {
        for finding in &swept.sweep.findings {
            self.note(&finding.sentence);
            if finding.class == Class::Missing {
                self.missing.extend(finding.address.clone());
            }
        }
        for caveat in &swept.sweep.caveats {
            self.note(caveat);
        }
    }
}

impl Command {
    /// True where it may change something.
    pub fn changes(self) -> bool {
        !matches!(self, Self::Plan | Self::Sweep)
    }

    pub fn obey(self, world: &mut World) -> Said {
        let mut said = Said::default();
        match self {
            Self::Plan => match world.try_plan() {
                Ok(planned) => said.of_plan(planned.plan),
                Err(error) => said.note(error.to_string()),
            },
            Self::Bootstrap => {
                let scopes = world.foundation();
                apply(world, &scopes, &mut said);
            }
            Self::Onboard => {
                let scopes = world.workloads();
                apply(world, &scopes, &mut said);
            }
            Self::Repair => {
                match world.try_repair() {
                    Ok((swept, done)) => {
                        said.of_sweep(&swept);
                        said.of_run(Ok(done));
                    }
                    Err(error) => said.of_run(Err(error)),
                }
                said.plan = world.begun.take();
            }
            Self::Rollback => said.of_run(world.try_undo(None)),
            Self::Sweep => {
                match world.try_sweep(&SweepRequest { only: &[], authors: false }) {
                    Ok(swept) => said.of_sweep(&swept),
                    Err(error) => said.note(error.to_string()),
                }
                said.plan = drift(world);
            }
        }
        said
    }
}

/// What a sweep finds by: the plan that would mend it. None where nothing can be said.
fn drift(world: &mut World) -> Option<Plan> {
    let plan = world.using(Disturbance::None, async |zone, _| {
        let journal = zone.journal().await?.state;
        let reconciler = zone.reconciler(Strangers::Kept, Authority::Repair, &journal);
        Ok(reconciler.drift(&reconciler.discover().await?)?)
    });
    plan.expect("nothing disturbs it").ok()
}

/// A run over scopes. It says what is shown to whoever is asked, too.
fn apply(world: &mut World, scopes: &[Scope], said: &mut Said) {
    said.of_run(world.try_apply(scopes, Disturbance::None).expect("nothing disturbs it"));
    if let Some(part) = world.begun.take() {
        said.of_plan(part);
    }
}
