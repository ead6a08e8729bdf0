//! Routes in the tables of VPCs.

use aws_sdk_ec2::operation::create_route::builders::CreateRouteFluentBuilder;
use aws_sdk_ec2::types::{ConnectivityType, GatewayType};

use super::super::drift::HUB;
use super::case::{Case, Person, adds, try_all};

const P: &str = "payments-prod";
const VPC: &str = "payments-prod/container/vpc";
const PRIVATE: &str = "payments-prod/container/private/az1/route-table";
const DATA: &str = "payments-prod/container/data/az1/route-table";

/// A route to somewhere outside of the zone in a table.
fn route(by: &Person<'_>, table: &str) -> CreateRouteFluentBuilder {
    by.ec2.create_route().route_table_id(by.id(table)).destination_cidr_block("192.0.2.0/24")
}

#[test]
fn in_tables_of_vpcs() {
    try_all(CASES);
}

pub const CASES: &[Case] = &[
    adds(
        "a route of a workload to an internet gateway",
        P,
        |by| {
            Box::pin(async move {
                let gateway = by.internet_gateway(&by.id(VPC)).await;
                route(by, PRIVATE).gateway_id(gateway).send().await.expect("a route");
            })
        },
        &[
            "unmanaged internet-gateway in payments-prod/container/vpc",
            "unmanaged route in payments-prod/container/private/az1/route-table",
            "violated internet-stays-out of payments-prod",
            "violated listed-egress-passes of payments-prod",
            "violated paths-exist of payments-prod",
            "violated workloads-have-no-edge of payments-prod",
        ],
    ),
    adds(
        "a route of a workload to a NAT gateway",
        P,
        |by| {
            Box::pin(async move {
                let subnet = by.id("payments-prod/container/private/az1/subnet");
                let create = by.ec2.create_nat_gateway().subnet_id(subnet).connectivity_type(ConnectivityType::Private);
                let made = create.send().await.expect("a gateway");
                let gateway = made.nat_gateway.and_then(|one| one.nat_gateway_id).expect("an id");
                by.wait().await;
                route(by, DATA).nat_gateway_id(gateway).send().await.expect("a route");
            })
        },
        &[
            "unmanaged nat-gateway in payments-prod/container/private/az1/subnet",
            "unmanaged route in payments-prod/container/data/az1/route-table",
            "violated workloads-have-no-edge of payments-prod",
        ],
    ),
    adds(
        "a route of a workload to a network interface",
        P,
        |by| {
            Box::pin(async move {
                let interface = by.interface(&by.id("payments-prod/container/private/az1/subnet")).await;
                route(by, DATA).network_interface_id(interface).send().await.expect("a route");
            })
        },
        &["unmanaged route in payments-prod/container/data/az1/route-table", "violated no-blackholes of payments-prod"],
    ),
    adds(
        "a route of a workload to a peering connection",
        P,
        |by| {
            Box::pin(async move {
                let other = by.vpc("192.168.0.0/16").await;
                let create = by.ec2.create_vpc_peering_connection().vpc_id(by.id(VPC)).peer_vpc_id(other);
                let made = create.send().await.expect("a connection").vpc_peering_connection;
                let connection = made.and_then(|one| one.vpc_peering_connection_id).expect("an id");
                by.wait().await;
                let accept = by.ec2.accept_vpc_peering_connection().vpc_peering_connection_id(&connection);
                accept.send().await.expect("accepted");
                by.wait().await;
                let route = by.ec2.create_route().route_table_id(by.id(DATA)).destination_cidr_block("192.168.0.0/16");
                route.vpc_peering_connection_id(connection).send().await.expect("a route");
            })
        },
        &[
            "unmanaged route in payments-prod/container/data/az1/route-table",
            "unmanaged vpc-peering-connection in payments-prod/container/vpc",
        ],
    ),
    adds(
        "a route of a workload to a virtual private gateway",
        P,
        |by| {
            Box::pin(async move {
                let made = by.ec2.create_vpn_gateway().r#type(GatewayType::Ipsec1).send().await.expect("a gateway");
                let gateway = made.vpn_gateway.and_then(|one| one.vpn_gateway_id).expect("an id");
                by.wait().await;
                let attach = by.ec2.attach_vpn_gateway().vpn_gateway_id(&gateway).vpc_id(by.id(VPC));
                attach.send().await.expect("attached");
                by.wait().await;
                route(by, DATA).gateway_id(gateway).send().await.expect("a route");
            })
        },
        &[
            "unmanaged route in payments-prod/container/data/az1/route-table",
            "unmanaged vpn-gateway-attachment in payments-prod/container/vpc",
            "violated egress-is-inspected of payments-prod",
            "violated nobody-speaks-smtp of payments-prod",
        ],
    ),
    adds(
        "a route of a workload's data tier to the transit gateway",
        P,
        |by| {
            Box::pin(async move {
                let gateway = by.id("networking/transit-gateway/self");
                route(by, DATA).transit_gateway_id(gateway).send().await.expect("a route");
            })
        },
        &["unmanaged route in payments-prod/container/data/az1/route-table"],
    ),
    adds(
        "a route of a workload's data tier to a prefix list",
        P,
        |by| {
            Box::pin(async move {
                let lists = by.ec2.describe_managed_prefix_lists().send().await.expect("lists").prefix_lists;
                let mut lists = lists.unwrap_or_default().into_iter();
                let is_of = |name: Option<&str>| name.is_some_and(|name| name.ends_with(".dynamodb"));
                let list = lists.find(|list| is_of(list.prefix_list_name())).and_then(|list| list.prefix_list_id);
                let create = by.ec2.create_route().route_table_id(by.id(DATA));
                let create = create.destination_prefix_list_id(list.expect("a list"));
                create.transit_gateway_id(by.id("networking/transit-gateway/self")).send().await.expect("a route");
            })
        },
        &["unmanaged route in payments-prod/container/data/az1/route-table"],
    ),
    adds(
        "a route of an attachment's subnet to the transit gateway",
        P,
        |by| {
            Box::pin(async move {
                let gateway = by.id("networking/transit-gateway/self");
                let table = "payments-prod/container/transit/az1/route-table";
                route(by, table).transit_gateway_id(gateway).send().await.expect("a route");
            })
        },
        &["unmanaged route in payments-prod/container/transit/az1/route-table"],
    ),
    adds(
        "a route in a main route table",
        P,
        |by| {
            Box::pin(async move {
                let vpc = by.id(VPC);
                let filter =
                    |name: &str, value: &str| aws_sdk_ec2::types::Filter::builder().name(name).values(value).build();
                let describe = by.ec2.describe_route_tables().filters(filter("vpc-id", &vpc));
                let main = describe.filters(filter("association.main", "true")).send().await.expect("tables");
                let main = main.route_tables.unwrap_or_default().into_iter().find_map(|table| table.route_table_id);
                let create = by.ec2.create_route().route_table_id(main.expect("a table"));
                let create = create.destination_cidr_block("0.0.0.0/0");
                create.transit_gateway_id(by.id("networking/transit-gateway/self")).send().await.expect("a route");
            })
        },
        &["unmanaged route in networking/transit-gateway/self"],
    ),
    adds(
        "a route past the firewall to the internet gateway",
        HUB,
        |by| {
            Box::pin(async move {
                let gateway = by.id("networking/egress/internet-gateway");
                let table = "networking/egress/transit/az1/route-table";
                route(by, table).gateway_id(gateway).send().await.expect("a route");
            })
        },
        &[
            "unmanaged route in networking/egress/internet-gateway",
            "violated listed-egress-passes of orders-prod",
            "violated listed-egress-passes of payments-prod",
            "violated paths-exist of orders-prod",
            "violated paths-exist of payments-dev",
            "violated paths-exist of payments-prod",
        ],
    ),
    adds(
        "a route past the firewall to a NAT gateway",
        HUB,
        |by| {
            Box::pin(async move {
                let gateway = by.id("networking/egress/public/az1/nat");
                let table = "networking/egress/transit/az1/route-table";
                route(by, table).nat_gateway_id(gateway).send().await.expect("a route");
            })
        },
        &[
            "unmanaged route in networking/egress/public/az1/nat",
            "violated egress-is-inspected of orders-prod",
            "violated egress-is-inspected of payments-dev",
            "violated egress-is-inspected of payments-prod",
            "violated listed-egress-passes of orders-prod",
            "violated listed-egress-passes of payments-prod",
            "violated nobody-speaks-smtp of orders-prod",
            "violated nobody-speaks-smtp of payments-dev",
            "violated nobody-speaks-smtp of payments-prod",
            "violated paths-exist of orders-prod",
            "violated paths-exist of payments-dev",
            "violated paths-exist of payments-prod",
        ],
    ),
    adds(
        "a route of the public tier to a firewall's endpoint",
        HUB,
        |by| {
            Box::pin(async move {
                let endpoint = by.id("networking/egress/firewall/endpoints/az1");
                let table = "networking/egress/public/az1/route-table";
                route(by, table).vpc_endpoint_id(endpoint).send().await.expect("a route");
            })
        },
        &[
            "unmanaged route in networking/egress/firewall/endpoints/az1",
            "violated listed-egress-passes of orders-prod",
            "violated listed-egress-passes of payments-prod",
            "violated paths-exist of orders-prod",
            "violated paths-exist of payments-dev",
            "violated paths-exist of payments-prod",
        ],
    ),
    adds(
        "a route of the firewall's tier to the transit gateway",
        HUB,
        |by| {
            Box::pin(async move {
                let gateway = by.id("networking/transit-gateway/self");
                let table = "networking/egress/firewall/az1/route-table";
                route(by, table).transit_gateway_id(gateway).send().await.expect("a route");
            })
        },
        &[
            "unmanaged route in networking/egress/firewall/az1/route-table",
            "violated listed-egress-passes of orders-prod",
            "violated listed-egress-passes of payments-prod",
            "violated paths-exist of orders-prod",
            "violated paths-exist of payments-dev",
            "violated paths-exist of payments-prod",
        ],
    ),
    adds(
        "a default route of the ingress VPC",
        HUB,
        |by| {
            Box::pin(async move {
                let table = by.id("networking/ingress/private/az1/route-table");
                let create = by.ec2.create_route().route_table_id(table).destination_cidr_block("0.0.0.0/0");
                create.transit_gateway_id(by.id("networking/transit-gateway/self")).send().await.expect("a route");
            })
        },
        &["unmanaged route in networking/ingress/private/az1/route-table"],
    ),
];
