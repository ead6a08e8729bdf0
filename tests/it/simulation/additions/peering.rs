//! Peering connections. One between two of the zone's accounts opens both VPCs, and is told in each.

use std::time::Duration;

use super::case::{Case, Person, adds, try_all};

const P: &str = "payments-prod";
const VPC: &str = "payments-prod/container/vpc";

/// Asks another account for a connection with one of its VPCs.
async fn ask(by: &Person<'_>, vpc: &str, account: &str, peer: &str) {
    let create = by.ec2.create_vpc_peering_connection().vpc_id(vpc).peer_owner_id(by.account(account));
    create.peer_vpc_id(peer).send().await.expect("a connection");
}

/// Accepts what another account has asked for.
async fn accept(by: &Person<'_>) {
    let all = by.ec2.describe_vpc_peering_connections().send().await.expect("connections");
    let asked =
        all.vpc_peering_connections.unwrap_or_default().into_iter().find_map(|one| one.vpc_peering_connection_id);
    let accept = by.ec2.accept_vpc_peering_connection().vpc_peering_connection_id(asked.expect("a connection"));
    accept.send().await.expect("accepted");
    by.clock.sleep(Duration::from_secs(60)).await;
}

#[test]
fn of_vpcs() {
    try_all(CASES);
}

pub const CASES: &[Case] = &[
    adds(
        "a peering connection with a VPC of the same account",
        P,
        |by| {
            Box::pin(async move {
                let other = by.vpc("192.168.0.0/16").await;
                ask(by, &by.id(VPC), P, &other).await;
            })
        },
        &["unmanaged vpc-peering-connection in payments-prod/container/vpc"],
    ),
    adds(
        "a peering connection that another account's VPC has asked for",
        "management",
        |by| {
            Box::pin(async move {
                let other = by.vpc("192.168.0.0/16").await;
                ask(by, &other, P, &by.id(VPC)).await;
            })
        },
        &["unmanaged vpc-peering-connection in payments-prod/container/vpc"],
    ),
    adds(
        "a peering connection that was accepted from another account's VPC",
        "management",
        |by| {
            Box::pin(async move {
                let other = by.vpc("192.168.0.0/16").await;
                ask(by, &other, P, &by.id(VPC)).await;
            })
        },
        &["unmanaged vpc-peering-connection in payments-prod/container/vpc"],
    )
    .then(P, |by| Box::pin(accept(by))),
    adds(
        "a peering connection between two of the zone's VPCs",
        P,
        |by| {
            Box::pin(async move {
                ask(by, &by.id(VPC), "orders-prod", &by.id("orders-prod/container/vpc")).await;
            })
        },
        &[
            "unmanaged vpc-peering-connection in orders-prod/container/vpc",
            "unmanaged vpc-peering-connection in payments-prod/container/vpc",
        ],
    )
    .then("orders-prod", |by| Box::pin(accept(by))),
];
