//! The rules of security groups: authorize, revoke and describe.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>

use ipnet::{Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use super::describe::Describe;
use super::kind::Kind;
use super::look::Look;
use super::page::USUAL;
use super::security_group::{self, SecurityGroup};
use super::{Actions, permission, quota, tag, visibility, vpc_endpoint};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

/// The family's actions.
pub const ACTIONS: Actions = &[
    ("AuthorizeSecurityGroupEgress", |call, form, xml| authorize(call, form, xml, Direction::Egress)),
    ("AuthorizeSecurityGroupIngress", |call, form, xml| authorize(call, form, xml, Direction::Ingress)),
    ("DescribeSecurityGroupRules", describe_security_group_rules),
    ("RevokeSecurityGroupEgress", |call, form, xml| revoke(call, form, xml, Direction::Egress)),
    ("RevokeSecurityGroupIngress", |call, form, xml| revoke(call, form, xml, Direction::Ingress)),
];

/// Security group rules.
pub const KIND: Kind = Kind {
    prefix: "sgr-",
    resource_type: "security-group-rule",
    not_found: "InvalidSecurityGroupRuleId.NotFound",
    not_found_message: "The security group rule ID '{}' does not exist",
    malformed: "InvalidSecurityGroupRuleId.Malformed",
    exists: |state, id, _| state.security_groups.all().any(|(_, group)| group.rules.contains_key(id)),
};

const FILTERS: &[&str] = &["group-id", "security-group-rule-id", "tag"];

/// A rule: what it lets pass, from or to whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// In or out.
    pub direction: Direction,
    /// What passes.
    pub traffic: Traffic,
    /// The other end.
    pub peer: Peer,
    /// What it is for.
    pub description: Option<String>,
}

/// Which way a rule lets packets pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Direction {
    /// To the group's interfaces.
    Ingress,
    /// From the group's interfaces.
    Egress,
}

/// A protocol and its ports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Traffic {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, another protocol's number, or `-1` for all.
    pub protocol: String,
    /// The first and the last port (for ICMP the type and the code, -1 for all); none where the protocol has no ports.
    pub ports: Option<(i64, i64)>,
}

/// The other end of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Peer {
    /// IPv4 addresses.
    Ipv4(Ipv4Net),
    /// IPv6 addresses.
    Ipv6(Ipv6Net),
    /// The addresses of a prefix list.
    PrefixList(String),
    /// The interfaces that have a security group.
    Group {
        /// The group.
        id: String,
        /// The group's account.
        user_id: String,
    },
}

impl Traffic {
    /// Everything.
    #[must_use]
    pub fn all() -> Self {
        Self { protocol: String::from("-1"), ports: None }
    }
}

impl Peer {
    /// All IPv4 addresses.
    #[must_use]
    pub fn anybody() -> Self {
        Self::Ipv4(Ipv4Net::default())
    }

    /// The security group, if it is one.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        match self {
            Self::Group { id, .. } => Some(id),
            _ => None,
        }
    }

    /// The list of an `ipPermissions` item that it stands in.
    fn list(&self) -> &'static str {
        match self {
            Self::Ipv4(_) => "ipRanges",
            Self::Ipv6(_) => "ipv6Ranges",
            Self::PrefixList(_) => "prefixListIds",
            Self::Group { .. } => "groups",
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Ipv4(block) => block.to_string(),
            Self::Ipv6(block) => block.to_string(),
            Self::PrefixList(id) | Self::Group { id, .. } => id.clone(),
        }
    }
}

impl Rule {
    /// True where both let the same pass, whatever is said about them.
    fn same(&self, other: &Self) -> bool {
        self.direction == other.direction && self.traffic == other.traffic && self.peer == other.peer
    }

    /// The value for a filter `ip-permission.…`.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<String> {
        match (name, &self.peer) {
            ("cidr", Peer::Ipv4(block)) => Some(block.to_string()),
            ("ipv6-cidr", Peer::Ipv6(block)) => Some(block.to_string()),
            ("prefix-list-id", Peer::PrefixList(id)) | ("group-id", Peer::Group { id, .. }) => Some(id.clone()),
            ("protocol", _) => Some(self.traffic.protocol.clone()),
            ("from-port", _) => self.traffic.ports.map(|(from, _)| from.to_string()),
            ("to-port", _) => self.traffic.ports.map(|(_, to)| to.to_string()),
            _ => None,
        }
    }

    fn duplicate(&self) -> Fault {
        let ports =
            self.traffic.ports.map_or_else(String::new, |(from, to)| format!("from port: {from}, to port: {to}, "));
        let protocol = match self.traffic.protocol.as_str() {
            "-1" => String::from("ALL"),
            other => other.to_ascii_uppercase(),
        };
        let peer = self.peer.text();
        let text = format!("the specified rule \"peer: {peer}, {protocol}, {ports}ALLOW\" already exists");
        Fault::new("InvalidPermission.Duplicate", text)
    }
}

