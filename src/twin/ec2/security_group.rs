//! Security groups; their rules are in [`super::security_group_rule`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::describe::Describe;
use super::kind::Kind;
use super::look::Look;
use super::page::USUAL;
use super::security_group_rule::{self, Direction, Peer, Rule, Traffic};
use super::{Actions, quota, tag, visibility, vpc};
use crate::twin::time::Moment;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// The family's actions.
pub const ACTIONS: Actions = &[
    ("CreateSecurityGroup", create_security_group),
    ("DeleteSecurityGroup", delete_security_group),
    ("DescribeSecurityGroups", describe_security_groups),
];

/// Security groups.
pub const KIND: Kind = Kind {
    prefix: "sg-",
    resource_type: "security-group",
    not_found: "InvalidGroup.NotFound",
    not_found_message: "The security group '{}' does not exist",
    malformed: "InvalidGroupId.Malformed",
    exists: |state, id, _| state.security_groups.get(id).is_some(),
};

/// The name of the group that every VPC has from the start.
const DEFAULT: &str = "default";

const FILTERS: &[&str] = &[
    "description",
    "egress.ip-permission.cidr",
    "egress.ip-permission.from-port",
    "egress.ip-permission.group-id",
    "egress.ip-permission.ipv6-cidr",
    "egress.ip-permission.prefix-list-id",
    "egress.ip-permission.protocol",
    "egress.ip-permission.to-port",
    "group-id",
    "group-name",
    "ip-permission.cidr",
    "ip-permission.from-port",
    "ip-permission.group-id",
    "ip-permission.ipv6-cidr",
    "ip-permission.prefix-list-id",
    "ip-permission.protocol",
    "ip-permission.to-port",
    "owner-id",
    "tag",
    "vpc-id",
];

/// The security groups in one account and region.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    groups: BTreeMap<String, SecurityGroup>,
}

/// A security group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroup {
    /// Its name, unique in its VPC.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its VPC.
    pub vpc_id: String,
    /// Its rules, by their ids.
    pub rules: BTreeMap<String, Rule>,
}

impl State {
    /// A security group that is there, whoever can see it.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&SecurityGroup> {
        self.groups.get(id)
    }

    /// A security group, to change its rules.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut SecurityGroup> {
        self.groups.get_mut(id)
    }

    /// All that are there.
    pub fn all(&self) -> impl Iterator<Item = (&String, &SecurityGroup)> {
        self.groups.iter()
    }

    /// Those of a VPC.
    pub fn in_vpc(&self, vpc_id: &str) -> impl Iterator<Item = (&String, &SecurityGroup)> {
        self.groups.iter().filter(move |(_, group)| group.vpc_id == vpc_id)
    }

    /// The default group of a VPC.
    #[must_use]
    pub fn default_of(&self, vpc_id: &str) -> Option<&str> {
        self.in_vpc(vpc_id).find(|(_, group)| group.name == DEFAULT).map(|(id, _)| id.as_str())
    }

    /// Forgets a VPC's groups; answers the ids of them and their rules.
    pub fn forget_vpc(&mut self, vpc_id: &str) -> Vec<String> {
        let groups = self.groups.extract_if(.., |_, group| group.vpc_id == vpc_id);
        groups.flat_map(|(id, group)| std::iter::once(id).chain(group.rules.into_keys())).collect()
    }
}

/// A security group that a call at this moment sees.
///
/// # Errors
/// `InvalidGroupId.Malformed`, `InvalidGroup.NotFound`.
pub fn find<'a>(state: &'a super::State, id: &str, now: Moment) -> Answer<&'a SecurityGroup> {
    KIND.find(state, id, now, |state| state.security_groups.get(id))
}

/// Makes the default security group of a new VPC: everything from the group itself may come in.
pub fn make_default(call: &mut Call<'_>, vpc_id: &str) {
    let id = make(call, vpc_id, DEFAULT, "default VPC security group");
    let user_id = call.caller.account.clone();
    let peer = Peer::Group { id: id.clone(), user_id };
    let rule = Rule { direction: Direction::Ingress, traffic: Traffic::all(), peer, description: None };
    security_group_rule::insert(call, &id, rule);
}

