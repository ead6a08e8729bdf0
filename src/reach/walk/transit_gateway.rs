//! Into a transit gateway, through it, and out of it.

use std::collections::BTreeSet;

use super::super::ObjectId;
use super::super::network::{
    AttachedResource, Attachment, AttachmentState, Direction, Network, Subnet, TransitGatewayRoute,
    TransitGatewayRouteTable, TransitGatewayTarget,
};
use super::filter::is_open;
use super::route::{Choice, transit_gateway_route};
use super::subnet::destination_text;
use super::{Arrival, Effect, End, Explanation, HopKind, Next, Origin, Position, Walker};
use crate::values::ZoneId;

impl<'network> Walker<'network> {
    /// Hands a packet to the interface that the VPC's attachment has in the subnet's Availability Zone.
    ///
    /// Into a transit gateway, the network ACLs of both subnets filter, even where both are one (Transit Gateways guide,
    /// "Network ACLs").
    pub(super) fn enter_transit_gateway(&mut self, gateway: &ObjectId, subnet: &Subnet) -> Next {
        let network = self.network;
        let Some((attachment, subnets)) = attachment_of(network, gateway, &subnet.vpc) else {
            self.pass_acl(subnet, Direction::Egress);
            let by = format!("{} is not attached to {}", self.name(&subnet.vpc), self.name(gateway));
            return self.blocked(Explanation::BadStateRoute, gateway, by);
        };
        self.pass_acl(subnet, Direction::Egress);
        if let Some(end) = self.check_state(attachment) {
            return end;
        }
        let Some(interface) = subnet_in(network, subnets, &subnet.zone) else {
            let by = format!("the attachment has no subnet in {}, where the packet comes from", subnet.zone);
            return self.blocked(Explanation::TransitGatewayRouteZoneRestriction, &attachment.id, by);
        };
        self.pass_acl(interface, Direction::Ingress);
        self.warn_of_closed_acl(interface);
        self.hop(HopKind::TransitGatewayAttachment, &attachment.id, format!("its interface in {}", interface.zone));
        Next::At(Position::TransitGateway { attachment: attachment.id.clone(), zone: Some(interface.zone.clone()) })
    }

    /// Accounts of how network ACLs filter at attachments differ, so only attachments' own subnets with open ones are certain.
    fn warn_of_closed_acl(&mut self, subnet: &Subnet) {
        let acl = subnet.network_acl.as_ref().and_then(|acl| self.network.network_acls.get(acl));
        if let Some(acl) = acl.filter(|acl| !is_open(acl)) {
            let (acl, subnet) = (self.name(&acl.id), self.name(&subnet.id));
            self.caveats.insert(format!(
                "{acl} filters in {subnet}, which holds an attachment of a transit gateway: accounts of how differ; leave \
                 the network ACL of such a subnet open"
            ));
        }
    }

    fn check_state(&mut self, attachment: &Attachment) -> Option<Next> {
        match &attachment.state {
            AttachmentState::Available => None,
            AttachmentState::Other(state) => {
                let by = format!("the attachment is {state}");
                Some(self.blocked(Explanation::BadStateAttachment, &attachment.id, by))
            }
        }
    }

