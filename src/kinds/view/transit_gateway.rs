//! Transit gateways and their route tables, which nobody but the gateway's owner may describe.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{
    Filter, TransitGateway, TransitGatewayRoute, TransitGatewayRouteTable, TransitGatewayRouteTableAssociation,
    TransitGatewayRouteTablePropagation, TransitGatewayRouteTableState, TransitGatewayState,
    TransitGatewayVpcAttachment,
};
use futures::future::try_join_all;

use super::network::{filter, of_zones};
use super::{Once, View};
use crate::cloud::{CallError, Operation, Service, pages};

const DESCRIBE_GATEWAYS: Operation = Service::Ec2.read("DescribeTransitGateways");
const DESCRIBE_ROUTE_TABLES: Operation = Service::Ec2.read("DescribeTransitGatewayRouteTables");
const GET_ASSOCIATIONS: Operation = Service::Ec2.read("GetTransitGatewayRouteTableAssociations");
const GET_PROPAGATIONS: Operation = Service::Ec2.read("GetTransitGatewayRouteTablePropagations");
const SEARCH_ROUTES: Operation = Service::Ec2.read("SearchTransitGatewayRoutes");

#[derive(Debug, Default)]
pub(super) struct Cells {
    gateways: Once<Vec<TransitGateway>>,
    gateway_ids: Once<Vec<String>>,
    attachments: Once<Vec<TransitGatewayVpcAttachment>>,
    route_tables: Once<Vec<TransitGatewayRouteTable>>,
    associations: Once<Vec<(String, TransitGatewayRouteTableAssociation)>>,
    propagations: Once<Vec<(String, TransitGatewayRouteTablePropagation)>>,
    static_routes: Once<Vec<(String, TransitGatewayRoute)>>,
}

impl View {
    /// The zone's transit gateways that this account owns: those with the zone's tag, and those known to be its own.
    pub(in crate::kinds) async fn transit_gateways(&self) -> Result<&[TransitGateway], CallError> {
        let fetch = || async {
            let send = |filter: Filter, token| {
                let request = self.cloud.ec2().describe_transit_gateways().filters(filter);
                request.max_results(1000).set_next_token(token).send()
            };
            let mut all = pages(
                &self.cloud,
                DESCRIBE_GATEWAYS,
                |token| send(of_zones(), token),
                |page| (page.transit_gateways, page.next_token),
            )
            .await?;
            all.retain(|gateway| self.is_of_zone(gateway.transit_gateway_id(), gateway.tags()));
            let found: BTreeSet<&str> = all.iter().filter_map(TransitGateway::transit_gateway_id).collect();
            let known = self.subject.known.transit_gateways.iter().flatten();
            let known = known.filter(|id| !found.contains(id.as_str())).cloned();
            let mut others: BTreeSet<String> = known.chain(self.pinned_besides("tgw-0", &found)).collect();
            // Where none is known, those that the zone's own attachments lead to: a gateway may have lost its tags.
            if !self.knows_its("tgw-0") {
                let own = self.attachments().await?.iter();
                let own = own.filter(|one| self.is_of_zone(one.transit_gateway_attachment_id(), one.tags()));
                let led = own.filter_map(TransitGatewayVpcAttachment::transit_gateway_id);
                others.extend(led.filter(|id| !found.contains(id)).map(str::to_owned));
            }
            let others: Vec<String> = others.into_iter().collect();
            let known = self
                .by_ids(DESCRIBE_GATEWAYS, "transit-gateway-id", &others, send, |page| {
                    (page.transit_gateways, page.next_token)
                })
                .await?;
            all.extend(known);
            // A gateway that another account shares is described too.
            all.retain(|gateway| gateway.owner_id() == Some(self.cloud.id().as_str()));
            Ok(all)
        };
        self.transit_gateway.gateways.get(fetch).await.map(Vec::as_slice)
    }

    /// The ids of the zone's transit gateways that this account owns, without a call where they are known.
    pub(in crate::kinds) async fn transit_gateway_ids(&self) -> Result<&[String], CallError> {
        if let Some(known) = &self.subject.known.transit_gateways {
            return Ok(known);
        }
        let fetch = || async {
            let answer = self.answer(DESCRIBE_GATEWAYS);
            let gateways = self.transit_gateways().await?.iter();
            let there = gateways.filter(|gateway| gateway.state() != Some(&TransitGatewayState::Deleted));
            there.map(|gateway| answer.part(gateway.transit_gateway_id.clone(), "transitGatewayId")).collect()
        };
        self.transit_gateway.gateway_ids.get(fetch).await.map(Vec::as_slice)
    }

    /// The attachments of VPCs to the zone's transit gateways, whosever they are.
    pub(in crate::kinds) async fn gateway_attachments(&self) -> Result<&[TransitGatewayVpcAttachment], CallError> {
        let fetch = || async {
            let gateways = self.transit_gateway_ids().await?;
            self.attachments_by("transit-gateway-id", gateways).await
        };
        self.transit_gateway.attachments.get(fetch).await.map(Vec::as_slice)
    }

    /// The attachments of other accounts' VPCs to this account's transit gateways.
    pub(in crate::kinds) async fn foreign_attachments(
        &self,
    ) -> Result<impl Iterator<Item = &TransitGatewayVpcAttachment>, CallError> {
        let all = self.gateway_attachments().await?.iter();
        Ok(all.filter(|attachment| attachment.vpc_owner_id() != Some(self.cloud.id().as_str())))
    }

