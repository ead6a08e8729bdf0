//! What is attached to the transit gateway.

use lz::kinds::KindName;
use lz::plan::Strangers;
use lz::twin::faults::Kind;

use super::super::drift::{HUB, Scene};
use super::case::{Case, Person, adds, try_all};

const P: &str = "payments-prod";
const GATEWAY: &str = "networking/transit-gateway/self";

/// Attaches a VPC of somebody's own.
async fn attach(by: &Person<'_>) -> String {
    let vpc = by.vpc("10.99.0.0/24").await;
    let subnet = by.subnet(&vpc, "euw1-az1").await;
    let create = by.ec2.create_transit_gateway_vpc_attachment().transit_gateway_id(by.id(GATEWAY)).vpc_id(vpc);
    let made = create.subnet_ids(subnet).send().await.expect("an attachment").transit_gateway_vpc_attachment;
    by.wait().await;
    made.and_then(|one| one.transit_gateway_attachment_id).expect("an id")
}

#[test]
fn attachments() {
    try_all(CASES);
}

#[test]
fn an_attachment_of_an_account_that_can_t_be_read_is_left_alone() {
    let mut world = Scene::new().copy();
    let orders = world.account("orders-prod");
    world.fault(Kind::Denied, Some(&orders), "DescribeVpcs", 1, u64::MAX);
    world.strangers = Strangers::Removed;
    let plan = world.plan();
    assert!(
        plan.changes.values().all(|change| change.kind() != KindName::ForeignTransitGatewayAttachment),
        "{plan:#?}"
    );
}

pub const CASES: &[Case] = &[
    adds(
        "an attachment of another VPC of the hub's account",
        HUB,
        |by| Box::pin(async move { drop(attach(by).await) }),
        &["unmanaged foreign-transit-gateway-attachment in networking/transit-gateway/self"],
    ),
    adds(
        "an attachment of another VPC of a workload's account",
        P,
        |by| Box::pin(async move { drop(attach(by).await) }),
        &["unmanaged foreign-transit-gateway-attachment in networking/transit-gateway/self"],
    ),
    adds(
        "an attachment of a VPC of an account that is not of the zone",
        "management",
        |by| Box::pin(async move { drop(attach(by).await) }),
        &["unmanaged foreign-transit-gateway-attachment in networking/transit-gateway/self"],
    ),
    adds(
        "an attachment of another VPC with a table and routes to it",
        HUB,
        |by| {
            Box::pin(async move {
                let attachment = attach(by).await;
                let table = by.id("networking/transit-gateway/tables/spokes-prod/self");
                let associate = by.ec2.associate_transit_gateway_route_table().transit_gateway_route_table_id(&table);
                associate.transit_gateway_attachment_id(&attachment).send().await.expect("associated");
                let enable = by.ec2.enable_transit_gateway_route_table_propagation();
                let enable = enable.transit_gateway_route_table_id(&table);
                enable.transit_gateway_attachment_id(attachment).send().await.expect("propagated");
            })
        },
        &[
            "unmanaged foreign-transit-gateway-attachment in networking/transit-gateway/self",
            "unmanaged transit-gateway-association in networking/transit-gateway/tables/spokes-prod/self",
            "unmanaged transit-gateway-propagation in networking/transit-gateway/tables/spokes-prod/self",
        ],
    ),
    adds(
        "an attachment of a VPC of the zone to another transit gateway",
        P,
        |by| {
            Box::pin(async move {
                let made = by.ec2.create_transit_gateway().send().await.expect("a gateway");
                let gateway = made.transit_gateway.and_then(|one| one.transit_gateway_id).expect("an id");
                by.wait().await;
                let create = by.ec2.create_transit_gateway_vpc_attachment().transit_gateway_id(gateway);
                let create = create.vpc_id(by.id("payments-prod/container/vpc"));
                let subnet = by.id("payments-prod/container/transit/az1/subnet");
                create.subnet_ids(subnet).send().await.expect("an attachment");
            })
        },
        &["unmanaged transit-gateway-attachment in payments-prod/container/transit/az1/subnet"],
    ),
    adds(
        "a peering with another transit gateway",
        HUB,
        |by| {
            Box::pin(async move {
                let create = by.ec2.create_transit_gateway_peering_attachment().transit_gateway_id(by.id(GATEWAY));
                let create = create.peer_transit_gateway_id("tgw-0123456789abcdef0").peer_account_id("999999999999");
                create.peer_region("eu-central-1").send().await.expect("an attachment");
            })
        },
        &["unmanaged other-transit-gateway-attachment in networking/transit-gateway/self"],
    ),
];