    /// Asks the table that the attachment is associated with.
    pub(super) fn cross_transit_gateway(&mut self, from: &ObjectId, zone: Option<&ZoneId>) -> Next {
        let network = self.network;
        self.memory.crossed_transit_gateway = true;
        let Some(attachment) = network.attachments.get(from) else {
            return self.unknown(Explanation::UnknownDestination, from, "lz could not read this attachment");
        };
        if zone.is_none() {
            self.hop(HopKind::TransitGatewayAttachment, from, "comes in from what is behind it");
        }
        let tables = network.transit_gateway_route_tables.values();
        let sees_tables = tables.into_iter().any(|table| table.transit_gateway == attachment.transit_gateway);
        let Some(table_id) = &attachment.association else {
            // AWS tells associations to the gateway's owner; without that account, nothing can be said.
            if !sees_tables {
                let by = "only the gateway's owner sees its route tables, and lz could not ask";
                return self.unknown(Explanation::TransitGatewayRoutesAreUnknown, &attachment.transit_gateway, by);
            }
            let by = "the attachment is associated with no route table";
            return self.blocked(Explanation::AttachmentMissingAssociation, from, by);
        };
        let Some(table) = network.transit_gateway_route_tables.get(table_id).filter(|table| table.known) else {
            let by = "only the gateway's owner sees the routes of this table, and lz could not ask";
            return self.unknown(Explanation::TransitGatewayRoutesAreUnknown, table_id, by);
        };
        let Some(choice) = transit_gateway_route(network, &table.routes, self.packet.destination) else {
            let by = format!("no route to {}", self.packet.destination);
            return self.blocked(Explanation::TransitGatewayNoRoute, table_id, by);
        };
        let text = route_text(network, choice.route);
        self.hop(HopKind::TransitGatewayRouteTable, table_id, format!("{text}{}", left_out(network, table, &choice)));
        match &choice.route.target {
            TransitGatewayTarget::Blackhole => self.transit_gateway_blackhole(table_id, &choice),
            TransitGatewayTarget::Attachment(to) => match network.attachments.get(to) {
                Some(to) => self.out_of_transit_gateway(to, zone),
                None => {
                    let by = format!("{text} leads to an attachment that is gone");
                    self.blocked(Explanation::BadStateAttachment, to, by)
                }
            },
        }
    }

    fn transit_gateway_blackhole(&mut self, table: &ObjectId, choice: &Choice<'network, TransitGatewayRoute>) -> Next {
        let text = route_text(self.network, choice.route);
        for (other, range) in &choice.others {
            if other.target == TransitGatewayTarget::Blackhole {
                continue;
            }
            let shorter = range.prefix_length() < choice.range.prefix_length();
            let code = if shorter {
                Explanation::TransitGatewayMoreSpecificRoute
            } else {
                Explanation::TransitGatewayHigherPriorityRoute
            };
            let by = format!("{} loses to {text}", route_text(self.network, other));
            self.reason(code, Effect::Blocks, table, by);
        }
        self.blocked(Explanation::TransitGatewayBadStateRoute, table, text)
    }

    fn out_of_transit_gateway(&mut self, attachment: &Attachment, zone: Option<&ZoneId>) -> Next {
        if let Some(end) = self.check_state(attachment) {
            return end;
        }
        match &attachment.resource {
            AttachedResource::Other { kind, id } if kind == "network-function" => {
                let by = format!(
                    "leads into {id}, a firewall attached to the transit gateway itself: lz can't see what it does"
                );
                self.hop(HopKind::TransitGatewayAttachment, &attachment.id, by.clone());
                self.unknown(Explanation::FirewallUnsupportedRuleOptions, &attachment.id, by)
            }
            AttachedResource::Other { kind, id } => {
                self.hop(HopKind::TransitGatewayAttachment, &attachment.id, format!("leaves by {kind} {id}"));
                Next::End(End::Arrived(Arrival::Attachment(attachment.id.clone())))
            }
            AttachedResource::Vpc { vpc, subnets, appliance_mode } => {
                let Some((subnet, by)) = self.outgoing_interface(&attachment.id, subnets, *appliance_mode, zone) else {
                    let by = format!("lz could not read a subnet of the attachment of {}", self.name(vpc));
                    return self.unknown(Explanation::UnknownDestination, &attachment.id, by);
                };
                self.hop(HopKind::TransitGatewayAttachment, &attachment.id, by);
                if let Some(subnet) = self.network.subnets.get(&subnet) {
                    self.warn_of_closed_acl(subnet);
                }
                Next::At(Position::Subnet { subnet, origin: Origin::TransitGateway })
            }
        }
    }

