//! Transit gateways.

use super::{Tag, documents};

documents! {
    /// `aws ec2 describe-transit-gateways`
    TransitGateways { transit_gateways: Vec<TransitGateway>, }
    /// A transit gateway.
    TransitGateway { transit_gateway_id: String, owner_id: Option<String>, state: Option<String>, tags: Vec<Tag>, }

    /// `aws ec2 describe-transit-gateway-attachments`
    TransitGatewayAttachments { transit_gateway_attachments: Vec<TransitGatewayAttachment>, }
    /// An attachment of any kind.
    TransitGatewayAttachment {
        transit_gateway_attachment_id: String,
        transit_gateway_id: String,
        resource_type: String,
        resource_id: Option<String>,
        state: String,
        association: Option<AttachmentAssociation>,
        tags: Vec<Tag>,
    }
    /// The table that routes an attachment's packets.
    AttachmentAssociation { transit_gateway_route_table_id: Option<String>, state: Option<String>, }

    /// `aws ec2 describe-transit-gateway-vpc-attachments`
    TransitGatewayVpcAttachments { transit_gateway_vpc_attachments: Vec<TransitGatewayVpcAttachment>, }
    /// A VPC's attachment.
    TransitGatewayVpcAttachment {
        transit_gateway_attachment_id: String,
        transit_gateway_id: String,
        vpc_id: String,
        state: String,
        subnet_ids: Vec<String>,
        options: Option<VpcAttachmentOptions>,
        tags: Vec<Tag>,
    }
    /// A VPC attachment's options.
    VpcAttachmentOptions { appliance_mode_support: Option<String>, }

    /// `aws ec2 describe-transit-gateway-route-tables`
    TransitGatewayRouteTables { transit_gateway_route_tables: Vec<TransitGatewayRouteTable>, }
    /// A route table.
    TransitGatewayRouteTable {
        transit_gateway_route_table_id: String,
        transit_gateway_id: String,
        state: Option<String>,
        tags: Vec<Tag>,
    }

    /// `aws ec2 search-transit-gateway-routes`
    TransitGatewayRoutes { routes: Vec<TransitGatewayRoute>, additional_routes_available: Option<bool>, }
    /// A route.
    TransitGatewayRoute {
        destination_cidr_block: Option<String>,
        prefix_list_id: Option<String>,
        transit_gateway_attachments: Vec<RouteAttachment>,
        #[serde(rename = "Type")]
        route_type: Option<String>,
        state: Option<String>,
    }
    /// What a route leads to.
    RouteAttachment { transit_gateway_attachment_id: String, resource_type: Option<String>, }

    /// `aws ec2 get-transit-gateway-route-table-associations`
    TransitGatewayAssociations { associations: Vec<TransitGatewayAssociation>, }
    /// An association.
    TransitGatewayAssociation { transit_gateway_attachment_id: String, state: Option<String>, }

    /// `aws ec2 get-transit-gateway-route-table-propagations`
    TransitGatewayPropagations { transit_gateway_route_table_propagations: Vec<TransitGatewayPropagation>, }
    /// A propagation.
    TransitGatewayPropagation { transit_gateway_attachment_id: String, state: Option<String>, }

    /// `aws ec2 describe-transit-gateway-policy-tables`
    TransitGatewayPolicyTables { transit_gateway_policy_tables: Vec<TransitGatewayPolicyTable>, }
    /// A policy table.
    TransitGatewayPolicyTable { transit_gateway_policy_table_id: String, state: Option<String>, }
}
