//! The rules of Cloud Control, seen from outside.

use serde_json::{Value, json};

use super::examples::{Bench, one_of_every_type};
use super::schemas;
use crate::twin::faults::{Kind, ResourceFault, ResourceOutcome, Rule};
use crate::twin::front::Twin;

const FIXTURES: &[&str] = &[
    include_str!("fixtures/aws-apigateway-deployment.json"),
    include_str!("fixtures/aws-apigateway-restapi.json"),
    include_str!("fixtures/aws-ecr-repository.json"),
    include_str!("fixtures/aws-elasticloadbalancingv2-listener.json"),
    include_str!("fixtures/aws-elasticloadbalancingv2-loadbalancer.json"),
    include_str!("fixtures/aws-elasticloadbalancingv2-targetgroup.json"),
    include_str!("fixtures/aws-iam-role.json"),
    include_str!("fixtures/aws-iam-rolepolicy.json"),
    include_str!("fixtures/aws-logs-loggroup.json"),
    include_str!("fixtures/aws-rds-dbsubnetgroup.json"),
    include_str!("fixtures/aws-s3-bucket.json"),
    include_str!("fixtures/aws-secretsmanager-secret.json"),
    include_str!("fixtures/aws-sqs-queue.json"),
];

const QUEUE: &str = "AWS::SQS::Queue";
const BUCKET: &str = "AWS::S3::Bucket";
const GROUP: &str = "AWS::Logs::LogGroup";
const REPOSITORY: &str = "AWS::ECR::Repository";
const BALANCER: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";
const LISTENER: &str = "AWS::ElasticLoadBalancingV2::Listener";
const TARGETS: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";

/// A bench with the types of the fixtures.
pub(crate) fn bench() -> Bench {
    let twin = Twin::new(1);
    twin.add_schemas(FIXTURES.iter().copied()).expect("schemas");
    Bench::of(&twin)
}

fn create(type_name: &str, document: &Value) -> Value {
    json!({"TypeName": type_name, "DesiredState": document.to_string()})
}

fn code<T: std::fmt::Debug>(result: Result<T, (String, String)>) -> String {
    result.expect_err("a refusal").0
}

#[test]
fn a_request_is_pending_then_in_progress_then_a_success_and_the_resource_is_seen_later() {
    let mut bench = bench();
    let first = bench.ask("CreateResource", create(QUEUE, &json!({"QueueName": "jobs"}))).unwrap();
    assert_eq!((&first["OperationStatus"], &first["Operation"]), (&json!("IN_PROGRESS"), &json!("CREATE")));
    assert_eq!(first["Identifier"], Value::Null, "AWS makes it up, so that it is not known yet");
    let token = &first["RequestToken"];
    assert_eq!(bench.event(token)["OperationStatus"], "PENDING");
    bench.client.now = bench.client.now.after(3_001);
    let running = bench.event(token);
    let mut seen = vec![running["OperationStatus"].clone()];
    assert!(running["RetryAfter"].as_f64().is_none_or(|at| at > bench.client.now.epoch_seconds()));
    let mut not_found = 0;
    for _ in 0..300 {
        bench.client.now = bench.client.now.after(1_000);
        let event = bench.event(token);
        seen.push(event["OperationStatus"].clone());
        if event["OperationStatus"] == "SUCCESS" {
            let url = event["Identifier"].as_str().unwrap().to_owned();
            not_found += usize::from(bench.read(QUEUE, &url).is_err());
            assert!(event["ResourceModel"].as_str().unwrap().contains("QueueUrl"));
        }
    }
    seen.dedup();
    assert_eq!(seen.last(), Some(&json!("SUCCESS")), "{seen:?}");
    assert!(not_found > 0, "right after the success a read may find nothing");
    let url = bench.event(token)["Identifier"].as_str().unwrap().to_owned();
    assert_eq!(bench.read(QUEUE, &url).unwrap()["QueueName"], "jobs");
    let bucket = bench.ask("CreateResource", create(BUCKET, &json!({"BucketName": "named-bucket"}))).unwrap();
    assert_eq!(bucket["Identifier"], "named-bucket", "the caller has named it");
    bench.client.wait(8 * 24 * 3600);
    bench.make(QUEUE, &json!({"QueueName": "later"}));
    let gone = bench.client.cloud_control("GetResourceRequestStatus", &json!({"RequestToken": token}));
    assert_eq!(code(gone), "RequestTokenNotFoundException");
}

