//! VPC attachments: how they are described, to the gateway's owner and to the VPC's.
//!
//! <https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html>

use super::gateway::switch_name;
use super::state::{Attachment, Peering};
use super::{ATTACHMENT, lookup};
use crate::twin::ec2::describe::Describe;
use crate::twin::ec2::look::Look;
use crate::twin::ec2::page::USUAL;
use crate::twin::ec2::tag::{self, Tags};
use crate::twin::time::Moment;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Form, Xml};
use crate::twin::world::Call;

const VPC_FILTERS: &[&str] = &["state", "tag", "transit-gateway-attachment-id", "transit-gateway-id", "vpc-id"];

const FILTERS: &[&str] = &[
    "association.state",
    "association.transit-gateway-route-table-id",
    "resource-id",
    "resource-owner-id",
    "resource-type",
    "state",
    "tag",
    "transit-gateway-attachment-id",
    "transit-gateway-id",
    "transit-gateway-owner-id",
];

/// The attachments that the caller sees, as the owner of the gateway or of the VPC.
fn seen(look: Look<'_>) -> impl Iterator<Item = (&String, &Attachment)> {
    lookup::states(look.world, look.region)
        .flat_map(|state| &state.attachments)
        .filter(move |(_, one)| one.belongs_to(look.account) && one.shown(look.now))
}

pub(super) fn describe_vpc_attachments(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let request = Describe::read(form, &ATTACHMENT, "TransitGatewayAttachmentIds", VPC_FILTERS, Some(USUAL))?;
    let look = Look::at(call);
    let selection = request.select(look.state, look.now, seen(look), |_, attachment, name| {
        let value = match name {
            "state" => attachment.stage(look.now).name(),
            "transit-gateway-attachment-id" => &attachment.id,
            "transit-gateway-id" => &attachment.gateway_id,
            "vpc-id" => &attachment.vpc_id,
            _ => return Vec::new(),
        };
        vec![value.to_owned()]
    })?;
    selection.write(xml, "transitGatewayVpcAttachments", |item, id, attachment| {
        write(item, attachment, look.state.tags.of(id), look.now);
    });
    Ok(())
}

/// What DescribeTransitGatewayAttachments lists.
enum Listed<'a> {
    Vpc(&'a Attachment),
    Peering(&'a Peering),
}

pub(super) fn describe_attachments(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let request = Describe::read(form, &ATTACHMENT, "TransitGatewayAttachmentIds", FILTERS, Some(USUAL))?;
    let look = Look::at(call);
    let peerings = look.state.transit_gateways.peerings.iter().filter(|(_, one)| one.progress.shown(look.now));
    let all = seen(look).map(|(id, one)| (id, Listed::Vpc(one)));
    let all = all.chain(peerings.map(|(id, one)| (id, Listed::Peering(one))));
    let selection = request.select(look.state, look.now, all, |id, listed, name| {
        let value = match listed {
            Listed::Vpc(attachment) => attribute(attachment, name, look),
            Listed::Peering(peering) => attribute_of_peering(id, peering, name, look),
        };
        value.map(str::to_owned).into_iter().collect()
    })?;
    selection.write(xml, "transitGatewayAttachments", |item, id, listed| {
        match listed {
            Listed::Vpc(attachment) => write_listed(item, id, attachment, look),
            Listed::Peering(peering) => write_peering(item, id, peering, look),
        }
        tag::write(item, look.state.tags.of(id));
    });
    Ok(())
}

fn write_listed(item: &mut Xml, id: &str, attachment: &Attachment, look: Look<'_>) {
    item.text("transitGatewayAttachmentId", id)
        .text("transitGatewayId", &attachment.gateway_id)
        .text("transitGatewayOwnerId", &attachment.gateway_owner)
        .text("resourceOwnerId", &attachment.vpc_owner)
        .text("resourceType", "vpc")
        .text("resourceId", &attachment.vpc_id)
        .text("state", attachment.stage(look.now).name());
    if let Some((table, stage)) = attachment.association_seen_by(look.account, look.now) {
        item.element("association", |item| {
            item.text("transitGatewayRouteTableId", table).text("state", stage.name());
        });
    }
    item.text("creationTime", attachment.created.iso8601());
}

/// The resource of a peering is the other gateway.
fn write_peering(item: &mut Xml, id: &str, peering: &Peering, look: Look<'_>) {
    item.text("transitGatewayAttachmentId", id)
        .text("transitGatewayId", &peering.gateway_id)
        .text("transitGatewayOwnerId", look.account)
        .text("resourceOwnerId", &peering.peer_owner)
        .text("resourceType", "peering")
        .text("resourceId", &peering.peer_id)
        .text("state", peering.state(look.now))
        .text("creationTime", peering.created.iso8601());
}

fn attribute_of_peering<'a>(id: &'a str, peering: &'a Peering, name: &str, look: Look<'a>) -> Option<&'a str> {
    Some(match name {
        "resource-id" => &peering.peer_id,
        "resource-owner-id" => &peering.peer_owner,
        "resource-type" => "peering",
        "state" => peering.state(look.now),
        "transit-gateway-attachment-id" => id,
        "transit-gateway-id" => &peering.gateway_id,
        "transit-gateway-owner-id" => look.account,
        _ => return None,
    })
}

fn attribute<'a>(attachment: &'a Attachment, name: &str, look: Look<'_>) -> Option<&'a str> {
    Some(match name {
        "association.state" => attachment.association_seen_by(look.account, look.now)?.1.name(),
        "association.transit-gateway-route-table-id" => attachment.association_seen_by(look.account, look.now)?.0,
        "resource-id" => &attachment.vpc_id,
        "resource-owner-id" => &attachment.vpc_owner,
        "resource-type" => "vpc",
        "state" => attachment.stage(look.now).name(),
        "transit-gateway-attachment-id" => &attachment.id,
        "transit-gateway-id" => &attachment.gateway_id,
        "transit-gateway-owner-id" => &attachment.gateway_owner,
        _ => return None,
    })
}

/// Keeps a changed attachment with its gateway's owner and answers with it.
pub(super) fn keep(call: &mut Call<'_>, attachment: Attachment, xml: &mut Xml) {
    let now = call.now;
    let tags = call.ec2().tags.of(&attachment.id);
    xml.element("transitGatewayVpcAttachment", |item| write(item, &attachment, tags, now));
    let owner = call.world.ec2(&attachment.gateway_owner, &call.caller.region);
    owner.transit_gateways.attachments.insert(attachment.id.clone(), attachment);
}

fn write(xml: &mut Xml, attachment: &Attachment, tags: &Tags, now: Moment) {
    xml.text("transitGatewayAttachmentId", &attachment.id)
        .text("transitGatewayId", &attachment.gateway_id)
        .text("vpcId", &attachment.vpc_id)
        .text("vpcOwnerId", &attachment.vpc_owner)
        .text("state", attachment.stage(now).name())
        .texts("subnetIds", attachment.subnets.iter().map(|subnet| &subnet.subnet_id))
        .text("creationTime", attachment.created.iso8601())
        .element("options", |item| {
            let options = attachment.options;
            item.text("dnsSupport", switch_name(options.dns_support))
                .text("securityGroupReferencingSupport", switch_name(options.security_group_referencing_support))
                .text("ipv6Support", switch_name(options.ipv6_support))
                .text("applianceModeSupport", switch_name(options.appliance_mode_support));
        });
    tag::write(xml, tags);
}
