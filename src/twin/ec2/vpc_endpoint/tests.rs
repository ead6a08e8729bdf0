//! What endpoints do across actions.

use crate::twin::ec2::test_support::{Bench, bench, text, texts};

const S3: &str = "com.amazonaws.eu-west-1.s3";
const LOGS: &str = "com.amazonaws.eu-west-1.logs";
const HOUR: u64 = 60 * 60 * 1000;

fn vpc(bench: &mut Bench) -> String {
    let vpc = text(&bench.done("Action=CreateVpc&CidrBlock=10.0.0.0/16"), "vpcId").to_owned();
    bench.done(&format!("Action=ModifyVpcAttribute&VpcId={vpc}&EnableDnsHostnames.Value=true"));
    vpc
}

fn subnet(bench: &mut Bench, vpc: &str, part: u8, zone: &str) -> String {
    let query = format!("Action=CreateSubnet&VpcId={vpc}&CidrBlock=10.0.{part}.0/24&AvailabilityZoneId={zone}");
    text(&bench.done(&query), "subnetId").to_owned()
}

fn interface(vpc: &str, subnet: &str) -> String {
    format!("Action=CreateVpcEndpoint&VpcEndpointType=Interface&VpcId={vpc}&ServiceName={LOGS}&SubnetId.1={subnet}")
}