#[test]
fn documents_are_held_to_their_schema() {
    let mut bench = bench();
    let mut refused =
        |type_name: &str, document: Value| code(bench.ask("CreateResource", create(type_name, &document)));
    assert_eq!(refused(QUEUE, json!({"Colour": "red"})), "ValidationException");
    assert_eq!(refused(QUEUE, json!({"DelaySeconds": "5"})), "ValidationException", "no text is a number");
    assert_eq!(refused(QUEUE, json!({"Tags": [{"Key": "a"}]})), "ValidationException");
    assert_eq!(refused(QUEUE, json!({"Arn": "arn:aws:sqs:a"})), "InvalidRequestException");
    assert_eq!(refused(QUEUE, json!({"Tags": [{"Key": "aws:a", "Value": "b"}]})), "InvalidRequestException");
    assert_eq!(refused(QUEUE, json!("a text")), "InvalidRequestException");
    assert_eq!(refused("AWS::SQS::Nothing", json!({})), "TypeNotFoundException");
    assert_eq!(refused("SQS::Queue", json!({})), "ValidationException");
    let (_, message) = bench.ask("CreateResource", create(QUEUE, &json!({"Colour": "red"}))).unwrap_err();
    assert_eq!(message, "Model validation failed (#: extraneous key [Colour] is not permitted)");
    let mut unknown = create(QUEUE, &json!({}));
    unknown["Colour"] = json!("red");
    assert_eq!(code(bench.ask("CreateResource", unknown)), "ValidationException");
}

#[test]
fn a_client_token_stands_for_one_request_for_36_hours() {
    let mut bench = bench();
    let with_token = |document: Value| {
        let mut request = create(QUEUE, &document);
        request["ClientToken"] = json!("token-1");
        request
    };
    let first = bench.ask("CreateResource", with_token(json!({"QueueName": "a"}))).unwrap();
    let again = bench.ask("CreateResource", with_token(json!({"QueueName": "a"}))).unwrap();
    assert_eq!(first["RequestToken"], again["RequestToken"]);
    let other = bench.ask("CreateResource", with_token(json!({"QueueName": "b"})));
    assert_eq!(code(other), "ClientTokenConflictException");
    bench.client.wait(37 * 3600);
    let event = bench.done("CreateResource", with_token(json!({"QueueName": "a"}))).unwrap();
    assert_ne!(first["RequestToken"], event["RequestToken"], "it is a new request");
    assert_eq!(event["ErrorCode"], "AlreadyExists");
}

#[test]
fn a_name_is_taken_once_and_the_event_names_the_other() {
    let mut bench = bench();
    let url = bench.make(QUEUE, &json!({"QueueName": "a"}));
    let event = bench.created(QUEUE, &json!({"QueueName": "a"}));
    assert_eq!((&event["OperationStatus"], &event["ErrorCode"]), (&json!("FAILED"), &json!("AlreadyExists")));
    assert_eq!(event["Identifier"], url.as_str(), "the identifier is somebody else's");
    bench.ask("CreateResource", create(QUEUE, &json!({"QueueName": "a"}))).unwrap();
    let patch = json!([{"op": "add", "path": "/DelaySeconds", "value": 1}]);
    let update = bench.updated(QUEUE, &url, &patch).unwrap();
    assert_eq!(update["OperationStatus"], "SUCCESS", "a creation that fails keeps nobody from the other");
    let (one, other) = (bench.make(QUEUE, &json!({})), bench.make(QUEUE, &json!({})));
    assert_ne!(one, other, "AWS makes up names");
}

