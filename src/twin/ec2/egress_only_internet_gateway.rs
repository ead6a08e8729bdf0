//! Egress-only internet gateways. Nothing in the twin sends IPv6 packets; they are there to be found.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::client_token;
use super::describe::Describe;
use super::kind::Kind;
use super::look::Look;
use super::page::Bounds;
use super::{Actions, tag, vpc};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Form, Xml};
use crate::twin::world::Call;

/// The family's actions.
pub const ACTIONS: Actions = &[
    ("CreateEgressOnlyInternetGateway", create),
    ("DeleteEgressOnlyInternetGateway", delete),
    ("DescribeEgressOnlyInternetGateways", describe),
];

/// Egress-only internet gateways.
pub const KIND: Kind = Kind {
    prefix: "eigw-",
    resource_type: "egress-only-internet-gateway",
    not_found: "InvalidEgressOnlyInternetGatewayId.NotFound",
    not_found_message: "The egress-only internet gateway ID '{}' does not exist",
    malformed: "InvalidEgressOnlyInternetGatewayId.Malformed",
    exists: |state, id, _| state.egress_only_internet_gateways.gateways.contains_key(id),
};

/// DescribeEgressOnlyInternetGateways gives shorter pages than the other actions.
const PAGE: Bounds = Bounds { least: 5, most: 255 };

/// The egress-only internet gateways in one account and region: the VPC of each.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    gateways: BTreeMap<String, String>,
}

impl State {
    /// True where the VPC has one.
    #[must_use]
    pub fn any_in_vpc(&self, vpc_id: &str) -> bool {
        self.gateways.values().any(|vpc| vpc == vpc_id)
    }
}

fn create(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let token = form.optional("ClientToken");
    let replay = client_token::read(call, form)?;
    let vpc_id = form.required("VpcId")?;
    let tags = tag::specified(form, "TagSpecification", KIND.resource_type)?;
    form.finish()?;
    let id = replay.one(call, tags, |call| {
        let now = call.now;
        vpc::find(call.ec2(), vpc_id, now)?;
        let id = call.new_id("eigw");
        call.ec2().egress_only_internet_gateways.gateways.insert(id.clone(), vpc_id.to_owned());
        Ok(id)
    })?;
    let look = Look::at(call);
    xml.optional("clientToken", token);
    xml.element("egressOnlyInternetGateway", |xml| write(xml, look, &id, vpc_id));
    Ok(())
}

fn delete(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("EgressOnlyInternetGatewayId")?;
    form.finish()?;
    let now = call.now;
    let state = call.ec2();
    KIND.find(state, id, now, |state| state.egress_only_internet_gateways.gateways.get(id))?;
    state.egress_only_internet_gateways.gateways.remove(id);
    state.tags.forget(id);
    xml.text("returnCode", true);
    Ok(())
}

fn describe(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let describe = Describe::read(form, &KIND, "EgressOnlyInternetGatewayId", &["tag"], Some(PAGE))?;
    let look = Look::at(call);
    let all = look.state.egress_only_internet_gateways.gateways.iter();
    let selection = describe.select(look.state, look.now, all, |_, _, _| Vec::new())?;
    selection.write(xml, "egressOnlyInternetGatewaySet", |xml, id, vpc_id| write(xml, look, id, vpc_id));
    Ok(())
}

fn write(xml: &mut Xml, look: Look<'_>, id: &str, vpc_id: &str) {
    xml.text("egressOnlyInternetGatewayId", id);
    xml.list("attachmentSet", [vpc_id], |item, vpc_id| {
        item.text("vpcId", vpc_id).text("state", "attached");
    });
    tag::write(xml, look.state.tags.of(id));
}

#[cfg(test)]
mod tests {
    use crate::twin::ec2::test_support::{bench, text, texts};

    #[test]
    fn a_vpc_waits_for_its_gateway_to_go() {
        let mut bench = bench();
        let vpc = bench.vpc("10.0.0.0/16");
        let created = bench.done(&format!("Action=CreateEgressOnlyInternetGateway&VpcId={vpc}"));
        let id = text(&created, "egressOnlyInternetGatewayId").to_owned();
        assert_eq!(text(&bench.done("Action=DescribeEgressOnlyInternetGateways"), "vpcId"), vpc);
        assert_eq!(bench.code(&format!("Action=DeleteVpc&VpcId={vpc}")), "DependencyViolation");
        let delete = format!("Action=DeleteEgressOnlyInternetGateway&EgressOnlyInternetGatewayId={id}");
        bench.done(&delete);
        assert_eq!(bench.code(&delete), "InvalidEgressOnlyInternetGatewayId.NotFound");
        assert!(texts(&bench.done("Action=DescribeEgressOnlyInternetGateways"), "vpcId").is_empty());
        bench.done(&format!("Action=DeleteVpc&VpcId={vpc}"));
    }
}
