//! What people add by hand to what lz manages.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{
    EgressOnlyInternetGateway, NetworkAcl, NetworkInterface, TransitGatewayAttachment,
    TransitGatewayAttachmentResourceType, TransitGatewayPolicyTable, VpcPeeringConnection, VpnGateway,
};

use super::network::filter;
use super::{FILTER_VALUES, Once, View};
use crate::cloud::{CallError, Operation, Service, pages};

const DESCRIBE_NETWORK_ACLS: Operation = Service::Ec2.read("DescribeNetworkAcls");
const DESCRIBE_PEERING_CONNECTIONS: Operation = Service::Ec2.read("DescribeVpcPeeringConnections");
const DESCRIBE_VPN_GATEWAYS: Operation = Service::Ec2.read("DescribeVpnGateways");
const DESCRIBE_EGRESS_ONLY: Operation = Service::Ec2.read("DescribeEgressOnlyInternetGateways");
const DESCRIBE_INTERFACES: Operation = Service::Ec2.read("DescribeNetworkInterfaces");
const DESCRIBE_ATTACHMENTS: Operation = Service::Ec2.read("DescribeTransitGatewayAttachments");
const DESCRIBE_POLICY_TABLES: Operation = Service::Ec2.read("DescribeTransitGatewayPolicyTables");

#[derive(Debug, Default)]
pub(super) struct Cells {
    network_acls: Once<Vec<NetworkAcl>>,
    peering_connections: Once<Vec<VpcPeeringConnection>>,
    vpn_gateways: Once<Vec<VpnGateway>>,
    egress_only: Once<Vec<EgressOnlyInternetGateway>>,
    public_interfaces: Once<Vec<NetworkInterface>>,
    other_attachments: Once<Vec<TransitGatewayAttachment>>,
    policy_tables: Once<Vec<TransitGatewayPolicyTable>>,
}

impl View {
    /// The network ACLs of the zone's VPCs, default ones included.
    pub(in crate::kinds) async fn network_acls(&self) -> Result<&[NetworkAcl], CallError> {
        let fetch = || async {
            let send = |filter, token| {
                self.cloud.ec2().describe_network_acls().filters(filter).max_results(1000).set_next_token(token).send()
            };
            let vpcs = self.vpc_ids().await?;
            self.by_ids(DESCRIBE_NETWORK_ACLS, "vpc-id", vpcs, send, |page| (page.network_acls, page.next_token)).await
        };
        self.addition.network_acls.get(fetch).await.map(Vec::as_slice)
    }

    /// The peering connections of the zone's VPCs, on whichever side. AWS joins filters by "and" only, so that those of the
    /// whole account are asked for.
    pub(in crate::kinds) async fn peering_connections(&self) -> Result<&[VpcPeeringConnection], CallError> {
        let fetch = || async {
            let vpcs: BTreeSet<&String> = self.vpc_ids().await?.iter().collect();
            if vpcs.is_empty() {
                return Ok(Vec::new());
            }
            let send = |token| {
                self.cloud.ec2().describe_vpc_peering_connections().max_results(1000).set_next_token(token).send()
            };
            let mut all = pages(&self.cloud, DESCRIBE_PEERING_CONNECTIONS, send, |page| {
                (page.vpc_peering_connections, page.next_token)
            })
            .await?;
            all.retain(|one| {
                let sides = [one.requester_vpc_info(), one.accepter_vpc_info()];
                sides.into_iter().flatten().filter_map(|side| side.vpc_id.as_ref()).any(|vpc| vpcs.contains(vpc))
            });
            Ok(all)
        };
        self.addition.peering_connections.get(fetch).await.map(Vec::as_slice)
    }

    /// The virtual private gateways that are attached to the zone's VPCs. AWS answers in one page.
    pub(in crate::kinds) async fn vpn_gateways(&self) -> Result<&[VpnGateway], CallError> {
        let fetch = || async {
            let mut all = Vec::new();
            for vpcs in self.vpc_ids().await?.chunks(FILTER_VALUES) {
                let filter = filter("attachment.vpc-id", vpcs);
                let send = || self.cloud.ec2().describe_vpn_gateways().filters(filter.clone()).send();
                all.extend(self.cloud.call(DESCRIBE_VPN_GATEWAYS, send).await?.vpn_gateways.unwrap_or_default());
            }
            Ok(all)
        };
        self.addition.vpn_gateways.get(fetch).await.map(Vec::as_slice)
    }