#[test]
fn what_is_not_there_is_refused_in_the_words_that_were_seen() {
    let mut bench = bench();
    let (name, message) = bench.read(QUEUE, "https://nothing").unwrap_err();
    assert_eq!(name, "ResourceNotFoundException");
    let begin = "AWS::SQS::Queue Handler returned status FAILED: Resource of type 'AWS::SQS::Queue' with identifier \
                 'https://nothing' was not found. (HandlerErrorCode: NotFound, RequestToken: ";
    assert!(message.starts_with(begin), "{message}");
    assert_eq!(bench.deleted(QUEUE, "https://nothing")["ErrorCode"], "NotFound");
    let patch = json!([{"op": "add", "path": "/DelaySeconds", "value": 1}]);
    assert_eq!(code(bench.updated(QUEUE, "https://nothing", &patch)), "ResourceNotFoundException");
    let mut codes: Vec<String> = (0..20)
        .map(|_| {
            code(
                bench.client.wait(1).cloud_control("GetResource", &json!({"TypeName": GROUP, "Identifier": "nothing"})),
            )
        })
        .collect();
    codes.sort();
    codes.dedup();
    assert_eq!(codes, ["InvalidRequestException", "ResourceNotFoundException"], "log groups answer either");
}

#[test]
fn an_update_patches_what_is_read() {
    let mut bench = bench();
    let url = bench.make(QUEUE, &json!({"QueueName": "a", "DelaySeconds": 5}));
    let one = |operation: Value| json!([operation]);
    let change = bench.updated(QUEUE, &url, &one(json!({"op": "add", "path": "DelaySeconds", "value": 9}))).unwrap();
    assert_eq!(change["OperationStatus"], "SUCCESS");
    assert_eq!(bench.read(QUEUE, &url).unwrap()["DelaySeconds"], 9);
    let (name, message) =
        bench.updated(QUEUE, &url, &one(json!({"op": "add", "path": "/QueueName", "value": "b"}))).unwrap_err();
    assert_eq!(name, "NotUpdatableException");
    assert_eq!(message, "Invalid patch update: createOnlyProperties [/properties/QueueName] cannot be updated");
    let arn = bench.updated(QUEUE, &url, &one(json!({"op": "add", "path": "/Arn", "value": "b"})));
    assert_eq!(code(arn), "InvalidRequestException");
    let wrong = bench.updated(QUEUE, &url, &one(json!({"op": "add", "path": "/DelaySeconds", "value": 901})));
    assert_eq!(code(wrong), "ValidationException");
    bench
        .ask(
            "UpdateResource",
            json!({"TypeName": QUEUE, "Identifier": url, "PatchDocument":
        one(json!({"op": "add", "path": "/DelaySeconds", "value": 7})).to_string()}),
        )
        .unwrap();
    let second = bench.client.cloud_control("DeleteResource", &json!({"TypeName": QUEUE, "Identifier": url}));
    assert_eq!(code(second), "ConcurrentOperationException");
}

#[test]
fn what_cannot_be_read_is_not_read() {
    let mut bench = bench();
    let arn = bench.make("AWS::SecretsManager::Secret", &json!({"Name": "s", "SecretString": "x"}));
    assert_eq!(bench.read("AWS::SecretsManager::Secret", &arn).unwrap()["SecretString"], Value::Null);
    assert_eq!(bench.deleted("AWS::SecretsManager::Secret", &arn)["OperationStatus"], "SUCCESS");
    let again = bench.created("AWS::SecretsManager::Secret", &json!({"Name": "s", "SecretString": "x"}));
    assert_eq!(again["ErrorCode"], "InvalidRequest", "its name is taken while it can be restored");
    bench.client.wait(31 * 24 * 3600);
    bench.make("AWS::SecretsManager::Secret", &json!({"Name": "s", "SecretString": "x"}));
}

