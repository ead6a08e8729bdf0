//! VPC endpoints and their policies.

use aws_sdk_ec2::types::VpcEndpointType;

use super::case::{Case, adds, try_all};

const P: &str = "payments-prod";
const VPC: &str = "payments-prod/container/vpc";
const DENY: &str = r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}"#;

#[test]
fn of_vpcs() {
    try_all(CASES);
}

pub const CASES: &[Case] = &[
    adds(
        "a gateway endpoint",
        P,
        |by| {
            Box::pin(async move {
                let create =
                    by.ec2.create_vpc_endpoint().vpc_id(by.id(VPC)).vpc_endpoint_type(VpcEndpointType::Gateway);
                let create = create.service_name("com.amazonaws.eu-west-1.dynamodb");
                let table = by.id("payments-prod/container/private/az1/route-table");
                create.route_table_ids(table).send().await.expect("an endpoint");
            })
        },
        &["unmanaged vpc-endpoint in payments-prod/container/private/az1/route-table"],
    ),
    adds(
        "an interface endpoint",
        P,
        |by| {
            Box::pin(async move {
                let create =
                    by.ec2.create_vpc_endpoint().vpc_id(by.id(VPC)).vpc_endpoint_type(VpcEndpointType::Interface);
                let create = create.service_name("com.amazonaws.eu-west-1.sts");
                let subnet = by.id("payments-prod/container/private/az1/subnet");
                create.subnet_ids(subnet).send().await.expect("an endpoint");
            })
        },
        &["unmanaged vpc-endpoint in payments-prod/container/default-security-group"],
    ),
    adds(
        "a policy of a gateway endpoint",
        P,
        |by| {
            Box::pin(async move {
                let modify =
                    by.ec2.modify_vpc_endpoint().vpc_endpoint_id(by.id("payments-prod/container/endpoints/s3"));
                modify.policy_document(DENY).send().await.expect("a policy");
            })
        },
        &["unmanaged vpc-endpoint-policy in payments-prod/container/endpoints/s3"],
    ),
    adds(
        "a policy of an interface endpoint",
        P,
        |by| {
            Box::pin(async move {
                let endpoint = by.id("payments-prod/container/endpoints/logs");
                let modify = by.ec2.modify_vpc_endpoint().vpc_endpoint_id(endpoint);
                modify.policy_document(DENY).send().await.expect("a policy");
            })
        },
        &["unmanaged vpc-endpoint-policy in payments-prod/container/endpoints/logs"],
    ),
    adds(
        "a route table of a gateway endpoint",
        P,
        |by| {
            Box::pin(async move {
                let modify =
                    by.ec2.modify_vpc_endpoint().vpc_endpoint_id(by.id("payments-prod/container/endpoints/s3"));
                let table = by.id("payments-prod/container/transit/az1/route-table");
                modify.add_route_table_ids(table).send().await.expect("a table");
            })
        },
        &["changed payments-prod/container/endpoints/s3 route_tables"],
    ),
    adds(
        "a security group of an interface endpoint",
        P,
        |by| {
            Box::pin(async move {
                let endpoint = by.id("payments-prod/container/endpoints/logs");
                let modify = by.ec2.modify_vpc_endpoint().vpc_endpoint_id(endpoint);
                let group = by.id("payments-prod/container/default-security-group");
                modify.add_security_group_ids(group).send().await.expect("a group");
            })
        },
        &["weakened payments-prod/container/endpoints/logs security_groups"],
    ),
];
