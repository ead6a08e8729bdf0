//! AWS takes a request and gives up on it later: what is left is taken away, another one is made where that helps, and
//! AWS's message is told.

use std::collections::BTreeMap;

use lz::apply::{Outcome, ScopeOutcome, ScopeReport};
use lz::kinds::Scope;
use lz::twin::faults::{Kind, codes};

use super::small::assert_same;
use super::world::{Disturbance, Done, World, label};

const SEED: u64 = 91;
const VICTIM: &str = "payments-prod";

fn victim() -> Scope {
    Scope::Workload(label(VICTIM))
}

fn of(done: &Done, scope: &Scope) -> ScopeReport {
    done.report.scopes.iter().find(|one| one.scope == *scope).cloned().expect("the scope")
}

/// Lets what some of an action's calls begin fail with a code.
fn fails(world: &mut World, action: &str, code: &str, from: u64, times: u64) {
    assert!(codes(action).contains(&code), "{action} never fails with {code}");
    world.fault(Kind::FailsLater(code.to_owned()), None, action, from, times);
}

fn calm(world: &mut World) {
    world.twin.with_world(|aws| aws.faults.rules.clear());
}

/// How often an action was carried out.
fn count(world: &World, action: &str) -> usize {
    world.exchanges().iter().filter(|one| one.action == action && one.error.is_none()).count()
}

/// All actions' client tokens are their own.
fn assert_tokens(world: &World, action: &str) {
    let mut tokens: Vec<String> = Vec::new();
    for exchange in world.exchanges().iter().filter(|one| one.action == action && one.error.is_none()) {
        let body = exchange.request.split_once(' ').map_or("", |(_, body)| body);
        let token = form_urlencoded::parse(body.as_bytes()).find(|(name, _)| name == "ClientToken");
        let token = token.map(|(_, token)| token.into_owned()).expect("a token");
        assert!(!tokens.contains(&token), "{action} was sent twice with {token}");
        tokens.push(token);
    }
}

/// The end state of the small zone's hub, and of all of it.
fn clean() -> (World, BTreeMap<String, String>, BTreeMap<String, String>) {
    let mut hub = World::small_hub(SEED);
    let bootstrapped = hub.end_state();
    let mut all = hub.copy();
    assert_eq!(all.onboard_all().errors(), Vec::<String>::new());
    (hub, bootstrapped, all.end_state())
}

#[test]
fn a_nat_gateway_that_fails_is_made_again_with_the_same_address() {
    let end = World::small_hub(SEED).end_state();
    for code in codes("CreateNatGateway").iter().filter(|code| **code != "InsufficientFreeAddressesInSubnet") {
        let mut world = World::small(SEED);
        fails(&mut world, "CreateNatGateway", code, 1, 1);
        let done = world.bootstrap();
        assert_eq!(done.report.outcome, Outcome::Applied, "{code}: {:?}", done.errors());
        let [again] = &of(&done, &Scope::Hub).recreated[..] else { panic!("{code}: {:?}", done.report) };
        assert!(again.address.as_str().ends_with("/nat") && again.message.starts_with(code), "{again:?}");
        let gateways = end.keys().filter(|address| address.ends_with("/nat")).count();
        assert_eq!(count(&world, "CreateNatGateway"), gateways + 1);
        assert_eq!(count(&world, "AllocateAddress"), gateways);
        assert_tokens(&world, "CreateNatGateway");
        world.check_unfinished();
        assert_same(&world.end_state(), &end);
    }
}

#[test]
fn a_nat_gateway_that_always_fails_is_told_and_nothing_of_it_is_left() {
    let mut world = World::small(SEED);
    world.rollback = true;
    fails(&mut world, "CreateNatGateway", "InternalError", 1, u64::MAX);
    let done = world.bootstrap();
    let hub = of(&done, &Scope::Hub);
    assert_eq!(hub.outcome, ScopeOutcome::RolledBack, "{hub:?}");
    let error = hub.error().expect("a reason");
    for part in ["AWS gave up 3 times", "InternalError: Network interface eni-", "Please try again"] {
        assert!(error.contains(part), "{part} in {error}");
    }
    let left = world.end_state();
    // Log groups are records, and stay.
    let is_log = |address: &str| address.starts_with("networking/egress/firewall/logs/");
    let of_hub = left.keys().filter(|address| address.starts_with("networking/") && !is_log(address));
    let of_hub: Vec<&String> = of_hub.collect();
    assert_eq!(of_hub, Vec::<&String>::new());
    world.check_unfinished();
    calm(&mut world);
    world.build();
    world.check();
}

#[test]
fn a_subnet_without_room_is_not_tried_again() {
    let mut world = World::small(SEED);
    fails(&mut world, "CreateNatGateway", "InsufficientFreeAddressesInSubnet", 1, 1);
    let done = world.bootstrap();
    let error = of(&done, &Scope::Hub).error().expect("a reason");
    for part in ["AWS gave up: InsufficientFreeAddressesInSubnet: Subnet has insufficient", "; free addresses"] {
        assert!(error.contains(part), "{part} in {error}");
    }
    calm(&mut world);
    // The one that failed is still there, and is replaced.
    world.build();
    world.check();
}

#[test]
fn an_attachment_that_fails_is_made_again_beside_it() {
    let (hub, _, end) = clean();
    let mut world = hub.copy();
    fails(&mut world, "CreateTransitGatewayVpcAttachment", "failed", 1, 1);
    let done = world.onboard_all();
    assert_eq!(done.report.outcome, Outcome::Applied, "{:?}", done.errors());
    assert_eq!(count(&world, "DeleteTransitGatewayVpcAttachment"), 0, "AWS deletes no failed attachment");
    world.check();
    assert_same(&world.end_state(), &end);
}

