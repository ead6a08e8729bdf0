//! Subnets.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::availability_zone::{self, Zone};
use super::describe::Describe;
use super::kind::Kind;
use super::look::Look;
use super::page::USUAL;
use super::{Actions, cidr, network_acl, quota, tag, visibility, vpc};
use crate::twin::time::Moment;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// The family's actions.
pub const ACTIONS: Actions = &[
    ("CreateSubnet", create_subnet),
    ("DeleteSubnet", delete_subnet),
    ("DescribeSubnets", describe_subnets),
    ("ModifySubnetAttribute", modify_subnet_attribute),
];

/// Subnets.
pub const KIND: Kind = Kind {
    prefix: "subnet-",
    resource_type: "subnet",
    not_found: "InvalidSubnetID.NotFound",
    not_found_message: "The subnet ID '{}' does not exist",
    malformed: "InvalidSubnetID.Malformed",
    exists: |state, id, _| state.subnets.get(id).is_some(),
};

/// Addresses that AWS keeps of every subnet: the first four and the last.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html>
const RESERVED: usize = 5;

const FILTERS: &[&str] = &[
    "availability-zone",
    "availability-zone-id",
    "available-ip-address-count",
    "cidr-block",
    "default-for-az",
    "map-public-ip-on-launch",
    "owner-id",
    "state",
    "subnet-arn",
    "subnet-id",
    "tag",
    "vpc-id",
];

/// The subnets in one account and region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    subnets: BTreeMap<String, Subnet>,
}

/// A subnet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subnet {
    /// Its VPC.
    pub vpc_id: String,
    /// Its addresses.
    pub cidr: Ipv4Net,
    /// Its Availability Zone.
    pub zone: Zone,
    /// When it is no longer pending.
    pub available: Moment,
    /// True for the zone's subnet of the default VPC.
    pub default_for_az: bool,
    /// True where instances get public addresses.
    pub map_public_ip_on_launch: bool,
    /// True where instances get names made of their ids and not of their addresses.
    pub resource_name_hostnames: bool,
    /// True where names made of ids have A records.
    pub resource_name_a_records: bool,
}

impl Subnet {
    /// The addresses that interfaces may have.
    pub fn assignable(&self) -> impl Iterator<Item = Ipv4Addr> + use<> {
        (u32::from(self.cidr.network()) + 4..u32::from(self.cidr.broadcast())).map(Ipv4Addr::from)
    }
}

impl State {
    /// A subnet that is there, whoever can see it.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Subnet> {
        self.subnets.get(id)
    }

    /// All that are there.
    pub fn all(&self) -> impl Iterator<Item = (&String, &Subnet)> {
        self.subnets.iter()
    }

    /// Those of a VPC.
    pub fn in_vpc(&self, vpc_id: &str) -> impl Iterator<Item = (&String, &Subnet)> {
        self.subnets.iter().filter(move |(_, subnet)| subnet.vpc_id == vpc_id)
    }
}

/// A subnet that a call at this moment sees.
///
/// # Errors
/// `InvalidSubnetID.Malformed`, `InvalidSubnetID.NotFound`.
pub fn find<'a>(state: &'a super::State, id: &str, now: Moment) -> Answer<&'a Subnet> {
    KIND.find(state, id, now, |state| state.subnets.get(id))
}

/// How many addresses of a subnet nothing has taken.
#[must_use]
pub fn free_addresses(state: &super::State, id: &str, now: Moment) -> usize {
    let Some(subnet) = state.subnets.get(id) else { return 0 };
    let size = 1_usize << (32 - subnet.cidr.prefix_len());
    size.saturating_sub(RESERVED + state.network_interfaces.in_subnet(id, now).count())
}

/// Makes a subnet in the caller's account and region, under the network ACL of its VPC.
pub fn make(call: &mut Call<'_>, subnet: Subnet) -> String {
    let id = call.new_id("subnet");
    let vpc_id = subnet.vpc_id.clone();
    call.ec2().subnets.subnets.insert(id.clone(), subnet);
    network_acl::associate(call, &vpc_id, &id);
    id
}

