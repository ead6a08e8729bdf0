//! The transit gateway's route tables, and what is in them.

use super::super::drift::HUB;
use super::case::{Case, Person, adds, try_all};

const GATEWAY: &str = "networking/transit-gateway/self";
const SPOKES: &str = "networking/transit-gateway/tables/spokes-prod/self";

async fn route_table(by: &Person<'_>) -> String {
    let create = by.ec2.create_transit_gateway_route_table().transit_gateway_id(by.id(GATEWAY));
    let made = create.send().await.expect("a table").transit_gateway_route_table;
    by.wait().await;
    made.and_then(|table| table.transit_gateway_route_table_id).expect("an id")
}

async fn propagate(by: &Person<'_>, attachment: &str, table: String) {
    let enable = by.ec2.enable_transit_gateway_route_table_propagation().transit_gateway_route_table_id(table);
    enable.transit_gateway_attachment_id(by.id(attachment)).send().await.expect("propagated");
}

#[test]
fn of_the_gateway() {
    try_all(CASES);
}

pub const CASES: &[Case] = &[
    adds(
        "a transit gateway route table",
        HUB,
        |by| Box::pin(async move { drop(route_table(by).await) }),
        &["unmanaged transit-gateway-route-table in networking/transit-gateway/self"],
    ),
    adds(
        "a transit gateway route table in place of an attachment's own",
        HUB,
        |by| {
            Box::pin(async move {
                let (table, attachment) = (route_table(by).await, by.id("networking/ingress/attachment"));
                let disassociate = by.ec2.disassociate_transit_gateway_route_table();
                let own = by.id("networking/transit-gateway/tables/ingress/self");
                let disassociate = disassociate.transit_gateway_route_table_id(own);
                disassociate.transit_gateway_attachment_id(&attachment).send().await.expect("disassociated");
                by.wait().await;
                let associate = by.ec2.associate_transit_gateway_route_table().transit_gateway_route_table_id(table);
                associate.transit_gateway_attachment_id(attachment).send().await.expect("associated");
            })
        },
        &[
            "changed networking/transit-gateway/tables/ingress/associations/networking.ingress route_table",
            "unmanaged transit-gateway-route-table in networking/transit-gateway/self",
            "violated paths-exist of networking",
            "violated paths-exist of orders-prod",
            "violated paths-exist of payments-dev",
            "violated paths-exist of payments-prod",
        ],
    ),
    adds(
        "a static route of a transit gateway route table",
        HUB,
        |by| {
            Box::pin(async move {
                let create = by.ec2.create_transit_gateway_route().transit_gateway_route_table_id(by.id(SPOKES));
                let create = create.destination_cidr_block("192.0.2.0/24");
                create
                    .transit_gateway_attachment_id(by.id("networking/egress/attachment"))
                    .send()
                    .await
                    .expect("a route");
            })
        },
        &["unmanaged transit-gateway-route in networking/egress/attachment"],
    ),
    adds(
        "a static route from one workload to another",
        HUB,
        |by| {
            Box::pin(async move {
                let vpc = by.id("orders-prod/container/vpc");
                let attachment = by.id("orders-prod/container/attachment");
                let range = orders_range(by, &vpc).await;
                let create = by.ec2.create_transit_gateway_route().transit_gateway_route_table_id(by.id(SPOKES));
                let create = create.destination_cidr_block(range).transit_gateway_attachment_id(attachment);
                create.send().await.expect("a route");
            })
        },
        &[
            "unmanaged transit-gateway-route in networking/transit-gateway/tables/spokes-prod/self",
            "violated paths-exist of payments-prod",
            "violated segments-are-isolated of payments-prod",
        ],
    ),
    adds(
        "a blackhole of a transit gateway route table",
        HUB,
        |by| {
            Box::pin(async move {
                let create = by.ec2.create_transit_gateway_route().transit_gateway_route_table_id(by.id(SPOKES));
                create.destination_cidr_block("192.0.2.0/24").blackhole(true).send().await.expect("a route");
            })
        },
        &[
            "unmanaged transit-gateway-route in networking/transit-gateway/tables/spokes-prod/self",
            "violated listed-egress-passes of orders-prod",
            "violated listed-egress-passes of payments-prod",
            "violated no-blackholes of networking",
            "violated paths-exist of orders-prod",
            "violated paths-exist of payments-prod",
        ],
    ),
    adds(
        "a propagation of one workload to another",
        HUB,
        |by| Box::pin(propagate(by, "orders-prod/container/attachment", by.id(SPOKES))),
        &[
            "unmanaged transit-gateway-propagation in networking/transit-gateway/tables/spokes-prod/self",
            "violated paths-exist of payments-prod",
            "violated segments-are-isolated of payments-prod",
        ],
    ),
    adds(
        "a propagation to a table of somebody's own",
        HUB,
        |by| {
            Box::pin(async move {
                let table = route_table(by).await;
                propagate(by, "orders-prod/container/attachment", table).await;
            })
        },
        &[
            "unmanaged transit-gateway-propagation in orders-prod/container/attachment",
            "unmanaged transit-gateway-route-table in networking/transit-gateway/self",
        ],
    ),
    adds(
        "a policy table",
        HUB,
        |by| {
            Box::pin(async move {
                let create = by.ec2.create_transit_gateway_policy_table().transit_gateway_id(by.id(GATEWAY));
                create.send().await.expect("a table");
            })
        },
        &["unmanaged transit-gateway-policy-table in networking/transit-gateway/self"],
    ),
    adds(
        "a reference to a prefix list",
        HUB,
        |by| {
            Box::pin(async move {
                let lists = by.ec2.describe_managed_prefix_lists().send().await.expect("lists").prefix_lists;
                let list = lists.unwrap_or_default().into_iter().find_map(|list| list.prefix_list_id).expect("a list");
                let create = by.ec2.create_transit_gateway_prefix_list_reference().prefix_list_id(list);
                let create = create.transit_gateway_route_table_id(by.id(SPOKES));
                create.blackhole(true).send().await.expect("a reference");
            })
        },
        &["unmanaged other-transit-gateway-route in networking/transit-gateway/tables/spokes-prod/self"],
    ),
];

/// The range of a VPC that propagates, as its attachment's owner sees it.
async fn orders_range(by: &Person<'_>, vpc: &str) -> String {
    let table = by.id("networking/transit-gateway/tables/egress/self");
    let search = by.ec2.search_transit_gateway_routes().transit_gateway_route_table_id(table);
    let propagated = aws_sdk_ec2::types::Filter::builder().name("type").values("propagated").build();
    let routes = search.filters(propagated).send().await.expect("routes").routes.unwrap_or_default();
    let is_of_vpc = |route: &aws_sdk_ec2::types::TransitGatewayRoute| {
        route.transit_gateway_attachments().iter().any(|one| one.resource_id() == Some(vpc))
    };
    let found = routes.into_iter().find(is_of_vpc).and_then(|route| route.destination_cidr_block);
    found.expect("a route to the VPC")
}
