use serde_json::{Value, json};

use crate::twin::Twin;
use crate::twin::testing::{Client, text};

fn lookup(client: &Client, name: &str) -> Vec<Value> {
    let by_name = json!({"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": name}]});
    let answer = client.cloud_trail("LookupEvents", &by_name).expect("an answer");
    answer["Events"].as_array().expect("events").clone()
}

fn record(event: &Value) -> Value {
    serde_json::from_str(event["CloudTrailEvent"].as_str().expect("a record")).expect("JSON")
}

#[test]
fn what_changed_something_is_shown_with_who_asked_and_what_was_answered() {
    let twin = Twin::new(1);
    let mut client = Client::management(&twin);
    let create = [("Action", "CreateVpc"), ("CidrBlock", "10.0.0.0/16")];
    let tags = [
        ("TagSpecification.1.ResourceType", "vpc"),
        ("TagSpecification.1.Tag.1.Key", "a"),
        ("TagSpecification.1.Tag.1.Value", "b"),
    ];
    let vpc = text(&client.form("ec2", &[&create[..], &tags].concat()).body, "vpcId");
    assert_eq!(client.form("ec2", &[("Action", "DeleteVpc"), ("VpcId", "vpc-0123456789abcdef0")]).status, 400);
    assert_eq!(lookup(&client, "CreateVpc"), Vec::<Value>::new(), "it takes minutes");
    client.wait(1000);
    assert_eq!(lookup(&client, "DescribeVpcs"), Vec::<Value>::new());
    let made = lookup(&client, "CreateVpc");
    assert_eq!(made.len(), 1);
    assert_eq!(made[0]["Username"], "administrator");
    let made = record(&made[0]);
    assert_eq!(made["userIdentity"]["type"], "IAMUser");
    assert_eq!(made["eventSource"], "ec2.amazonaws.com");
    assert_eq!(made["requestParameters"]["cidrBlock"], "10.0.0.0/16");
    let tag = &made["requestParameters"]["tagSpecification"]["items"][0]["tag"]["items"][0];
    assert_eq!(*tag, json!({"key": "a", "value": "b"}));
    assert_eq!(made["responseElements"]["vpc"]["vpcId"], vpc.as_str());
    let refused = record(&lookup(client.wait(1), "DeleteVpc")[0]);
    assert_eq!(refused["errorCode"], "Client.InvalidVpcID.NotFound");
    assert_eq!(refused["responseElements"], Value::Null);
}

#[test]
fn events_come_the_newest_first_in_pages_and_end_after_90_days() {
    let twin = Twin::new(1);
    let mut client = Client::management(&twin);
    for _ in 0..3 {
        assert_eq!(client.wait(60).form("ec2", &[("Action", "CreateInternetGateway")]).status, 200);
    }
    client.wait(1000);
    let page = client.cloud_trail("LookupEvents", &json!({"MaxResults": 2})).expect("a page");
    let times: Vec<f64> =
        page["Events"].as_array().expect("events").iter().filter_map(|one| one["EventTime"].as_f64()).collect();
    assert!(times.len() == 2 && times[0] > times[1], "{times:?}");
    let rest = client.cloud_trail("LookupEvents", &json!({"MaxResults": 2, "NextToken": page["NextToken"]}));
    let rest = rest.expect("a page");
    assert_eq!((rest["Events"].as_array().map(Vec::len), &rest["NextToken"]), (Some(1), &Value::Null));
    client.wait(1);
    for (members, code) in [
        (json!({"MaxResults": 51}), "InvalidMaxResultsException"),
        (json!({"NextToken": "nonsense"}), "InvalidNextTokenException"),
        (json!({"StartTime": 2.0, "EndTime": 1.0}), "InvalidTimeRangeException"),
    ] {
        assert_eq!(client.wait(1).cloud_trail("LookupEvents", &members), Err(code.to_owned()));
    }
    client.wait(90 * 24 * 3600);
    assert_eq!(lookup(&client, "CreateInternetGateway"), Vec::<Value>::new());
}

#[test]
fn the_organization_s_events_are_in_us_east_1() {
    let twin = Twin::new(1);
    let mut client = Client::management(&twin);
    client.organizations("CreateOrganization", &json!({})).expect("an organization");
    client.wait(1000);
    assert_eq!(lookup(&client, "CreateOrganization"), Vec::<Value>::new());
    client.region = "us-east-1".to_owned();
    let made = record(&lookup(client.wait(1), "CreateOrganization")[0]);
    assert_eq!(made["responseElements"]["organization"]["featureSet"], "ALL");
}
