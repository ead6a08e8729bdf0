//! Transit gateways in one account.

use super::network::{subnet, vpc};
use super::{Bench, set_of, to};
use crate::kinds::transit_gateway_route::TransitGatewayRouteTarget;
use crate::kinds::{
    KindName, Observed, Spec, TransitGateway, TransitGatewayAssociation, TransitGatewayAttachment,
    TransitGatewayPropagation, TransitGatewayRoute, TransitGatewayRouteTable,
};
use crate::values::Cidr;

pub(super) fn gateway(auto_accept_shared_attachments: bool) -> TransitGateway {
    TransitGateway {
        description: "hub".to_owned(),
        amazon_side_asn: 64512,
        auto_accept_shared_attachments,
        default_route_table_association: false,
        default_route_table_propagation: false,
        dns_support: true,
        vpn_ecmp_support: true,
    }
}

pub(super) fn attachment(
    gateway: &Observed<Spec>,
    vpc: &Observed<Spec>,
    subnets: &[&Observed<Spec>],
) -> TransitGatewayAttachment {
    TransitGatewayAttachment {
        transit_gateway: to(gateway),
        vpc: to(vpc),
        subnets: set_of(subnets),
        appliance_mode: false,
        dns_support: true,
    }
}

#[tokio::test(start_paused = true)]
async fn transit_gateways() {
    let bench = Bench::new(6);
    let hub = bench.create(gateway(true)).await;
    let hub = bench.change(&hub, gateway(false)).await;
    let vpc = vpc(&bench, "10.0.0.0/16").await;
    let first = subnet(&bench, &vpc, "10.0.0.0/28", "euw1-az1").await;
    let second = subnet(&bench, &vpc, "10.0.0.16/28", "euw1-az2").await;
    let egress = bench.create(attachment(&hub, &vpc, &[&first])).await;
    let with_appliance_mode =
        TransitGatewayAttachment { appliance_mode: true, ..attachment(&hub, &vpc, &[&first, &second]) };
    let egress = bench.change(&egress, with_appliance_mode).await;

    let table = bench.create(TransitGatewayRouteTable { transit_gateway: to(&hub) }).await;
    let association =
        bench.create(TransitGatewayAssociation { attachment: to(&egress), route_table: to(&table) }).await;
    let propagation =
        bench.create(TransitGatewayPropagation { attachment: to(&egress), route_table: to(&table) }).await;
    let route = |target| TransitGatewayRoute {
        route_table: to(&table),
        destination: Cidr::parse("172.16.0.0/12").unwrap(),
        target,
    };
    let blackhole = bench.create(route(TransitGatewayRouteTarget::Blackhole)).await;
    let out = bench.change(&blackhole, route(TransitGatewayRouteTarget::Attachment(to(&egress)))).await;
    let seen = KindName::TransitGatewayRoute.observe(&bench.view()).await.unwrap();
    assert_eq!(seen, std::slice::from_ref(&out), "propagated routes are not among them");
    let foreign = KindName::TransitGatewayAttachmentAcceptance.observe(&bench.view()).await;
    assert_eq!(foreign, Ok(Vec::new()), "the gateway's own account needs nobody's acceptance");

    for live in [&out, &propagation, &association, &table, &egress, &second, &first, &vpc, &hub] {
        bench.delete(live).await;
    }
}