    /// The route tables of the zone's transit gateways.
    pub(in crate::kinds) async fn transit_gateway_route_tables(
        &self,
    ) -> Result<&[TransitGatewayRouteTable], CallError> {
        let fetch = || async {
            let send = |filter, token| {
                let request = self.cloud.ec2().describe_transit_gateway_route_tables().filters(filter);
                request.max_results(1000).set_next_token(token).send()
            };
            let gateways = self.transit_gateway_ids().await?;
            self.by_ids(DESCRIBE_ROUTE_TABLES, "transit-gateway-id", gateways, send, |page| {
                (page.transit_gateway_route_tables, page.next_token)
            })
            .await
        };
        self.transit_gateway.route_tables.get(fetch).await.map(Vec::as_slice)
    }

    /// The ids of the route tables that can hold something: AWS refuses questions about others. Where somebody waits for
    /// parts of tables, whose ids begin with the table's, only these tables.
    async fn usable_route_tables(&self) -> Result<Vec<&str>, CallError> {
        if let Some(awaited) = &self.subject.known.awaited {
            let tables: BTreeSet<&str> = awaited.iter().filter_map(|id| Some(id.split_once('|')?.0)).collect();
            return Ok(tables.into_iter().collect());
        }
        let answer = self.answer(DESCRIBE_ROUTE_TABLES);
        let tables = self.transit_gateway_route_tables().await?.iter();
        tables
            .filter(|table| table.state() == Some(&TransitGatewayRouteTableState::Available))
            .map(|table| answer.part(table.transit_gateway_route_table_id(), "transitGatewayRouteTableId"))
            .collect()
    }

    /// What is associated with the zone's transit gateway route tables, with the table.
    pub(in crate::kinds) async fn transit_gateway_associations(
        &self,
    ) -> Result<&[(String, TransitGatewayRouteTableAssociation)], CallError> {
        let fetch = || async {
            let each = self.usable_route_tables().await?.into_iter().map(|table| async move {
                let client = self.cloud.ec2();
                let send = |token| {
                    let request = client.get_transit_gateway_route_table_associations();
                    request.transit_gateway_route_table_id(table).max_results(1000).set_next_token(token).send()
                };
                let all = pages(&self.cloud, GET_ASSOCIATIONS, send, |page| (page.associations, page.next_token)).await;
                Ok::<_, CallError>(with_table(table, self.listed(all)?))
            });
            Ok(try_join_all(each).await?.concat())
        };
        self.transit_gateway.associations.get(fetch).await.map(Vec::as_slice)
    }

    /// What propagates to the zone's transit gateway route tables, with the table.
    pub(in crate::kinds) async fn transit_gateway_propagations(
        &self,
    ) -> Result<&[(String, TransitGatewayRouteTablePropagation)], CallError> {
        let fetch = || async {
            let each = self.usable_route_tables().await?.into_iter().map(|table| async move {
                let client = self.cloud.ec2();
                let send = |token| {
                    let request = client.get_transit_gateway_route_table_propagations();
                    request.transit_gateway_route_table_id(table).max_results(1000).set_next_token(token).send()
                };
                let all = pages(&self.cloud, GET_PROPAGATIONS, send, |page| {
                    (page.transit_gateway_route_table_propagations, page.next_token)
                })
                .await;
                Ok::<_, CallError>(with_table(table, self.listed(all)?))
            });
            Ok(try_join_all(each).await?.concat())
        };
        self.transit_gateway.propagations.get(fetch).await.map(Vec::as_slice)
    }

    /// The static routes of the zone's transit gateway route tables, with the table.
    pub(in crate::kinds) async fn transit_gateway_static_routes(
        &self,
    ) -> Result<&[(String, TransitGatewayRoute)], CallError> {
        let fetch = || async {
            let each = self.usable_route_tables().await?.into_iter().map(|table| async move {
                Ok::<_, CallError>(with_table(table, self.listed(self.static_routes_of(table).await)?))
            });
            Ok(try_join_all(each).await?.concat())
        };
        self.transit_gateway.static_routes.get(fetch).await.map(Vec::as_slice)
    }

    async fn static_routes_of(&self, table: &str) -> Result<Vec<TransitGatewayRoute>, CallError> {
        let send = |token| {
            let request = self.cloud.ec2().search_transit_gateway_routes().transit_gateway_route_table_id(table);
            request.filters(filter("type", ["static"])).max_results(1000).set_next_token(token).send()
        };
        let found = pages(&self.cloud, SEARCH_ROUTES, send, |page| {
            let more = page.additional_routes_available == Some(true);
            let cut = more && page.next_token.as_deref().is_none_or(str::is_empty);
            (Some(vec![(page.routes.unwrap_or_default(), cut)]), page.next_token)
        })
        .await?;
        if found.iter().any(|(_, cut)| *cut) {
            let message = format!("{table} holds more static routes than AWS lists");
            return Err(self.answer(SEARCH_ROUTES).error(None, message));
        }
        Ok(found.into_iter().flat_map(|(routes, _)| routes).collect())
    }
}

fn with_table<T>(table: &str, items: Option<Vec<T>>) -> Vec<(String, T)> {
    items.into_iter().flatten().map(|item| (table.to_owned(), item)).collect()
}
