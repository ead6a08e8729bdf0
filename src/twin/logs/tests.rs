//! The rules of CloudWatch Logs, seen from outside.

use serde_json::{Value, json};

use crate::twin::front::Twin;
use crate::twin::testing::Client;

/// Longer than it takes until every call sees a new log group.
const SETTLED: u64 = 61;

fn bench() -> Client {
    Client::management(&Twin::new(1))
}

fn create(client: &mut Client, name: &str) -> Result<Value, String> {
    let answer = client.logs("CreateLogGroup", &json!({"logGroupName": name}));
    client.wait(SETTLED);
    answer
}

#[test]
fn a_log_group_has_a_name_of_its_own_a_retention_that_logs_knows_and_two_arns() {
    let mut client = bench();
    create(&mut client, "/lz/alert").unwrap();
    assert_eq!(create(&mut client, "/lz/alert"), Err("ResourceAlreadyExistsException".into()));
    for name in ["", "a b", "aws/x"] {
        assert_eq!(create(&mut client, name), Err("InvalidParameterException".into()), "{name}");
    }
    let put = |client: &Client, name: &str, days: u32| {
        client.logs("PutRetentionPolicy", &json!({"logGroupName": name, "retentionInDays": days}))
    };
    assert_eq!(put(&client, "/lz/alert", 31), Err("InvalidParameterException".into()));
    assert_eq!(put(&client, "/lz/other", 30), Err("ResourceNotFoundException".into()));
    put(&client, "/lz/alert", 30).unwrap();
    let described = |client: &Client| client.logs("DescribeLogGroups", &json!({})).unwrap()["logGroups"][0].clone();
    let group = described(&client);
    assert_eq!(group["retentionInDays"], 30);
    let arn = group["logGroupArn"].as_str().unwrap();
    assert_eq!(group["arn"], format!("{arn}:*"));
    client.logs("DeleteRetentionPolicy", &json!({"logGroupName": "/lz/alert"})).unwrap();
    assert_eq!(described(&client)["retentionInDays"], Value::Null);
    client.logs("DeleteLogGroup", &json!({"logGroupName": "/lz/alert"})).unwrap();
    assert_eq!(described(&client), Value::Null);
}

#[test]
fn tags_are_asked_for_by_the_arn_without_an_asterisk() {
    let mut client = bench();
    client.logs("CreateLogGroup", &json!({"logGroupName": "a", "tags": {"one": "1"}})).unwrap();
    let group = client.wait(SETTLED).logs("DescribeLogGroups", &json!({})).unwrap()["logGroups"][0].clone();
    let arn = &group["logGroupArn"];
    client.logs("TagResource", &json!({"resourceArn": arn, "tags": {"two": "2"}})).unwrap();
    client.logs("UntagResource", &json!({"resourceArn": arn, "tagKeys": ["one"]})).unwrap();
    let tags = client.logs("ListTagsForResource", &json!({"resourceArn": arn})).unwrap();
    assert_eq!(tags, json!({"tags": {"two": "2"}}));
    let refused = client.logs("ListTagsForResource", &json!({"resourceArn": group["arn"]}));
    assert_eq!(refused, Err("InvalidParameterException".into()));
    let reserved = client.logs("TagResource", &json!({"resourceArn": arn, "tags": {"aws:x": "1"}}));
    assert_eq!(reserved, Err("InvalidParameterException".into()));
}

#[test]
fn log_groups_are_listed_in_pages_by_prefix_and_not_seen_at_once() {
    let mut client = bench();
    for name in ["a/1", "a/2", "a/3", "b/1"] {
        create(&mut client, name).unwrap();
    }
    let mut request = json!({"logGroupNamePrefix": "a/", "limit": 2});
    let first = client.logs("DescribeLogGroups", &request).unwrap();
    assert_eq!(first["logGroups"].as_array().unwrap().len(), 2);
    request["nextToken"] = first["nextToken"].clone();
    let last = client.logs("DescribeLogGroups", &request).unwrap();
    assert_eq!((&last["logGroups"][0]["logGroupName"], &last["nextToken"]), (&json!("a/3"), &Value::Null));
    request["logGroupNamePrefix"] = json!("b/");
    assert_eq!(client.logs("DescribeLogGroups", &request), Err("InvalidParameterException".into()));

    client.logs("CreateLogGroup", &json!({"logGroupName": "late"})).unwrap();
    let seen = client.logs("DescribeLogGroups", &json!({"logGroupNamePrefix": "late"})).unwrap();
    assert_eq!(seen["logGroups"], json!([]));
}
