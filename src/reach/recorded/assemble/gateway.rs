//! What packets leave VPCs by.

use super::super::documents;
use super::{Assembly, UnusableAnswer, ids, is_gone};
use crate::reach::network::{
    EndpointKind, InternetGateway, NatGateway, ObjectId, PeeringConnection, VirtualPrivateGateway, VpcEndpoint,
};

impl Assembly<'_> {
    pub(super) fn gateways(&mut self) -> Result<(), UnusableAnswer> {
        self.internet_gateways()?;
        self.nat_gateways()?;
        self.vpc_endpoints()?;
        self.peering_connections()
    }

    fn internet_gateways(&mut self) -> Result<(), UnusableAnswer> {
        let gateways: documents::InternetGateways =
            self.place.answer("describe-internet-gateways")?.unwrap_or_default();
        for gateway in &gateways.internet_gateways {
            let id = ObjectId::from(gateway.internet_gateway_id.as_str());
            self.name(&gateway.internet_gateway_id, &gateway.tags);
            let vpc = attached_to(&gateway.attachments);
            self.network.internet_gateways.insert(id.clone(), InternetGateway { id, vpc });
        }
        let gateways: documents::VpnGateways = self.place.answer("describe-vpn-gateways")?.unwrap_or_default();
        for gateway in gateways.vpn_gateways.iter().filter(|one| !is_gone(one.state.as_deref())) {
            let id = ObjectId::from(gateway.vpn_gateway_id.as_str());
            self.name(&gateway.vpn_gateway_id, &gateway.tags);
            let vpc = attached_to(&gateway.vpc_attachments);
            self.network.virtual_private_gateways.insert(id.clone(), VirtualPrivateGateway { id, vpc });
        }
        Ok(())
    }

    /// Working ones: a route to one that is not shows its target as gone.
    fn nat_gateways(&mut self) -> Result<(), UnusableAnswer> {
        const COMMAND: &str = "describe-nat-gateways";
        let gateways: documents::NatGateways = self.place.answer(COMMAND)?.unwrap_or_default();
        for gateway in gateways.nat_gateways.iter().filter(|one| one.state == "available") {
            let Some(subnet) = &gateway.subnet_id else {
                let mode = gateway.availability_mode.as_deref().unwrap_or("no");
                let caveat = format!(
                    "the NAT gateway {} is {mode}: it has no subnet, and can't be modelled",
                    gateway.nat_gateway_id
                );
                self.network.caveats.insert(caveat);
                continue;
            };
            let mut addresses: Vec<&documents::NatGatewayAddress> = gateway.nat_gateway_addresses.iter().collect();
            addresses.sort_by_key(|address| address.is_primary == Some(false));
            let first = addresses.first();
            let address = |text: Option<&String>| text.map(|text| self.value(COMMAND, text)).transpose();
            let id = ObjectId::from(gateway.nat_gateway_id.as_str());
            let read = NatGateway {
                id: id.clone(),
                subnet: subnet.as_str().into(),
                private_address: address(first.and_then(|one| one.private_ip.as_ref()))?,
                public: gateway.connectivity_type.as_deref() != Some("private"),
                public_address: address(first.and_then(|one| one.public_ip.as_ref()))?,
            };
            self.name(&gateway.nat_gateway_id, &gateway.tags);
            self.network.nat_gateways.insert(id, read);
        }
        Ok(())
    }

    fn vpc_endpoints(&mut self) -> Result<(), UnusableAnswer> {
        let endpoints: documents::VpcEndpoints = self.place.answer("describe-vpc-endpoints")?.unwrap_or_default();
        for endpoint in endpoints.vpc_endpoints.iter().filter(|one| !is_gone(one.state.as_deref())) {
            let kind = match (endpoint.vpc_endpoint_type.as_deref(), endpoint.subnet_ids.first()) {
                (Some("Interface"), _) => EndpointKind::Interface {
                    subnets: ids(&endpoint.subnet_ids),
                    groups: ids(endpoint.groups.iter().map(|group| &group.group_id)),
                    private_dns: endpoint.private_dns_enabled == Some(true),
                },
                (Some("GatewayLoadBalancer"), Some(subnet)) => {
                    EndpointKind::GatewayLoadBalancer { subnet: subnet.as_str().into() }
                }
                (Some("Gateway") | None, _) => EndpointKind::Gateway,
                (Some(other), _) => {
                    let caveat =
                        format!("the VPC endpoint {} of the type {other} can't be modelled", endpoint.vpc_endpoint_id);
                    self.network.caveats.insert(caveat);
                    continue;
                }
            };
            let id = ObjectId::from(endpoint.vpc_endpoint_id.as_str());
            self.name(&endpoint.vpc_endpoint_id, &endpoint.tags);
            let vpc = endpoint.vpc_id.as_str().into();
            let service = endpoint.service_name.clone();
            self.network.vpc_endpoints.insert(id.clone(), VpcEndpoint { id, vpc, service, kind });
        }
        Ok(())
    }

    fn peering_connections(&mut self) -> Result<(), UnusableAnswer> {
        let connections: documents::VpcPeeringConnections =
            self.place.answer("describe-vpc-peering-connections")?.unwrap_or_default();
        let active =
            |one: &&documents::VpcPeeringConnection| one.status.as_ref().is_some_and(|status| status.code == "active");
        for connection in connections.vpc_peering_connections.iter().filter(active) {
            let side =
                |side: &Option<documents::PeeredVpc>| side.as_ref().map(|vpc| ObjectId::from(vpc.vpc_id.as_str()));
            let sides = side(&connection.requester_vpc_info).zip(side(&connection.accepter_vpc_info));
            let Some((requester, accepter)) = sides else { continue };
            let id = ObjectId::from(connection.vpc_peering_connection_id.as_str());
            self.name(&connection.vpc_peering_connection_id, &connection.tags);
            self.network.peering_connections.insert(id.clone(), PeeringConnection { id, requester, accepter });
        }
        Ok(())
    }
}

/// The VPC that a gateway is attached to.
fn attached_to(attachments: &[documents::VpcAttachment]) -> Option<ObjectId> {
    let is_there = |state: Option<&str>| !matches!(state, Some("detached" | "detaching"));
    attachments.iter().find(|one| is_there(one.state.as_deref())).map(|one| one.vpc_id.as_str().into())
}
