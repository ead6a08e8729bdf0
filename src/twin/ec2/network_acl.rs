//! Network ACLs. Every VPC has a default one that lets everything through, and every subnet is associated with it until it
//! is given another one.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::client_token;
use super::describe::Describe;
use super::kind::Kind;
use super::look::Look;
use super::network_acl_entry::{self, Entry};
use super::page::USUAL;
use super::{Actions, tag, vpc};
use crate::twin::time::Moment;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// The family's actions.
pub const ACTIONS: Actions = &[
    ("CreateNetworkAcl", create),
    ("DeleteNetworkAcl", delete),
    ("DescribeNetworkAcls", describe_network_acls),
    ("ReplaceNetworkAclAssociation", replace_association),
];

/// Network ACLs.
pub const KIND: Kind = Kind {
    prefix: "acl-",
    resource_type: "network-acl",
    not_found: "InvalidNetworkAclID.NotFound",
    not_found_message: "The networkAcl ID '{}' does not exist",
    malformed: "InvalidNetworkAclId.Malformed",
    exists: |state, id, _| state.network_acls.acls.contains_key(id),
};

const FILTERS: &[&str] = &[
    "association.association-id",
    "association.network-acl-id",
    "association.subnet-id",
    "default",
    "network-acl-id",
    "owner-id",
    "tag",
    "vpc-id",
];

/// The network ACLs in one account and region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    acls: BTreeMap<String, NetworkAcl>,
}

/// A network ACL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkAcl {
    vpc_id: String,
    default: bool,
    /// The associations' ids by their subnets.
    subnets: BTreeMap<String, String>,
    /// Its entries by direction and number, but for the last ones, which deny everything.
    #[serde(with = "network_acl_entry::listed")]
    pub entries: BTreeMap<(bool, u16), Entry>,
}

impl State {
    /// Forgets a VPC's network ACLs; answers their ids.
    pub fn forget_vpc(&mut self, vpc_id: &str) -> Vec<String> {
        self.acls.extract_if(.., |_, acl| acl.vpc_id == vpc_id).map(|(id, _)| id).collect()
    }

    /// Forgets a subnet's association.
    pub fn forget_subnet(&mut self, subnet_id: &str) {
        for acl in self.acls.values_mut() {
            acl.subnets.remove(subnet_id);
        }
    }

    /// True where a VPC has one besides the default one.
    #[must_use]
    pub fn any_made_in(&self, vpc_id: &str) -> bool {
        self.acls.values().any(|acl| acl.vpc_id == vpc_id && !acl.default)
    }

    /// A network ACL, to change its entries.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut NetworkAcl> {
        self.acls.get_mut(id)
    }
}

/// A network ACL that a call at this moment sees.
///
/// # Errors
/// `InvalidNetworkAclId.Malformed`, `InvalidNetworkAclID.NotFound`.
pub fn find<'a>(state: &'a super::State, id: &str, now: Moment) -> Answer<&'a NetworkAcl> {
    KIND.find(state, id, now, |state| state.network_acls.acls.get(id))
}

/// Makes the default network ACL of a new VPC.
pub fn make_default(call: &mut Call<'_>, vpc_id: &str) {
    let id = call.new_id("acl");
    let entries = [false, true].map(|egress| ((egress, 100), Entry::allow_all())).into_iter().collect();
    let acl = NetworkAcl { vpc_id: vpc_id.to_owned(), default: true, subnets: BTreeMap::new(), entries };
    call.ec2().network_acls.acls.insert(id, acl);
}

/// Associates a new subnet with the default network ACL of its VPC.
pub fn associate(call: &mut Call<'_>, vpc_id: &str, subnet_id: &str) {
    let association_id = call.new_id("aclassoc");
    let mut acls = call.ec2().network_acls.acls.values_mut();
    if let Some(acl) = acls.find(|acl| acl.vpc_id == vpc_id && acl.default) {
        acl.subnets.insert(subnet_id.to_owned(), association_id);
    }
}

/// A new one denies everything until it is given entries.
fn create(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let token = form.optional("ClientToken");
    let replay = client_token::read(call, form)?;
    let vpc_id = form.required("VpcId")?;
    let tags = tag::specified(form, "TagSpecification", KIND.resource_type)?;
    form.finish()?;
    let id = replay.one(call, tags, |call| {
        let now = call.now;
        vpc::find(call.ec2(), vpc_id, now)?;
        let id = call.new_id("acl");
        let (vpc_id, subnets, entries) = (vpc_id.to_owned(), BTreeMap::new(), BTreeMap::new());
        let acl = NetworkAcl { vpc_id, default: false, subnets, entries };
        call.ec2().network_acls.acls.insert(id.clone(), acl);
        Ok(id)
    })?;
    let look = Look::at(call);
    let acl = look.state.network_acls.acls.get(&id).ok_or_else(|| KIND.unknown(&id))?;
    xml.optional("clientToken", token);
    xml.element("networkAcl", |xml| write(xml, look, &id, acl));
    Ok(())
}

fn delete(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("NetworkAclId")?;
    form.finish()?;
    let now = call.now;
    let state = call.ec2();
    let acl = find(state, id, now)?;
    if acl.default {
        let text = format!("cannot delete default network ACL {id}");
        return Err(Fault::new("InvalidParameterValue", text));
    }
    if !acl.subnets.is_empty() {
        let text = format!("The networkAcl '{id}' has dependencies and cannot be deleted.");
        return Err(Fault::new("DependencyViolation", text));
    }
    state.network_acls.acls.remove(id);
    state.tags.forget(id);
    xml.text("return", true);
    Ok(())
}