    /// The subnet of an attachment that a packet comes out in: that of the Availability Zone that it comes from, where the
    /// attachment has it, and in appliance mode the same for both directions of a flow (Transit Gateways guide, "Availability
    /// Zones" and "Appliance mode"). Where AWS picks one by chance, this takes the first.
    fn outgoing_interface(
        &mut self,
        attachment: &ObjectId,
        subnets: &BTreeSet<ObjectId>,
        appliance_mode: bool,
        zone: Option<&ZoneId>,
    ) -> Option<(ObjectId, String)> {
        let network = self.network;
        if appliance_mode
            && let Some(remembered) = self.memory.appliance_zones.get(attachment)
            && let Some(subnet) = subnet_in(network, subnets, remembered)
        {
            return Some((subnet.id.clone(), format!("appliance mode keeps the flow in {remembered}")));
        }
        let same = zone.and_then(|zone| subnet_in(network, subnets, zone));
        let subnet = same.or_else(|| subnets.iter().find_map(|subnet| network.subnets.get(subnet)))?;
        if appliance_mode {
            self.memory.appliance_zones.insert(attachment.clone(), subnet.zone.clone());
        }
        let by = if same.is_some() {
            format!("stays in {}", subnet.zone)
        } else {
            if subnets.len() > 1 {
                self.caveats.insert(format!(
                    "which interface of {} AWS hands the packet to is chance: another Availability Zone may be taken",
                    self.name(attachment)
                ));
            }
            format!("has no interface in the packet's Availability Zone; {} is one of its zones", subnet.zone)
        };
        Some((subnet.id.clone(), by))
    }
}

fn attachment_of<'network>(
    network: &'network Network,
    gateway: &ObjectId,
    vpc: &ObjectId,
) -> Option<(&'network Attachment, &'network BTreeSet<ObjectId>)> {
    network.attachments.values().filter(|one| one.transit_gateway == *gateway).find_map(|one| match &one.resource {
        AttachedResource::Vpc { vpc: attached, subnets, .. } if attached == vpc => Some((one, subnets)),
        AttachedResource::Vpc { .. } | AttachedResource::Other { .. } => None,
    })
}

fn subnet_in<'network>(
    network: &'network Network,
    subnets: &BTreeSet<ObjectId>,
    zone: &ZoneId,
) -> Option<&'network Subnet> {
    subnets.iter().filter_map(|subnet| network.subnets.get(subnet)).find(|subnet| subnet.zone == *zone)
}

/// Names the attachments that propagate a range into a table which it has from another: AWS leaves their routes out and does
/// not say so (Transit Gateways guide, "Overlapping CIDR blocks").
fn left_out(network: &Network, table: &TransitGatewayRouteTable, choice: &Choice<'_, TransitGatewayRoute>) -> String {
    let TransitGatewayTarget::Attachment(winner) = &choice.route.target else { return String::new() };
    let same_range = |id: &&ObjectId| match network.attachments.get(*id).map(|one| &one.resource) {
        Some(AttachedResource::Vpc { vpc, .. }) => {
            network.vpcs.get(vpc).is_some_and(|vpc| vpc.ranges.contains(&choice.range))
        }
        Some(AttachedResource::Other { .. }) | None => false,
    };
    let others: Vec<String> =
        table.propagations.iter().filter(|id| *id != winner).filter(same_range).map(|id| network.label(id)).collect();
    if others.is_empty() {
        return String::new();
    }
    format!("; the route of {}, which has the range as well, is left out", others.join(", "))
}

fn route_text(network: &Network, route: &TransitGatewayRoute) -> String {
    let target = match &route.target {
        TransitGatewayTarget::Attachment(id) => network.label(id),
        TransitGatewayTarget::Blackhole => "blackhole".to_owned(),
    };
    format!("{} → {target}", destination_text(network, &route.destination))
}