#[test]
fn a_log_group_is_the_same_in_both_services() {
    let mut bench = bench();
    bench.make(GROUP, &json!({"LogGroupName": "a", "RetentionInDays": 30, "Tags": [{"Key": "k", "Value": "v"}]}));
    let described = bench.client.logs("DescribeLogGroups", &json!({})).unwrap();
    assert_eq!(described["logGroups"][0]["retentionInDays"], 30);
    bench.client.wait(1).logs("PutRetentionPolicy", &json!({"logGroupName": "a", "retentionInDays": 7})).unwrap();
    let read = bench.read(GROUP, "a").unwrap();
    assert_eq!((&read["RetentionInDays"], &read["LogGroupClass"]), (&json!(7), &json!("STANDARD")));
    bench.client.wait(1).logs("CreateLogGroup", &json!({"logGroupName": "b"})).unwrap();
    assert_eq!(bench.created(GROUP, &json!({"LogGroupName": "b"}))["ErrorCode"], "AlreadyExists");
    assert_eq!(bench.deleted(GROUP, "a")["OperationStatus"], "SUCCESS");
    let described = bench.client.logs("DescribeLogGroups", &json!({})).unwrap();
    assert_eq!(described["logGroups"].as_array().unwrap().len(), 1);
}

/// A load balancer, a target group, and a listener between them.
fn balanced(bench: &mut Bench) -> (String, String, String) {
    let (subnets, group, vpc) = (bench.subnets.clone(), bench.group.clone(), bench.vpc.clone());
    let balancer = json!({"Name": "lb", "Type": "network", "Scheme": "internal", "SecurityGroups": [group],
        "SubnetMappings": [{"SubnetId": subnets[0], "PrivateIPv4Address": "10.0.0.10"}]});
    let balancer = bench.make(BALANCER, &balancer);
    let targets = json!({"Name": "tg", "Port": 80, "Protocol": "TCP", "TargetType": "ip", "VpcId": vpc});
    let targets = bench.make(TARGETS, &targets);
    let listener = json!({"LoadBalancerArn": balancer, "Port": 80, "Protocol": "TCP",
        "DefaultActions": [{"Type": "forward", "TargetGroupArn": targets}]});
    let listener = bench.make(LISTENER, &listener);
    (balancer, targets, listener)
}

#[test]
fn what_is_referred_to_must_be_there_and_stays() {
    let mut bench = bench();
    let (subnets, group, vpc) = (bench.subnets.clone(), bench.group.clone(), bench.vpc.clone());
    let one_zone = bench.created(BALANCER, &json!({"Name": "alb", "Scheme": "internal", "Subnets": [subnets[0]]}));
    assert_eq!(one_zone["ErrorCode"], "InvalidRequest");
    let unknown = bench.created(BALANCER, &json!({"Name": "alb", "Subnets": ["subnet-1", "subnet-2"]}));
    assert_eq!(unknown["StatusMessage"], "The subnet ID 'subnet-1' does not exist");
    let data = json!({"DBSubnetGroupDescription": "d", "DBSubnetGroupName": "Data", "SubnetIds": [subnets[0]]});
    let covered = bench.created("AWS::RDS::DBSubnetGroup", &data);
    assert!(covered["StatusMessage"].as_str().unwrap().contains("DBSubnetGroupDoesNotCoverEnoughAZs"));

    let (balancer, targets, listener) = balanced(&mut bench);
    let read = bench.read(TARGETS, &targets).unwrap();
    assert_eq!(read["LoadBalancerArns"], json!([balancer]));
    let refused = |reply: crate::twin::wire::Reply| (reply.status, crate::twin::testing::text(&reply.body, "Code"));
    let in_use = (400, "DependencyViolation".to_owned());
    let delete_subnet = [("Action", "DeleteSubnet"), ("SubnetId", subnets[0].as_str())];
    assert_eq!(refused(bench.client.form("ec2", &delete_subnet)), in_use);
    let delete_group = [("Action", "DeleteSecurityGroup"), ("GroupId", group.as_str())];
    assert_eq!(refused(bench.client.form("ec2", &delete_group)), in_use);
    let address =
        [("Action", "DescribeNetworkInterfaces"), ("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", vpc.as_str())];
    assert!(bench.client.form("ec2", &address).body.contains("10.0.0.10"));

    assert_eq!(bench.deleted(TARGETS, &targets)["ErrorCode"], "ResourceConflict");
    assert_eq!(bench.deleted(LISTENER, &listener)["OperationStatus"], "SUCCESS");
    assert_eq!(bench.deleted(TARGETS, &targets)["OperationStatus"], "SUCCESS");
    let protect = json!([{"op": "add", "path": "/LoadBalancerAttributes",
        "value": [{"Key": "deletion_protection.enabled", "Value": "true"}]}]);
    bench.updated(BALANCER, &balancer, &protect).unwrap();
    assert_eq!(bench.deleted(BALANCER, &balancer)["ErrorCode"], "InvalidRequest");
    let unprotect = json!([{"op": "add", "path": "/LoadBalancerAttributes",
        "value": [{"Key": "deletion_protection.enabled", "Value": "false"}]}]);
    bench.updated(BALANCER, &balancer, &unprotect).unwrap();
    assert_eq!(bench.deleted(BALANCER, &balancer)["OperationStatus"], "SUCCESS");
    assert_eq!(bench.client.form("ec2", &delete_subnet).status, 200);
}

