//! Route tables of the transit gateway, and what is in them.

use super::case::{Entry, GONE, Person, drift, identity, immutable};
use super::scene::HUB;
use super::vpc::{retagged, unaddressed};

const INGRESS_TABLE: &str = "networking/transit-gateway/tables/ingress/self";
const EGRESS_TABLE: &str = "networking/transit-gateway/tables/egress/self";
const PROD_TABLE: &str = "networking/transit-gateway/tables/spokes-prod/self";
const INGRESS: &str = "networking/ingress/attachment";
const EGRESS: &str = "networking/egress/attachment";
const SPOKE: &str = "payments-prod/container/attachment";

async fn disassociate(it: &Person, table: &str, attachment: &str) {
    let disassociate = it.ec2.disassociate_transit_gateway_route_table();
    let disassociate = disassociate.transit_gateway_route_table_id(it.id(table));
    disassociate.transit_gateway_attachment_id(it.id(attachment)).send().await.expect("done");
    it.wait().await;
}

async fn associate(it: &Person, table: &str, attachment: &str) {
    let associate = it.ec2.associate_transit_gateway_route_table().transit_gateway_route_table_id(it.id(table));
    associate.transit_gateway_attachment_id(it.id(attachment)).send().await.expect("done");
}

pub fn route_table() -> Vec<Entry> {
    vec![
        drift(
            GONE,
            HUB,
            |it| async move {
                disassociate(&it, INGRESS_TABLE, INGRESS).await;
                let delete = it.ec2.delete_transit_gateway_route_table();
                delete.transit_gateway_route_table_id(it.id(INGRESS_TABLE)).send().await.expect("done");
            },
            &[
                "medium missing networking/transit-gateway/tables/ingress/associations/networking.ingress",
                "medium missing networking/transit-gateway/tables/ingress/propagations/orders-prod.container",
                "medium missing networking/transit-gateway/tables/ingress/propagations/payments-dev.container",
                "medium missing networking/transit-gateway/tables/ingress/propagations/payments-prod.container",
                "medium missing networking/transit-gateway/tables/ingress/self",
                "high violated paths-exist of networking, orders-prod, payments-dev, payments-prod",
            ],
        ),
        immutable("transit_gateway"),
        retagged(HUB, INGRESS_TABLE, &["low changed networking/transit-gateway/tables/ingress/self tags"]),
        unaddressed(HUB, INGRESS_TABLE, &["low changed networking/transit-gateway/tables/ingress/self tags"]),
    ]
}

pub fn association() -> Vec<Entry> {
    vec![
        drift(
            GONE,
            HUB,
            |it| async move { disassociate(&it, EGRESS_TABLE, EGRESS).await },
            &[
                "medium missing networking/transit-gateway/tables/egress/associations/networking.egress",
                "high violated paths-exist of orders-prod, payments-dev, payments-prod",
                "medium violated listed-egress-passes of orders-prod, payments-prod",
            ],
        )
        .of("of the hub"),
        drift(
            GONE,
            HUB,
            |it| async move { disassociate(&it, PROD_TABLE, SPOKE).await },
            &[
                "medium missing networking/transit-gateway/tables/spokes-prod/associations/payments-prod.container",
                "high violated paths-exist of networking, payments-prod",
                "medium violated listed-egress-passes of payments-prod",
            ],
        )
        .of("of a workload"),
        identity("attachment"),
        drift(
            "route_table",
            HUB,
            |it| async move {
                disassociate(&it, PROD_TABLE, SPOKE).await;
                associate(&it, EGRESS_TABLE, SPOKE).await;
            },
            &[
                "medium changed networking/transit-gateway/tables/spokes-prod/associations/payments-prod.container route_table",
                "critical violated segments-are-isolated of payments-prod",
                "high violated paths-exist of networking, payments-prod",
                "medium violated listed-egress-passes of payments-prod",
            ],
        )
        .of("made anew"),
    ]
}