fn replace_association(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let (association, id) = (form.required("AssociationId")?, form.required("NetworkAclId")?);
    form.finish()?;
    let now = call.now;
    let state = call.ec2();
    let vpc_id = find(state, id, now)?.vpc_id.clone();
    let holder = state.network_acls.acls.iter().find_map(|(holder, acl)| {
        let subnet = acl.subnets.iter().find(|(_, other)| *other == association)?.0;
        Some((holder.clone(), acl.vpc_id.clone(), subnet.clone()))
    });
    let unknown = || {
        let text = format!("The association ID '{association}' does not exist");
        Fault::new("InvalidAssociationID.NotFound", text)
    };
    let (holder, of_vpc, subnet) = holder.ok_or_else(unknown)?;
    if of_vpc != vpc_id {
        let text = format!("{id} and the subnet {subnet} belong to different networks");
        return Err(Fault::new("InvalidParameterValue", text));
    }
    let new = call.new_id("aclassoc");
    let acls = &mut call.ec2().network_acls.acls;
    if let Some(acl) = acls.get_mut(&holder) {
        acl.subnets.remove(&subnet);
    }
    if let Some(acl) = acls.get_mut(id) {
        acl.subnets.insert(subnet, new.clone());
    }
    xml.text("newAssociationId", new);
    Ok(())
}

fn describe_network_acls(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let describe = Describe::read(form, &KIND, "NetworkAclId", FILTERS, Some(USUAL))?;
    let look = Look::at(call);
    let all = look.state.network_acls.acls.iter();
    let selection = describe.select(look.state, look.now, all, |id, acl, name| match name {
        "association.association-id" => acl.subnets.values().cloned().collect(),
        "association.network-acl-id" => acl.subnets.keys().map(|_| id.to_owned()).collect(),
        "association.subnet-id" => acl.subnets.keys().cloned().collect(),
        "default" => vec![acl.default.to_string()],
        "network-acl-id" => vec![id.to_owned()],
        "owner-id" => vec![look.account.to_owned()],
        "vpc-id" => vec![acl.vpc_id.clone()],
        _ => Vec::new(),
    })?;
    selection.write(xml, "networkAclSet", |xml, id, acl| write(xml, look, id, acl));
    Ok(())
}

fn write(xml: &mut Xml, look: Look<'_>, id: &str, acl: &NetworkAcl) {
    xml.text("networkAclId", id).text("vpcId", &acl.vpc_id).text("ownerId", look.account).text("default", acl.default);
    xml.list("associationSet", &acl.subnets, |item, (subnet_id, association_id)| {
        item.text("networkAclAssociationId", association_id).text("networkAclId", id).text("subnetId", subnet_id);
    });
    network_acl_entry::write(xml, &acl.entries);
    tag::write(xml, look.state.tags.of(id));
}

#[cfg(test)]
mod tests {
    use crate::twin::ec2::test_support::{bench, text, texts};

    #[test]
    fn the_default_acl_of_a_vpc_has_its_subnets_and_goes_with_it() {
        let mut bench = bench();
        let (vpc, subnet) = bench.public_subnet();
        let of_vpc = format!("Action=DescribeNetworkAcls&Filter.1.Name=vpc-id&Filter.1.Value.1={vpc}");
        let described = bench.done(&of_vpc);
        assert_eq!(texts(&described, "subnetId"), [&subnet]);
        assert_eq!(texts(&described, "ruleAction"), ["allow", "deny", "allow", "deny"]);
        let igw = bench.internet_gateway_of(&vpc);
        let delete = format!("Action=DeleteVpc&VpcId={vpc}");
        assert_eq!(bench.code(&delete), "DependencyViolation");
        bench.done(&format!("Action=DeleteSubnet&SubnetId={subnet}"));
        assert_eq!(bench.code(&delete), "DependencyViolation");
        bench.done(&format!("Action=DetachInternetGateway&InternetGatewayId={igw}&VpcId={vpc}"));
        bench.done(&delete);
        assert!(texts(&bench.done(&of_vpc), "networkAclId").is_empty());
    }

    #[test]
    fn a_subnet_is_given_another_acl_and_the_default_one_back() {
        let mut bench = bench();
        let (vpc, _) = bench.public_subnet();
        let of_vpc = format!("Action=DescribeNetworkAcls&Filter.1.Name=vpc-id&Filter.1.Value.1={vpc}");
        let described = bench.done(&of_vpc);
        let (default, association) =
            (text(&described, "networkAclId").to_owned(), text(&described, "networkAclAssociationId").to_owned());
        let created = bench.done(&format!("Action=CreateNetworkAcl&VpcId={vpc}"));
        assert_eq!(texts(&created, "ruleAction"), ["deny", "deny"]);
        let acl = text(&created, "networkAclId").to_owned();
        let replace = |association: &str, acl: &str| {
            format!("Action=ReplaceNetworkAclAssociation&AssociationId={association}&NetworkAclId={acl}")
        };
        let replaced = bench.done(&replace(&association, &acl));
        assert_eq!(bench.code(&replace(&association, &acl)), "InvalidAssociationID.NotFound");
        let delete = format!("Action=DeleteNetworkAcl&NetworkAclId={acl}");
        assert_eq!(bench.code(&delete), "DependencyViolation");
        bench.done(&replace(text(&replaced, "newAssociationId"), &default));
        bench.done(&delete);
        let delete = format!("Action=DeleteNetworkAcl&NetworkAclId={default}");
        assert_eq!(bench.code(&delete), "InvalidParameterValue");
    }
}
