//! Attachments of the transit gateway.

use std::collections::{BTreeMap, BTreeSet};

use super::{Specified, all_named, named};
use crate::kinds::transit_gateway_route::TransitGatewayRouteTarget;
use crate::kinds::{self, Spec, State};
use crate::reach::network::{AttachedResource, Attachment, AttachmentState, Network, ObjectId};

/// AWS's word for the state of an attachment that the gateway's owner has not accepted.
const PENDING_ACCEPTANCE: &str = "pendingAcceptance";

/// Packets go on passing an attachment while it is modified.
pub(super) fn add(network: &mut Network, id: ObjectId, spec: &kinds::TransitGatewayAttachment, state: &State) {
    let state = match state {
        State::Pending(word) if word != "modifying" => AttachmentState::Other(word.clone()),
        _ => AttachmentState::Available,
    };
    let attachment = Attachment {
        id: id.clone(),
        transit_gateway: named(&spec.transit_gateway),
        resource: AttachedResource::Vpc {
            vpc: named(&spec.vpc),
            subnets: all_named(&spec.subnets),
            appliance_mode: spec.appliance_mode,
        },
        state,
        association: None,
    };
    network.attachments.insert(id, attachment);
}

/// Attachments that the gateway's owner speaks of, and that no account shows which was read: packets end there.
pub(super) fn add_unknown(network: &mut Network, resources: &[&Specified<'_>]) {
    let mut named_by_owner: BTreeMap<ObjectId, Option<ObjectId>> = BTreeMap::new();
    for resource in resources {
        let (attachment, table) = match resource.spec.as_ref() {
            Spec::TransitGatewayAssociation(one) => (named(&one.attachment), Some(named(&one.route_table))),
            Spec::TransitGatewayPropagation(one) => (named(&one.attachment), Some(named(&one.route_table))),
            Spec::TransitGatewayAttachmentAcceptance(one) => (named(&one.attachment), None),
            Spec::TransitGatewayRoute(one) => match &one.target {
                TransitGatewayRouteTarget::Attachment(attachment) => (named(attachment), Some(named(&one.route_table))),
                TransitGatewayRouteTarget::Blackhole => continue,
            },
            _ => continue,
        };
        let known = named_by_owner.entry(attachment).or_default();
        *known = known.take().or(table);
    }
    for (id, table) in named_by_owner {
        if network.attachments.contains_key(&id) {
            continue;
        }
        let of_table = table.and_then(|table| network.transit_gateway_route_tables.get(&table));
        let only = || network.transit_gateways.keys().next().cloned();
        let Some(transit_gateway) = of_table.map(|table| table.transit_gateway.clone()).or_else(only) else { continue };
        network.caveats.insert(format!("what is behind the attachment {id} of {transit_gateway} is not known"));
        let resource = AttachedResource::Other { kind: "attachment".to_owned(), id: id.to_string() };
        let state = AttachmentState::Available;
        network.attachments.insert(id.clone(), Attachment { id, transit_gateway, resource, state, association: None });
    }
}

/// What is said of an attachment that no account shows which was read.
pub(super) fn caveat(attachment: &Attachment) -> String {
    format!("what is behind the attachment {} of {} is not known", attachment.id, attachment.transit_gateway)
}

/// Nothing passes an attachment from another account before the gateway's owner has accepted it, or the gateway by itself.
pub(super) fn hold_unaccepted(network: &mut Network, resources: &[&Specified<'_>]) {
    let mut accepted = BTreeSet::new();
    let mut accepting = BTreeSet::new();
    let mut accounts = BTreeMap::new();
    for resource in resources {
        match resource.spec.as_ref() {
            Spec::TransitGatewayAttachmentAcceptance(one) => {
                accepted.insert(named(&one.attachment));
            }
            Spec::TransitGateway(gateway) if gateway.auto_accept_shared_attachments => {
                accepting.insert(&resource.id);
            }
            Spec::TransitGatewayAttachment(_) => {
                accounts.insert(&resource.id, &resource.account);
            }
            _ => {}
        }
    }
    for attachment in network.attachments.values_mut() {
        let Some(gateway) = network.transit_gateways.get(&attachment.transit_gateway) else { continue };
        let is_foreign = accounts.get(&attachment.id).is_some_and(|account| **account != gateway.account);
        if is_foreign && !accepting.contains(&gateway.id) && !accepted.contains(&attachment.id) {
            attachment.state = AttachmentState::Other(PENDING_ACCEPTANCE.to_owned());
        }
    }
}
