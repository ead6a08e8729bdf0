//! Route tables of VPCs, and what uses them.

use super::super::drift::HUB;
use super::case::{Case, adds, try_all};

const P: &str = "payments-prod";
const VPC: &str = "payments-prod/container/vpc";

#[test]
fn of_vpcs() {
    try_all(CASES);
}

pub const CASES: &[Case] = &[
    adds(
        "a route table",
        P,
        |by| Box::pin(async move { drop(by.route_table(VPC).await) }),
        &["unmanaged route-table in payments-prod/container/vpc"],
    ),
    adds(
        "a route table in place of a subnet's own",
        P,
        |by| {
            Box::pin(async move {
                let (vpc, subnet) = (by.id(VPC), by.id("payments-prod/container/private/az1/subnet"));
                let table = by.route_table(VPC).await;
                let association = by.route_table_association("association.subnet-id", &subnet, &vpc).await;
                let replace = by.ec2.replace_route_table_association().association_id(association);
                replace.route_table_id(table).send().await.expect("replaced");
            })
        },
        &[
            "changed payments-prod/container/private/az1/route-table-association route_table",
            "unmanaged route-table in payments-prod/container/vpc",
            "violated listed-egress-passes of payments-prod",
            "violated paths-exist of networking",
            "violated paths-exist of payments-prod",
        ],
    ),
    adds(
        "a main route table in place of AWS's",
        P,
        |by| {
            Box::pin(async move {
                let table = by.route_table(VPC).await;
                let association = by.route_table_association("association.main", "true", &by.id(VPC)).await;
                let replace = by.ec2.replace_route_table_association().association_id(association);
                replace.route_table_id(table).send().await.expect("replaced");
            })
        },
        &["unmanaged route-table in payments-prod/container/vpc"],
    ),
    adds(
        "a subnet's table as main route table",
        P,
        |by| {
            Box::pin(async move {
                let table = by.id("payments-prod/container/private/az1/route-table");
                let association = by.route_table_association("association.main", "true", &by.id(VPC)).await;
                let replace = by.ec2.replace_route_table_association().association_id(association);
                replace.route_table_id(table).send().await.expect("replaced");
            })
        },
        &["unmanaged main-route-table in payments-prod/container/private/az1/route-table"],
    ),
    adds(
        "a subnet with a table of lz's",
        P,
        |by| {
            Box::pin(async move {
                let subnet = by.subnet(&by.id(VPC), "euw1-az1").await;
                let table = by.id("payments-prod/container/private/az1/route-table");
                let associate = by.ec2.associate_route_table().route_table_id(table);
                associate.subnet_id(subnet).send().await.expect("associated");
            })
        },
        &[
            "unmanaged route-table-association in payments-prod/container/private/az1/route-table",
            "unmanaged subnet in payments-prod/container/vpc",
        ],
    ),
    adds(
        "a route table of the internet gateway",
        HUB,
        |by| {
            Box::pin(async move {
                let table = by.route_table("networking/egress/vpc").await;
                let gateway = by.id("networking/egress/internet-gateway");
                let associate = by.ec2.associate_route_table().route_table_id(table);
                associate.gateway_id(gateway).send().await.expect("associated");
            })
        },
        &[
            "unmanaged route-table in networking/egress/vpc",
            "unmanaged route-table-association in networking/egress/internet-gateway",
        ],
    ),
];
