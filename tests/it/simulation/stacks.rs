//! Stacks: made once however a run ends, mended where somebody has changed them, taken back with their workload.

use std::collections::BTreeMap;

use lz::apply::{Outcome, ScopeOutcome};
use lz::kinds::{Scope, Spec};
use lz::operate::SweepRequest;
use lz::twin::faults::{Kind, ResourceFault, ResourceOutcome};
use serde_json::{Value, json};

use super::world::{Disturbance, World, label};

const SEED: u64 = 91;
const REGION: &str = "eu-west-1";
const TEMPLATE: &str = include_str!("../../stacks/worker/worker.yaml");
const QUEUE: &str = include_str!("../../stacks/worker/aws-sqs-queue.json");
const WORKLOAD: &str = "payments-prod";

/// A hub, and a workload whose file asks for a stack; the workload is not built.
fn with_stack() -> World {
    let mut world = World::small(SEED);
    world.write("blueprints/worker.yaml", TEMPLATE);
    world.write("blueprints/schemas/aws-sqs-queue.json", QUEUE);
    let account = world.files[&format!("accounts/{WORKLOAD}.toml")].clone();
    world.write(&format!("accounts/{WORKLOAD}.toml"), account + "\n[stacks.worker]\ntemplate = \"worker\"\n");
    world.twin.with_world(|aws| aws.cloud_control.add_schemas([QUEUE]).expect("a schema"));
    world.bootstrap();
    world
}

fn workload() -> Scope {
    Scope::Workload(label(WORKLOAD))
}

/// The identifiers of the stack resources that AWS has, by address.
fn identifiers(world: &mut World) -> BTreeMap<String, (String, String)> {
    let plan = world.plan();
    let ids = plan.unchanged.iter().filter_map(|(address, id)| {
        let (type_name, identifier) = id.split_once('|')?;
        Some((address.to_string(), (type_name.to_owned(), identifier.to_owned())))
    });
    ids.filter(|(address, _)| address.contains("/stacks/")).collect()
}

/// How many resources of a type are in an account, whoever made them.
fn count(world: &World, type_name: &str) -> usize {
    let account = world.account(WORKLOAD);
    world.twin.with_world(|aws| aws.live_resources(&account, REGION, type_name).len())
}

fn check_once(world: &mut World) {
    world.check();
    assert_eq!(identifiers(world).len(), 4);
    assert_eq!(["AWS::SQS::Queue", "AWS::S3::Bucket", "AWS::IAM::Role"].map(|one| count(world, one)), [2, 1, 1]);
}

#[test]
fn a_stack_is_made_once_wherever_its_run_dies() {
    let mut before = with_stack();
    // The account and its network are there: what is left is the stack.
    let file = format!("accounts/{WORKLOAD}.toml");
    let with = before.files[&file].clone();
    let without = with.split("\n[stacks").next().expect("a part").to_owned();
    before.write(&file, without);
    assert_eq!(before.onboard_all().errors(), Vec::<String>::new());
    before.write(&file, with);
    let mut clean = before.copy();
    let already = clean.changing();
    assert_eq!(clean.onboard_all().errors(), Vec::<String>::new());
    check_once(&mut clean);
    let calls = clean.changing() - already;
    assert!(calls >= 4, "{calls}");
    for call in 1..=calls {
        let mut world = before.copy();
        assert!(world.apply_disturbed(&[workload()], Disturbance::DiesAfterChange(call)).is_none());
        assert_eq!(world.onboard_all().errors(), Vec::<String>::new(), "died after change {call}");
        check_once(&mut world);
    }
}

#[test]
fn lost_answers_make_nothing_twice() {
    for kind in [Kind::AnswerLost, Kind::ErrorAfter, Kind::ErrorBefore, Kind::RequestLost, Kind::Throttled] {
        for call in 1..=4 {
            let mut world = with_stack();
            world.expected.insert("ServiceInternalErrorException");
            world.fault(kind.clone(), None, "CreateResource", call, 1);
            assert_eq!(world.onboard_all().errors(), Vec::<String>::new(), "{kind:?} of creation {call}");
            check_once(&mut world);
        }
    }
}

#[test]
fn a_request_that_fails_in_passing_is_made_again() {
    for code in ["Throttling", "ServiceInternalError", "NetworkFailure", "ResourceConflict"] {
        let mut world = with_stack();
        fail(&mut world, "AWS::S3::Bucket", code, false);
        assert_eq!(world.onboard_all().errors(), Vec::<String>::new(), "{code}");
        check_once(&mut world);
    }
}

#[test]
fn what_a_failed_request_has_left_is_taken_up() {
    let mut world = with_stack();
    fail(&mut world, "AWS::S3::Bucket", "NotStabilized", true);
    assert_eq!(world.onboard_all().errors(), Vec::<String>::new());
    check_once(&mut world);
}