/// Adds a rule to a group of the caller's; answers its id.
pub fn insert(call: &mut Call<'_>, group_id: &str, rule: Rule) -> String {
    let id = call.new_id("sgr");
    if let Some(group) = call.ec2().security_groups.get_mut(group_id) {
        group.rules.insert(id.clone(), rule);
    }
    id
}

fn authorize(call: &mut Call<'_>, form: &Form, xml: &mut Xml, direction: Direction) -> Answer<()> {
    let group_id = form.required("GroupId")?;
    let rules = permission::read(form, direction, &call.caller.account)?;
    let tags = tag::specified(form, "TagSpecification", KIND.resource_type)?;
    form.finish()?;
    let limit = quota::limit(call, quota::SECURITY_GROUP_RULES);
    check(Look::at(call), group_id, &rules, limit)?;
    let mut added = Vec::new();
    for rule in rules {
        let id = insert(call, group_id, rule.clone());
        visibility::created(call, &id);
        call.ec2().tags.set(&id, tags.clone());
        added.push((id, rule));
    }
    let look = Look::at(call);
    xml.text("return", true);
    xml.list("securityGroupRuleSet", &added, |item, (id, rule)| write(item, look, group_id, id, rule));
    Ok(())
}

fn check(look: Look<'_>, group_id: &str, rules: &[Rule], limit: usize) -> Answer<()> {
    let group = security_group::find(look.state, group_id, look.now)?;
    if rules.is_empty() {
        return Err(Fault::new("MissingParameter", "The request must contain the parameter IpPermissions"));
    }
    for (at, rule) in rules.iter().enumerate() {
        if rules[..at].iter().any(|earlier| earlier.same(rule)) {
            let text = "The same permission must not appear multiple times";
            return Err(Fault::new("InvalidParameterValue", text));
        }
        if group.rules.values().any(|old| old.same(rule)) {
            return Err(rule.duplicate());
        }
        check_peer(look, group, &rule.peer)?;
    }
    // The quota holds for IPv4 and for IPv6 on its own; a rule that names a group or a prefix list counts for both.
    let all =
        || group.rules.values().chain(rules).filter(|rule| rules.iter().any(|new| new.direction == rule.direction));
    let v4 = all().filter(|rule| !matches!(rule.peer, Peer::Ipv6(_))).count();
    let v6 = all().filter(|rule| !matches!(rule.peer, Peer::Ipv4(_))).count();
    if v4.max(v6) > limit {
        let text = "The maximum number of rules per security group has been reached.";
        return Err(Fault::new("RulesPerSecurityGroupLimitExceeded", text));
    }
    Ok(())
}

/// A group that a rule names must be seen and be in the same VPC, and a prefix list must be a service's.
fn check_peer(look: Look<'_>, group: &SecurityGroup, peer: &Peer) -> Answer<()> {
    let (id, user_id) = match peer {
        Peer::Ipv4(_) | Peer::Ipv6(_) => return Ok(()),
        Peer::PrefixList(id) if vpc_endpoint::has_prefix_list(look.region, id) => return Ok(()),
        Peer::PrefixList(id) => {
            let text = format!("The prefix list ID '{id}' does not exist");
            return Err(Fault::new("InvalidPrefixListID.NotFound", text));
        }
        Peer::Group { id, user_id } => (id, user_id),
    };
    if user_id != look.account {
        return Err(security_group::KIND.unknown(id));
    }
    if security_group::find(look.state, id, look.now)?.vpc_id != group.vpc_id {
        let text = "You have specified two resources that belong to different networks.";
        return Err(Fault::new("InvalidGroup.NotFound", text));
    }
    Ok(())
}

