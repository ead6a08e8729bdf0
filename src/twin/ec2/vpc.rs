//! VPCs: CreateVpc, DescribeVpcs, DeleteVpc, and their attributes.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::describe::Describe;
use super::kind::Kind;
use super::page::USUAL;
use super::{
    Actions, cidr, dhcp_options, network_acl, quota, route_table, security_group, tag, visibility, vpc_cidr_block,
};
use crate::twin::time::{Duration, Moment};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// The family's actions.
pub const ACTIONS: Actions = &[
    ("CreateVpc", create_vpc),
    ("DeleteVpc", delete_vpc),
    ("DescribeVpcAttribute", describe_vpc_attribute),
    ("DescribeVpcs", describe_vpcs),
    ("ModifyVpcAttribute", modify_vpc_attribute),
];

/// VPCs.
pub const KIND: Kind = Kind {
    prefix: "vpc-",
    resource_type: "vpc",
    not_found: "InvalidVpcID.NotFound",
    not_found_message: "The vpc ID '{}' does not exist",
    malformed: "InvalidVpcId.Malformed",
    exists: |state, id, _| state.vpcs.get(id).is_some(),
};

/// How long a new VPC, subnet or the like is pending.
pub const PENDING: Duration = Duration::seconds(2, 8, 30);

const FILTERS: &[&str] = &[
    "cidr",
    "cidr-block-association.association-id",
    "cidr-block-association.cidr-block",
    "cidr-block-association.state",
    "dhcp-options-id",
    "is-default",
    "owner-id",
    "state",
    "tag",
    "vpc-id",
];

/// The VPCs in one account and region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    vpcs: BTreeMap<String, Vpc>,
}

/// A VPC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vpc {
    /// Its addresses.
    pub cidr: Ipv4Net,
    /// The id of the association of its addresses.
    pub cidr_association_id: String,
    /// Its DHCP option set; [`dhcp_options::NONE`] where it has none.
    pub dhcp_options_id: String,
    /// True for the VPC that every account has in every region from the start.
    pub is_default: bool,
    /// True where its instances are on hardware of their own.
    pub dedicated: bool,
    /// When it is no longer pending.
    pub available: Moment,
    /// `enableDnsSupport`.
    pub dns_support: bool,
    /// `enableDnsHostnames`.
    pub dns_hostnames: bool,
    /// `enableNetworkAddressUsageMetrics`.
    pub network_address_usage_metrics: bool,
    /// Its further addresses, by the id of their association.
    #[serde(default)]
    pub further: BTreeMap<String, vpc_cidr_block::Association>,
}

impl Vpc {
    /// All addresses that it has at this moment.
    pub fn ranges(&self, now: Moment) -> impl Iterator<Item = Ipv4Net> {
        let further = self.further.values().filter(move |one| one.is_there(now)).map(|one| one.cidr);
        std::iter::once(self.cidr).chain(further)
    }
}

impl State {
    /// A VPC that is there, whoever can see it.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Vpc> {
        self.vpcs.get(id)
    }

    /// A VPC, to change its addresses or its DHCP options.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Vpc> {
        self.vpcs.get_mut(id)
    }

    /// All that are there.
    pub fn all(&self) -> impl Iterator<Item = (&String, &Vpc)> {
        self.vpcs.iter()
    }
}

/// A VPC that a call at this moment sees.
///
/// # Errors
/// `InvalidVpcId.Malformed`, `InvalidVpcID.NotFound`.
pub fn find<'a>(state: &'a super::State, id: &str, now: Moment) -> Answer<&'a Vpc> {
    KIND.find(state, id, now, |state| state.vpcs.get(id))
}

/// What a VPC is made from.
#[derive(Debug, Clone, Copy)]
pub struct Specification {
    /// Its addresses.
    pub cidr: Ipv4Net,
    /// True for the VPC that every account has in every region from the start.
    pub is_default: bool,
    /// True where its instances are on hardware of their own.
    pub dedicated: bool,
    /// When it is no longer pending.
    pub available: Moment,
}

