//! Virtual private gateways, and their attachments to VPCs. The twin has no VPN connections.
//!
//! <https://docs.aws.amazon.com/vpn/latest/s2svpn/how_it_works.html>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::describe::Describe;
use super::kind::Kind;
use super::look::Look;
use super::{Actions, tag, visibility, vpc};
use crate::twin::time::{Duration, Moment};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// The family's actions.
pub const ACTIONS: Actions = &[
    ("AttachVpnGateway", attach),
    ("CreateVpnGateway", create),
    ("DeleteVpnGateway", delete),
    ("DescribeVpnGateways", describe),
    ("DetachVpnGateway", detach),
];

/// Virtual private gateways.
pub const KIND: Kind = Kind {
    prefix: "vgw-",
    resource_type: "vpn-gateway",
    not_found: "InvalidVpnGatewayID.NotFound",
    not_found_message: "The vpnGateway ID '{}' does not exist",
    malformed: "InvalidVpnGatewayID.Malformed",
    exists: |state, id, _| state.vpn_gateways.gateways.contains_key(id),
};

const FILTERS: &[&str] = &["attachment.vpc-id", "state", "tag", "vpn-gateway-id"];

/// How long attaching and detaching take: the twin's own.
const CHANGE: Duration = Duration::seconds(30, 60, 120);

/// The private ASN that a gateway has unless it is given one (EC2 API reference, CreateVpnGateway).
const ASN: i64 = 64512;

/// The virtual private gateways in one account and region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    gateways: BTreeMap<String, VpnGateway>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct VpnGateway {
    asn: i64,
    attachment: Option<Attachment>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Attachment {
    vpc_id: String,
    attached: Moment,
    /// When it is gone, once somebody asked for that.
    detached: Option<Moment>,
}

impl Attachment {
    fn state(&self, now: Moment) -> &'static str {
        match self.detached {
            Some(gone) if now < gone => "detaching",
            Some(_) => "detached",
            None if now < self.attached => "attaching",
            None => "attached",
        }
    }
}

impl VpnGateway {
    /// The attachment, unless it is gone.
    fn attachment(&self, now: Moment) -> Option<&Attachment> {
        self.attachment.as_ref().filter(|one| one.state(now) != "detached")
    }
}

impl State {
    /// True where a gateway is attached to the VPC.
    #[must_use]
    pub fn any_in_vpc(&self, vpc_id: &str, now: Moment) -> bool {
        self.of_vpc(vpc_id, now).is_some()
    }

    /// The gateway that is attached to the VPC.
    #[must_use]
    pub fn of_vpc(&self, vpc_id: &str, now: Moment) -> Option<&String> {
        let is_of_vpc = |gateway: &VpnGateway| gateway.attachment(now).is_some_and(|one| one.vpc_id == vpc_id);
        self.gateways.iter().find(|(_, gateway)| is_of_vpc(gateway)).map(|(id, _)| id)
    }
}

fn find<'a>(state: &'a super::State, id: &str, now: Moment) -> Answer<&'a VpnGateway> {
    KIND.find(state, id, now, |state| state.vpn_gateways.gateways.get(id))
}

fn create(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    form.required("Type")?;
    form.one_of("Type", &["ipsec.1"])?;
    let asn = form.integer("AmazonSideAsn")?.unwrap_or(ASN);
    let tags = tag::specified(form, "TagSpecification", KIND.resource_type)?;
    form.finish()?;
    let id = call.new_id("vgw");
    let gateway = VpnGateway { asn, attachment: None };
    call.ec2().vpn_gateways.gateways.insert(id.clone(), gateway.clone());
    visibility::created(call, &id);
    call.ec2().tags.set(&id, tags);
    let look = Look::at(call);
    xml.element("vpnGateway", |xml| write(xml, look, &id, &gateway));
    Ok(())
}

fn attach(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let (id, vpc_id) = (form.required("VpnGatewayId")?, form.required("VpcId")?);
    form.finish()?;
    let attached = call.done_after("AttachVpnGateway", CHANGE);
    let now = call.now;
    let state = call.ec2();
    vpc::find(state, vpc_id, now)?;
    if find(state, id, now)?.attachment(now).is_some() {
        return Err(Fault::new("VpnGatewayAttachmentLimitExceeded", format!("{id} is attached already")));
    }
    if state.vpn_gateways.any_in_vpc(vpc_id, now) {
        let text = format!("The VPC {vpc_id} already has a virtual private gateway attached");
        return Err(Fault::new("InvalidParameterValue", text));
    }
    let attachment = Attachment { vpc_id: vpc_id.to_owned(), attached, detached: None };
    xml.element("attachment", |xml| {
        xml.text("vpcId", vpc_id).text("state", attachment.state(now));
    });
    if let Some(gateway) = state.vpn_gateways.gateways.get_mut(id) {
        gateway.attachment = Some(attachment);
    }
    Ok(())
}