fn create_subnet(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let vpc_id = form.required("VpcId")?;
    let text = form.required("CidrBlock")?;
    let block = cidr::parse("cidrBlock", text)?;
    let (zone_name, zone_id) = (form.optional("AvailabilityZone"), form.optional("AvailabilityZoneId"));
    let tags = tag::specified(form, "TagSpecification", KIND.resource_type)?;
    form.finish()?;
    let zone = choose_zone(call, zone_name, zone_id)?;
    let (now, limit) = (call.now, quota::limit(call, quota::SUBNETS));
    let state = call.ec2();
    let is_inside = vpc::find(state, vpc_id, now)?.ranges(now).any(|range| range.contains(&block));
    if !(16..=28).contains(&block.prefix_len()) || !is_inside {
        return Err(Fault::new("InvalidSubnet.Range", format!("The CIDR '{text}' is invalid.")));
    }
    if state.subnets.in_vpc(vpc_id).any(|(_, other)| cidr::overlap(other.cidr, block)) {
        return Err(Fault::new("InvalidSubnet.Conflict", format!("The CIDR '{text}' conflicts with another subnet")));
    }
    if state.subnets.in_vpc(vpc_id).count() >= limit {
        let text = format!("The maximum number of subnets for VPC '{vpc_id}' has been reached.");
        return Err(Fault::new("SubnetLimitExceeded", text));
    }
    let available = call.done_after("CreateSubnet", vpc::PENDING);
    let subnet = Subnet {
        vpc_id: vpc_id.to_owned(),
        cidr: block,
        zone,
        available,
        default_for_az: false,
        map_public_ip_on_launch: false,
        resource_name_hostnames: false,
        resource_name_a_records: false,
    };
    let id = make(call, subnet.clone());
    visibility::created(call, &id);
    call.ec2().tags.set(&id, tags);
    let look = Look::at(call);
    xml.element("subnet", |xml| write(xml, look, &id, &subnet));
    Ok(())
}

/// The zone that a request names; where it names none, AWS chooses one, and so does the twin.
fn choose_zone(call: &mut Call<'_>, name: Option<&str>, id: Option<&str>) -> Answer<Zone> {
    let zones = availability_zone::of(call);
    let (asked, parameter, found) = match (name, id) {
        (Some(_), Some(_)) => {
            let text = "You can specify either AvailabilityZone or AvailabilityZoneId, but not both";
            return Err(Fault::new("InvalidParameterCombination", text));
        }
        (Some(name), None) => (name, "availabilityZone", zones.iter().find(|zone| zone.name == name)),
        (None, Some(id)) => (id, "availabilityZoneId", zones.iter().find(|zone| zone.id == id)),
        (None, None) => {
            let draw = call.world.draw(&format!("zone/{}/{}", call.caller.account, call.caller.region));
            let chosen = usize::try_from(draw % zones.len().max(1) as u64).ok().and_then(|at| zones.get(at));
            ("", "availabilityZone", chosen)
        }
    };
    found.cloned().ok_or_else(|| {
        let names = zones.iter().map(|zone| zone.name.as_str()).collect::<Vec<_>>().join(", ");
        let text = format!(
            "Value ({asked}) for parameter {parameter} is invalid. Subnets can currently only be created in the \
             following availability zones: {names}."
        );
        Fault::new("InvalidParameterValue", text)
    })
}

fn delete_subnet(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("SubnetId")?;
    form.finish()?;
    let now = call.now;
    let state = call.ec2();
    find(state, id, now)?;
    if state.network_interfaces.in_subnet(id, now).next().is_some() {
        let text = format!("The subnet '{id}' has dependencies and cannot be deleted.");
        return Err(Fault::new("DependencyViolation", text));
    }
    state.subnets.subnets.remove(id);
    state.route_tables.forget_subnet(id);
    state.network_acls.forget_subnet(id);
    state.tags.forget(id);
    xml.text("return", true);
    Ok(())
}

fn describe_subnets(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let describe = Describe::read(form, &KIND, "SubnetId", FILTERS, Some(USUAL))?;
    let look = Look::at(call);
    let selection = describe.select(look.state, look.now, look.state.subnets.all(), |id, subnet, name| {
        attribute(look, id, subnet, name).into_iter().collect()
    })?;
    selection.write(xml, "subnetSet", |xml, id, subnet| write(xml, look, id, subnet));
    Ok(())
}

fn attribute(look: Look<'_>, id: &str, subnet: &Subnet, name: &str) -> Option<String> {
    Some(match name {
        "availability-zone" => subnet.zone.name.clone(),
        "availability-zone-id" => subnet.zone.id.clone(),
        "available-ip-address-count" => free_addresses(look.state, id, look.now).to_string(),
        "cidr-block" => subnet.cidr.to_string(),
        "default-for-az" => subnet.default_for_az.to_string(),
        "map-public-ip-on-launch" => subnet.map_public_ip_on_launch.to_string(),
        "owner-id" => look.account.to_owned(),
        "state" => vpc::state_at(subnet.available, look.now).to_owned(),
        "subnet-arn" => look.arn(&format!("subnet/{id}")),
        "subnet-id" => id.to_owned(),
        "vpc-id" => subnet.vpc_id.clone(),
        _ => return None,
    })
}

fn write(xml: &mut Xml, look: Look<'_>, id: &str, subnet: &Subnet) {
    xml.text("subnetId", id).text("subnetArn", look.arn(&format!("subnet/{id}"))).text("ownerId", look.account);
    xml.text("vpcId", &subnet.vpc_id).text("state", vpc::state_at(subnet.available, look.now));
    xml.text("cidrBlock", subnet.cidr).element("ipv6CidrBlockAssociationSet", |_| {});
    xml.text("availableIpAddressCount", free_addresses(look.state, id, look.now));
    xml.text("availabilityZone", &subnet.zone.name).text("availabilityZoneId", &subnet.zone.id);
    xml.text("defaultForAz", subnet.default_for_az).text("mapPublicIpOnLaunch", subnet.map_public_ip_on_launch);
    xml.text("mapCustomerOwnedIpOnLaunch", false).text("assignIpv6AddressOnCreation", false);
    xml.text("enableDns64", false).text("ipv6Native", false);
    xml.element("privateDnsNameOptionsOnLaunch", |xml| {
        xml.text("hostnameType", if subnet.resource_name_hostnames { "resource-name" } else { "ip-name" });
        xml.text("enableResourceNameDnsARecord", subnet.resource_name_a_records);
        xml.text("enableResourceNameDnsAAAARecord", false);
    });
    tag::write(xml, look.state.tags.of(id));
}