#[test]
fn lists_of_children_need_their_parent_and_come_in_pages() {
    let mut bench = bench();
    let listed = bench.client.cloud_control("ListResources", &json!({"TypeName": LISTENER}));
    assert_eq!(code(listed), "InvalidRequestException");
    let (balancer, _, listener) = balanced(&mut bench);
    let model = json!({"LoadBalancerArn": balancer}).to_string();
    let listed =
        bench.client.cloud_control("ListResources", &json!({"TypeName": LISTENER, "ResourceModel": model})).unwrap();
    let found = &listed["ResourceDescriptions"];
    assert_eq!((&found[0]["Identifier"], found.as_array().unwrap().len()), (&json!(listener), 1));
    let (properties, only) = (found[0]["Properties"].as_str().unwrap(), json!({"ListenerArn": listener}));
    assert_eq!(serde_json::from_str::<Value>(properties).unwrap(), only, "a list tells no more than what identifies");
    for number in 0..25 {
        bench.make(QUEUE, &json!({"QueueName": format!("q{number}")}));
    }
    let first = bench.client.cloud_control("ListResources", &json!({"TypeName": QUEUE})).unwrap();
    assert_eq!(first["ResourceDescriptions"].as_array().unwrap().len(), 20);
    let next = json!({"TypeName": QUEUE, "NextToken": first["NextToken"]});
    let second = bench.client.cloud_control("ListResources", &next).unwrap();
    assert_eq!((second["ResourceDescriptions"].as_array().unwrap().len(), &second["NextToken"]), (5, &Value::Null));
    let requests = bench
        .client
        .cloud_control(
            "ListResourceRequests",
            &json!({"ResourceRequestStatusFilter":
        {"Operations": ["CREATE"], "OperationStatuses": ["SUCCESS"]}, "MaxResults": 100}),
        )
        .unwrap();
    assert_eq!(requests["ResourceRequestStatusSummaries"].as_array().unwrap().len(), 28);
    let wrong = json!({"ResourceRequestStatusFilter": {"Operations": ["READ"]}});
    assert_eq!(code(bench.client.cloud_control("ListResourceRequests", &wrong)), "ValidationException");
}

