//! Answers that are lost, errors after the deed, processes that die: what was begun is found again, and nothing is made
//! twice.

use std::collections::{BTreeMap, BTreeSet};

use lz::apply::Outcome;
use lz::twin::faults::{Kind, Random};
use lz::twin::world::World as Aws;

use super::trace::Meddler;
use super::world::{Disturbance, World};

/// The codes of internal errors, by which AWS leaves open what it did.
const INTERNAL: [&str; 6] = [
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "ServiceException",
    "ServiceUnavailableException",
    "ServerInternalException",
];

/// The actions that change something in a zone's making.
fn changing_actions() -> BTreeSet<String> {
    let world = World::built(1);
    let exchanges = world.exchanges().into_iter().filter(|one| !one.is_read());
    exchanges.map(|one| one.action).collect()
}

#[test]
fn an_answer_that_is_lost_makes_nothing_twice() {
    let actions = changing_actions();
    for known in ["CreateVpc", "AllocateAddress", "CreateTransitGateway", "CreateAccount", "Createresourceshare"] {
        assert!(actions.contains(known), "{known}");
    }
    for (seed, kind) in [(2, Kind::AnswerLost), (3, Kind::ErrorAfter), (4, Kind::RequestLost), (5, Kind::ErrorBefore)] {
        let mut world = World::new(seed);
        // What was done without an answer is met again when it is asked for again.
        world.expected.extend(INTERNAL);
        world.expected.insert("DuplicateAccountException");
        for action in &actions {
            // The twin knows RAM's actions by their names in the API reference.
            let name = match action.as_str() {
                "Createresourceshare" => "CreateResourceShare",
                "Enablesharingwithawsorganization" => "EnableSharingWithAwsOrganization",
                name => name,
            };
            world.fault(kind.clone(), None, name, 1, 1);
            world.fault(kind.clone(), None, name, 3, 1);
        }
        world.build();
        world.check();
        let unmet = world.twin.with_world(|aws| {
            let rules = aws.faults.rules.iter().filter(|rule| rule.from == 1 && rule.seen < 1);
            rules.filter_map(|rule| rule.action.clone()).collect::<Vec<_>>()
        });
        assert_eq!(unmet, Vec::<String>::new(), "every fault was met");
    }
}

#[test]
fn random_faults_end_as_no_faults_do() {
    let end = World::built(1).end_state();
    for seed in 20..23 {
        let mut world = World::new(1);
        world.expected.extend(INTERNAL);
        world.expected.extend(["RequestLimitExceeded", "Throttling", "DuplicateAccountException"]);
        let kinds = vec![
            Kind::Throttled,
            Kind::ErrorBefore,
            Kind::ErrorAfter,
            Kind::RequestLost,
            Kind::AnswerLost,
            Kind::Slow(20_000),
        ];
        world.twin.with_world(|aws| aws.faults.random = Some(Random { seed, rate: 0.1, kinds, seen: 0 }));
        world.build();
        world.twin.with_world(|aws| aws.faults.random = None);
        world.check();
        assert_eq!(world.end_state().keys().collect::<Vec<_>>(), end.keys().collect::<Vec<_>>());
    }
}

#[test]
fn what_somebody_undoes_at_once_is_asked_for_again() {
    let mut world = World::built(8);
    let open: fn(&mut Aws) = |aws| aws.ram.shares.values_mut().for_each(|share| share.allow_external = true);
    world.twin.with_world(open);
    world.trace.meddle(Meddler { action: "Updateresourceshare", twin: world.twin.clone(), deed: open });
    let before = world.trace.len();
    world.bootstrap();
    world.check();
    assert!(world.twin.with_world(|aws| aws.ram.shares.values().all(|share| !share.allow_external)));
    let updates = world.trace.since(before).into_iter().filter(|one| one.action == "Updateresourceshare");
    let requests: Vec<String> = updates.map(|one| one.request).collect();
    assert!(requests.len() == 2 && requests[0] != requests[1], "each has a client token of its own: {requests:#?}");
}

fn assert_same(end: &BTreeMap<String, String>, other: &BTreeMap<String, String>, when: &str) {
    let addresses: BTreeSet<&String> = end.keys().chain(other.keys()).collect();
    for address in addresses {
        assert_eq!(end.get(address), other.get(address), "{address}, {when}");
    }
}

/// Points of a run: the first requests, where the organization is made, and then some all over the rest.
fn points(requests: usize, number: u64) -> Vec<u64> {
    let requests = u64::try_from(requests).expect("a number");
    [4, 9].into_iter().chain((1..number).map(|part| requests * part / number)).collect()
}

#[test]
fn a_run_that_died_is_gone_on_with() {
    let mut whole = World::new(6);
    whole.bootstrap();
    let of_bootstrap = whole.exchanges().len();
    let bootstrapped = whole.copy();
    whole.onboard_all();
    let of_onboarding = whole.exchanges().len() - of_bootstrap;
    let end = whole.end_state();

    let bootstraps = points(of_bootstrap, 6).into_iter().map(|point| (World::new(6), point, true));
    let onboardings = points(of_onboarding, 5).into_iter().map(|point| (bootstrapped.copy(), point, false));
    for (mut world, point, bootstrap) in bootstraps.chain(onboardings) {
        let scopes = if bootstrap { world.foundation() } else { world.workloads() };
        let died = world.apply_disturbed(&scopes, Disturbance::DiesAt(point));
        assert!(died.is_none(), "it lived past {point}");
        world.build();
        world.check();
        assert_same(
            &world.end_state(),
            &end,
            &format!("died at {point} of {}", if bootstrap { "bootstrap" } else { "onboarding" }),
        );
    }
}

#[test]
fn a_run_that_was_stopped_is_gone_on_with() {
    let mut whole = World::new(7);
    whole.build();
    let end = whole.end_state();
    // The last third of the run's requests is the look at what it did.
    let mut bootstrap = World::new(7);
    bootstrap.bootstrap();
    for point in points(bootstrap.exchanges().len() * 2 / 3, 4) {
        let mut world = World::new(7);
        let stopped = world.apply_disturbed(&world.foundation(), Disturbance::StopsAt(point)).expect("it lives");
        assert!(stopped.report.interrupted);
        assert!(matches!(stopped.report.outcome, Outcome::Partial | Outcome::Failed), "{:?}", stopped.report);
        world.build();
        world.check();
        assert_same(&world.end_state(), &end, &format!("stopped at {point}"));
    }
}
