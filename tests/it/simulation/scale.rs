//! Many accounts, and long runs.

use std::collections::BTreeMap;

use super::world::World;

#[test]
fn fifty_workloads_are_onboarded_in_one_run() {
    let mut world = World::new(41);
    world.twin.with_world(|aws| aws.quotas.insert("accounts-per-organization".to_owned(), 100));
    for number in 4..=50 {
        world.add_workload(&format!("workload-{number:02}"));
    }
    world.bootstrap();
    let done = world.onboard_all();
    assert_eq!(done.errors(), Vec::<String>::new());
    let report = &done.report;
    // The rules of each are one resource, and payments-dev has none.
    let resources: usize = report.scopes.iter().map(|scope| scope.created).sum();
    assert_eq!((report.scopes.len(), resources), (50, 50 * 37 - 1));
    assert!(report.throttled * 50 <= report.api_calls, "{} of {} throttled", report.throttled, report.api_calls);
    assert!(report.api_calls < 5 * 1800, "{} calls: {:#?}", report.api_calls, done.counts.by_operation);
    assert!(report.aws_seconds < 3600, "{} seconds", report.aws_seconds);
    world.check();
}

#[test]
fn sessions_are_renewed_in_a_run_that_outlasts_them() {
    let mut world = World::new(42);
    world.parallelism = 1;
    for number in 4..=6 {
        world.add_workload(&format!("workload-{number}"));
    }
    world.bootstrap();
    let before = world.exchanges().len();
    let done = world.onboard_all();
    assert!(done.report.aws_seconds > 3600, "{} seconds", done.report.aws_seconds);
    let networking = world.account("networking");
    let mut assumed: BTreeMap<bool, usize> = BTreeMap::new();
    for exchange in world.exchanges().split_off(before).iter().filter(|one| one.action == "AssumeRole") {
        *assumed.entry(exchange.request.contains(&networking)).or_default() += 1;
    }
    assert!(assumed[&true] > 1, "{assumed:?}");
    assert_eq!(done.errors(), Vec::<String>::new());
    world.check();
}
