//! The rules of the tagging API, seen from outside.

use serde_json::{Value, json};

use crate::twin::cloudcontrol::examples::Bench;
use crate::twin::cloudcontrol::tests::bench;

const QUEUE: &str = "AWS::SQS::Queue";

fn arns(bench: &mut Bench, request: &Value) -> Vec<String> {
    let answer = bench.client.wait(1).tagging("GetResources", request).unwrap();
    let list = answer["ResourceTagMappingList"].as_array().unwrap();
    list.iter().map(|one| one["ResourceARN"].as_str().unwrap().to_owned()).collect()
}

fn tagged(name: &str, value: &str) -> Value {
    json!({"QueueName": name, "Tags": [{"Key": "owner", "Value": value}]})
}

#[test]
fn resources_are_found_by_tags_some_time_after_they_have_them() {
    let mut bench = bench();
    let request = json!({"TypeName": QUEUE, "DesiredState": tagged("a", "lz").to_string()});
    let token = bench.ask("CreateResource", request).unwrap()["RequestToken"].clone();
    let mut lagged = false;
    for _ in 0..300 {
        let seen = arns(&mut bench, &json!({}));
        lagged |= bench.event(&token)["OperationStatus"] == "SUCCESS" && seen.is_empty();
    }
    assert!(lagged);
    bench.make(QUEUE, &tagged("b", "other"));
    bench.make(QUEUE, &json!({"QueueName": "c"}));
    assert_eq!(arns(&mut bench, &json!({})).len(), 2, "what has no tags is not told");
    let filter = json!({"TagFilters": [{"Key": "owner", "Values": ["lz"]}], "ResourceTypeFilters": ["sqs"]});
    let found = arns(&mut bench, &filter);
    assert!(found.len() == 1 && found[0].ends_with(":a"), "{found:?}");
    assert!(arns(&mut bench, &json!({"ResourceTypeFilters": ["sqs:nothing"]})).is_empty());
    assert_eq!(arns(&mut bench, &json!({"ResourceARNList": found})).len(), 1);
    for wrong in [json!({"ResourcesPerPage": 101}), json!({"Colour": 1}), json!({"TagFilters": [{"Values": ["x"]}]})] {
        assert!(bench.client.wait(1).tagging("GetResources", &wrong).is_err(), "{wrong}");
    }
    let first = bench.client.wait(1).tagging("GetResources", &json!({"ResourcesPerPage": 1})).unwrap();
    assert_ne!(first["PaginationToken"], "");
    let next = json!({"ResourcesPerPage": 1, "PaginationToken": first["PaginationToken"]});
    assert_eq!(bench.client.wait(1).tagging("GetResources", &next).unwrap()["PaginationToken"], "");
    let keys = bench.client.wait(1).tagging("GetTagKeys", &json!({})).unwrap();
    assert_eq!(keys["TagKeys"], json!(["owner"]));
    bench.client.region = "us-east-1".to_owned();
    assert!(arns(&mut bench, &json!({})).is_empty(), "it tells of one region");
}

#[test]
fn tags_are_changed_for_each_resource_by_itself() {
    let mut bench = bench();
    let url = bench.make(QUEUE, &tagged("a", "lz"));
    bench.make(
        "AWS::IAM::Role",
        &json!({"RoleName": "r", "AssumeRolePolicyDocument": {}, "Tags": [{"Key": "owner", "Value": "lz"}]}),
    );
    bench.client.wait(200);
    let arn = arns(&mut bench, &json!({})).remove(0);
    let change = json!({"ResourceARNList": [arn, "arn:aws:sqs:eu-west-1:1:nothing"], "Tags": {"colour": "red"}});
    let answer = bench.client.wait(1).tagging("TagResources", &change).unwrap();
    assert_eq!(answer["FailedResourcesMap"].as_object().unwrap().len(), 1);
    let filter = json!({"TagFilters": [{"Key": "colour"}]});
    assert!(arns(&mut bench, &filter).is_empty(), "the news have not arrived");
    assert!(bench.read(QUEUE, &url).unwrap()["Tags"].to_string().contains("red"));
    bench.client.wait(121);
    assert_eq!(arns(&mut bench, &filter).len(), 1);
    let removal = json!({"ResourceARNList": [arn], "TagKeys": ["colour"]});
    bench.client.wait(1).tagging("UntagResources", &removal).unwrap();
    bench.client.wait(121);
    assert!(arns(&mut bench, &filter).is_empty());
    let reserved = json!({"ResourceARNList": [arn], "Tags": {"aws:a": "b"}});
    assert!(bench.client.wait(1).tagging("TagResources", &reserved).is_err());
    bench.client.region = "us-east-1".to_owned();
    assert!(arns(&mut bench, &json!({})).is_empty(), "it does not tell of roles");
}