#[test]
fn an_attachment_that_always_fails_is_rolled_back_and_stands_in_nobodys_way() {
    let (hub, bootstrapped, end) = clean();
    let mut world = hub.copy();
    world.rollback = true;
    fails(&mut world, "CreateTransitGatewayVpcAttachment", "failed", 1, u64::MAX);
    let done = world.apply(&[victim()]);
    let one = of(&done, &victim());
    assert_eq!(one.outcome, ScopeOutcome::RolledBack, "{one:?}");
    assert_eq!(one.recreated.len(), 2);
    let account = format!("organization/accounts/{VICTIM}");
    let mut left = world.end_state();
    left.remove(&account);
    assert_same(&left, &bootstrapped);
    calm(&mut world);
    assert_eq!(world.onboard_all().errors(), Vec::<String>::new());
    world.check();
    assert_same(&world.end_state(), &end);
}

#[test]
fn an_attachment_that_is_rejected_fails_at_once_and_alone() {
    let mut world = World::small(SEED);
    world.set("transit_gateway.auto_accept_shared_attachments", "false");
    world.bootstrap();
    fails(&mut world, "CreateTransitGatewayVpcAttachment", "rejected", 1, 1);
    let done = world.onboard_all();
    assert_eq!(done.report.outcome, Outcome::Partial, "{:?}", done.errors());
    let [error] = &done.errors()[..] else { panic!("{:?}", done.errors()) };
    assert!(
        error.contains("AWS gave up: the attachment was rejected in the account of the transit gateway"),
        "{error}"
    );
    world.build();
    world.check();
}

#[test]
fn an_interface_endpoint_that_fails_is_deleted_and_made_again() {
    let (hub, _, end) = clean();
    let mut world = hub.copy();
    fails(&mut world, "CreateVpcEndpoint", "InternalError", 1, 1);
    let done = world.onboard_all();
    assert_eq!(done.report.outcome, Outcome::Applied, "{:?}", done.errors());
    let again = done.report.scopes.iter().flat_map(|scope| &scope.recreated).count();
    assert_eq!((again, count(&world, "DeleteVpcEndpoints")), (1, 1), "{:?}", done.report);
    assert_tokens(&world, "CreateVpcEndpoint");
    world.check();
    assert_same(&world.end_state(), &end);
}

#[test]
fn an_account_that_aws_could_not_create_is_asked_for_again() {
    let (hub, _, end) = clean();
    let mut world = hub.copy();
    let before = count(&world, "CreateAccount");
    fails(&mut world, "CreateAccount", "INTERNAL_FAILURE", 1, 1);
    let done = world.onboard_all();
    assert_eq!(done.report.outcome, Outcome::Applied, "{:?}", done.errors());
    assert_eq!(count(&world, "CreateAccount") - before, 3, "two accounts, one of them twice");
    world.check();
    assert_same(&world.end_state(), &end);
}

#[test]
fn an_account_that_aws_will_not_create_is_asked_for_once_and_the_others_go_on() {
    let (hub, _, end) = clean();
    for code in codes("CreateAccount").iter().filter(|code| **code != "INTERNAL_FAILURE") {
        let mut world = hub.copy();
        fails(&mut world, "CreateAccount", code, 1, 1);
        let done = world.onboard_all();
        assert_eq!(done.report.outcome, Outcome::Partial, "{code}: {:?}", done.errors());
        let [error] = &done.errors()[..] else { panic!("{:?}", done.errors()) };
        assert!(error.contains(&format!("AWS gave up: {code}; ")), "{error}");
        assert_eq!(count(&world, "CreateAccount"), 2);
        calm(&mut world);
        world.build();
        world.check();
        assert_same(&world.end_state(), &end);
    }
}

#[test]
fn a_run_that_dies_while_it_mends_a_failure_is_gone_on_with() {
    let mut clean = World::small(SEED);
    fails(&mut clean, "CreateNatGateway", "InternalError", 1, 1);
    clean.bootstrap();
    let end = clean.end_state();
    let actions: Vec<String> =
        clean.exchanges().into_iter().filter(|one| !one.is_read()).map(|one| one.action).collect();
    let place = |action: &str, after: usize| {
        let found = actions.iter().skip(after).position(|one| one == action).expect("the call");
        after + found + 1
    };
    let deleted = place("DeleteNatGateway", 0);
    let made = place("CreateNatGateway", deleted);
    let points = [Disturbance::DiesBeforeChange, Disturbance::DiesAfterChange];
    for disturbance in [deleted, made].into_iter().flat_map(|call| points.map(|point| point(call as u64))) {
        for again in [false, true] {
            let mut world = World::small(SEED);
            fails(&mut world, "CreateNatGateway", "InternalError", 1, 1);
            assert!(world.apply_disturbed(&world.foundation(), disturbance).is_none());
            calm(&mut world);
            if again {
                // What the next run finds pending, or makes, fails too.
                fails(&mut world, "CreateNatGateway", "InternalError", 1, 1);
            }
            let done = world.bootstrap();
            assert_eq!(done.report.outcome, Outcome::Applied, "{disturbance:?}: {:?}", done.errors());
            world.check_unfinished();
            assert_same(&world.end_state(), &end);
        }
    }
}