fn detach(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let (id, vpc_id) = (form.required("VpnGatewayId")?, form.required("VpcId")?);
    form.finish()?;
    let gone = call.done_after("DetachVpnGateway", CHANGE);
    let now = call.now;
    let state = call.ec2();
    let attachment = find(state, id, now)?.attachment(now).filter(|one| one.vpc_id == vpc_id);
    if attachment.is_none_or(|one| one.detached.is_some()) {
        let text = format!("resource {id} is not attached to network {vpc_id}");
        return Err(Fault::new("InvalidVpnGatewayAttachment.NotFound", text));
    }
    let gateway = state.vpn_gateways.gateways.get_mut(id);
    if let Some(attachment) = gateway.and_then(|gateway| gateway.attachment.as_mut()) {
        attachment.detached = Some(gone);
    }
    xml.text("return", true);
    Ok(())
}

fn delete(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("VpnGatewayId")?;
    form.finish()?;
    let now = call.now;
    let state = call.ec2();
    if find(state, id, now)?.attachment(now).is_some() {
        return Err(Fault::new("IncorrectState", format!("The vpnGateway '{id}' is in use")));
    }
    state.vpn_gateways.gateways.remove(id);
    state.tags.forget(id);
    xml.text("return", true);
    Ok(())
}

fn describe(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    // It has no pages (EC2 API reference, DescribeVpnGateways).
    let describe = Describe::read(form, &KIND, "VpnGatewayId", FILTERS, None)?;
    let look = Look::at(call);
    let all = look.state.vpn_gateways.gateways.iter();
    let selection = describe.select(look.state, look.now, all, |id, gateway, name| match name {
        "attachment.vpc-id" => gateway.attachment.iter().map(|one| one.vpc_id.clone()).collect(),
        "state" => vec![String::from("available")],
        "vpn-gateway-id" => vec![id.to_owned()],
        _ => Vec::new(),
    })?;
    selection.write(xml, "vpnGatewaySet", |xml, id, gateway| write(xml, look, id, gateway));
    Ok(())
}

/// A former attachment is shown as `detached`.
fn write(xml: &mut Xml, look: Look<'_>, id: &str, gateway: &VpnGateway) {
    xml.text("vpnGatewayId", id).text("state", "available").text("type", "ipsec.1").text("amazonSideAsn", gateway.asn);
    xml.list("attachments", &gateway.attachment, |item, attachment| {
        item.text("vpcId", &attachment.vpc_id).text("state", attachment.state(look.now));
    });
    tag::write(xml, look.state.tags.of(id));
}

#[cfg(test)]
mod tests {
    use crate::twin::ec2::test_support::{bench, text};

    #[test]
    fn a_gateway_is_attached_to_one_vpc_which_waits_for_it() {
        let mut bench = bench();
        let vpc = bench.vpc("10.0.0.0/16");
        assert_eq!(bench.code("Action=CreateVpnGateway"), "MissingParameter");
        let id = text(&bench.done("Action=CreateVpnGateway&Type=ipsec.1"), "vpnGatewayId").to_owned();
        let attach = format!("Action=AttachVpnGateway&VpnGatewayId={id}&VpcId={vpc}");
        assert_eq!(text(&bench.call(&attach).unwrap(), "state"), "attaching");
        assert_eq!(bench.code(&attach), "VpnGatewayAttachmentLimitExceeded");
        assert_eq!(bench.code(&format!("Action=DeleteVpnGateway&VpnGatewayId={id}")), "IncorrectState");
        assert_eq!(bench.code(&format!("Action=DeleteVpc&VpcId={vpc}")), "DependencyViolation");
        let detach = format!("Action=DetachVpnGateway&VpnGatewayId={id}&VpcId={vpc}");
        bench.done(&detach);
        assert_eq!(bench.code(&detach), "InvalidVpnGatewayAttachment.NotFound");
        bench.advance(300_000);
        bench.done(&format!("Action=DeleteVpnGateway&VpnGatewayId={id}"));
        bench.done(&format!("Action=DeleteVpc&VpcId={vpc}"));
        assert_eq!(bench.code("Action=DescribeVpnGateways&MaxResults=5"), "UnknownParameter");
    }
}
