//! What packets leave VPCs by.

use super::{GroupIdentifier, Tag, documents};

documents! {
    /// `aws ec2 describe-internet-gateways`
    InternetGateways { internet_gateways: Vec<InternetGateway>, }
    /// An internet gateway.
    InternetGateway { internet_gateway_id: String, attachments: Vec<VpcAttachment>, tags: Vec<Tag>, }
    /// A VPC that a gateway is attached to.
    VpcAttachment { vpc_id: String, state: Option<String>, }

    /// `aws ec2 describe-nat-gateways`
    NatGateways { nat_gateways: Vec<NatGateway>, }
    /// A NAT gateway.
    NatGateway {
        nat_gateway_id: String,
        subnet_id: Option<String>,
        vpc_id: Option<String>,
        state: String,
        connectivity_type: Option<String>,
        availability_mode: Option<String>,
        nat_gateway_addresses: Vec<NatGatewayAddress>,
        tags: Vec<Tag>,
    }
    /// An address of a NAT gateway.
    NatGatewayAddress { private_ip: Option<String>, public_ip: Option<String>, is_primary: Option<bool>, }

    /// `aws ec2 describe-vpc-endpoints`
    VpcEndpoints { vpc_endpoints: Vec<VpcEndpoint>, }
    /// A VPC endpoint.
    VpcEndpoint {
        vpc_endpoint_id: String,
        vpc_endpoint_type: Option<String>,
        vpc_id: String,
        service_name: String,
        state: Option<String>,
        subnet_ids: Vec<String>,
        groups: Vec<GroupIdentifier>,
        private_dns_enabled: Option<bool>,
        tags: Vec<Tag>,
    }

    /// `aws ec2 describe-vpc-peering-connections`
    VpcPeeringConnections { vpc_peering_connections: Vec<VpcPeeringConnection>, }
    /// A peering connection.
    VpcPeeringConnection {
        vpc_peering_connection_id: String,
        status: Option<PeeringStatus>,
        requester_vpc_info: Option<PeeredVpc>,
        accepter_vpc_info: Option<PeeredVpc>,
        tags: Vec<Tag>,
    }
    /// A peering connection's state.
    PeeringStatus { code: String, }
    /// A side of a peering connection.
    PeeredVpc { vpc_id: String, }

    /// `aws ec2 describe-vpn-gateways`
    VpnGateways { vpn_gateways: Vec<VpnGateway>, }
    /// A virtual private gateway.
    VpnGateway { vpn_gateway_id: String, state: Option<String>, vpc_attachments: Vec<VpcAttachment>, tags: Vec<Tag>, }

    /// `aws ec2 describe-vpc-block-public-access-options`
    VpcBlockPublicAccess { vpc_block_public_access_options: Option<BlockPublicAccessOptions>, }
    /// Whether VPCs are cut off from the internet.
    BlockPublicAccessOptions { internet_gateway_block_mode: Option<String>, }
}
