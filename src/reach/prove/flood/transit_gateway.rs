//! Into a transit gateway, through it, and out of it.

use std::collections::BTreeSet;

use super::super::super::ObjectId;
use super::super::super::network::{
    AttachedResource, Attachment, AttachmentState, Direction, Subnet, TransitGatewayTarget,
};
use super::{End, Flood, Heading, Position, State, Why};
use crate::firewall::FlowBox;
use crate::values::ZoneId;

impl<'network> Flood<'_, 'network, '_> {
    /// Hands packets to the interface that the VPC's attachment has in their Availability Zone. The network ACLs of both
    /// subnets filter (Transit Gateways guide, "Network ACLs").
    pub(super) fn enter_transit_gateway(
        &mut self,
        gateway: &'network ObjectId,
        subnet: &'network Subnet,
        flows: FlowBox,
        mut state: State<'network>,
    ) {
        let map = self.map;
        let attached = map.attachments.get(&(gateway, &subnet.vpc)).copied();
        for flows in self.pass_acl(subnet, Direction::Egress, vec![flows], &mut state) {
            let Some(attachment) = attached else {
                self.block(gateway, Why::NotAttached, flows, state.clone());
                continue;
            };
            if attachment.state != AttachmentState::Available {
                self.block(&attachment.id, Why::AttachmentNotAvailable, flows, state.clone());
                continue;
            }
            let interface = self.interfaces(attachment).into_iter().find(|one| one.zone == subnet.zone);
            let Some(interface) = interface else {
                self.block(&attachment.id, Why::ZoneNotAttached, flows, state.clone());
                continue;
            };
            let mut state = state.clone();
            let flows = self.pass_acl(interface, Direction::Ingress, vec![flows], &mut state);
            state.visited.extend([gateway, &attachment.id]);
            let position = Position::TransitGateway { attachment: &attachment.id, zone: Some(&interface.zone) };
            flows.into_iter().for_each(|flows| self.go(position, flows, state.clone()));
        }
    }

    fn interfaces(&self, attachment: &'network Attachment) -> Vec<&'network Subnet> {
        let none = BTreeSet::new();
        let subnets = match &attachment.resource {
            AttachedResource::Vpc { subnets, .. } => subnets,
            AttachedResource::Other { .. } => &none,
        };
        subnets.iter().filter_map(|subnet| self.map.network.subnets.get(subnet)).collect()
    }

    /// Asks the table that the attachment is associated with.
    pub(super) fn cross_transit_gateway(
        &mut self,
        from: &'network ObjectId,
        zone: Option<&'network ZoneId>,
        flows: FlowBox,
        mut state: State<'network>,
    ) {
        let map = self.map;
        let Some(attachment) = map.network.attachments.get(from) else {
            return self.unknown(from, Why::Unreadable, flows, state);
        };
        let Some(table) = &attachment.association else {
            return self.block(from, Why::NoAssociation, flows, state);
        };
        let Some(partition) = map.transit_tables.get(table) else {
            return self.unknown(table, Why::Unreadable, flows, state);
        };
        state.visited.push(table);
        for routed in partition.look_up(&flows.destinations) {
            let flows = flows.with_destinations(routed.addresses);
            let Some(choice) = routed.choice else {
                self.block(table, Why::NoRoute, flows, state.clone());
                continue;
            };
            for route in &choice.routes {
                match &route.target {
                    TransitGatewayTarget::Blackhole => {
                        self.block(table, Why::Blackhole, flows.clone(), state.clone());
                    }
                    TransitGatewayTarget::Attachment(to) => match map.network.attachments.get(to) {
                        Some(to) => self.out_of_transit_gateway(to, zone, flows.clone(), state.clone()),
                        None => self.block(to, Why::TargetGone, flows.clone(), state.clone()),
                    },
                }
            }
        }
    }

    /// Comes out in the subnet of the zone that the packets come from; in any, where AWS picks one by chance.
    fn out_of_transit_gateway(
        &mut self,
        attachment: &'network Attachment,
        zone: Option<&'network ZoneId>,
        flows: FlowBox,
        mut state: State<'network>,
    ) {
        if attachment.state != AttachmentState::Available {
            return self.block(&attachment.id, Why::AttachmentNotAvailable, flows, state);
        }
        state.visited.push(&attachment.id);
        let AttachedResource::Vpc { appliance_mode, .. } = &attachment.resource else {
            return self.end(End::Attachment(&attachment.id), flows, state);
        };
        let interfaces = self.interfaces(attachment);
        if interfaces.is_empty() {
            return self.unknown(&attachment.id, Why::Unreadable, flows, state);
        }
        let kept = state.appliance_zones.get(&attachment.id).copied().filter(|_| *appliance_mode);
        let wanted = |zone: Option<&ZoneId>| interfaces.iter().find(|one| Some(&one.zone) == zone).copied();
        let one = wanted(kept).or_else(|| wanted(zone));
        for subnet in one.map_or(interfaces.clone(), |one| vec![one]) {
            let mut state = state.clone();
            if *appliance_mode && kept != Some(&subnet.zone) {
                state.appliance_zones.insert(&attachment.id, &subnet.zone);
            }
            self.go_on(subnet, Heading::TransitGateway, flows.clone(), state);
        }
    }
}