async fn disable(it: Person, table: &'static str, attachment: &'static str) {
    let disable = it.ec2.disable_transit_gateway_route_table_propagation();
    let disable = disable.transit_gateway_route_table_id(it.id(table));
    disable.transit_gateway_attachment_id(it.id(attachment)).send().await.expect("done");
}

pub fn propagation() -> Vec<Entry> {
    vec![
        drift(
            GONE,
            HUB,
            |it| disable(it, PROD_TABLE, INGRESS),
            &[
                "medium missing networking/transit-gateway/tables/spokes-prod/propagations/networking.ingress",
                "high violated paths-exist of networking, orders-prod, payments-prod",
            ],
        )
        .of("of the hub"),
        drift(
            GONE,
            HUB,
            |it| disable(it, EGRESS_TABLE, SPOKE),
            &[
                "medium missing networking/transit-gateway/tables/egress/propagations/payments-prod.container",
                "high violated paths-exist of payments-prod",
                "medium violated listed-egress-passes of payments-prod",
            ],
        )
        .of("of a workload"),
        identity("attachment"),
        identity("route_table"),
    ]
}

async fn delete_route(it: Person, destination: &'static str) {
    let delete = it.ec2.delete_transit_gateway_route().transit_gateway_route_table_id(it.id(PROD_TABLE));
    delete.destination_cidr_block(destination).send().await.expect("done");
}

/// Points a route to an attachment, or to nothing.
async fn turn_route(it: Person, destination: &'static str, attachment: Option<&'static str>) {
    let replace = it.ec2.replace_transit_gateway_route().transit_gateway_route_table_id(it.id(PROD_TABLE));
    let replace = replace.destination_cidr_block(destination);
    let replace = match attachment {
        Some(attachment) => replace.transit_gateway_attachment_id(it.id(attachment)),
        None => replace.blackhole(true),
    };
    replace.send().await.expect("done");
}

pub fn route() -> Vec<Entry> {
    vec![
        drift(
            GONE,
            HUB,
            |it| delete_route(it, "0.0.0.0/0"),
            &[
                "medium missing networking/transit-gateway/tables/spokes-prod/routes/0.0.0.0-0",
                "high violated paths-exist of orders-prod, payments-prod",
                "medium violated listed-egress-passes of orders-prod, payments-prod",
            ],
        )
        .of("to an attachment"),
        drift(
            GONE,
            HUB,
            |it| delete_route(it, "10.0.0.0/8"),
            &[
                "medium missing networking/transit-gateway/tables/spokes-prod/routes/10.0.0.0-8",
                "critical violated segments-are-isolated of orders-prod, payments-prod",
                "high violated paths-exist of orders-prod, payments-prod",
            ],
        )
        .of("to nothing"),
        identity("route_table"),
        identity("destination"),
        drift(
            "target",
            HUB,
            |it| turn_route(it, "0.0.0.0/0", None),
            &[
                "medium changed networking/transit-gateway/tables/spokes-prod/routes/0.0.0.0-0 target",
                "high violated paths-exist of orders-prod, payments-prod",
                "medium violated listed-egress-passes of orders-prod, payments-prod",
                "medium violated no-blackholes of networking",
            ],
        )
        .of("to nothing"),
        drift(
            "target",
            HUB,
            |it| turn_route(it, "0.0.0.0/0", Some(INGRESS)),
            &[
                "medium changed networking/transit-gateway/tables/spokes-prod/routes/0.0.0.0-0 target",
                "high violated paths-exist of orders-prod, payments-prod",
                "medium violated listed-egress-passes of orders-prod, payments-prod",
            ],
        )
        .of("to another attachment"),
        drift(
            "target",
            HUB,
            |it| turn_route(it, "10.0.0.0/8", Some(EGRESS)),
            &[
                "medium changed networking/transit-gateway/tables/spokes-prod/routes/10.0.0.0-8 target",
                "critical violated segments-are-isolated of orders-prod, payments-prod",
                "high violated paths-exist of orders-prod, payments-prod",
            ],
        )
        .of("from nothing"),
    ]
}
