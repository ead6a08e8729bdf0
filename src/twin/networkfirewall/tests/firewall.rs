//! Firewalls, their endpoints, and what stands in the way of their end.

use super::*;
use crate::twin::faults::{EndpointOutcome, FirewallEndpoints};

#[test]
fn a_firewall_comes_up_zone_by_zone_under_the_accounts_own_zone_names() {
    let mut bench = bench();
    let made = bench.firewall(2);
    assert_eq!(made["FirewallStatus"]["Status"], "PROVISIONING");
    assert_eq!(made["FirewallStatus"]["SyncStates"], json!({}), "no zone is told of at first");
    for flag in ["DeleteProtection", "SubnetChangeProtection", "FirewallPolicyChangeProtection"] {
        assert_eq!(made["Firewall"][flag], json!(false));
    }
    bench.client.wait(SETTLED);
    let mut seen = Vec::new();
    for _ in 0..MADE {
        let status = bench.described()["FirewallStatus"].clone();
        let attachments = status["SyncStates"].as_object().unwrap().values().map(|state| &state["Attachment"]);
        let stage = |one: &Value| (one["Status"].as_str().unwrap().to_owned(), one["EndpointId"].is_string());
        seen.push((status["Status"].as_str().unwrap().to_owned(), attachments.map(stage).collect::<Vec<_>>()));
    }
    let creating = |endpoint: bool| seen.iter().any(|(_, all)| all.contains(&("CREATING".to_owned(), endpoint)));
    assert!(creating(false) && creating(true), "the id comes later than the zone and before it is ready");
    for (status, all) in &seen {
        let ready = all.len() == 2 && all.iter().all(|(status, endpoint)| status == "READY" && *endpoint);
        assert_eq!(status == "READY", ready);
    }
    assert_eq!(seen.last().unwrap().0, "READY");

    let states = bench.described()["FirewallStatus"]["SyncStates"].clone();
    for subnet in bench.subnets.clone() {
        let described = bench.ec2(&[("Action", "DescribeSubnets"), ("SubnetId.1", &subnet)]);
        assert_eq!(states[&text(&described, "availabilityZone")]["Attachment"]["SubnetId"], subnet);
    }
}

#[test]
fn an_endpoint_is_one_of_the_vpcs_that_only_network_firewall_can_change() {
    let mut bench = bench();
    bench.firewall(1);
    let subnet = bench.subnets[0].clone();
    let in_subnet = [("Action", "DeleteSubnet"), ("SubnetId", subnet.as_str())];
    assert_eq!(bench.ec2_code(&in_subnet), "DependencyViolation");
    bench.client.wait(MADE);
    let endpoint = bench.endpoint(&subnet);
    let described = bench.ec2(&[("Action", "DescribeVpcEndpoints"), ("VpcEndpointId.1", &endpoint)]);
    assert_eq!(text(&described, "vpcEndpointType"), "GatewayLoadBalancer");
    assert_eq!(text(&described, "requesterManaged"), "true");
    assert!(described.contains("<key>AWSNetworkFirewallManaged</key><value>true</value>"), "{described}");
    let interfaces = bench.ec2(&[
        ("Action", "DescribeNetworkInterfaces"),
        ("Filter.1.Name", "subnet-id"),
        ("Filter.1.Value.1", &subnet),
    ]);
    assert_eq!(text(&interfaces, "interfaceType"), "gateway_load_balancer_endpoint");
    let deleted = bench.ec2(&[("Action", "DeleteVpcEndpoints"), ("VpcEndpointId.1", &endpoint)]);
    assert_eq!((text(&deleted, "code"), text(&deleted, "resourceId")), ("InvalidParameter".into(), endpoint));
}