/// Makes a VPC in the caller's account and region, with its main route table, network ACL and default security group.
pub fn make(call: &mut Call<'_>, specification: Specification) -> String {
    let id = call.new_id("vpc");
    let cidr_association_id = call.new_id("vpc-cidr-assoc");
    let dhcp_options_id = dhcp_options::default_set(call);
    let Specification { cidr, is_default, dedicated, available } = specification;
    let vpc = Vpc {
        cidr,
        cidr_association_id,
        dhcp_options_id,
        is_default,
        dedicated,
        available,
        dns_support: true,
        dns_hostnames: is_default,
        network_address_usage_metrics: false,
        further: BTreeMap::new(),
    };
    call.ec2().vpcs.vpcs.insert(id.clone(), vpc);
    route_table::make_main(call, &id, cidr);
    network_acl::make_default(call, &id);
    security_group::make_default(call, &id);
    id
}

fn create_vpc(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let cidr = read_cidr(form.required("CidrBlock")?)?;
    let dedicated = form.one_of("InstanceTenancy", &["default", "dedicated"])? == Some("dedicated");
    if form.boolean("AmazonProvidedIpv6CidrBlock")? == Some(true) {
        return Err(Fault::new("UnsupportedOperation", "IPv6 is not supported"));
    }
    let tags = tag::specified(form, "TagSpecification", KIND.resource_type)?;
    form.finish()?;
    let limit = quota::limit(call, quota::VPCS);
    if call.ec2().vpcs.vpcs.len() >= limit {
        return Err(Fault::new("VpcLimitExceeded", "The maximum number of VPCs has been reached."));
    }
    let available = call.done_after("CreateVpc", PENDING);
    let id = make(call, Specification { cidr, is_default: false, dedicated, available });
    visibility::created(call, &id);
    call.ec2().tags.set(&id, tags);
    let (owner, now) = (call.caller.account.clone(), call.now);
    let state = call.ec2();
    if let Some(vpc) = state.vpcs.get(&id) {
        xml.element("vpc", |xml| write(xml, state.tags.of(&id), &owner, &id, vpc, now));
    }
    Ok(())
}

/// From /16 to /28, and nothing that hosts use for themselves.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html>
pub(super) fn read_cidr(text: &str) -> Answer<Ipv4Net> {
    let block = cidr::parse("cidrBlock", text)?;
    let first = block.network();
    let reserved = first.octets()[0] == 0 || first.is_loopback() || first.is_link_local() || first.octets()[0] >= 224;
    if reserved || !(16..=28).contains(&block.prefix_len()) {
        return Err(Fault::new("InvalidVpc.Range", format!("The CIDR '{text}' is invalid.")));
    }
    Ok(block)
}

fn delete_vpc(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("VpcId")?;
    form.finish()?;
    let now = call.now;
    let state = call.ec2();
    find(state, id, now)?;
    if is_used(state, id, now) {
        let text = format!("The vpc '{id}' has dependencies and cannot be deleted.");
        return Err(Fault::new("DependencyViolation", text));
    }
    state.vpcs.vpcs.remove(id);
    state.tags.forget(id);
    let mut parts = state.route_tables.forget_vpc(id);
    parts.extend(state.network_acls.forget_vpc(id));
    parts.extend(state.security_groups.forget_vpc(id));
    parts.iter().for_each(|part| state.tags.forget(part));
    xml.text("return", true);
    Ok(())
}

/// True where a VPC has more than what it was made with: its main route table, network ACL and default security group
/// go with it.
fn is_used(state: &super::State, id: &str, now: Moment) -> bool {
    state.subnets.in_vpc(id).next().is_some()
        || state.transit_gateways.any_in_vpc(id, now)
        || state.internet_gateways.of_vpc(id).is_some()
        || state.route_tables.in_vpc(id).any(|(_, table)| !table.is_main())
        || state.security_groups.in_vpc(id).count() > 1
        || state.endpoints.any_in_vpc(id, now)
        || state.network_acls.any_made_in(id)
        || state.egress_only_internet_gateways.any_in_vpc(id)
        || state.vpn_gateways.any_in_vpc(id, now)
        || state.peering_connections.any_in_vpc(id)
}

