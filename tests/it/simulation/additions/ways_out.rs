//! What connects a VPC with another network, and what is in it.

use aws_sdk_ec2::types::{ConnectivityType, FlowLogsResourceType, GatewayType, LogDestinationType, TrafficType};

use super::super::drift::HUB;
use super::case::{Case, Person, adds, try_all};

const P: &str = "payments-prod";
const VPC: &str = "payments-prod/container/vpc";
const SUBNET: &str = "payments-prod/container/private/az1/subnet";

async fn address(by: &Person<'_>) -> String {
    let made = by.ec2.allocate_address().send().await.expect("an address").allocation_id.expect("an id");
    by.wait().await;
    made
}

#[test]
fn of_vpcs() {
    try_all(CASES);
}

pub const CASES: &[Case] = &[
    adds(
        "an internet gateway",
        P,
        |by| Box::pin(async move { drop(by.internet_gateway(&by.id(VPC)).await) }),
        &[
            "unmanaged internet-gateway in payments-prod/container/vpc",
            "violated internet-stays-out of payments-prod",
            "violated workloads-have-no-edge of payments-prod",
        ],
    ),
    adds(
        "an egress-only internet gateway",
        P,
        |by| {
            Box::pin(async move {
                by.ec2.create_egress_only_internet_gateway().vpc_id(by.id(VPC)).send().await.expect("a gateway");
            })
        },
        &["unmanaged egress-only-internet-gateway in payments-prod/container/vpc"],
    ),
    adds(
        "a virtual private gateway",
        P,
        |by| {
            Box::pin(async move {
                let made = by.ec2.create_vpn_gateway().r#type(GatewayType::Ipsec1).send().await.expect("a gateway");
                let gateway = made.vpn_gateway.and_then(|one| one.vpn_gateway_id).expect("an id");
                by.wait().await;
                let attach = by.ec2.attach_vpn_gateway().vpn_gateway_id(gateway).vpc_id(by.id(VPC));
                attach.send().await.expect("attached");
            })
        },
        &["unmanaged vpn-gateway-attachment in payments-prod/container/vpc"],
    ),
    adds(
        "a further IPv4 range",
        P,
        |by| {
            Box::pin(async move {
                let associate = by.ec2.associate_vpc_cidr_block().vpc_id(by.id(VPC)).cidr_block("192.168.0.0/16");
                associate.send().await.expect("a range");
            })
        },
        &["unmanaged vpc-cidr-block in payments-prod/container/vpc", "violated home-net-holds-workloads of networking"],
    ),
    adds(
        "a subnet",
        P,
        |by| Box::pin(async move { drop(by.subnet(&by.id(VPC), "euw1-az1").await) }),
        &["unmanaged subnet in payments-prod/container/vpc"],
    ),
    adds(
        "a private NAT gateway",
        P,
        |by| {
            Box::pin(async move {
                let create = by.ec2.create_nat_gateway().subnet_id(by.id(SUBNET));
                create.connectivity_type(ConnectivityType::Private).send().await.expect("a gateway");
            })
        },
        &[
            "unmanaged nat-gateway in payments-prod/container/private/az1/subnet",
            "violated workloads-have-no-edge of payments-prod",
        ],
    ),
    adds(
        "a public NAT gateway in the hub",
        HUB,
        |by| {
            Box::pin(async move {
                let address = address(by).await;
                let create = by.ec2.create_nat_gateway().subnet_id(by.id("networking/egress/public/az1/subnet"));
                create.allocation_id(address).send().await.expect("a gateway");
            })
        },
        &["unmanaged nat-gateway in networking/egress/public/az1/subnet"],
    ),
    adds(
        "a public address of a network interface in the hub",
        HUB,
        |by| {
            Box::pin(async move {
                let interface = by.interface(&by.id("networking/egress/public/az1/subnet")).await;
                let associate = by.ec2.associate_address().allocation_id(address(by).await);
                associate.network_interface_id(interface).send().await.expect("associated");
            })
        },
        &["unmanaged public-address in networking/egress/public/az1/subnet"],
    ),
    adds(
        "a flow log of a VPC",
        P,
        |by| {
            Box::pin(async move {
                let create =
                    by.ec2.create_flow_logs().resource_ids(by.id(VPC)).resource_type(FlowLogsResourceType::Vpc);
                let create = create.traffic_type(TrafficType::All).log_destination_type(LogDestinationType::S3);
                create.log_destination("arn:aws:s3:::somebody-s-own").send().await.expect("a flow log");
            })
        },
        &["unmanaged flow-log in payments-prod/container/vpc"],
    ),
    // What a VPC is for.
    adds("a network interface", P, |by| Box::pin(async move { drop(by.interface(&by.id(SUBNET)).await) }), &[]),
    adds(
        "a VPC that is connected with nothing",
        P,
        |by| Box::pin(async move { drop(by.vpc("10.99.0.0/16").await) }),
        &[],
    ),
];
