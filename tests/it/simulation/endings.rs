//! How runs end: what can't be read again is not failed, what was refused is not rolled back, repairs mend one by one, and
//! what AWS takes along is given back.

use std::collections::{BTreeMap, BTreeSet};

use lz::apply::{Outcome, ScopeOutcome, ScopeReport};
use lz::graph::Address;
use lz::kinds::{KindName, Owner, Scope};
use lz::plan::{Action, Evidence, Strangers};
use lz::sweep::{Class, Severity};
use lz::twin::faults::Kind;
use lz::twin::sts::Role;

use super::drift::{HUB, Scene};
use super::small::assert_same;
use super::sweep::told;
use super::world::{Console, Done, World, label};

const SEED: u64 = 95;
const VICTIM: &str = "payments-prod";
const ENDPOINT: &str = "\n[endpoints.sts]\ntype = \"interface\"\ntier = \"private\"\n";

fn victim() -> Scope {
    Scope::Workload(label(VICTIM))
}

fn of(done: &Done, scope: &Scope) -> ScopeReport {
    done.report.scopes.iter().find(|one| one.scope == *scope).cloned().expect("the scope")
}

fn calm(world: &mut World) {
    world.twin.with_world(|aws| aws.faults.rules.clear());
}

/// What was sent since, as far as it changes something.
fn changes(world: &World, before: usize) -> Vec<String> {
    let sent = world.exchanges().split_off(before);
    sent.into_iter().filter(|one| !one.is_read() && one.action != "AssumeRole").map(|one| one.action).collect()
}

/// A small zone with one workload that is built, whose files ask for one endpoint more.
fn one_endpoint_more() -> World {
    let mut world = World::small_hub(SEED);
    assert_eq!(world.apply(&[victim()]).errors(), Vec::<String>::new());
    let more = world.files["blueprints/container.toml"].clone() + ENDPOINT;
    world.write("blueprints/container.toml", more);
    world.rollback = true;
    world
}

#[test]
fn what_cannot_be_read_again_is_not_verified_and_not_failed() {
    let scene = one_endpoint_more();
    let account = scene.account(VICTIM);
    // A kind, what everything hangs on, and the way into the account.
    for (kind, of_account, action, from) in [
        (Kind::Denied, Some(account.as_str()), "DescribeFlowLogs", 2),
        (Kind::ErrorBefore, Some(account.as_str()), "DescribeVpcs", 2),
        (Kind::Denied, None, "ListRoots", 2),
    ] {
        let mut world = scene.copy();
        world.fault(kind, of_account, action, from, u64::MAX);
        let before = world.exchanges().len();
        let done = world.apply(&[victim()]);
        let of_victim = of(&done, &victim());
        assert_eq!(of_victim.outcome, ScopeOutcome::Applied, "{action}: {of_victim:?}");
        assert_eq!(done.report.outcome, Outcome::Applied, "{action}");
        let unverified = of_victim.unverified.expect("it could not be verified");
        assert!(unverified.contains(action), "{action} in {unverified}");
        let sent = changes(&world, before);
        assert!(sent.iter().all(|action| !action.starts_with("Delete")), "{action}: {sent:?}");
        calm(&mut world);
        assert!(world.plan().changes.values().all(|change| change.scope != victim()), "{action}");
        let again = of(&world.apply(&[victim()]), &victim());
        assert_eq!((again.outcome, again.unverified), (ScopeOutcome::Unchanged, None));
    }
}

#[test]
fn a_scope_that_is_refused_is_left_as_an_earlier_run_has_left_it() {
    let mut world = World::small_hub(SEED);
    world.fault(Kind::Denied, None, "CreateTransitGatewayVpcAttachment", 1, 1);
    assert_eq!(of(&world.apply(&[victim()]), &victim()).outcome, ScopeOutcome::Failed);
    calm(&mut world);
    let left = world.end_state();
    assert!(left.keys().any(|address| address == "payments-prod/container/vpc"), "something is left");

    let account = world.account(VICTIM);
    world.rollback = true;
    world.fault(Kind::Denied, Some(&account), "DescribeVpcs", 1, u64::MAX);
    let before = world.exchanges().len();
    let done = world.apply(&[victim(), Scope::Workload(label("payments-dev"))]);
    let refused = of(&done, &victim());
    assert_eq!(refused.outcome, ScopeOutcome::Refused, "{refused:?}");
    assert!(refused.error().expect("a reason").contains("DescribeVpcs"));
    assert_eq!(of(&done, &Scope::Workload(label("payments-dev"))).outcome, ScopeOutcome::Applied);
    assert!(!changes(&world, before).iter().any(|action| action.starts_with("Delete")));
    calm(&mut world);
    let now = world.end_state();
    let kept: BTreeMap<_, _> = now.into_iter().filter(|(address, _)| left.contains_key(address)).collect();
    assert_same(&kept, &left);
    // The next run goes on with it, and its rollback leads back to before the first.
    assert_eq!(world.apply(&[victim()]).errors(), Vec::<String>::new());
    world.check();
}

