//! What can be done by hand to each kind, and that nothing was forgotten.

use std::collections::BTreeSet;

use lz::kinds::{Field, Identity, KindName, Tagging};

use super::case::{ADDRESS_LOST, Chance, Entry, GONE};
use super::{endpoints, firewall, firewall_rules, organization, routes, transit_gateway, transit_gateway_routes, vpc};

/// What can be done to a kind: to the resource itself, to each of its attributes, and to its tags.
pub fn entries(kind: KindName) -> Vec<Entry> {
    match kind {
        KindName::Organization => organization::organization(),
        KindName::OrganizationalUnit => organization::organizational_unit(),
        KindName::Account => organization::account(),
        KindName::RamOrganizationSharing => organization::ram_organization_sharing(),
        KindName::Vpc => vpc::vpc(),
        KindName::Subnet => vpc::subnet(),
        KindName::InternetGateway => vpc::internet_gateway(),
        KindName::ElasticIp => vpc::elastic_ip(),
        KindName::NatGateway => vpc::nat_gateway(),
        KindName::RouteTable => routes::route_table(),
        KindName::RouteTableAssociation => routes::route_table_association(),
        KindName::Route => routes::route(),
        KindName::DefaultSecurityGroup => vpc::default_security_group(),
        KindName::SecurityGroup => endpoints::security_group(),
        KindName::VpcEndpoint => endpoints::vpc_endpoint(),
        KindName::FlowLog => vpc::flow_log(),
        KindName::DhcpOptions => vpc::dhcp_options(),
        KindName::DhcpOptionsAssociation => vpc::dhcp_options_association(),
        KindName::LogGroup => firewall::log_group(),
        KindName::FirewallRuleGroup => firewall_rules::rule_group(),
        KindName::FirewallWorkloadRules => firewall_rules::workload_rules(),
        KindName::FirewallPolicy => firewall_rules::policy(),
        KindName::Firewall => firewall::firewall(),
        KindName::FirewallEndpoint => firewall::endpoint(),
        KindName::FirewallLogging => firewall::logging(),
        KindName::TransitGateway => transit_gateway::transit_gateway(),
        KindName::ResourceShare => transit_gateway::resource_share(),
        KindName::TransitGatewayAttachment => transit_gateway::attachment(),
        KindName::TransitGatewayAttachmentAcceptance => transit_gateway::acceptance(),
        KindName::TransitGatewayRouteTable => transit_gateway_routes::route_table(),
        KindName::TransitGatewayAssociation => transit_gateway_routes::association(),
        KindName::TransitGatewayPropagation => transit_gateway_routes::propagation(),
        KindName::TransitGatewayRoute => transit_gateway_routes::route(),
        // Which attributes one has its type's schema says: stacks have a suite of their own.
        KindName::StackResource => Vec::new(),
        // lz makes none of these: what people add of them is tested in `additions`.
        KindName::VpcCidrBlock
        | KindName::VpcPeeringConnection
        | KindName::VpnGatewayAttachment
        | KindName::EgressOnlyInternetGateway
        | KindName::NetworkAcl
        | KindName::NetworkAclAssociation
        | KindName::DefaultNetworkAcl
        | KindName::PublicAddress
        | KindName::OtherTransitGatewayAttachment
        | KindName::OtherTransitGatewayRoute
        | KindName::TransitGatewayPolicyTable
        | KindName::ForeignTransitGatewayAttachment
        | KindName::MainRouteTable
        | KindName::VpcEndpointPolicy => Vec::new(),
    }
}

#[test]
fn no_kind_and_no_attribute_is_forgotten() {
    let is_listed = |kind: &KindName| kind.made() && *kind != KindName::StackResource;
    for kind in KindName::ALL.iter().copied().filter(is_listed) {
        let mut wanted: BTreeSet<String> = kind.fields().iter().map(|field| field.name().to_owned()).collect();
        wanted.insert(GONE.to_owned());
        if kind.tagging() != Tagging::None {
            wanted.insert("tags".to_owned());
        }
        let entries = entries(kind);
        let named: BTreeSet<String> = entries.iter().map(|entry| entry.attribute.to_owned()).collect();
        assert_eq!(named, wanted, "{}", kind.as_str());
        let names: BTreeSet<(&str, &str)> = entries.iter().map(|entry| (entry.attribute, entry.role)).collect();
        assert_eq!(names.len(), entries.len(), "two entries of {} have one name", kind.as_str());
        let has_lost = names.contains(&("tags", ADDRESS_LOST));
        assert_eq!(has_lost, kind.identity() == Identity::Tag, "{} without its address", kind.as_str());
        for entry in entries {
            let field = kind.field(entry.attribute);
            let in_key = field.as_ref().is_some_and(Field::is_key);
            let is_immutable = field.as_ref().is_some_and(Field::is_immutable);
            match entry.chance {
                Chance::Drift(_) => {}
                Chance::Identity => assert!(in_key, "{} {} is in no key", kind.as_str(), entry.attribute),
                Chance::Immutable => {
                    assert!(is_immutable && !in_key, "{} {} can be changed", kind.as_str(), entry.attribute);
                }
                Chance::Refused { .. } | Chance::Never(_) => {
                    assert!(!is_immutable && !in_key, "{} {} has a reason", kind.as_str(), entry.attribute);
                }
            }
        }
    }
}
