//! lz's commands, as they go on where something can't be read.

use std::collections::BTreeSet;

use lz::apply::Report;
use lz::discover::Live;
use lz::graph::Address;
use lz::intent::intent;
use lz::journal::JournalError;
use lz::kinds::Scope;
use lz::plan::{Authority, Plan, Selection};
use lz::reconcile::{Applying, Reconciler};
use lz::sweep::{Class, Sweeping, sweep};

use super::super::world::{Disturbance, World};

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

    fn of_report(&mut self, report: &Report) {
        self.note(serde_json::to_string(report).expect("a report"));
    }
}

/// Looks and plans; says why it can't.
async fn planned(zone: &Reconciler<'_>, said: &mut Said) -> Option<(Plan, Live)> {
    let live = match zone.discover().await {
        Ok(live) => live,
        Err(error) => {
            said.note(error.to_string());
            return None;
        }
    };
    for (account, reason) in &live.unreadable {
        said.note(format!("{account}: {reason}"));
    }
    match zone.plan(&live) {
        Ok(plan) => {
            said.of_plan(plan.clone());
            Some((plan, live))
        }
        Err(error) => {
            said.note(error.to_string());
            None
        }
    }
}

/// Does nothing, as a run that could not even look.
async fn nothing(zone: &Reconciler<'_>, applying: &Applying<'_>) -> Result<Report, JournalError> {
    let live = Live::default();
    let plan = zone.plan(&live).expect("a plan").only(&Selection::Scopes(BTreeSet::new()));
    zone.apply(&plan, &live, &[], applying).await
}

impl Command {
    /// True where it may change something.
    pub fn changes(self) -> bool {
        !matches!(self, Self::Plan | Self::Sweep)
    }

    pub fn obey(self, world: &mut World) -> Said {
        let mut said = Said::default();
        match self {
            Self::Plan => {
                let done = world.command(Disturbance::None, async |zone, _| drop(planned(zone, &mut said).await));
                done.expect("nothing disturbs it");
            }
            Self::Bootstrap => apply(world, Some(world.foundation()), &mut said),
            Self::Onboard => apply(world, Some(world.workloads()), &mut said),
            Self::Repair => {
                world.authority = Authority::Repair;
                apply(world, None, &mut said);
                world.authority = Authority::Files;
            }
            Self::Rollback => {
                let scopes = world.workloads();
                said.of_report(&world.undo(&scopes).report);
            }
            Self::Sweep => swept(world, &mut said),
        }
        said
    }
}

/// A run over scopes, or over those that have changes.
fn apply(world: &mut World, scopes: Option<Vec<Scope>>, said: &mut Said) {
    let done = world.run(Disturbance::None, async |zone, applying| {
        let Some((whole, live)) = planned(zone, said).await else { return nothing(zone, applying).await };
        let scopes = scopes.unwrap_or_else(|| {
            let all: BTreeSet<Scope> = whole.changes.values().map(|change| change.scope.clone()).collect();
            all.into_iter().collect()
        });
        let selection = Selection::Scopes(scopes.iter().cloned().collect());
        zone.apply(&whole.only(&selection), &live, &scopes, applying).await
    });
    said.of_report(&done.expect("a journal that can be written").report);
}

fn swept(world: &mut World, said: &mut Said) {
    let (loaded, desired) = world.load();
    let done = world.command(Disturbance::None, async |zone, _| {
        let live = match zone.discover().await {
            Ok(live) => live,
            Err(error) => return said.note(error.to_string()),
        };
        let plan = zone.drift(&live).expect("a plan");
        let swept = sweep(&Sweeping {
            zone: &loaded.zone,
            desired: &desired,
            intent: &intent(&loaded.zone),
            live: &live,
            plan: &plan,
            evidence: zone.evidence(),
            accounts: &zone.account_ids(&live),
            only: None,
            suppressions: &[],
            at: zone.time_source()(),
        });
        let swept = swept.sweep;
        for finding in &swept.findings {
            said.note(&finding.sentence);
            if finding.class == Class::Missing {
                said.missing.extend(finding.address.clone());
            }
        }
        for caveat in &swept.caveats {
            said.note(caveat);
        }
        said.of_plan(plan);
    });
    done.expect("nothing disturbs it");
}
