//! Accounts that refuse, are refused, or are there already.

use lz::apply::{Outcome, ScopeOutcome};
use lz::kinds::{KindName, Scope};
use lz::plan::{Action, Selection};
use lz::twin::faults::Kind;
use lz::twin::sts::Role;

use super::world::{Done, World, label};

fn workload(name: &str) -> Scope {
    Scope::Workload(label(name))
}

/// The one scope that failed, with its error; all others were applied.
fn only_failure(done: &Done) -> (Scope, String) {
    assert_eq!(done.report.outcome, Outcome::Partial, "{:?}", done.errors());
    let failed: Vec<_> = done.report.scopes.iter().filter(|one| one.outcome != ScopeOutcome::Applied).collect();
    let [failed] = failed.as_slice() else { panic!("{:?}", done.errors()) };
    (failed.scope.clone(), failed.error().expect("a reason"))
}

#[test]
fn a_workload_that_is_refused_fails_alone() {
    let mut world = World::new(1);
    world.bootstrap();
    world.fault(Kind::Denied, None, "CreateVpc", 1, 1);
    world.expected.insert("UnauthorizedOperation");
    let alone = world.apply(&[workload("payments-dev")]);
    assert_eq!(alone.report.outcome, Outcome::Failed);
    let account = world.account("payments-dev");
    world.fault(Kind::Denied, Some(&account), "CreateSubnet", 1, 1000);
    let (scope, error) = only_failure(&world.onboard_all());
    assert_eq!(scope, workload("payments-dev"));
    assert!(error.contains("CreateSubnet") && error.contains("UnauthorizedOperation"), "{error}");
    assert!(error.contains(&account), "{error}");

    world.twin.with_world(|aws| aws.faults.rules.clear());
    world.build();
    world.check();
}

#[test]
fn a_workload_without_a_hub_is_not_begun() {
    let mut world = World::new(1);
    let plan = world.plan();
    let missing = plan.missing_for(&Selection::Scopes(world.workloads().into_iter().collect()));
    let kinds: Vec<KindName> = missing.values().map(|change| change.kind()).collect();
    assert!(
        kinds.contains(&KindName::Organization) && kinds.contains(&KindName::TransitGatewayRouteTable),
        "{kinds:?}"
    );
    assert!(world.exchanges().iter().all(|exchange| exchange.is_read() || exchange.action == "GetCallerIdentity"));
}

#[test]
fn lz_accepts_attachments_where_aws_does_not() {
    let mut world = World::new(2);
    world.set("transit_gateway.auto_accept_shared_attachments", "false").build();
    world.check();
    let accepted = world.exchanges();
    let accepted =
        accepted.iter().filter(|one| one.action == "AcceptTransitGatewayVpcAttachment" && one.error.is_none());
    assert_eq!(accepted.count(), 3);
}

#[test]
fn who_finds_no_room_in_the_organization_is_told_so() {
    let mut world = World::new(3);
    world.twin.with_world(|aws| aws.quotas.insert("accounts-per-organization".to_owned(), 4));
    world.expected.insert("ConstraintViolationException");
    world.bootstrap();
    let (_, error) = only_failure(&world.onboard_all());
    assert!(error.contains("You have exceeded the allowed number of AWS accounts"), "{error}");
    world.twin.with_world(|aws| aws.quotas.insert("accounts-per-organization".to_owned(), 20));
    world.build();
    world.check();
}

#[test]
fn an_email_address_of_somebody_else_fails_as_soon_as_aws_says_so() {
    let mut world = World::new(4);
    world.bootstrap();
    let email = "aws+payments-dev@example.com";
    world.twin.with_world(|aws| aws.add_account("Elsewhere", email, aws.now));
    let before = world.exchanges().len();
    let done = world.onboard_all();
    let (scope, error) = only_failure(&done);
    assert_eq!(scope, workload("payments-dev"));
    assert!(error.contains("EMAIL_ALREADY_EXISTS"), "{error}");
    let asked = world.exchanges().split_off(before);
    let creations = asked.iter().filter(|one| one.action == "CreateAccount").count();
    assert_eq!(creations, 3, "nothing is asked for again in vain");

    world.edit("accounts/payments-dev.toml", email, "aws+payments-dev-2@example.com");
    world.build();
    world.check();
}

