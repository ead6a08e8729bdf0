//! What packets leave VPCs by.

use aws_sdk_ec2::types;

use super::super::{Answers, CollectError};
use super::network::described;
use super::{group, owned, tags, text};
use crate::cloud::{AccountCloud, Operation, Service, pages};
use crate::reach::recorded::documents::{
    BlockPublicAccessOptions, InternetGateway, InternetGateways, NatGateway, NatGatewayAddress, NatGateways, PeeredVpc,
    PeeringStatus, VpcAttachment, VpcBlockPublicAccess, VpcEndpoint, VpcEndpoints, VpcPeeringConnection,
    VpcPeeringConnections, VpnGateway, VpnGateways,
};

const INTERNET_GATEWAYS: Operation = Service::Ec2.read("DescribeInternetGateways");
const NAT_GATEWAYS: Operation = Service::Ec2.read("DescribeNatGateways");
const VPC_ENDPOINTS: Operation = Service::Ec2.read("DescribeVpcEndpoints");
const PEERING_CONNECTIONS: Operation = Service::Ec2.read("DescribeVpcPeeringConnections");
const VPN_GATEWAYS: Operation = Service::Ec2.read("DescribeVpnGateways");
const BLOCK_PUBLIC_ACCESS: Operation = Service::Ec2.read("DescribeVpcBlockPublicAccessOptions");

pub(in crate::snapshot) async fn collect(cloud: &AccountCloud) -> Result<Answers, CollectError> {
    let (internet, nat, endpoints, peering, vpn, blocking) = futures::join!(
        described!(cloud, INTERNET_GATEWAYS, describe_internet_gateways, internet_gateways),
        described!(cloud, NAT_GATEWAYS, describe_nat_gateways, nat_gateways),
        described!(cloud, VPC_ENDPOINTS, describe_vpc_endpoints, vpc_endpoints),
        described!(cloud, PEERING_CONNECTIONS, describe_vpc_peering_connections, vpc_peering_connections),
        cloud.call(VPN_GATEWAYS, || cloud.ec2().describe_vpn_gateways().send()),
        cloud.call(BLOCK_PUBLIC_ACCESS, || cloud.ec2().describe_vpc_block_public_access_options().send()),
    );
    let mut answers = Answers::default();
    let document = |all: &Vec<_>| InternetGateways { internet_gateways: all.iter().map(internet_gateway).collect() };
    answers.keep("describe-internet-gateways", internet, document)?;
    let document = |all: &Vec<_>| NatGateways { nat_gateways: all.iter().map(nat_gateway).collect() };
    answers.keep("describe-nat-gateways", nat, document)?;
    let document = |all: &Vec<_>| VpcEndpoints { vpc_endpoints: all.iter().map(vpc_endpoint).collect() };
    answers.keep("describe-vpc-endpoints", endpoints, document)?;
    let document =
        |all: &Vec<_>| VpcPeeringConnections { vpc_peering_connections: all.iter().map(peering_connection).collect() };
    answers.keep("describe-vpc-peering-connections", peering, document)?;
    answers.keep("describe-vpn-gateways", vpn, |answer| VpnGateways {
        vpn_gateways: answer.vpn_gateways().iter().map(vpn_gateway).collect(),
    })?;
    answers.keep("describe-vpc-block-public-access-options", blocking, |answer| VpcBlockPublicAccess {
        vpc_block_public_access_options: answer.vpc_block_public_access_options().map(block_public_access),
    })?;
    Ok(answers)
}

fn block_public_access(options: &types::VpcBlockPublicAccessOptions) -> BlockPublicAccessOptions {
    let mode = options.internet_gateway_block_mode();
    BlockPublicAccessOptions { internet_gateway_block_mode: mode.map(|mode| mode.as_str().to_owned()) }
}

fn internet_gateway(gateway: &types::InternetGateway) -> InternetGateway {
    let attachment = |one: &types::InternetGatewayAttachment| VpcAttachment {
        vpc_id: text(one.vpc_id()),
        state: one.state().map(|state| state.as_str().to_owned()),
    };
    InternetGateway {
        internet_gateway_id: text(gateway.internet_gateway_id()),
        attachments: gateway.attachments().iter().map(attachment).collect(),
        tags: tags(gateway.tags()),
    }
}

fn nat_gateway(gateway: &types::NatGateway) -> NatGateway {
    let address = |one: &types::NatGatewayAddress| NatGatewayAddress {
        private_ip: owned(one.private_ip()),
        public_ip: owned(one.public_ip()),
        is_primary: one.is_primary(),
    };
    NatGateway {
        nat_gateway_id: text(gateway.nat_gateway_id()),
        subnet_id: owned(gateway.subnet_id()),
        vpc_id: owned(gateway.vpc_id()),
        state: text(gateway.state().map(types::NatGatewayState::as_str)),
        connectivity_type: gateway.connectivity_type().map(|one| one.as_str().to_owned()),
        availability_mode: gateway.availability_mode().map(|one| one.as_str().to_owned()),
        nat_gateway_addresses: gateway.nat_gateway_addresses().iter().map(address).collect(),
        tags: tags(gateway.tags()),
    }
}

fn vpc_endpoint(endpoint: &types::VpcEndpoint) -> VpcEndpoint {
    VpcEndpoint {
        vpc_endpoint_id: text(endpoint.vpc_endpoint_id()),
        vpc_endpoint_type: endpoint.vpc_endpoint_type().map(|one| one.as_str().to_owned()),
        vpc_id: text(endpoint.vpc_id()),
        service_name: text(endpoint.service_name()),
        state: endpoint.state().map(|state| state.as_str().to_owned()),
        subnet_ids: endpoint.subnet_ids().to_vec(),
        groups: endpoint.groups().iter().map(|one| group(one.group_id())).collect(),
        private_dns_enabled: endpoint.private_dns_enabled(),
        tags: tags(endpoint.tags()),
    }
}

fn peering_connection(connection: &types::VpcPeeringConnection) -> VpcPeeringConnection {
    let side =
        |one: Option<&types::VpcPeeringConnectionVpcInfo>| one.map(|one| PeeredVpc { vpc_id: text(one.vpc_id()) });
    let code = connection.status().and_then(|status| status.code());
    VpcPeeringConnection {
        vpc_peering_connection_id: text(connection.vpc_peering_connection_id()),
        status: code.map(|code| PeeringStatus { code: code.as_str().to_owned() }),
        requester_vpc_info: side(connection.requester_vpc_info()),
        accepter_vpc_info: side(connection.accepter_vpc_info()),
        tags: tags(connection.tags()),
    }
}

fn vpn_gateway(gateway: &types::VpnGateway) -> VpnGateway {
    let attachment = |one: &types::VpcAttachment| VpcAttachment {
        vpc_id: text(one.vpc_id()),
        state: one.state().map(|state| state.as_str().to_owned()),
    };
    VpnGateway {
        vpn_gateway_id: text(gateway.vpn_gateway_id()),
        state: gateway.state().map(|state| state.as_str().to_owned()),
        vpc_attachments: gateway.vpc_attachments().iter().map(attachment).collect(),
        tags: tags(gateway.tags()),
    }
}