#[test]
fn a_route_leads_to_an_endpoint_once_it_is_there_and_into_nothing_after() {
    let mut bench = bench();
    bench.firewall(1);
    bench.client.wait(SETTLED);
    let subnet = bench.subnets[0].clone();
    let until = (0..MADE).find(|_| bench.described().to_string().contains("vpce-"));
    assert!(until.is_some());
    let endpoint = bench.endpoint(&subnet);
    let table = bench.table.clone();
    let create = [
        ("Action", "CreateRoute"),
        ("RouteTableId", table.as_str()),
        ("DestinationCidrBlock", "0.0.0.0/0"),
        ("VpcEndpointId", endpoint.as_str()),
    ];
    assert_eq!(bench.ec2_code(&create), "InvalidVpcEndpointId.NotFound", "it is still being made");
    bench.client.wait(MADE);
    let other = bench.ec2(&[("Action", "CreateVpc"), ("CidrBlock", "10.8.0.0/24")]);
    let elsewhere = bench.ec2(&[("Action", "CreateRouteTable"), ("VpcId", &text(&other, "vpcId"))]);
    let elsewhere = text(&elsewhere, "routeTableId");
    let mut foreign = create;
    foreign[1].1 = &elsewhere;
    assert_eq!(bench.ec2_code(&foreign), "InvalidVpcEndpointId.NotFound", "it is in another VPC");
    bench.ec2(&create);

    let message = format!(
        "Unable to fulfill request because the following related VPC endpoint(s) still exist in route table(s): \
         [{endpoint}]"
    );
    let delete = json!({"FirewallName": "f"});
    assert_eq!(bench.refused("DeleteFirewall", delete.clone()), ("InvalidRequestException".into(), message));
    let shown = bench.ec2(&[("Action", "DescribeRouteTables"), ("RouteTableId.1", &table)]);
    assert!(shown.contains(&format!("<gatewayId>{endpoint}</gatewayId><state>active</state>")), "{shown}");
    bench.ec2(&[("Action", "DeleteRoute"), ("RouteTableId", &table), ("DestinationCidrBlock", "0.0.0.0/0")]);
    bench.call("DeleteFirewall", delete).unwrap();
    assert_eq!(bench.ec2_code(&create), "InvalidVpcEndpointId.NotFound", "it is going");
    // A route made in the moment before the deletion stays, and leads nowhere.
    bench.client.twin.with_world(|world| {
        let account = world.management.clone();
        let table = world.ec2(&account, "eu-west-1").route_tables.get_mut(&table).unwrap();
        let mut route = table.routes.values().next().unwrap().clone();
        route.target = crate::twin::ec2::route::Target::VpcEndpoint(endpoint.clone());
        table.routes.insert("0.0.0.0/0".parse().unwrap(), route);
    });
    bench.client.wait(GONE);
    let shown = bench.ec2(&[("Action", "DescribeRouteTables"), ("RouteTableId.1", &table)]);
    assert!(shown.contains(&format!("<gatewayId>{endpoint}</gatewayId><state>blackhole</state>")), "{shown}");
}

