//! Route tables of VPCs, their associations and routes.

use super::case::{Entry, GONE, Person, drift, identity, immutable};
use super::scene::HUB;
use super::vpc::{PAYMENTS, retagged, unaddressed};

const TABLE: &str = "payments-prod/container/private/az1/route-table";
const OTHER_TABLE: &str = "payments-prod/container/private/az2/route-table";
const DATA_TABLE: &str = "payments-prod/container/data/az1/route-table";

/// The association of a table, as AWS names it.
async fn association_of(it: &Person, table: &str) -> String {
    let tables = it.ec2.describe_route_tables().route_table_ids(it.id(table)).send().await.expect("tables");
    let association = tables.route_tables().first().and_then(|table| table.associations().first());
    association.and_then(|one| one.route_table_association_id()).expect("an association").to_owned()
}

async fn disassociate(it: &Person, table: &str) {
    let association = association_of(it, table).await;
    it.ec2.disassociate_route_table().association_id(association).send().await.expect("done");
}

pub fn route_table() -> Vec<Entry> {
    const TABLE: &str = "networking/ingress/private/az1/route-table";
    vec![
        drift(
            GONE,
            HUB,
            |it| async move {
                disassociate(&it, TABLE).await;
                it.ec2.delete_route_table().route_table_id(it.id(TABLE)).send().await.expect("done");
            },
            &[
                "medium missing networking/ingress/private/az1/route-table",
                "medium missing networking/ingress/private/az1/route-table-association",
                "medium missing networking/ingress/private/az1/routes/10.32.0.0-11",
                "high violated paths-exist of networking, orders-prod, payments-dev, payments-prod",
            ],
        ),
        immutable("vpc"),
        retagged(HUB, TABLE, &["low changed networking/ingress/private/az1/route-table tags"]),
        unaddressed(HUB, TABLE, &["low changed networking/ingress/private/az1/route-table tags"]),
    ]
}

async fn turn_association(it: Person, table: &'static str) {
    let association = association_of(&it, TABLE).await;
    let replace = it.ec2.replace_route_table_association().association_id(association);
    replace.route_table_id(it.id(table)).send().await.expect("done");
}

pub fn route_table_association() -> Vec<Entry> {
    vec![
        drift(
            GONE,
            PAYMENTS,
            |it| async move { disassociate(&it, TABLE).await },
            &[
                "medium missing payments-prod/container/private/az1/route-table-association",
                "high violated paths-exist of networking, payments-prod",
                "medium violated listed-egress-passes of payments-prod",
            ],
        ),
        identity("subnet"),
        drift(
            "route_table",
            PAYMENTS,
            |it| turn_association(it, DATA_TABLE),
            &[
                "medium changed payments-prod/container/private/az1/route-table-association route_table",
                "high violated paths-exist of payments-prod",
                "medium violated listed-egress-passes of payments-prod",
            ],
        )
        .of("of another tier"),
        drift(
            "route_table",
            PAYMENTS,
            |it| turn_association(it, OTHER_TABLE),
            &["medium changed payments-prod/container/private/az1/route-table-association route_table"],
        )
        .of("of another zone"),
    ]
}

async fn delete_route(it: Person, table: &'static str, destination: &'static str) {
    let delete = it.ec2.delete_route().route_table_id(it.id(table));
    delete.destination_cidr_block(destination).send().await.expect("done");
}

/// Points a route to a transit gateway, or to another gateway or endpoint.
async fn turn_route(it: &Person, table: &str, destination: &str, target: &str) {
    let replace = it.ec2.replace_route().route_table_id(it.id(table)).destination_cidr_block(destination);
    let target = it.id(target);
    let replace = match target.split('-').next() {
        Some("tgw") => replace.transit_gateway_id(target),
        Some("nat") => replace.nat_gateway_id(target),
        Some("vpce") => replace.vpc_endpoint_id(target),
        _ => replace.gateway_id(target),
    };
    replace.send().await.expect("done");
}

const GATEWAY: &str = "networking/transit-gateway/self";
const TRANSIT: &str = "networking/egress/transit/az1/route-table";
const FIREWALL: &str = "networking/egress/firewall/az1/route-table";
const PUBLIC: &str = "networking/egress/public/az1/route-table";

