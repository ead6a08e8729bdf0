//! Network ACLs. Every VPC has a default one that lets everything through, and every subnet is associated with it;
//! the twin has no others.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::describe::Describe;
use super::kind::Kind;
use super::look::Look;
use super::page::USUAL;
use super::{Actions, tag};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Form, Xml};
use crate::twin::world::Call;

/// The family's actions.
pub const ACTIONS: Actions = &[("DescribeNetworkAcls", describe_network_acls)];

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

/// The entries of a default network ACL, each in both directions: number and action.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html>
const ENTRIES: [(u32, &str); 2] = [(100, "allow"), (32767, "deny")];

/// The network ACLs in one account and region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    acls: BTreeMap<String, NetworkAcl>,
}

/// The default network ACL of a VPC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct NetworkAcl {
    vpc_id: String,
    /// The associations' ids by their subnets.
    subnets: BTreeMap<String, String>,
}

impl State {
    /// Forgets a VPC's network ACL; answers its id.
    pub fn forget_vpc(&mut self, vpc_id: &str) -> Vec<String> {
        self.acls.extract_if(.., |_, acl| acl.vpc_id == vpc_id).map(|(id, _)| id).collect()
    }

    /// Forgets a subnet's association.
    pub fn forget_subnet(&mut self, subnet_id: &str) {
        for acl in self.acls.values_mut() {
            acl.subnets.remove(subnet_id);
        }
    }
}

/// Makes the default network ACL of a new VPC.
pub fn make_default(call: &mut Call<'_>, vpc_id: &str) {
    let id = call.new_id("acl");
    let acl = NetworkAcl { vpc_id: vpc_id.to_owned(), subnets: BTreeMap::new() };
    call.ec2().network_acls.acls.insert(id, acl);
}

/// Associates a new subnet with the default network ACL of its VPC.
pub fn associate(call: &mut Call<'_>, vpc_id: &str, subnet_id: &str) {
    let association_id = call.new_id("aclassoc");
    let mut acls = call.ec2().network_acls.acls.values_mut();
    if let Some(acl) = acls.find(|acl| acl.vpc_id == vpc_id) {
        acl.subnets.insert(subnet_id.to_owned(), association_id);
    }
}

fn describe_network_acls(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let describe = Describe::read(form, &KIND, "NetworkAclId", FILTERS, Some(USUAL))?;
    let look = Look::at(call);
    let all = look.state.network_acls.acls.iter();
    let selection = describe.select(look.state, look.now, all, |id, acl, name| match name {
        "association.association-id" => acl.subnets.values().cloned().collect(),
        "association.network-acl-id" => acl.subnets.keys().map(|_| id.to_owned()).collect(),
        "association.subnet-id" => acl.subnets.keys().cloned().collect(),
        "default" => vec![String::from("true")],
        "network-acl-id" => vec![id.to_owned()],
        "owner-id" => vec![look.account.to_owned()],
        "vpc-id" => vec![acl.vpc_id.clone()],
        _ => Vec::new(),
    })?;
    selection.write(xml, "networkAclSet", |xml, id, acl| write(xml, look, id, acl));
    Ok(())
}

fn write(xml: &mut Xml, look: Look<'_>, id: &str, acl: &NetworkAcl) {
    xml.text("networkAclId", id).text("vpcId", &acl.vpc_id).text("ownerId", look.account).text("default", true);
    xml.list("associationSet", &acl.subnets, |item, (subnet_id, association_id)| {
        item.text("networkAclAssociationId", association_id).text("networkAclId", id).text("subnetId", subnet_id);
    });
    let entries = [true, false].into_iter().flat_map(|egress| ENTRIES.map(|entry| (egress, entry)));
    xml.list("entrySet", entries, |item, (egress, (number, action))| {
        item.text("ruleNumber", number).text("protocol", "-1").text("ruleAction", action);
        item.text("egress", egress).text("cidrBlock", "0.0.0.0/0");
    });
    tag::write(xml, look.state.tags.of(id));
}

#[cfg(test)]
mod tests {
    use crate::twin::ec2::test_support::{bench, texts};

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
}
