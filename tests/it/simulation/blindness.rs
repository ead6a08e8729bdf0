//! An account that can't be read, for whatever reason: it is told, all others are swept as ever, and what could not be seen
//! is not touched.

use std::collections::{BTreeMap, BTreeSet};

use lz::kinds::{Owner, Scope};
use lz::plan::Strangers;
use lz::sweep::{Class, Finding, FindingId, Swept};
use lz::twin::faults::Kind;
use lz::twin::organizations::Account;
use lz::twin::sts::Role;

use super::drift::{HUB, Scene};
use super::sweep::told;
use super::world::{Console, World, label};

const BLIND: &str = "orders-prod";
const OTHER: &str = "payments-prod";
/// The longest that a sweep may take, in seconds of AWS's time: one call that is throttled without end takes a quarter of an
/// hour, and all calls of an account wait beside each other.
const LONGEST: u64 = 1200;

/// A way not to be able to read an account.
struct Blindness {
    name: &'static str,
    /// What the finding must say.
    told: &'static [&'static str],
    /// True where something in the account can be read all the same.
    in_part: bool,
    begin: fn(&mut World, &str),
}

fn change(world: &World, account: &str, change: impl FnOnce(&mut Account)) {
    world.twin.with_world(|aws| change(aws.organizations.account_mut(account).expect("an account")));
}

fn trust(world: &World, account: &str, whom: &str) {
    world.twin.with_world(|aws| {
        let role = Role::trusting(aws.seed, account, "OrganizationAccountAccessRole", vec![whom.to_owned()], aws.now);
        aws.sts.add_role(account, "OrganizationAccountAccessRole", role);
    });
}

const ALL: &[Blindness] = &[
    Blindness {
        name: "a role that is gone",
        told: &["AssumeRole", "AccessDenied", "has to be there and to trust account"],
        in_part: false,
        begin: |world, account| trust(world, account, "999999999999"),
    },
    Blindness {
        name: "an account that is throttled without end",
        told: &["RequestLimitExceeded"],
        in_part: false,
        begin: |world, account| {
            world.fault(Kind::Throttled, Some(account), "*", 1, u64::MAX);
        },
    },
    Blindness {
        name: "a region that is opted out",
        told: &["RegionDisabledException", "the region eu-west-1 has to be enabled in the account"],
        in_part: false,
        begin: |world, account| {
            let region = BTreeSet::from(["eu-west-1".to_owned()]);
            change(world, account, |account| account.disabled_regions = region);
        },
    },
    Blindness {
        name: "an account in which nothing may be described",
        told: &["Describe", "UnauthorizedOperation"],
        in_part: false,
        begin: |world, account| {
            world.fault(Kind::Denied, Some(account), "Describe*", 1, u64::MAX);
        },
    },
    Blindness {
        name: "one call that is denied",
        told: &["DescribeFlowLogs", "UnauthorizedOperation"],
        in_part: true,
        begin: |world, account| {
            world.fault(Kind::Denied, Some(account), "DescribeFlowLogs", 1, u64::MAX);
        },
    },
    Blindness {
        name: "credentials that expire in the middle and stay expired",
        told: &["RequestExpired"],
        in_part: true,
        begin: |world, account| {
            world.fault(Kind::Expired, Some(account), "DescribeSecurityGroups", 1, u64::MAX);
        },
    },
    Blindness {
        name: "a suspended account",
        told: &["the account is suspended"],
        in_part: false,
        begin: |world, account| change(world, account, |account| account.suspended = true),
    },
];

/// All is well again, but for what was changed by hand.
fn end(world: &World, account: &str) {
    let management = world.twin.management_credentials().account;
    trust(world, account, &management);
    change(world, account, |account| {
        account.suspended = false;
        account.disabled_regions.clear();
    });
    world.twin.with_world(|aws| aws.faults.rules.clear());
}

/// Sweeps, in AWS's time that has a bound.
fn swept_in_time(world: &mut World, what: &str) -> Swept {
    let before = world.twin.now();
    let swept = world.sweep();
    let seconds = world.twin.now().since(before) / 1000;
    assert!(seconds <= LONGEST, "{what}: {seconds} seconds");
    swept
}

fn ids<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> BTreeSet<FindingId> {
    findings.into_iter().map(|one| one.id.clone()).collect()
}