fn describe_vpcs(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let describe = Describe::read(form, &KIND, "VpcId", FILTERS, Some(USUAL))?;
    let (owner, now) = (call.caller.account.clone(), call.now);
    let state = call.ec2();
    let selection = describe.select(state, now, state.vpcs.all(), |id, vpc, name| {
        vec![match name {
            "cidr" => vpc.cidr.to_string(),
            "cidr-block-association.cidr-block" => return vpc.ranges(now).map(|range| range.to_string()).collect(),
            "cidr-block-association.association-id" => {
                let further = vpc.further.keys().cloned();
                return std::iter::once(vpc.cidr_association_id.clone()).chain(further).collect();
            }
            "cidr-block-association.state" => String::from("associated"),
            "dhcp-options-id" => vpc.dhcp_options_id.clone(),
            "is-default" => vpc.is_default.to_string(),
            "owner-id" => owner.clone(),
            "state" => state_at(vpc.available, now).to_owned(),
            "vpc-id" => id.to_owned(),
            _ => return Vec::new(),
        }]
    })?;
    selection.write(xml, "vpcSet", |xml, id, vpc| write(xml, state.tags.of(id), &owner, id, vpc, now));
    Ok(())
}

/// `pending` or `available`.
#[must_use]
pub fn state_at(available: Moment, now: Moment) -> &'static str {
    if now < available { "pending" } else { "available" }
}

fn write(xml: &mut Xml, tags: &tag::Tags, owner: &str, id: &str, vpc: &Vpc, now: Moment) {
    xml.text("vpcId", id).text("ownerId", owner).text("state", state_at(vpc.available, now));
    xml.text("cidrBlock", vpc.cidr).text("dhcpOptionsId", &vpc.dhcp_options_id);
    xml.text("instanceTenancy", if vpc.dedicated { "dedicated" } else { "default" });
    let further = vpc.further.iter().filter(|(_, one)| one.is_there(now));
    let further = further.map(|(id, one)| (id, one.cidr, one.state(now)));
    let all = std::iter::once((&vpc.cidr_association_id, vpc.cidr, "associated")).chain(further);
    xml.list("cidrBlockAssociationSet", all, |item, (association, cidr, state)| {
        vpc_cidr_block::write(item, association, cidr, state);
    });
    xml.text("isDefault", vpc.is_default);
    tag::write(xml, tags);
}

fn describe_vpc_attribute(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("VpcId")?;
    form.required("Attribute")?;
    let attribute =
        form.one_of("Attribute", &["enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics"])?;
    form.finish()?;
    let now = call.now;
    let vpc = find(call.ec2(), id, now)?;
    let (name, value) = match attribute {
        Some(name @ "enableDnsSupport") => (name, vpc.dns_support),
        Some(name @ "enableDnsHostnames") => (name, vpc.dns_hostnames),
        _ => ("enableNetworkAddressUsageMetrics", vpc.network_address_usage_metrics),
    };
    xml.text("vpcId", id).element(name, |xml| {
        xml.text("value", value);
    });
    Ok(())
}