#[test]
fn a_gateway_endpoint_brings_its_routes_and_takes_them_away() {
    let mut bench = bench();
    let vpc = vpc(&mut bench);
    let table = |bench: &mut Bench| {
        text(&bench.done(&format!("Action=CreateRouteTable&VpcId={vpc}")), "routeTableId").to_owned()
    };
    let (one, two) = (table(&mut bench), table(&mut bench));
    let create = format!("Action=CreateVpcEndpoint&VpcId={vpc}&ServiceName={S3}&RouteTableId.1={one}");
    let endpoint = text(&bench.done(&create), "vpcEndpointId").to_owned();
    let lists = |bench: &mut Bench, table: &str| {
        let answer = bench.done(&format!("Action=DescribeRouteTables&RouteTableId.1={table}"));
        texts(&answer, "destinationPrefixListId").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let prefix_list =
        bench.done(&format!("Action=DescribePrefixLists&Filter.1.Name=prefix-list-name&Filter.1.Value.1={S3}"));
    let prefix_list = text(&prefix_list, "prefixListId");
    assert_eq!(lists(&mut bench, &one), [prefix_list]);
    assert_eq!(bench.code(&create), "RouteAlreadyExists");
    let modify = "Action=ModifyVpcEndpoint&VpcEndpointId";
    bench.done(&format!("{modify}={endpoint}&AddRouteTableId.1={two}&RemoveRouteTableId.1={one}"));
    assert_eq!((lists(&mut bench, &one), lists(&mut bench, &two)), (vec![], vec![prefix_list.to_owned()]));
    let delete = format!("Action=DeleteVpcEndpoints&VpcEndpointId.1={endpoint}&VpcEndpointId.2=vpce-00000000");
    let answer = bench.done(&delete);
    assert_eq!((text(&answer, "resourceId"), text(&answer, "code")), ("vpce-00000000", "InvalidVpcEndpoint.NotFound"));
    assert_eq!(lists(&mut bench, &two), [""; 0]);
    let describe = format!("Action=DescribeVpcEndpoints&VpcEndpointId.1={endpoint}");
    assert_eq!(bench.code(&describe), "InvalidVpcEndpointId.NotFound");
}

#[test]
fn private_names_are_taken_once_and_are_held_after_the_endpoint_is_gone() {
    let mut bench = bench();
    let vpc = vpc(&mut bench);
    let subnet = subnet(&mut bench, &vpc, 0, "euw1-az1");
    let create = interface(&vpc, &subnet);
    let first = bench.call(&format!("{create}&ClientToken=one")).unwrap();
    let endpoint = text(&first, "vpcEndpointId").to_owned();
    assert!(text(&first, "dnsEntrySet").contains("<hostedZoneId>ZONEIDPENDING</hostedZoneId>"), "{first}");
    assert_eq!((text(&first, "state"), texts(&first, "groupName")), ("Pending", vec!["default"]));
    assert_eq!(text(&bench.call(&format!("{create}&ClientToken=one")).unwrap(), "vpcEndpointId"), endpoint);
    let other = bench.code(&format!("{create}&PrivateDnsEnabled=false&ClientToken=one"));
    assert_eq!(other, "IdempotentParameterMismatch");
    let fault = bench.call(&create).unwrap_err();
    assert_eq!(
        (fault.code.as_str(), fault.message),
        (
            "InvalidParameter",
            format!(
                "private-dns-enabled cannot be set because there is already a conflicting DNS domain for \
                 logs.eu-west-1.amazonaws.com in the VPC {vpc}"
            )
        )
    );
    bench.advance(HOUR);
    bench.call(&format!("Action=DeleteVpcEndpoints&VpcEndpointId.1={endpoint}")).unwrap();
    let describe = format!("Action=DescribeVpcEndpoints&VpcEndpointId.1={endpoint}");
    assert_eq!(text(&bench.call(&describe).unwrap(), "state"), "Deleting");
    while bench.call(&describe).is_ok() {
        bench.advance(1000);
    }
    assert_eq!(bench.code(&create), "InvalidParameter");
    assert_eq!(bench.code(&format!("Action=DeleteSubnet&SubnetId={subnet}")), "DependencyViolation");
    bench.advance(HOUR);
    bench.call(&create).unwrap();
}

#[test]
fn private_names_need_both_dns_attributes() {
    let mut bench = bench();
    let vpc = text(&bench.done("Action=CreateVpc&CidrBlock=10.0.0.0/16"), "vpcId").to_owned();
    let subnet = subnet(&mut bench, &vpc, 0, "euw1-az1");
    assert_eq!(bench.code(&interface(&vpc, &subnet)), "InvalidParameter");
    bench.done(&format!("{}&PrivateDnsEnabled=false", interface(&vpc, &subnet)));
}

#[test]
fn an_interface_endpoint_has_one_subnet_per_zone_and_its_interfaces_its_groups() {
    let mut bench = bench();
    let vpc = vpc(&mut bench);
    let (one, same) = (subnet(&mut bench, &vpc, 0, "euw1-az1"), subnet(&mut bench, &vpc, 1, "euw1-az1"));
    let two = subnet(&mut bench, &vpc, 2, "euw1-az2");
    let create = interface(&vpc, &one);
    assert_eq!(bench.code(&format!("{create}&SubnetId.2={same}")), "DuplicateSubnetsInSameZone");
    let interfaces = "Action=DescribeNetworkInterfaces&Filter.1.Name=interface-type&Filter.1.Value.1=vpc_endpoint";
    assert_eq!(texts(&bench.done(interfaces), "networkInterfaceId").len(), 0);
    let group = format!("Action=CreateSecurityGroup&GroupName=endpoints&GroupDescription=endpoints&VpcId={vpc}");
    let group = text(&bench.done(&group), "groupId").to_owned();
    let endpoint = text(&bench.done(&create), "vpcEndpointId").to_owned();
    let modify =
        format!("Action=ModifyVpcEndpoint&VpcEndpointId={endpoint}&AddSubnetId.1={two}&AddSecurityGroupId.1={group}");
    assert_eq!(bench.code(&modify), "IncorrectState");
    bench.advance(HOUR);
    bench.done(&modify);
    let seen = bench.done(interfaces);
    assert_eq!(texts(&seen, "networkInterfaceId").len(), 2);
    assert_eq!(seen.matches(&group).count(), 2);
    assert_eq!(bench.code(&format!("Action=DeleteSecurityGroup&GroupId={group}")), "DependencyViolation");
}

#[test]
fn services_and_their_types_are_known() {
    let mut bench = bench();
    let vpc = vpc(&mut bench);
    let create = |service: &str| format!("Action=CreateVpcEndpoint&VpcId={vpc}&ServiceName={service}");
    assert_eq!(bench.code(&create("com.amazonaws.eu-west-1.s4")), "InvalidServiceName");
    assert_eq!(bench.code(&create("com.amazonaws.us-east-1.s3")), "InvalidServiceName");
    assert_eq!(bench.code(&create(LOGS)), "InvalidParameter");
    assert_eq!(bench.code(&format!("{}&PolicyDocument=no", create(S3))), "InvalidPolicyDocument");
    let described = bench.done(&format!("Action=DescribeVpcEndpointServices&ServiceName.1={LOGS}"));
    assert!(described.contains("<item><serviceType>Interface</serviceType></item>"), "{described}");
}
