//! What is wrong with one workload's account is that workload's failure, and nobody else's.

use std::collections::BTreeSet;

use lz::apply::{Outcome, ScopeOutcome};
use lz::kinds::Scope;
use lz::twin::organizations::Account;
use lz::twin::sts::Role;

use super::world::{World, label};

const SEED: u64 = 111;
const VICTIM: &str = "payments-dev";
const OTHER: &str = "payments-prod";

/// Both workloads need a change, and one of them is in trouble: the other is applied, and the error holds all of `told`.
/// Afterwards `mend` makes both whole.
fn fails_alone(trouble: impl FnOnce(&World, &str), told: &[&str], mend: impl FnOnce(&World, &str)) {
    let mut world = World::small_hub(SEED);
    assert_eq!(world.onboard_all().errors(), Vec::<String>::new());
    world.rollback = true;
    world.expected.extend(["AuthFailure", "RegionDisabledException"]);
    let victim = world.account(VICTIM);
    trouble(&world, &victim);
    world.edit("blueprints/container.toml", "[endpoints.logs]", "[endpoints.sts]");
    let before = world.exchanges().len();

    let done = world.onboard_all();
    assert_eq!(done.report.outcome, Outcome::Partial, "{:?}", done.errors());
    for scope in &done.report.scopes {
        if scope.scope == Scope::Workload(label(OTHER)) {
            assert_eq!((scope.outcome, &scope.error()), (ScopeOutcome::Applied, &None));
        } else {
            assert_eq!(scope.scope, Scope::Workload(label(VICTIM)));
            let error = scope.error().expect("a reason");
            for part in told {
                assert!(error.contains(part), "{part} in {error}");
            }
        }
    }
    let asked = world.exchanges().split_off(before);
    let refused = asked.iter().filter(|one| !one.is_read() && one.error.is_some()).count();
    assert_eq!(refused, 0, "nothing is changed where nothing can be read");

    mend(&world, &victim);
    assert_eq!(world.onboard_all().errors(), Vec::<String>::new());
    world.check();
}

fn change(world: &World, account: &str, change: impl FnOnce(&mut Account)) {
    world.twin.with_world(|aws| change(aws.organizations.account_mut(account).expect("an account")));
}

#[test]
fn a_role_that_is_gone() {
    let role = "OrganizationAccountAccessRole";
    let trust = |world: &World, account: &str, whom: String| {
        world.twin.with_world(|aws| {
            let role_there = Role::trusting(aws.seed, account, role, vec![whom], aws.now);
            aws.sts.add_role(account, role, role_there);
        });
    };
    fails_alone(
        |world, account| trust(world, account, "999999999999".to_owned()),
        &["account payments-dev can't be read", "AssumeRole", "AccessDenied", "has to be there and to trust account"],
        |world, account| trust(world, account, world.twin.management_credentials().account),
    );
}

#[test]
fn an_account_that_is_suspended() {
    fails_alone(
        |world, account| change(world, account, |account| account.suspended = true),
        &["account payments-dev can't be read: the account is suspended (SUSPENDED); reopen it"],
        |world, account| change(world, account, |account| account.suspended = false),
    );
}

#[test]
fn a_region_that_is_switched_off() {
    fails_alone(
        |world, account| {
            change(world, account, |account| account.disabled_regions = BTreeSet::from(["eu-west-1".to_owned()]))
        },
        &["RegionDisabledException: STS is not activated", "the region eu-west-1 has to be enabled in the account"],
        |world, account| change(world, account, |account| account.disabled_regions.clear()),
    );
}

#[test]
fn an_account_that_ec2_does_not_know() {
    let ready_from = |world: &World, account: &str, later: u64| {
        let from = world.twin.now().after(later);
        change(world, account, |account| account.ec2_from = from);
    };
    fails_alone(
        |world, account| ready_from(world, account, u64::from(u32::MAX)),
        &["account payments-dev can't be read", "OptInRequired: You are not subscribed to this service"],
        |world, account| ready_from(world, account, 0),
    );
}