#[test]
fn a_firewall_goes_after_its_logging_then_its_policy_its_rules_and_its_subnet() {
    let mut bench = bench();
    bench.firewall(1);
    bench.client.wait(MADE);
    bench.client.logs("CreateLogGroup", &json!({"logGroupName": "alert"})).unwrap();
    let logging =
        |configs: Value| json!({"FirewallName": "f", "LoggingConfiguration": {"LogDestinationConfigs": configs}});
    let config = |log_type: &str, group: &str| json!({"LogType": log_type, "LogDestinationType": "CloudWatchLogs", "LogDestination": {"logGroup": group}});
    let (alert, flow) = (config("ALERT", "alert"), config("FLOW", "alert"));
    let both = bench.refused("UpdateLoggingConfiguration", logging(json!([alert, flow])));
    assert_eq!(both.0, "InvalidRequestException", "one change at a time");
    let missing = bench.code("UpdateLoggingConfiguration", logging(json!([config("ALERT", "missing")])));
    assert_eq!(missing, "LogDestinationPermissionException");
    bench.done("UpdateLoggingConfiguration", logging(json!([alert])));
    bench.done("UpdateLoggingConfiguration", logging(json!([alert, flow])));
    let described = bench.done("DescribeLoggingConfiguration", json!({"FirewallName": "f"}));
    assert_eq!(described["LoggingConfiguration"]["LogDestinationConfigs"], json!([alert, flow]));

    let delete = json!({"FirewallName": "f"});
    bench.done("UpdateFirewallDeleteProtection", json!({"FirewallName": "f", "DeleteProtection": true}));
    assert_eq!(bench.code("DeleteFirewall", delete.clone()), "InvalidOperationException");
    bench.done("UpdateFirewallDeleteProtection", json!({"FirewallName": "f", "DeleteProtection": false}));
    let message = "Cannot delete firewall with a logging configuration";
    assert_eq!(bench.refused("DeleteFirewall", delete.clone()).1, message);
    bench.done("UpdateLoggingConfiguration", logging(json!([alert])));
    bench.done("UpdateLoggingConfiguration", logging(json!([])));
    assert_eq!(bench.code("DeleteFirewallPolicy", json!({"FirewallPolicyName": "p"})), "InvalidOperationException");

    let subnet = bench.subnets[0].clone();
    let delete_subnet = [("Action", "DeleteSubnet"), ("SubnetId", subnet.as_str())];
    bench.call("DeleteFirewall", delete).unwrap();
    assert_eq!(bench.status(), "DELETING");
    assert_eq!(bench.ec2_code(&delete_subnet), "DependencyViolation");
    assert_eq!(bench.code("DeleteFirewallPolicy", json!({"FirewallPolicyName": "p"})), "InvalidOperationException");
    bench.client.wait(GONE);
    assert_eq!(bench.code("DescribeFirewall", json!({"FirewallName": "f"})), "ResourceNotFoundException");
    bench.ec2(&delete_subnet);
    bench.client.wait(FREE);
    bench.done("DeleteFirewallPolicy", json!({"FirewallPolicyName": "p"}));
    bench.client.wait(FREE);
    bench.done("DeleteRuleGroup", json!({"RuleGroupName": "g", "Type": "STATEFUL"}));
}

#[test]
fn a_change_of_rules_reaches_the_endpoints_later() {
    let mut bench = bench();
    bench.firewall(2);
    bench.client.wait(MADE);
    assert_eq!(bench.status(), "READY");
    let token = bench.call("DescribeRuleGroup", json!({"RuleGroupName": "g", "Type": "STATEFUL"})).unwrap();
    let update = json!({
        "RuleGroupName": "g", "Type": "STATEFUL", "UpdateToken": token["UpdateToken"],
        "RuleGroup": document(&RULE.replace("10.1", "10.2")),
    });
    bench.call("UpdateRuleGroup", update).unwrap();
    let status = bench.described()["FirewallStatus"].clone();
    let summary = (status["Status"].as_str().unwrap(), status["ConfigurationSyncStateSummary"].as_str().unwrap());
    assert_eq!(summary, ("PROVISIONING", "PENDING"));
    for zone in status["SyncStates"].as_object().unwrap().values() {
        assert_eq!(zone["Attachment"]["Status"], "READY");
        let synced: Vec<&Value> = zone["Config"].as_object().unwrap().values().map(|one| &one["SyncStatus"]).collect();
        assert!(synced.contains(&&json!("PENDING")) && synced.contains(&&json!("IN_SYNC")), "{zone}");
    }
    bench.client.wait(SYNCED);
    assert_eq!(bench.status(), "READY");
}

#[test]
fn a_firewall_is_refused_what_aws_refuses() {
    let mut bench = bench();
    let policy = bench.policy("p", &[]);
    let (vpc, subnets) = (bench.vpc.clone(), bench.subnets.clone());
    let second = [
        ("Action", "CreateSubnet"),
        ("VpcId", vpc.as_str()),
        ("CidrBlock", "10.9.0.32/28"),
        ("AvailabilityZoneId", "euw1-az1"),
    ];
    let same_zone = text(&bench.ec2(&second), "subnetId");
    let request = |policy: &str, subnets: &[&str]| {
        let mappings: Vec<Value> = subnets.iter().map(|subnet| json!({"SubnetId": subnet})).collect();
        json!({"FirewallName": "f", "FirewallPolicyArn": policy, "VpcId": vpc, "SubnetMappings": mappings})
    };
    let mut case = |request: Value| bench.code("CreateFirewall", request);
    let invalid = "InvalidRequestException";
    assert_eq!(case(request(&policy, &[])), invalid);
    assert_eq!(case(request(&policy.replace("/p", "/q"), &[&subnets[0]])), invalid);
    assert_eq!(case(request(&policy, &["subnet-00000000000000000"])), invalid);
    assert_eq!(case(request(&policy, &[&subnets[0], &same_zone])), invalid);
    let mut elsewhere = request(&policy, &[&subnets[0]]);
    elsewhere["VpcId"] = json!("vpc-00000000000000000");
    assert_eq!(case(elsewhere), invalid);
    bench.client.twin.with_world(|world| world.quotas.insert("firewalls".into(), 0));
    assert_eq!(bench.code("CreateFirewall", request(&policy, &[&subnets[0]])), "LimitExceededException");
}

