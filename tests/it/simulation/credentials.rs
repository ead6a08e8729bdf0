//! Credentials that expire while a run goes on.

use lz::kinds::Scope;
use lz::twin::faults::Kind;

use super::world::{World, label};

const SEED: u64 = 101;
const WORKLOAD: &str = "payments-prod";

/// How often the role of an account was assumed.
fn sessions(world: &World, account: &str) -> usize {
    let role = format!("%3A%3A{account}%3Arole");
    let exchanges = world.exchanges();
    exchanges.iter().filter(|one| one.action == "AssumeRole" && one.request.contains(&role)).count()
}

#[test]
fn a_run_that_takes_longer_than_a_session_renews_it_in_time() {
    let mut world = World::small_hub(SEED);
    let networking = world.account("networking");
    let before = sessions(&world, &networking);
    // Each of these waits for the one before it, and is throttled for more than ten minutes.
    for (action, times) in [
        ("CreateAccount", 48),
        ("CreateVpc", 48),
        ("CreateSubnet", 180),
        ("CreateTransitGatewayVpcAttachment", 48),
        ("AssociateTransitGatewayRouteTable", 48),
        ("CreateRoute", 90),
    ] {
        world.fault(Kind::Throttled, None, action, 1, times);
    }
    let done = world.apply(&[Scope::Workload(label(WORKLOAD))]);
    assert_eq!(done.errors(), Vec::<String>::new());
    assert!(done.report.aws_seconds > 4000, "{} seconds", done.report.aws_seconds);
    assert!(sessions(&world, &networking) - before > 1);
    assert!(sessions(&world, &world.account(WORKLOAD)) > 1);
    let expired = world.exchanges().iter().filter(|one| one.error.as_deref() == Some("RequestExpired")).count();
    assert_eq!(expired, 0);
    world.onboard_all();
    world.check();
}

#[test]
fn credentials_that_aws_no_longer_takes_are_renewed_at_once() {
    let mut world = World::small_hub(SEED);
    world.expected.insert("RequestExpired");
    let actions = ["DescribeVpcs", "CreateVpc", "CreateSubnet", "CreateTransitGatewayVpcAttachment"];
    for action in actions {
        world.fault(Kind::Expired, None, action, 1, 1);
    }
    let done = world.onboard_all();
    assert_eq!(done.errors(), Vec::<String>::new());
    let exchanges = world.exchanges();
    for action in actions {
        let met = exchanges.iter().filter(|one| one.action == action && one.error.as_deref() == Some("RequestExpired"));
        assert_eq!(met.count(), 1, "{action}");
    }
    world.check();
}

#[test]
fn credentials_that_stay_expired_fail_the_scope_with_awss_message() {
    let mut world = World::small_hub(SEED);
    world.expected.insert("RequestExpired");
    world.fault(Kind::Expired, None, "CreateVpc", 1, u64::MAX);
    let done = world.apply(&[Scope::Workload(label(WORKLOAD))]);
    let [error] = &done.errors()[..] else { panic!("{:?}", done.errors()) };
    assert!(error.contains("CreateVpc") && error.contains("RequestExpired: Request has expired."), "{error}");
}