fn modify_subnet_attribute(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("SubnetId")?;
    let value = |name: &str| form.form(name).map_or(Ok(None), |attribute| attribute.boolean("Value"));
    let map_public_ip = value("MapPublicIpOnLaunch")?;
    let a_records = value("EnableResourceNameDnsARecordOnLaunch")?;
    let hostnames = form.one_of("PrivateDnsHostnameTypeOnLaunch", &["ip-name", "resource-name"])?;
    form.finish()?;
    match [map_public_ip.is_some(), a_records.is_some(), hostnames.is_some()].iter().filter(|one| **one).count() {
        1 => {}
        0 => return Err(Fault::new("MissingParameter", "The request must contain one attribute to modify")),
        _ => {
            let text = "Fields for multiple attribute types specified";
            return Err(Fault::new("InvalidParameterCombination", text));
        }
    }
    let now = call.now;
    let state = call.ec2();
    find(state, id, now)?;
    if let Some(subnet) = state.subnets.subnets.get_mut(id) {
        subnet.map_public_ip_on_launch = map_public_ip.unwrap_or(subnet.map_public_ip_on_launch);
        subnet.resource_name_a_records = a_records.unwrap_or(subnet.resource_name_a_records);
        subnet.resource_name_hostnames = hostnames.map_or(subnet.resource_name_hostnames, |one| one == "resource-name");
    }
    xml.text("return", true);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::twin::ec2::test_support::{bench, text};

    #[test]
    fn a_subnet_lies_within_its_vpc_and_beside_the_others() {
        let mut bench = bench();
        let vpc = bench.vpc("10.0.0.0/16");
        let create = |cidr: &str| format!("Action=CreateSubnet&VpcId={vpc}&CidrBlock={cidr}");
        bench.done(&create("10.0.0.0/20"));
        assert_eq!(bench.code(&create("10.0.15.0/24")), "InvalidSubnet.Conflict");
        assert_eq!(bench.code(&create("10.1.0.0/24")), "InvalidSubnet.Range");
        assert_eq!(bench.code(&create("10.0.16.0/29")), "InvalidSubnet.Range");
        bench.done(&create("10.0.16.0/28"));
    }

    #[test]
    fn a_zone_is_named_by_its_name_or_its_id() {
        let mut bench = bench();
        let vpc = bench.vpc("10.0.0.0/16");
        let create = |rest: &str| format!("Action=CreateSubnet&VpcId={vpc}&CidrBlock=10.0.0.0/24{rest}");
        let both = create("&AvailabilityZone=eu-west-1a&AvailabilityZoneId=euw1-az1");
        assert_eq!(bench.code(&both), "InvalidParameterCombination");
        assert_eq!(bench.code(&create("&AvailabilityZone=us-east-1a")), "InvalidParameterValue");
        let created = bench.done(&create("&AvailabilityZoneId=euw1-az1"));
        let zone = bench.done("Action=DescribeAvailabilityZones&ZoneId.1=euw1-az1");
        assert_eq!(text(&created, "availabilityZone"), text(&zone, "zoneName"));
    }

    #[test]
    fn five_addresses_of_a_subnet_and_those_of_interfaces_are_not_free() {
        let mut bench = bench();
        let (vpc, subnet) = bench.public_subnet();
        let describe = format!("Action=DescribeSubnets&Filter.1.Name=vpc-id&Filter.1.Value.1={vpc}");
        assert_eq!(text(&bench.done(&describe), "availableIpAddressCount"), "11");
        bench.nat_gateway(&subnet);
        assert_eq!(text(&bench.done(&describe), "availableIpAddressCount"), "10");
    }

    #[test]
    fn attributes_are_modified_one_at_a_time() {
        let mut bench = bench();
        let (_, subnet) = bench.public_subnet();
        let modify = |rest: &str| format!("Action=ModifySubnetAttribute&SubnetId={subnet}{rest}");
        let both = modify("&MapPublicIpOnLaunch.Value=true&PrivateDnsHostnameTypeOnLaunch=ip-name");
        assert_eq!(bench.code(&both), "InvalidParameterCombination");
        bench.done(&modify("&MapPublicIpOnLaunch.Value=true"));
        let read = bench.done(&format!("Action=DescribeSubnets&SubnetId.1={subnet}"));
        assert_eq!(text(&read, "mapPublicIpOnLaunch"), "true");
    }
}
