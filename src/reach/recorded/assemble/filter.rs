//! Network ACLs, security groups, prefix lists.

use std::collections::BTreeSet;

use super::super::documents;
use super::{Assembly, UnusableAnswer};
use crate::reach::network::{
    AclRule, Direction, NetworkAcl, ObjectId, Ports, PrefixList, Protocol, ProtocolMatch, SecurityGroup,
    SecurityGroupPeer, SecurityGroupRule,
};

impl Assembly<'_> {
    pub(super) fn filters(&mut self) -> Result<(), UnusableAnswer> {
        self.network_acls()?;
        self.security_groups()?;
        self.prefix_lists()
    }

    fn network_acls(&mut self) -> Result<(), UnusableAnswer> {
        const COMMAND: &str = "describe-network-acls";
        let lists: documents::NetworkAcls = self.place.answer(COMMAND)?.unwrap_or_default();
        for list in &lists.network_acls {
            let id = ObjectId::from(list.network_acl_id.as_str());
            let mut rules = Vec::new();
            for entry in &list.entries {
                rules.extend(self.acl_rule(COMMAND, entry)?);
            }
            rules.sort_by_key(|rule| rule.number);
            for association in &list.associations {
                if let Some(subnet) = self.network.subnets.get_mut(&association.subnet_id.as_str().into()) {
                    subnet.network_acl = Some(id.clone());
                }
            }
            self.name(&list.network_acl_id, &list.tags);
            let vpc = list.vpc_id.as_str().into();
            self.network.network_acls.insert(id.clone(), NetworkAcl { id, vpc, rules });
        }
        Ok(())
    }

    /// A rule for IPv4. The last one, that denies what is left and is shown with the number 32767, is a rule like any other.
    fn acl_rule(&self, command: &str, entry: &documents::NetworkAclEntry) -> Result<Option<AclRule>, UnusableAnswer> {
        let Some(range) = &entry.cidr_block else { return Ok(None) };
        let types = entry.icmp_type_code.as_ref().and_then(|icmp| icmp.icmp_type.zip(icmp.code));
        let ports = entry.port_range.as_ref().map(|ports| (ports.from, ports.to)).or(types);
        let Some(ports) = self.ports(command, &entry.protocol, ports)? else { return Ok(None) };
        Ok(Some(AclRule {
            number: self.number(command, entry.rule_number)?,
            direction: if entry.egress { Direction::Egress } else { Direction::Ingress },
            allow: entry.rule_action == "allow",
            protocol: self.protocol(command, &entry.protocol)?,
            range: self.value(command, range)?,
            ports,
        }))
    }

    fn security_groups(&mut self) -> Result<(), UnusableAnswer> {
        const COMMAND: &str = "describe-security-groups";
        let groups: documents::SecurityGroups = self.place.answer(COMMAND)?.unwrap_or_default();
        for group in &groups.security_groups {
            let mut rules = Vec::new();
            for permission in &group.ip_permissions {
                self.permission(COMMAND, permission, Direction::Ingress, &mut rules)?;
            }
            for permission in &group.ip_permissions_egress {
                self.permission(COMMAND, permission, Direction::Egress, &mut rules)?;
            }
            let id = ObjectId::from(group.group_id.as_str());
            self.name(&group.group_id, &group.tags);
            let vpc = group.vpc_id.as_deref().unwrap_or_default().into();
            self.network.security_groups.insert(id.clone(), SecurityGroup { id, vpc, rules });
        }
        Ok(())
    }

    /// One rule per other side.
    fn permission(
        &self,
        command: &str,
        permission: &documents::IpPermission,
        direction: Direction,
        rules: &mut Vec<SecurityGroupRule>,
    ) -> Result<(), UnusableAnswer> {
        let protocol = self.protocol(command, &permission.ip_protocol)?;
        let ports = permission.from_port.zip(permission.to_port);
        let Some(ports) = self.ports(command, &permission.ip_protocol, ports)? else { return Ok(()) };
        let mut peers = Vec::new();
        for range in &permission.ip_ranges {
            peers.push(SecurityGroupPeer::Range(self.value(command, &range.cidr_ip)?));
        }
        let groups = permission.user_id_group_pairs.iter();
        peers.extend(groups.map(|pair| SecurityGroupPeer::Group(pair.group_id.as_str().into())));
        let lists = permission.prefix_list_ids.iter();
        peers.extend(lists.map(|list| SecurityGroupPeer::PrefixList(list.prefix_list_id.as_str().into())));
        rules.extend(peers.into_iter().map(|peer| SecurityGroupRule {
            id: None,
            direction,
            protocol,
            ports: ports.clone(),
            peer,
        }));
        Ok(())
    }

    fn prefix_lists(&mut self) -> Result<(), UnusableAnswer> {
        const LISTS: &str = "describe-managed-prefix-lists";
        const WITH_RANGES: &str = "describe-prefix-lists";
        const ENTRIES: &str = "get-managed-prefix-list-entries";
        let place = self.place;
        let managed: documents::ManagedPrefixLists = place.answer(LISTS)?.unwrap_or_default();
        let is_there = |list: &&documents::ManagedPrefixList| {
            list.state.as_deref().is_none_or(|state| !state.starts_with("delete-"))
                && list.address_family.as_deref() != Some("IPv6")
        };
        let mut without_ranges = BTreeSet::new();
        for list in managed.prefix_lists.iter().filter(is_there) {
            let id = ObjectId::from(list.prefix_list_id.as_str());
            self.prefix_list(&id, list.prefix_list_name.as_deref().unwrap_or_default());
            without_ranges.insert(id);
        }
        let own: documents::PrefixLists = place.answer(WITH_RANGES)?.unwrap_or_default();
        for list in &own.prefix_lists {
            let id = ObjectId::from(list.prefix_list_id.as_str());
            let name = list.prefix_list_name.as_deref().unwrap_or_default();
            self.ranges(WITH_RANGES, &id, name, &list.cidrs)?;
            without_ranges.remove(&id);
        }
        for (id, answer) in place.answers::<documents::PrefixListEntries>(ENTRIES)? {
            let (command, id) = (format!("{ENTRIES}.{id}"), ObjectId::from(id));
            self.ranges(&command, &id, "", answer.entries.iter().map(|entry| &entry.cidr))?;
            without_ranges.remove(&id);
        }
        if !without_ranges.is_empty() {
            let ids: Vec<&str> = without_ranges.iter().map(ObjectId::as_str).collect();
            let caveat = format!("of these prefix lists no entries are known, and taken for none: {}", ids.join(", "));
            self.network.caveats.insert(caveat);
        }
        Ok(())
    }

    /// Adds ranges to a list. AWS's own lists hold IPv6 ranges too, which are not modelled.
    fn ranges<'a>(
        &mut self,
        command: &str,
        id: &ObjectId,
        name: &str,
        ranges: impl IntoIterator<Item = &'a String>,
    ) -> Result<(), UnusableAnswer> {
        for range in ranges.into_iter().filter(|range| !range.contains(':')) {
            let range = self.value(command, range)?;
            self.prefix_list(id, name).ranges.insert(range);
        }
        self.prefix_list(id, name);
        Ok(())
    }

    fn prefix_list(&mut self, id: &ObjectId, name: &str) -> &mut PrefixList {
        let new = || PrefixList { id: id.clone(), name: name.to_owned(), ranges: BTreeSet::new() };
        self.network.prefix_lists.entry(id.clone()).or_insert_with(new)
    }

    fn number<T: TryFrom<i32>>(&self, command: &str, number: i32) -> Result<T, UnusableAnswer> {
        T::try_from(number).map_err(|_| self.place.unusable(command, format!("the number {number} can't be")))
    }

    /// A protocol by name or IANA number; `-1` is all.
    fn protocol(&self, command: &str, text: &str) -> Result<ProtocolMatch, UnusableAnswer> {
        Ok(match text {
            "-1" => ProtocolMatch::All,
            "tcp" | "6" => ProtocolMatch::One(Protocol::Tcp),
            "udp" | "17" => ProtocolMatch::One(Protocol::Udp),
            "icmp" | "1" => ProtocolMatch::One(Protocol::Icmp),
            "icmpv6" => ProtocolMatch::Other(58),
            other => ProtocolMatch::Other(self.value(command, other)?),
        })
    }

    /// Ports of TCP and UDP. For ICMP the two numbers are type and code, -1 being all; echo has the code 0, so a rule for
    /// another one is for no packet that is traced.
    fn ports(&self, command: &str, protocol: &str, ports: Option<(i32, i32)>) -> Result<Option<Ports>, UnusableAnswer> {
        Ok(match (protocol, ports) {
            ("tcp" | "6" | "udp" | "17", Some((from, to))) if from >= 0 => {
                Some(Ports(self.number(command, from)?..=self.number(command, to)?))
            }
            ("icmp" | "1", Some((_, code))) if code > 0 => None,
            ("icmp" | "1", Some((kind, _))) if kind >= 0 => {
                let kind = self.number(command, kind)?;
                Some(Ports(kind..=kind))
            }
            _ => Some(Ports::ALL),
        })
    }
}
