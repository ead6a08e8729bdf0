//! Transit gateways.

use aws_sdk_ec2::types::{self, Filter};
use futures::future::join_all;

use super::super::{Answers, CollectError};
use super::network::described;
use super::{owned, tags, text};
use crate::cloud::{AccountCloud, CallError, Operation, Service, pages};
use crate::reach::recorded::documents::{
    AttachmentAssociation, RouteAttachment, TransitGateway, TransitGatewayAssociation, TransitGatewayAssociations,
    TransitGatewayAttachment, TransitGatewayAttachments, TransitGatewayPolicyTable, TransitGatewayPolicyTables,
    TransitGatewayPropagation, TransitGatewayPropagations, TransitGatewayRoute, TransitGatewayRouteTable,
    TransitGatewayRouteTables, TransitGatewayRoutes, TransitGatewayVpcAttachment, TransitGatewayVpcAttachments,
    TransitGateways, VpcAttachmentOptions,
};

const GATEWAYS: Operation = Service::Ec2.read("DescribeTransitGateways");
const ATTACHMENTS: Operation = Service::Ec2.read("DescribeTransitGatewayAttachments");
const VPC_ATTACHMENTS: Operation = Service::Ec2.read("DescribeTransitGatewayVpcAttachments");
const ROUTE_TABLES: Operation = Service::Ec2.read("DescribeTransitGatewayRouteTables");
const POLICY_TABLES: Operation = Service::Ec2.read("DescribeTransitGatewayPolicyTables");
const ASSOCIATIONS: Operation = Service::Ec2.read("GetTransitGatewayRouteTableAssociations");
const PROPAGATIONS: Operation = Service::Ec2.read("GetTransitGatewayRouteTablePropagations");
const ROUTES: Operation = Service::Ec2.read("SearchTransitGatewayRoutes");

pub(in crate::snapshot) async fn collect(cloud: &AccountCloud) -> Result<Answers, CollectError> {
    let (gateways, attachments, vpc_attachments, tables, policies) = futures::join!(
        described!(cloud, GATEWAYS, describe_transit_gateways, transit_gateways),
        described!(cloud, ATTACHMENTS, describe_transit_gateway_attachments, transit_gateway_attachments),
        described!(cloud, VPC_ATTACHMENTS, describe_transit_gateway_vpc_attachments, transit_gateway_vpc_attachments),
        described!(cloud, ROUTE_TABLES, describe_transit_gateway_route_tables, transit_gateway_route_tables),
        described!(cloud, POLICY_TABLES, describe_transit_gateway_policy_tables, transit_gateway_policy_tables),
    );
    let mut answers = Answers::default();
    answers.keep("describe-transit-gateways", gateways, |all| TransitGateways {
        transit_gateways: all.iter().map(gateway).collect(),
    })?;
    answers.keep("describe-transit-gateway-attachments", attachments, |all| TransitGatewayAttachments {
        transit_gateway_attachments: all.iter().map(attachment).collect(),
    })?;
    answers.keep("describe-transit-gateway-vpc-attachments", vpc_attachments, |all| TransitGatewayVpcAttachments {
        transit_gateway_vpc_attachments: all.iter().map(vpc_attachment).collect(),
    })?;
    answers.keep("describe-transit-gateway-policy-tables", policies, |all| TransitGatewayPolicyTables {
        transit_gateway_policy_tables: all.iter().map(policy_table).collect(),
    })?;
    if let Some(tables) = answers.unless_denied(tables)? {
        route_tables(cloud, &tables, &mut answers).await?;
    }
    Ok(answers)
}

async fn route_tables(
    cloud: &AccountCloud,
    tables: &[types::TransitGatewayRouteTable],
    answers: &mut Answers,
) -> Result<(), CollectError> {
    let transit_gateway_route_tables = tables.iter().map(route_table).collect();
    answers
        .add("describe-transit-gateway-route-tables", &TransitGatewayRouteTables { transit_gateway_route_tables })?;
    // Deleted tables stay listed for a while, and are refused when they are asked for what they hold.
    let is_there = |table: &&types::TransitGatewayRouteTable| {
        matches!(table.state(), Some(types::TransitGatewayRouteTableState::Available))
    };
    let ids =
        tables.iter().filter(is_there).filter_map(types::TransitGatewayRouteTable::transit_gateway_route_table_id);
    for (id, (associations, propagations, routes)) in
        join_all(ids.map(|id| async move { (id, table(cloud, id).await) })).await
    {
        answers.keep(format!("get-transit-gateway-route-table-associations.{id}"), associations, |all| {
            TransitGatewayAssociations { associations: all.iter().map(association).collect() }
        })?;
        answers.keep(format!("get-transit-gateway-route-table-propagations.{id}"), propagations, |all| {
            TransitGatewayPropagations {
                transit_gateway_route_table_propagations: all.iter().map(propagation).collect(),
            }
        })?;
        answers.keep(format!("search-transit-gateway-routes.{id}"), routes, |all| TransitGatewayRoutes {
            routes: all.iter().map(route).collect(),
            additional_routes_available: None,
        })?;
    }
    Ok(())
}

type All<T> = Result<Vec<T>, CallError>;

