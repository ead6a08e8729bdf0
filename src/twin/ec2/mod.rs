//! EC2: VPCs, their parts, and transit gateways.
//!
//! One file per family of actions; each has an `ACTIONS` table, its own part of the state, and its tests. What the
//! families share: how ids are written and resources found ([`kind`]), how they are listed ([`describe`], [`filter`],
//! [`page`]), their tags ([`tag`]), when what was just created can be seen ([`visibility`]), client tokens
//! ([`client_token`]), how a request looks at the world ([`look`]), quotas ([`quota`]) and the network interfaces that services own in subnets
//! ([`network_interface`]).
//!
//! A handler reads all its parameters, refuses what is left over with [`Form::finish`], checks everything, and only
//! then changes the world: a request that fails has changed nothing.

use serde::{Deserialize, Serialize};

use super::wire::fault::Answer;
use super::wire::{Form, Xml};
use super::world::Call;

pub mod address;
pub mod availability_zone;
pub mod cidr;
pub mod client_token;
pub mod default_vpc;
pub mod describe;
pub mod dhcp_options;
pub mod egress_only_internet_gateway;
pub mod filter;
pub mod flow_log;
pub mod internet_gateway;
pub mod kind;
pub mod look;
pub mod nat_gateway;
pub mod network_acl;
pub mod network_acl_entry;
pub mod network_interface;
pub mod never_made;
pub mod page;
pub mod peering_connection;
pub mod permission;
mod prefix_list_route;
pub mod quota;
pub mod route;
pub mod route_table;
pub mod security_group;
pub mod security_group_rule;
pub mod subnet;
pub mod tag;
pub mod transit_gateway;
pub mod visibility;
pub mod vpc;
pub mod vpc_cidr_block;
pub mod vpc_endpoint;
pub mod vpn_gateway;
pub mod zonal;

#[cfg(test)]
pub mod test_support;

/// What answers one action: reads its parameters, changes the world, writes the children of the answer's root element.
pub type Handler = fn(&mut Call<'_>, &Form, &mut Xml) -> Answer<()>;

/// EC2's state in one account and region: one part per family of actions, and what the families share.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    /// The tags of every resource.
    pub tags: tag::State,
    /// What was created so lately that not every call sees it.
    pub visibility: visibility::State,
    /// The client tokens of earlier requests.
    pub client_tokens: client_token::State,
    /// Network interfaces that AWS services own in this account's subnets.
    pub network_interfaces: network_interface::State,
    /// VPCs.
    pub vpcs: vpc::State,
    /// Subnets.
    pub subnets: subnet::State,
    /// DHCP option sets.
    #[serde(default)]
    pub dhcp_options: dhcp_options::State,
    /// Internet gateways.
    pub internet_gateways: internet_gateway::State,
    /// Egress-only internet gateways.
    #[serde(default)]
    pub egress_only_internet_gateways: egress_only_internet_gateway::State,
    /// Virtual private gateways.
    #[serde(default)]
    pub vpn_gateways: vpn_gateway::State,
    /// VPC peering connections.
    #[serde(default)]
    pub peering_connections: peering_connection::State,
    /// Elastic IP addresses.
    pub addresses: address::State,
    /// NAT gateways.
    pub nat_gateways: nat_gateway::State,
    /// Route tables and their routes.
    pub route_tables: route_table::State,
    /// Network ACLs.
    pub network_acls: network_acl::State,
    /// Security groups and their rules.
    pub security_groups: security_group::State,
    /// Transit gateways and what belongs to them.
    pub transit_gateways: transit_gateway::State,
    /// VPC endpoints.
    pub endpoints: vpc_endpoint::State,
    /// Flow logs.
    pub flow_logs: flow_log::State,
}

/// The actions of one family: name and what answers it.
pub type Actions = &'static [(&'static str, Handler)];

/// What is known of the resources that a file is about.
pub struct Family {
    actions: Actions,
    /// The kinds that can be tagged. <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html>
    kinds: &'static [&'static kind::Kind],
}

const fn family(actions: Actions, kinds: &'static [&'static kind::Kind]) -> Family {
    Family { actions, kinds }
}

const FAMILIES: &[Family] = &[
    family(address::ACTIONS, &[&address::KIND]),
    family(availability_zone::ACTIONS, &[]),
    family(dhcp_options::ACTIONS, &[&dhcp_options::KIND]),
    family(egress_only_internet_gateway::ACTIONS, &[&egress_only_internet_gateway::KIND]),
    family(flow_log::ACTIONS, &[&flow_log::KIND]),
    family(internet_gateway::ACTIONS, &[&internet_gateway::KIND]),
    family(nat_gateway::ACTIONS, &[&nat_gateway::KIND]),
    family(network_acl::ACTIONS, &[&network_acl::KIND]),
    family(network_acl_entry::ACTIONS, &[]),
    family(network_interface::ACTIONS, &[&network_interface::KIND]),
    family(never_made::ACTIONS, &[]),
    family(peering_connection::ACTIONS, &[&peering_connection::KIND]),
    family(route::ACTIONS, &[]),
    family(route_table::ACTIONS, &[&route_table::KIND]),
    family(security_group::ACTIONS, &[&security_group::KIND]),
    family(security_group_rule::ACTIONS, &[&security_group_rule::KIND]),
    family(subnet::ACTIONS, &[&subnet::KIND]),
    family(tag::ACTIONS, &[]),
    family(
        transit_gateway::ACTIONS,
        &[
            &transit_gateway::ATTACHMENT,
            &transit_gateway::GATEWAY,
            &transit_gateway::POLICY_TABLE,
            &transit_gateway::ROUTE_TABLE,
        ],
    ),
    family(vpc::ACTIONS, &[&vpc::KIND]),
    family(vpc_cidr_block::ACTIONS, &[]),
    family(vpc_endpoint::ACTIONS, &[&vpc_endpoint::KIND]),
    family(vpn_gateway::ACTIONS, &[&vpn_gateway::KIND]),
];

/// What answers an action, if the twin knows it.
#[must_use]
pub fn handler(action: &str) -> Option<Handler> {
    FAMILIES.iter().flat_map(|family| family.actions).find(|(name, _)| *name == action).map(|(_, handler)| *handler)
}
