//! Runs that fail for good in one workload, and are undone: at once, or later.

use std::collections::{BTreeMap, BTreeSet};

use lz::apply::{Outcome, ScopeOutcome};
use lz::kinds::Scope;
use lz::twin::faults::{Kind, Rule};
use lz::twin::organizations::ACCOUNTS_QUOTA;

use super::small::assert_same;
use super::world::{Disturbance, Done, World, label};

const VICTIM: &str = "payments-prod";
const SEED: u64 = 81;

fn victim() -> Scope {
    Scope::Workload(label(VICTIM))
}

fn of_victim(done: &Done) -> (ScopeOutcome, String) {
    let one = done.report.scopes.iter().find(|one| one.scope == victim()).expect("the scope");
    (one.outcome, one.error().unwrap_or_default())
}

/// What is there besides an account that can't be deleted.
fn without_account(end: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let account = format!("/accounts/{VICTIM}");
    end.into_iter().filter(|(address, _)| !address.ends_with(&account)).collect()
}

/// Denies one call that changes something.
fn deny(world: &mut World, call: u64) {
    let rule = Rule { kind: Kind::Denied, account: None, action: None, from: call, times: 1, seen: 0 };
    world.twin.with_world(|aws| aws.faults.rules.push(rule));
}

fn calm(world: &mut World) {
    world.twin.with_world(|aws| aws.faults.rules.clear());
}

#[test]
fn nine_are_applied_and_the_tenth_is_rolled_back() {
    let mut world = World::small(SEED);
    world.twin.with_world(|aws| aws.quotas.insert(ACCOUNTS_QUOTA.to_owned(), 50));
    for number in 3..=10 {
        world.add_workload(&format!("workload-{number}"));
    }
    world.bootstrap();
    world.rollback = true;
    let mut all = world.copy();
    assert_eq!(all.onboard_all().errors(), Vec::<String>::new());
    let (end, account) = (all.end_state(), all.account(VICTIM));

    world.fault(Kind::Denied, Some(&account), "CreateTransitGatewayVpcAttachment", 1, u64::MAX);
    let done = world.onboard_all();
    assert_eq!(world.account(VICTIM), account);
    assert_eq!(done.report.outcome, Outcome::Partial);
    let (outcome, error) = of_victim(&done);
    assert_eq!(outcome, ScopeOutcome::RolledBack);
    for part in ["CreateTransitGatewayVpcAttachment", "UnauthorizedOperation", account.as_str(), "is left as it is"] {
        assert!(error.contains(part), "{part} in {error}");
    }
    let applied = done.report.scopes.iter().filter(|one| one.outcome == ScopeOutcome::Applied);
    assert_eq!(applied.count(), 9);
    world.check_unfinished();
    let left = world.end_state();
    let of_victim: Vec<&String> = left.keys().filter(|address| address.contains(VICTIM)).collect();
    assert_eq!(of_victim.len(), 1, "only the account: {of_victim:?}");
    let others: BTreeMap<_, _> = end.clone().into_iter().filter(|(address, _)| !address.contains(VICTIM)).collect();
    let left_of_others = left.clone().into_iter().filter(|(address, _)| !address.contains(VICTIM)).collect();
    assert_same(&left_of_others, &others);

    calm(&mut world);
    assert_eq!(world.onboard_all().errors(), Vec::<String>::new());
    world.check();
    assert_same(&world.end_state(), &end);
}

/// AWS takes a firewall's log destinations one a call. What the first call has set is taken back where the second is denied,
/// since AWS deletes no firewall that writes logs.
#[test]
fn a_firewall_is_taken_back_whose_logging_was_half_set() {
    let mut world = World::small(SEED);
    world.rollback = true;
    // AWS sees a moment later that the firewall writes no logs any more.
    world.expected.insert("InvalidRequestException");
    world.fault(Kind::Denied, None, "UpdateLoggingConfiguration", 2, 1);
    let done = world.bootstrap();
    assert!(done.errors().iter().any(|error| error.contains("UpdateLoggingConfiguration")), "{:?}", done.errors());
    let left = world.end_state();
    let firewall: Vec<&String> = left.keys().filter(|address| address.contains("/firewall/self")).collect();
    assert!(firewall.is_empty(), "{firewall:?}");
    world.check_unfinished();
    calm(&mut world);
    assert_eq!(world.bootstrap().errors(), Vec::<String>::new());
    assert!(world.end_state().keys().any(|address| address.contains("/firewall/logging")));
    world.check_unfinished();
}