fn revoke(call: &mut Call<'_>, form: &Form, xml: &mut Xml, direction: Direction) -> Answer<()> {
    let group_id = form.required("GroupId")?;
    let ids = form.list("SecurityGroupRuleId");
    let rules = permission::read(form, direction, &call.caller.account)?;
    form.finish()?;
    if rules.is_empty() == ids.is_empty() {
        let text = "The request must contain either IpPermissions or SecurityGroupRuleIds";
        return Err(Fault::new("InvalidParameterCombination", text));
    }
    let look = Look::at(call);
    let group = security_group::find(look.state, group_id, look.now)?;
    let mut revoked: Vec<String> = Vec::new();
    for id in ids {
        KIND.check(id)?;
        group.rules.get(id).filter(|rule| rule.direction == direction).ok_or_else(|| KIND.unknown(id))?;
        revoked.push(id.to_owned());
    }
    for rule in &rules {
        let (id, _) = group.rules.iter().find(|(_, old)| old.same(rule)).ok_or_else(|| {
            let text = "The specified rule does not exist in this security group.";
            Fault::new("InvalidPermission.NotFound", text)
        })?;
        revoked.push(id.clone());
    }
    let state = call.ec2();
    let mut gone = Vec::new();
    if let Some(group) = state.security_groups.get_mut(group_id) {
        gone.extend(revoked.into_iter().filter_map(|id| group.rules.remove(&id).map(|rule| (id, rule))));
    }
    gone.iter().for_each(|(id, _)| state.tags.forget(id));
    xml.text("return", true);
    xml.list("revokedSecurityGroupRuleSet", &gone, |item, (id, rule)| {
        write_rule(item, group_id, id, rule);
        item.optional("referencedGroupId", rule.peer.group());
    });
    Ok(())
}

fn describe_security_group_rules(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let describe = Describe::read(form, &KIND, "SecurityGroupRuleId", FILTERS, Some(USUAL))?;
    let look = Look::at(call);
    let groups = look.state.security_groups.all().filter(|(id, _)| look.state.visibility.sees(id, look.now));
    let all = groups.flat_map(|(group_id, group)| group.rules.iter().map(move |(id, rule)| (id, (group_id, rule))));
    let selection = describe.select(look.state, look.now, all, |id, (group_id, _), name| match name {
        "group-id" => vec![(*group_id).clone()],
        "security-group-rule-id" => vec![id.to_owned()],
        _ => Vec::new(),
    })?;
    selection.write(xml, "securityGroupRuleSet", |xml, id, (group_id, rule)| write(xml, look, group_id, id, rule));
    Ok(())
}

fn write(xml: &mut Xml, look: Look<'_>, group_id: &str, id: &str, rule: &Rule) {
    write_rule(xml, group_id, id, rule);
    xml.text("groupOwnerId", look.account);
    xml.text("securityGroupRuleArn", look.arn(&format!("security-group-rule/{id}")));
    if let Peer::Group { id, user_id } = &rule.peer {
        xml.element("referencedGroupInfo", |xml| {
            xml.text("groupId", id).text("userId", user_id);
            xml.optional("vpcId", look.state.security_groups.get(id).map(|group| &group.vpc_id));
        });
    }
    tag::write(xml, look.state.tags.of(id));
}

fn write_rule(xml: &mut Xml, group_id: &str, id: &str, rule: &Rule) {
    xml.text("securityGroupRuleId", id).text("groupId", group_id);
    xml.text("isEgress", rule.direction == Direction::Egress).text("ipProtocol", &rule.traffic.protocol);
    // What has no ports is told with -1 here, and without them in DescribeSecurityGroups.
    let (from, to) = rule.traffic.ports.unwrap_or((-1, -1));
    xml.text("fromPort", from).text("toPort", to);
    match &rule.peer {
        Peer::Ipv4(block) => xml.text("cidrIpv4", block),
        Peer::Ipv6(block) => xml.text("cidrIpv6", block),
        Peer::PrefixList(id) => xml.text("prefixListId", id),
        Peer::Group { .. } => xml,
    };
    xml.optional("description", rule.description.as_deref());
}