/// Makes a security group: nothing may come in, everything may go out.
fn make(call: &mut Call<'_>, vpc_id: &str, name: &str, description: &str) -> String {
    let id = call.new_id("sg");
    let group = SecurityGroup {
        name: name.to_owned(),
        description: description.to_owned(),
        vpc_id: vpc_id.to_owned(),
        rules: BTreeMap::new(),
    };
    call.ec2().security_groups.groups.insert(id.clone(), group);
    let peer = Peer::anybody();
    let rule = Rule { direction: Direction::Egress, traffic: Traffic::all(), peer, description: None };
    security_group_rule::insert(call, &id, rule);
    id
}

fn create_security_group(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let name = form.required("GroupName")?;
    let description = form.required("GroupDescription")?;
    let vpc_id = form.required("VpcId")?;
    let tags = tag::specified(form, "TagSpecification", KIND.resource_type)?;
    form.finish()?;
    check_text("GroupDescription", description)?;
    check_text("GroupName", name)?;
    if name.starts_with("sg-") {
        let text = format!("Value ({name}) for parameter GroupName is invalid. It must not start with sg-.");
        return Err(Fault::new("InvalidParameterValue", text));
    }
    if name == DEFAULT {
        return Err(Fault::new("InvalidGroup.Reserved", format!("The security group '{name}' is reserved")));
    }
    let (now, limit) = (call.now, quota::limit(call, quota::SECURITY_GROUPS));
    let state = call.ec2();
    vpc::find(state, vpc_id, now)?;
    if state.security_groups.in_vpc(vpc_id).any(|(_, group)| group.name == name) {
        let text = format!("The security group '{name}' already exists for VPC '{vpc_id}'");
        return Err(Fault::new("InvalidGroup.Duplicate", text));
    }
    if state.security_groups.groups.len() >= limit {
        let text = "The maximum number of security groups has been reached.";
        return Err(Fault::new("SecurityGroupLimitExceeded", text));
    }
    let id = make(call, vpc_id, name, description);
    visibility::created(call, &id);
    call.ec2().tags.set(&id, tags);
    let look = Look::at(call);
    xml.text("groupId", &id).text("securityGroupArn", look.arn(&format!("security-group/{id}")));
    tag::write(xml, look.state.tags.of(&id));
    Ok(())
}

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html>
fn check_text(parameter: &str, text: &str) -> Answer<()> {
    let allowed = |one: char| one.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(one);
    if text.len() <= 255 && text.chars().all(allowed) {
        return Ok(());
    }
    let text = format!(
        "Value ({text}) for parameter {parameter} is invalid. It must be no longer than 255 characters of a-z, A-Z, \
         0-9, spaces, and ._-:/()#,@[]+=&;{{}}!$*"
    );
    Err(Fault::new("InvalidParameterValue", text))
}

fn delete_security_group(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("GroupId")?;
    form.finish()?;
    let now = call.now;
    let state = call.ec2();
    if find(state, id, now)?.name == DEFAULT {
        let text = format!("the specified group: \"{id}\" name: \"{DEFAULT}\" cannot be deleted by a user");
        return Err(Fault::new("CannotDelete", text));
    }
    let referenced = state
        .security_groups
        .all()
        .filter(|(other, _)| *other != id)
        .any(|(_, group)| group.rules.values().any(|rule| rule.peer.group() == Some(id)));
    if referenced || state.network_interfaces.in_group(id, now).next().is_some() {
        return Err(Fault::new("DependencyViolation", format!("resource {id} has a dependent object")));
    }
    if let Some(group) = state.security_groups.groups.remove(id) {
        group.rules.keys().for_each(|rule| state.tags.forget(rule));
    }
    state.tags.forget(id);
    xml.text("return", true).text("groupId", id);
    Ok(())
}

fn describe_security_groups(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let describe = Describe::read(form, &KIND, "GroupId", FILTERS, Some(USUAL))?;
    let look = Look::at(call);
    let all = look.state.security_groups.groups.iter();
    let selection = describe.select(look.state, look.now, all, |id, group, name| attribute(look, id, group, name))?;
    selection.write(xml, "securityGroupInfo", |xml, id, group| write(xml, look, id, group));
    Ok(())
}

fn attribute(look: Look<'_>, id: &str, group: &SecurityGroup, name: &str) -> Vec<String> {
    let of_rules = |direction, name: &str| {
        seen_rules(look, group, direction).filter_map(|(_, rule)| rule.attribute(name)).collect()
    };
    if let Some(name) = name.strip_prefix("ip-permission.") {
        return of_rules(Direction::Ingress, name);
    }
    if let Some(name) = name.strip_prefix("egress.ip-permission.") {
        return of_rules(Direction::Egress, name);
    }
    vec![match name {
        "description" => group.description.clone(),
        "group-id" => id.to_owned(),
        "group-name" => group.name.clone(),
        "owner-id" => look.account.to_owned(),
        "vpc-id" => group.vpc_id.clone(),
        _ => return Vec::new(),
    }]
}

