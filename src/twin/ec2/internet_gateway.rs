//! Internet gateways.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::describe::Describe;
use super::kind::Kind;
use super::look::Look;
use super::page::USUAL;
use super::{Actions, quota, tag, visibility, vpc};
use crate::twin::time::Moment;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// The family's actions.
pub const ACTIONS: Actions = &[
    ("AttachInternetGateway", attach_internet_gateway),
    ("CreateInternetGateway", create_internet_gateway),
    ("DeleteInternetGateway", delete_internet_gateway),
    ("DescribeInternetGateways", describe_internet_gateways),
    ("DetachInternetGateway", detach_internet_gateway),
];

/// Internet gateways.
pub const KIND: Kind = Kind {
    prefix: "igw-",
    resource_type: "internet-gateway",
    not_found: "InvalidInternetGatewayID.NotFound",
    not_found_message: "The internetGateway ID '{}' does not exist",
    malformed: "InvalidInternetGatewayId.Malformed",
    exists: |state, id, _| state.internet_gateways.get(id).is_some(),
};

/// The state of every attachment, as AWS's service model has it (EC2 API reference, InternetGatewayAttachment). AWS itself
/// has been seen to say `available`, which its model doesn't know; whoever takes only one of the two fails on the other.
const ATTACHED: &str = "attached";

const FILTERS: &[&str] = &["attachment.state", "attachment.vpc-id", "internet-gateway-id", "owner-id", "tag"];

/// The internet gateways in one account and region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    gateways: BTreeMap<String, InternetGateway>,
}

/// An internet gateway.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InternetGateway {
    /// The VPC that it is attached to.
    pub vpc_id: Option<String>,
}

impl State {
    /// An internet gateway that is there, whoever can see it.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&InternetGateway> {
        self.gateways.get(id)
    }

    /// The internet gateway of a VPC.
    #[must_use]
    pub fn of_vpc(&self, vpc_id: &str) -> Option<&str> {
        let mut gateways = self.gateways.iter();
        gateways.find(|(_, gateway)| gateway.vpc_id.as_deref() == Some(vpc_id)).map(|(id, _)| id.as_str())
    }
}

/// An internet gateway that a call at this moment sees.
///
/// # Errors
/// `InvalidInternetGatewayId.Malformed`, `InvalidInternetGatewayID.NotFound`.
pub fn find<'a>(state: &'a super::State, id: &str, now: Moment) -> Answer<&'a InternetGateway> {
    KIND.find(state, id, now, |state| state.internet_gateways.get(id))
}

/// Makes an internet gateway in the caller's account and region.
pub fn make(call: &mut Call<'_>, vpc_id: Option<String>) -> String {
    let id = call.new_id("igw");
    call.ec2().internet_gateways.gateways.insert(id.clone(), InternetGateway { vpc_id });
    id
}

fn create_internet_gateway(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let tags = tag::specified(form, "TagSpecification", KIND.resource_type)?;
    form.finish()?;
    let limit = quota::limit(call, quota::INTERNET_GATEWAYS);
    if call.ec2().internet_gateways.gateways.len() >= limit {
        let text = "The maximum number of internet gateways has been reached.";
        return Err(Fault::new("InternetGatewayLimitExceeded", text));
    }
    let id = make(call, None);
    visibility::created(call, &id);
    call.ec2().tags.set(&id, tags);
    let look = Look::at(call);
    xml.element("internetGateway", |xml| write(xml, look, &id, &InternetGateway::default()));
    Ok(())
}

/// Reads the ids of an internet gateway and a VPC, both seen by the call.
fn read_both<'a>(call: &mut Call<'_>, form: &'a Form) -> Answer<(&'a str, &'a str)> {
    let (id, vpc_id) = (form.required("InternetGatewayId")?, form.required("VpcId")?);
    form.finish()?;
    let now = call.now;
    let state = call.ec2();
    find(state, id, now)?;
    vpc::find(state, vpc_id, now)?;
    Ok((id, vpc_id))
}

fn attach_internet_gateway(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let (id, vpc_id) = read_both(call, form)?;
    let gateways = &mut call.ec2().internet_gateways;
    if let Some(other) = gateways.get(id).and_then(|gateway| gateway.vpc_id.as_deref()) {
        let text = format!("resource {id} is already attached to network {other}");
        return Err(Fault::new("Resource.AlreadyAssociated", text));
    }
    if gateways.of_vpc(vpc_id).is_some() {
        let text = format!("Network {vpc_id} already has an internet gateway attached");
        return Err(Fault::new("InvalidParameterValue", text));
    }
    gateways.gateways.insert(id.to_owned(), InternetGateway { vpc_id: Some(vpc_id.to_owned()) });
    xml.text("return", true);
    Ok(())
}