/// What one table holds: AWS tells it table by table.
async fn table(
    cloud: &AccountCloud,
    id: &str,
) -> (
    All<types::TransitGatewayRouteTableAssociation>,
    All<types::TransitGatewayRouteTablePropagation>,
    All<types::TransitGatewayRoute>,
) {
    let client = cloud.ec2();
    let associations = pages(
        cloud,
        ASSOCIATIONS,
        |token| {
            let request = client.get_transit_gateway_route_table_associations().transit_gateway_route_table_id(id);
            request.max_results(1000).set_next_token(token).send()
        },
        |page| (page.associations, page.next_token),
    );
    let propagations = pages(
        cloud,
        PROPAGATIONS,
        |token| {
            let request = client.get_transit_gateway_route_table_propagations().transit_gateway_route_table_id(id);
            request.max_results(1000).set_next_token(token).send()
        },
        |page| (page.transit_gateway_route_table_propagations, page.next_token),
    );
    let states = || Filter::builder().name("state").values("active").values("blackhole").build();
    let routes = pages(
        cloud,
        ROUTES,
        |token| {
            let request = client.search_transit_gateway_routes().transit_gateway_route_table_id(id).filters(states());
            request.max_results(1000).set_next_token(token).send()
        },
        |page| (page.routes, page.next_token),
    );
    futures::join!(associations, propagations, routes)
}

fn association(association: &types::TransitGatewayRouteTableAssociation) -> TransitGatewayAssociation {
    TransitGatewayAssociation {
        transit_gateway_attachment_id: text(association.transit_gateway_attachment_id()),
        state: association.state().map(|state| state.as_str().to_owned()),
    }
}

fn propagation(propagation: &types::TransitGatewayRouteTablePropagation) -> TransitGatewayPropagation {
    TransitGatewayPropagation {
        transit_gateway_attachment_id: text(propagation.transit_gateway_attachment_id()),
        state: propagation.state().map(|state| state.as_str().to_owned()),
    }
}

fn policy_table(table: &types::TransitGatewayPolicyTable) -> TransitGatewayPolicyTable {
    TransitGatewayPolicyTable {
        transit_gateway_policy_table_id: text(table.transit_gateway_policy_table_id()),
        state: table.state().map(|state| state.as_str().to_owned()),
    }
}

fn gateway(gateway: &types::TransitGateway) -> TransitGateway {
    TransitGateway {
        transit_gateway_id: text(gateway.transit_gateway_id()),
        owner_id: owned(gateway.owner_id()),
        state: gateway.state().map(|state| state.as_str().to_owned()),
        tags: tags(gateway.tags()),
    }
}

fn attachment(attachment: &types::TransitGatewayAttachment) -> TransitGatewayAttachment {
    TransitGatewayAttachment {
        transit_gateway_attachment_id: text(attachment.transit_gateway_attachment_id()),
        transit_gateway_id: text(attachment.transit_gateway_id()),
        resource_type: text(attachment.resource_type().map(types::TransitGatewayAttachmentResourceType::as_str)),
        resource_id: owned(attachment.resource_id()),
        state: text(attachment.state().map(types::TransitGatewayAttachmentState::as_str)),
        association: attachment.association().map(|one| AttachmentAssociation {
            transit_gateway_route_table_id: owned(one.transit_gateway_route_table_id()),
            state: one.state().map(|state| state.as_str().to_owned()),
        }),
        tags: tags(attachment.tags()),
    }
}

fn vpc_attachment(attachment: &types::TransitGatewayVpcAttachment) -> TransitGatewayVpcAttachment {
    TransitGatewayVpcAttachment {
        transit_gateway_attachment_id: text(attachment.transit_gateway_attachment_id()),
        transit_gateway_id: text(attachment.transit_gateway_id()),
        vpc_id: text(attachment.vpc_id()),
        state: text(attachment.state().map(types::TransitGatewayAttachmentState::as_str)),
        subnet_ids: attachment.subnet_ids().to_vec(),
        options: attachment.options().map(|options| VpcAttachmentOptions {
            appliance_mode_support: options.appliance_mode_support().map(|mode| mode.as_str().to_owned()),
        }),
        tags: tags(attachment.tags()),
    }
}

fn route_table(table: &types::TransitGatewayRouteTable) -> TransitGatewayRouteTable {
    TransitGatewayRouteTable {
        transit_gateway_route_table_id: text(table.transit_gateway_route_table_id()),
        transit_gateway_id: text(table.transit_gateway_id()),
        state: table.state().map(|state| state.as_str().to_owned()),
        tags: tags(table.tags()),
    }
}

fn route(route: &types::TransitGatewayRoute) -> TransitGatewayRoute {
    let via = |one: &types::TransitGatewayRouteAttachment| RouteAttachment {
        transit_gateway_attachment_id: text(one.transit_gateway_attachment_id()),
        resource_type: one.resource_type().map(|one| one.as_str().to_owned()),
    };
    TransitGatewayRoute {
        destination_cidr_block: owned(route.destination_cidr_block()),
        prefix_list_id: owned(route.prefix_list_id()),
        transit_gateway_attachments: route.transit_gateway_attachments().iter().map(via).collect(),
        route_type: route.r#type().map(|one| one.as_str().to_owned()),
        state: route.state().map(|state| state.as_str().to_owned()),
    }
}