/// An account of the organization that somebody made before, with a role of this name.
fn account_before(world: &World, email: &str, role: &str, external_id: Option<&str>) -> String {
    let management = world.twin.management_credentials().account;
    let account = world.by_hand(&management, async |console| {
        let answer = console.organizations.create_account().email(email).account_name("Before").role_name(role).send();
        let request = answer.await.expect("a request").create_account_status.and_then(|status| status.id);
        console.clock.sleep(std::time::Duration::from_secs(1800)).await;
        let status = console.organizations.describe_create_account_status();
        let status = status.create_account_request_id(request.expect("an id")).send().await.expect("a status");
        status.create_account_status.and_then(|status| status.account_id).expect("an account")
    });
    world.twin.with_world(|aws| {
        let external_id = external_id.map(str::to_owned);
        let role_there = Role { external_id, ..Role::trusting(aws.seed, &account, role, vec![management], aws.now) };
        aws.sts.add_role(&account, role, role_there);
    });
    account
}

#[test]
fn what_an_organization_has_already_is_adopted() {
    let mut world = World::new(5);
    let management = world.twin.management_credentials().account;
    let unit = world.by_hand(&management, async |console| {
        console.organizations.create_organization().send().await.expect("an organization");
        let roots = console.organizations.list_roots().send().await.expect("roots").roots.unwrap_or_default();
        let root = roots.into_iter().next().and_then(|root| root.id).expect("a root");
        let create = console.organizations.create_organizational_unit().parent_id(root).name("Workloads");
        let unit = create.send().await.expect("a unit").organizational_unit.and_then(|unit| unit.id);
        console.clock.sleep(std::time::Duration::from_secs(3600)).await;
        unit.expect("an id")
    });
    let account = account_before(&world, "AWS+payments-prod@example.com", "OrganizationAccountAccessRole", None);
    let vpc = world.by_hand(&account, async |console| {
        let vpc = console.ec2.create_vpc().cidr_block("10.200.0.0/16").send().await.expect("a VPC");
        vpc.vpc.and_then(|vpc| vpc.vpc_id).expect("an id")
    });
    world.foreign.insert(vpc);
    let plan = world.plan();
    let action = |address: &str| {
        let mut changes = plan.changes.iter();
        changes.find(|(other, _)| other.as_str() == address).map(|(_, change)| change.action())
    };
    assert_eq!(action("organization/self"), None);
    assert_eq!(action("organization/units/workloads/self"), Some(Action::Update));
    assert_eq!(action("organization/accounts/payments-prod"), Some(Action::Update), "{plan:#?}");
    world.build();
    let plan = world.check();
    let id =
        |address: &str| plan.unchanged.iter().find(|(other, _)| other.as_str() == address).map(|(_, id)| id.clone());
    assert_eq!(id("organization/units/workloads/self"), Some(unit));
    assert_eq!(id("organization/accounts/payments-prod"), Some(account));
}

#[test]
fn a_role_is_assumed_with_the_external_id_that_it_asks_for() {
    let (email, role, id) = ("aws+payments-prod@example.com", "Access", "acme-landing-zone");
    let mut world = World::new(6);
    world.set("organization.role", role).set("organization.external_id", id);
    world.bootstrap();
    account_before(&world, email, role, Some(id));
    world.build();
    world.check();

    let mut world = World::new(6);
    world.set("organization.role", role);
    world.bootstrap();
    let account = account_before(&world, email, role, Some(id));
    let (scope, error) = only_failure(&world.onboard_all());
    assert_eq!(scope, workload("payments-prod"));
    assert!(error.contains("AssumeRole") && error.contains("AccessDenied"), "{error}");
    assert!(error.contains(&format!("arn:aws:iam::{account}:role/{role}")), "{error}");
}