/// Lets the first request for a type fail.
fn fail(world: &mut World, type_name: &str, code: &str, remnant: bool) {
    let fault = ResourceFault {
        account: None,
        operation: Some("CREATE".to_owned()),
        type_name: Some(type_name.to_owned()),
        outcome: ResourceOutcome::Fails { code: code.to_owned(), message: "as asked".to_owned(), remnant },
        from: 1,
        times: 1,
        seen: 0,
    };
    world.twin.with_world(|aws| aws.faults.resources.push(fault));
}

#[test]
fn a_stack_that_fails_is_taken_back_with_its_workload_alone() {
    let mut world = with_stack();
    world.rollback = true;
    fail(&mut world, "AWS::IAM::Role", "InvalidRequest", false);
    let done = world.onboard_all();
    assert_eq!(done.report.outcome, Outcome::Partial);
    let of_workload = done.report.scopes.iter().find(|one| one.scope == workload()).expect("the scope");
    assert_eq!(of_workload.outcome, ScopeOutcome::RolledBack, "{of_workload:?}");
    assert!(of_workload.error().is_some_and(|error| error.contains("InvalidRequest")), "{of_workload:?}");
    assert_eq!(["AWS::SQS::Queue", "AWS::S3::Bucket", "AWS::IAM::Role"].map(|one| count(&world, one)), [0, 0, 0]);
    world.check_unfinished();
    assert_eq!(world.onboard_all().errors(), Vec::<String>::new());
    check_once(&mut world);
}

#[test]
fn somebody_elses_resource_of_the_same_name_is_left_alone() {
    let mut world = with_stack();
    let named = TEMPLATE.replace(
        "  Results:\n    Type: AWS::S3::Bucket\n    Properties:\n",
        "  Results:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: acme-results\n",
    );
    world.write("blueprints/worker.yaml", named);
    let without = world.files[&format!("accounts/{WORKLOAD}.toml")].clone();
    world.write(&format!("accounts/{WORKLOAD}.toml"), without.split("\n[stacks").next().expect("a part"));
    assert_eq!(world.onboard_all().errors(), Vec::<String>::new());
    world.write(&format!("accounts/{WORKLOAD}.toml"), without);
    let account = world.account(WORKLOAD);
    let theirs = json!({ "BucketName": "acme-results" });
    world.twin.with_world(|aws| {
        aws.add_foreign_resource((&account, REGION), "AWS::S3::Bucket", theirs, None).expect("added");
    });
    let model = |world: &World| {
        world.twin.with_world(|aws| aws.live_resource(&account, REGION, "AWS::S3::Bucket", "acme-results"))
    };
    let before = model(&world);
    let done = world.onboard_all();
    assert!(!done.errors().is_empty());
    assert_eq!(model(&world), before);
    assert!(before.is_some());
}

/// Every property that the template declares, changed by hand: it is told, mended, and everything is as asked for again.
#[test]
fn what_somebody_has_changed_is_told_and_mended() {
    let mut world = with_stack();
    assert_eq!(world.onboard_all().errors(), Vec::<String>::new());
    let account = world.account(WORKLOAD);
    let cases: [(&str, &str, Value); 8] = [
        ("queue", "VisibilityTimeout", json!(30)),
        ("queue", "RedrivePolicy/maxReceiveCount", json!(1000)),
        ("queue", "SqsManagedSseEnabled", json!(false)),
        ("deadletterqueue", "MessageRetentionPeriod", json!(60)),
        ("results", "PublicAccessBlockConfiguration/BlockPublicAcls", json!(false)),
        ("workerrole", "Description", json!("theirs")),
        ("workerrole", "AssumeRolePolicyDocument/Statement/0/Principal/Service", json!("ec2.amazonaws.com")),
        ("workerrole", "Policies/0/PolicyDocument/Statement/0/Action", json!(["sqs:*"])),
    ];
    let identifiers = identifiers(&mut world);
    for (name, path, value) in cases {
        let mut world = world.copy();
        let address = format!("{WORKLOAD}/stacks/worker/{name}");
        let (type_name, identifier) = identifiers[&address].clone();
        world.twin.with_world(|aws| {
            aws.set_live_property((&account, REGION), &type_name, &identifier, path, value).expect("changed");
        });
        let swept = world.try_sweep(&SweepRequest { only: &[], authors: false }).expect("a sweep");
        let found: Vec<String> = swept.sweep.findings.iter().map(|one| one.sentence.clone()).collect();
        let property = path.split('/').next().expect("a name");
        assert!(
            matches!(found.as_slice(), [only] if only.contains(&address) && only.contains(property)),
            "{path}: {found:?}"
        );
        assert_eq!(world.repair().errors(), Vec::<String>::new(), "{path}");
        check_once(&mut world);
    }
}