#[test]
fn subnets_come_and_go_unless_protected_under_the_present_token() {
    let mut bench = bench();
    bench.firewall(1);
    bench.client.wait(MADE);
    let (first, second) = (bench.subnets[0].clone(), bench.subnets[1].clone());
    let add = json!({"FirewallName": "f", "SubnetMappings": [{"SubnetId": second}]});
    let protect = |on: bool| json!({"FirewallName": "f", "SubnetChangeProtection": on});
    let stale = bench.described()["UpdateToken"].clone();
    bench.done("UpdateSubnetChangeProtection", protect(true));
    assert_eq!(bench.code("AssociateSubnets", add.clone()), "InvalidOperationException");
    bench.done("UpdateSubnetChangeProtection", protect(false));
    let mut with_token = add.clone();
    with_token["UpdateToken"] = stale;
    assert_eq!(bench.code("AssociateSubnets", with_token), "InvalidTokenException");
    bench.done("AssociateSubnets", add.clone());
    assert_eq!(bench.status(), "PROVISIONING");
    assert_eq!(bench.code("AssociateSubnets", add.clone()), "InvalidRequestException", "the zone has one");
    bench.client.wait(MADE);
    assert_eq!(bench.status(), "READY");
    bench.done("DisassociateSubnets", json!({"FirewallName": "f", "SubnetIds": [first]}));
    let described = bench.described();
    assert_eq!(described["Firewall"]["SubnetMappings"].as_array().unwrap().len(), 1);
    assert!(described["FirewallStatus"].to_string().contains("DELETING"));
    assert_eq!(bench.status(), "READY", "only the subnets that it is to have count");
    bench.client.wait(GONE);
    assert!(!bench.described()["FirewallStatus"].to_string().contains("DELETING"));
    let last = json!({"FirewallName": "f", "SubnetIds": [second]});
    assert_eq!(bench.code("DisassociateSubnets", last), "InvalidRequestException");
}

#[test]
fn an_endpoint_that_fails_leaves_the_firewall_provisioning_and_says_why_later() {
    let mut bench = bench();
    let message = "The subnet has no free addresses.";
    let rule = |outcome, from| FirewallEndpoints { outcome, from, times: 1, seen: 0 };
    bench.client.twin.with_world(|world| {
        let failed = EndpointOutcome::Failed(message.to_owned());
        world.faults.firewall_endpoints = vec![rule(failed, 1), rule(EndpointOutcome::Stuck, 2)];
    });
    bench.firewall(2);
    bench.client.wait(SETTLED);
    let attachments = |bench: &mut Bench| -> Vec<Value> {
        let states = bench.described()["FirewallStatus"]["SyncStates"].clone();
        states.as_object().unwrap().values().map(|state| state["Attachment"].clone()).collect()
    };
    let failed = |one: &Value| one["Status"] == "FAILED";
    let untold = (0..MADE).find_map(|_| attachments(&mut bench).into_iter().find(|one| failed(one)));
    assert_eq!(untold.unwrap()["StatusMessage"], Value::Null);
    bench.client.wait(901);
    let (bad, rest): (Vec<Value>, Vec<Value>) = attachments(&mut bench).into_iter().partition(failed);
    assert_eq!((&bad[0]["StatusMessage"], &bad[0]["EndpointId"]), (&json!(message), &Value::Null));
    assert_eq!(rest[0]["Status"], "CREATING");
    assert_eq!(bench.status(), "PROVISIONING");
    bench.call("DeleteFirewall", json!({"FirewallName": "f"})).unwrap();
}