#[test]
fn faults_reach_what_was_taken() {
    let mut bench = bench();
    let fault = |code: &str, remnant| ResourceFault {
        account: None,
        operation: Some("CREATE".to_owned()),
        type_name: Some(QUEUE.to_owned()),
        outcome: ResourceOutcome::Fails { code: code.to_owned(), message: "Rate exceeded".to_owned(), remnant },
        from: 1,
        times: 1,
        seen: 0,
    };
    bench.client.twin.with_world(|world| world.faults.resources.push(fault("Throttling", false)));
    let event = bench.created(QUEUE, &json!({"QueueName": "a"}));
    assert_eq!((&event["ErrorCode"], &event["StatusMessage"]), (&json!("Throttling"), &json!("Rate exceeded")));
    bench.client.twin.with_world(|world| world.faults.resources = vec![fault("NotStabilized", true)]);
    let event = bench.created(QUEUE, &json!({"QueueName": "a"}));
    assert_eq!(event["ErrorCode"], "NotStabilized");
    let url = event["Identifier"].as_str().unwrap().to_owned();
    assert_eq!(bench.read(QUEUE, &url).unwrap()["QueueName"], "a", "it is there");
    assert_eq!(bench.created(QUEUE, &json!({"QueueName": "a"}))["ErrorCode"], "AlreadyExists");
    // A poll whose connection breaks says nothing of the request.
    let rule =
        |kind, action: &str| Rule { kind, account: None, action: Some(action.to_owned()), from: 1, times: 1, seen: 0 };
    bench.client.twin.with_world(|world| {
        world.faults.rules.push(rule(Kind::FailsLater("InternalFailure".to_owned()), "CreateResource"));
        world.faults.resources = vec![ResourceFault {
            outcome: ResourceOutcome::Stuck,
            type_name: Some(BUCKET.to_owned()),
            ..fault("", false)
        }];
    });
    assert_eq!(bench.created(QUEUE, &json!({"QueueName": "b"}))["ErrorCode"], "InternalFailure");
    let stuck = bench.created(BUCKET, &json!({"BucketName": "stuck-bucket"}));
    assert_eq!(stuck["OperationStatus"], "IN_PROGRESS");
    let cancelled = bench.ask("CancelResourceRequest", json!({"RequestToken": stuck["RequestToken"]})).unwrap();
    assert_eq!(cancelled["OperationStatus"], "CANCEL_IN_PROGRESS");
    bench.client.wait(61);
    assert_eq!(bench.event(&stuck["RequestToken"])["OperationStatus"], "CANCEL_COMPLETE");
}

#[test]
fn permissions_that_are_missing_fail_calls_and_handlers() {
    let mut bench = bench();
    let account = bench.client.twin.management_credentials().account;
    let deny = |bench: &Bench, permission: &str| {
        bench.client.twin.with_world(|world| world.cloud_control.deny(&account, permission));
    };
    deny(&bench, "sqs:TagQueue");
    assert_eq!(bench.created(QUEUE, &json!({}))["ErrorCode"], "AccessDenied");
    deny(&bench, "cloudformation:ListResources");
    let (name, message) = bench.client.cloud_control("ListResources", &json!({"TypeName": QUEUE})).unwrap_err();
    assert_eq!(name, "AccessDeniedException");
    assert!(
        message.contains(
            "is not authorized to perform: cloudformation:ListResources on resource: arn:aws:cloudformation:"
        )
    );
}

#[test]
fn services_behind_it_have_limits_of_their_own() {
    let mut bench = bench();
    let api = |name: &str| create("AWS::ApiGateway::RestApi", &json!({"Name": name}));
    let first = bench.client.cloud_control("CreateResource", &api("a")).unwrap()["ProgressEvent"].clone();
    let second = bench.client.cloud_control("CreateResource", &api("b")).unwrap()["ProgressEvent"].clone();
    bench.client.wait(120);
    assert_eq!(bench.event(&first["RequestToken"])["OperationStatus"], "SUCCESS");
    assert_eq!(bench.event(&second["RequestToken"])["ErrorCode"], "Throttling");
    let codes: Vec<String> = (0..12)
        .filter_map(|_| bench.client.cloud_control("CreateResource", &create(QUEUE, &json!({}))).err())
        .map(|error| error.0)
        .collect();
    assert_eq!(codes, ["ThrottlingException", "ThrottlingException"]);
}