pub fn route() -> Vec<Entry> {
    vec![
        drift(
            GONE,
            PAYMENTS,
            |it| delete_route(it, TABLE, "0.0.0.0/0"),
            &[
                "medium missing payments-prod/container/private/az1/routes/0.0.0.0-0",
                "high violated paths-exist of networking, payments-prod",
                "medium violated listed-egress-passes of payments-prod",
            ],
        )
        .of("to the transit gateway"),
        drift(
            GONE,
            HUB,
            |it| delete_route(it, TRANSIT, "0.0.0.0/0"),
            &[
                "medium missing networking/egress/transit/az1/routes/0.0.0.0-0",
                "high violated paths-exist of orders-prod, payments-dev, payments-prod",
                "medium violated listed-egress-passes of orders-prod, payments-prod",
            ],
        )
        .of("to the firewall"),
        drift(
            GONE,
            HUB,
            |it| delete_route(it, FIREWALL, "0.0.0.0/0"),
            &[
                "medium missing networking/egress/firewall/az1/routes/0.0.0.0-0",
                "high violated paths-exist of orders-prod, payments-dev, payments-prod",
                "medium violated listed-egress-passes of orders-prod, payments-prod",
            ],
        )
        .of("to the NAT gateway"),
        drift(
            GONE,
            HUB,
            |it| delete_route(it, PUBLIC, "0.0.0.0/0"),
            &[
                "medium missing networking/egress/public/az1/routes/0.0.0.0-0",
                "high violated paths-exist of orders-prod, payments-dev, payments-prod",
                "medium violated listed-egress-passes of orders-prod, payments-prod",
            ],
        )
        .of("to the internet gateway"),
        drift(
            GONE,
            HUB,
            |it| delete_route(it, PUBLIC, "10.32.0.0/11"),
            &[
                "medium missing networking/egress/public/az1/routes/10.32.0.0-11",
                "high violated paths-exist of orders-prod, payments-dev, payments-prod",
                "medium violated listed-egress-passes of orders-prod, payments-prod",
            ],
        )
        .of("back to the firewall"),
        identity("route_table"),
        identity("destination"),
        drift(
            "target",
            HUB,
            |it| async move { turn_route(&it, TRANSIT, "0.0.0.0/0", "networking/egress/firewall/endpoints/az2").await },
            &[
                "medium changed networking/egress/transit/az1/routes/0.0.0.0-0 target",
                "critical violated egress-is-inspected of orders-prod, payments-dev, payments-prod",
                "medium violated zones-stand-alone of networking",
            ],
        )
        .of("to another zone's firewall endpoint"),
        drift(
            "target",
            HUB,
            |it| async move {
                let (other, endpoint) =
                    ("networking/egress/transit/az2/route-table", "networking/egress/firewall/endpoints/az");
                for (table, zone) in [(TRANSIT, "2"), (other, "1")] {
                    turn_route(&it, table, "0.0.0.0/0", &format!("{endpoint}{zone}")).await;
                }
            },
            &[
                "medium changed networking/egress/transit/*/routes/0.0.0.0-0 target",
                "critical violated egress-is-inspected of orders-prod, payments-dev, payments-prod",
                "medium violated zones-stand-alone of networking",
            ],
        )
        .of("to each other's firewall endpoints"),
        drift(
            "target",
            HUB,
            |it| async move { turn_route(&it, TRANSIT, "0.0.0.0/0", "networking/egress/public/az1/nat").await },
            &[
                "medium changed networking/egress/transit/az1/routes/0.0.0.0-0 target",
                "critical violated egress-is-inspected of orders-prod, payments-dev, payments-prod",
                "high violated nobody-speaks-smtp of orders-prod, payments-dev, payments-prod",
                "high violated paths-exist of orders-prod, payments-dev, payments-prod",
                "medium violated listed-egress-passes of orders-prod, payments-prod",
            ],
        )
        .of("past the firewall"),
        drift(
            "target",
            HUB,
            |it| async move { turn_route(&it, PUBLIC, "10.32.0.0/11", GATEWAY).await },
            &[
                "medium changed networking/egress/public/az1/routes/10.32.0.0-11 target",
                "critical violated egress-is-inspected of orders-prod, payments-dev, payments-prod",
                "high violated paths-exist of orders-prod, payments-dev, payments-prod",
                "medium violated listed-egress-passes of orders-prod, payments-prod",
            ],
        )
        .of("back past the firewall"),
        drift(
            "target",
            HUB,
            |it| async move { turn_route(&it, FIREWALL, "0.0.0.0/0", "networking/egress/public/az2/nat").await },
            &[
                "medium changed networking/egress/firewall/az1/routes/0.0.0.0-0 target",
                "critical violated egress-is-inspected of orders-prod, payments-dev, payments-prod",
                "high violated paths-exist of orders-prod, payments-dev, payments-prod",
                "medium violated listed-egress-passes of orders-prod, payments-prod",
                "medium violated zones-stand-alone of networking",
            ],
        )
        .of("to another zone's NAT gateway"),
        drift(
            "target",
            HUB,
            |it| async move { turn_route(&it, PUBLIC, "0.0.0.0/0", GATEWAY).await },
            &[
                "medium changed networking/egress/public/az1/routes/0.0.0.0-0 target",
                "high violated paths-exist of orders-prod, payments-dev, payments-prod",
                "medium violated listed-egress-passes of orders-prod, payments-prod",
            ],
        )
        .of("from the internet gateway"),
    ]
}