fn is_of_blind(finding: &Finding) -> bool {
    finding.owner == Owner::Account(label(BLIND))
}

/// A zone in whose workloads a flow log was deleted by hand, one in the account that can't be read.
fn drifted(scene: &Scene) -> World {
    let world = scene.copy();
    for name in [BLIND, OTHER] {
        let log = scene.id(&format!("{name}/container/flow-log"));
        world.by_hand(&world.account(name), async |by: Console| {
            by.ec2.delete_flow_logs().flow_log_ids(&log).send().await.expect("done");
        });
    }
    world
}

#[test]
fn an_account_that_cannot_be_read_is_one_finding_and_changes_nothing_else() {
    let scene = Scene::new();
    let seeing = drifted(&scene).sweep();
    assert_eq!(seeing.sweep.findings.iter().filter(|one| is_of_blind(one)).count(), 1, "{:#?}", told(&seeing));
    for Blindness { name, told: words, in_part, begin } in ALL {
        let mut world = drifted(&scene);
        let account = world.account(BLIND);
        begin(&mut world, &account);
        let swept = swept_in_time(&mut world, name);
        let (unread, others): (Vec<&Finding>, Vec<&Finding>) =
            swept.sweep.findings.iter().partition(|one| one.class == Class::Unreachable);
        let [unread] = unread.as_slice() else { panic!("{name}: {:#?}", swept.sweep.findings) };
        assert!(is_of_blind(unread), "{name}: {unread:#?}");
        for word in *words {
            assert!(unread.sentence.contains(word), "{name}: {word} in {}", unread.sentence);
        }
        // What can be read of the account is judged as ever.
        let is_seen = |one: &&&Finding| *in_part && is_of_blind(one);
        let seen: BTreeSet<FindingId> = ids(others.iter().filter(is_seen).copied());
        let expected = seeing.sweep.findings.iter().filter(|one| !is_of_blind(one) || seen.contains(&one.id));
        assert_eq!(ids(others), ids(expected), "{name}: {:#?}", told(&swept));
        assert_eq!(swept.sweep.accounts.contains_key(&Owner::Account(label(BLIND))), *in_part, "{name}");
        let caveats = &swept.sweep.caveats;
        assert!(caveats.iter().any(|caveat| caveat.contains("could not be read")), "{name}: {caveats:#?}");
    }
}

#[test]
fn a_repair_leaves_what_it_could_not_see() {
    let scene = Scene::new();
    let seeing = drifted(&scene).sweep();
    for Blindness { name, begin, .. } in ALL {
        let mut world = drifted(&scene);
        world.strangers = Strangers::Removed;
        let account = world.account(BLIND);
        begin(&mut world, &account);
        let before = world.exchanges().len();
        let scopes: Vec<Scope> = world.foundation().into_iter().chain(world.workloads()).collect();
        let done = world.apply(&scopes);
        let failed: BTreeMap<Scope, String> =
            done.report.scopes.iter().filter_map(|one| Some((one.scope.clone(), one.error()?))).collect();
        assert_eq!(failed.keys().collect::<Vec<_>>(), [&Scope::Workload(label(BLIND))], "{name}: {failed:#?}");
        let exchanges = world.exchanges().split_off(before);
        let changes: Vec<&str> = exchanges
            .iter()
            .filter(|one| !one.is_read() && one.action != "AssumeRole")
            .map(|one| one.action.as_str())
            .collect();
        assert_eq!(changes, ["CreateFlowLogs"], "{name}: of {OTHER}, and nothing in {HUB}");
        end(&world, &account);
        let swept = world.sweep();
        let left = seeing.sweep.findings.iter().filter(|one| is_of_blind(one));
        assert_eq!(ids(&swept.sweep.findings), ids(left), "{name}: {:#?}", told(&swept));
    }
}

#[test]
fn credentials_that_expire_in_the_middle_are_renewed_and_nothing_is_told() {
    let scene = Scene::new();
    let mut world = drifted(&scene);
    let expected = ids(&world.sweep().sweep.findings);
    let account = world.account(BLIND);
    world.fault(Kind::Expired, Some(&account), "DescribeSecurityGroups", 1, 1);
    let swept = swept_in_time(&mut world, "expired once");
    assert_eq!(ids(&swept.sweep.findings), expected, "{:#?}", told(&swept));
}