#[test]
fn others_change_what_is_live() {
    let mut bench = bench();
    let account = bench.client.twin.management_credentials().account;
    let place = (account.as_str(), "eu-west-1");
    bench.make(REPOSITORY, &json!({"RepositoryName": "app"}));
    let read = bench.read(REPOSITORY, "app").unwrap();
    assert_eq!(read["EncryptionConfiguration"]["EncryptionType"], "AES256", "AWS has filled it in");
    let stack = "arn:aws:cloudformation:eu-west-1:1:stack/theirs/1";
    let foreign = bench.client.twin.with_world(|world| {
        world.set_live_property(place, REPOSITORY, "app", "ImageTagMutability", json!("MUTABLE")).unwrap();
        world.remove_live_property(place, REPOSITORY, "app", "EncryptionConfiguration").unwrap();
        world.set_live_contents(place, REPOSITORY, "app", 3).unwrap();
        assert!(world.set_live_property(place, REPOSITORY, "other", "A", json!(1)).is_err());
        world.add_foreign_resource(place, QUEUE, json!({"QueueName": "theirs"}), Some(stack)).unwrap()
    });
    let read = bench.read(REPOSITORY, "app").unwrap();
    assert_eq!((&read["ImageTagMutability"], &read["EncryptionConfiguration"]), (&json!("MUTABLE"), &Value::Null));
    let tags = bench.read(QUEUE, &foreign).unwrap()["Tags"].to_string();
    assert!(tags.contains("aws:cloudformation:stack-id") && tags.contains(stack), "{tags}");
    assert_eq!(bench.deleted(REPOSITORY, "app")["ErrorCode"], "InvalidRequest", "it holds images");
    let empty = json!([{"op": "add", "path": "/EmptyOnDelete", "value": true}]);
    bench.updated(REPOSITORY, "app", &empty).unwrap();
    assert_eq!(bench.deleted(REPOSITORY, "app")["OperationStatus"], "SUCCESS");
}

#[test]
fn a_role_is_read_with_the_policies_that_were_put_to_it() {
    let mut bench = bench();
    let document = json!({"Version": "2012-10-17", "Statement": []});
    let policy = json!({"RoleName": "r", "PolicyName": "p", "PolicyDocument": document});
    assert_eq!(bench.created("AWS::IAM::RolePolicy", &policy)["ErrorCode"], "NotFound");
    bench.make("AWS::IAM::Role", &json!({"RoleName": "r", "AssumeRolePolicyDocument": document}));
    assert_eq!(bench.make("AWS::IAM::RolePolicy", &policy), "p|r");
    let read = bench.read("AWS::IAM::Role", "r").unwrap();
    assert_eq!((&read["Policies"][0]["PolicyName"], &read["MaxSessionDuration"]), (&json!("p"), &json!(3600)));
    let elsewhere = bench.client.clone();
    bench.client.region = "us-east-1".to_owned();
    assert!(bench.read("AWS::IAM::Role", "r").is_ok(), "roles have no region");
    bench.client = elsewhere;
    let json_form = json!({"PolicyName": "p", "RoleName": "r"}).to_string();
    assert!(bench.read("AWS::IAM::RolePolicy", &json_form).is_ok());
    assert_eq!(code(bench.read("AWS::IAM::RolePolicy", "p")), "InvalidRequestException");
}

/// Where the twin comes with schemas, it can do with every type what its tables say.
#[test]
fn one_of_every_type_is_made_read_changed_and_deleted() {
    if schemas::embedded("AWS::ECS::Service").is_none() {
        return;
    }
    let wrong = one_of_every_type(&Twin::new(1));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Of types whose schemas others bring, such as queues, the tables know more than the twin can hold against a schema.
#[test]
fn what_is_filled_in_is_in_the_schemas() {
    let mut checked = 0;
    for (type_name, path) in super::defaults::places().chain(super::made_up::places()) {
        let Some(text) = schemas::embedded(type_name) else { continue };
        let schema = schemas::Schema::parse(&text).unwrap_or_else(|error| panic!("{type_name}: {error}"));
        let first = path.split('/').next().unwrap_or_default().trim_end_matches('?');
        assert!(schema.document["properties"].get(first).is_some(), "{type_name} has no {path}");
        checked += 1;
    }
    assert!(checked > 100, "{checked}");
}