#[test]
fn what_somebody_has_deleted_is_made_again() {
    let mut world = with_stack();
    assert_eq!(world.onboard_all().errors(), Vec::<String>::new());
    let account = world.account(WORKLOAD);
    for (address, (type_name, identifier)) in identifiers(&mut world) {
        let mut world = world.copy();
        world.twin.with_world(|aws| {
            aws.remove_live_resource((&account, REGION), &type_name, &identifier).expect("removed");
        });
        assert!(world.plan().changes.keys().any(|one| one.as_str() == address));
        assert_eq!(world.repair().errors(), Vec::<String>::new(), "{address}");
        check_once(&mut world);
    }
}

/// The hub is built first; what of it is for a workload is of that workload's scope, and refers to its outputs.
#[test]
fn a_stack_of_the_hubs_account_comes_and_goes_with_its_workload() {
    let mut world = with_stack();
    let parameter = "Parameters:\n  Arn: { Type: String }\nResources:\n  Known:\n    Type: AWS::SSM::Parameter\n    \
                     Properties: { Type: String, Description: !Ref Arn, Value: x }\n";
    world.write("blueprints/edge.yaml", parameter);
    let hub = world.files["accounts/networking.toml"].clone();
    let stack = format!(
        "\n[stacks.edge]\ntemplate = \"edge\"\nworkload = \"{WORKLOAD}\"\nparameters = {{ Arn = \"stack:{WORKLOAD}/worker.QueueArn\" }}\n"
    );
    world.write("accounts/networking.toml", hub + &stack);
    let (_, desired) = world.load();
    let of_edge = desired.iter().find(|(address, _)| address.as_str().ends_with("/stacks/edge/known")).expect("it");
    assert_eq!(of_edge.1.scope, workload());
    assert!(matches!(of_edge.1.spec, Spec::StackResource(_)));
    assert_eq!(world.bootstrap().report.outcome, Outcome::Unchanged);
    world.rollback = true;
    let mut failing = world.copy();
    fail(&mut failing, "AWS::SSM::Parameter", "InvalidRequest", false);
    assert_eq!(failing.onboard_all().report.outcome, Outcome::Partial);
    assert_eq!(count(&failing, "AWS::SQS::Queue"), 0);
    assert_eq!(failing.bootstrap().report.outcome, Outcome::Unchanged);
    assert_eq!(world.onboard_all().errors(), Vec::<String>::new());
    world.check();
}

/// An account for tools: it is made, moved, tagged and swept, and has a stack, without a VPC.
#[test]
fn an_account_needs_no_network() {
    let mut world = with_stack();
    let tools = "email = \"aws+tools@acme.io\"\nunit = \"Workloads/Prod\"\n\n[stacks.worker]\ntemplate = \"worker\"\n";
    world.write("accounts/tools.toml", tools);
    assert_eq!(world.onboard_all().errors(), Vec::<String>::new());
    world.check();
    let account = world.account("tools");
    assert_eq!(world.twin.with_world(|aws| aws.live_resources(&account, REGION, "AWS::SQS::Queue").len()), 2);
}

/// What a CloudFormation stack has made is that stack's, even where lz has pinned it.
#[test]
fn what_cloudformation_has_taken_over_is_not_touched() {
    let mut world = with_stack();
    assert_eq!(world.onboard_all().errors(), Vec::<String>::new());
    let account = world.account(WORKLOAD);
    let address = format!("{WORKLOAD}/stacks/worker/results");
    let (type_name, identifier) = identifiers(&mut world)[&address].clone();
    let (model, _) =
        world.twin.with_world(|aws| aws.live_resource(&account, REGION, &type_name, &identifier)).expect("a bucket");
    let mut tags = model["Tags"].as_array().cloned().expect("tags");
    tags.push(json!({ "Key": "aws:cloudformation:stack-id", "Value": "arn:aws:cloudformation:eu-west-1:1:stack/x/y" }));
    world.twin.with_world(|aws| {
        let place = (account.as_str(), REGION);
        aws.set_live_property(place, &type_name, &identifier, "Tags", tags.into()).expect("changed");
        let access = json!({ "BlockPublicAcls": false });
        let property = "PublicAccessBlockConfiguration";
        aws.set_live_property(place, &type_name, &identifier, property, access).expect("changed");
    });
    let plan = world.plan();
    assert!(plan.problems.iter().any(|problem| problem.message.contains("CloudFormation")), "{:?}", plan.problems);
    let before = world.twin.with_world(|aws| aws.live_resource(&account, REGION, &type_name, &identifier));
    assert!(!world.onboard_all().errors().is_empty());
    world.repair();
    let after = world.twin.with_world(|aws| aws.live_resource(&account, REGION, &type_name, &identifier));
    assert_eq!(after, before);
}