    /// The egress-only internet gateways of the zone's VPCs. AWS has no filter by VPC.
    pub(in crate::kinds) async fn egress_only_internet_gateways(
        &self,
    ) -> Result<&[EgressOnlyInternetGateway], CallError> {
        let fetch = || async {
            let vpcs: BTreeSet<&String> = self.vpc_ids().await?.iter().collect();
            if vpcs.is_empty() {
                return Ok(Vec::new());
            }
            let send = |token| {
                let request = self.cloud.ec2().describe_egress_only_internet_gateways();
                request.max_results(255).set_next_token(token).send()
            };
            let mut all = pages(&self.cloud, DESCRIBE_EGRESS_ONLY, send, |page| {
                (page.egress_only_internet_gateways, page.next_token)
            })
            .await?;
            all.retain(|one| {
                one.attachments()
                    .iter()
                    .filter_map(|attachment| attachment.vpc_id.as_ref())
                    .any(|vpc| vpcs.contains(vpc))
            });
            Ok(all)
        };
        self.addition.egress_only.get(fetch).await.map(Vec::as_slice)
    }

    /// The network interfaces in the zone's VPCs that have a public address.
    pub(in crate::kinds) async fn public_interfaces(&self) -> Result<&[NetworkInterface], CallError> {
        let fetch = || async {
            let with_address = filter("addresses.association.public-ip", ["*"]);
            let send = |of_vpcs, token| {
                let request = self.cloud.ec2().describe_network_interfaces().filters(of_vpcs);
                request.filters(with_address.clone()).max_results(1000).set_next_token(token).send()
            };
            let vpcs = self.vpc_ids().await?;
            self.by_ids(DESCRIBE_INTERFACES, "vpc-id", vpcs, send, |page| (page.network_interfaces, page.next_token))
                .await
        };
        self.addition.public_interfaces.get(fetch).await.map(Vec::as_slice)
    }

    /// The attachments of the zone's transit gateways to what is no VPC.
    pub(in crate::kinds) async fn other_attachments(&self) -> Result<&[TransitGatewayAttachment], CallError> {
        let fetch = || async {
            let send = |filter, token| {
                let request = self.cloud.ec2().describe_transit_gateway_attachments().filters(filter);
                request.max_results(1000).set_next_token(token).send()
            };
            let gateways = self.transit_gateway_ids().await?;
            let mut all = self
                .by_ids(DESCRIBE_ATTACHMENTS, "transit-gateway-id", gateways, send, |page| {
                    (page.transit_gateway_attachments, page.next_token)
                })
                .await?;
            all.retain(|one| one.resource_type() != Some(&TransitGatewayAttachmentResourceType::Vpc));
            Ok(all)
        };
        self.addition.other_attachments.get(fetch).await.map(Vec::as_slice)
    }

    /// The policy tables of the zone's transit gateways. Which filters AWS takes is not documented, so that all are asked
    /// for.
    pub(in crate::kinds) async fn policy_tables(&self) -> Result<&[TransitGatewayPolicyTable], CallError> {
        let fetch = || async {
            let gateways: BTreeSet<&String> = self.transit_gateway_ids().await?.iter().collect();
            if gateways.is_empty() {
                return Ok(Vec::new());
            }
            let send = |token| {
                let request = self.cloud.ec2().describe_transit_gateway_policy_tables();
                request.max_results(1000).set_next_token(token).send()
            };
            let mut all = pages(&self.cloud, DESCRIBE_POLICY_TABLES, send, |page| {
                (page.transit_gateway_policy_tables, page.next_token)
            })
            .await?;
            all.retain(|one| one.transit_gateway_id.as_ref().is_some_and(|gateway| gateways.contains(gateway)));
            Ok(all)
        };
        self.addition.policy_tables.get(fetch).await.map(Vec::as_slice)
    }
}