/// Writes an item of `ipPermissions`: the rules of a group that let the same traffic pass.
pub fn write_permission(xml: &mut Xml, traffic: &Traffic, rules: &[&Rule]) {
    xml.text("ipProtocol", &traffic.protocol);
    if let Some((from, to)) = traffic.ports {
        xml.text("fromPort", from).text("toPort", to);
    }
    xml.list("groups", rules.iter().filter(|rule| rule.peer.list() == "groups"), |item, rule| {
        if let Peer::Group { id, user_id } = &rule.peer {
            item.text("groupId", id).text("userId", user_id);
        }
        item.optional("description", rule.description.as_deref());
    });
    for (list, element) in [("ipRanges", "cidrIp"), ("ipv6Ranges", "cidrIpv6"), ("prefixListIds", "prefixListId")] {
        xml.list(list, rules.iter().filter(|rule| rule.peer.list() == list), |item, rule| {
            item.text(element, rule.peer.text()).optional("description", rule.description.as_deref());
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::twin::ec2::test_support::{bench, text, texts};

    fn https(group: &str, cidr: &str) -> String {
        format!(
            "SecurityGroupIngress&GroupId={group}&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=443\
             &IpPermissions.1.ToPort=443&IpPermissions.1.IpRanges.1.CidrIp={cidr}"
        )
    }

    #[test]
    fn one_duplicate_fails_the_whole_request() {
        let mut bench = bench();
        let vpc = bench.vpc("10.0.0.0/16");
        let group = bench.security_group(&vpc, "web");
        bench.done(&format!("Action=Authorize{}", https(&group, "10.0.0.0/8")));
        let both =
            format!("Action=Authorize{}&IpPermissions.1.IpRanges.2.CidrIp=10.0.0.0/8", https(&group, "172.16.0.0/12"));
        let fault = bench.call(&both).unwrap_err();
        assert_eq!(fault.code, "InvalidPermission.Duplicate");
        assert_eq!(
            fault.message,
            "the specified rule \"peer: 10.0.0.0/8, TCP, from port: 443, to port: 443, ALLOW\" already exists"
        );
        let described = bench.done(&format!("Action=DescribeSecurityGroups&GroupId.1={group}"));
        assert_eq!(texts(text(&described, "ipPermissions"), "cidrIp"), ["10.0.0.0/8"]);
        let egress = format!(
            "Action=AuthorizeSecurityGroupEgress&GroupId={group}&IpPermissions.1.IpProtocol=-1\
             &IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0"
        );
        assert_eq!(bench.code(&egress), "InvalidPermission.Duplicate");
        bench.done(&egress.replace("IpProtocol=-1", "IpProtocol=50"));
    }

    #[test]
    fn rules_are_revoked_by_what_they_say_or_by_their_ids() {
        let mut bench = bench();
        let vpc = bench.vpc("10.0.0.0/16");
        let group = bench.security_group(&vpc, "web");
        bench.done(&format!("Action=Authorize{}", https(&group, "10.0.0.0/8")));
        bench.done(&format!("Action=Revoke{}", https(&group, "10.0.0.0/8")));
        assert_eq!(bench.code(&format!("Action=Revoke{}", https(&group, "10.0.0.0/8"))), "InvalidPermission.NotFound");
        let egress =
            bench.done(&format!("Action=DescribeSecurityGroupRules&Filter.1.Name=group-id&Filter.1.Value.1={group}"));
        let rule = text(&egress, "securityGroupRuleId");
        let revoke = format!("Action=RevokeSecurityGroupEgress&GroupId={group}&SecurityGroupRuleId.1={rule}");
        bench.done(&revoke);
        assert_eq!(bench.code(&revoke), "InvalidSecurityGroupRuleId.NotFound");
    }

    #[test]
    fn a_rule_names_a_prefix_list_that_is_there() {
        let mut bench = bench();
        let vpc = bench.vpc("10.0.0.0/16");
        let group = bench.security_group(&vpc, "web");
        let lists = bench.done("Action=DescribePrefixLists");
        let egress = |list: &str| {
            format!(
                "Action=AuthorizeSecurityGroupEgress&GroupId={group}&IpPermissions.1.IpProtocol=tcp\
                 &IpPermissions.1.FromPort=443&IpPermissions.1.ToPort=443\
                 &IpPermissions.1.PrefixListIds.1.PrefixListId={list}"
            )
        };
        assert_eq!(bench.code(&egress("pl-00000000")), "InvalidPrefixListID.NotFound");
        bench.done(&egress(text(&lists, "prefixListId")));
    }

    #[test]
    fn sixty_rules_are_the_most() {
        let mut bench = bench();
        let vpc = bench.vpc("10.0.0.0/16");
        let group = bench.security_group(&vpc, "web");
        for number in 0..60 {
            bench.done(&format!("Action=Authorize{}", https(&group, &format!("10.{number}.0.0/16"))));
        }
        let one_more = format!("Action=Authorize{}", https(&group, "10.60.0.0/16"));
        assert_eq!(bench.code(&one_more), "RulesPerSecurityGroupLimitExceeded");
    }
}