#[test]
fn a_repair_mends_what_it_can_and_keeps_it() {
    let scene = Scene::new();
    let mut world = scene.copy();
    let account = world.account(VICTIM);
    let log = scene.id("payments-prod/container/flow-log");
    let table = scene.id("payments-prod/container/private/az1/route-table");
    let group = scene.id("payments-prod/container/default-security-group");
    world.by_hand(&account, async |by: Console| {
        by.ec2.delete_flow_logs().flow_log_ids(&log).send().await.expect("done");
        let route = by.ec2.delete_route().route_table_id(&table).destination_cidr_block("0.0.0.0/0");
        route.send().await.expect("done");
        let open = aws_sdk_ec2::types::IpPermission::builder()
            .ip_protocol("-1")
            .ip_ranges(aws_sdk_ec2::types::IpRange::builder().cidr_ip("0.0.0.0/0").build());
        let open = by.ec2.authorize_security_group_ingress().group_id(&group).ip_permissions(open.build());
        open.send().await.expect("done");
    });
    assert_eq!(world.sweep().sweep.findings.iter().filter(|one| one.violation.is_none()).count(), 3);
    world.rollback = true;
    world.fault(Kind::Denied, Some(&account), "CreateFlowLogs", 1, u64::MAX);
    let done = world.repair();
    let of_victim = of(&done, &victim());
    assert_eq!(of_victim.outcome, ScopeOutcome::Partial, "{of_victim:?}");
    assert_eq!(done.report.outcome, Outcome::Partial);
    let mended: Vec<&str> = of_victim.mended.iter().map(Address::as_str).collect();
    let wanted =
        ["payments-prod/container/default-security-group", "payments-prod/container/private/az1/routes/0.0.0.0-0"];
    assert_eq!(mended.iter().copied().collect::<BTreeSet<_>>(), wanted.into());
    let [left] = of_victim.left.as_slice() else { panic!("{of_victim:?}") };
    assert_eq!(left.address.as_ref().map(Address::as_str), Some("payments-prod/container/flow-log"));
    assert!(left.reason().contains("CreateFlowLogs"), "{left}");
    assert_eq!(told(&world.sweep()), ["high weakened payments-prod/container/flow-log"]);

    // A later run that fails does not take back what the repair has mended.
    let more = world.files["blueprints/container.toml"].clone()
        + "\n[endpoints.kms]\ntype = \"interface\"\ntier = \"private\"\n";
    let former = world.files.clone();
    world.write("blueprints/container.toml", more);
    assert_eq!(of(&world.apply(&[victim()]), &victim()).outcome, ScopeOutcome::RolledBack);
    world.files = former;
    assert_eq!(told(&world.sweep()), ["high weakened payments-prod/container/flow-log"]);
    calm(&mut world);
    assert_eq!(world.repair().errors(), Vec::<String>::new());
    world.assert_conformant();
}

/// The ids of everything that lz knows, as a lock would pin them.
fn pin(world: &mut World) {
    let unchanged = world.plan().unchanged;
    world.evidence = Evidence { pinned: unchanged, ..Evidence::default() };
}

#[test]
fn an_attachment_that_was_replaced_is_given_back_with_all_that_hung_on_it() {
    let mut world = World::small_hub(SEED);
    assert_eq!(world.apply(&[victim()]).errors(), Vec::<String>::new());
    pin(&mut world);
    let former = world.files.clone();
    let before = world.end_state();
    world.strangers = Strangers::Removed;
    world.edit("blueprints/container.toml", "prefix_length = 24", "prefix_length = 23");
    world.files.remove("lz.lock");
    let replaced: BTreeSet<KindName> = {
        let plan = world.plan();
        let own = plan.changes.values().filter(|one| one.scope == victim() && one.action() == Action::Replace);
        own.map(|one| one.kind()).collect()
    };
    for kind in [KindName::Vpc, KindName::TransitGatewayAttachment, KindName::TransitGatewayAssociation] {
        assert!(replaced.contains(&kind), "{kind:?} in {replaced:?}");
    }
    world.rollback = true;
    world.fault(Kind::Denied, None, "CreateTransitGatewayVpcAttachment", 1, 1);
    let done = of(&world.apply(&[victim()]), &victim());
    assert_eq!(done.outcome, ScopeOutcome::RolledBack, "{done:?}");
    assert_eq!(done.unverified, None);
    world.files = former;
    world.evidence = Evidence::default();
    assert_same(&world.end_state(), &before);
}

