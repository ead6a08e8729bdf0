//! Stacks: a template of a user's own in two accounts, from the files to its removal.

use super::{Place, assert_text};

const TEMPLATE: &str = include_str!("../../stacks/worker/worker.yaml");
const QUEUE: &str = include_str!("../../stacks/worker/aws-sqs-queue.json");

/// The starter zone with a stack in two of its workloads.
fn with_stacks() -> Place {
    let place = Place::with_zone();
    std::fs::create_dir_all(place.path("blueprints/schemas")).unwrap();
    place.write("blueprints/worker.yaml", TEMPLATE);
    place.write("blueprints/schemas/aws-sqs-queue.json", QUEUE);
    for account in ["payments-prod", "orders-prod"] {
        let file = format!("accounts/{account}.toml");
        let text = place.read(&file);
        place.write(
            &file,
            &format!("{text}\n[stacks.worker]\ntemplate = \"worker\"\nparameters = {{ MaxReceiveCount = 3 }}\n"),
        );
    }
    place
}

#[test]
fn every_fault_of_a_template_is_told_at_its_line() {
    let place = with_stacks();
    place.lz(["validate"]).done();
    place.edit("blueprints/worker.yaml", "VisibilityTimeout: 60", "VisibilityTimeut: 60");
    place.edit("blueprints/worker.yaml", "!GetAtt DeadLetterQueue.Arn", "!GetAtt DeadLeterQueue.Arn");
    place.edit("blueprints/worker.yaml", "Service: ecs-tasks.amazonaws.com", "Service: !ImportValue principal");
    place.edit("accounts/orders-prod.toml", "MaxReceiveCount = 3", "MaxReceiveCount = 0, Retentoin = 1");
    let ran = place.lz(["validate"]);
    assert_eq!(ran.status, Some(3), "{}{}", ran.stdout, ran.stderr);
    assert_text!("stacks-invalid", ran.stderr);
}

#[test]
fn a_template_of_a_users_own_lives_in_two_accounts() {
    let place = with_stacks();
    place.lz(["--twin", "bootstrap", "--yes"]).done();
    let plan = || place.lz(["--twin", "plan", "--scope", "payments-prod"]).stdout;
    let of_stacks = |text: String| text.lines().filter(|line| line.contains("AWS::")).collect::<Vec<_>>().join("\n");
    assert_text!("stacks-plan", of_stacks(plan()));
    place.lz(["--twin", "onboard-workload", "payments-prod", "orders-prod", "--yes"]).done();
    assert!(plan().contains("No changes"), "{}", plan());
    let swept = || place.lz(["--twin", "sweep", "--account", "payments-prod", "orders-prod"]);
    swept().done();
    // A parameter changes a property where it is.
    place.edit("accounts/payments-prod.toml", "MaxReceiveCount = 3", "MaxReceiveCount = 7");
    assert_text!("stacks-update", plan());
    place.lz(["--twin", "onboard-workload", "payments-prod", "--yes"]).done();
    swept().done();
    // What holds data goes only where removals are allowed.
    let template = place.read("blueprints/worker.yaml");
    let (first, rest) = template.split_once("  DeadLetterQueue:\n").unwrap();
    let (_, rest) = rest.split_once("  Queue:\n").unwrap();
    place.write("blueprints/worker.yaml", &format!("{first}  Queue:\n{rest}"));
    place.edit("blueprints/worker.yaml", "      RedrivePolicy:\n        deadLetterTargetArn: !GetAtt DeadLetterQueue.Arn\n        maxReceiveCount: !Ref MaxReceiveCount\n", "      DelaySeconds: !Ref MaxReceiveCount\n");
    place.edit("blueprints/worker.yaml", "  Retention:\n    Type: Number\n    Default: 1209600\n", "");
    assert_text!("stacks-removal", plan());
    place.lz(["--twin", "onboard-workload", "payments-prod", "orders-prod", "--yes", "--allow-removals"]).done();
    swept().done();
}
