//! Out of a VPC and into one, other than by a transit gateway.

use std::net::Ipv4Addr;

use super::super::ObjectId;
use super::super::network::{Direction, Network, PublicAccessBlock, RouteTable, RouteTarget, Subnet};
use super::addresses::{INTERNET, is_private, is_shared, nat_gateway_at, private_address_of, public_address_of};
use super::route::vpc_route;
use super::{Arrival, Effect, End, Explanation, HopKind, Next, Origin, Position, Walker};

impl Walker<'_> {
    /// Starts on the internet.
    pub(in super::super) fn leave_internet(&mut self) {
        let by = format!("sends {}", super::filter::packet_text(&self.packet));
        self.hop(HopKind::Internet, &ObjectId::from("internet"), by);
    }

    /// Leaves to the internet, in the public address that goes with the source.
    pub(super) fn leave_by_internet_gateway(&mut self, id: &ObjectId, subnet: &Subnet) -> Next {
        let network = self.network;
        self.pass_acl(subnet, Direction::Egress);
        if network.internet_gateways.get(id).is_none_or(|gateway| gateway.vpc.as_ref() != Some(&subnet.vpc)) {
            let by = format!("the route's target is gone, or not attached to {}", self.name(&subnet.vpc));
            return self.blocked(Explanation::BadStateRoute, id, by);
        }
        self.check_public_access(id, subnet, self.packet.source);
        self.check_redirection(id, subnet);
        let refused = self.refused_destination(subnet);
        if let Some((code, by)) = refused {
            self.reason(code, Effect::Blocks, id, by);
        }
        let Some(public) = public_address_of(network, &subnet.vpc, self.packet.source) else {
            let by = format!("{} has no public address in {}", self.packet.source, self.name(&subnet.vpc));
            return self.blocked(Explanation::IgwPublicIpAssociationForEgress, id, by);
        };
        if refused.is_some() {
            return Next::End(End::Blocked);
        }
        self.hop(HopKind::InternetGateway, id, format!("{} leaves as {public}", self.packet.source));
        self.packet.source = public;
        match public_owner(network, self.packet.destination) {
            Some((gateway, vpc)) => Next::At(Position::Edge { gateway, vpc }),
            None => {
                let by = match self.domain {
                    Some(domain) if self.packet.destination == INTERNET => {
                        format!("{domain}, which {INTERNET} stands for")
                    }
                    _ => format!("has {}", self.packet.destination),
                };
                self.hop(HopKind::Internet, &ObjectId::from("internet"), by);
                Next::End(End::Arrived(Arrival::Internet { gateway: id.clone(), vpc: subnet.vpc.clone() }))
            }
        }
    }

    /// Notes where VPC Block Public Access keeps an address of a subnet and the internet apart.
    fn check_public_access(&mut self, gateway: &ObjectId, subnet: &Subnet, inside: Ipv4Addr) {
        let by = match self.network.public_access_block(subnet) {
            PublicAccessBlock::Off => return,
            PublicAccessBlock::Ingress if nat_gateway_at(self.network, subnet, inside).is_some() => return,
            PublicAccessBlock::Ingress => "VPC Block Public Access lets NAT gateways reach the internet, nothing else",
            PublicAccessBlock::Bidirectional => {
                "VPC Block Public Access lets nothing reach the internet, nor be reached"
            }
        };
        self.reason(Explanation::VpcBlockPublicAccessEnabled, Effect::Blocks, gateway, by);
    }

    /// Why an internet gateway does not take the packet's destination.
    fn refused_destination(&self, subnet: &Subnet) -> Option<(Explanation, &'static str)> {
        let destination = self.packet.destination;
        let own = self.network.vpcs.get(&subnet.vpc).map(|vpc| vpc.ranges.as_slice()).unwrap_or_default();
        if is_private(destination) {
            let by = "the destination is private: the internet does not route it";
            Some((Explanation::IgwDestinationAddressNotInRfc1918Egress, by))
        } else if is_shared(destination) {
            let by = "the destination is in 100.64.0.0/10: the internet does not route it";
            Some((Explanation::IgwDestinationAddressNotInRfc6598Egress, by))
        } else if own.iter().any(|range| range.contains_address(destination)) {
            Some((Explanation::IgwDestinationAddressInVpcCidrs, "the destination is in the VPC itself"))
        } else {
            None
        }
    }

    /// What an edge table leads through a middlebox on its way in must not bypass it on its way out.
    fn check_redirection(&mut self, gateway: &ObjectId, subnet: &Subnet) {
        let network = self.network;
        let Some(table) = edge_table(network, gateway) else { return };
        let Some(choice) = vpc_route(network, table, self.packet.source) else { return };
        let through = match &choice.route.target {
            RouteTarget::VpcEndpoint(id) => network.subnet_of_endpoint(id),
            RouteTarget::NetworkInterface(id) => network.interfaces.get(id).map(|interface| &interface.subnet),
            _ => None,
        };
        if through.is_some_and(|through| *through != subnet.id) {
            let by = format!(
                "what comes in for {} goes by {}",
                self.packet.source,
                super::subnet::route_text(network, choice.route)
            );
            self.reason(Explanation::IngressRouteTableTrafficRedirection, Effect::Blocks, &table.id, by);
        }
    }

    /// Comes into a VPC: by the gateway's edge table where it has one.
    pub(super) fn enter_vpc(&mut self, gateway: &ObjectId, vpc: &ObjectId) -> Next {
        let network = self.network;
        let by_internet = network.internet_gateways.contains_key(gateway);
        let entered = if by_internet {
            self.enter_by_internet_gateway(gateway, vpc)
        } else if network.virtual_private_gateways.contains_key(gateway) {
            self.enter_by_virtual_private_gateway(gateway, vpc)
        } else {
            self.hop(HopKind::VpcEndpoint, gateway, "answers for its service");
            None
        };
        if let Some(end) = entered {
            return end;
        }
        let Some(table) = edge_table(network, gateway) else { return self.deliver(vpc, None) };
        let Some(choice) = vpc_route(network, table, self.packet.destination) else {
            let by = format!("no route to {}", self.packet.destination);
            return self.blocked(Explanation::NoRouteToDestination, &table.id, by);
        };
        self.take_route(&table.id, &choice);
        match &choice.route.target {
            _ if choice.route.blackhole => self.blackhole(&table.id, &choice),
            RouteTarget::Local => self.deliver(vpc, None),
            RouteTarget::VpcEndpoint(endpoint) => self.enter_endpoint(endpoint, vpc, None, Origin::Edge),
            RouteTarget::NetworkInterface(interface) => {
                let mut addresses = network.interfaces.get(interface).into_iter().flat_map(|one| &one.addresses);
                if by_internet && addresses.all(|(_, public)| public.is_none()) {
                    let by = format!("{} has no public address", self.name(interface));
                    self.reason(Explanation::IngressRouteTableNoPublicIp, Effect::Blocks, &table.id, by);
                }
                self.enter_interface(interface, vpc, None, Origin::Edge)
            }
            _ => {
                let by = "an edge table leads to local, an interface or an endpoint only";
                self.blocked(Explanation::BadStateRoute, &table.id, by)
            }
        }
    }

    fn enter_by_internet_gateway(&mut self, gateway: &ObjectId, vpc: &ObjectId) -> Option<Next> {
        let public = self.packet.destination;
        let Some(private) = private_address_of(self.network, vpc, public) else {
            let by = format!("{public} is no public address of {}", self.name(vpc));
            return Some(self.blocked(Explanation::IgwPrivateIpAssociationForIngress, gateway, by));
        };
        let mut subnets = self.network.subnets.values().filter(|subnet| subnet.vpc == *vpc);
        if let Some(subnet) = subnets.find(|subnet| subnet.range.contains_address(private)) {
            self.check_public_access(gateway, subnet, private);
        }
        self.hop(HopKind::InternetGateway, gateway, format!("{public} becomes {private}"));
        self.packet.destination = private;
        None
    }

    fn enter_by_virtual_private_gateway(&mut self, gateway: &ObjectId, vpc: &ObjectId) -> Option<Next> {
        let destination = self.packet.destination;
        if !self.network.holds(vpc, destination) {
            let by = format!("{destination} is not in {}", self.name(vpc));
            return Some(self.blocked(Explanation::VgwPrivateIpAssociationForIngress, gateway, by));
        }
        self.hop(HopKind::VirtualPrivateGateway, gateway, format!("into {}", self.name(vpc)));
        None
    }

    /// Leaves by a virtual private gateway, where lz sees no further.
    pub(super) fn leave_by_virtual_private_gateway(&mut self, id: &ObjectId, subnet: &Subnet) -> Next {
        self.pass_acl(subnet, Direction::Egress);
        let gateway = self.network.virtual_private_gateways.get(id);
        if gateway.is_none_or(|gateway| gateway.vpc.as_ref() != Some(&subnet.vpc)) {
            let by = format!("the route's target is gone, or not attached to {}", self.name(&subnet.vpc));
            return self.blocked(Explanation::BadStateRoute, id, by);
        }
        if !self.network.holds(&subnet.vpc, self.packet.source) {
            let by = format!("{} is not in {}", self.packet.source, self.name(&subnet.vpc));
            return self.blocked(Explanation::VgwPrivateIpAssociationForEgress, id, by);
        }
        self.hop(HopKind::VirtualPrivateGateway, id, "leaves to what is behind it");
        let vpc = subnet.vpc.clone();
        Next::End(End::Arrived(Arrival::VirtualPrivateGateway { gateway: id.clone(), vpc }))
    }

    /// Crosses to the peered VPC, which takes only what is for it, from its peer (VPC Peering guide, "VPC peering limitations").
    pub(super) fn leave_by_peering(&mut self, id: &ObjectId, subnet: &Subnet) -> Next {
        let network = self.network;
        self.pass_acl(subnet, Direction::Egress);
        let Some(peering) = network.peering_connections.get(id) else {
            return self.blocked(Explanation::BadStateRoute, id, "the peering connection is gone or not active");
        };
        let other = if peering.requester == subnet.vpc { &peering.accepter } else { &peering.requester };
        if !network.vpcs.contains_key(other) {
            let by = format!("lz could not read {other}, on its other side");
            return self.unknown(Explanation::UnknownDestination, id, by);
        }
        if !network.holds(other, self.packet.destination) || !network.holds(&subnet.vpc, self.packet.source) {
            let by = format!(
                "it carries packets from {} to {}, not {} → {}",
                self.name(&subnet.vpc),
                self.name(other),
                self.packet.source,
                self.packet.destination
            );
            return self.blocked(Explanation::PeeringRequiresAddressInVpcCidr, id, by);
        }
        self.hop(HopKind::PeeringConnection, id, format!("to {}", self.name(other)));
        self.deliver(other, None)
    }
}

/// The table that routes what comes in by a gateway.
fn edge_table<'network>(network: &'network Network, gateway: &ObjectId) -> Option<&'network RouteTable> {
    network.route_tables.values().find(|table| table.edge_of.as_ref() == Some(gateway))
}

/// The VPC, and its internet gateway, that a public address belongs to.
fn public_owner(network: &Network, public: Ipv4Addr) -> Option<(ObjectId, ObjectId)> {
    network.internet_gateways.values().find_map(|gateway| {
        let vpc = gateway.vpc.as_ref()?;
        private_address_of(network, vpc, public).map(|_| (gateway.id.clone(), vpc.clone()))
    })
}
