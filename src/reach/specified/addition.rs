//! What people have added by hand.

use std::collections::BTreeSet;

use super::{Specified, named};
use crate::kinds::addition::NetworkAclEntry;
use crate::kinds::{self, Spec, State};
use crate::reach::network::{
    AclRule, AttachedResource, Attachment, AttachmentState, Direction, Network, NetworkAcl, ObjectId, Ports, Protocol,
    ProtocolMatch,
};
use crate::values::Cidr;

/// AWS's own last entry, which denies what is left.
const LAST: u16 = 32767;

/// Adds what stands by itself.
pub(super) fn objects(network: &mut Network, resources: &[&Specified<'_>]) {
    for resource in resources {
        match resource.spec.as_ref() {
            Spec::VpcCidrBlock(block) => range(network, block),
            Spec::NetworkAcl(acl) => network_acl(network, &resource.id, named(&acl.vpc), &acl.entries),
            Spec::DefaultNetworkAcl(acl) => {
                let vpc = named(&acl.vpc);
                for subnet in network.subnets.values_mut().filter(|subnet| subnet.vpc == vpc) {
                    subnet.network_acl = Some(resource.id.clone());
                }
                network_acl(network, &resource.id, vpc, &acl.entries);
            }
            Spec::OtherTransitGatewayAttachment(attachment) => {
                other_attachment(network, &resource.id, attachment, &resource.state);
            }
            _ => {}
        }
    }
}

/// Adds what connects: once all default network ACLs are known, the subnets that have another one.
pub(super) fn relations(network: &mut Network, resources: &[&Specified<'_>]) {
    for resource in resources {
        if let Spec::NetworkAclAssociation(association) = resource.spec.as_ref()
            && let Some(subnet) = network.subnets.get_mut(&named(&association.subnet))
        {
            subnet.network_acl = Some(named(&association.network_acl));
        }
    }
}

fn range(network: &mut Network, block: &kinds::VpcCidrBlock) {
    // Only IPv4 is modelled.
    let Ok(range) = Cidr::parse(&block.cidr) else { return };
    if let Some(vpc) = network.vpcs.get_mut(&named(&block.vpc)) {
        vpc.ranges.push(range);
    }
}

/// Packets end there, named.
fn other_attachment(
    network: &mut Network,
    id: &ObjectId,
    attachment: &kinds::OtherTransitGatewayAttachment,
    state: &State,
) {
    let state = match state {
        State::Pending(word) if word != "modifying" => AttachmentState::Other(word.clone()),
        _ => AttachmentState::Available,
    };
    let (kind, resource) = (attachment.resource_type.clone(), attachment.resource.clone());
    let attachment = Attachment {
        id: id.clone(),
        transit_gateway: named(&attachment.transit_gateway),
        resource: AttachedResource::Other { kind, id: resource },
        state,
        association: None,
    };
    network.attachments.insert(id.clone(), attachment);
}

fn network_acl(network: &mut Network, id: &ObjectId, vpc: ObjectId, entries: &BTreeSet<NetworkAclEntry>) {
    let last = [Direction::Ingress, Direction::Egress].map(|direction| AclRule {
        number: LAST,
        direction,
        allow: false,
        protocol: ProtocolMatch::All,
        range: Cidr::EVERYWHERE,
        ports: Ports::ALL,
    });
    let mut rules: Vec<AclRule> = entries.iter().filter_map(rule).chain(last).collect();
    rules.sort_by_key(|rule| rule.number);
    network.network_acls.insert(id.clone(), NetworkAcl { id: id.clone(), vpc, rules });
}

/// A rule for IPv4. One for codes of ICMP messages that are not modelled matches nothing.
fn rule(entry: &NetworkAclEntry) -> Option<AclRule> {
    let protocol = match entry.protocol.as_str() {
        "-1" => ProtocolMatch::All,
        "6" => ProtocolMatch::One(Protocol::Tcp),
        "17" => ProtocolMatch::One(Protocol::Udp),
        "1" => ProtocolMatch::One(Protocol::Icmp),
        other => ProtocolMatch::Other(other.parse().ok()?),
    };
    let port = |port: i32| u16::try_from(port).ok();
    let ports = match (protocol, entry.ports, entry.icmp) {
        (ProtocolMatch::One(Protocol::Tcp | Protocol::Udp), Some((from, to)), _) => Ports(port(from)?..=port(to)?),
        (ProtocolMatch::One(Protocol::Icmp), _, Some((_, code))) if code > 0 => return None,
        (ProtocolMatch::One(Protocol::Icmp), _, Some((kind, _))) if kind >= 0 => Ports(port(kind)?..=port(kind)?),
        _ => Ports::ALL,
    };
    Some(AclRule {
        number: u16::try_from(entry.number).ok()?,
        direction: if entry.egress { Direction::Egress } else { Direction::Ingress },
        allow: entry.action == "allow",
        protocol,
        range: Cidr::parse(&entry.range).ok()?,
        ports,
    })
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::graph::Ref;
    use crate::values::ZoneId;

    #[test]
    fn a_changed_default_acl_filters_all_subnets_but_those_with_another_one() {
        let specified = |id: &str, spec: Spec| Specified {
            id: id.into(),
            account: "account".to_owned(),
            state: State::Ready,
            spec: Cow::Owned(spec),
        };
        let cidr = |text: &str| Cidr::parse(text).unwrap();
        let subnet = |range: &str| kinds::Subnet {
            vpc: Ref::id("vpc-1"),
            cidr: cidr(range),
            availability_zone: ZoneId::parse("euw1-az1").unwrap(),
            map_public_ip_on_launch: false,
        };
        let deny = NetworkAclEntry {
            egress: false,
            number: 50,
            action: "deny".to_owned(),
            protocol: "6".to_owned(),
            range: "10.0.0.0/8".to_owned(),
            ports: Some((22, 22)),
            icmp: None,
        };
        let vpc = kinds::Vpc { cidr: cidr("10.0.0.0/16"), dns_support: true, dns_hostnames: true };
        let entries = BTreeSet::from([deny]);
        let association = kinds::NetworkAclAssociation {
            subnet: Ref::id("subnet-2"),
            vpc: Ref::id("vpc-1"),
            network_acl: Ref::id("acl-2"),
        };
        let block = kinds::VpcCidrBlock { vpc: Ref::id("vpc-1"), cidr: "192.168.0.0/16".to_owned() };
        let resources = [
            specified("assoc-1", association.into()),
            specified("block-1", block.into()),
            specified("vpc-1", vpc.into()),
            specified("subnet-1", subnet("10.0.0.0/24").into()),
            specified("subnet-2", subnet("10.0.1.0/24").into()),
            specified("acl-1", kinds::DefaultNetworkAcl { vpc: Ref::id("vpc-1"), entries }.into()),
            specified("acl-2", kinds::NetworkAcl { vpc: Ref::id("vpc-1"), entries: BTreeSet::new() }.into()),
        ];
        let network = super::super::network(&resources);
        let acl_of = |subnet: &str| network.subnets[&subnet.into()].network_acl.clone();
        assert_eq!((acl_of("subnet-1"), acl_of("subnet-2")), (Some("acl-1".into()), Some("acl-2".into())));
        let rules =
            |acl: &str| network.network_acls[&acl.into()].rules.iter().map(|rule| rule.number).collect::<Vec<_>>();
        assert_eq!((rules("acl-1"), rules("acl-2")), (vec![50, LAST, LAST], vec![LAST, LAST]));
        assert_eq!(network.vpcs[&"vpc-1".into()].ranges.len(), 2);
    }
}