/// The rules of one direction that a call at this moment sees.
fn seen_rules<'a>(
    look: Look<'a>,
    group: &'a SecurityGroup,
    direction: Direction,
) -> impl Iterator<Item = (&'a String, &'a Rule)> {
    let rules = group.rules.iter().filter(move |(_, rule)| rule.direction == direction);
    rules.filter(move |(id, _)| look.state.visibility.sees(id, look.now))
}

fn write(xml: &mut Xml, look: Look<'_>, id: &str, group: &SecurityGroup) {
    xml.text("groupId", id).text("groupName", &group.name).text("groupDescription", &group.description);
    xml.text("vpcId", &group.vpc_id).text("ownerId", look.account);
    xml.text("securityGroupArn", look.arn(&format!("security-group/{id}")));
    for (element, direction) in [("ipPermissions", Direction::Ingress), ("ipPermissionsEgress", Direction::Egress)] {
        let mut permissions: BTreeMap<&Traffic, Vec<&Rule>> = BTreeMap::new();
        for (_, rule) in seen_rules(look, group, direction) {
            permissions.entry(&rule.traffic).or_default().push(rule);
        }
        xml.list(element, permissions, |item, (traffic, rules)| {
            security_group_rule::write_permission(item, traffic, &rules);
        });
    }
    tag::write(xml, look.state.tags.of(id));
}

#[cfg(test)]
mod tests {
    use crate::twin::ec2::test_support::{bench, text, texts};

    #[test]
    fn names_are_unique_in_a_vpc_and_default_is_reserved() {
        let mut bench = bench();
        let (one, other) = (bench.vpc("10.0.0.0/16"), bench.vpc("10.1.0.0/16"));
        let create = |name: &str, vpc: &str| {
            format!("Action=CreateSecurityGroup&GroupName={name}&GroupDescription=d&VpcId={vpc}")
        };
        bench.done(&create("web", &one));
        assert_eq!(bench.code(&create("web", &one)), "InvalidGroup.Duplicate");
        assert_eq!(bench.code(&create("default", &one)), "InvalidGroup.Reserved");
        assert_eq!(bench.code(&create("sg-web", &one)), "InvalidParameterValue");
        bench.done(&create("web", &other));
    }

    #[test]
    fn a_new_group_lets_everything_out_and_nothing_in() {
        let mut bench = bench();
        let vpc = bench.vpc("10.0.0.0/16");
        let group = bench.security_group(&vpc, "web");
        let described = bench.done(&format!("Action=DescribeSecurityGroups&GroupId.1={group}"));
        assert_eq!(text(&described, "ipPermissions"), "");
        assert_eq!(texts(text(&described, "ipPermissionsEgress"), "cidrIp"), ["0.0.0.0/0"]);
    }

    #[test]
    fn a_group_stays_while_another_names_it_and_the_default_one_always() {
        let mut bench = bench();
        let vpc = bench.vpc("10.0.0.0/16");
        let (named, naming) = (bench.security_group(&vpc, "named"), bench.security_group(&vpc, "naming"));
        let rule = format!(
            "SecurityGroupIngress&GroupId={naming}&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=443\
             &IpPermissions.1.ToPort=443&IpPermissions.1.Groups.1.GroupId={named}"
        );
        bench.done(&format!("Action=Authorize{rule}"));
        let delete = format!("Action=DeleteSecurityGroup&GroupId={named}");
        assert_eq!(bench.code(&delete), "DependencyViolation");
        bench.done(&format!("Action=Revoke{rule}"));
        bench.done(&delete);
        assert_eq!(bench.code(&format!("Action=DeleteVpc&VpcId={vpc}")), "DependencyViolation");
        bench.done(&format!("Action=DeleteSecurityGroup&GroupId={naming}"));
        let default = bench.done(&format!(
            "Action=DescribeSecurityGroups&Filter.1.Name=vpc-id&Filter.1.Value.1={vpc}\
             &Filter.2.Name=group-name&Filter.2.Value.1=default"
        ));
        let delete_default = format!("Action=DeleteSecurityGroup&GroupId={}", text(&default, "groupId"));
        assert_eq!(bench.code(&delete_default), "CannotDelete");
        bench.done(&format!("Action=DeleteVpc&VpcId={vpc}"));
    }
}