fn detach_internet_gateway(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let (id, vpc_id) = read_both(call, form)?;
    let now = call.now;
    let state = call.ec2();
    if state.internet_gateways.of_vpc(vpc_id) != Some(id) {
        let text = format!("resource {id} is not attached to network {vpc_id}");
        return Err(Fault::new("Gateway.NotAttached", text));
    }
    if state.addresses.any_mapped_in(state, vpc_id, now) {
        let text = format!(
            "Network {vpc_id} has some mapped public address(es). Please unmap those public address(es) before \
             detaching the gateway."
        );
        return Err(Fault::new("DependencyViolation", text));
    }
    state.internet_gateways.gateways.insert(id.to_owned(), InternetGateway::default());
    xml.text("return", true);
    Ok(())
}

fn delete_internet_gateway(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("InternetGatewayId")?;
    form.finish()?;
    let now = call.now;
    let state = call.ec2();
    if find(state, id, now)?.vpc_id.is_some() {
        let text = format!("The internetGateway '{id}' has dependencies and cannot be deleted.");
        return Err(Fault::new("DependencyViolation", text));
    }
    state.internet_gateways.gateways.remove(id);
    state.tags.forget(id);
    xml.text("return", true);
    Ok(())
}

fn describe_internet_gateways(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let describe = Describe::read(form, &KIND, "InternetGatewayId", FILTERS, Some(USUAL))?;
    let look = Look::at(call);
    let all = look.state.internet_gateways.gateways.iter();
    let selection = describe.select(look.state, look.now, all, |id, gateway, name| match name {
        "attachment.state" => gateway.vpc_id.iter().map(|_| ATTACHED.to_owned()).collect(),
        "attachment.vpc-id" => gateway.vpc_id.iter().cloned().collect(),
        "internet-gateway-id" => vec![id.to_owned()],
        "owner-id" => vec![look.account.to_owned()],
        _ => Vec::new(),
    })?;
    selection.write(xml, "internetGatewaySet", |xml, id, gateway| write(xml, look, id, gateway));
    Ok(())
}

fn write(xml: &mut Xml, look: Look<'_>, id: &str, gateway: &InternetGateway) {
    xml.text("internetGatewayId", id).text("ownerId", look.account);
    xml.list("attachmentSet", &gateway.vpc_id, |item, vpc_id| {
        item.text("vpcId", vpc_id).text("state", ATTACHED);
    });
    tag::write(xml, look.state.tags.of(id));
}

#[cfg(test)]
mod tests {
    use crate::twin::ec2::test_support::{bench, text};

    #[test]
    fn a_vpc_has_one_internet_gateway_and_a_gateway_one_vpc() {
        let mut bench = bench();
        let (one, other) = (bench.vpc("10.0.0.0/16"), bench.vpc("10.1.0.0/16"));
        let mut create = || text(&bench.done("Action=CreateInternetGateway"), "internetGatewayId").to_owned();
        let (first, second) = (create(), create());
        let action = |verb: &str, igw: &str, vpc: &str| {
            format!("Action={verb}InternetGateway&InternetGatewayId={igw}&VpcId={vpc}")
        };
        bench.done(&action("Attach", &first, &one));
        assert_eq!(bench.code(&action("Attach", &first, &other)), "Resource.AlreadyAssociated");
        assert_eq!(bench.code(&action("Attach", &second, &one)), "InvalidParameterValue");
        assert_eq!(bench.code(&action("Detach", &second, &one)), "Gateway.NotAttached");
        let delete = format!("Action=DeleteInternetGateway&InternetGatewayId={first}");
        assert_eq!(bench.code(&delete), "DependencyViolation");
        bench.done(&action("Detach", &first, &one));
        bench.done(&delete);
    }

    #[test]
    fn it_stays_while_a_public_address_is_mapped_through_it() {
        let mut bench = bench();
        let (vpc, subnet) = bench.public_subnet();
        let nat = bench.nat_gateway(&subnet);
        let described = bench
            .done(&format!("Action=DescribeInternetGateways&Filter.1.Name=attachment.vpc-id&Filter.1.Value.1={vpc}"));
        let igw = text(&described, "internetGatewayId");
        let detach = format!("Action=DetachInternetGateway&InternetGatewayId={igw}&VpcId={vpc}");
        assert_eq!(bench.code(&detach), "DependencyViolation");
        bench.call(&format!("Action=DeleteNatGateway&NatGatewayId={nat}")).unwrap();
        assert_eq!(bench.code(&detach), "DependencyViolation");
        bench.advance(300_000);
        bench.done(&detach);
    }
}
