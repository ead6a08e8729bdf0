//! The rules that workloads have in the group that they share.

use lz::apply::{Outcome, ScopeOutcome};
use lz::kinds::{KindName, Scope};
use lz::plan::Strangers;
use lz::twin::faults::Kind;

use super::super::drift::lines;
use super::super::world::{World, label};
use super::Intruder;

const VICTIM: &str = "accounts/payments-prod.toml";
const SHARED: &str = "lz-acme-egress-workloads-prod-2000";
const RULES: &str = "networking/egress/firewall/workloads/payments-prod.container";

fn victim() -> Scope {
    Scope::Workload(label("payments-prod"))
}

#[test]
fn another_list_changes_the_workloads_own_rules_and_no_others() {
    let mut world = World::of_workloads(111, 3);
    world.build();
    let (own, others) = (world.rules_of("payments-prod"), world.rules_of("workload-02"));
    assert_eq!((own.len(), others.len()), (5, 5));

    world.edit(VICTIM, r#"domains = ["api.binance.com", ".example.com"]"#, r#"domains = ["api.example.org"]"#);
    assert_eq!(lines(&world.plan()), [format!("update {RULES} rules")]);
    let begun = world.exchanges().len();
    assert_eq!(world.apply(&[victim()]).errors(), Vec::<String>::new());
    let calls: Vec<String> = world.changes_since(begun).into_iter().map(|one| one.action).collect();
    assert_eq!(calls, ["UpdateRuleGroup"]);
    assert_eq!(world.rules_of("payments-prod").len(), 3);
    assert!(world.rules_of("payments-prod")[0].contains("api.example.org"));
    assert_eq!(world.rules_of("workload-02"), others);
    world.check();

    let list = world.files[VICTIM].split_once("[egress]").expect("a list").0.to_owned();
    world.write(VICTIM, list);
    let [deletion] = &lines(&world.plan())[..] else { panic!("one change") };
    assert!(deletion.starts_with("delete ") && deletion.ends_with("payments-prod.container"), "{deletion}");
    assert_eq!(world.apply(&[victim()]).errors(), Vec::<String>::new());
    assert_eq!((world.rules_of("payments-prod"), world.rules_of("workload-02")), (Vec::new(), others));
    world.check();
}

#[test]
fn twenty_workloads_at_once_lose_no_rules_and_nobody_elses() {
    let mut world = World::of_workloads(112, 20);
    assert_eq!(world.bootstrap().errors(), Vec::<String>::new());
    let networking = world.account("networking");
    let intruder = Intruder::new(&world.twin, &networking, SHARED);
    world.intruder = Some(intruder.clone());
    world.fault(Kind::AnswerLost, None, "UpdateRuleGroup", 4, 1);
    world.fault(Kind::ErrorAfter, None, "UpdateRuleGroup", 9, 1);
    world.fault(Kind::RequestLost, None, "UpdateRuleGroup", 14, 1);
    world.expected.insert("InternalServerError");
    assert_eq!(world.onboard_all().errors(), Vec::<String>::new());
    world.intruder = None;

    let stale = world.exchanges().iter().filter(|one| one.error.as_deref() == Some("InvalidTokenException")).count();
    let theirs = intruder.rules();
    assert!(theirs.len() >= 15 && stale >= theirs.len(), "{} writes by somebody else, {stale} refused", theirs.len());
    let there = &world.rule_groups()[SHARED];
    assert!(theirs.iter().all(|rule| there.contains(rule)), "{there:#?}");
    for workload in world.workloads() {
        let Scope::Workload(name) = workload else { panic!("a workload") };
        assert_eq!(world.rules_of(name.as_str()).len(), 5, "{name}");
    }
    let plan = world.check_built();
    let told: Vec<KindName> = plan.unmanaged.iter().map(|one| one.observed.spec.kind()).collect();
    assert_eq!(told, [KindName::FirewallWorkloadRules]);
}

#[test]
fn a_workload_that_is_rolled_back_leaves_no_rules() {
    let mut world = World::of_workloads(113, 4);
    world.bootstrap();
    world.rollback = true;
    let mut clean = world.copy();
    assert_eq!(clean.onboard_all().errors(), Vec::<String>::new());
    let account = clean.account("payments-prod");
    world.fault(Kind::Denied, Some(&account), "CreateTransitGatewayVpcAttachment", 1, u64::MAX);
    world.expected.insert("UnauthorizedOperation");

    let done = world.onboard_all();
    assert_eq!(done.report.outcome, Outcome::Partial);
    let failed = done.report.scopes.iter().find(|one| one.scope == victim()).expect("the scope");
    assert_eq!(failed.outcome, ScopeOutcome::RolledBack, "{:?}", failed.error());
    let written = world.exchanges().iter().filter(|one| one.request.contains("metadata:lz payments-prod.")).count();
    assert!(written > 0, "its rules were there before it was to be attached");
    assert_eq!(world.rules_of("payments-prod"), Vec::<String>::new());
    for other in ["workload-02", "workload-03", "workload-04"] {
        assert_eq!(world.rules_of(other), clean.rules_of(other));
        assert_eq!(world.rules_of(other).len(), 5);
    }
    world.twin.with_world(|aws| aws.faults.rules.clear());
    assert_eq!(world.onboard_all().errors(), Vec::<String>::new());
    world.check();
    assert_eq!(world.rule_groups(), clean.rule_groups());
}

#[test]
fn the_rules_of_a_workload_without_a_file_are_told_and_go_when_removals_are_allowed() {
    let mut world = World::of_workloads(114, 2);
    world.build();
    let others = world.rules_of("workload-02");
    world.files.remove(VICTIM);
    let plan = world.plan();
    assert!(plan.changes.is_empty(), "{:?}", lines(&plan));
    let told: Vec<KindName> = plan.unmanaged.iter().map(|one| one.observed.spec.kind()).collect();
    assert!(told.contains(&KindName::FirewallWorkloadRules), "{told:?}");
    assert_eq!(world.rules_of("payments-prod").len(), 5);

    world.strangers = Strangers::Removed;
    assert_eq!(world.bootstrap().errors(), Vec::<String>::new());
    assert_eq!(world.rules_of("payments-prod"), Vec::<String>::new());
    assert_eq!(world.rules_of("workload-02"), others);
}