#[test]
fn an_onboarding_refused_at_any_call_leaves_the_state_before_it() {
    let mut hub = World::small_hub(SEED);
    let before = hub.end_state();
    let mut clean = hub.copy();
    assert_eq!(clean.apply(&[victim()]).errors(), Vec::<String>::new());
    let (calls, end) = (clean.changing(), clean.end_state());
    let mut rolled_back = 0;
    for call in 1..=calls {
        let mut world = hub.copy();
        world.rollback = call.is_multiple_of(2);
        deny(&mut world, call);
        let done = world.apply(&[victim()]);
        if done.report.outcome == Outcome::Applied {
            // Such a refusal is met where an account is new, too: it was asked for again.
            continue;
        }
        calm(&mut world);
        let (outcome, error) = if world.rollback { of_victim(&done) } else { of_victim(&world.undo(&[victim()])) };
        assert_eq!(outcome, ScopeOutcome::RolledBack, "{call}: {error}");
        rolled_back += 1;
        world.check_unfinished();
        assert_same(&without_account(world.end_state()), &before);
        assert_eq!(world.apply(&[victim()]).errors(), Vec::<String>::new(), "{call}");
        assert_same(&world.end_state(), &end);
    }
    assert!(rolled_back * 2 > calls, "{rolled_back} of {calls}");
}

/// A zone whose workloads are onboarded, with files that want other things of them: tags, something new, something gone,
/// and a replacement.
fn edited() -> (World, BTreeMap<String, String>) {
    let mut world = World::small_hub(SEED);
    assert_eq!(world.onboard_all().errors(), Vec::<String>::new());
    let former = world.files.clone();
    world.edit("lz.toml", "owner = \"platform\"", "owner = \"somebody-else\"");
    let blueprint = "blueprints/container.toml";
    world.edit(blueprint, "[endpoints.logs]", "[endpoints.sts]");
    world.edit(blueprint, "to = \"0.0.0.0/0\"", "to = \"hub\"");
    // A flow log can't be changed.
    world.edit("lz.toml", "traffic = \"all\"", "traffic = \"reject\"");
    (world, former)
}

/// The end state, as other files would name it.
fn end_state_by(world: &mut World, files: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let own = std::mem::replace(&mut world.files, files.clone());
    let end = world.end_state();
    world.files = own;
    end
}

#[test]
fn an_edit_refused_at_any_call_leaves_the_state_before_it() {
    let (mut edited, former) = edited();
    let before = end_state_by(&mut edited, &former);
    let actions: BTreeSet<&str> = {
        let plan = edited.plan();
        let of_victim = plan.changes.values().filter(|change| change.scope == victim());
        of_victim.map(|change| change.action().as_str()).collect()
    };
    assert_eq!(actions, BTreeSet::from(["create", "delete", "replace", "update"]));
    let mut clean = edited.copy();
    assert_eq!(clean.apply(&[victim()]).errors(), Vec::<String>::new());
    let (calls, end) = (clean.changing(), clean.end_state());
    for call in 1..=calls {
        let mut world = edited.copy();
        world.rollback = call.is_multiple_of(2);
        deny(&mut world, call);
        let done = world.apply(&[victim()]);
        assert_ne!(done.report.outcome, Outcome::Applied, "{call}");
        calm(&mut world);
        let (outcome, error) = if world.rollback { of_victim(&done) } else { of_victim(&world.undo(&[victim()])) };
        assert_eq!(outcome, ScopeOutcome::RolledBack, "{call}: {error}");
        assert_same(&end_state_by(&mut world, &former), &before);
        assert_eq!(world.apply(&[victim()]).errors(), Vec::<String>::new(), "{call}");
        assert_same(&world.end_state(), &end);
    }
}

#[test]
fn a_rollback_that_fails_says_what_is_left_and_is_gone_on_with() {
    let mut world = World::small_hub(SEED);
    let before = world.end_state();
    world.rollback = true;
    world.fault(Kind::Denied, None, "CreateTransitGatewayVpcAttachment", 1, 1);
    world.fault(Kind::Denied, None, "DeleteVpc", 1, 2);
    for done in [world.apply(&[victim()]), world.undo(&[victim()])] {
        let (outcome, error) = of_victim(&done);
        assert_eq!(outcome, ScopeOutcome::Failed);
        for part in ["the rollback is not finished", "DeleteVpc", "UnauthorizedOperation"] {
            assert!(error.contains(part), "{part} in {error}");
        }
        assert!(world.end_state().keys().any(|address| address.contains(VICTIM) && address.ends_with("/vpc")));
    }
    let (outcome, error) = of_victim(&world.undo(&[victim()]));
    assert_eq!(outcome, ScopeOutcome::RolledBack, "{error}");
    world.check_unfinished();
    assert_same(&without_account(world.end_state()), &before);
}

#[test]
fn what_a_run_that_died_has_made_is_undone_with_the_run_that_went_on() {
    let mut hub = World::small_hub(SEED);
    let before = hub.end_state();
    let mut clean = hub.copy();
    clean.apply(&[victim()]);
    let calls = clean.changing();
    for call in [calls / 4, calls / 2, calls - 2] {
        let mut world = hub.copy();
        world.rollback = true;
        assert!(world.apply_disturbed(&[victim()], Disturbance::DiesAfterChange(call)).is_none());
        deny(&mut world, 1);
        let (outcome, error) = of_victim(&world.apply(&[victim()]));
        assert_eq!(outcome, ScopeOutcome::RolledBack, "{call}: {error}");
        world.check_unfinished();
        assert_same(&without_account(world.end_state()), &before);
    }
}