#[test]
fn a_rollback_that_cannot_look_again_says_that_it_is_not_known_what_is_left() {
    let mut world = World::small_hub(SEED);
    world.rollback = true;
    world.fault(Kind::Denied, None, "CreateTransitGatewayVpcAttachment", 1, 1);
    // The plan, the look after the run and the one before the undoing are the first three.
    let reads = {
        let mut calm = world.copy();
        let before = calm.exchanges().len();
        calm.rollback = false;
        calm.fault(Kind::Denied, None, "CreateTransitGatewayVpcAttachment", 1, 1);
        assert_eq!(of(&calm.apply(&[victim()]), &victim()).outcome, ScopeOutcome::Failed);
        calm.exchanges().split_off(before).iter().filter(|one| one.action == "ListRoots").count() as u64
    };
    world.fault(Kind::Denied, None, "ListRoots", reads + 2, u64::MAX);
    let done = of(&world.apply(&[victim()]), &victim());
    let unverified = done.unverified.clone().expect("it is not known what is left");
    assert!(unverified.contains("not known what is left") && unverified.contains("ListRoots"), "{done:?}");
}

#[test]
fn what_a_rollback_cannot_see_is_neither_undone_nor_made_again() {
    let mut world = World::small_hub(SEED);
    world.fault(Kind::Denied, None, "CreateTransitGatewayVpcAttachment", 1, 1);
    assert_eq!(of(&world.apply(&[victim()]), &victim()).outcome, ScopeOutcome::Failed);
    calm(&mut world);
    let account = world.account(VICTIM);
    world.fault(Kind::Denied, Some(&account), "DescribeRouteTables", 1, u64::MAX);
    let before = world.exchanges().len();
    let done = of(&world.undo(&[victim()]), &victim());
    assert_eq!(done.outcome, ScopeOutcome::Failed, "{done:?}");
    let error = done.error().expect("a reason");
    assert!(error.contains("may be left") && error.contains("DescribeRouteTables"), "{error}");
    let sent = changes(&world, before);
    assert!(!sent.iter().any(|action| action == "DeleteRouteTable" || action.starts_with("Create")), "{sent:?}");
    calm(&mut world);
    assert_eq!(of(&world.undo(&[victim()]), &victim()).outcome, ScopeOutcome::RolledBack);
}

#[test]
fn a_workload_that_was_and_is_not_is_gone_and_not_never_built() {
    let mut world = World::small_hub(SEED);
    let hub_only = world.sweep();
    assert!(hub_only.unbuilt.contains(&victim()), "{:?}", told(&hub_only));
    let vpc = Address::parse("payments-prod/container/vpc").expect("an address");
    world.evidence.pinned.insert(vpc, "vpc-0123456789abcdef0".to_owned());
    let swept = world.sweep();
    assert!(!swept.unbuilt.contains(&victim()) && swept.unbuilt.contains(&Scope::Workload(label("payments-dev"))));
    let gone = swept.sweep.findings.iter().find(|one| one.scope == Some(victim())).expect("a finding");
    assert_eq!((gone.class, gone.severity), (Class::Missing, Severity::Critical));
    assert!(gone.sentence.contains("was built and is gone"), "{}", gone.sentence);
    let before = hub_only.sweep.findings.iter().find(|one| one.scope == Some(victim())).expect("a finding");
    assert_ne!(before.id, gone.id, "who lives with the one does not live with the other");
}

#[test]
fn parts_of_an_unread_account_are_judged_by_what_the_hub_shows() {
    let scene = Scene::new();
    let mut world = scene.copy();
    let account = world.account(VICTIM);
    world.twin.with_world(|aws| {
        let trusted = vec!["999999999999".to_owned()];
        let role = Role::trusting(aws.seed, &account, "OrganizationAccountAccessRole", trusted, aws.now);
        aws.sts.add_role(&account, "OrganizationAccountAccessRole", role);
    });
    assert_eq!(told(&world.sweep()), ["high unreachable payments-prod"]);
    let attachment = scene.id("payments-prod/container/attachment");
    let table = scene.id("networking/transit-gateway/tables/spokes-prod/self");
    let hub = world.account(HUB);
    world.by_hand(&hub, async |by: Console| {
        let gone = by.ec2.disassociate_transit_gateway_route_table().transit_gateway_route_table_id(&table);
        gone.transit_gateway_attachment_id(&attachment).send().await.expect("done");
    });
    let swept = world.sweep();
    let of_hub: Vec<&str> = swept
        .sweep
        .findings
        .iter()
        .filter(|one| one.kind == Some(KindName::TransitGatewayAssociation))
        .map(|one| one.sentence.as_str())
        .collect();
    let [sentence] = of_hub.as_slice() else { panic!("{:#?}", told(&swept)) };
    assert!(sentence.contains("is missing, as the hub shows it"), "{sentence}");
}

#[test]
fn an_unread_hub_is_told_whatever_accounts_a_sweep_is_about() {
    let scene = Scene::new();
    let mut world = scene.copy();
    let hub = world.account(HUB);
    world.fault(Kind::Denied, Some(&hub), "DescribeTransitGateways", 1, u64::MAX);
    let swept = world.sweep_of(&[Owner::Account(label(VICTIM))]);
    let unread = swept.sweep.findings.iter().filter(|one| one.class == Class::Unreachable);
    let owners: BTreeSet<String> = unread.map(|one| one.owner.to_string()).collect();
    assert_eq!(owners, BTreeSet::from([HUB.to_owned()]), "{:#?}", told(&swept));
}