fn modify_vpc_attribute(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("VpcId")?;
    let value = |name: &str| form.form(name).map_or(Ok(None), |attribute| attribute.boolean("Value"));
    let support = value("EnableDnsSupport")?;
    let hostnames = value("EnableDnsHostnames")?;
    let metrics = value("EnableNetworkAddressUsageMetrics")?;
    form.finish()?;
    match [support, hostnames, metrics].iter().flatten().count() {
        1 => {}
        0 => return Err(Fault::new("MissingParameter", "The request must contain one attribute to modify")),
        _ => {
            let text = "Fields for multiple attribute types specified";
            return Err(Fault::new("InvalidParameterCombination", text));
        }
    }
    let now = call.now;
    let state = call.ec2();
    let dns_support = find(state, id, now)?.dns_support;
    if hostnames == Some(true) && !dns_support {
        let text = format!("DNS hostnames can be enabled only if DNS support is enabled for {id}");
        return Err(Fault::new("InvalidParameterValue", text));
    }
    if let Some(vpc) = state.vpcs.vpcs.get_mut(id) {
        vpc.dns_support = support.unwrap_or(vpc.dns_support);
        vpc.dns_hostnames = hostnames.unwrap_or(vpc.dns_hostnames);
        vpc.network_address_usage_metrics = metrics.unwrap_or(vpc.network_address_usage_metrics);
    }
    xml.text("return", true);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::twin::ec2::test_support::{bench, text, texts};

    #[test]
    fn a_new_account_has_a_default_vpc_that_counts() {
        let mut bench = bench();
        let all = bench.done("Action=DescribeVpcs");
        assert_eq!(texts(&all, "isDefault"), ["true"]);
        for number in 0..4 {
            bench.done(&format!("Action=CreateVpc&CidrBlock=10.{number}.0.0/16"));
        }
        assert_eq!(bench.code("Action=CreateVpc&CidrBlock=10.4.0.0/16"), "VpcLimitExceeded");
        bench.world.quotas.insert(String::from("L-F678F1CE"), 6);
        bench.vpc("10.4.0.0/16");
        assert_eq!(bench.code("Action=CreateVpc&CidrBlock=10.5.0.0/16"), "VpcLimitExceeded");
    }

    #[test]
    fn a_new_vpc_is_pending_and_not_seen_by_every_call() {
        let mut bench = bench();
        let created = bench.call("Action=CreateVpc&CidrBlock=10.0.0.0/16").unwrap();
        assert_eq!(text(&created, "state"), "pending");
        let describe = format!("Action=DescribeVpcs&VpcId.1={}", text(&created, "vpcId"));
        assert_eq!(bench.code(&describe), "InvalidVpcID.NotFound");
        bench.settle();
        assert_eq!(text(&bench.call(&describe).unwrap(), "state"), "available");
    }

    #[test]
    fn attributes_are_modified_one_at_a_time() {
        let mut bench = bench();
        let vpc = text(&bench.done("Action=CreateVpc&CidrBlock=10.0.0.0/16"), "vpcId").to_owned();
        let modify = |rest: &str| format!("Action=ModifyVpcAttribute&VpcId={vpc}{rest}");
        let both = modify("&EnableDnsSupport.Value=true&EnableDnsHostnames.Value=true");
        assert_eq!(bench.code(&both), "InvalidParameterCombination");
        bench.done(&modify("&EnableDnsHostnames.Value=true"));
        let read = bench.done(&format!("Action=DescribeVpcAttribute&VpcId={vpc}&Attribute=enableDnsHostnames"));
        assert_eq!(text(&read, "enableDnsHostnames"), "<value>true</value>");
    }

    #[test]
    fn sizes_and_parameters_that_aws_does_not_take_are_refused() {
        let mut bench = bench();
        for (query, code) in [
            ("Action=CreateVpc", "MissingParameter"),
            ("Action=CreateVpc&CidrBlock=10.0.0.0/15", "InvalidVpc.Range"),
            ("Action=CreateVpc&CidrBlock=10.0.0.0/29", "InvalidVpc.Range"),
            ("Action=CreateVpc&CidrBlock=ten", "InvalidParameterValue"),
            ("Action=CreateVpc&CidrBlock=10.0.0.0/16&Name=x", "UnknownParameter"),
            ("Action=DescribeVpcs&VpcId.1=vpc-xyz", "InvalidVpcId.Malformed"),
            ("Action=DescribeVpcs&Filter.1.Name=cidrs&Filter.1.Value.1=x", "InvalidParameterValue"),
        ] {
            assert_eq!(bench.code(query), code, "{query}");
        }
        assert_eq!(texts(&bench.done("Action=DescribeVpcs"), "vpcId").len(), 1);
    }
}
